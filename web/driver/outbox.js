// SPDX-License-Identifier: Apache-2.0
//
// From the door to the server: what the driver did is stored first (store.js), and sent whenever there is a network (sender.js).
// All that is known lies in the store, so a reload, a crash or an empty battery costs at most the request that was under way.
// This is the screens' one counterpart: what they hand over, what they see of it, and when sending is tried.
import {Link} from './link.js';
import {Pairing} from './pairing.js';
import {hasWork, view} from './queue.js';
import {Sender} from './sender.js';

/** @typedef {import('./types.js').Act} Act @typedef {import('./types.js').OutboxState} OutboxState */

/** Room for some pictures, and for the database to turn around in. */
const ENOUGH_BYTES = 30 * 1024 * 1024;
/** Slept through or offline: looked at so often even if nothing says so. */
const HEARTBEAT_MS = 60_000;

export class Outbox {
    /** @type {Act[]} */
    #acts = [];
    /** @type {Set<() => void>} */
    #watchers = new Set();
    #ended = null;
    #clockGap = 0;
    #over = new AbortController();

    /**
     * @param {{store: import('./store.js').Store, api: typeof import('./api.js'), upload?: (job: import('./types.js').UploadJob) => Promise<import('./types.js').UploadOutcome>, now?: () => number}} parts
     *   upload: by default upload.js, fetched when it is first used; now: the phone's clock
     */
    constructor({store, api, upload = uploadLater, now = Date.now}) {
        const tell = () => this.#tell();
        this.store = store;
        this.now = now;
        this.link = new Link(tell);
        this.pairing = new Pairing({store, api, link: this.link, now: () => this.now()});
        this.sender = new Sender({store, api, upload, link: this.link, pairing: this.pairing, now: () => this.now(), tell});
    }

    // ---- life ----

    /** Takes up what is stored, and goes on whenever there may be a network. */
    async start() {
        const {signal} = this.#over;
        import('./upload.js').catch(() => {}); // at hand before it is needed
        const unwatch = this.store.watch(() => { this.#read().then(() => this.sender.kick()); });
        signal.addEventListener('abort', unwatch);
        await this.#read();
        addEventListener('online', () => { this.link.set(true); this.kick('online'); }, {signal});
        addEventListener('offline', () => { this.link.set(false); }, {signal});
        addEventListener('pageshow', () => this.kick('pageshow'), {signal});
        document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') this.kick('visible'); }, {signal});
        const heart = setInterval(() => this.kick('timer'), HEARTBEAT_MS);
        signal.addEventListener('abort', () => clearInterval(heart));
        navigator.storage?.persist?.().catch(() => {});
        this.kick('start');
    }

    /** Ends what is under way; everything stays stored. */
    stop() {
        this.sender.stop();
        this.#over.abort();
    }

    /** Sends now what can be sent. @param {string} reason a word for who asks: online, visible, timer … */
    kick(reason) {
        this.sender.kick(reason !== 'timer');
    }

    /** Sends what can be sent and comes to an end; for the service worker. @returns {Promise<boolean>} true: nothing is left */
    async drain() {
        await this.#read();
        await this.sender.once();
        await this.#read();
        return !this.#acts.some(hasWork);
    }

    // ---- what the screens see ----

    /** @param {() => void} fn called after each change @returns {() => void} ends it */
    watch(fn) {
        this.#watchers.add(fn);
        return () => this.#watchers.delete(fn);
    }

    /** @returns {OutboxState} */
    state() {
        const acts = this.#acts.map((act) => view(act, {now: this.now(), reporting: this.sender.reporting.has(act.id), progress: this.sender.progress.get(act.id)}));
        const open = acts.filter(({state}) => state === 'undo' || state === 'waiting' || state === 'sending');
        return {
            online: this.link.online, waiting: open.length, sending: open.some(({state}) => state === 'sending'),
            ended: this.#ended, clock_gap_ms: this.#clockGap, acts,
        };
    }

    #tell() {
        for (const fn of this.#watchers) fn();
    }

    async #read() {
        const [acts, device, round] = await Promise.all([this.store.acts(), this.store.device(), this.store.kept('round')]);
        this.#acts = acts;
        this.#ended = device?.ended ?? null;
        this.#clockGap = round?.clock_gap_ms ?? 0;
        this.#tell();
    }

    // ---- what the driver does ----

    /**
     * Stores what was done at a stop, for good before this resolves; sending begins when it can no longer be undone.
     * A picture for a stop where none may be taken is not even stored (R6).
     * @param {string} stopId @param {import('./types.js').Capture} what
     * @returns {Promise<string>} the act's id
     */
    async capture(stopId, what) {
        const [device, stops] = await Promise.all([this.store.device(), this.store.stops()]);
        const stop = stops.find(({delivery_id: id}) => id === stopId);
        if (!device || !stop) throw new Error('this stop is not on the round');
        const captured_at = what.captured_at ?? new Date(this.now()).toISOString();
        const photo = what.photo && stop.photo.state !== 'declined' ? what.photo : null;
        const row = photo && await this.#photoRow(stop, photo, {...what, captured_at});
        if (row) await this.#mustBeOwn(row, stop, stops);
        const id = await this.store.addAct({
            id: crypto.randomUUID(), delivery_id: stopId, device_id: device.device_id, driver_id: device.driver.id, kind: what.kind,
            left_at: what.left_at ?? null, proof: what.proof ?? null, reason: what.reason ?? null, captured_at,
            undo_until: this.now() + (what.undoMs ?? 0), begun: false, report: 'waiting', report_reason: null, photo: row,
        }, photo);
        askForSync();
        await this.#read();
        return id;
    }

    /** @returns {Promise<import('./types.js').ActPhoto>} */
    async #photoRow({challenge, attempt}, photo, {captured_at, anyway = null, place = null}) {
        const sha256 = await hashOf(photo);
        return {state: 'waiting', sha256, size: photo.size, challenge, attempt, captured_at, anyway, place, url: null, reason: null};
    }

    /** Two recipients never share a picture. */
    async #mustBeOwn({sha256}, stop, stops) {
        const household = ({name, address}) => JSON.stringify([name, address.lines]);
        for (const act of await this.store.acts()) {
            if (act.photo?.sha256 !== sha256) continue;
            const other = stops.find(({delivery_id: id}) => id === act.delivery_id);
            if (other && household(other) !== household(stop)) throw new Error('this picture is of another recipient\'s parcel');
        }
    }

    /** Takes an act back, with its picture, while nothing of it was sent. @param {string} id @returns {Promise<boolean>} false: too late */
    async undo(id) {
        const undone = await this.store.removeActs((act) => act.id === id && !act.begun) > 0;
        await this.#read();
        return undone;
    }

    /** Another picture in place of one that the server rejected. @param {string} id @param {import('./types.js').Retake} what */
    async retake(id, {photo, anyway = null, place = null, captured_at}) {
        const act = this.#acts.find((each) => each.id === id);
        if (act?.photo?.state !== 'retake') throw new Error('no picture is asked for');
        const row = await this.#photoRow(act.photo, photo, {captured_at: captured_at ?? new Date(this.now()).toISOString(), anyway, place});
        await this.store.changeAct(id, (now) => {
            if (now.photo?.state !== 'retake') return false;
            now.photo = row;
            return true;
        }, {photo});
        askForSync();
    }

    /** The same picture again, with a reason, where it was rejected as dark or blurred. @param {string} id @param {string} anyway */
    async sendAnyway(id, anyway) {
        await this.store.changeAct(id, ({photo}) => {
            if (photo?.state !== 'retake') return false;
            Object.assign(photo, {state: 'waiting', anyway, url: null, reason: null});
            return true;
        });
        askForSync();
    }

    /** No other PIN can be had: the report goes as it is, and the server notes that the PIN was not right. @param {string} id */
    async sendLate(id) {
        await this.store.changeAct(id, (now) => {
            if (now.report !== 'again') return false;
            now.again_until = 0;
            return true;
        });
        this.kick('late');
    }

    /** Gives up on a rejected picture: the stop can have no other. @param {string} id */
    async dropPhoto(id) {
        await this.store.changeAct(id, ({photo}) => {
            if (photo?.state !== 'retake') return false;
            Object.assign(photo, {state: 'dropped', place: null});
            return true;
        }, {photo: null});
    }

    /** Is there room for a picture? Asked before one is taken: of the browser, which may not know, and of the store. @returns {Promise<import('./types.js').Room>} */
    async room() {
        const told = await navigator.storage?.estimate?.().catch(() => null);
        const free = told?.quota === undefined || told.usage === undefined ? null : Math.max(0, told.quota - told.usage);
        return {free, enough: (free === null || free >= ENOUGH_BYTES) && await this.store.hold()};
    }

    // ---- pairing and the round ----

    /** Pairs this phone and fetches its stops. Throws an ApiError. @param {string} code */
    async pair(code) {
        await this.pairing.pair(code);
        this.kick('paired');
    }

    /** Forgets the pairing and the round; what waits to be sent stays, and is sent. */
    unpair() {
        return this.pairing.unpair();
    }

    /** Fetches the stops. Throws an ApiError. */
    refresh() {
        return this.pairing.refresh();
    }

    /** Asks how these stops stand now. Throws an ApiError. @param {string[]} ids */
    look(ids) {
        return this.pairing.look(ids);
    }

    /** Sets out; needs a network. Throws an ApiError. */
    startRound() {
        return this.pairing.startRound();
    }
}

/** @param {import('./types.js').UploadJob} job @returns {Promise<import('./types.js').UploadOutcome>} */
async function uploadLater(job) {
    const sender = await import('./upload.js').catch(() => null);
    return sender ? sender.upload(job) : {result: 'offline'};
}

/** @param {Blob} blob */
async function hashOf(blob) {
    const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Where the browser can, it lets the service worker send what waits even when the app is closed. */
function askForSync() {
    /** @type {any} */
    const ready = globalThis.navigator?.serviceWorker?.controller ? navigator.serviceWorker.ready : null;
    ready?.then((registration) => registration.sync?.register('outbox')).catch(() => {});
}
