// SPDX-License-Identifier: Apache-2.0
//
// Everything that must outlive a crash, in IndexedDB: the pairing, the round, the driver's choices, the acts and their pictures.
//
//     kept     by name: device, former, round, prefs, pairing, and `reserve`, bytes that mean nothing: a browser may not say how
//              full the phone is, so room for the next pictures is held with them, and given up when a picture needs it
//     acts     what the driver did, in order; small rows without bytes
//     photos   the bytes of a picture, by the id of its act, only until the server has signed for them
//
// An act and its picture are written in one transaction that is on the disk before addAct gives its id, and nothing is ever
// requested for an act that is not. A picture is read for its upload alone: once deleted, nothing here can give it back.
// Each change is told to everyone who watches, in other tabs and in the service worker too.
import {openDB} from 'idb';

const NAME = 'porchlight-drive';
const VERSION_OF_DB = 1;

/** @typedef {import('./types.js').Act} Act @typedef {import('./types.js').Device} Device @typedef {import('./types.js').Stop} Stop @typedef {import('./types.js').Prefs} Prefs */
/** @typedef {{items: Stop[], clock_gap_ms: number}} Round as last heard */
/** @typedef {'device'|'former'|'round'|'prefs'|'pairing'} Kept */

/** @type {Prefs} */
const PREFS = {theme: 'auto', left_hand: false, large_text: false, silent: false, slow: false, language: null, ticks: []};

/** Room for some pictures. */
const RESERVE_BYTES = 8 * 1024 * 1024;
/** The browser takes a moment to see that a file is gone. */
const FREED_MS = [0, 100, 400, 1000];

/** The phone had no room for it; nothing was stored. */
export class StorageFull extends Error {}

/** Opens the store; made where there is none. @returns {Promise<Store>} */
export async function open() {
    const db = await openDB(NAME, VERSION_OF_DB, {
        upgrade(fresh) {
            fresh.createObjectStore('kept');
            fresh.createObjectStore('acts', {keyPath: 'seq', autoIncrement: true}).createIndex('id', 'id', {unique: true});
            fresh.createObjectStore('photos');
        },
        blocking: (_current, _next, event) => /** @type {IDBDatabase} */ (event.target).close(),
    });
    return new Store(db);
}

/** The stops as they are once all that waits is sent. @param {Stop[]} stops @param {Act[]} acts */
function withActs(stops, acts) {
    const done = new Map(acts.filter(({report}) => report === 'waiting').map((act) => [act.delivery_id, act]));
    return stops.map((stop) => {
        const act = done.get(stop.delivery_id);
        return act ? {...stop, state: act.kind, left_at: act.left_at, attempt_reason: act.reason} : stop;
    });
}

export class Store {
    /** @type {Set<() => void>} */
    #watchers = new Set();
    #others = new BroadcastChannel(NAME);

    /** Use open(). @param {import('idb').IDBPDatabase} db */
    constructor(db) {
        this.db = db;
        this.#others.onmessage = () => this.#tell();
    }

    /** Closes it; for tests. */
    close() {
        this.#others.close();
        this.db.close();
    }

    /** Calls fn after each change, wherever it was made. @param {() => void} fn @returns {() => void} ends it */
    watch(fn) {
        this.#watchers.add(fn);
        return () => this.#watchers.delete(fn);
    }

    #tell() {
        for (const fn of this.#watchers) fn();
    }

    #changed() {
        this.#others.postMessage('changed');
        this.#tell();
    }

    // ---- what is kept by name ----

    /** @param {Kept} name @returns {Promise<any>} */
    kept(name) {
        return this.db.get('kept', name);
    }

    /** @param {Kept} name @param {any} value undefined: forget it */
    async keep(name, value) {
        if (value === undefined) await this.db.delete('kept', name);
        else await this.db.put('kept', value, name);
        this.#changed();
    }

    /** This phone's pairing, or null. @returns {Promise<Device|null>} */
    async device() {
        return await this.kept('device') ?? null;
    }

    /** Earlier pairings that still have acts to send. @returns {Promise<Device[]>} */
    async former() {
        return await this.kept('former') ?? [];
    }

    /** @returns {Promise<Prefs>} */
    async prefs() {
        return {...PREFS, ...await this.kept('prefs')};
    }

    /** @param {Prefs} prefs */
    setPrefs(prefs) {
        return this.keep('prefs', prefs);
    }

    /** The round, in its order; a stop whose report waits already looks as it will. @returns {Promise<Stop[]>} */
    async stops() {
        const [round, acts] = await Promise.all([this.kept('round'), this.acts()]);
        return withActs(round?.items ?? [], acts);
    }

    /** @param {Stop[]} items @param {number} [clock_gap_ms] the phone's clock minus the server's; 0 when not known */
    setStops(items, clock_gap_ms = 0) {
        return this.keep('round', {items, clock_gap_ms});
    }

    /** One stop as the server tells it now. @param {Stop} stop */
    async setStop(stop) {
        const tx = this.db.transaction('kept', 'readwrite');
        const round = await tx.store.get('round') ?? {items: [], clock_gap_ms: 0};
        const before = JSON.stringify(round.items);
        round.items = round.items.map((each) => (each.delivery_id === stop.delivery_id ? {...each, ...stop} : each));
        const news = JSON.stringify(round.items) !== before;
        if (news) tx.store.put(round, 'round');
        await tx.done;
        if (news) this.#changed();
    }

    // ---- room ----

    /** Holds room for the next pictures, if it is not held yet. @returns {Promise<boolean>} false: there is none to hold */
    async hold() {
        if (await this.db.getKey('kept', 'reserve')) return true;
        try {
            await this.db.put('kept', new Blob([new Uint8Array(RESERVE_BYTES)]), 'reserve');
            return true;
        } catch (error) {
            if (error.name === 'QuotaExceededError') return false;
            throw error;
        }
    }

    /** Stores something now, in the room that was held if there is no other. @template T @param {() => Promise<T>} write @returns {Promise<T>} */
    async #inRoom(write) {
        for (const wait of [...FREED_MS, null]) {
            try {
                return await write();
            } catch (error) {
                if (error.name !== 'QuotaExceededError') throw error;
                if (wait === null) break;
                await this.db.delete('kept', 'reserve');
                await new Promise((done) => setTimeout(done, wait));
            }
        }
        throw new StorageFull('the phone is full');
    }

    // ---- acts ----

    /** All of them, oldest first. @returns {Promise<Act[]>} */
    acts() {
        return this.db.getAll('acts');
    }

    /**
     * Stores an act with its picture, for good before this resolves. A stop that has an act with its report still to be sent gets no
     * second one, apart from one whose PIN was not right, which this one takes the place of: the same kind again (a double touch, another tab) is that act, another kind is an error.
     * @param {Act} act @param {Blob|null} photo
     * @returns {Promise<string>} the act's id
     */
    async addAct(act, photo) {
        const id = await this.#write(async (acts, photos) => {
            const all = await acts.getAll();
            const there = all.find(({delivery_id, report}) => delivery_id === act.delivery_id && report === 'waiting');
            if (there && there.kind !== act.kind) throw new Error('this stop is over already');
            if (there) return there.id;
            const wrong = all.filter(({delivery_id, report}) => delivery_id === act.delivery_id && report === 'again');
            for (const each of wrong) await acts.put({...each, report: 'dropped', proof: {kind: each.proof.kind, value: null}});
            await acts.put(act);
            if (photo) await photos.put(photo, act.id);
            return act.id;
        });
        this.#changed();
        return id;
    }

    /**
     * Changes an act in one transaction, on the disk before this resolves.
     * @param {string} id
     * @param {(act: Act) => boolean|void} change gives false to leave everything as it is
     * @param {{photo?: Blob|null}} [and] photo: takes the place of the stored one; null deletes that
     * @returns {Promise<boolean>} false: left as it is, or there is no such act
     */
    async changeAct(id, change, {photo} = {}) {
        const goes = await this.#write(async (acts, photos) => {
            const act = await acts.index('id').get(id);
            if (act === undefined || change(act) === false) return false;
            await acts.put(act);
            if (photo === null) await photos.delete(id);
            else if (photo) await photos.put(photo, id);
            return true;
        });
        if (goes) this.#changed();
        return goes;
    }

    /** Removes acts and their pictures where `which` says so, all at once. @param {(act: Act) => boolean} which @returns {Promise<number>} how many */
    async removeActs(which) {
        const count = await this.#write(async (acts, photos) => {
            const gone = (await acts.getAll()).filter(which);
            for (const {seq, id} of gone) {
                await acts.delete(seq);
                await photos.delete(id);
            }
            return gone.length;
        });
        if (count > 0) this.#changed();
        return count;
    }

    /** One transaction on acts and photos, on the disk before this resolves, or as if it had never been. @template T @param {(acts: any, photos: any) => Promise<T>} work @returns {Promise<T>} */
    #write(work) {
        return this.#inRoom(async () => {
            const tx = this.db.transaction(['acts', 'photos'], 'readwrite', {durability: 'strict'});
            tx.done.catch(() => {}); // it fails with what is thrown here
            try {
                const result = await work(tx.objectStore('acts'), tx.objectStore('photos'));
                await tx.done;
                return result;
            } catch (error) {
                try {
                    tx.abort();
                } catch { /* it is over already */ }
                throw error;
            }
        });
    }

    /** The picture of an act that is still to be sent, for its upload. @param {string} id @returns {Promise<Blob|undefined>} */
    photo(id) {
        return this.db.get('photos', id);
    }
}
