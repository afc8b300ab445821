// SPDX-License-Identifier: Apache-2.0
//
// What a driver hears and feels without looking: a high double tone and a short buzz for right, a low tone and a long buzz
// for wrong. Sound can be turned off in the settings, and never says anything that the screen does not say too.

const TONES = {right: [[880, 0, 0.09], [1320, 0.1, 0.12]], wrong: [[220, 0, 0.35]]};
const BUZZ = {right: [60], wrong: [220, 80, 220]};

let context = null;

/** @param {'right'|'wrong'} what @param {boolean} silent no sound; the buzz stays */
export function signal(what, silent) {
    try {
        navigator.vibrate?.(BUZZ[what]);
        if (!silent) play(TONES[what]);
    } catch { /* a phone that can do neither */ }
}

function play(tones) {
    context ??= new AudioContext();
    if (context.state === 'suspended') context.resume();
    for (const [pitch, from, length] of tones) {
        const tone = context.createOscillator();
        const loudness = context.createGain();
        const start = context.currentTime + from;
        tone.frequency.value = pitch;
        loudness.gain.setValueAtTime(0.25, start);
        loudness.gain.exponentialRampToValueAtTime(0.001, start + length);
        tone.connect(loudness).connect(context.destination);
        tone.start(start);
        tone.stop(start + length);
    }
}
