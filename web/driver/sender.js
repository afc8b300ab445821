// SPDX-License-Identifier: Apache-2.0
//
// Sends what is stored. Two lanes work side by side, reports and photos, so that a delivery never waits for its picture; each
// keeps the order of things, but one act that the server cannot digest does not hold up those of other stops. Every request
// may be made twice: a report by its Idempotency-Key, a photo by its challenge and hash.
//
// A picture is deleted here against the server's signed receipt or refusal alone (receipt.js), in the transaction that writes
// the verdict.
import {ApiError} from './api.js';
import {IDLE, Lane, MORE} from './lane.js';
import {nextPhoto, nextReport} from './queue.js';

/** @typedef {import('./types.js').Act} Act @typedef {import('./types.js').Device} Device */

/** A stop's own trouble, or a verdict that is awaited: how long it is left alone, by how often it was. */
const DEFER_MS = [5000, 15_000, 60_000, 300_000, 900_000];
const TELL_EVERY_MS = 200;
/** For how long the driver can give another PIN; the server gives as long by default. */
const AGAIN_MS = 10 * 60_000;

/**
 * @typedef {object} Parts
 * @property {import('./store.js').Store} store
 * @property {typeof import('./api.js')} api
 * @property {(job: import('./types.js').UploadJob) => Promise<import('./types.js').UploadOutcome>} upload
 * @property {import('./link.js').Link} link
 * @property {import('./pairing.js').Pairing} pairing
 * @property {() => number} now the phone's clock
 * @property {() => void} tell that something is under way, or is not any more
 */

export class Sender {
    /** @type {Map<string, number>} the part of each photo that is under way */
    progress = new Map();
    /** @type {Set<string>} acts whose report is under way */
    reporting = new Set();
    /** @type {Map<string, {until: number, times: number}>} acts that are left alone for a while, by performance.now() */
    #deferred = new Map();
    #toldAt = 0;
    #over = new AbortController();

    /** @param {Parts} parts */
    constructor({store, api, upload, link, pairing, now, tell}) {
        this.store = store;
        this.api = api;
        this.upload = upload;
        this.link = link;
        this.pairing = pairing;
        this.now = now;
        this.tell = tell;
        this.reports = new Lane('porchlight-reports', () => this.#sendReport());
        this.photos = new Lane('porchlight-photos', () => this.#sendPhoto());
    }

    /** Looks for work; `fresh`: what went wrong before counts no more. */
    kick(fresh = false) {
        if (fresh) this.#deferred.clear();
        this.reports.kick(fresh);
        this.photos.kick(fresh);
    }

    /** Sends what can be sent just now, unless a tab is at it. */
    async once() {
        await Promise.all([this.reports.once(), this.photos.once()]);
    }

    /** Ends what is under way. */
    stop() {
        this.reports.stop();
        this.photos.stop();
        this.#over.abort();
    }

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
        this.reporting.add(act.id);
        try {
            const stop = await this.link.ask(() => this.api.report(device, act));
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
            this.reporting.delete(act.id);
            this.tell();
        }
    }

    /** @param {Act} act @param {Device} device @param {ApiError} error */
    async #reportFailed(act, device, error) {
        switch (error.kind) {
            case 'offline':
            case 'later':
                return this.reports.backOff(error.retryAfterMs);
            case 'ended':
                await this.pairing.end(device, error.problem);
                return MORE;
            case 'refused':
                if (error.problem === 'wrong-pin' && act.report !== 'again') return await this.#askAgain(act);
                await this.store.changeAct(act.id, (now) => { Object.assign(now, {report: 'refused', report_reason: error.problem}); });
                return MORE;
            default:
                this.#defer(`report ${act.id}`);
                return MORE;
        }
    }

    /** The PIN was not right: while the driver may be at the door still, another can be given; then it goes as it is. @param {Act} act */
    async #askAgain(act) {
        await this.store.changeAct(act.id, (now) => {
            if (now.report !== 'waiting') return false;
            Object.assign(now, {report: 'again', again_until: this.now() + AGAIN_MS});
            return true;
        });
        return MORE;
    }

    /** One step of the lane of photos. */
    async #sendPhoto() {
        const {act, device, wait} = nextPhoto(await this.#sight('photo '));
        if (!act) return wait;
        if (!await this.#claim(act)) return MORE;
        const blob = await this.store.photo(act.id);
        if (!await isReadable(blob)) {
            if (blob) this.#defer(`photo ${act.id}`);
            else await this.#settle(act, {state: 'refused', reason: 'lost'});
            return MORE;
        }
        this.progress.set(act.id, this.progress.get(act.id) ?? 0);
        this.tell();
        try {
            const outcome = await this.upload({
                device, delivery_id: act.delivery_id, photo: act.photo, blob, signal: this.#over.signal,
                keepUrl: async (url) => { await this.store.changeAct(act.id, ({photo}) => { photo.url = url; }); },
                onProgress: (part) => this.#onProgress(act.id, part),
            });
            if (this.#over.signal.aborted) return IDLE;
            this.link.set(outcome.result !== 'offline');
            return await this.#photoAnswered(act, device, outcome);
        } finally {
            this.progress.delete(act.id);
            this.tell();
        }
    }

    #onProgress(id, part) {
        this.progress.set(id, part);
        if (performance.now() - this.#toldAt < TELL_EVERY_MS) return;
        this.#toldAt = performance.now();
        this.tell();
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
                await this.pairing.end(device, reason);
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

/** Does the phone give the picture's bytes? @param {Blob|undefined} blob */
async function isReadable(blob) {
    try {
        return (await blob.slice(-1).arrayBuffer()).byteLength === 1;
    } catch {
        return false;
    }
}
