// SPDX-License-Identifier: Apache-2.0
//
// Reading codes off a video: with the browser's BarcodeDetector, else with zxing compiled to WebAssembly, fetched only when
// a scanner is first opened. One frame is looked at at a time, a few in a second: enough for a hand, little for a battery.
// Nothing is decided here; whoever asks is told each code that comes into view, once until another one does.
import zxingWasm from 'zxing-wasm/reader/zxing_reader.wasm';

/** What is printed on parcels and on the dispatcher's screen. */
const FORMATS = ['code_128', 'code_39', 'ean_13', 'ean_8', 'itf', 'upc_a', 'data_matrix', 'qr_code', 'pdf417', 'aztec'];
/** @type {import('zxing-wasm/reader').ReadInputBarcodeFormat[]} */
const ZXING_FORMATS = ['Code128', 'Code39', 'EAN13', 'EAN8', 'ITF', 'UPCA', 'DataMatrix', 'QRCode', 'PDF417', 'Aztec'];
const PAUSE_MS = 120;
/** Frames are looked at with at most this many pixels a side. */
const LOOK_SIDE = 1280;

/** @typedef {(canvas: HTMLCanvasElement) => Promise<string[]>} Reader */

/** @type {Promise<Reader> | null} */
let reader = null;

/** The reader of this phone, made once; a failure is tried again by the next call. */
export function loadReader() {
    reader ??= makeReader().catch((error) => {
        reader = null;
        throw error;
    });
    return reader;
}

/** @returns {Promise<Reader>} */
async function makeReader() {
    const native = await nativeReader();
    if (native) return native;
    const {prepareZXingModule, readBarcodes} = await import('zxing-wasm/reader');
    await prepareZXingModule({
        overrides: {locateFile: (path) => (path.endsWith('.wasm') ? zxingWasm : path)},
        fireImmediately: true,
    });
    return async (canvas) => {
        const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const found = await readBarcodes(image, {formats: ZXING_FORMATS, tryHarder: true, maxNumberOfSymbols: 2});
        return found.filter(({isValid}) => isValid).map(({text}) => text);
    };
}

/** @returns {Promise<Reader | null>} */
async function nativeReader() {
    const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
    if (!Detector) return null;
    try {
        const known = await Detector.getSupportedFormats();
        const formats = FORMATS.filter((format) => known.includes(format));
        if (!formats.includes('qr_code') || !formats.includes('code_128')) return null;
        const detector = new Detector({formats});
        return async (canvas) => (await detector.detect(canvas)).map(({rawValue}) => rawValue);
    } catch {
        return null;
    }
}

/**
 * Watches a video that plays until the returned function is called.
 * @param {HTMLVideoElement} video
 * @param {Reader} read
 * @param {(code: string) => void} found
 */
export function watch(video, read, found) {
    const canvas = document.createElement('canvas');
    canvas.getContext('2d', {willReadFrequently: true});
    let over = false;
    let last = null;
    const look = async () => {
        if (over) return;
        if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0) {
            const scale = Math.min(1, LOOK_SIDE / Math.max(video.videoWidth, video.videoHeight));
            canvas.width = Math.round(video.videoWidth * scale);
            canvas.height = Math.round(video.videoHeight * scale);
            canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
            const codes = await read(canvas).catch(() => /** @type {string[]} */ ([]));
            for (const code of codes) {
                if (over || code === last || code === '') continue;
                last = code;
                found(code);
            }
        }
        setTimeout(look, PAUSE_MS);
    };
    look();
    return () => { over = true; };
}
