// SPDX-License-Identifier: Apache-2.0
//
// A canvas as the JPEG that is sent: without place, model or thumbnail, as a canvas has none, and never twice the same.

const QUALITY = 0.85;
const START_OF_IMAGE = 2; // bytes, in every JPEG

/** The canvas as a JPEG that no other press of the shutter gave. @param {HTMLCanvasElement | OffscreenCanvas} canvas @returns {Promise<Blob>} */
export async function asJpeg(canvas) {
    const blob = await encoded(canvas);
    return new Blob([blob.slice(0, START_OF_IMAGE), comment(), blob.slice(START_OF_IMAGE)], {type: blob.type});
}

/** @param {any} canvas one of both kinds @returns {Promise<Blob>} */
function encoded(canvas) {
    if (canvas.convertToBlob) return canvas.convertToBlob({type: 'image/jpeg', quality: QUALITY});
    return new Promise((done, fail) => {
        canvas.toBlob((made) => (made ? done(made) : fail(new Error('the picture could not be made'))), 'image/jpeg', QUALITY);
    });
}

/**
 * A JPEG comment of random bytes. Where nothing moves, two pictures can be equal to the last bit, and would then pass for one
 * picture used for two recipients; this tells them apart. The server drops it with all else that is not the picture.
 */
function comment() {
    const noise = crypto.getRandomValues(new Uint8Array(16));
    return new Uint8Array([0xff, 0xfe, 0, noise.length + 2, ...noise]);
}
