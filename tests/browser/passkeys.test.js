// SPDX-License-Identifier: Apache-2.0
//
// Passkeys in a browser, with the virtual authenticator of the DevTools protocol: an invitation, the desk, a recipient's account,
// and what becomes of an authenticator that does not know who touches it, or that somebody copied.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {startServer} from '../e2e/support/server.js';
import {anyone, unique} from '../e2e/support/world.js';
import {openBrowser, openWindow, signInWithMail} from './browser.js';

const server = await startServer({after});
const browser = await openBrowser({after});

/** A window whose device knows its owner's finger; `device` is how the DevTools protocol reaches it. */
async function visitor({offers = false, ...more} = {}) {
    const opened = await openWindow(browser, server);
    // The virtual device takes what is offered in the e-mail field at once; a person would have to choose it.
    if (!offers) await opened.context.addInitScript(() => { /** @type {any} */ (PublicKeyCredential).isConditionalMediationAvailable = async () => false; });
    const devtools = await opened.context.newCDPSession(opened.page);
    await devtools.send('WebAuthn.enable');
    const {authenticatorId} = await devtools.send('WebAuthn.addVirtualAuthenticator', {options: {protocol: 'ctap2', transport: 'internal',
        hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...more}});
    return {...opened, device: (method, params = {}) => devtools.send(/** @type {any} */ (`WebAuthn.${method}`), /** @type {any} */ ({authenticatorId, ...params}))};
}

/** What the page says of how it went. */
const said = (page, text) => page.getByRole('status').getByText(text).waitFor();

async function invited(role = 'agent') {
    const agent = await server.admin('agent-add', `agent-${unique()}@example.org`, '--role', role);
    return {agent, path: `/desk/welcome${new URL(agent.invitation_url).hash}`};
}

test('an invitation makes a passkey, which opens the desk from then on', async () => {
    const {agent, path} = await invited();
    const {page, context, complaints, device} = await visitor();
    await page.goto(path);
    assert.equal(new URL(page.url()).hash, '', 'the secret leaves the address');
    await page.getByLabel('Name of the passkey').fill('Laptop');
    await page.getByRole('button', {name: 'Make a passkey'}).click();
    await page.waitForURL('**/desk/account');
    await page.getByText('Laptop').waitFor();
    await page.getByText(agent.email).waitFor();
    const {credentials: [credential]} = await device('getCredentials');
    assert.deepEqual([credential.rpId, credential.isResidentCredential], ['localhost', true]);
    await page.getByRole('button', {name: 'Sign out'}).click();
    await page.waitForURL('**/desk/sign-in**');
    await page.getByRole('button', {name: 'Sign in with a passkey'}).click();
    await page.waitForURL('**/desk');
    await page.goto(path);
    await page.getByRole('button', {name: 'Make a passkey'}).click();
    await said(page, 'the link is not good any more');
    assert.deepEqual(complaints.filter((line) => !/status of (401|404|409)/.test(line)), []);
    await context.close();
});

test('a recipient adds a passkey, signs in with it, and removes it', async () => {
    const {page, context, complaints} = await visitor();
    await signInWithMail(page, server, `robin-${unique()}@example.org`);
    await page.goto('/account');
    await page.getByLabel('Name of the new passkey').fill('My phone');
    await page.getByRole('button', {name: 'Add a passkey'}).click();
    await page.getByText('Not used yet.').waitFor();
    await page.getByRole('button', {name: 'Add a passkey'}).click();
    await said(page, 'This device has a passkey for you already');
    await page.getByRole('button', {name: 'Sign out'}).click();
    await page.waitForURL('**/sign-in**');
    await page.getByRole('button', {name: 'Sign in with a passkey'}).click();
    await page.waitForURL('**/orders');
    await page.goto('/account');
    await page.getByText('Last used').waitFor();
    await page.getByRole('button', {name: 'Remove My phone'}).click();
    await page.getByText('The passkey is removed.').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
});

test('a passkey chosen in the e-mail field signs in as well', async () => {
    const {path} = await invited('dispatcher');
    const {page, context} = await visitor({offers: true});
    await page.goto(path);
    await page.getByRole('button', {name: 'Make a passkey'}).click();
    await page.waitForURL('**/desk/account');
    await page.getByRole('button', {name: 'Sign out'}).click();
    await page.waitForURL('**/desk/drivers');
    await context.close();
});

test('who is not verified, or comes with a counter that went back, does not come in', async () => {
    const {path} = await invited();
    const {page, context, device} = await visitor();
    await page.goto(path);
    await page.getByRole('button', {name: 'Make a passkey'}).click();
    await page.waitForURL('**/desk/account');
    await context.clearCookies();
    await page.goto('/desk/sign-in');
    const tap = () => page.getByRole('button', {name: 'Sign in with a passkey'}).click();
    await device('setUserVerified', {isUserVerified: false});
    await tap();
    await said(page, 'or sign in another way');
    await device('setUserVerified', {isUserVerified: true});
    const {credentials: [credential]} = await device('getCredentials');
    await tap();
    await page.waitForURL('**/desk');
    await context.clearCookies();
    await page.goto('/desk/sign-in');
    // A copy of the passkey as it was before: its counter stands lower than what the server saw.
    await device('removeCredential', {credentialId: credential.credentialId});
    await device('addCredential', {credential: {...credential, signCount: 0}});
    await tap();
    await said(page, 'or sign in another way');
    assert.match(server.log, /passkey\.counter_back/);
    await context.close();
});

test('a page of another origin of the same name cannot use the passkey', async () => {
    const {path} = await invited();
    const {page, context} = await visitor();
    await page.goto(path);
    await page.getByRole('button', {name: 'Make a passkey'}).click();
    await page.waitForURL('**/desk/account');
    // The rpId is a name without a port, so the browser lets this page ask; its origin is in what is signed.
    await context.route('http://localhost:9/**', (route) => route.fulfill({contentType: 'text/html', body: '<!doctype html><title>x</title>'}));
    const {json: options} = await anyone(server).post('/v1/desk/passkey/options', undefined, {status: 200});
    await page.goto('http://localhost:9/');
    const credential = await page.evaluate(async ({challenge, rpId}) => {
        const text = (/** @type {ArrayBuffer} */ bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        const bytes = Uint8Array.from(atob(challenge.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
        const got = /** @type {any} */ (await navigator.credentials.get({publicKey: {challenge: bytes, rpId, userVerification: 'required'}}));
        const {clientDataJSON, authenticatorData, signature, userHandle} = got.response;
        return {id: got.id, type: got.type, response: {clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: text(userHandle)}};
    }, options);
    assert.match(Buffer.from(credential.response.clientDataJSON, 'base64url').toString(), /"origin":"http:\/\/localhost:9"/);
    await anyone(server).refused('bad-sign-in', 'POST', '/v1/desk/passkey', {json: {credential}});
    await context.close();
});
