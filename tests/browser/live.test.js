// SPDX-License-Identifier: Apache-2.0
//
// Pages that stay open: what changes is seen without a reload, what is typed stays, and a picture that may not be shown any
// more goes at once. With the pages' own content security policy, whose violations the browser complains about.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {sql} from '../e2e/support/insides.js';
import {smallPicture} from '../e2e/support/pictures.js';
import {uploadAtOnce} from '../e2e/support/tus.js';
import {addAgent, nextSeed, photograph, photoState, reportDelivered, sendOut, setStage, signInAgent, unique} from '../e2e/support/world.js';
import {lookAtPhoto, openBrowser, openWindow, photoSize, signInAtDesk, signInWithMail} from './browser.js';

const stage = await setStage({after}, {live: {refresh_seconds: 2, retry_ms: 200, heartbeat_seconds: 1}});
const {server, shipper, driver} = stage;
const browser = await openBrowser({after});
const pathOf = (delivery) => new URL(delivery.tracking_url).pathname;
const mark = (delivery, confidential) => shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential}, {status: 200});

/** A recipient's window, signed in. */
async function recipient(options) {
    const email = `robin-${unique()}@example.org`;
    const window = await openWindow(browser, server, options);
    await signInWithMail(window.page, server, email);
    return {...window, email};
}

/** Marks the document: a reload would lose it. */
const stay = (page) => page.evaluate(() => { document.documentElement.dataset.same = 'yes'; });
const stayed = (page) => page.evaluate(() => document.documentElement.dataset.same === 'yes');

/** The stream of the open page is open. */
const listening = (page) => page.waitForFunction(() => performance.getEntriesByType('resource').some(({name}) => /\/live\.[0-9a-f]+\.js$/.test(name)));

/** Photographs a delivery that is out. */
async function deliver({delivery, stop}) {
    await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
    await reportDelivered(driver, delivery.id);
    await photoState(shipper, delivery.id, 'posted');
}

test('an open order shows the photo a moment after it was posted, and keeps what is being typed', async () => {
    const {page, context, complaints, email} = await recipient();
    const out = await sendOut(stage, email);
    await page.goto(`/orders/${out.delivery.id}`);
    await listening(page);
    await stay(page);
    await page.getByText('Report a problem').click();
    const words = page.getByLabel('What happened?');
    await words.fill('It is la');
    await page.getByLabel('Something else').check().catch(() => page.locator('input[name=kind]').last().check());
    await words.focus();

    await deliver(out);
    const began = Date.now();
    await page.locator('main').getByText('This photo is yours.').waitFor();
    assert.ok(Date.now() - began < 5_000, `it took ${Date.now() - began} ms`);
    await photoSize(page);
    await words.pressSequentially('te');
    assert.equal(await words.inputValue(), 'It is late', 'what was typed, and where');
    assert.equal(await page.locator('input[name=kind]:checked').count(), 1);
    await page.getByRole('status').filter({hasText: 'This photo is yours.'}).waitFor({state: 'attached'}); // said aloud
    assert.ok(await stayed(page), 'the page was loaded anew');
    assert.deepEqual(complaints, []);
    await context.close();
});

test('a late mark takes the picture off an open page at once, and taking it away brings it back', async () => {
    const {page, context, complaints, email} = await recipient();
    const {delivery} = await photograph(stage, email);
    await photoState(shipper, delivery.id, 'posted');
    await page.goto(`/orders/${delivery.id}`);
    await photoSize(page);
    await stay(page);
    await mark(delivery, 'registry');
    await page.locator('figure.photo').waitFor({state: 'detached'});
    await page.locator('main').getByText('The photo is not shown').waitFor();
    await mark(delivery, null);
    await page.locator('figure.photo').waitFor();
    assert.ok(await stayed(page), 'the page was loaded anew');
    assert.deepEqual(complaints, []);
    await context.close();
});

test('the desk sees a case come, and a look\'s picture go with its case or its time', async () => {
    const robin = await recipient();
    const {delivery} = await photograph(stage, robin.email);
    await photoState(shipper, delivery.id, 'posted');
    const agent = await addAgent(server, shipper);
    const {page, context, complaints} = await openWindow(browser, server);
    await signInAtDesk(page, agent);
    await listening(page);
    await stay(page);
    await robin.page.goto(`/orders/${delivery.id}`);
    await robin.page.getByText('Report a problem').click();
    await robin.page.locator('input[name=kind]').first().check();
    await robin.page.getByLabel('What happened?').fill('Our door is green.');
    await robin.page.getByRole('button', {name: 'Send report'}).click();
    const card = page.locator('li', {hasText: delivery.reference});
    await card.waitFor();
    assert.ok(await stayed(page), 'the desk was loaded anew');
    await card.getByRole('link').click();
    await lookAtPhoto(page, 'Comparing the door.');
    await page.locator('figure.photo').waitFor();

    await robin.page.getByText('Comparing the door.').waitFor(); // on the recipient's open page, too
    const id = new URL(page.url()).pathname.split('/').pop();

    await sql(server, `UPDATE look SET expires_at = ${Date.now() + 4_000}`);
    await page.goto(`/desk/cases/${id}`);
    await page.locator('figure.photo').waitFor();
    await stay(page);
    await page.locator('figure.photo').waitFor({state: 'detached'});
    await lookAtPhoto(page, 'Once more.');
    await page.locator('figure.photo').waitFor();

    const other = await signInAgent(server, await addAgent(server, shipper));
    await page.getByLabel('Your message to the recipient').fill('We are');
    await other.post(`/v1/cases/${id}/resolve`, {}, {status: 200});
    await page.locator('figure.photo').waitFor({state: 'detached'});
    await page.locator('main').getByText('Locked: the case is resolved.').waitFor();
    assert.deepEqual([...complaints, ...robin.complaints], []);
    await context.close();
    await robin.context.close();
});

test('signing out elsewhere takes the page away', async () => {
    const {page, context, email} = await recipient();
    const {delivery} = await photograph(stage, email);
    await page.goto(`/orders/${delivery.id}`);
    await listening(page);
    const second = await context.newPage();
    await second.goto('/account');
    await second.getByRole('button', {name: 'Sign out'}).click();
    await second.getByText('You are signed out.').waitFor();
    await page.waitForURL('**/sign-in');
    await context.close();
});

test('a page whose stream broke off with the server comes back, and learns what it missed', async () => {
    const {page, context, email} = await recipient();
    const out = await sendOut(stage, email);
    await page.goto(`/orders/${out.delivery.id}`);
    await listening(page);
    await stay(page);
    await server.stop();
    await server.start();
    await deliver(out);
    await page.locator('main').getByText('This photo is yours.').waitFor();
    assert.ok(await stayed(page), 'the page was loaded anew');
    await context.close();
});

test('without JavaScript the page loads itself anew', async () => {
    const {page, context, email} = await recipient({javaScriptEnabled: false});
    const out = await sendOut(stage, email);
    await page.goto(`/orders/${out.delivery.id}`);
    const note = 'This page loads itself anew every 2 seconds.'; // in <noscript>, which locators pass over
    assert.ok((await page.content()).includes(note));
    await deliver(out);
    await page.locator('main').getByText('This photo is yours.').waitFor();
    assert.ok(!(await page.content()).includes(note), 'nothing is to come any more');
    await context.close();
});

test('a tracking link follows the state', async () => {
    const {delivery} = await sendOut(stage, `robin-${unique()}@example.org`);
    const {page, context, complaints} = await openWindow(browser, server);
    await page.goto(pathOf(delivery));
    await listening(page);
    await stay(page);
    await reportDelivered(driver, delivery.id);
    await page.getByRole('heading', {level: 1, name: /Delivered/}).waitFor();
    assert.ok(await stayed(page), 'the page was loaded anew');
    assert.deepEqual(complaints, []);
    await context.close();
});

test('where streams are refused the page asks from time to time', async (t) => {
    const small = await setStage(t, {live: {streams: 0}});
    const email = `robin-${unique()}@example.org`;
    const {page, context} = await openWindow(browser, small.server);
    await signInWithMail(page, small.server, email);
    const out = await sendOut(small, email);
    await page.goto(`/orders/${out.delivery.id}`);
    await listening(page);
    await stay(page);
    await uploadAtOnce(small.driver.client, out.stop, await smallPicture(nextSeed()));
    await page.locator('main').getByText('This photo is yours.').waitFor({timeout: 40_000});
    assert.ok(await stayed(page), 'the page was loaded anew');
    await context.close();
});
