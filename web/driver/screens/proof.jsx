// SPDX-License-Identifier: Apache-2.0
//
// What shows a delivery without a photo: a name, a signature on the glass, the recipient's PIN, a scan. The likeliest for the place
// stands open; the others are one touch away.
import {useState} from 'preact/hooks';
import {isOpen, plain, proofsFor, takesPhoto, together} from '../round.js';
import {t} from '../words.js';
import {finish} from './finish.js';
import {Heading, Over, Screen, usePorch} from './parts.jsx';
import {sayPlace, sayProof} from './said.js';
import {Scanner} from './scanner.jsx';
import {Signature} from './signature.jsx';

export function Proof({stop, detail: left_at}) {
    const porch = usePorch();
    const group = together(porch.stops, stop);
    const kinds = proofsFor(group, left_at);
    const again = porch.state.acts.some(({delivery_id: id, state}) => id === stop.delivery_id && state === 'pin');
    const [kind, setKind] = useState(again && kinds.includes('pin') ? 'pin' : kinds[0]);
    const [value, setValue] = useState('');
    const [wrong, setWrong] = useState(false);
    const [scanning, setScanning] = useState(false);
    const [failed, setFailed] = useState(false);
    if (!isOpen(stop)) return <Over />;
    const choose = (next) => {
        setKind(next);
        setValue('');
        setWrong(false);
    };
    const done = (given) => finish(porch, group, {kind: 'delivered', left_at, proof: kind && {kind, value: given}}).catch(() => setFailed(true));
    const confirm = () => (!kind || fits(kind, value) ? done(value.trim()) : setWrong(true));
    if (scanning) return <ScanProof group={group} done={done} close={() => setScanning(false)} />;
    return (
        <Screen back={`#/stop/${stop.delivery_id}/where`} primary={kind === 'scan'
            ? <button type="button" class="primary" onClick={() => setScanning(true)}>{t('Scan the parcel')}</button>
            : <button type="button" class="primary" onClick={confirm}>{t('Confirm delivery')}</button>}>
            <Heading>{sayPlace(left_at)}</Heading>
            <p class="soft">{stop.name}</p>
            {!group.some(takesPhoto) && <div class="callout"><h2>{t('No photo here')}</h2><p>{t('Show the delivery in another way.')}</p></div>}
            {failed && <p class="error" role="alert">{t('The phone could not keep it. Try again.')}</p>}
            {again && kind === 'pin' && <p class="error" role="alert">{t('The PIN was not right. Ask for it again, or choose another proof.')}</p>}
            {kinds.length > 1 && <Kinds {...{kinds, kind, choose}} />}
            {wrong && !fits(kind, value) && <p class="error" id="wrong" role="alert">{sayWrong(kind)}</p>}
            {(kind === 'name' || kind === 'pin') && <Field {...{kind, value, setValue, wrong}} />}
            {kind === 'signature' && <Signature path={value} setPath={setValue} />}
            {kind === 'scan' && <p>{t('Scan the code on the parcel where you leave it.')}</p>}
        </Screen>
    );
}

function Kinds({kinds, kind, choose}) {
    return (
        <fieldset class="card choices">
            <legend class="unseen">{t('Proof')}</legend>
            {kinds.map((each) => (
                <label class="choice" key={each}>
                    <input type="radio" name="proof" checked={each === kind} onChange={() => choose(each)} /><span>{sayProof(each)}</span>
                </label>
            ))}
        </fieldset>
    );
}

function Field({kind, value, setValue, wrong}) {
    const pin = kind === 'pin';
    return (
        <div class="field">
            <label for="value">{pin ? t('PIN') : t('Name')}</label>
            <input id="value" class={pin ? 'code' : undefined} value={value} maxLength={pin ? 12 : 120} inputMode={pin ? 'numeric' : 'text'}
                autocomplete="off" autocapitalize="words"
                aria-invalid={wrong || undefined} aria-describedby={wrong ? 'wrong' : undefined} onInput={({currentTarget}) => setValue(currentTarget.value)} />
        </div>
    );
}

/** Any parcel of this stop will do. */
function ScanProof({group, done, close}) {
    const codes = group.flatMap(({parcels}) => parcels.map(({code}) => code)).filter((code) => code !== null);
    const judge = (code) => {
        if (codes.length > 0 && !codes.some((own) => plain(own) === plain(code))) return {good: false, text: t('Wrong parcel')};
        setTimeout(() => done(code), 600); // long enough to see the colour
        return {good: true, text: t('Right parcel')};
    };
    return <Scanner title={t('Scan the parcel')} hint={t('Hold the code in the frame.')} label={t('Or type the code')} close={close} judge={judge} />;
}

function fits(kind, value) {
    const text = value.trim();
    if (kind === 'pin') return /^[0-9]{6}$/.test(text.replace(/[ -]/g, ''));
    return text.length > 0;
}

const sayWrong = (kind) => ({pin: t('Type the PIN: six digits.'), name: t('Type the name.'), signature: t('Let them sign in the box.')}[kind] ?? '');
