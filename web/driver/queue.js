// SPDX-License-Identifier: Apache-2.0
//
// Which act is next, with whose pairing, and what the screens are told of each. Pure: acts and pairings in, a choice out.
// Order is kept: an act comes before those captured after it, and a stop's earlier act before its later one whatever happens.

/** @typedef {import('./types.js').Act} Act @typedef {import('./types.js').Device} Device */
/** @typedef {{acts: Act[], device: Device|null, former: Device[], now: number, rest: (act: Act) => number}} Sight rest: ms for which an act is left alone */
/** @typedef {{act: Act|null, device: Device|null, wait: number|null}} Choice wait: ms until there may be something; null: until a change */

/** Longer than any undo: a deadline farther away was set before the phone's clock was set back. */
const LONGEST_UNDO_MS = 60_000;
const LONGEST_AGAIN_MS = 3_600_000;

/** Is its picture still to be sent? @param {Act} act */
const photoWaits = ({photo}) => photo?.state === 'waiting' || photo?.state === 'pending';

/** Is its report still to be sent, now or when no other PIN was given? @param {Act} act */
const reportWaits = ({report}) => report === 'waiting' || report === 'again';

/** Is there something of it to send? @param {Act} act */
export const hasWork = (act) => reportWaits(act) || photoWaits(act);

/** Nothing of it is left to send, and nothing to decide. @param {Act} act */
export const isDone = (act) => !hasWork(act) && act.photo?.state !== 'retake';

/** For how long it can still be undone. @param {Act} act @param {number} now */
function undoLeft({undo_until, begun}, now) {
    const left = begun ? 0 : undo_until - now;
    return left > LONGEST_UNDO_MS ? 0 : Math.max(0, left);
}

/** For how long the driver can still give another PIN. @param {Act} act @param {number} now */
function againLeft({report, again_until: end = 0}, now) {
    const left = report === 'again' ? end - now : 0;
    return left > LONGEST_AGAIN_MS ? 0 : Math.max(0, left);
}

/**
 * The pairing that an act's report goes out with: the present one if it is the same driver's, else that which captured it.
 * @param {Act} act @param {Sight} sight
 */
function reporter({driver_id, device_id}, {device, former}) {
    if (device?.driver.id === driver_id) return device.ended ? null : device;
    const own = former.find((each) => each.device_id === device_id);
    return own && !own.ended ? own : null;
}

/** The pairing of an act's photo: the one that its challenge was made for, even revoked, since the server then signs a refusal. */
const photographer = ({device_id}, {device, former}) => [device, ...former].find((each) => each?.device_id === device_id) ?? null;

/**
 * @param {Sight} sight @param {(act: Act) => boolean} waits @param {(act: Act, sight: Sight) => Device|null} deviceFor
 * @returns {Choice}
 */
function next(sight, waits, deviceFor) {
    let wait = null;
    const held = new Set();
    for (const act of sight.acts.filter(waits)) {
        const device = deviceFor(act, sight);
        if (!device || held.has(act.delivery_id)) continue;
        const left = Math.max(undoLeft(act, sight.now), againLeft(act, sight.now), sight.rest(act));
        if (left <= 0) return {act, device, wait: null};
        held.add(act.delivery_id);
        wait = Math.min(wait ?? left, left);
        if (undoLeft(act, sight.now) > 0) break; // those after it wait for it
    }
    return {act: null, device: null, wait: wait === null ? null : Math.ceil(wait) + 1};
}

/** @param {Sight} sight */
export const nextReport = (sight) => next(sight, reportWaits, reporter);

/** @param {Sight} sight */
export const nextPhoto = (sight) => next(sight, photoWaits, photographer);

/** Those pairings that have something to send. @param {Device[]} devices @param {Act[]} acts */
export function inUse(devices, acts) {
    const needed = new Set(acts.filter((act) => !isDone(act)).map(({device_id: id}) => id));
    return devices.filter(({device_id: id}) => needed.has(id));
}

/** @param {Act} act @returns {import('./types.js').ActView['state']} */
function stateOf(act, {now, reporting, progress}) {
    if (act.photo?.state === 'retake') return 'retake';
    if (act.report === 'again' && againLeft(act, now) > 0) return 'pin';
    if (isDone(act)) return act.report === 'refused' || act.photo?.state === 'refused' ? 'refused' : 'sent';
    if (undoLeft(act, now) > 0) return 'undo';
    return reporting || progress !== undefined || act.photo?.state === 'pending' ? 'sending' : 'waiting';
}

/**
 * @param {Act} act @param {{now: number, reporting: boolean, progress: number|undefined}} moment progress: of its photo, when that is under way
 * @returns {import('./types.js').ActView}
 */
export function view(act, moment) {
    const {id, delivery_id, kind, left_at, undo_until, captured_at, photo} = act;
    const kept = photo && ['pending', 'stored', 'refused'].includes(photo.state);
    return {
        id, delivery_id, kind, left_at, undo_until, captured_at, has_photo: photo !== null,
        state: stateOf(act, moment), progress: kept ? 1 : moment.progress ?? 0,
        reason: photo?.state === 'retake' ? photo.reason : act.report_reason ?? photo?.reason ?? null,
        can_send_anyway: photo?.state === 'retake' && (photo.reason === 'dark' || photo.reason === 'blurred'),
    };
}
