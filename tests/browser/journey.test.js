// SPDX-License-Identifier: Apache-2.0
//
// What people do in a browser, from the tracking link to the deleted photo; with the pages' own content security policy.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {draw, sizeOf} from '../e2e/support/pictures.js';
import {addAgent, DOOR, photograph, photoState, sendOut, setStage, unique} from '../e2e/support/world.js';
import {lookAtPhoto, openBrowser, openWindow, photoSize, reportProblem, signInAtDesk, signInWithMail} from './browser.js';

const stage = await setStage({after});
const {server, shipper} = stage;
const browser = await openBrowser({after});

const pathOf = (delivery) => new URL(delivery.tracking_url).pathname;
const textOf = (page) => page.locator('body').innerText();

/** A delivery with a posted photo, which a phone held upright took: it lies on its side in the file. */
async function posted(email, more = {}) {
    const picture = await draw({seed: 41, size: '600x800', orientation: 6, gps: true});
    assert.deepEqual(sizeOf(picture), {width: 800, height: 600});
    const done = await photograph(stage, email, {picture, more});
    await photoState(shipper, done.delivery.id, 'posted');
    return done;
}

/** Asserts that the upright picture is shown: 600 wide and 800 high, as the phone was held. */
async function assertShown(page) {
    const {width, height} = await photoSize(page);
    assert.ok(Math.abs(height / width - 4 / 3) < 0.02, `the photo is ${width}x${height}`);
}

/** The whole of it: a photo is seen by its recipient, by an agent for a reason, and then by nobody. */
async function journey(options) {
    const email = `robin-${unique()}@example.org`;
    const {delivery} = await posted(email);
    const robin = await openWindow(browser, server, options);
    const page = robin.page;

    await page.goto(pathOf(delivery));
    await page.getByRole('heading', {name: 'Is it for you?'}).waitFor();
    const strange = await page.content();
    for (const secret of [email, 'Robin Vale', ...DOOR.lines, 'blue bench', delivery.reference, delivery.id, '/photo', 'front door'])
        assert.ok(!strange.includes(secret), `a stranger reads "${secret}"`);
    assert.equal(await page.locator('figure').count(), 0);

    await signInWithMail(page, server, email);
    await page.getByRole('heading', {level: 1, name: 'Your orders'}).waitFor();
    await page.locator(`main a[href="/orders/${delivery.id}"]`).first().click();
    await page.getByText('This photo is yours.').waitFor();
    await assertShown(page);
    await page.getByText('Nobody else has looked.').waitFor();
    await reportProblem(page, 'That is not my door', 'Our door is green.');

    const agent = await addAgent(server, shipper);
    const ada = await openWindow(browser, server, options);
    const desk = ada.page;
    await signInAtDesk(desk, agent);
    await desk.locator('li', {hasText: delivery.reference}).getByRole('link').click();
    await desk.getByText('Our door is green.').waitFor();
    assert.equal(await desk.locator('figure.photo').count(), 0, 'the picture is shown before a reason is given');
    await lookAtPhoto(desk, 'Comparing the door with the address.');
    await assertShown(desk);
    const looked = await desk.locator('figure.photo img').getAttribute('src');

    await page.goto(`/orders/${delivery.id}`);
    const looks = page.getByRole('region', {name: 'Who looked at the photo'});
    await looks.getByText('Comparing the door with the address.').waitFor();
    assert.equal(await looks.getByRole('listitem').count(), 1);

    const own = await page.locator('figure.photo img').getAttribute('src');
    await page.getByText('Delete this photo').click();
    await page.getByRole('button', {name: 'Delete it now'}).click();
    await page.getByText('The photo will be deleted as soon as the case lets go of it.').waitFor();
    await page.getByRole('button', {name: 'Keep the photo after all'}).waitFor();
    await desk.goto(desk.url());
    await desk.getByText('The recipient asked for its deletion').waitFor();
    await desk.getByRole('button', {name: 'Resolve the case'}).click();
    await desk.getByText('The case is resolved.', {exact: true}).waitFor();
    await page.goto(`/orders/${delivery.id}`);
    await page.getByText('You deleted this photo.').waitFor();
    assert.equal(await page.locator('figure.photo').count(), 0);
    await desk.goto(desk.url());
    await desk.getByText('Erased by the recipient.').waitFor();
    const frames = await desk.locator('figure.photo').count(); // judged by a test of its own
    for (const [context, path] of /** @type {const} */ ([[robin.context, own], [ada.context, looked]])) {
        const answer = await context.request.get(path);
        assert.ok([403, 404, 410].includes(answer.status()), `a deleted photo is answered with ${answer.status()}`);
        assert.ok(!/image/.test(answer.headers()['content-type'] ?? ''));
    }

    const others = ada.complaints.filter((text) => !/Failed to load resource/.test(text) || frames === 0); // that of the frame
    assert.deepEqual([...robin.complaints, ...others], []);
    await robin.context.close();
    await ada.context.close();
    return frames;
}

let framesLeft = -1;

test('from the tracking link to the deleted photo', async () => { framesLeft = await journey({}); });

test('the desk shows no frame where a photo was deleted during a look', () => {
    assert.equal(framesLeft, 0);
});

test('the same without JavaScript, on a phone', async () => { await journey({javaScriptEnabled: false, viewport: {width: 390, height: 844}}); });

test('a gift: its buyer reads that it was delivered, its recipient why no photo is shown', async () => {
    const [email, buyer] = [`robin-${unique()}@example.org`, `buyer-${unique()}@example.org`];
    const {delivery} = await photograph(stage, email, {more: {buyer: {email: buyer}, confidential: 'registry'}});
    await photoState(shipper, delivery.id, 'withheld');

    const robin = await openWindow(browser, server);
    await signInWithMail(robin.page, server, email);
    await robin.page.goto(`/orders/${delivery.id}`);
    await robin.page.getByText('The photo is not shown: this delivery goes to a registry address.').waitFor();
    assert.equal(await robin.page.locator('figure').count(), 0);

    const giver = await openWindow(browser, server);
    await signInWithMail(giver.page, server, buyer);
    await giver.page.goto(`/orders/${delivery.id}`);
    await giver.page.getByText('If there is a photo, only the person the parcel was for can see it.').waitFor();
    const seen = await textOf(giver.page);
    for (const secret of [...DOOR.lines, 'registry', 'withheld', 'front door', email]) assert.ok(!seen.includes(secret), `the buyer reads "${secret}"`);
    assert.equal(await giver.page.locator('figure').count(), 0);

    assert.deepEqual([...robin.complaints, ...giver.complaints], []);
    await robin.context.close();
    await giver.context.close();
});

test('photos refused on the account page: the driver is told, and the order says so; allowed again', async () => {
    const email = `robin-${unique()}@example.org`;
    const {page, context, complaints} = await openWindow(browser, server);
    await signInWithMail(page, server, email);
    await page.goto('/account');
    await page.getByRole('button', {name: 'No photos of any of my deliveries'}).click();
    await page.getByText('No photos will be taken of your deliveries.').waitFor();

    const {delivery, stop} = await sendOut(stage, email);
    assert.notEqual(stop.photo.state, 'wanted');
    await page.goto(`/orders/${delivery.id}`);
    await page.getByText('No photo, as you wished.').waitFor();
    assert.equal(await page.locator('figure').count(), 0);

    await page.goto('/account');
    await page.getByRole('button', {name: 'Allow photos again'}).click();
    await page.getByText('Photos may be taken of your deliveries.').waitFor();
    await page.getByRole('button', {name: 'Sign out'}).click();
    await page.getByText('You are signed out.').waitFor();
    await page.goto('/orders');
    assert.match(page.url(), /\/sign-in/);
    assert.deepEqual(complaints, []);
    await context.close();
});

test('another site cannot post for whoever is signed in here, nor frame the pages', async () => {
    const {page, context} = await openWindow(browser, server);
    await signInWithMail(page, server, `robin-${unique()}@example.org`);
    assert.match((await page.goto('/orders')).headers()['content-security-policy'], /frame-ancestors 'none'/);
    await page.goto(`data:text/html,<form method=post action="${server.origin}/account/consent"><input name=photo value=refused><button>x</button></form>`);
    await page.getByRole('button').click();
    await page.waitForURL('**/account/consent');
    await page.goto('/account');
    assert.equal(await page.getByText('Allow photos again').count(), 0);
    await context.close();
});
