// SPDX-License-Identifier: Apache-2.0
//
// The driver's choices, put where style and speech find them: attributes of the root element, and the language.
import {setLanguage} from '../words.js';

const night = matchMedia('(prefers-color-scheme: dark)');

/** @param {import('../types.js').Prefs} prefs */
export function dress({theme, left_hand: left, large_text: large}) {
    const {dataset} = document.documentElement;
    dataset.theme = theme === 'auto' ? night.matches ? 'dark' : 'light' : theme;
    dataset.hand = left ? 'left' : 'right';
    dataset.text = large ? 'large' : 'normal';
}

/**
 * Keeps the look in step with the choices and with the phone's own day and night.
 * @param {import('../store.js').Store} store
 * @param {() => void} changed called when there may be other words
 */
export async function keepDressed(store, changed) {
    const read = async () => {
        const prefs = await store.prefs();
        dress(prefs);
        await setLanguage(prefs.language);
        changed();
    };
    night.addEventListener('change', read);
    store.watch(read);
    await read();
}
