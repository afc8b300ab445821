// SPDX-License-Identifier: Apache-2.0
//
// Whose phone this is, and which stops it has: pairing, its end, and the round as the server tells it. Losing the pairing takes
// the round from the phone at once; a pairing that still has something to send is kept aside, for that alone, until it is sent.
import {hasWork, inUse, isDone} from './queue.js';

/** @typedef {import('./types.js').Device} Device */

/** Acts that were sent are shown for so long. */
const SHOWN_MS = 24 * 3600_000;

export class Pairing {
    /** @param {{store: import('./store.js').Store, api: typeof import('./api.js'), link: import('./link.js').Link, now: () => number}} parts */
    constructor({store, api, link, now}) {
        this.store = store;
        this.api = api;
        this.link = link;
        this.now = now;
    }

    /**
     * Pairs this phone and fetches its stops, if the network is still there. The code is stored with its key first, so a lost
     * answer can be asked for again. Throws an ApiError.
     * @param {string} code
     */
    async pair(code) {
        const before = await this.store.kept('pairing');
        const key = before?.code === code ? before.key : crypto.randomUUID();
        await this.store.keep('pairing', {code, key});
        const device = await this.link.ask(() => this.api.pair(code, {key, device_name: nameOfPhone()}));
        await this.#retire();
        await this.store.setStops([]); // another driver's, perhaps
        await this.store.keep('device', device);
        await this.store.keep('pairing', undefined);
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

    /** Asks how these stops stand, and nothing of the others: a wish of their recipients is known at the door within seconds. @param {string[]} ids */
    async look(ids) {
        const device = await this.store.device();
        if (!device || device.ended) return;
        try {
            for (const id of ids) {
                const before = await this.#actsOf(id);
                const stop = await this.link.ask(() => this.api.stop(device, id));
                if (!stop) return void await this.refresh();
                if (await this.#actsOf(id) === before) await this.store.setStop(stop); // else it is older than what the driver did
            }
        } catch (error) {
            if (error.kind === 'ended') await this.end(device, error.problem);
            throw error;
        }
    }

    /** Which acts there are of a delivery, as a text to compare. @param {string} id */
    async #actsOf(id) {
        return (await this.store.acts()).filter(({delivery_id: each}) => each === id).map((act) => act.id).join();
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
            heard = await this.link.ask(() => ask(device));
        } catch (error) {
            if (error.kind === 'ended') await this.end(device, error.problem);
            throw error;
        }
        const {items, clock} = heard;
        await this.store.setStops(items, clock === null ? 0 : this.now() - clock);
        await this.#forget(new Set(items.map(({delivery_id: id}) => id)));
    }

    /**
     * Acts with nothing left to send go when their stop does, or after a day: a refused report only then, since it is to be read; a
     * rejected picture with its stop, since nobody can take another. @param {Set<string>} there the deliveries on the round
     */
    async #forget(there) {
        const isOld = ({captured_at}) => Math.abs(this.now() - Date.parse(captured_at)) > SHOWN_MS;
        await this.store.removeActs((act) => !hasWork(act) && (!there.has(act.delivery_id) && act.report !== 'refused' || isDone(act) && isOld(act)));
        const [former, acts] = await Promise.all([this.store.former(), this.store.acts()]);
        if (former.length > 0) await this.store.keep('former', inUse(former, acts));
    }

    /** The server takes nothing from this pairing any more: the round is not the phone's to know. @param {Device} device @param {string} problem */
    async end(device, problem) {
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
}

/** What dispatch will read in its list of devices. */
function nameOfPhone() {
    const agent = navigator.userAgent;
    return ['iPhone', 'iPad', 'Android', 'Windows', 'Mac', 'Linux'].find((name) => agent.includes(name)) ?? 'Phone';
}
