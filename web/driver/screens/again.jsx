// SPDX-License-Identifier: Apache-2.0
//
// Photos that the server would not have: said on top of the round and of every other stop, heard and felt once, since the driver
// may still be near that door.
import {useEffect, useRef} from 'preact/hooks';
import {signal} from '../signal.js';
import {t} from '../words.js';
import {Icon} from './icons.jsx';
import {go, usePorch} from './parts.jsx';
import {sayVerdict} from './said.js';

/** @param {{but?: string}} props but: the stop whose own screen says it */
export function Again({but}) {
    const {state, stops} = usePorch();
    const acts = state.acts.filter(({state: each, delivery_id: id}) => each === 'retake' && id !== but);
    return acts.map(({id, delivery_id: of, reason}) => {
        const stop = stops.find(({delivery_id: each}) => each === of);
        return stop && (
            <div class="callout wrong" key={id} role="alert">
                <h2>{t('Photo again: {name}', {name: stop.name})}</h2>
                <p>{sayVerdict(reason)} {stop.address.lines[0]}</p>
                <button type="button" onClick={() => go(`#/stop/${of}/retake`)}><Icon of="camera" />{t('Take it again')}</button>
            </div>
        );
    });
}

/** Signals each new one, whatever screen is open. @param {import('../types.js').ActView[]} acts @param {boolean} silent */
export function useSignalOfAgain(acts, silent) {
    const known = useRef(/** @type {Set<string> | null} */ (null));
    useEffect(() => {
        const now = acts.filter(({state}) => state === 'retake').map(({id}) => id);
        if (known.current && now.some((id) => !known.current.has(id))) signal('wrong', silent);
        known.current = new Set(now);
    }, [acts]);
}
