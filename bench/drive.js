// SPDX-License-Identifier: Apache-2.0
//
// The driver's app as a driver feels it: how much must come before anything is seen, how soon the app stands without a network,
// and how long a photo takes from the shutter to the server's signed receipt. In Chromium, with its page slowed as on a cheap
// phone, against a server on the same machine. Times are medians.
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import http from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {button, heading, openApp, openBrowserWithCamera, pairByCode} from '../tests/drive/support/hand.js';
import {draw} from '../tests/e2e/support/pictures.js';
import {addDelivery, DOOR} from '../tests/e2e/support/world.js';

/** @typedef {import('playwright-core').Page} Page @typedef {import('playwright-core').CDPSession} CDPSession */

const SLOWED = 4;
const STARTS = 9, PHOTOS = 7;
const STOPS = 180;
const FILM = {width: 4000, height: 3000};
const UNDO_MS = 5000; // the app's: so long nothing is sent
const PATIENCE_MS = 30_000;
const run = promisify(execFile);

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];

// ---- the shell ----

/** The bytes of an answer as they come, gzipped. @returns {Promise<Buffer>} */
function fetchGzipped(url) {
    return new Promise((done, fail) => {
        http.get(url, {headers: {'accept-encoding': 'gzip'}}, (answer) => {
            const chunks = [];
            answer.on('data', (chunk) => chunks.push(chunk));
            answer.on('end', () => (answer.statusCode === 200 && answer.headers['content-encoding'] === 'gzip' ? done(Buffer.concat(chunks)) : fail(new Error(`${url}: ${answer.statusCode}`))));
        }).on('error', fail);
    });
}

/** The page, its style, its script and what that imports at once, in KB. */
async function shellSize(server) {
    const page = await fetchGzipped(`${server.url}/drive/`);
    const links = [...gunzipSync(page).toString().matchAll(/<(?:script type="module" src|link rel="(?:stylesheet|modulepreload)" href)="([^"]+)"/g)];
    const parts = await Promise.all(links.map(([, path]) => fetchGzipped(server.url + path)));
    return [page, ...parts].reduce((sum, {length}) => sum + length, 0) / 1024;
}

// ---- a phone with a round ----

/** One picture as YUV4MPEG2, five times a second: a film that costs little to play. @param {Buffer} jpeg */
async function filmOf(jpeg) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-film-'));
    try {
        await writeFile(join(folder, 'film.jpg'), jpeg);
        const {stdout} = await run('djpeg', ['-pnm', join(folder, 'film.jpg')], {encoding: 'buffer', maxBuffer: 64 << 20});
        return yuvOf(stdout.subarray(-3 * FILM.width * FILM.height), FILM);
    } finally {
        await rm(folder, {recursive: true});
    }
}

/** @param {Buffer} rgb */
function yuvOf(rgb, {width, height}) {
    const luma = Buffer.alloc(width * height);
    const [blue, red] = [Buffer.alloc(luma.length / 4), Buffer.alloc(luma.length / 4)];
    for (let at = 0; at < luma.length; at++) {
        const [r, g, b] = [rgb[3 * at], rgb[3 * at + 1], rgb[3 * at + 2]];
        luma[at] = 16 + (66 * r + 129 * g + 25 * b) / 256;
        const [x, y] = [at % width, Math.floor(at / width)];
        if (x % 2 || y % 2) continue;
        const half = (y * width / 2 + x) / 2;
        blue[half] = 128 + (112 * b - 38 * r - 74 * g) / 256;
        red[half] = 128 + (112 * r - 94 * g - 18 * b) / 256;
    }
    return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F5:1 Ip A1:1 C420jpeg\nFRAME\n`), luma, blue, red]);
}

/** A phone that is out with a round, its service worker in charge. */
async function setOut(browser, server, shipper, stops, prepare = () => {}) {
    const {json: driver} = await shipper.client.post('/v1/drivers', {name: 'Dana'}, {status: 201});
    for (let i = 0; i < stops; i++)
        await addDelivery(shipper, `robin-${i}@example.org`, {recipient: {name: `Robin ${i}`, email: `robin-${i}@example.org`}, address: {...DOOR, lines: [`${i} Lantern Lane`, '10115 Berlin']}, driver_id: driver.id});
    const phone = await openApp(browser, server, {prepare: watchItself});
    const {page} = phone;
    await phone.context.addInitScript(prepare);
    await pairByCode(page, driver.pairing_code);
    await button(page, 'Start the round').click();
    await button(page, 'Next stop').waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const cdp = await phone.context.newCDPSession(page);
    return {...phone, cdp};
}

/** Runs in the page before the app: notes when the first screen takes a touch, and when a receipt has been found good and kept. */
function watchItself() {
    const notes = /** @type {any} */ (globalThis).notes = {ready: 0, kept: 0};
    new MutationObserver((_changes, observer) => {
        if (![...document.querySelectorAll('.primary')].some((each) => each.textContent === 'Next stop')) return;
        observer.disconnect();
        const {port1, port2} = new MessageChannel(); // past what is drawn and done in the same breath
        port1.onmessage = () => { notes.ready = performance.now(); };
        requestAnimationFrame(() => port2.postMessage(null));
    }).observe(document, {childList: true, subtree: true});
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
        if (given[0]?.photo?.state === 'stored' && !given[0].photo.url) notes.kept = performance.now();
        return put.apply(this, given);
    };
}

// ---- the figures ----

/** From the navigation to a round that takes a touch, without a network and with the worker asleep. @param {{page: Page, context: import('playwright-core').BrowserContext, cdp: CDPSession}} phone */
async function offlineStarts({page, context, cdp}) {
    await cdp.send('ServiceWorker.enable');
    await context.setOffline(true);
    const taken = [];
    for (let i = 0; i < STARTS; i++) {
        await page.goto('about:blank');
        await cdp.send('ServiceWorker.stopAllWorkers');
        await cdp.send('Emulation.setCPUThrottlingRate', {rate: SLOWED});
        await page.goto('/drive/');
        taken.push(await (await page.waitForFunction(() => /** @type {any} */ (globalThis).notes.ready, undefined, {timeout: PATIENCE_MS})).jsonValue());
    }
    await context.setOffline(false);
    return taken;
}

/** From the shutter to the receipt, the seconds for undoing left out, and what is done in between. @param {{page: Page, cdp: CDPSession}} phone */
async function photos({page, cdp}) {
    const taken = [];
    for (let i = 0; i < PHOTOS; i++) {
        await cdp.send('Emulation.setCPUThrottlingRate', {rate: 1});
        await page.goto('/drive/#/');
        await heading(page, 'Today').waitFor();
        await button(page, 'Next stop').click();
        await button(page, 'Deliver').click();
        await page.getByRole('button', {name: /^Front door/}).click();
        await page.waitForFunction(() => document.querySelector('.shutter:enabled'));
        await cdp.send('Emulation.setCPUThrottlingRate', {rate: SLOWED});
        await page.waitForTimeout(1000); // the camera has settled
        taken.push(await page.evaluate(shoot, PATIENCE_MS));
    }
    await cdp.send('Emulation.setCPUThrottlingRate', {rate: 1});
    return taken;
}

/** In the page: presses the shutter, uses the picture as soon as it is shown, and waits for the receipt. */
async function shoot(patience) {
    const notes = /** @type {any} */ (globalThis).notes;
    notes.kept = 0;
    const video = document.querySelector('video');
    const size = `${video.videoWidth}x${video.videoHeight}`;
    const until = (there) => new Promise((done, fail) => {
        const end = setTimeout(() => fail(new Error('it takes too long')), patience);
        const look = () => {
            const found = there();
            if (!found) return setTimeout(look, 4);
            clearTimeout(end);
            return done(found);
        };
        look();
    });
    const labelled = (text) => [...document.querySelectorAll('button:enabled')].find((each) => each.textContent.startsWith(text));
    const shot = performance.now();
    /** @type {HTMLElement} */ (document.querySelector('.shutter')).click();
    const use = await until(() => labelled('Use this photo'));
    const seen = performance.now();
    use.click();
    await until(() => labelled('Undo'));
    const stored = performance.now();
    const kept = await until(() => notes.kept);
    return {size, seen: seen - shot, stored: stored - seen, sent: kept - stored, all: kept - shot};
}

/**
 * Prints the figures of the app.
 * @param {any} server @param {any} shipper @param {(name: string, value: number|string) => void} print
 */
export async function driveFigures(server, shipper, print) {
    print('drive-shell-kb', await shellSize(server));
    const picture = await draw({seed: 3, size: `${FILM.width}x${FILM.height}`});
    const browser = await openBrowserWithCamera(null, await filmOf(picture), 'y4m');
    try {
        const phone = await setOut(browser, server, shipper, STOPS);
        print('drive-offline-start-ms', median(await offlineStarts(phone)));
        const taken = await photos(phone);
        print('drive-camera', taken[0].size);
        print('drive-capture-to-sent-ms', median(taken.map(({all}) => all - UNDO_MS)));
        for (const part of ['seen', 'stored', 'sent']) print(`drive-capture-${part}-ms`, median(taken.map((each) => each[part] - (part === 'sent' ? UNDO_MS : 0))));
        await phone.context.close();
        // Chromium slows the page and not its worker: this is the most that a phone with one slow core needs.
        const lone = await setOut(browser, server, shipper, PHOTOS + 1, () => { delete globalThis.Worker; });
        print('drive-capture-to-sent-no-worker-ms', median((await photos(lone)).map(({all}) => all - UNDO_MS)));
    } finally {
        await browser.close();
    }
}
