// SPDX-License-Identifier: Apache-2.0
//
// A picture is judged and made a JPEG in this worker, beside the screen, so that a slow phone shows it at once and has it ready by
// the time the driver has looked at it. It holds one picture at a time and keeps none.
import {asJpeg} from './jpeg.js';
import {check} from './quality.js';

/** @type {any} */
const worker = self;

worker.onmessage = async ({data: {id, bitmap}}) => {
    try {
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        canvas.getContext('2d', {alpha: false}).drawImage(bitmap, 0, 0);
        bitmap.close();
        worker.postMessage({id, verdict: check(canvas).verdict});
        worker.postMessage({id, jpeg: await asJpeg(canvas)});
    } catch {
        worker.postMessage({id, failed: true});
    }
};
