// SPDX-License-Identifier: Apache-2.0
//
// The pages and the driver's app as pictures, in docs/pictures (make screenshots): a server of their own, a drawn doorstep, invented
// people. Of the app's many faces only a few are kept in the repository (docs/pictures/.gitignore).
import {mkdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {draw} from '../e2e/support/pictures.js';
import {startServer} from '../e2e/support/server.js';
import {addAgent, addDelivery, addDriver, addShipper, photograph, photoState, sendOut} from '../e2e/support/world.js';
import {shootDrive} from '../drive/screenshots.js';
import {lookAtPhoto, openBrowser, openWindow, photoSize, reportProblem, signInAtDesk, signInWithMail} from './browser.js';

const folder = fileURLToPath(new URL('../../docs/pictures', import.meta.url));
const MOST_BYTES = 500_000;
const DESK = {width: 1000, height: 760};
const PHONE = {width: 390, height: 844};

/** The upper part of the page, as far down as the window reaches, or to its end if that comes first. */
async function shoot(page, name) {
    const path = join(folder, `${name}.png`);
    await page.screenshot({path});
    const {size} = await stat(path);
    if (size > MOST_BYTES) throw new Error(`${name}.png has ${size} bytes`);
    console.log(`docs/pictures/${name}.png ${Math.round(size / 1000)} kB`);
}

async function shootAll(server, browser) {
    const shipper = await addShipper(server, 'Lantern & Loom');
    const driver = await addDriver(server, shipper, 'Dana');
    const stage = {server, shipper, driver};
    const email = 'robin@example.org';
    const picture = await draw({seed: 11, size: '1600x1200'});
    await addDelivery(shipper, email, {reference: 'LL-2044'});
    await sendOut(stage, email, {reference: 'LL-2043'});
    const {delivery} = await photograph(stage, email, {picture, more: {reference: 'LL-2041'}});
    await photoState(shipper, delivery.id, 'posted');

    const {page, context} = await openWindow(browser, server, {viewport: DESK, colorScheme: 'light'});
    await page.goto(new URL(delivery.tracking_url).pathname);
    await page.setViewportSize({width: 1000, height: 560});
    await shoot(page, 'status-light');
    await signInWithMail(page, server, email);
    await shoot(page, 'orders-light');
    await page.setViewportSize(DESK);
    await page.goto(`/orders/${delivery.id}`);
    await photoSize(page);
    await shoot(page, 'order-light');
    await page.setViewportSize(PHONE);
    await page.emulateMedia({colorScheme: 'dark'});
    await shoot(page, 'order-dark');
    await reportProblem(page, 'That is not my door', 'Our door is green, and there is no bench.');
    await context.close();

    const desk = await openWindow(browser, server, {viewport: DESK, colorScheme: 'light'});
    await signInAtDesk(desk.page, await addAgent(server, shipper, 'ada@example.org'));
    await desk.page.locator('li', {hasText: 'LL-2041'}).getByRole('link').click();
    await lookAtPhoto(desk.page, 'Comparing the door with the address.');
    await photoSize(desk.page);
    await desk.page.setViewportSize({width: 1000, height: 620});
    await shoot(desk.page, 'desk-case-light');
    await desk.context.close();
    await shootDispatch(server, shipper, browser);
    await shootDrive({server, shipper}, shoot);
}

/** The page of drivers, by day and on a phone at night, and the code that pairs the next one. */
async function shootDispatch(server, shipper, browser) {
    await addDriver(server, shipper, 'Rosa');
    const {page, context} = await openWindow(browser, server, {viewport: DESK, colorScheme: 'light'});
    await signInAtDesk(page, await addAgent(server, shipper, 'dispatch@example.org', 'dispatcher'), '/desk/drivers');
    await shoot(page, 'desk-drivers-light');
    await page.getByText('Add a driver').click();
    await page.getByLabel('Name').fill('Kim');
    await page.setViewportSize(PHONE);
    await page.emulateMedia({colorScheme: 'dark'});
    await shoot(page, 'desk-drivers-dark');
    await page.emulateMedia({colorScheme: 'light'});
    await page.setViewportSize(DESK);
    await page.getByRole('button', {name: 'Add driver'}).click();
    await page.getByRole('heading', {level: 1}).filter({hasText: 'Kim'}).or(page.locator('svg')).first().waitFor();
    await shoot(page, 'desk-pairing-light');
    await context.close();
}

await mkdir(folder, {recursive: true});
const server = await startServer(null);
let browser = null;
try {
    browser = await openBrowser(null);
    await shootAll(server, browser);
} finally {
    await browser?.close();
    await server.stop();
    await server.remove();
}
