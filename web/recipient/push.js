// SPDX-License-Identifier: Apache-2.0
//
// "Tell me on this phone": the card on the pages of an order and of the account. The card is hidden in the page and shown here,
// so that it is not there without JavaScript or where a browser cannot be told; its sentences stand in the page too, in the
// page's language. The browser is asked for nothing before a tap.
//
// Our server does not give endpoints out again. A browser finds itself among those that are told by a hash of its own endpoint,
// and so sees whether it is told for whoever is signed in now, and not for someone before.

/** @typedef {{id: string, mark: string}} Told */

const WORKER = '/sw.js';
const SHORT = 16; // bytes of the mark

const card = document.getElementById('push');
const can = card && isSecureContext && 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;

/** Phones on which only a page of the home screen can be told, and this is none yet. */
const wantsHome = card && isSecureContext && /** @type {any} */ (navigator).standalone === false;

/** @param {'off' | 'on' | 'blocked' | 'home'} state */
function show(state) {
    shown = state;
    for (const part of card.querySelectorAll('[data-when]')) hide(part, part.getAttribute('data-when') !== state);
    hide(card, false);
}

/** @type {'off' | 'on' | 'blocked' | 'home' | null} */
let shown = null;

/** Changes nothing where nothing is to be changed, since changes are watched. @param {Element} part @param {boolean} hidden */
function hide(part, hidden) {
    if (/** @type {HTMLElement} */ (part).hidden !== hidden) /** @type {HTMLElement} */ (part).hidden = hidden;
}

/** The page may be made anew around the card, as it came from the server: what the browser knows is then shown again. */
function keep() {
    new MutationObserver(() => { if (shown) show(shown); }).observe(card, {attributeFilter: ['hidden'], attributes: true, subtree: true});
}

/** One sentence of how it went, or none. @param {string} [word] */
function say(word) {
    for (const part of card.querySelectorAll('[data-said]')) hide(part, part.getAttribute('data-said') !== word);
}

class Refused extends Error {
    /** @param {number} status */
    constructor(status) {
        super(`the server answered ${status}`);
        this.status = status;
    }
}

/** @param {string} method @param {string} path @param {any} [body] @returns {Promise<any>} */
async function ask(method, path, body) {
    const headers = body === undefined ? {} : {'Content-Type': 'application/json'};
    const answer = await fetch(path, {method, headers, body: body === undefined ? undefined : JSON.stringify(body)});
    if (!answer.ok) throw new Refused(answer.status);
    return answer.status === 204 || answer.status === 202 ? null : answer.json();
}

/** @param {string} text base64url */
function bytesOf(text) {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}

/** @param {PushSubscription} subscription */
async function markOf(subscription) {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(subscription.endpoint)));
    return [...hash.subarray(0, SHORT)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The worker's address as browsers want it where only trusted ones are let through. */
function trusted() {
    /** @type {any} */
    const types = /** @type {any} */ (globalThis).trustedTypes;
    return types ? types.createPolicy('porchlight-worker', {createScriptURL: () => WORKER}).createScriptURL(WORKER) : WORKER;
}

async function current() {
    const registration = await navigator.serviceWorker.getRegistration('/');
    return await registration?.pushManager?.getSubscription() ?? null;
}

/** This browser among those that are told; null when it is not. @returns {Promise<Told | null>} */
async function findSelf() {
    const subscription = Notification.permission === 'granted' ? await current() : null;
    if (!subscription) return null;
    const [mark, {items}] = await Promise.all([markOf(subscription), ask('GET', '/v1/me/push')]);
    return items.find((/** @type {Told} */ item) => item.mark === mark) ?? null;
}

/** @type {Told | null} */
let self = null;
let registered = /** @type {Promise<ServiceWorkerRegistration> | null} */ (null);

async function subscribe() {
    const permission = await Notification.requestPermission();
    if (permission !== 'granted') return show(permission === 'denied' ? 'blocked' : 'off');
    registered ??= navigator.serviceWorker.register(trusted(), {scope: '/'});
    const [{application_server_key: key}] = await Promise.all([ask('GET', '/v1/me/push'), registered]);
    const {pushManager} = await navigator.serviceWorker.ready;
    const options = {userVisibleOnly: true, applicationServerKey: bytesOf(key)};
    const subscription = await pushManager.subscribe(options).catch(async () => {
        // One that was made for another key stands in the way.
        await (await pushManager.getSubscription())?.unsubscribe();
        return pushManager.subscribe(options);
    });
    self = await ask('POST', '/v1/me/push', subscription.toJSON());
    show('on');
}

async function unsubscribe() {
    const subscription = await current();
    if (self) await ask('DELETE', `/v1/me/push/${self.id}`).catch((error) => { if (error.status !== 404) throw error; });
    self = null;
    await subscription?.unsubscribe();
    show('off');
}

async function test() {
    await ask('POST', `/v1/me/push/${self.id}/test`);
    return 'tested';
}

const DOES = {subscribe, unsubscribe, test};

/** @param {Event} event */
async function tapped(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest?.('button[data-do]');
    if (!button) return;
    const buttons = card.querySelectorAll('button');
    buttons.forEach((each) => { each.disabled = true; });
    say('busy');
    try {
        say(await DOES[button.getAttribute('data-do')]() ?? undefined);
    } catch (error) {
        if (error instanceof Refused && error.status === 404) show('off'); // forgotten meanwhile
        say(error instanceof Refused && error.status === 429 ? 'wait' : 'failed');
    }
    buttons.forEach((each) => { each.disabled = false; });
}

async function begin() {
    card.addEventListener('click', tapped);
    if (Notification.permission === 'denied') return show('blocked');
    self = await findSelf().catch(() => null);
    return show(self ? 'on' : 'off');
}

if (can || wantsHome) keep();
if (can) await begin();
else if (wantsHome) show('home');
