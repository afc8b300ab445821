// SPDX-License-Identifier: Apache-2.0
//
// Which parcels were scanned. Kept with the driver's choices, so that a reload or an empty battery loses no tick; an attempt
// begins with none, and what is no longer on the round is dropped when the next tick is set.
import {plain} from '../round.js';

const keyOf = ({delivery_id: id, attempt}, code) => `${id} ${attempt} ${plain(code)}`;

/** @param {import('../types.js').Prefs} prefs @param {import('../types.js').Stop} stop @param {string | null} code */
export const isTicked = (prefs, stop, code) => code !== null && prefs.ticks.includes(keyOf(stop, code));

/**
 * @param {import('./parts.jsx').Shared} porch
 * @param {import('../types.js').Stop} stop
 * @param {string} code
 */
export async function tick({store, stops}, stop, code) {
    const prefs = await store.prefs(); // not what was last drawn: two codes can be read in no time
    const known = new Set(stops.map(({delivery_id: id}) => id));
    const kept = prefs.ticks.filter((key) => known.has(key.split(' ')[0]));
    await store.setPrefs({...prefs, ticks: [...new Set([...kept, keyOf(stop, code)])]});
}
