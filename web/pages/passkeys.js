// SPDX-License-Identifier: Apache-2.0
//
// Passkeys: signing in with one, making one in a session, and making the first one by an invitation. What a page wants stands in
// its element's data-passkey; the element is hidden in the page and shown here, where the browser can. The sentences stand in the
// page too, in its language. Where the browser offers passkeys in the e-mail field, it is asked to; a tap on the button ends that.

const element = /** @type {HTMLElement | null} */ (document.querySelector('[data-passkey]'));
const can = element && isSecureContext && 'PublicKeyCredential' in globalThis;

const SPARE_MS = 30_000; // before a challenge runs out

class Refused extends Error {
    /** @param {number} status @param {string} type */
    constructor(status, type) {
        super(`the server answered ${status}`);
        this.status = status;
        this.type = type;
    }
}

/** @param {string} path @param {any} [body] @returns {Promise<any>} */
async function ask(path, body) {
    const headers = body === undefined ? {} : {'Content-Type': 'application/json'};
    const answer = await fetch(path, {method: 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body)});
    const json = await answer.json();
    if (!answer.ok) throw new Refused(answer.status, json.type);
    return json;
}

/** One sentence of how it went, or none. @param {string} [word] */
function say(word) {
    for (const part of element.querySelectorAll('[data-said]')) /** @type {HTMLElement} */ (part).hidden = part.getAttribute('data-said') !== word;
}

/** The word for what went wrong. @param {any} error */
function wordFor(error) {
    const byType = {'/problems/sign-in-again': 'again', '/problems/challenge-over': 'late', '/problems/invitation-over': 'late', '/problems/conflict': 'known'};
    if (error instanceof Refused) return byType[error.type] ?? (error.status === 429 ? 'wait' : error.status < 500 ? 'refused' : 'failed');
    if (error?.name === 'InvalidStateError') return 'known'; // the authenticator has one of ours
    return error?.name === 'NotAllowedError' || error?.name === 'AbortError' ? 'refused' : 'failed';
}

// ---- between JSON and what browsers take; PublicKeyCredential's own functions for it are younger than passkeys ----

/** @param {string} text base64url */
function bytesOf(text) {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} bytes */
function textOf(bytes) {
    return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @param {any} credential @param {string[]} members */
function jsonOf(credential, members) {
    const response = {};
    for (const name of members) if (credential.response[name]) response[name] = textOf(credential.response[name]);
    return {id: credential.id, type: credential.type, response};
}

const {options: optionsPath, answer: answerPath, then} = element?.dataset ?? {};

/** @param {any} options */
async function create(options) {
    const publicKey = {...options, challenge: bytesOf(options.challenge), user: {...options.user, id: bytesOf(options.user.id)},
        excludeCredentials: options.excludeCredentials.map((/** @type {any} */ each) => ({...each, id: bytesOf(each.id)}))};
    return jsonOf(await navigator.credentials.create({publicKey}), ['clientDataJSON', 'attestationObject']);
}

/** @param {any} options @param {any} [more] */
async function get(options, more = {}) {
    const publicKey = {...options, challenge: bytesOf(options.challenge), allowCredentials: []};
    return jsonOf(await navigator.credentials.get({publicKey, ...more}), ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle']);
}

/** What the name field says, if anything. */
function named() {
    const name = /** @type {HTMLInputElement | null} */ (document.getElementById('passkey-name'))?.value.trim();
    return name ? {name} : {};
}

// ---- what a tap does ----

/** The browser's offer in the e-mail field, while it stands. @type {AbortController | null} */
let offer = null;

async function signIn() {
    offer?.abort();
    await ask(answerPath, {credential: await get(await ask(optionsPath))});
    location.assign(then);
}

async function add() {
    await ask(answerPath, {...named(), credential: await create(await ask(optionsPath))});
    location.reload();
}

/** The invitation's secret stands behind the '#', and leaves the address before anything else is done. */
const invitation = location.hash.slice(1);

async function welcome() {
    const credential = await create(await ask(optionsPath, {invitation}));
    await ask(answerPath, {invitation, ...named(), credential});
    location.assign(then);
}

const DOES = {'sign-in': signIn, add, welcome};

/** @param {Event} event */
async function tapped(event) {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('button[data-do=passkey]'));
    if (!button) return;
    button.disabled = true;
    say('busy');
    try {
        await DOES[element.dataset.passkey]();
        say();
    } catch (error) {
        say(wordFor(error));
    }
    button.disabled = false;
}

/** Passkeys among what the browser fills the e-mail field with; asked for anew before a challenge runs out. */
async function offerPasskeys() {
    if (!await /** @type {any} */ (PublicKeyCredential).isConditionalMediationAvailable?.()) return;
    for (;;) {
        const options = await ask(optionsPath);
        const attempt = offer = new AbortController();
        const late = setTimeout(() => attempt.abort('late'), Math.max(options.timeout - SPARE_MS, SPARE_MS));
        try {
            const credential = await get(options, {mediation: 'conditional', signal: attempt.signal});
            say('busy');
            await ask(answerPath, {credential});
            location.assign(then);
            return;
        } catch (error) {
            if (attempt.signal.aborted && attempt.signal.reason === 'late') continue;
            if (!attempt.signal.aborted) say(error instanceof Refused ? wordFor(error) : undefined);
            return;
        } finally {
            clearTimeout(late);
        }
    }
}

if (can) {
    element.hidden = false;
    element.addEventListener('click', tapped);
    if (element.dataset.passkey === 'welcome') history.replaceState(null, '', location.pathname);
    if (element.dataset.passkey === 'sign-in') offerPasskeys().catch(() => {});
}
