// SPDX-License-Identifier: Apache-2.0
//
// A driver's hand and eyes: Chromium with a camera that films a file, the app on its screen, and what is done there by touch.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {prepareZXingModule, writeBarcode} from 'zxing-wasm/writer';
import {patience} from '../../e2e/support/server.js';
import {addDelivery, unique} from '../../e2e/support/world.js';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const WAIT_MS = 15_000 * patience;
export const PHONE = {width: 390, height: 844};

prepareZXingModule({overrides: {wasmBinary: (await readFile(createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm'))).buffer}});

/**
 * Chromium whose camera films one picture.
 * @param {{after: (fn: () => any) => void} | null} t null: the caller closes it
 * @param {Buffer} picture
 * @param {'mjpeg'|'y4m'} [kind] what it is: a JPEG, or a YUV4MPEG2 of one frame
 */
export async function openBrowserWithCamera(t, picture, kind = 'mjpeg') {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-camera-'));
    const film = join(folder, `film.${kind}`);
    await writeFile(film, picture);
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, `--use-file-for-fake-video-capture=${film}`]});
    browser.on('disconnected', () => { rm(folder, {recursive: true, force: true}).catch(() => {}); });
    t?.after(() => browser.close());
    return browser;
}

/** A picture of a printed code, as a camera sees it. @param {'Code128'|'QRCode'} format */
export async function pictureOfCode(text, format = 'Code128') {
    const {svg} = await writeBarcode(text, {format, scale: 8, addQuietZones: true});
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS});
    try {
        const page = await browser.newPage({viewport: {width: 960, height: 1280}});
        await page.setContent(`<style>body{margin:0;height:100vh;display:grid;place-items:center;background:#b9a07c}svg{background:#fff;padding:30px}</style>${svg}`);
        return await page.screenshot({type: 'jpeg', quality: 95});
    } finally {
        await browser.close();
    }
}

/**
 * A phone with the app open, and what its browser complains about.
 * @param {import('playwright-core').Browser} browser
 * @param {import('../../e2e/support/server.js').Server} server
 * @param {import('playwright-core').BrowserContextOptions & {prepare?: () => void}} [options] prepare: runs in the page before the app
 */
export async function openApp(browser, server, {prepare, ...options} = {}) {
    const context = await browser.newContext({
        baseURL: server.origin, viewport: PHONE, hasTouch: true, permissions: ['camera', 'geolocation'],
        geolocation: {latitude: 52.532, longitude: 13.3849}, locale: 'en-GB', ...options,
    });
    context.setDefaultTimeout(WAIT_MS);
    if (prepare) await context.addInitScript(prepare);
    const page = await context.newPage();
    /** @type {string[]} */
    const complaints = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`); });
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    await page.goto('/drive/');
    return {context, page, complaints};
}

/** Pairs by the typed code. @param {import('playwright-core').Page} page @param {string} code */
export async function pairByCode(page, code) {
    await page.getByLabel('Pairing code').fill(code);
    await button(page, 'Pair this phone').click();
    await heading(page, 'Today').waitFor();
}

/** @param {import('playwright-core').Page} page @param {string} name */
export const button = (page, name) => page.getByRole('button', {name, exact: true});

/** @param {import('playwright-core').Page} page @param {string} name */
export const heading = (page, name) => page.getByRole('heading', {level: 1, name, exact: true});

/** From today to a stop. @param {import('playwright-core').Page} page @param {string} name */
export async function openStop(page, name) {
    await page.getByRole('link', {name, exact: true}).first().click();
    await heading(page, name).waitFor();
}

/** The shutter, and the picture is used. @param {import('playwright-core').Page} page */
export async function takePhoto(page) {
    await button(page, 'Take the photo').click();
    await button(page, 'Use this photo').click();
    await heading(page, 'Today').waitFor();
}

/** From a stop with nothing to scan to today: left somewhere, with a photo. @param {import('playwright-core').Page} page @param {RegExp} place */
export async function deliverWithPhoto(page, place = /^Front door/) {
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: place}).click();
    await takePhoto(page);
}

/**
 * Rounds of a stage, and phones that go out with them.
 * @param {any} stage @param {import('playwright-core').Browser} browser
 */
export function roundsOf({server, shipper}, browser) {
    /** A driver without a phone yet, and deliveries in the order of the round. @param {object[]} wanted laid over what anybody might order */
    async function newRound(wanted) {
        const {json: driver} = await shipper.client.post('/v1/drivers', {name: 'Dana'}, {status: 201});
        const deliveries = [];
        for (const [at, {recipient = {}, ...more}] of wanted.entries()) {
            const email = `robin-${unique()}@example.org`;
            deliveries.push(await addDelivery(shipper, email, {recipient: {name: `Robin ${at + 1}`, email, ...recipient}, ...more}));
        }
        await shipper.client.put(`/v1/drivers/${driver.id}/round`, {delivery_ids: deliveries.map(({id}) => id)}, {status: 200});
        return {driver, deliveries};
    }

    /** The app, paired and on its way. @param {object[]} wanted @param {Parameters<typeof openApp>[2] & {from?: import('playwright-core').Browser}} [options] */
    async function setOut(wanted, {from = browser, ...options} = {}) {
        const round = await newRound(wanted);
        const app = await openApp(from, server, options);
        await pairByCode(app.page, round.driver.pairing_code);
        await button(app.page, 'Start the round').click();
        await button(app.page, 'Next stop').waitFor();
        return {...app, ...round};
    }

    return {newRound, setOut};
}
