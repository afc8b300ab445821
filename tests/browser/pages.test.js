// SPDX-License-Identifier: Apache-2.0
//
// Every page as a browser draws it: axe-core finds nothing, in light and dark, and a narrow phone need not scroll sideways.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {after, test} from 'node:test';
import {draw} from '../e2e/support/pictures.js';
import {addAgent, addDelivery, anyone, photograph, photoState, sendOut, setStage, unique} from '../e2e/support/world.js';
import {lookAtPhoto, openBrowser, openWindow, photoSize, reportProblem, signInAtDesk, signInWithMail} from './browser.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']; // what the dark can change: the elements are those of the light

const stage = await setStage({after});
const {server, shipper} = stage;
const browser = await openBrowser({after});

/** What is wrong with the page that is open, everything unfolded. The window is drawn 1000 and 320 pixels wide. */
async function faultsOf(page, name) {
    const faults = [];
    for (const scheme of /** @type {const} */ (['light', 'dark'])) {
        await page.emulateMedia({colorScheme: scheme});
        await page.setViewportSize({width: 1000, height: 800});
        await page.evaluate(() => document.querySelectorAll('details').forEach((fold) => { fold.open = true; }));
        if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe);
        const violations = await page.evaluate(async (rules) => {
            // @ts-ignore: axe was just put there
            const result = await globalThis.axe.run(document, {resultTypes: ['violations'], runOnly: rules});
            return result.violations.map(({id, nodes}) => `${id} ${nodes.map(({html}) => html.slice(0, 120)).slice(0, 3).join(' | ')}`);
        }, scheme === 'light' ? RULES : COLOUR_RULES);
        faults.push(...violations.map((violation) => `${name}, ${scheme}: ${violation}`));
        await page.setViewportSize({width: 320, height: 640});
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > 320) faults.push(`${name}, ${scheme}: ${wide} pixels wide on a phone of 320`);
    }
    return faults;
}

/** Opens each path and asserts that nothing is wrong with any. */
async function assertFine(page, paths) {
    const faults = [];
    for (const [name, path, status = 200] of paths) {
        const answer = await page.goto(path);
        assert.equal(answer.status(), status, `${name} is answered with ${answer.status()}`);
        faults.push(...await faultsOf(page, name));
    }
    assert.deepEqual(faults, []);
}

const open = () => openWindow(browser, server, {bypassCSP: true});

test('pages for anybody', async () => {
    const {page, context} = await open();
    const fresh = await addDelivery(shipper, `robin-${unique()}@example.org`);
    const {delivery} = await photograph(stage, `robin-${unique()}@example.org`);
    const status = ({tracking_url: url}) => new URL(url).pathname;
    await assertFine(page, [['sign-in', '/sign-in'], ['privacy', '/privacy'], ['status, announced', status(fresh)],
        ['status, delivered', status(delivery)], ['desk sign-in', '/desk/sign-in'], ['welcome', '/desk/welcome'], ['no such page', '/nowhere', 404]]);
    const {json: complaint} = await anyone(server).post('/v1/complaints', {kind: 'other', text: 'My garden is in it.'}, {status: 201});
    await assertFine(page, [['complaint', new URL(complaint.url).pathname]]);
    await context.close();
});

test('signing in, with an empty list and with a mistake', async () => {
    const {page, context} = await open();
    const email = `a.very.long.name.of.somebody.who.waits.for.parcels-${unique()}@example.org`;
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', {name: 'Send me a code'}).click();
    await page.getByRole('heading', {name: 'Enter your code'}).waitFor();
    const faults = await faultsOf(page, 'code');
    await page.getByLabel('Code', {exact: true}).fill('0000');
    await page.getByRole('button', {name: 'Sign in', exact: true}).click();
    await page.getByRole('alert').waitFor();
    faults.push(...await faultsOf(page, 'wrong code'));
    assert.deepEqual(faults, []);
    await signInWithMail(page, server, email);
    await assertFine(page, [['orders, empty', '/orders'], ['account', '/account'], ['farewell', '/account/delete']]);
    await context.close();
});

test('orders in their states, and the desk', async () => {
    const email = `robin-${unique()}@example.org`;
    const {page, context} = await open();
    const announced = await addDelivery(shipper, email);
    const {delivery: out} = await sendOut(stage, email);
    const {delivery: shown} = await photograph(stage, email, {picture: await draw({seed: 42, size: '800x600'})});
    const {delivery: erased} = await photograph(stage, email);
    const {delivery: withheld} = await photograph(stage, email, {more: {confidential: 'protected'}});
    await photoState(shipper, shown.id, 'posted');
    await photoState(shipper, erased.id, 'posted');
    await photoState(shipper, withheld.id, 'withheld');
    await signInWithMail(page, server, email);
    await page.goto(`/orders/${erased.id}`);
    await page.getByText('Delete this photo').click();
    await page.getByRole('button', {name: 'Delete it now'}).click();
    await page.getByText('You deleted this photo.').waitFor();
    await page.goto(`/orders/${shown.id}`);
    await reportProblem(page, 'It was left in the open', 'It stood in the rain.');

    const agent = await addAgent(server, shipper);
    const desk = await open();
    await signInAtDesk(desk.page, agent);
    const path = await desk.page.locator('li', {hasText: shown.reference}).getByRole('link').getAttribute('href');
    await assertFine(desk.page, [['desk', '/desk'], ['desk, all', '/desk?show=all'], ['desk, found', `/desk?find=${withheld.id}`],
        ['desk, nothing found', '/desk?find=nothing'], ['desk, account', '/desk/account'], ['case', path], ['desk, no such page', '/desk/cases/nowhere', 404],
        ['search', '/desk/search'], ['search, found', '/desk/search?q=robin'], ['search, nothing', '/desk/search?q=nobody-at-all'], ['search, too short', '/desk/search?q=ab', 422], ['board', '/desk/board']]);
    await desk.page.keyboard.press('/');
    await desk.page.keyboard.type(shown.reference);
    await desk.page.keyboard.press('Enter');
    await desk.page.getByRole('heading', {name: 'Search'}).waitFor();
    await desk.page.locator('li.card', {hasText: shown.reference}).waitFor();
    await desk.page.keyboard.press('j');
    assert.ok(await desk.page.evaluate(() => document.activeElement?.closest('li.card') !== null), 'j goes to what was found');
    await desk.page.goto(path);
    await lookAtPhoto(desk.page, 'Was there a roof?');
    await photoSize(desk.page);
    assert.deepEqual(await faultsOf(desk.page, 'case, looking'), []);
    await desk.context.close();
    const keeper = await open();
    await signInAtDesk(keeper.page, {...await server.admin('agent-add', `head-${unique()}@example.org`, '--role', 'administrator'), lastStep: 0});
    await assertFine(keeper.page, [['people', '/desk/agents'], ['round', `/desk/rounds/${stage.driver.id}`], ['import', `/desk/import?shipper=${shipper.id}`],
        ['board, one column', '/desk/board?column=delivered'], ['account of an administrator', '/desk/account'], ['complaints', '/desk/complaints'],
        ['without a case, found', `/desk/break-glass?find=${shown.id}`]]);
    await keeper.page.locator('input[name=reason][value=privacy_complaint]').check();
    await keeper.page.getByLabel('In your words').fill('A neighbour says that the picture shows their child at the window.');
    await keeper.page.getByRole('button', {name: 'Look without a case'}).click();
    await photoSize(keeper.page);
    assert.deepEqual(await faultsOf(keeper.page, 'without a case, looking'), []);
    await keeper.page.goto('/desk/agents');
    await keeper.page.getByText('Invite somebody').click();
    await keeper.page.getByLabel('E-mail address').fill(`kim-${unique()}@example.org`);
    await keeper.page.getByRole('button', {name: 'Invite', exact: true}).click();
    await keeper.page.getByRole('img', {name: 'QR code of the link'}).waitFor();
    assert.deepEqual(await faultsOf(keeper.page, 'invitation'), []);
    await keeper.context.close();

    await page.goto(`/orders/${shown.id}`);
    await page.getByText('Share this photo').click();
    await page.getByRole('button', {name: 'Share with the shop'}).click();
    await page.getByText('The shop can see this photo.').waitFor({state: 'attached'});
    await assertFine(page, [['orders', '/orders'], ['order, announced', `/orders/${announced.id}`], ['order, out for delivery', `/orders/${out.id}`],
        ['order, photo and case', `/orders/${shown.id}`], ['order, photo deleted', `/orders/${erased.id}`], ['order, withheld', `/orders/${withheld.id}`],
        ['no such order', '/orders/nowhere', 404]]);
    await page.goto('/account');
    await page.getByRole('button', {name: 'No photos of any of my deliveries'}).click();
    await page.getByText('No photos will be taken of your deliveries.').waitFor();
    assert.deepEqual(await faultsOf(page, 'account, refused'), []);
    await assertFine(page, [['order, declined', `/orders/${announced.id}`]]);
    await context.close();
});
