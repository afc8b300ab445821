// SPDX-License-Identifier: Apache-2.0
//
// Is this the right parcel? One of this stop is ticked; one of another stop is said to be wrong, and where it belongs.
import {plain, together} from '../round.js';
import {t} from '../words.js';
import {go, usePorch} from './parts.jsx';
import {Scanner} from './scanner.jsx';
import {isTicked, tick} from './ticks.js';

export function ScanParcels({stop}) {
    const porch = usePorch();
    const group = together(porch.stops, stop);
    const coded = group.flatMap((each) => each.parcels.filter(({code}) => code !== null).map(({code}) => ({stop: each, code})));
    const done = coded.filter(({stop: each, code}) => isTicked(porch.prefs, each, code)).length;
    const back = `#/stop/${stop.delivery_id}`;
    const judge = async (code) => {
        const own = coded.find((each) => plain(each.code) === plain(code));
        if (!own) return wrong(porch.stops, code);
        const last = !isTicked(porch.prefs, own.stop, own.code) && done + 1 === coded.length;
        await tick(porch, own.stop, own.code);
        return {good: true, text: last ? t('Right: that was the last one') : t('Right parcel')};
    };
    return (
        <Scanner title={t('{done} of {all} scanned', {done, all: coded.length})} hint={t('Hold the code in the frame.')} label={t('Or type the code')} back={back} judge={judge}>
            {done === coded.length && <button type="button" class="primary" onClick={() => go(`${back}/where`, true)}>{t('Deliver')}</button>}
        </Scanner>
    );
}

/** A parcel of somebody else's, or of nobody's on this round. */
function wrong(stops, code) {
    const owner = stops.find(({parcels}) => parcels.some((parcel) => parcel.code !== null && plain(parcel.code) === plain(code)));
    if (!owner) return {good: false, text: t('Wrong parcel: it is not on this round')};
    return {
        good: false,
        text: t('Wrong parcel: it is for {name}', {name: owner.name}),
        more: (
            <button type="button" onClick={() => go(`#/stop/${owner.delivery_id}`, true)}>
                {owner.position ? t('Stop {n}: {address}', {n: owner.position, address: owner.address.lines[0]}) : owner.address.lines[0]}
            </button>
        ),
    };
}
