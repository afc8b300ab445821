// SPDX-License-Identifier: Apache-2.0
//
// Keeps an open page true. The page names its stream (<meta name="live">); what comes on it is only that something changed,
// and the page then loads itself again, with the session it has, and takes over what is different: what is typed, chosen
// and focused stays. A picture that may not be shown any more is taken away before anything else is asked.
//
// Where the stream is refused or broken off the page asks from time to time, and tries the stream again. Pages are parsed by
// XMLHttpRequest into documents that run nothing, so no text ever becomes markup here (Trusted Types have nothing to allow).

/** What takes the pictures of a page away at once. `changed` is what is said when it is not known what happened. */
const WITHDRAWING = new Set(['photo.withheld', 'photo.erased', 'case.resolved', 'changed']);
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;
/** Not more often than this, whatever comes; a page that costs its server more says how long. */
const REST_MS = 300;

const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="live"]'));
const main = /** @type {HTMLElement} */ (document.getElementById('main'));
const said = /** @type {HTMLElement} */ (document.getElementById('live'));
const page = meta.dataset.page;

let seen = Number(meta.dataset.seen);
let waitMs = FIRST_WAIT_MS;
let stale = false;
let loading = false;
/** Pictures whose time is being watched. @type {WeakSet<Element>} */
const watched = new WeakSet();

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** A wait that grows, and is nobody else's. */
function nextWait() {
    const ms = waitMs * (1 + Math.random());
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    return ms;
}

// ---- taking a page over ----

/** @param {Element} element What it is the same by in two versions of a page; '' when only its place says. */
function keyOf(element) {
    const name = element.getAttribute('name');
    return element.id || element.getAttribute('aria-labelledby') || element.getAttribute('action') || element.getAttribute('src')
        || element.getAttribute('href') || (name ? `${name}=${element.getAttribute('value') ?? ''}` : '');
}

/** @param {Node | null} old @param {Node} fresh */
function same(old, fresh) {
    if (!old || old.nodeName !== fresh.nodeName) return false;
    return !(old instanceof Element) || keyOf(old) === keyOf(/** @type {Element} */ (fresh));
}

/** @param {Node | null} from @param {Node} fresh The one among the coming siblings that is the same. */
function findSame(from, fresh) {
    if (fresh.nodeType !== Node.ELEMENT_NODE) return null;
    for (let at = from; at; at = at.nextSibling) if (same(at, fresh)) return at;
    return null;
}

/** @param {Element} old @param {Element} fresh Whether a <details> is open is its reader's word. */
function takeAttributes(old, fresh) {
    for (const {name, value} of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const {name} of [...old.attributes])
        if (!fresh.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) old.removeAttribute(name);
}

/** @param {Element} old @param {Element} fresh Makes `old` what `fresh` is, and keeps what can be kept. */
function takeOver(old, fresh) {
    if (old.nodeName === 'NOSCRIPT') return; // text here, and elements in a document that runs nothing
    takeAttributes(old, fresh);
    if (old instanceof HTMLTextAreaElement) return;
    let at = old.firstChild;
    const drop = () => {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
    };
    const nodes = [...fresh.childNodes];
    for (const [i, node] of nodes.entries()) {
        // What is wanted further on stays where it is, for what is being typed into is not moved without need.
        while (at && !same(at, node) && !(at instanceof Element && nodes.slice(i + 1).some((later) => same(at, later)))) drop();
        const kept = same(at, node) ? at : findSame(at, node);
        if (!kept) {
            old.insertBefore(document.importNode(node, true), at);
            continue;
        }
        if (kept === at) at = at.nextSibling;
        else old.insertBefore(kept, at);
        if (kept instanceof Element) takeOver(kept, /** @type {Element} */ (node));
        else if (kept.nodeValue !== node.nodeValue) kept.nodeValue = node.nodeValue;
    }
    while (at) drop();
}

/** @param {ParentNode} root What the page says of how things stand. */
const sentences = (root) => [...root.querySelectorAll('[data-say]')].map((element) => element.textContent.trim()).filter(Boolean);

/** @param {Element} fresh */
function show(fresh) {
    const before = sentences(main);
    const active = document.activeElement;
    const inside = active && active !== main && main.contains(active);
    const typing = active instanceof HTMLTextAreaElement ? [active.selectionStart, active.selectionEnd] : null;
    const html = main.innerHTML;
    takeOver(main, fresh);
    if (inside && document.activeElement !== active) (active.isConnected ? /** @type {HTMLElement} */ (active) : main).focus({preventScroll: true});
    if (typing && active.isConnected) /** @type {HTMLTextAreaElement} */ (active).setSelectionRange(typing[0], typing[1]);
    if (main.innerHTML === html) return;
    const news = sentences(main).filter((sentence) => !before.includes(sentence));
    said.textContent = news.join(' ') || meta.dataset.news;
}

// ---- loading it again ----

/** @returns {Promise<XMLHttpRequest>} */
function load() {
    return new Promise((done, fail) => {
        const request = new XMLHttpRequest();
        const url = location.pathname === page ? location.pathname + location.search : page;
        request.open('GET', url);
        request.setRequestHeader('Accept', 'text/html');
        request.setRequestHeader('Porchlight-Unattended', '1'); // else an open page alone would keep its session in use
        request.responseType = 'document';
        request.timeout = 30_000;
        request.onload = () => done(request);
        request.onerror = request.ontimeout = () => fail(new Error('the page did not come'));
        request.send();
    });
}

/** Loads the page and shows it. False: not this time. */
async function refresh() {
    const request = await load().catch(() => null);
    if (!request || request.status === 429 || request.status >= 500) return false;
    const fresh = request.responseXML?.getElementById('main');
    const its = /** @type {HTMLMetaElement | null | undefined} */ (request.responseXML?.querySelector('meta[name="live"]'));
    if (request.status !== 200 || !fresh || !its || its.content !== meta.content) {
        location.replace(page); // signed out, or no longer theirs: the page itself says so
        return true;
    }
    seen = Math.max(seen, Number(its.dataset.seen));
    show(fresh);
    watchLooks();
    return true;
}

/** The page is not true any more: loads it until it is. */
async function renew() {
    stale = true;
    if (loading) return;
    loading = true;
    while (stale) {
        stale = false;
        if (!await refresh()) {
            stale = true;
            await pause(nextWait());
        } else await pause(Number(main.querySelector('[data-rest]')?.getAttribute('data-rest')) || REST_MS);
    }
    loading = false;
}

// ---- pictures ----

function dropPictures() {
    for (const picture of main.querySelectorAll('figure.photo')) picture.remove();
}

/** A look ends by the clock as well. */
function watchLooks() {
    for (const picture of /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll('figure[data-until]'))) {
        if (watched.has(picture)) continue;
        watched.add(picture);
        setTimeout(() => {
            if (!picture.isConnected) return;
            picture.remove();
            renew();
        }, Math.max(0, Math.min(Date.parse(picture.dataset.until) - Date.now(), 2 ** 31 - 1)));
    }
}

// ---- the stream ----

/** @param {MessageEvent<string>} event */
function onChange(event) {
    const {type} = JSON.parse(event.data);
    if (WITHDRAWING.has(type)) dropPictures();
    renew();
}

function listen() {
    let opened = false;
    const source = new EventSource(`${meta.content}?after=${seen}`);
    source.addEventListener('change', onChange);
    source.onopen = () => { opened = true; waitMs = FIRST_WAIT_MS; };
    source.onerror = async () => {
        if (source.readyState !== EventSource.CLOSED) return; // the browser comes back by itself
        if (opened) await renew(); // the session may have ended
        await pause(nextWait());
        await renew();
        listen();
    };
}

watchLooks();
listen();
