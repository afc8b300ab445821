// SPDX-License-Identifier: Apache-2.0
//
// From a press of the shutter to what is said of the picture and to its JPEG, both made by a worker (develop.js) while the screen
// goes on. A browser that has no such worker, or loses it, does the same work here, only slower.
import {asJpeg} from './jpeg.js';
import {check} from './quality.js';
import {trusted} from './trusted.js';

/** @typedef {import('./types.js').PictureFault | null} Verdict */
/** @typedef {{verdict: Promise<Verdict>, jpeg: Promise<Blob>}} Development */

/** A worker that says nothing for so long has been ended by the browser. */
const PATIENCE_MS = 8000;

/** @type {Worker | null} */
let worker = null;
let count = 0;

/** Has the worker at hand before the shutter is pressed. */
export function prepare() {
    if (worker || typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') return;
    try {
        worker = new Worker(/** @type {any} */ (trusted(DEVELOPER)));
        worker.addEventListener('error', dismiss);
    } catch { /* not allowed here */ }
}

function dismiss() {
    worker?.terminate();
    worker = null;
}

/** @param {HTMLCanvasElement} canvas a picture that nobody changes any more @returns {Development} */
export function develop(canvas) {
    prepare();
    const there = worker && inWorker(worker, canvas);
    const verdict = there ? there.verdict.catch(() => check(canvas).verdict) : Promise.resolve().then(() => check(canvas).verdict);
    const jpeg = there ? there.jpeg.catch(() => asJpeg(canvas)) : verdict.then(() => asJpeg(canvas));
    jpeg.catch(() => {}); // told to whoever uses it
    return {verdict, jpeg};
}

function promised() {
    const own = /** @type {{promise: Promise<any>, resolve: (value: any) => void, reject: (error: Error) => void}} */ ({});
    own.promise = new Promise((resolve, reject) => Object.assign(own, {resolve, reject}));
    return own;
}

/** @param {Worker} helper @param {HTMLCanvasElement} canvas @returns {Development} */
function inWorker(helper, canvas) {
    const id = ++count;
    const [verdict, jpeg] = [promised(), promised()];
    const end = () => {
        clearTimeout(late);
        helper.removeEventListener('message', hear);
        helper.removeEventListener('error', fail);
    };
    const fail = () => {
        end();
        verdict.reject(new Error('the worker failed'));
        jpeg.reject(new Error('the worker failed'));
    };
    const late = setTimeout(() => { dismiss(); fail(); }, PATIENCE_MS);
    const hear = ({data}) => {
        if (data.id !== id) return;
        if (data.failed) return fail();
        if ('verdict' in data) return verdict.resolve(data.verdict);
        end();
        jpeg.resolve(data.jpeg);
    };
    helper.addEventListener('message', hear);
    helper.addEventListener('error', fail);
    createImageBitmap(canvas).then((bitmap) => helper.postMessage({id, bitmap}, [bitmap])).catch(fail);
    return {verdict: verdict.promise, jpeg: jpeg.promise};
}
