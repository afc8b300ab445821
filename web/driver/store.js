// SPDX-License-Identifier: Apache-2.0
//
// Everything that must outlive a crash, in IndexedDB: the pairing, the round, the driver's choices, the acts and their pictures.
//
//     kept     by name: device, former, round, prefs, pairing
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
        round.items = round.items.map((each) => (each.delivery_id === stop.delivery_id ? {...each, ...stop} : each));
        tx.store.put(round, 'round');
        await tx.done;
        this.#changed();
    }

    // ---- acts ----

    /** All of them, oldest first. @returns {Promise<Act[]>} */
    acts() {
        return this.db.getAll('acts');
    }

    /**
     * Stores an act with its picture, for good before this resolves. A stop that has an act with its report still to be sent gets no
     * second one: the same kind again (a double touch, another tab) is that act, another kind is an error.
     * @param {Act} act @param {Blob|null} photo
     * @returns {Promise<string>} the act's id
     */
    async addAct(act, photo) {
        try {
            const tx = this.db.transaction(['acts', 'photos'], 'readwrite', {durability: 'strict'});
            const acts = tx.objectStore('acts');
            const there = (await acts.getAll()).find(({delivery_id, report}) => delivery_id === act.delivery_id && report === 'waiting');
            if (there) {
                await tx.done;
                if (there.kind !== act.kind) throw new Error('this stop is over already');
                return there.id;
            }
            acts.put(act);
            if (photo) tx.objectStore('photos').put(photo, act.id);
            await tx.done;
        } catch (error) {
            throw error.name === 'QuotaExceededError' ? new StorageFull('the phone is full') : error;
        }
        this.#changed();
        return act.id;
    }

    /**
     * Changes an act in one transaction, on the disk before this resolves.
     * @param {string} id
     * @param {(act: Act) => boolean|void} change gives false to leave everything as it is
     * @param {{photo?: Blob|null}} [and] photo: takes the place of the stored one; null deletes that
     * @returns {Promise<boolean>} false: left as it is, or there is no such act
     */
    async changeAct(id, change, {photo} = {}) {
        try {
            const tx = this.db.transaction(['acts', 'photos'], 'readwrite', {durability: 'strict'});
            const acts = tx.objectStore('acts');
            const act = await acts.index('id').get(id);
            const goes = act !== undefined && change(act) !== false;
            if (goes) {
                acts.put(act);
                if (photo === null) tx.objectStore('photos').delete(id);
                else if (photo) tx.objectStore('photos').put(photo, id);
            }
            await tx.done;
            if (goes) this.#changed();
            return goes;
        } catch (error) {
            throw error.name === 'QuotaExceededError' ? new StorageFull('the phone is full') : error;
        }
    }

    /** Removes acts and their pictures where `which` says so, all at once. @param {(act: Act) => boolean} which @returns {Promise<number>} how many */
    async removeActs(which) {
        const tx = this.db.transaction(['acts', 'photos'], 'readwrite', {durability: 'strict'});
        const gone = (await tx.objectStore('acts').getAll()).filter(which);
        for (const {seq, id} of gone) {
            tx.objectStore('acts').delete(seq);
            tx.objectStore('photos').delete(id);
        }
        await tx.done;
        if (gone.length > 0) this.#changed();
        return gone.length;
    }

    /** The picture of an act that is still to be sent, for its upload. @param {string} id @returns {Promise<Blob|undefined>} */
    photo(id) {
        return this.db.get('photos', id);
    }
}
