// SPDX-License-Identifier: Apache-2.0
//
// Whatever is private in a history is a word that occurs nowhere else and says whose it is, so that one pass over any
// answer, whatever its form, finds all that it gives away.
//
//   D id of a delivery   C case   L look   T tracking token   P photo
//   n name   a address   r reference   i instructions   l label of a parcel   h phone
//   q what somebody complained of   Q id of that   c what was said in a case   k why somebody looked   f name or signature at the door   d driver's name
//   p a person's mail address   s the shop's name (everybody may read it)

/** The word of a kind and number: "uqon12ouq": ids have neither u nor o. */
export const word = (kind, n) => `uqo${kind}${n}ouq`;
export const phoneOf = (n) => `+4977${String(n).padStart(6, '0')}`;
export const mailOf = (name) => `uqop${name}ouq@example.org`;

const WORDS = /uqo([a-z])([0-9a-z]+?)ouq|\+?4977(\d{6})|(dlv|cas|lok|pho|cmp)_[0-9a-hjkmnp-tv-z]{26}|\/t\/([A-Za-z0-9._~-]{20,})/gi;
const IDS = {dlv: 'D', cas: 'C', lok: 'L', pho: 'P', cmp: 'Q'};

/** Everything that a text gives away: [{kind, n, text}]; n is a number as text, or the id itself. */
export function found(text) {
    const all = [];
    for (const [whole, kind, n, phone, id, token] of text.matchAll(WORDS)) {
        if (kind) all.push({kind: kind.toLowerCase(), n: n.toLowerCase(), text: whole});
        else if (phone) all.push({kind: 'h', n: String(Number(phone)), text: whole});
        else if (id) all.push({kind: IDS[id.toLowerCase()], n: whole, text: whole});
        else all.push({kind: 'T', n: token, text: whole});
    }
    return all;
}
