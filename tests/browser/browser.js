// SPDX-License-Identifier: Apache-2.0
//
// A browser for tests, and what people do in it: sign in with a mailed code, or at the desk with password and authenticator.
import assert from 'node:assert/strict';
import {chromium} from 'playwright-core';
import {CODES, messagesTo, newestCode} from '../e2e/support/mail.js';
import {patience} from '../e2e/support/server.js';
import {nextCode} from '../e2e/support/world.js';

export const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
const WAIT_MS = 15_000 * patience;

/** Chromium; ended after the test or file. @param {{after: (fn: () => any) => void} | null} t null: the caller closes it */
export async function openBrowser(t) {
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS});
    t?.after(() => browser.close());
    return browser;
}

/**
 * A person's window: cookies of their own, and a list of what the browser complained about.
 * @param {import('playwright-core').Browser} browser
 * @param {import('../e2e/support/server.js').Server} server
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openWindow(browser, server, options = {}) {
    const context = await browser.newContext({baseURL: server.origin, viewport: {width: 1000, height: 800}, ...options});
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`); });
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    return {context, page, complaints};
}

/** Through the sign-in form and the code of the e-mail, to the orders. */
export async function signInWithMail(page, server, email) {
    const before = (await messagesTo(server, email, CODES)).length;
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', {name: 'Send me a code'}).click();
    await page.getByLabel('Code', {exact: true}).fill(await newestCode(server, email, before));
    await page.getByRole('button', {name: 'Sign in', exact: true}).click();
    await page.waitForURL('**/orders');
}

/** At the desk, with password and authenticator. */
export async function signInAtDesk(page, agent, place = '/desk') {
    await page.goto(place);
    await page.waitForURL('**/desk/sign-in');
    await page.getByLabel('E-mail address').fill(agent.email);
    await page.getByLabel('Password').fill(agent.password);
    await page.getByLabel('Code from your authenticator').fill(await nextCode(agent));
    await page.getByRole('button', {name: 'Sign in', exact: true}).click();
    await page.waitForURL(`**${place}`);
}

/** What the only photo of a page measures, once it is loaded: {width, height}. */
export async function photoSize(page) {
    const image = page.locator('figure.photo img');
    await image.waitFor();
    const {width, height} = await image.evaluate(async (img) => {
        await img.decode();
        return {width: img.naturalWidth, height: img.naturalHeight};
    });
    assert.ok(width > 0 && height > 0, 'the photo is empty');
    return {width, height};
}

/** Reports a problem from an order's page. */
export async function reportProblem(page, kind, text) {
    await page.getByText('Report a problem').click();
    await page.getByLabel(kind).check();
    await page.getByLabel('What happened?').fill(text);
    await page.getByRole('button', {name: 'Send report'}).click();
    await page.getByText('Your report has been sent.').waitFor();
}

/** Looks at the photo of the case whose page is open. */
export async function lookAtPhoto(page, note) {
    await page.locator('input[name=reason][value=verify_location]').check();
    await page.getByLabel('In your words').fill(note);
    await page.getByRole('button', {name: 'Look at the photo'}).click();
    await page.getByText('Your look is recorded.').waitFor();
}
