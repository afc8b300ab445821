// SPDX-License-Identifier: Apache-2.0
//
// The app's words in the driver's language. English is what stands in the sources; other languages are the catalogues of po/,
// made by catalogues.js and fetched when they are wanted. A catalogue that cannot be had leaves the app in English, and a
// message that a language lacks is English too: nothing is ever blank.

/** @typedef {Record<string, string | number>} Values */

/** What can be chosen: [code, its own name]. The pseudo-language is for those who know its code. */
export const languages = CATALOGUES.filter(([code]) => code !== 'en-XA').map(([code, name]) => [code, name]);

let current = 'en';
/** @type {Record<string, string | string[]>} */
let texts = {};

/** The language that is spoken now. */
export const language = () => current;

/** The best of ours for what the phone or the driver wants. @param {readonly string[]} wanted */
function best(wanted) {
    const codes = CATALOGUES.map(([code]) => code);
    for (const each of wanted) {
        const found = codes.find((code) => code === each) ?? codes.find((code) => code === each.split('-')[0]);
        if (found) return found;
    }
    return 'en';
}

/** Speaks another language from now on; null: the phone's. @param {string | null} wanted */
export async function setLanguage(wanted) {
    const code = best(wanted ? [wanted] : navigator.languages);
    if (code === current) return;
    const [, , address] = CATALOGUES.find(([each]) => each === code);
    try {
        texts = address ? await (await fetch(address)).json() : {};
        current = code;
        document.documentElement.lang = code;
    } catch { /* no network, and it was never here: the language stays */ }
}

/** @param {string} text @param {Values} values */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

/** A message, with its {values} filled in. @param {string} text @param {Values} [values] */
export function t(text, values = {}) {
    const found = texts[text] ?? text;
    return filled(typeof found === 'string' ? found : found[0], values);
}

/** One of two messages, by the number {n}: tn('{n} parcel', '{n} parcels', {n}). @param {string} one @param {string} many @param {Values & {n: number}} values */
export function tn(one, many, values) {
    const forms = texts[one];
    const [first, second] = Array.isArray(forms) ? forms : [one, many];
    return filled(values.n === 1 ? first : second, values);
}
