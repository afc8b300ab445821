// SPDX-License-Identifier: Apache-2.0
//
// What the screens ask of a round, answered from the stops alone: which are open, which is next, which belong to one door
// and one person, what must prove a delivery. Pure: no storage, no clock, no words.

/** @typedef {import('./types.js').Stop} Stop */

/** Where a parcel can be left, and what then shows that it was. In the order in which drivers need them. */
export const PLACES = /** @type {const} */ (['front_door', 'handed_over', 'safe_place', 'neighbour', 'mailbox', 'reception', 'locker']);

/** Why it could not be. */
export const REASONS = /** @type {const} */ (['nobody_home', 'no_access', 'wrong_address', 'refused', 'unsafe', 'damaged', 'other']);

/** A person took it there: the name says more than a picture. */
const TAKEN_BY_SOMEONE = ['handed_over', 'neighbour', 'reception'];

/** Has the driver still to go there? @param {Stop} stop */
export const isOpen = (stop) => stop.state === 'created' || stop.state === 'out_for_delivery';

/** @param {Stop} stop */
export const isDelivered = (stop) => stop.state === 'delivered';

/** The stop to go to next. @param {Stop[]} stops */
export const nextOf = (stops) => stops.find(isOpen) ?? null;

/** Who and where, as one text: two recipients never have the same one. @param {Stop} stop */
const household = ({name, phone, address}) => JSON.stringify([name, phone ?? null, address.lines]);

/**
 * The open stops that are for this stop's person at this stop's door, this one first.
 * @param {Stop[]} stops @param {Stop} stop
 */
export function together(stops, stop) {
    const key = household(stop);
    return [stop, ...stops.filter((other) => other.delivery_id !== stop.delivery_id && isOpen(other) && isOpen(stop) && household(other) === key)];
}

/** May its photo be taken? @param {Stop} stop */
export const takesPhoto = (stop) => stop.photo.state !== 'declined';

/**
 * What shows that these parcels were left there: a photo that must be (`photo`), one that may be (`may_photo`), or another proof (`proof`).
 * @param {Stop[]} group @param {string} place
 * @returns {'photo' | 'may_photo' | 'proof'}
 */
export function rule(group, place) {
    if (TAKEN_BY_SOMEONE.includes(place)) return 'proof';
    if (group.some(({photo}) => photo.state === 'wanted')) return 'photo';
    return group.some(takesPhoto) ? 'may_photo' : 'proof';
}

/**
 * The proofs offered for a place, the likeliest first: a person can sign and be named, a door cannot.
 * @param {Stop[]} group @param {string} place
 * @returns {import('./types.js').ProofKind[]}
 */
export function proofsFor(group, place) {
    /** @type {import('./types.js').ProofKind[]} */
    const order = TAKEN_BY_SOMEONE.includes(place) ? ['name', 'signature', 'pin', 'scan'] : ['scan', 'pin', 'name'];
    return order.filter((kind) => group.every(({proofs}) => proofs.includes(kind)));
}

/** Does this parcel list have codes of its own, so that scanning tells parcels apart? @param {Stop} stop */
export const scansFirst = (stop) => stop.parcels.some(({code}) => code !== null && code !== stop.reference);

/** @param {Stop[]} stops @param {string} query */
export function search(stops, query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return stops.filter((stop) => {
        const text = [stop.name, stop.reference, ...stop.address.lines, ...stop.parcels.map(({code}) => code ?? '')].join(' ').toLowerCase();
        return words.every((word) => text.includes(word));
    });
}

/** The link that a phone's own map opens. @param {Stop} stop @param {string} agent navigator.userAgent */
export function mapLink({address: {lines, lat, lon}}, agent) {
    const place = encodeURIComponent(lines.join(', '));
    if (/iPhone|iPad|Macintosh/.test(agent)) return `https://maps.apple.com/?daddr=${place}`;
    const point = lat === null || lon === null || lat === undefined || lon === undefined ? '0,0' : `${lat},${lon}`;
    return `geo:${point}?q=${place}`;
}

/** As codes are compared: no spaces or hyphens, one case. */
export const plain = (code) => String(code ?? '').replace(/[\s-]/g, '').toUpperCase();
