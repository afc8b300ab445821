// SPDX-License-Identifier: Apache-2.0
//
// From the door to the server: what the driver did is stored first (store.js), and sent whenever there is a network. Two
// lanes work side by side, reports and photos, so that a delivery never waits for its picture; each keeps the order of
// things, but one act that the server cannot digest does not hold up those of other stops. All that is known lies in the
// store, so a reload, a crash or an empty battery costs at most the request that was under way, and every request may be
// made twice: a report by its Idempotency-Key, a photo by its challenge and hash.
//
// A picture is deleted in two cases: against the server's signed receipt or refusal (receipt.js), in the transaction that
// writes the verdict; and by the driver, who undoes the act, or takes another picture for one that the server rejected.
import {ApiError} from './api.js';
import {IDLE, Lane, MORE} from './lane.js';
import {hasWork, inUse, isDone, nextPhoto, nextReport, view} from './queue.js';

/** @typedef {import('./types.js').Act} Act @typedef {import('./types.js').OutboxState} OutboxState @typedef {import('./types.js').Device} Device */

/** Room for some pictures, and for the database to turn around in. */
const ENOUGH_BYTES = 30 * 1024 * 1024;
/** Acts that were sent are shown for so long. */
const SHOWN_MS = 24 * 3600_000;
/** A stop's own trouble, or a verdict that is awaited: how long it is left alone, by how often it was. */
const DEFER_MS = [5000, 15_000, 60_000, 300_000, 900_000];
const TELL_EVERY_MS = 200;
/** Slept through or offline: looked at so often even if nothing says so. */
const HEARTBEAT_MS = 60_000;

export class Outbox {
    /** @type {Act[]} */
    #acts = [];
    /** @type {Map<string, number>} the part of each photo that is under way */
    #progress = new Map();
    /** @type {Set<string>} acts whose report is under way */
    #reporting = new Set();
    /** @type {Map<string, {until: number, times: number}>} acts that are left alone for a while, by performance.now() */
    #deferred = new Map();
    /** @type {Set<() => void>} */
    #watchers = new Set();
    #online = globalThis.navigator?.onLine ?? true;
    #ended = null;
    #clockGap = 0;
    #toldAt = 0;
    #over = new AbortController();

    /**
     * @param {{store: import('./store.js').Store, api: typeof import('./api.js'), upload?: (job: import('./types.js').UploadJob) => Promise<import('./types.js').UploadOutcome>, now?: () => number}} parts
     *   upload: by default upload.js, fetched when it is first used; now: the phone's clock
     */
    constructor({store, api, upload = uploadLater, now = Date.now}) {
        this.store = store;
        this.api = api;
        this.upload = upload;
        this.now = now;
        this.reports = new Lane('porchlight-reports', () => this.#sendReport());
        this.photos = new Lane('porchlight-photos', () => this.#sendPhoto());
    }

    // ---- life ----

    /** Takes up what is stored, and goes on whenever there may be a network. */
    async start() {
        const {signal} = this.#over;
        import('./upload.js').catch(() => {}); // at hand before it is needed
        const unwatch = this.store.watch(() => { this.#read().then(() => this.#work()); });
        signal.addEventListener('abort', unwatch);
        await this.#read();
        addEventListener('online', () => { this.#online = true; this.kick('online'); }, {signal});
        addEventListener('offline', () => { this.#online = false; this.#tell(); }, {signal});
        addEventListener('pageshow', () => this.kick('pageshow'), {signal});
        document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') this.kick('visible'); }, {signal});
        const heart = setInterval(() => this.kick('timer'), HEARTBEAT_MS);
        signal.addEventListener('abort', () => clearInterval(heart));
        navigator.storage?.persist?.().catch(() => {});
        this.kick('start');
    }

    /** Ends what is under way; everything stays stored. */
    stop() {
        this.reports.stop();
        this.photos.stop();
        this.#over.abort();
    }

    /** Sends now what can be sent. @param {string} reason a word for who asks: online, visible, timer … */
    kick(reason) {
        const fresh = reason !== 'timer';
        if (fresh) this.#deferred.clear();
        this.reports.kick(fresh);
        this.photos.kick(fresh);
    }

    #work() {
        this.reports.kick();
        this.photos.kick();
    }

    /** Sends what can be sent and comes to an end; for the service worker. @returns {Promise<boolean>} true: nothing is left */
    async drain() {
        await this.#read();
        await Promise.all([this.reports.once(), this.photos.once()]);
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
        const acts = this.#acts.map((act) => view(act, {now: this.now(), reporting: this.#reporting.has(act.id), progress: this.#progress.get(act.id)}));
        const open = acts.filter(({state}) => state === 'undo' || state === 'waiting' || state === 'sending');
        return {
            online: this.#online, waiting: open.length, sending: open.some(({state}) => state === 'sending'),
            ended: this.#ended, clock_gap_ms: this.#clockGap, acts,
        };
    }

    #tell() {
        this.#toldAt = performance.now();
        for (const fn of this.#watchers) fn();
    }

    async #read() {
        const [acts, device, round] = await Promise.all([this.store.acts(), this.store.device(), this.store.kept('round')]);
        this.#acts = acts;
        this.#ended = device?.ended ?? null;
        this.#clockGap = round?.clock_gap_ms ?? 0;
        this.#tell();
    }

    #setOnline(online) {
        if (online === this.#online) return;
        this.#online = online;
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
        const photo = what.photo && stop.photo.state !== 'no_photo' ? what.photo : null;
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

    /**
     * Pairs this phone and fetches its stops, if the network is still there. The code is stored with its key first, so a lost
     * answer can be asked for again. Throws an ApiError.
     * @param {string} code
     */
    async pair(code) {
        const before = await this.store.kept('pairing');
        const key = before?.code === code ? before.key : crypto.randomUUID();
        await this.store.keep('pairing', {code, key});
        const device = await this.#ask(() => this.api.pair(code, {key, device_name: nameOfPhone()}));
        await this.#retire();
        await this.store.setStops([]); // another driver's, perhaps
        await this.store.keep('device', device);
        await this.store.keep('pairing', undefined);
        this.kick('paired');
        await this.refresh().catch(() => {});
    }

    /** Forgets the pairing and the round; what waits to be sent stays, and is sent. */
    async unpair() {
        await this.#retire();
        await this.store.keep('device', undefined);
        await this.store.setStops([]);
    }

    /** A pairing that still has something to send is kept for that. */
    async #retire() {
        const [device, former, acts] = await Promise.all([this.store.device(), this.store.former(), this.store.acts()]);
        await this.store.keep('former', inUse(device ? [...former, device] : former, acts));
    }

    /** Fetches the stops. Throws an ApiError. */
    async refresh() {
        await this.#fetchStops((device) => this.api.stops(device));
    }

    /** Sets out; needs a network. Throws an ApiError. */
    async startRound() {
        await this.#fetchStops((device) => this.api.startRound(device));
    }

    async #fetchStops(ask) {
        const device = await this.store.device();
        if (!device) return;
        let heard;
        try {
            heard = await this.#ask(() => ask(device));
        } catch (error) {
            if (error.kind === 'ended') await this.#end(device, error.problem);
            throw error;
        }
        const {items, clock} = heard;
        await this.store.setStops(items, clock === null ? 0 : this.now() - clock);
        await this.#forget(new Set(items.map(({delivery_id: id}) => id)));
    }

    /**
     * Acts with nothing left to send go when their stop does, or after a day; so does a rejected picture whose stop is gone, as
     * nobody can take another. @param {Set<string>} there the deliveries on the round
     */
    async #forget(there) {
        const isOld = ({captured_at}) => Math.abs(this.now() - Date.parse(captured_at)) > SHOWN_MS;
        await this.store.removeActs((act) => !hasWork(act) && (!there.has(act.delivery_id) || (isDone(act) && isOld(act))));
        const [former, acts] = await Promise.all([this.store.former(), this.store.acts()]);
        if (former.length > 0) await this.store.keep('former', inUse(former, acts));
    }

    /** A request, and what it says of the network. @template T @param {() => Promise<T>} request @returns {Promise<T>} */
    async #ask(request) {
        try {
            const answer = await request();
            this.#setOnline(true);
            return answer;
        } catch (error) {
            if (error instanceof ApiError) this.#setOnline(error.kind !== 'offline');
            throw error;
        }
    }

    /** The server takes nothing from this pairing any more: the round is not the phone's to know. @param {Device} device @param {string} problem */
    async #end(device, problem) {
        const ended = problem === 'device-revoked' ? 'revoked' : 'unknown';
        const now = await this.store.device();
        if (now?.device_id === device.device_id) {
            await this.store.keep('device', {...now, ended});
            await this.store.setStops([]);
            return;
        }
        const former = await this.store.former();
        await this.store.keep('former', former.map((each) => (each.device_id === device.device_id ? {...each, ended} : each)));
    }

    // ---- sending ----

    /** Leaves an act alone for a while, longer each time. @param {string} key */
    #defer(key) {
        const times = this.#deferred.get(key)?.times ?? 0;
        this.#deferred.set(key, {until: performance.now() + DEFER_MS[Math.min(times, DEFER_MS.length - 1)], times: times + 1});
    }

    /** How long an act is still left alone. @param {string} key */
    #rest(key) {
        return Math.max(0, (this.#deferred.get(key)?.until ?? 0) - performance.now());
    }

    /** Everything that a lane chooses from. */
    async #sight(what) {
        const [acts, device, former] = await Promise.all([this.store.acts(), this.store.device(), this.store.former()]);
        return {acts, device, former, now: this.now(), rest: (act) => this.#rest(what + act.id)};
    }

    /** From here on it cannot be undone. @param {Act} act @returns {Promise<boolean>} false: it was, just now */
    #claim({id, begun}) {
        return begun ? Promise.resolve(true) : this.store.changeAct(id, (act) => { act.begun = true; });
    }

    /** One step of the lane of reports. */
    async #sendReport() {
        const {act, device, wait} = nextReport(await this.#sight('report '));
        if (!act) return wait;
        if (!await this.#claim(act)) return MORE;
        this.#reporting.add(act.id);
        try {
            const stop = await this.#ask(() => this.api.report(device, act));
            await this.store.changeAct(act.id, (now) => {
                now.report = 'done';
                if (now.proof) now.proof = {kind: now.proof.kind, value: null};
            });
            await this.store.setStop(stop);
            this.reports.succeed();
            return MORE;
        } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            return await this.#reportFailed(act, device, error);
        } finally {
            this.#reporting.delete(act.id);
            this.#tell();
        }
    }

    /** @param {Act} act @param {Device} device @param {ApiError} error */
    async #reportFailed(act, device, error) {
        switch (error.kind) {
            case 'offline':
            case 'later':
                return this.reports.backOff(error.retryAfterMs);
            case 'ended':
                await this.#end(device, error.problem);
                return MORE;
            case 'refused':
                await this.store.changeAct(act.id, (now) => Object.assign(now, {report: 'refused', report_reason: error.problem}) && true);
                return MORE;
            default:
                this.#defer(`report ${act.id}`);
                return MORE;
        }
    }

    /** One step of the lane of photos. */
    async #sendPhoto() {
        const {act, device, wait} = nextPhoto(await this.#sight('photo '));
        if (!act) return wait;
        if (!await this.#claim(act)) return MORE;
        const blob = await readable(await this.store.photo(act.id));
        if (!blob) {
            await this.#settle(act, {state: 'refused', reason: 'lost'});
            return MORE;
        }
        this.#progress.set(act.id, this.#progress.get(act.id) ?? 0);
        this.#tell();
        try {
            const outcome = await this.upload({
                device, delivery_id: act.delivery_id, photo: act.photo, blob, signal: this.#over.signal,
                keepUrl: async (url) => { await this.store.changeAct(act.id, ({photo}) => { photo.url = url; }); },
                onProgress: (part) => this.#onProgress(act.id, part),
            });
            if (this.#over.signal.aborted) return IDLE;
            this.#setOnline(outcome.result !== 'offline');
            return await this.#photoAnswered(act, device, outcome);
        } finally {
            this.#progress.delete(act.id);
            this.#tell();
        }
    }

    #onProgress(id, part) {
        this.#progress.set(id, part);
        if (performance.now() - this.#toldAt >= TELL_EVERY_MS) this.#tell();
    }

    /** @param {Act} act @param {Device} device @param {import('./types.js').UploadOutcome} outcome */
    async #photoAnswered(act, device, {result, receipt, reason, retryAfterMs}) {
        switch (result) {
            case 'offline':
            case 'later':
                return this.photos.backOff(retryAfterMs);
            case 'receipt':
                if (receipt.verdict === 'pending') await this.#await(act);
                else await this.#settle(act, {state: receipt.verdict, reason: receipt.reason ?? null});
                break;
            case 'rejected':
                await this.store.changeAct(act.id, ({photo}) => { Object.assign(photo, {state: 'retake', reason, url: null}); });
                break;
            case 'ended':
                await this.#end(device, reason);
                this.#defer(`photo ${act.id}`);
                break;
            default:
                // It is durable there, as we have in writing; whatever else the server says now, nothing is lost.
                if (act.photo.state === 'pending') await this.#settle(act, {state: 'stored', reason: null});
                else this.#defer(`photo ${act.id}`);
        }
        this.photos.succeed();
        return MORE;
    }

    /** The verdict is to come: asked for later, with the picture at hand should it be a no. @param {Act} act */
    async #await(act) {
        if (act.photo.state !== 'pending') await this.store.changeAct(act.id, ({photo}) => { photo.state = 'pending'; });
        this.#defer(`photo ${act.id}`);
    }

    /** The end of a picture on this phone. @param {Act} act @param {{state: 'stored'|'refused', reason: string|null}} verdict */
    async #settle(act, verdict) {
        await this.store.changeAct(act.id, ({photo}) => { Object.assign(photo, {...verdict, url: null, place: null}); }, {photo: null});
        this.#deferred.delete(`photo ${act.id}`);
    }
}

/** @param {import('./types.js').UploadJob} job @returns {Promise<import('./types.js').UploadOutcome>} */
async function uploadLater(job) {
    const sender = await import('./upload.js').catch(() => null);
    return sender ? sender.upload(job) : {result: 'offline'};
}

/** A picture whose bytes the phone still has. @param {Blob|undefined} blob @returns {Promise<Blob|null>} */
async function readable(blob) {
    try {
        await blob.slice(-1).arrayBuffer();
        return blob;
    } catch {
        return null;
    }
}

/** @param {Blob} blob */
async function hashOf(blob) {
    const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What dispatch will read in its list of devices. */
function nameOfPhone() {
    const agent = navigator.userAgent;
    return ['iPhone', 'iPad', 'Android', 'Windows', 'Mac', 'Linux'].find((name) => agent.includes(name)) ?? 'Phone';
}

/** Where the browser can, it lets the service worker send what waits even when the app is closed. */
function askForSync() {
    /** @type {any} */
    const ready = globalThis.navigator?.serviceWorker?.controller ? navigator.serviceWorker.ready : null;
    ready?.then((registration) => registration.sync?.register('outbox')).catch(() => {});
}
