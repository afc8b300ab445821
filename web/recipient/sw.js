// SPDX-License-Identifier: Apache-2.0
//
// The recipients' service worker: says that something became of a parcel. It has no other business: no page and no request
// passes through it, so it keeps nothing, and the driver's app below /drive/ has a worker of its own.
//
// A message says which kind of event, which order, its number and the language that its reader chose, and nothing else. The sentences stand here, and say nothing
// about what, where or for whom: a locked screen is read by others. A photo is shown only where its recipient switched that on;
// then it is fetched from our own server, with the recipient's session, so that it passes through nobody's hands and a photo that
// was withheld or erased meanwhile is not shown.
(() => {
    /** @type {any} */
    const worker = self;

    // ---- words ----

    // What is said, by language and English text; filled in when the program is built (src/pages/embed.py).
    const CATALOGUES = {};

    const MSG = (text) => text;

    // Titles by kind of event; what is said of a kind that this worker does not know yet; and the line below.
    const SAID = {
        titles: {
            'delivery.out_for_delivery': MSG('A parcel is on its way to you'),
            'delivery.delivered': MSG('A parcel arrived'),
            'delivery.attempted': MSG('A parcel could not be handed over'),
            'delivery.returned': MSG('A parcel is not coming'),
            'delivery.cancelled': MSG('A parcel is not coming'),
            'photo.posted': MSG('A parcel arrived, and there is a photo'),
            'photo.looked': MSG('Support looked at a photo of yours'),
            break_glass: MSG('An administrator looked at a photo of yours without a case'),
            'case.opened': MSG('Support has written to you'),
            'case.answered': MSG('Support has answered you'),
            'case.resolved': MSG('Support has closed your case'),
            test: MSG('This phone is told'),
        },
        other: MSG('There is news about a parcel'),
        open: MSG('Tap to see it.'),
        tested: MSG('This is how it looks when a parcel arrives.'),
    };

    /** The language of a message: what its reader chose, else the first of the browser's that there are words in. */
    function languageOf(message) {
        const known = (name) => name === 'en' || Object.hasOwn(CATALOGUES, name);
        const wanted = (worker.navigator.languages ?? []).map((language) => language.split('-')[0]);
        return [message.lang, ...wanted].find(known) ?? 'en';
    }

    const inLanguage = (lang, text) => CATALOGUES[lang]?.[text] ?? text;

    // ---- showing ----

    // What is said of one thing replaces what was said of it before.
    const threadOf = (kind) => (kind === 'photo.looked' ? 'look' : kind === 'break_glass' ? kind : kind.startsWith('case.') ? 'case' : 'delivery');

    /** A message, whatever came: what is not understood is still shown, as browsers demand. */
    function read(data) {
        let message = {};
        try {
            message = data.json() ?? {};
        } catch {
            // said as news of a kind that is not known
        }
        const order = /^dlv_[0-9a-z]{26}$/.test(message.order) ? message.order : null;
        const kind = message.break_glass === true ? 'break_glass' : typeof message.kind === 'string' ? message.kind : 'other';
        const lang = typeof message.lang === 'string' ? message.lang : '';
        return {kind, order, lang, number: Number.isSafeInteger(message.number) ? message.number : 0};
    }

    function optionsOf(message, lang) {
        const {kind, order} = message;
        return {body: inLanguage(lang, kind === 'test' ? SAID.tested : SAID.open), lang, icon: '/icon-192.png', tag: order ? `${order} ${threadOf(kind)}` : kind, data: message};
    }

    async function tell(data) {
        const message = read(data);
        const lang = languageOf(message);
        const title = inLanguage(lang, Object.hasOwn(SAID.titles, message.kind) ? SAID.titles[message.kind] : SAID.other);
        const options = optionsOf(message, lang);
        const shown = await worker.registration.getNotifications({tag: options.tag});
        if (shown.some((notification) => notification.data?.number > message.number)) return; // the newer came first
        // The photo a moment after "arrived" is the same news: the phone need not sound twice.
        const again = message.kind === 'photo.posted' && shown.some((notification) => notification.data?.kind === 'delivery.delivered');
        await worker.registration.showNotification(title, {...options, renotify: !again});
        if (message.kind === 'photo.posted' && message.order) await addPicture(title, options);
    }

    // ---- the picture ----

    const PATIENCE_MS = 10_000;
    const LARGEST = 300_000; // bytes of a preview; ours are smaller

    async function fetchPicture(order) {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        const wanted = await fetch('/v1/me/push', {signal});
        if (!wanted.ok || !(await wanted.json()).picture) return null;
        const answer = await fetch(`/v1/me/orders/${order}/photo?size=preview`, {signal, cache: 'no-store'});
        const photo = answer.ok ? await answer.blob() : null;
        if (!photo || photo.type !== 'image/jpeg' || photo.size > LARGEST) return null;
        const bytes = new Uint8Array(await photo.arrayBuffer());
        let text = '';
        for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
        return `data:image/jpeg;base64,${btoa(text)}`;
    }

    /** The words are shown at once and the picture follows, unless the notification was taken away meanwhile. */
    async function addPicture(title, options) {
        try {
            const image = await fetchPicture(options.data.order);
            const shown = image ? await worker.registration.getNotifications({tag: options.tag}) : [];
            if (shown.some((notification) => notification.data?.number === options.data.number))
                await worker.registration.showNotification(title, {...options, image, silent: true});
        } catch {
            // no network, no session: the words are there
        }
    }

    // ---- what the browser says ----

    worker.addEventListener('install', () => worker.skipWaiting());

    worker.addEventListener('push', (event) => event.waitUntil(tell(event.data)));

    worker.addEventListener('notificationclick', (event) => {
        event.notification.close();
        const order = event.notification.data?.order;
        event.waitUntil(open(order ? `/orders/${order}` : '/account'));
    });

    /** The page, in a window that shows it already or in a new one. */
    async function open(path) {
        const windows = await worker.clients.matchAll({type: 'window', includeUncontrolled: true});
        const there = windows.find(({url}) => new URL(url).pathname === path);
        if (!there) return worker.clients.openWindow(path);
        const renewed = await there.navigate(path).catch(() => null); // not ours to steer: it is shown as it is
        return (renewed ?? there).focus();
    }

    worker.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

    const sha256 = async (text) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).subarray(0, 16)]
        .map((byte) => byte.toString(16).padStart(2, '0')).join('');

    /** The push service gave this browser another address. Only who was told here before is told here again. */
    async function renew({oldSubscription, newSubscription}) {
        const answer = await fetch('/v1/me/push');
        if (!answer.ok || !oldSubscription) return;
        const {application_server_key: key, items} = await answer.json();
        const mark = await sha256(oldSubscription.endpoint);
        const before = items.find((item) => item.mark === mark);
        if (!before) return;
        const fresh = newSubscription ?? await worker.registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key});
        await fetch('/v1/me/push', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(fresh)});
        if (fresh.endpoint !== oldSubscription.endpoint) await fetch(`/v1/me/push/${before.id}`, {method: 'DELETE'});
    }
})();
