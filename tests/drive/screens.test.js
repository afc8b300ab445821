// SPDX-License-Identifier: Apache-2.0
//
// The driver's app by touch and by keyboard, as it is served: pairing, a whole round with a camera, each screen's ways out, and what
// the screens do when something is wrong. The browser complains of nothing all the while, under the app's own security policy.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {draw} from '../e2e/support/pictures.js';
import {patience, until} from '../e2e/support/server.js';
import {photoState, setStage, signIn} from '../e2e/support/world.js';
import {button, deliverWithPhoto, heading, openApp, openBrowserWithCamera, openStop, pictureOfCode, roundsOf, takePhoto} from './support/hand.js';

const stage = await setStage({after});
const {server, shipper} = stage;
const browser = await openBrowserWithCamera({after}, await draw({seed: 11, size: '1200x1600'}));

const {newRound, setOut} = roundsOf(stage, browser);

const stateOf = async ({id}) => (await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json;
const becomes = (delivery, state) => until(async () => {
    const now = await stateOf(delivery);
    return now.state === state && now;
}, {ms: 20_000, what: `a delivery that is ${state}`});

/** What the recipient of a delivery reads on the order's page. */
const pinOf = async ({id, recipient: {email}}) => (await (await signIn(server, email)).client.get(`/v1/me/orders/${id}`, {status: 200})).json.pin;

/** The row of a stop in the list of today. */
const row = (page, name) => page.getByRole('listitem').filter({hasText: name});

test('a phone is paired by the code on the dispatcher\'s screen', async (t) => {
    const {driver} = await newRound([{}]);
    const eyes = await openBrowserWithCamera(t, await pictureOfCode(`${server.origin}/drive/#pair=${driver.pairing_code}`, 'QRCode'));
    const {page, complaints} = await openApp(eyes, server);
    await button(page, 'Scan the code').click();
    await heading(page, 'Today').waitFor();
    await page.getByText('0 of 1 delivered').waitFor();
    assert.ok(!page.url().includes(driver.pairing_code), 'the code stays in the address');
    assert.deepEqual(complaints, []);
});

test('a link only fills the code in, and a code that is no good is said', async () => {
    const {page, context, complaints} = await openApp(browser, server);
    await page.goto('/drive/#pair=NOPE-NOPE');
    await page.reload();
    assert.equal(await page.getByLabel('Pairing code').inputValue(), 'NOPE-NOPE');
    await button(page, 'Pair this phone').click();
    await page.getByRole('alert').filter({hasText: 'not valid'}).waitFor();
    assert.deepEqual(complaints.filter((text) => !/422/.test(text)), []);
    await context.close();
});

test('a whole round by touch', async () => {
    const {page, context, complaints, deliveries} = await setOut([
        {parcels: [{code: 'PL-1', label: 'Lamp'}, {code: 'PL-2', label: null}]},
        {instructions: 'Ring twice.'},
        {},
        {photo: 'none'},
        {recipient: {name: 'Ada Okafor', email: 'ada@example.org'}},
        {recipient: {name: 'Ada Okafor', email: 'ada@example.org'}},
        {parcels: [{code: 'PL-7', label: null}]},
    ]);
    await page.getByText('0 of 7 delivered').waitFor();

    // scanned, left at the door, photographed
    await button(page, 'Next stop').click();
    await heading(page, 'Robin 1').waitFor();
    await button(page, 'Scan parcels').click();
    const type = async (code) => {
        await page.getByLabel('Or type the code').fill(code);
        await button(page, 'Enter').click();
    };
    await type('PL-7');
    await page.getByText('Wrong parcel: it is for Robin 7').waitFor();
    await page.getByRole('button', {name: /^Stop 7/}).waitFor();
    await type('nothing');
    await page.getByText('Wrong parcel: it is not on this round').waitFor();
    await type('pl 1');
    await page.getByText('Right parcel').waitFor();
    await heading(page, '1 of 2 scanned').waitFor();
    await type('PL-2');
    await page.getByText('Right: that was the last one').waitFor();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await takePhoto(page);
    await page.getByText('Delivered: Robin 1').waitFor();

    // handed over, signed on the glass
    await button(page, 'Next stop').click();
    await page.getByText('Ring twice.').waitFor();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Handed over/}).click();
    await page.getByLabel('Signature on the glass').check();
    await button(page, 'Confirm delivery').click();
    await page.getByRole('alert').filter({hasText: 'sign in the box'}).waitFor();
    const {x, y} = await page.locator('.pad').boundingBox();
    await page.mouse.move(x + 40, y + 120);
    await page.mouse.down();
    for (let i = 0; i < 20; i++) await page.mouse.move(x + 40 + i * 8, y + 110 + 30 * Math.sin(i));
    await page.mouse.up();
    await button(page, 'Confirm delivery').click();

    // nobody home
    await button(page, 'Next stop').click();
    await heading(page, 'Robin 3').waitFor();
    await button(page, 'Can’t deliver').click();
    await button(page, 'Report it').click();
    await page.getByRole('alert').filter({hasText: 'Choose a reason'}).waitFor();
    await page.getByLabel('Nobody home').check();
    await button(page, 'Report it').click();

    // no photo here: another proof
    await button(page, 'Next stop').click();
    await page.getByRole('heading', {name: 'No photo here'}).waitFor();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await page.getByLabel('PIN of the recipient').check();
    await page.getByLabel('PIN', {exact: true}).fill('12');
    await button(page, 'Confirm delivery').click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('PIN', {exact: true}).fill(await pinOf(deliveries[3]));
    await button(page, 'Confirm delivery').click();

    // two deliveries of one person at one door, at once
    await button(page, 'Next stop').click();
    await page.getByText('2 deliveries for this person are finished together.').waitFor();
    await deliverWithPhoto(page, /^Safe place/);

    // the last one, and how it ends
    await button(page, 'Next stop').click();
    await button(page, 'Deliver without scanning').click();
    await page.getByRole('button', {name: /^Neighbour/}).click();
    await page.getByLabel('Name', {exact: true}).fill('Kim Larsen');
    await button(page, 'Confirm delivery').click();
    await page.getByText('6 of 7 delivered').waitFor();
    await button(page, 'Done').click();
    await row(page, 'Robin 3').getByText('Not delivered').waitFor();

    // and what has become of it at the other end
    const ends = [];
    for (const delivery of deliveries) ends.push(await becomes(delivery, delivery === deliveries[2] ? 'attempted' : 'delivered'));
    assert.deepEqual(ends.map(({left_at, attempt_reason}) => left_at ?? attempt_reason),
        ['front_door', 'handed_over', 'nobody_home', 'front_door', 'safe_place', 'safe_place', 'neighbour']);
    assert.deepEqual(ends.map(({proof}) => proof?.kind ?? proof), [null, 'signature', null, 'pin', null, null, 'name']);
    for (const at of [0, 4, 5]) await photoState(shipper, deliveries[at].id, 'posted');
    assert.deepEqual(complaints, []);
    await context.close();
});

test('a PIN that was not right is said on top, and another proof or leaving it as it is are one touch away', async () => {
    const {page, context, complaints, deliveries: [delivery]} = await setOut([{photo: 'none'}]);
    await button(page, 'Next stop').click();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Handed over/}).click();
    await page.getByLabel('PIN of the recipient').check();
    const wrong = await pinOf(delivery) === '000000' ? '111111' : '000000';
    await page.getByLabel('PIN', {exact: true}).fill(wrong);
    await button(page, 'Confirm delivery').click();
    await page.getByRole('alert').filter({hasText: 'The PIN was not right.'}).waitFor();
    await button(page, 'Another PIN or proof').click();
    await page.getByRole('alert').filter({hasText: 'Ask for it again'}).waitFor();
    assert.equal(await page.getByLabel('PIN of the recipient').isChecked(), true);
    await page.goBack();
    await button(page, 'I have left: send it as it is').click();
    const {proof, proof_verified: verified} = await becomes(delivery, 'delivered');
    assert.deepEqual([proof, verified], ['pin', false]);
    assert.deepEqual(complaints.filter((text) => !/422/.test(text)), []);
    await context.close();
});

test('one stop with the keyboard alone, the focus on each screen\'s heading', async () => {
    const {page, context, complaints, deliveries: [delivery]} = await setOut([{}]);
    /** Tab to what has this name, and press it. */
    const press = async (name) => {
        for (let i = 0; i < 40; i++) {
            await page.keyboard.press('Tab');
            const focused = await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? /** @type {HTMLElement} */ (document.activeElement).innerText);
            if (name.test(focused)) return page.keyboard.press('Enter');
        }
        throw new Error(`the keyboard does not reach ${name}`);
    };
    const headed = (name) => page.waitForFunction((text) => document.activeElement.tagName === 'H1' && document.activeElement.textContent === text, name);
    await page.keyboard.press('Tab');
    await press(/^Next stop/);
    await headed('Robin 1');
    await press(/^Deliver$/);
    await headed('Where did you leave it?');
    await press(/^Front door/);
    await headed('Photo');
    await page.waitForFunction(() => !document.querySelector('.shutter').hasAttribute('disabled'));
    await press(/^Take the photo/);
    await headed('Is everything to be seen?');
    await press(/^Use this photo/);
    await headed('Today');
    await becomes(delivery, 'delivered');
    assert.deepEqual(complaints, []);
    await context.close();
});

test('a delivery is undone within five seconds, and nothing of it was sent', async () => {
    const {page, context, deliveries: [delivery]} = await setOut([{}]);
    await button(page, 'Next stop').click();
    await deliverWithPhoto(page);
    await button(page, 'Undo').or(page.getByRole('button', {name: /^Undo/})).click();
    await heading(page, 'Robin 1').waitFor();
    await button(page, 'Deliver').waitFor();
    await page.waitForTimeout(6000);
    assert.equal((await stateOf(delivery)).state, 'out_for_delivery');
    await context.close();
});

test('a photo that was sent is told of, and shown nowhere', async () => {
    const {page, context, deliveries: [delivery]} = await setOut([{}, {}]);
    await button(page, 'Next stop').click();
    await deliverWithPhoto(page);
    await photoState(shipper, delivery.id, 'posted');
    await button(page, 'Done').click();
    await row(page, 'Robin 1').getByText('Sent').waitFor();
    await openStop(page, 'Robin 1');
    await page.getByText('The photo is no longer on this phone').waitFor();
    assert.equal(await page.locator('img, canvas, video, picture').count(), 0);
    for (const act of ['photo/front_door', 'retake', 'damage/other', 'where', 'proof/front_door']) {
        await page.goto(`/drive/#/stop/${delivery.id}/${act}`);
        await page.waitForTimeout(300);
        assert.equal(await page.locator('img, canvas, video, picture').count(), 0, act);
    }
    await context.close();
});

test('a dark picture: said at once, retaken, and used anyway from the third try with a reason', async (t) => {
    const night = await openBrowserWithCamera(t, await draw({seed: 11, size: '1200x1600', dark: true}));
    const {page, complaints, deliveries: [delivery]} = await setOut([{}], {from: night});
    await button(page, 'Next stop').click();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    for (let tries = 1; tries <= 3; tries++) {
        await button(page, 'Take the photo').click();
        await heading(page, 'The picture is too dark.').waitFor();
        assert.equal(await button(page, 'Use it anyway').count(), tries < 3 ? 0 : 1);
        if (tries < 3) await button(page, 'Retake').click();
    }
    assert.ok(await button(page, 'Use it anyway').isDisabled());
    await page.getByLabel('It is dark here').check();
    await button(page, 'Use it anyway').click();
    await heading(page, 'Today').waitFor();
    await photoState(shipper, delivery.id, 'posted');
    assert.deepEqual(complaints, []);
});

test('the server\'s no brings the driver back to the camera', async () => {
    const {page, context, deliveries: [delivery]} = await setOut([{}]);
    let refusals = 0;
    await page.route('**/v1/driver/uploads*', async (route) => {
        if (route.request().method() !== 'POST' || refusals++ > 0) return route.continue();
        const problem = {type: '/problems/photo-rejected', title: 'The picture cannot be used', status: 422, detail: 'It is blurred.', reason: 'blurred', instance: 'req_x'};
        return route.fulfill({status: 422, headers: {'tus-resumable': '1.0.0'}, contentType: 'application/problem+json', body: JSON.stringify(problem)});
    });
    await button(page, 'Next stop').click();
    await deliverWithPhoto(page);
    await page.getByRole('heading', {name: 'Photo again: Robin 1'}).waitFor();
    await button(page, 'Take it again').click();
    await takePhoto(page);
    await photoState(shipper, delivery.id, 'posted');
    assert.equal(await page.getByRole('heading', {name: 'Photo again: Robin 1'}).count(), 0);
    await context.close();
});

test('a browser that has no worker for pictures, or loses it, makes them all the same', async () => {
    const losses = [
        () => { Object.defineProperty(globalThis, 'Worker', {value: undefined}); },
        () => {
            Object.defineProperty(globalThis, 'Worker', {value: class extends EventTarget {
                postMessage() { setTimeout(() => this.dispatchEvent(new Event('error')), 0); }
                terminate() {}
            }});
        },
    ];
    for (const prepare of losses) {
        const {page, context, complaints, deliveries: [delivery]} = await setOut([{}], {prepare});
        await button(page, 'Next stop').click();
        await deliverWithPhoto(page);
        await photoState(shipper, delivery.id, 'posted');
        assert.deepEqual(complaints, []);
        await context.close();
    }
});

test('who refuses a photo while the driver is at the door is obeyed there: on the stop, in the camera, and before the picture is used', async () => {
    const robin = await signIn(server);
    const {page, context, complaints, deliveries: [delivery]} = await setOut([{recipient: {email: robin.email}}]);
    const wish = (what) => robin.client.post(`/v1/me/orders/${delivery.id}/${what}-photo`, undefined, {status: 200});
    await button(page, 'Next stop').click();
    await heading(page, 'Robin 1').waitFor();
    const comesBack = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))); // from another app
    await wish('refuse');
    await page.getByRole('heading', {name: 'No photo here'}).waitFor(); // by itself, within seconds
    await wish('allow');
    await comesBack();
    await page.getByRole('heading', {name: 'No photo here'}).waitFor({state: 'detached'});
    const toCamera = async () => {
        await button(page, 'Deliver').click();
        await page.getByRole('button', {name: /^Front door/}).click();
        await page.getByLabel('What the camera sees').waitFor();
    };
    await toCamera();
    await wish('refuse');
    await comesBack();
    await heading(page, 'No photo here').waitFor();
    assert.equal(await page.locator('video, canvas').count(), 0);

    await wish('allow');
    await page.goto('/drive/#/');
    await openStop(page, 'Robin 1');
    await page.getByRole('heading', {name: 'No photo here'}).waitFor({state: 'detached'});
    await toCamera();
    await button(page, 'Take the photo').click();
    await button(page, 'Use this photo').waitFor();
    await wish('refuse');
    await comesBack();
    await heading(page, 'No photo here').waitFor({timeout: 5000 * patience});
    assert.equal(await page.locator('video, canvas').count(), 0);
    assert.deepEqual(complaints, []);
    await context.close();
});

test('a full phone is said before the camera opens', async () => {
    const {page, context} = await setOut([{}], {prepare: () => { navigator.storage.estimate = async () => ({quota: 1_000_000, usage: 999_000}); }});
    await button(page, 'Next stop').click();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await heading(page, 'The phone is full').waitFor();
    assert.equal(await page.locator('video').count(), 0);
    await context.close();
});

test('without a live camera the phone\'s own is opened, and only what was taken just now counts', async () => {
    const {page, context, deliveries: [delivery]} = await setOut([{}], {prepare: () => { Object.defineProperty(navigator, 'mediaDevices', {value: undefined}); }});
    await button(page, 'Next stop').click();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await button(page, 'Open the camera').waitFor();
    const input = page.locator('input[type=file]');
    assert.equal(await input.getAttribute('capture'), 'environment');
    const picture = (await draw({seed: 12, size: '800x600', exif: true})).toString('base64');
    const choose = (age) => input.evaluate((element, [base64, before]) => {
        const bytes = Uint8Array.from(atob(/** @type {string} */ (base64)), (letter) => letter.charCodeAt(0));
        const chosen = new DataTransfer();
        chosen.items.add(new File([bytes], 'photo.jpg', {type: 'image/jpeg', lastModified: Date.now() - /** @type {number} */ (before)}));
        /** @type {HTMLInputElement} */ (element).files = chosen.files;
        element.dispatchEvent(new Event('change', {bubbles: true}));
    }, [picture, age]);
    await choose(3_600_000);
    await page.getByRole('alert').filter({hasText: 'taken just now'}).waitFor();
    await choose(1000);
    await button(page, 'Use this photo').click();
    await photoState(shipper, delivery.id, 'posted');
    await context.close();
});

test('offline: the round goes on, the line says so, and a reload loses nothing', async () => {
    const {page, context, deliveries} = await setOut([{}, {}]);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await context.setOffline(true);
    await button(page, 'Next stop').click();
    await deliverWithPhoto(page);
    await page.getByText('Offline, 1 waiting').first().waitFor();
    await page.reload();
    await page.getByText('Offline, 1 waiting').first().waitFor();
    await button(page, 'Done').click();
    await row(page, 'Robin 1').getByText('Waiting').waitFor();
    assert.equal((await stateOf(deliveries[0])).state, 'out_for_delivery');
    await context.setOffline(false);
    await photoState(shipper, deliveries[0].id, 'posted');
    await page.getByText('Online', {exact: true}).first().waitFor();
    await context.close();
});

test('the camera\'s light and the other camera are there when the phone has them', async () => {
    const {page, context, complaints} = await setOut([{}], {prepare: () => {
        const window = /** @type {any} */ (globalThis);
        window.wanted = [];
        MediaStreamTrack.prototype.getCapabilities = () => /** @type {any} */ ({torch: true});
        MediaStreamTrack.prototype.applyConstraints = async (constraints) => { window.wanted.push(/** @type {any} */ (constraints).advanced[0].torch); };
        MediaDevices.prototype.enumerateDevices = async () => /** @type {any} */ ([{kind: 'videoinput'}, {kind: 'videoinput'}]);
        const open = MediaDevices.prototype.getUserMedia;
        MediaDevices.prototype.getUserMedia = function (constraints) {
            window.wanted.push(/** @type {any} */ (constraints.video).facingMode.ideal);
            return open.call(this, constraints);
        };
        navigator.wakeLock.request = async () => {
            window.wanted.push('stays awake');
            return /** @type {any} */ ({release: async () => { window.wanted.push('may sleep'); }});
        };
    }});
    await button(page, 'Next stop').click();
    await button(page, 'Deliver').click();
    await page.getByRole('button', {name: /^Front door/}).click();
    await button(page, 'Light').click();
    await page.getByRole('button', {name: 'Light', pressed: true}).click();
    await page.getByRole('button', {name: 'Light', pressed: false}).waitFor();
    await button(page, 'Other camera').click();
    await button(page, 'Take the photo').click();
    await button(page, 'Retake').waitFor();
    const wanted = await page.evaluate(() => /** @type {any} */ (globalThis).wanted);
    assert.deepEqual(wanted.filter((each) => typeof each === 'boolean'), [true, false]);
    assert.deepEqual(wanted.filter((each) => /user|environment/.test(each)), ['environment', 'user']);
    assert.deepEqual(wanted.filter((each) => /awake|sleep/.test(each)), ['stays awake', 'may sleep']);
    assert.deepEqual(complaints, []);
    await context.close();
});

test('filter and search', async () => {
    const {page, context} = await setOut([{}, {recipient: {name: 'Ada Okafor', email: 'ada@example.org'}}, {}]);
    await page.getByLabel('Search').fill('okaf');
    assert.equal(await page.locator('.stops li').count(), 1);
    await page.getByLabel('Search').fill('nobody of that name');
    await page.getByText('Nothing found.').waitFor();
    await page.getByLabel('Search').fill('');
    await button(page, 'All').click();
    assert.equal(await page.locator('.stops li').count(), 3);
    await context.close();
});

test('the last stop stands on top alone: nothing says that there is nothing', async () => {
    const {page, context} = await setOut([{}]);
    await heading(page, 'Today').waitFor();
    assert.ok(!(await page.locator('main').innerText()).includes('Nothing here.'));
    await button(page, 'Done').click();
    await page.getByText('Nothing here.').waitFor();
    await context.close();
});

test('settings hold at once and after a reload: night, left hand, larger text, German', async () => {
    const {page, context, complaints} = await setOut([{}]);
    await button(page, 'Settings').click();
    await page.getByLabel('Night').check();
    await page.getByRole('switch', {name: 'Left hand'}).check();
    await page.getByRole('switch', {name: 'Larger text'}).check();
    await page.getByRole('switch', {name: 'Sound off'}).check();
    await page.getByLabel('Language').selectOption({label: 'Deutsch'});
    await heading(page, 'Einstellungen').waitFor();
    await page.reload();
    await heading(page, 'Einstellungen').waitFor();
    assert.deepEqual(await page.evaluate(() => ({...document.documentElement.dataset, lang: document.documentElement.lang})),
        {theme: 'dark', hand: 'left', text: 'large', lang: 'de'});
    assert.deepEqual(complaints, []);
    await context.close();
});

test('a revoked phone shows nothing of the round any more', async () => {
    const {page, context, driver} = await setOut([{}]);
    await shipper.client.post(`/v1/drivers/${driver.id}/revoke`, undefined, {status: 200});
    await page.reload();
    await heading(page, 'This phone is no longer paired').waitFor();
    assert.ok(!(await page.locator('body').innerText()).includes('Robin 1'));
    await button(page, 'Pair again').click();
    await heading(page, 'Pair this phone').waitFor();
    await context.close();
});
