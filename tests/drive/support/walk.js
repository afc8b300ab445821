// SPDX-License-Identifier: Apache-2.0
//
// A walk past every face of the driver's app, for those who look at them all: the checks of accessibility and the screenshots. At
// each one, visit(page, name) is called, and the walk goes on where it left the page.
import {draw} from '../../e2e/support/pictures.js';
import {addDelivery, photoState, unique} from '../../e2e/support/world.js';
import {button, deliverWithPhoto, heading, openApp, openBrowserWithCamera, openStop, pairByCode, takePhoto} from './hand.js';

/** @typedef {(page: import('playwright-core').Page, name: string) => Promise<void>} Visit */

/** Invented people, in the order of the round. */
const ROUND = [
    {name: 'Robin Vale', lines: ['12 Lantern Lane', '10115 Berlin'], instructions: 'Behind the blue bench.\nThe dog is friendly, but fast.',
        parcels: [{code: 'LL-3041-1', label: 'Floor lamp'}, {code: 'LL-3041-2', label: null}]},
    {name: 'Ada Okafor', lines: ['3 Mill Row, 2nd floor', '10119 Berlin'], phone: null},
    {name: 'Ada Okafor', lines: ['3 Mill Row, 2nd floor', '10119 Berlin'], phone: null},
    {name: 'Li Wei', lines: ['44 Quay Street', '10115 Berlin'], photo: 'none'},
    {name: 'Maximilian von Hohenstein-Wittgenstein', lines: ['Donaudampfschifffahrtsgesellschaftsstraße 117b, Hinterhaus, 4. Stock', '10115 Berlin']},
    {name: 'Sam Porter', lines: ['9 Elm Close', '10117 Berlin']},
    {name: 'Noor Haddad', lines: ['21 Orchard Way', '10117 Berlin']},
    {name: 'Kim Larsen', lines: ['80 Hill View', '10115 Berlin']},
];

let rounds = 0;

async function prepareRound(shipper) {
    const {json: driver} = await shipper.client.post('/v1/drivers', {name: 'Dana'}, {status: 201});
    const ids = [];
    for (const [at, {name, lines, phone = '+493012345678', ...more}] of ROUND.entries()) {
        const email = `somebody-${unique()}@example.org`;
        const {id} = await addDelivery(shipper, email, {
            reference: `LL-${3041 + at + 100 * rounds}`, recipient: {name, email, ...(phone && {phone})}, address: {lines, lat: 52.532, lon: 13.3849}, instructions: null, ...more,
        });
        ids.push(id);
    }
    await shipper.client.put(`/v1/drivers/${driver.id}/round`, {delivery_ids: ids}, {status: 200});
    rounds++;
    return {driver, ids};
}

/** An answer of the server to a photo that it does not take. */
const REJECTED = {type: '/problems/photo-rejected', title: 'The picture cannot be used', status: 422, detail: 'It is blurred.', reason: 'blurred', instance: 'req_x'};

/**
 * @param {{server: import('../../e2e/support/server.js').Server, shipper: any}} stage
 * @param {import('playwright-core').BrowserContextOptions} options
 * @param {Visit} visit
 */
export async function walk({server, shipper}, options, visit) {
    const day = await openBrowserWithCamera(null, await draw({seed: 11, size: '1512x2016'}));
    const night = await openBrowserWithCamera(null, await draw({seed: 11, size: '1512x2016', dark: true}));
    try {
        await theRound({server, shipper, day, night}, options, visit);
        await theTroubles({server, shipper, day}, options, visit);
    } finally {
        await Promise.all([day.close(), night.close()]);
    }
}

/** What a driver sees on a good day, and in the dark. */
async function theRound({server, shipper, day, night}, options, visit) {
    const {driver, ids} = await prepareRound(shipper);
    const {page, context} = await openApp(day, server, options);
    await heading(page, 'Pair this phone').waitFor();
    await visit(page, 'pair');
    await button(page, 'Scan the code').click();
    await visit(page, 'pair-scan');
    await button(page, 'Back').click();
    await pairByCode(page, driver.pairing_code);
    await visit(page, 'today-before');
    await button(page, 'Start the round').click();
    await button(page, 'Next stop').waitFor();
    await visit(page, 'today');

    await button(page, 'Next stop').click();
    await heading(page, 'Robin Vale').waitFor();
    await visit(page, 'stop-scan');
    await button(page, 'Scan parcels').click();
    await page.getByLabel('What the camera sees').waitFor();
    await visit(page, 'scan');
    const type = async (code) => {
        await page.getByLabel('Or type the code').fill(code);
        await button(page, 'Enter').click();
    };
    await type((await shipper.client.get(`/v1/deliveries/${ids[4]}`, {status: 200})).json.reference);
    await page.getByText('Wrong parcel: it is for').waitFor();
    await visit(page, 'scan-wrong');
    await type('LL-3041-1');
    await page.getByText('Right parcel').waitFor();
    await visit(page, 'scan-right');
    await type('LL-3041-2');
    await page.getByText('that was the last one').waitFor();
    await visit(page, 'scan-done');
    await button(page, 'Back').click();
    await heading(page, 'Robin Vale').waitFor();
    await visit(page, 'stop');
    await button(page, 'Deliver').click();
    await visit(page, 'where');
    await page.getByRole('button', {name: /^Front door/}).click();
    await page.waitForFunction(() => document.querySelector('.guide'));
    await visit(page, 'camera');
    await button(page, 'Take the photo').click();
    await heading(page, 'Is everything to be seen?').waitFor();
    await visit(page, 'photo');
    await button(page, 'Use this photo').click();
    await page.getByText('Delivered: Robin Vale').waitFor();
    await visit(page, 'undo');

    await openStop(page, 'Ada Okafor');
    await visit(page, 'stop-together');
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Handed over/}).click();
    await visit(page, 'proof-name');
    await page.getByLabel('Signature on the glass').check();
    const {x, y} = await page.locator('.pad').boundingBox();
    await page.mouse.move(x + 40, y + 120);
    await page.mouse.down();
    for (let i = 0; i < 40; i++) await page.mouse.move(x + 40 + i * 4, y + 105 + 35 * Math.sin(i / 2) * Math.cos(i / 9));
    await page.mouse.up();
    await visit(page, 'proof-signature');
    await page.getByLabel('PIN of the recipient').check();
    await button(page, 'Confirm delivery').click();
    await page.getByRole('alert').waitFor();
    await visit(page, 'proof-pin');
    await page.goto('/drive/#/');
    await openStop(page, 'Li Wei');
    await visit(page, 'stop-no-photo');
    await page.goto('/drive/#/');
    await openStop(page, 'Sam Porter');
    await button(page, 'Can’t deliver').click();
    await page.getByLabel('Nobody home').check();
    await visit(page, 'cannot');
    await button(page, 'Report it').click();
    await photoState(shipper, ids[0], 'posted');
    await page.goto('/drive/#/');
    await page.getByRole('button', {name: /^Undo/}).waitFor({state: 'detached'});
    await button(page, 'Done').click();
    await visit(page, 'today-done');
    await openStop(page, 'Robin Vale');
    await visit(page, 'stop-sent');
    await page.goto('/drive/#/settings');
    await heading(page, 'Settings').waitFor();
    await visit(page, 'settings');
    await page.getByRole('switch', {name: 'Left hand'}).check();
    await page.getByRole('switch', {name: 'Larger text'}).check();
    await page.goto('/drive/#/');
    await openStop(page, 'Maximilian von Hohenstein-Wittgenstein');
    await visit(page, 'stop-large-left');
    await shipper.client.post(`/v1/drivers/${driver.id}/revoke`, undefined, {status: 200});
    await page.reload();
    await heading(page, 'This phone is no longer paired').waitFor();
    await visit(page, 'revoked');
    await context.close();

    await theDark({server, shipper, night}, options, visit);
}

/** A camera that sees nothing. */
async function theDark({server, shipper, night}, options, visit) {
    const {driver} = await prepareRound(shipper);
    const {page, context} = await openApp(night, server, options);
    await pairByCode(page, driver.pairing_code);
    await button(page, 'Start the round').click();
    await openStop(page, 'Sam Porter');
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await button(page, 'Take the photo').click();
    await heading(page, 'The picture is too dark.').waitFor();
    await visit(page, 'photo-dark');
    for (let tries = 2; tries <= 3; tries++) {
        await button(page, 'Retake').click();
        await button(page, 'Take the photo').click();
        await heading(page, 'The picture is too dark.').waitFor();
    }
    await visit(page, 'photo-anyway');
    await context.close();
}

const rejectPhotos = (page) => page.route('**/v1/driver/uploads*', (route) => route.fulfill({
    status: 422, headers: {'tus-resumable': '1.0.0'}, contentType: 'application/problem+json', body: JSON.stringify(REJECTED),
}));

/** An upload under way, no network, a rejected picture, a full phone, no camera, nothing to do. */
async function theTroubles({server, shipper, day}, options, visit) {
    const {driver, ids} = await prepareRound(shipper);
    const {page, context} = await openApp(day, server, options);
    await pairByCode(page, driver.pairing_code);
    await button(page, 'Start the round').click();
    const cdp = await context.newCDPSession(page);
    const network = (uploadThroughput) => cdp.send('Network.emulateNetworkConditions', {offline: false, latency: 0, downloadThroughput: -1, uploadThroughput});
    await network(30_000);
    await openStop(page, 'Robin Vale');
    await button(page, 'Deliver without scanning').click();
    await page.getByRole('button', {name: /^Safe place/}).click();
    await takePhoto(page);
    await button(page, 'Done').click();
    await page.getByText(/^Sending [1-9]\d? %/).waitFor();
    await visit(page, 'today-sending');
    await network(-1);
    await page.getByText('Online', {exact: true}).first().waitFor();
    await page.goto('/drive/#/');
    await button(page, 'To do').click();
    await rejectPhotos(page);
    await openStop(page, 'Kim Larsen');
    await deliverWithPhoto(page);
    await page.getByRole('heading', {name: 'Photo again: Kim Larsen'}).waitFor();
    await visit(page, 'today-photo-again');
    await button(page, 'Done').click();
    await openStop(page, 'Kim Larsen');
    await visit(page, 'stop-photo-again');
    await page.goto('/drive/#/');
    await button(page, 'To do').click();
    await page.unroute('**/v1/driver/uploads*');
    await context.setOffline(true);
    await openStop(page, 'Noor Haddad');
    await button(page, 'Can’t deliver').click();
    await page.getByLabel('Parcel damaged').check();
    await button(page, 'With a photo').click();
    await page.getByText('Show the damage').waitFor();
    await visit(page, 'camera-damage');
    await takePhoto(page);
    await page.getByText('Offline, 1 waiting').first().waitFor();
    await page.getByRole('button', {name: /^Undo/}).waitFor({state: 'detached'});
    await visit(page, 'today-offline');
    await context.setOffline(false);
    await page.evaluate(() => { navigator.storage.estimate = async () => ({quota: 1_000_000, usage: 999_000}); });
    await openStop(page, 'Sam Porter');
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await heading(page, 'The phone is full').waitFor();
    await visit(page, 'phone-full');
    await page.evaluate(() => { navigator.storage.estimate = async () => ({quota: 1e9, usage: 0}); });
    await page.goto('/drive/#/');
    await openStop(page, 'Ada Okafor');
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await page.getByLabel('What the camera sees').waitFor();
    for (const id of ids.slice(1, 3)) await shipper.client.patch(`/v1/deliveries/${id}`, {photo: 'none'}, {status: 200});
    await heading(page, 'No photo here').waitFor();
    await visit(page, 'camera-no-photo');
    await page.evaluate(() => {
        Object.defineProperty(navigator, 'mediaDevices', {value: undefined});
    });
    await page.goto('/drive/#/');
    await openStop(page, 'Sam Porter');
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await button(page, 'Open the camera').waitFor();
    await visit(page, 'camera-none');
    await context.close();

    const {json: idle} = await shipper.client.post('/v1/drivers', {name: 'Dana'}, {status: 201});
    const other = await openApp(day, server, options);
    await pairByCode(other.page, idle.pairing_code);
    await visit(other.page, 'today-empty');
    await other.context.close();
}
