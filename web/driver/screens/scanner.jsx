// SPDX-License-Identifier: Apache-2.0
//
// A camera that reads codes, with a field to type what cannot be read. What a code means is for whoever opened it to say: an answer
// of {good, text} is shown by colour and words, and signalled by sound and vibration. Without a camera the field alone is shown.
import {useEffect, useRef, useState} from 'preact/hooks';
import {hasCamera} from '../camera.js';
import {loadReader, watch} from '../scan.js';
import {signal} from '../signal.js';
import {t} from '../words.js';
import {Icon} from './icons.jsx';
import {useCamera} from './live.jsx';
import {go, Heading, Round, usePorch} from './parts.jsx';

/** @typedef {{good: boolean, text: string, more?: import('preact').ComponentChildren}} Answer */

/**
 * @param {{title: string, hint: string, label: string, back?: string, close?: () => void,
 *   judge: (code: string) => Answer | Promise<Answer>, children?: import('preact').ComponentChildren}} props
 */
export function Scanner({title, hint, label, back, close, judge, children}) {
    const {prefs} = usePorch();
    const [live, setLive] = useState(hasCamera());
    const [answer, setAnswer] = useState(/** @type {Answer | null} */ (null));
    const judged = useRef(null);
    judged.current = async (code) => {
        const found = await judge(code);
        signal(found.good ? 'right' : 'wrong', prefs.silent);
        setAnswer(found);
    };
    return (
        <main class="lens">
            <header>
                <Round icon="close" label={t('Back')} onClick={close ?? (() => go(back, true))} />
                <Heading>{title}</Heading>
            </header>
            {live ? <Eye answer={answer} found={(code) => judged.current(code)} failed={() => setLive(false)} hint={hint} />
                : <div class="view"><p class="say">{t('No camera: type the code instead.')}</p></div>}
            <div class="below">
                <div role="status">{answer && <Result {...answer} />}</div>
                {answer?.more}
                <Typed label={label} enter={(code) => judged.current(code)} />
                {children}
            </div>
        </main>
    );
}

function Result({good, text}) {
    return <p class={`result ${good ? 'right' : 'wrong'}`}><Icon of={good ? 'sent' : 'close'} /><span>{text}</span></p>;
}

function Eye({answer, found, failed, hint}) {
    const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
    const {ready} = useCamera(video, failed);
    useEffect(() => {
        if (!ready) return undefined;
        let stop = () => {};
        let over = false;
        loadReader().then((read) => { if (!over) stop = watch(video.current, read, found); }, failed);
        return () => {
            over = true;
            stop();
        };
    }, [ready]);
    return (
        <div class="view cover">
            <video ref={video} autoplay muted playsinline aria-label={t('What the camera sees')} />
            <div class={`sight${answer ? answer.good ? ' right' : ' wrong' : ''}`} aria-hidden="true" />
            {!answer && <p class="say">{hint}</p>}
        </div>
    );
}

function Typed({label, enter}) {
    const [code, setCode] = useState('');
    const submit = (event) => {
        event.preventDefault();
        if (code.trim()) enter(code.trim());
        setCode('');
    };
    return (
        <form class="typed" onSubmit={submit}>
            <label>{label}
                <input value={code} autocomplete="off" autocapitalize="characters" spellcheck={false} enterkeyhint="done"
                    onInput={({currentTarget}) => setCode(currentTarget.value)} />
            </label>
            <button type="submit">{t('Enter')}</button>
        </form>
    );
}
