// SPDX-License-Identifier: Apache-2.0
//
// What the app sees, sounds, and says while it sends: codes on parcels through the camera, right and wrong by colour, sound and
// vibration, the ways to call and to find the person, and how far an upload is.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {draw} from '../e2e/support/pictures.js';
import {until} from '../e2e/support/server.js';
import {photoState, setStage} from '../e2e/support/world.js';
import {button, deliverWithPhoto, heading, openBrowserWithCamera, openStop, pictureOfCode, roundsOf} from './support/hand.js';

const stage = await setStage({after});
const {shipper} = stage;
const browser = await openBrowserWithCamera({after}, await draw({seed: 11, size: '1512x2016'}));
const {setOut} = roundsOf(stage, browser);

const stateOf = async ({id}) => (await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json;

test('a parcel\'s printed code is read by the camera, ticked, and proves a delivery without a photo', async (t) => {
    const eyes = await openBrowserWithCamera(t, await pictureOfCode('PL-1'));
    const {page, complaints, deliveries} = await setOut([{parcels: [{code: 'PL-1', label: null}]}, {photo: 'none', parcels: [{code: 'PL-1', label: null}]}], {from: eyes});
    await button(page, 'Next stop').click();
    await button(page, 'Scan parcels').click();
    await page.getByText('Right: that was the last one').waitFor();
    await page.goto('/drive/#/');
    await openStop(page, 'Robin 2');
    await button(page, 'Deliver without scanning').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await page.getByText('No photo here').waitFor();
    await button(page, 'Scan the parcel').click();
    await heading(page, 'Today').waitFor();
    const now = await until(async () => {
        const each = await stateOf(deliveries[1]);
        return each.state === 'delivered' && each;
    }, {ms: 30_000, what: 'the delivery'});
    assert.equal(now.proof, 'scan');
    assert.deepEqual(complaints, []);
});

test('a phone with a reader of its own is asked first', async () => {
    const {page, context} = await setOut([{parcels: [{code: 'PL-9', label: null}]}], {prepare: () => {
        /** @type {any} */ (globalThis).BarcodeDetector = class {
            static getSupportedFormats = async () => ['qr_code', 'code_128'];
            detect = async () => [{rawValue: 'PL-9'}];
        };
    }});
    await button(page, 'Next stop').click();
    await button(page, 'Scan parcels').click();
    await page.getByText('Right: that was the last one').waitFor();
    assert.equal(await page.evaluate(() => performance.getEntriesByType('resource').filter(({name}) => /zxing|wasm/.test(name)).length), 0);
    await context.close();
});

test('right and wrong sound and feel different; sound off leaves the vibration', async () => {
    const {page, context} = await setOut([{parcels: [{code: 'PL-1', label: null}, {code: 'PL-2', label: null}]}], {prepare: () => {
        const window = /** @type {any} */ (globalThis);
        window.felt = [];
        navigator.vibrate = (pattern) => { window.felt.push(['buzz', ...[pattern].flat()].join(' ')); return true; };
        const create = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () {
            const tone = create.call(this);
            const {start} = tone;
            tone.start = function (...given) { window.felt.push(`tone ${tone.frequency.value}`); return start.apply(tone, given); };
            return tone;
        };
    }});
    const felt = () => page.evaluate(() => /** @type {any} */ (globalThis).felt.splice(0));
    const type = async (code, said) => {
        await page.getByLabel('Or type the code').fill(code);
        await button(page, 'Enter').click();
        await page.getByText(said).waitFor();
        return felt();
    };
    await button(page, 'Next stop').click();
    await button(page, 'Scan parcels').click();
    const right = await type('PL-1', 'Right parcel');
    const wrong = await type('PL-7', 'Wrong parcel');
    assert.deepEqual([right, wrong], [['buzz 60', 'tone 880', 'tone 1320'], ['buzz 220 80 220', 'tone 220']]);
    assert.equal(await page.locator('.sight.wrong, .result.wrong').count(), 2);
    await page.goto('/drive/#/settings');
    await page.getByRole('switch', {name: 'Sound off'}).check();
    await page.goto('/drive/#/');
    await button(page, 'Next stop').click();
    await button(page, 'Scan parcels').click();
    assert.deepEqual(await type('PL-2', 'that was the last one'), ['buzz 60']);
    await context.close();
});

test('call and navigate stand side by side, equal', async () => {
    const {page, context} = await setOut([{recipient: {phone: '+493012345678'}}]);
    await button(page, 'Next stop').click();
    const [call, map] = [page.getByRole('link', {name: 'Call'}), page.getByRole('link', {name: 'Navigate'})];
    assert.equal(await call.getAttribute('href'), 'tel:+493012345678');
    assert.match(await map.getAttribute('href'), /^geo:52\.532,13\.3849\?q=12%20Lantern%20Lane/);
    const [one, other] = [await call.boundingBox(), await map.boundingBox()];
    assert.deepEqual([one.y, one.width, one.height], [other.y, other.width, other.height]);
    await context.close();
});

test('while it sends: how many are left, and how far each stop\'s picture is; then sent', async () => {
    const {page, context, deliveries} = await setOut([{}, {}, {}]);
    const cdp = await context.newCDPSession(page);
    const network = (uploadThroughput) => cdp.send('Network.emulateNetworkConditions', {offline: false, latency: 0, downloadThroughput: -1, uploadThroughput});
    await network(60_000);
    for (let stop = 1; stop <= 2; stop++) {
        await button(page, 'Next stop').click();
        await heading(page, `Robin ${stop}`).waitFor();
        await deliverWithPhoto(page);
    }
    await page.getByText('Sending, 2 left').or(page.getByText('Sending, 1 left')).first().waitFor();
    await button(page, 'Done').click();
    const row = (name) => page.getByRole('listitem').filter({hasText: name});
    await row('Robin 1').getByText(/Sending [1-9]\d? %/).waitFor();
    await row('Robin 2').getByText('Waiting').waitFor();
    await openStop(page, 'Robin 1');
    await page.getByText(/^Sending \d+ %$/).waitFor();
    await network(-1);
    for (const delivery of deliveries.slice(0, 2)) await photoState(shipper, delivery.id, 'posted');
    await page.getByText('The photo is no longer on this phone').waitFor();
    await page.getByText('Online', {exact: true}).first().waitFor();
    await context.close();
});
