// SPDX-License-Identifier: Apache-2.0
//
// A stop is over: one act for each delivery that goes to this person at this door, stored before anything is sent, with the
// seconds in which it can be undone. Each delivery that takes a photo gets the picture as its own; none goes to anybody else.
import {takesPhoto} from '../round.js';
import {go} from './parts.jsx';

const UNDO_MS = 5000;
const SLOW_UNDO_MS = 20_000;

/**
 * @param {import('./parts.jsx').Shared} porch
 * @param {import('../types.js').Stop[]} group
 * @param {import('../types.js').Capture} what
 */
export async function finish({outbox, prefs, reread}, group, {photo, anyway, ...what}) {
    const captured_at = what.captured_at ?? new Date().toISOString();
    for (const stop of group) {
        const own = photo && takesPhoto(stop) ? photo.slice(0, photo.size, photo.type) : null;
        await outbox.capture(stop.delivery_id, {...what, photo: own, anyway: own ? anyway ?? null : null, captured_at, undoMs: prefs.slow ? SLOW_UNDO_MS : UNDO_MS});
    }
    await reread(); // the round must not lead back to this stop
    go('#/', true);
}
