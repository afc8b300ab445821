// SPDX-License-Identifier: Apache-2.0
//
// The phone's camera, live: opened, its light, the other lens, one frame of it. A picture made here is drawn on a canvas
// of our own, so it carries no place, model or thumbnail, and it is never handed to the phone's gallery. Where a browser
// gives no live camera, fromFile() takes what the phone's own camera dialog made, and refuses what was not made just now.
// Whoever opens a camera closes it; closing twice does no harm.

/** The server keeps at most this many pixels a side: more would only make the upload longer. */
const LONG_SIDE = 2016;
const SHORT_SIDE = 1512;
/** A size that the camera has, not one that the browser cuts out of it. */
const WHOLE = /** @type {MediaTrackConstraints} */ ({resizeMode: {ideal: 'none'}});
/** A file of the camera dialog is as old as the way back from it, never older than this. */
const FRESH_MS = 3 * 60_000;

/** Is there a live camera at all? */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * @typedef {object} Camera
 * @property {MediaStream} stream for a video element's srcObject
 * @property {boolean} hasTorch
 * @property {(on: boolean) => Promise<void>} torch
 * @property {() => void} close
 */

/**
 * Opens a camera, at first the one that looks away from the driver. Rejects with what getUserMedia rejects with.
 * @param {'environment'|'user'} facing
 * @returns {Promise<Camera>}
 */
export async function openCamera(facing) {
    const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: {facingMode: {ideal: facing}, width: {ideal: LONG_SIDE}, height: {ideal: SHORT_SIDE}, ...WHOLE},
    });
    const [track] = stream.getVideoTracks();
    /** @type {MediaTrackCapabilities & {torch?: boolean}} */
    const can = track.getCapabilities?.() ?? {};
    const set = (constraint) => track.applyConstraints({advanced: [constraint]});
    return {
        stream,
        hasTorch: can.torch === true,
        torch: (on) => set({torch: on}),
        close: () => stream.getTracks().forEach((each) => each.stop()),
    };
}

/** How many cameras the phone has; 1 where it does not say. */
export async function countCameras() {
    try {
        const devices = await navigator.mediaDevices.enumerateDevices();
        return Math.max(1, devices.filter(({kind}) => kind === 'videoinput').length);
    } catch {
        return 1;
    }
}

/** Keeps the screen lit until the returned function is called; does nothing where there is no wake lock. */
export function keepAwake() {
    let lock = null;
    let over = false;
    const ask = async () => {
        if (over || document.visibilityState !== 'visible') return;
        try {
            lock = await navigator.wakeLock?.request('screen');
            if (over) await lock?.release();
        } catch { /* the battery is low: the screen may dim */ }
    };
    document.addEventListener('visibilitychange', ask);
    ask();
    return () => {
        over = true;
        document.removeEventListener('visibilitychange', ask);
        lock?.release().catch(() => {});
    };
}

/** What the video shows now, on a canvas of at most the server's size. @param {HTMLVideoElement} video */
export function grab(video) {
    return drawn(video, video.videoWidth, video.videoHeight);
}

/**
 * What the camera dialog gave, on such a canvas, upright. Null when the picture was not taken just now, or is none.
 * @param {File} file
 */
export async function fromFile(file) {
    if (Math.abs(Date.now() - file.lastModified) > FRESH_MS) return null;
    try {
        const bitmap = await createImageBitmap(file, {imageOrientation: 'from-image'});
        const canvas = drawn(bitmap, bitmap.width, bitmap.height);
        bitmap.close();
        return canvas;
    } catch {
        return null;
    }
}

function drawn(source, width, height) {
    const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
}
