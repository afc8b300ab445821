// SPDX-License-Identifier: Apache-2.0
//
// The pages in other languages: in the pseudo-languages no English is left, nothing is cut off on a phone or on a desk,
// and axe finds nothing, from left to right and from right to left. German and Spanish have room too.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {after, test} from 'node:test';
import {browser as pushBrowser} from '../e2e/support/browsers.js';
import {linkIn, messageTo} from '../e2e/support/mail.js';
import {addAgent, addDelivery, anyone, photograph, photoState, sendOut, setStage, signIn, unique} from '../e2e/support/world.js';
import {lookAtPhoto, openBrowser, openWindow, reportProblem, signInAtDesk, signInWithMail} from './browser.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTHS = [320, 1280];

const stage = await setStage({after}, {server: {pseudo_languages: 'yes'}});
const {server, shipper, driver} = stage;
const browser = await openBrowser({after});
const email = `robin-${unique()}@example.org`;

/** What is data on a page, and no word of ours. */
const data = new Set(['Porchlight', 'English', 'Deutsch', 'Español', 'Europe/Berlin', 'UTC', 'Robin Vale', '12 Lantern Lane', '10115 Berlin', 'Behind the blue bench.', email,
    shipper.name, driver.name]);

/** The paths to look at, each with its reader's window. */
async function furnish() {
    const announced = await addDelivery(shipper, email);
    const {delivery: out} = await sendOut(stage, email);
    const {delivery: shown} = await photograph(stage, email);
    const {delivery: withheld} = await photograph(stage, email, {more: {confidential: 'protected'}});
    await photoState(shipper, shown.id, 'posted');
    await photoState(shipper, withheld.id, 'withheld');
    const recipient = await openWindow(browser, server, {bypassCSP: true});
    await signInWithMail(recipient.page, server, email);
    await recipient.page.goto(`/orders/${shown.id}`);
    await reportProblem(recipient.page, 'It was left in the open', 'It stood in the rain.');
    const agent = await addAgent(server, shipper);
    const desk = await openWindow(browser, server, {bypassCSP: true});
    await signInAtDesk(desk.page, agent);
    const path = await desk.page.locator('li', {hasText: shown.reference}).getByRole('link').getAttribute('href');
    await desk.page.goto(path);
    await lookAtPhoto(desk.page, 'Was there a roof?');
    for (const text of ['It stood in the rain.', 'Was there a roof?', agent.email]) data.add(text);
    for (const {id, reference} of [announced, out, shown, withheld]) data.add(id).add(reference);
    const first = await messageTo(server, email, /^A parcel is on its way/);
    const refuse = linkIn(first, '/r/'), stop = first.headers['list-unsubscribe'].match(/(\/u\/[\w-]+)/)[1];
    const {json: told} = await (await signIn(server, email)).client.post('/v1/me/push', pushBrowser(), {status: 201});
    data.add(told.service);
    const dispatcher = await addAgent(server, shipper, `dispatch-${unique()}@example.org`, 'dispatcher');
    const dispatch = await openWindow(browser, server, {bypassCSP: true});
    await signInAtDesk(dispatch.page, dispatcher, '/desk/drivers');
    data.add(dispatcher.email);
    const nobody = await openWindow(browser, server, {bypassCSP: true});
    const chief = {...await server.admin('agent-add', `chief-${unique()}@example.org`, '--role', 'administrator'), lastStep: 0};
    const head = await openWindow(browser, server, {bypassCSP: true});
    await signInAtDesk(head.page, chief);
    data.add(chief.email);
    await recipient.page.goto(`/orders/${out.id}`);
    await recipient.page.getByRole('button', {name: 'No photo of this delivery'}).click();
    const {json: complaint} = await anyone(server).post('/v1/complaints', {kind: 'in_picture', place: '12 Lantern Lane', text: 'My child is in it.'}, {status: 201});
    data.add('My child is in it.');
    return [
        {...nobody, paths: ['/sign-in', '/privacy', new URL(shown.tracking_url).pathname, new URL(out.tracking_url).pathname, '/desk/sign-in', '/nowhere',
            refuse, stop, new URL(complaint.url).pathname]},
        {...recipient, paths: ['/orders', `/orders/${announced.id}`, `/orders/${out.id}`, `/orders/${shown.id}?done=problem_reported`, `/orders/${withheld.id}`,
            '/account?done=picture_on', '/account?done=notices_saved', '/account/delete', '/orders/nowhere']},
        {...dispatch, paths: ['/desk/drivers']},
        {...head, paths: ['/desk/agents', '/desk/account', `/desk/break-glass?find=${shown.id}`, '/desk/complaints']},
        {...desk, paths: ['/desk?show=all', `/desk?find=${withheld.id}`, '/desk?find=nothing', path]},
    ];
}

/** All that a page says: texts and spoken attributes, each once. */
const spoken = (page) => page.evaluate(() => {
    const said = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) { // what is for those without scripts is a text here, markup and all
        const {nodeValue, parentElement} = walker.currentNode;
        said.add(parentElement.closest('noscript') ? nodeValue.replace(/<[^>]*>/g, ' ') : nodeValue);
    }
    for (const name of ['alt', 'aria-label', 'data-news', 'placeholder', 'title'])
        for (const element of document.querySelectorAll(`[${name}]`)) said.add(element.getAttribute(name));
    return [...said];
});

/** What of it is English: letters that the accented language has none of. */
function english(texts) {
    const longestFirst = [...data].sort((a, b) => b.length - a.length);
    return texts.map((text) => longestFirst.reduce((rest, known) => rest.replaceAll(known, ''), text))
        .map((text) => text.replace(/\b(dlv|cas|req|drv)_\w+/g, '')).filter((text) => /[abcdefghijklnoprstuwyz]/.test(text));
}

/** What does not fit: elements that reach out of the window, and texts that are cut off. */
const clipped = (page) => page.evaluate(() => {
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push(`${document.documentElement.scrollWidth} pixels wide`);
    for (const element of document.body.querySelectorAll('*')) {
        const {left, right, width} = element.getBoundingClientRect();
        if (width <= 1 || element.closest('.unseen, .skip, svg')) continue;
        if (left < -1 || right > innerWidth + 1) faults.push(`${element.outerHTML.slice(0, 100)} reaches from ${Math.round(left)} to ${Math.round(right)}`);
        if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible' && element.tagName !== 'INPUT')
            faults.push(`${element.outerHTML.slice(0, 100)} is cut off`);
    }
    return faults;
});

async function violations(page) {
    if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe);
    return page.evaluate(async (rules) => {
        // @ts-ignore: axe was just put there
        const result = await globalThis.axe.run(document, {resultTypes: ['violations'], runOnly: rules});
        return result.violations.map(({id, nodes}) => `${id} ${nodes.map(({html}) => html.slice(0, 120)).slice(0, 3).join(' | ')}`);
    }, RULES);
}

/** Everything that is wrong with all pages in a language. */
async function faultsIn(language, dir, windows) {
    const faults = [];
    for (const {page, context, paths} of windows) {
        await context.setExtraHTTPHeaders({'accept-language': language});
        for (const path of paths) {
            const at = (fault) => `${language} ${path}: ${fault}`;
            const answer = await page.goto(path);
            assert.equal(answer.headers()['content-language'], language, at('Content-Language'));
            const html = await page.evaluate(() => ({lang: document.documentElement.lang, dir: document.documentElement.dir}));
            assert.deepEqual(html, {lang: language, dir}, at('html'));
            await page.evaluate(() => {
                document.querySelectorAll('details').forEach((fold) => { fold.open = true; });
                const card = document.querySelector('#push');
                const copy = /** @type {HTMLElement} */ (card?.cloneNode(true)); // which its script does not watch
                for (const part of card ? [copy, ...copy.querySelectorAll('[hidden]')] : []) part.removeAttribute('hidden');
                card?.replaceWith(copy);
            });
            if (language === 'en-XA') faults.push(...english(await spoken(page)).map((text) => at(`says "${text.trim()}"`)));
            for (const width of WIDTHS) {
                await page.setViewportSize({width, height: 800});
                faults.push(...(await clipped(page)).map((fault) => at(`at ${width} ${fault}`)));
            }
            if (dir === 'rtl' || language === 'en-XA') faults.push(...(await violations(page)).map(at));
        }
    }
    return faults;
}

test('in accented, long English and from right to left nothing is forgotten, cut off or hard to use; German and Spanish fit', async () => {
    const windows = await furnish();
    const faults = [];
    for (const [language, dir] of [['en-XA', 'ltr'], ['ar-XB', 'rtl'], ['de', 'ltr'], ['es', 'ltr']]) faults.push(...await faultsIn(language, dir, windows));
    assert.deepEqual(faults, []);
    for (const {complaints} of windows) assert.deepEqual(complaints.filter((complaint) => !/404/.test(complaint)), []);
});
