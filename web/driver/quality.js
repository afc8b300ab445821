// SPDX-License-Identifier: Apache-2.0
//
// Is there anything to be seen on a picture: the server's measure (src/photo/jpeg_measure.c) taken on the phone, so that a dark
// or blurred picture is said while the driver is still at the door. It is only advice: the server judges again. Both look at
// the luma of a small copy, shrunk as the server shrinks it, and use the same thresholds.

/** The settings photo-dark_from and photo-blurred_below, in thousandths. */
const DARK_FROM = 800;
const BLURRED_BELOW = 150;
/** The server's preview: by eighths, to at most so many pixels a side. */
const PREVIEW_SIDE = 640;
const TILES = 8;
const SMOOTH_VARIANCE = 12;

/** How far from white is the pixel that three quarters of the others do not outshine; 0 to 1000. @param {Uint8Array} luma */
function darkness(luma) {
    const histogram = new Uint32Array(256);
    for (const value of luma) histogram[value]++;
    let level = 0;
    for (let seen = 0; level < 255; level++) {
        seen += histogram[level];
        if (seen * 4 >= luma.length * 3) break;
    }
    return 1000 - Math.floor(level * 1000 / 255);
}

/** Laplacian energy over variance; below 0 for a tile with nothing in it. */
function tileSharpness(luma, width, {x0, y0, x1, y1}) {
    let sum = 0;
    let squares = 0;
    let energy = 0;
    for (let y = y0; y < y1; y++) {
        for (let at = y * width + x0; at < y * width + x1; at++) {
            const value = luma[at];
            const edge = 4 * value - luma[at - 1] - luma[at + 1] - luma[at - width] - luma[at + width];
            sum += value;
            squares += value * value;
            energy += edge * edge;
        }
    }
    const count = (x1 - x0) * (y1 - y0);
    const variance = squares / count - (sum / count) ** 2;
    return variance < SMOOTH_VARIANCE ? -1 : energy / count / variance;
}

/** Fine detail over contrast in the sharpest quarter of the tiles; 0 to 1000. */
function sharpness(luma, width, height) {
    if (width < 2 + TILES || height < 2 + TILES) return 0;
    const edge = (size, i) => 1 + Math.floor((size - 2) * i / TILES);
    const found = [];
    for (let i = 0; i < TILES * TILES; i++) {
        const [column, row] = [i % TILES, Math.floor(i / TILES)];
        const value = tileSharpness(luma, width, {x0: edge(width, column), y0: edge(height, row), x1: edge(width, column + 1), y1: edge(height, row + 1)});
        if (value >= 0) found.push(value);
    }
    if (found.length === 0) return 0;
    found.sort((a, b) => b - a);
    const best = found.slice(0, Math.ceil(found.length / 4));
    return Math.min(1000, Math.floor(Math.sqrt(best.reduce((sum, value) => sum + value, 0) / best.length) * 400));
}

/** The canvas as the server's preview would have it, in grey: {luma, width, height}. @param {HTMLCanvasElement | OffscreenCanvas} canvas */
function preview(canvas) {
    const side = Math.max(canvas.width, canvas.height);
    const eighths = Math.min(8, Math.max(1, Math.floor(PREVIEW_SIDE * 8 / side)));
    const width = Math.ceil(canvas.width * eighths / 8);
    const height = Math.ceil(canvas.height * eighths / 8);
    const small = typeof OffscreenCanvas === 'undefined' ? Object.assign(document.createElement('canvas'), {width, height}) : new OffscreenCanvas(width, height);
    const context = /** @type {CanvasRenderingContext2D} */ (small.getContext('2d', {willReadFrequently: true}));
    context.imageSmoothingQuality = 'high';
    context.drawImage(canvas, 0, 0, width, height);
    const {data} = context.getImageData(0, 0, width, height);
    const luma = new Uint8Array(width * height);
    for (let i = 0; i < luma.length; i++) luma[i] = Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
    return {luma, width, height};
}

/**
 * What can be said of a picture at once; when it is dark and blurred, dark comes first, as a light helps both.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @returns {{verdict: import('./types.js').PictureFault | null, darkness: number, sharpness: number}}
 */
export function check(canvas) {
    const {luma, width, height} = preview(canvas);
    const dark = darkness(luma);
    const sharp = sharpness(luma, width, height);
    return {verdict: dark >= DARK_FROM ? 'dark' : sharp < BLURRED_BELOW ? 'blurred' : null, darkness: dark, sharpness: sharp};
}
