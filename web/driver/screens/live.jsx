// SPDX-License-Identifier: Apache-2.0
//
// The live camera with its frame, light, other lens and shutter. The screen stays lit; the camera is closed when this one goes.
import {useEffect, useRef, useState} from 'preact/hooks';
import {countCameras, grab, keepAwake, openCamera} from '../camera.js';
import {t} from '../words.js';
import {go, Heading, Round} from './parts.jsx';

/** @param {{take: (canvas: HTMLCanvasElement) => void, back: string, without: {label: string, go: () => void} | null, damage: boolean, failed: () => void}} props */
export function Live({take, back, without, damage, failed}) {
    const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
    const {ready, camera, several, flip} = useCamera(video, failed);
    const [lit, setLit] = useState(false);
    const light = async () => {
        await camera.torch(!lit).then(() => setLit(!lit), () => {});
    };
    const shot = useRef(false);
    const shoot = () => {
        if (shot.current) return; // a double touch is one picture
        shot.current = true;
        navigator.vibrate?.(30);
        take(grab(video.current));
    };
    return (
        <main class="lens">
            <header>
                <Round icon="close" label={t('Back')} onClick={() => go(back, true)} />
                <Heading>{t('Photo')}</Heading>
                {without && <button type="button" class="plain" onClick={without.go}>{without.label}</button>}
            </header>
            <div class="view">
                <video ref={video} autoplay muted playsinline aria-label={t('What the camera sees')} />
                {ready && !damage && <Guide width={video.current.videoWidth} height={video.current.videoHeight} />}
            </div>
            <p class="say">{damage ? t('Show the damage or the closed door. No people.') : t('The parcel and the door. No people, no other house numbers.')}</p>
            <div class="keys">
                {several ? <Round icon="flip" label={t('Other camera')} onClick={flip} /> : <span />}
                <button type="button" class="shutter" aria-label={t('Take the photo')} disabled={!ready} onClick={shoot} />
                {camera?.hasTorch ? <Round icon="torch" label={t('Light')} aria-pressed={lit} onClick={light} /> : <span />}
            </div>
        </main>
    );
}

/** The corners of a frame within the picture, drawn in the picture's own pixels so that they lie on it whatever the screen. */
function Guide({width, height}) {
    const edge = Math.min(width, height) * 0.08;
    const arm = edge * 1.6;
    const [right, bottom] = [width - edge, height - edge];
    const corners = [
        `M${edge} ${edge + arm}v${-arm}h${arm}`, `M${right - arm} ${edge}h${arm}v${arm}`,
        `M${right} ${bottom - arm}v${arm}h${-arm}`, `M${edge + arm} ${bottom}h${-arm}v${-arm}`,
    ];
    return (
        <svg class="guide" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <path d={corners.join('')} />
        </svg>
    );
}

/** Opens a camera into the video, and closes it. */
export function useCamera(video, failed) {
    const [facing, setFacing] = useState(/** @type {'environment'|'user'} */ ('environment'));
    const [camera, setCamera] = useState(/** @type {import('../camera.js').Camera | null} */ (null));
    const [ready, setReady] = useState(false);
    const [several, setSeveral] = useState(false);
    useEffect(() => {
        let over = false;
        let opened = null;
        setReady(false);
        (async () => {
            try {
                opened = await openCamera(facing);
                if (over) return opened.close();
                video.current.srcObject = opened.stream;
                video.current.onloadeddata = () => setReady(true);
                await video.current.play();
                setCamera(opened);
                setSeveral(await countCameras() > 1);
            } catch (error) {
                if (!over) failed(error);
            }
        })();
        return () => {
            over = true;
            opened?.close();
        };
    }, [facing]);
    useEffect(keepAwake, []);
    return {ready, camera, several, flip: () => setFacing(facing === 'user' ? 'environment' : 'user')};
}
