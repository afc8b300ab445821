// SPDX-License-Identifier: Apache-2.0
//
// Photos and PINs that the server would not have: said on top of the round and of every other stop, heard and felt once, since the driver
// may still be near that door.
import {useEffect, useRef} from 'preact/hooks';
import {together} from '../round.js';
import {signal} from '../signal.js';
import {t} from '../words.js';
import {Icon} from './icons.jsx';
import {go, usePorch} from './parts.jsx';
import {sayVerdict} from './said.js';

/** @param {{but?: string}} props but: the stop whose own screen says it */
export function Again({but}) {
    const {state, stops} = usePorch();
    const acts = state.acts.filter(({state: each, delivery_id: id}) => each === 'retake' && id !== but);
    const pins = wrongPins(state.acts.filter(({delivery_id: id}) => id !== but), stops);
    return [...pins.map((acts) => <PinAgain key={acts[0].id} acts={acts} />), ...acts.map(({id, delivery_id: of, reason}) => {
        const stop = stops.find(({delivery_id: each}) => each === of);
        return stop && (
            <div class="callout wrong" key={id} role="alert">
                <h2>{t('Photo again: {name}', {name: stop.name})}</h2>
                <p>{sayVerdict(reason)} {stop.address.lines[0]}</p>
                <button type="button" onClick={() => go(`#/stop/${of}/retake`)}><Icon of="camera" />{t('Take it again')}</button>
            </div>
        );
    })];
}

/** Acts whose PIN was not right, those of one person at one door together. @param {import('../types.js').ActView[]} acts @param {import('../types.js').Stop[]} stops */
function wrongPins(acts, stops) {
    const groups = new Map();
    for (const act of acts.filter(({state}) => state === 'pin')) {
        const stop = stops.find(({delivery_id: id}) => id === act.delivery_id);
        const door = stop ? together(stops, stop).map(({delivery_id: id}) => id).sort()[0] : act.delivery_id;
        groups.set(door, [...groups.get(door) ?? [], act]);
    }
    return [...groups.values()];
}

/** The driver may still be at the door: another PIN or proof; or it goes as it is. */
function PinAgain({acts}) {
    const {outbox, stops} = usePorch();
    const [{delivery_id: of, left_at}] = acts;
    const stop = stops.find(({delivery_id: each}) => each === of);
    return (
        <div class="callout wrong" role="alert">
            <h2>{t('PIN again: {name}', {name: stop?.name ?? ''})}</h2>
            <p>{t('The PIN was not right.')} {stop?.address.lines[0]}</p>
            {stop && <button type="button" onClick={() => go(`#/stop/${of}/proof/${left_at}`)}>{t('Another PIN or proof')}</button>}
            <button type="button" class="plain" onClick={() => acts.forEach(({id}) => outbox.sendLate(id))}>{t('I have left: send it as it is')}</button>
        </div>
    );
}

/** Signals each new one, whatever screen is open. @param {import('../types.js').ActView[]} acts @param {boolean} silent */
export function useSignalOfAgain(acts, silent) {
    const known = useRef(/** @type {Set<string> | null} */ (null));
    useEffect(() => {
        const now = acts.filter(({state}) => state === 'retake' || state === 'pin').map(({id}) => id);
        if (known.current && now.some((id) => !known.current.has(id))) signal('wrong', silent);
        known.current = new Set(now);
    }, [acts]);
}
