// SPDX-License-Identifier: Apache-2.0
//
// The picture as it was taken, once: to use it or to take it again. The button stands where the shutter was, so a good picture
// costs one more touch at the same place. A bad one says what is wrong, and can be used only from the third try on, with a reason.
import {useEffect, useRef, useState} from 'preact/hooks';
import {t} from '../words.js';
import {go, Heading, Round} from './parts.jsx';
import {Reasons} from './reasons.jsx';
import {sayVerdict} from './said.js';

/** @typedef {{canvas: HTMLCanvasElement, jpeg: Promise<Blob>, captured_at: string, verdict: 'dark'|'blurred'|null, mayKeep: boolean}} Taken */

/** @param {{taken: Taken, use: (anyway: string | null) => Promise<void>, again: () => void, back: string}} props */
export function Check({taken, use, again, back}) {
    const [reason, setReason] = useState('');
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState(false);
    const {verdict, mayKeep} = taken;
    const keep = async () => {
        setBusy(true);
        try {
            await use(verdict ? reason : null);
        } catch {
            setFailed(true);
            setBusy(false);
        }
    };
    return (
        <main class="lens">
            <header>
                <Round icon="close" label={t('Back')} onClick={() => go(back, true)} />
                <Heading>{verdict ? sayVerdict(verdict) : t('Is everything to be seen?')}</Heading>
            </header>
            <Picture canvas={taken.canvas} />
            <div class="below">
                {failed && <p class="result wrong" role="alert">{t('The phone could not keep the photo. Try again.')}</p>}
                {verdict && !mayKeep && <p>{verdict === 'dark' ? t('Turn on the light, or come closer.') : t('Hold still for a moment, and wipe the lens.')}</p>}
                {verdict && mayKeep && <Reasons reason={reason} setReason={setReason} />}
                {verdict
                    ? <button type="button" class="primary" onClick={again}>{t('Retake')}</button>
                    : <button type="button" class="primary" disabled={busy} onClick={keep}>{t('Use this photo')}</button>}
                {verdict && mayKeep && <button type="button" disabled={busy || !reason} onClick={keep}>{t('Use it anyway')}</button>}
                {!verdict && <button type="button" onClick={again}>{t('Retake')}</button>}
            </div>
        </main>
    );
}

/** The canvas itself: there is no address to open, and no menu to save it by. */
function Picture({canvas}) {
    const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
    useEffect(() => { frame.current.replaceChildren(canvas); }, [canvas]);
    return <div class="view" ref={frame} onContextMenu={(event) => event.preventDefault()} role="img" aria-label={t('The photo that was just taken')} />;
}
