// SPDX-License-Identifier: Apache-2.0
//
// A phone is paired once, with a code from dispatch: scanned from their screen, opened as a link (#pair=CODE), or typed. The code is
// good once. A link fills it in and no more: what a phone is paired with is for the driver to say, above all when it is paired already.
import {useState} from 'preact/hooks';
import {t} from '../words.js';
import {Icon} from './icons.jsx';
import {go, Heading, Screen, usePorch} from './parts.jsx';
import {Scanner} from './scanner.jsx';

/** The code in a scanned text: the link's, or the text itself. */
const codeIn = (text) => linked(text) ?? text.trim();

function linked(text) {
    const part = /#pair=([^&\s]+)/.exec(text)?.[1];
    try {
        return part && decodeURIComponent(part);
    } catch {
        return part;
    }
}

export function Pair() {
    const {outbox, device} = usePorch();
    const [code, setCode] = useState(linked(location.hash) ?? '');
    const [busy, setBusy] = useState(false);
    const [scanning, setScanning] = useState(false);
    const [wrong, setWrong] = useState('');
    const pair = async (text) => {
        setBusy(true);
        setWrong('');
        try {
            await outbox.pair(codeIn(text));
            go('#/', true);
        } catch (error) {
            setWrong(error.problem === 'bad-code'
                ? t('This code is not valid, or was used before. Ask dispatch for a new one.')
                : t('No answer. Pairing needs a network; try again.'));
        }
        setBusy(false);
    };
    if (scanning) return <ScanCode close={() => setScanning(false)} found={(text) => { setScanning(false); setCode(codeIn(text)); pair(text); }} />;
    const submit = (event) => {
        event.preventDefault();
        if (code.trim()) pair(code);
    };
    const send = <button type="submit" form="pair" class="primary" disabled={busy}>{busy ? t('Pairing …') : t('Pair this phone')}</button>;
    return (
        <Screen back={device ? '#/' : undefined} primary={send}>
            <Heading>{t('Pair this phone')}</Heading>
            <p>{t('Scan the code on dispatch’s screen, or type it.')}</p>
            {device && !device.ended && (
                <p class="callout">{t('It is paired as {driver} for {shipper}. A new code replaces that.', {driver: device.driver.name, shipper: device.shipper.name})}</p>
            )}
            <button type="button" class="pick" onClick={() => setScanning(true)}><Icon of="scan" /><span>{t('Scan the code')}</span><Icon of="next" /></button>
            <form id="pair" class="field typed-code" onSubmit={submit}>
                <label for="code">{t('Pairing code')}</label>
                <input id="code" class="code" value={code} autocomplete="one-time-code" autocapitalize="characters" spellcheck={false} enterkeyhint="done" required
                    aria-invalid={wrong ? true : undefined} aria-describedby={wrong ? 'wrong' : undefined} onInput={({currentTarget}) => setCode(currentTarget.value)} />
            </form>
            {wrong && <p class="error" id="wrong" role="alert">{wrong}</p>}
        </Screen>
    );
}

function ScanCode({close, found}) {
    const judge = (text) => {
        setTimeout(() => found(text), 400); // long enough to see the colour
        return {good: true, text: t('Code read')};
    };
    return <Scanner title={t('Scan the code')} hint={t('Hold the code of dispatch’s screen in the frame.')} label={t('Or type the code')} close={close} judge={judge} />;
}
