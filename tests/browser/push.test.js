// SPDX-License-Identifier: Apache-2.0
//
// What a recipient's phone shows. The browser has no push service of its own here: the page is handed a subscription at ours in
// place of PushManager's, and messages are delivered through the DevTools protocol; the page, its script, the worker and the
// server are the real ones.
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {chromium} from 'playwright-core';
import {startPushService} from '../e2e/support/browsers.js';
import {until} from '../e2e/support/server.js';
import {DOOR, addDelivery, photograph, photoState, setStage, unique} from '../e2e/support/world.js';
import {FLAGS, openBrowser, openWindow, signInWithMail} from './browser.js';

const service = await startPushService({after});
const stage = await setStage({after}, {notify: {allow_private_targets: 'yes'}});
const {server, shipper} = stage;

/** A window whose page is handed this subscription; notifications are allowed or asked about. */
async function subscriber(subscription, permission = 'granted') {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-push-'));
    const context = await chromium.launchPersistentContext(folder, {executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, baseURL: server.origin});
    if (permission === 'granted') await context.grantPermissions(['notifications'], {origin: server.origin});
    await context.addInitScript(({subscription: given, permission: answer}) => {
        const current = () => (sessionStorage.getItem('subscribed') ? {...given, toJSON: () => given, unsubscribe: async () => { sessionStorage.removeItem('subscribed'); return true; }} : null);
        PushManager.prototype.getSubscription = async () => /** @type {any} */ (current());
        PushManager.prototype.subscribe = async (/** @type {any} */ options) => {
            sessionStorage.setItem('subscribed', JSON.stringify([options.userVisibleOnly, options.applicationServerKey.length]));
            return /** @type {any} */ (current());
        };
        Notification.requestPermission = async () => /** @type {any} */ (answer);
    }, {subscription, permission});
    const page = context.pages()[0] ?? await context.newPage();
    const complaints = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    const close = async () => {
        await context.close();
        await rm(folder, {recursive: true, force: true});
    };
    return {context, page, complaints, close};
}

/** The worker through the DevTools protocol: deliver(message), and what is shown. */
async function workerOf({context, page}) {
    const devtools = await context.newCDPSession(page);
    let registration;
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({registrations}) => {
        registration = registrations.find(({scopeURL}) => scopeURL === `${server.origin}/`) ?? registration;
    });
    await devtools.send('ServiceWorker.enable');
    await until(() => registration, {what: 'the worker'});
    const deliver = (message) => devtools.send('ServiceWorker.deliverPushMessage', {
        origin: server.origin, registrationId: registration.registrationId, data: typeof message === 'string' ? message : JSON.stringify(message)});
    const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => {
        const {title, body, tag, data, lang, image = ''} = /** @type {any} */ (each);
        return {title, body, tag, data, lang, image};
    }));
    const waitFor = (number, fits = (_) => true) => until(async () => (await shown()).find((each) => each.data.number === number && fits(each)), {what: `notification ${number}`});
    return {deliver, shown, waitFor};
}

async function subscribed(email, path = '/account') {
    const subscription = service.browser();
    const visitor = await subscriber(subscription);
    await signInWithMail(visitor.page, server, email);
    await visitor.page.goto(path);
    await visitor.page.getByRole('button', {name: 'Tell me on this phone'}).click();
    await visitor.page.getByText('This phone is told.').waitFor();
    return {subscription, ...visitor};
}

test('a tap subscribes, another one ends it, and nothing is asked before the tap', async (t) => {
    const email = `robin-${unique()}@example.org`;
    const subscription = service.browser();
    const visitor = await subscriber(subscription);
    t.after(visitor.close);
    const {page} = visitor;
    await signInWithMail(page, server, email);
    const {id} = await addDelivery(shipper, email);
    await page.goto(`/orders/${id}`);
    const button = page.getByRole('button', {name: 'Tell me on this phone'});
    await button.waitFor();
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
    await button.click();
    await page.getByText('This phone is told.').waitFor();
    assert.deepEqual(JSON.parse(await page.evaluate(() => sessionStorage.getItem('subscribed'))), [true, 65]);
    assert.deepEqual(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({scope}) => scope)), [`${server.origin}/`]);
    await page.reload(); // and it is still told
    await page.getByText('This phone is told.').waitFor();
    await page.evaluate(() => { // the page is made anew, as it came
        for (const part of document.querySelectorAll('#push, #push [data-when]')) part.setAttribute('hidden', '');
    });
    await page.getByText('This phone is told.').waitFor();
    assert.equal(await button.isVisible(), false);
    await page.goto('/account');
    await page.getByText('Through 127.0.0.1').first().waitFor();
    await page.getByRole('button', {name: 'Stop telling this phone'}).click();
    await button.waitFor();
    await page.reload();
    await page.getByText('None. A phone or browser can be told').waitFor();
    assert.deepEqual(visitor.complaints, []);
});

test('someone who says no, or has no script, is not bothered', async (t) => {
    const email = `robin-${unique()}@example.org`;
    const visitor = await subscriber(service.browser(), 'denied');
    t.after(visitor.close);
    await signInWithMail(visitor.page, server, email);
    await visitor.page.goto('/account');
    const card = visitor.page.locator('#push');
    if (await visitor.page.evaluate(() => Notification.permission) !== 'denied')
        await visitor.page.getByRole('button', {name: 'Tell me on this phone'}).click();
    await card.getByText('This browser is set not to show notifications').waitFor();
    assert.equal(await visitor.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);

    const browser = await openBrowser(t);
    const plain = await openWindow(browser, server, {javaScriptEnabled: false});
    await signInWithMail(plain.page, server, email);
    await plain.page.goto('/account');
    assert.equal(await plain.page.locator('#push').isVisible(), false);
    await plain.page.getByRole('button', {name: 'Show photos in notifications'}).click(); // a plain form
    await plain.page.getByText('Notifications will show the photo.').waitFor();
    await plain.page.getByRole('button', {name: 'Do not show photos in notifications'}).click();
    await plain.page.getByText('Notifications will not show the photo.').waitFor();
    assert.deepEqual(plain.complaints, []);
});

test('R12 the screen says that a parcel arrived and nothing about what, where or for whom; a newer state replaces an older', async (t) => {
    const email = `robin-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    await photoState(shipper, delivery.id, 'posted');
    const visitor = await subscribed(email, `/orders/${delivery.id}`);
    t.after(visitor.close);
    const {deliver, shown, waitFor} = await workerOf(visitor);
    await deliver({kind: 'delivery.out_for_delivery', order: delivery.id, number: 2});
    assert.equal((await waitFor(2)).title, 'A parcel is on its way to you');
    await deliver({kind: 'delivery.delivered', order: delivery.id, number: 3});
    const said = await waitFor(3);
    assert.equal(said.title, 'A parcel arrived');
    assert.equal(said.body, 'Tap to see it.');
    await deliver({kind: 'photo.posted', order: delivery.id, number: 4});
    assert.equal((await waitFor(4)).title, 'A parcel arrived, and there is a photo');
    await deliver({kind: 'delivery.out_for_delivery', order: delivery.id, number: 2}); // late: the newer stays
    await deliver({kind: 'case.answered', order: delivery.id, number: 5});
    await waitFor(5);
    const all = await shown();
    assert.deepEqual(all.map(({data}) => data.number).sort(), [4, 5]);
    for (const each of all) {
        const text = JSON.stringify([each.title, each.body, each.lang]);
        for (const secret of [email, 'Robin', delivery.reference, shipper.name, ...DOOR.lines, delivery.id]) assert.ok(!text.includes(secret), `${text} says ${secret}`);
        assert.equal(each.image, '', 'a picture that nobody asked for');
    }
    assert.deepEqual(visitor.complaints, []);
});

test('what the worker does not understand is news of a parcel and no more', async (t) => {
    const visitor = await subscribed(`robin-${unique()}@example.org`);
    t.after(visitor.close);
    const {deliver, shown} = await workerOf(visitor);
    for (const message of ['', 'no json', '[]', 'null', '{"kind":"__proto__","order":"../../account","number":"1"}', '{"kind":{"a":1}}', '{"kind":"delivery.teleported"}', '{"kind":"toString"}', '{"kind":"open","title":"Your pills are here"}'])
        await deliver(message);
    await until(async () => (await shown()).length > 0, {what: 'a notification'});
    for (const {title, data} of await shown()) {
        assert.equal(typeof title, 'string');
        assert.doesNotMatch(title, /pills|object/);
        assert.equal(data.order, null);
    }
});

test('it speaks the language that the account chose, and English where that is none it knows', async (t) => {
    const visitor = await subscribed(`robin-${unique()}@example.org`);
    t.after(visitor.close);
    const {deliver, waitFor} = await workerOf(visitor);
    /** @type {[any, string, string, string][]} */
    const cases = [['de', 'de', 'Der Kundendienst hat Ihnen geantwortet', 'Zum Ansehen antippen.'], ['es', 'es', 'Atención al cliente le ha respondido', 'Toque para verlo.'],
        ['xx', 'en', 'Support has answered you', 'Tap to see it.'], [{}, 'en', 'Support has answered you', 'Tap to see it.']];
    for (const [index, [chosen, lang, title, body]] of cases.entries()) {
        await deliver({kind: 'case.answered', order: `dlv_${'0'.repeat(26)}`, number: index + 1, lang: chosen});
        const said = await waitFor(index + 1);
        assert.deepEqual([said.lang, said.title, said.body], [lang, title, body]);
    }
});

test('the picture is shown only where its recipient switched that on, and no withheld one is', async (t) => {
    const email = `robin-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    await photoState(shipper, delivery.id, 'posted');
    const {delivery: other} = await photograph(stage, email);
    await photoState(shipper, other.id, 'posted');
    const {delivery: third} = await photograph(stage, email);
    await photoState(shipper, third.id, 'posted');
    const visitor = await subscribed(email);
    t.after(visitor.close);
    const {page} = visitor;
    await page.getByRole('button', {name: 'Show photos in notifications'}).click();
    await page.getByText('Notifications will show the photo.').waitFor();
    const {deliver, shown, waitFor} = await workerOf(visitor);
    await deliver({kind: 'photo.posted', order: delivery.id, number: 4});
    const said = await waitFor(4, ({image}) => image);
    assert.match(said.image, /^data:image\/jpeg;base64,\/9j\//);
    assert.equal(said.title, 'A parcel arrived, and there is a photo');
    await shipper.client.patch(`/v1/deliveries/${other.id}`, {confidential: 'protected'}, {status: 200});
    await deliver({kind: 'photo.posted', order: other.id, number: 9});
    await waitFor(9);
    await deliver({kind: 'photo.posted', order: third.id, number: 14});
    await waitFor(14, ({image}) => image); // asked for after the withheld one
    assert.equal((await shown()).find(({data}) => data.number === 9).image, '');
});

test('a tap on it opens the order', async (t) => {
    const email = `robin-${unique()}@example.org`;
    const {id} = await addDelivery(shipper, email);
    const visitor = await subscribed(email);
    t.after(visitor.close);
    const {deliver, waitFor} = await workerOf(visitor);
    await deliver({kind: 'delivery.delivered', order: id, number: 1});
    await waitFor(1);
    const worker = visitor.context.serviceWorkers()[0] ?? await visitor.context.waitForEvent('serviceworker');
    // A headless browser has no screen to tap on: the event is the browser's, the tap is ours. Opening a window wants a real tap.
    const opened = await worker.evaluate(async () => {
        /** @type {any} */
        const scope = self;
        const [notification] = await scope.registration.getNotifications();
        let path = null;
        scope.clients.openWindow = async (to) => { path = to; return null; };
        const event = new scope.NotificationEvent('notificationclick', {notification});
        const works = [];
        event.waitUntil = (work) => works.push(work);
        scope.dispatchEvent(event);
        await Promise.all(works);
        return {path, left: (await scope.registration.getNotifications()).length};
    });
    assert.deepEqual(opened, {path: `/orders/${id}`, left: 0});
});

test('another address from the push service takes the place of the one before, and a stranger\'s does not', async (t) => {
    const visitor = await subscribed(`robin-${unique()}@example.org`);
    t.after(visitor.close);
    const told = () => visitor.page.evaluate(async () => (await (await fetch('/v1/me/push')).json()).items);
    const worker = visitor.context.serviceWorkers()[0] ?? await visitor.context.waitForEvent('serviceworker');
    const change = (before, next) => worker.evaluate(async ([oldSubscription, newSubscription]) => {
        /** @type {any} */
        const scope = self;
        const event = Object.assign(new scope.ExtendableEvent('pushsubscriptionchange'), {oldSubscription, newSubscription});
        const works = [];
        event.waitUntil = (work) => works.push(work);
        scope.dispatchEvent(event);
        await Promise.all(works);
    }, [before, next]);
    const [first] = await told();
    await change(service.browser(), service.browser()); // nobody's before
    assert.deepEqual(await told(), [first]);
    await change(visitor.subscription, service.browser());
    const [second, ...more] = await told();
    assert.deepEqual(more, []);
    assert.notEqual(second.mark, first.mark);
});

test('the driver\'s app keeps its own worker', async (t) => {
    const visitor = await subscribed(`robin-${unique()}@example.org`);
    t.after(visitor.close);
    await visitor.page.goto('/drive/');
    const scopes = await until(() => visitor.page.evaluate(async () => {
        const found = (await navigator.serviceWorker.getRegistrations()).map(({scope}) => new URL(scope).pathname);
        return found.length === 2 && found.sort();
    }), {what: 'both workers'});
    assert.deepEqual(scopes, ['/', '/drive/']);
    assert.equal(await visitor.page.evaluate(async () => new URL((await navigator.serviceWorker.ready).scope).pathname), '/drive/');
});
