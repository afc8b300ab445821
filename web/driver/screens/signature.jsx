// SPDX-License-Identifier: Apache-2.0
//
// A signature with a finger, kept as the path of an SVG: lines only, whole numbers, at most as long as the server takes.
import {useRef} from 'preact/hooks';
import {t} from '../words.js';

const MOST = 4000;
/** Points nearer to each other than this are one. */
const STEP = 3;

/** @param {{path: string, setPath: (path: string) => void}} props */
export function Signature({path, setPath}) {
    const pen = useRef({down: false, x: 0, y: 0});
    const now = useRef(path);
    now.current = path;
    const at = (event) => {
        const {left, top} = event.currentTarget.getBoundingClientRect();
        return {x: Math.round(event.clientX - left), y: Math.round(event.clientY - top)};
    };
    const draw = (letter, {x, y}) => {
        const next = `${now.current}${letter}${x} ${y}`;
        if (next.length > MOST) return;
        pen.current = {down: true, x, y};
        now.current = next;
        setPath(next);
    };
    const begin = (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const point = at(event);
        draw('M', point);
        draw('L', point);
    };
    const move = (event) => {
        const point = at(event);
        if (pen.current.down && Math.hypot(point.x - pen.current.x, point.y - pen.current.y) >= STEP) draw('L', point);
    };
    const end = () => { pen.current.down = false; };
    return (
        <>
            <div class="pad" role="img" aria-label={path ? t('Signed') : t('Sign here with a finger')}
                onPointerDown={begin} onPointerMove={move} onPointerUp={end} onPointerCancel={end}>
                <svg aria-hidden="true"><path d={path} /></svg>
            </div>
            <button type="button" disabled={!path} onClick={() => setPath('')}>{t('Clear')}</button>
        </>
    );
}
