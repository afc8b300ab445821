// SPDX-License-Identifier: Apache-2.0
//
// A driver's phone: Chromium on the engine's page. One in a window of a shared browser for most tests; one with a process and a
// profile of its own where it is to be killed.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {smallPicture} from '../../e2e/support/pictures.js';
import {patience, until} from '../../e2e/support/server.js';
import {addDelivery, DOOR, nextSeed, unique} from '../../e2e/support/world.js';

/** @typedef {typeof import('./engine-page.js').porch} Porch */

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export class Phone {
    /** @param {import('playwright-core').Page} page @param {import('./proxy.js').Proxy} proxy */
    constructor(page, proxy) {
        this.page = page;
        this.proxy = proxy;
        /** @type {string[]} */
        this.complaints = [];
        page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.complaints.push(message.text()); });
        page.on('pageerror', (error) => this.complaints.push(error.message));
    }

    /** Opens the engine's page and starts it. */
    async begin(clockOff = 0) {
        await this.page.goto(`${this.proxy.origin}/drive/engine.html`);
        await this.page.waitForFunction(() => 'porch' in globalThis);
        await this.run(async (porch, off) => porch.begin(off), clockOff);
        return this;
    }

    /**
     * Runs fn(porch, given) in the page.
     * @template G, R @param {(porch: Porch, given: G) => R | Promise<R>} fn @param {G} [given] @returns {Promise<R>}
     */
    async run(fn, given) {
        const porch = await this.page.evaluateHandle(() => /** @type {any} */ (globalThis).porch);
        try {
            return /** @type {any} */ (await porch.evaluate(/** @type {any} */ (fn), given));
        } finally {
            await porch.dispose();
        }
    }

    /** @param {string} code */
    pair(code) {
        return this.run((porch, given) => porch.outbox.pair(given), code);
    }

    /**
     * Captures at a stop; gives the act's id.
     * @param {string} id the delivery's @param {Omit<import('../../../web/driver/types.js').Capture, 'photo'> & {photo?: Buffer}} what
     */
    capture(id, {photo, ...what}) {
        return this.run((porch, [delivery, rest, base64]) => porch.outbox.capture(delivery, {...rest, photo: base64 ? porch.photo(base64) : null}),
            /** @type {[string, any, string]} */ ([id, what, photo?.toString('base64')]));
    }

    /** @returns {Promise<import('../../../web/driver/types.js').OutboxState>} */
    state() {
        return this.run((porch) => porch.outbox.state());
    }

    /** The act of a delivery as the screens see it. @param {string} delivery */
    async act(delivery) {
        return (await this.state()).acts.findLast((act) => act.delivery_id === delivery);
    }

    /** Waits until a delivery's act is in a state. @param {string} delivery @param {string} state @param {number} [ms] */
    async comes(delivery, state, ms = 15_000 * patience) {
        try {
            return await until(async () => {
                const act = await this.act(delivery);
                return act?.state === state && act;
            }, {ms, every: 40, what: `an act that is ${state}`});
        } catch (error) {
            const there = await this.run((porch) => porch.store.acts());
            throw new Error(`${error.message}; ${JSON.stringify(there)}; ${JSON.stringify(this.proxy.seen.slice(-12))}`);
        }
    }

    /** The stored act of a delivery. @param {string} delivery */
    async stored(delivery) {
        return (await this.run((porch) => porch.store.acts())).findLast((act) => act.delivery_id === delivery);
    }

    /** How many pictures lie on the phone. */
    async pictures() {
        return (await this.run((porch) => porch.dump())).filter(({where, blob}) => where.endsWith('/photos') && blob !== null).length;
    }
}

/** A phone in a window of its own. @param {import('playwright-core').Browser} browser @param {import('./proxy.js').Proxy} proxy @param {{after: (fn: () => any) => void}} t */
export async function openPhone(t, browser, proxy) {
    const context = await browser.newContext();
    t.after(() => context.close());
    return new Phone(await context.newPage(), proxy);
}

/** A phone with a process and a profile that outlives it: kill() is an empty battery, start() another morning. */
export class OwnPhone {
    /** @param {{after: (fn: () => any) => void}} t @param {import('./proxy.js').Proxy} proxy */
    constructor(t, proxy) {
        this.proxy = proxy;
        this.child = null;
        this.folder = null;
        t.after(async () => {
            await this.kill();
            if (this.folder) await rm(this.folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
        });
    }

    /** @returns {Promise<Phone>} */
    async start() {
        this.folder ??= await mkdtemp(join(tmpdir(), 'porchlight-phone-'));
        await rm(join(this.folder, 'DevToolsActivePort'), {force: true});
        await rm(join(this.folder, 'SingletonLock'), {force: true});
        this.child = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', [...FLAGS, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${this.folder}`, 'about:blank'],
            {stdio: 'ignore', detached: true});
        this.ended = new Promise((done) => this.child.once('exit', done));
        const port = await until(async () => (await readFile(join(this.folder, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n')[0], {ms: 20_000 * patience, what: 'Chromium'});
        this.browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
        const [context] = this.browser.contexts();
        return new Phone(await context.newPage(), this.proxy);
    }

    async kill() {
        if (!this.child) return;
        try {
            process.kill(-this.child.pid, 'SIGKILL');
        } catch { /* it is gone */ }
        await this.ended;
        await this.browser?.close().catch(() => {});
        this.child = null;
    }
}

/**
 * Pairs a phone with the stage's driver and gives it these many deliveries to go out with, and what more they are.
 * @param {Phone} phone @param {Awaited<ReturnType<typeof import('../../e2e/support/world.js').setStage>>} stage @param {number} count
 * @returns {Promise<string[]>} the deliveries' ids
 */
export async function setOut(phone, {shipper, driver}, count = 1, more = {}) {
    const ids = [];
    for (let i = 0; i < count; i++) {
        const delivery = await addDelivery(shipper, `robin-${unique()}@example.org`, {driver_id: driver.id, address: {...DOOR, lines: [`${unique()} Lantern Lane`, '10115 Berlin']}, ...more});
        ids.push(delivery.id);
    }
    if (!await phone.run((porch) => porch.store.device())) {
        const {json} = await shipper.client.post(`/v1/drivers/${driver.id}/pairing-code`, undefined, {status: 201});
        await phone.pair(json.pairing_code);
    }
    await phone.run((porch) => porch.outbox.startRound());
    return ids;
}

/** A picture that no other stop has. */
export const picture = () => smallPicture(nextSeed());

/** Asserts that what the phone made of a delivery has arrived once: its state, its photo. */
export async function assertArrived(shipper, deliveryId, photo = 'posted') {
    const {json} = await shipper.client.get(`/v1/deliveries/${deliveryId}`, {status: 200});
    assert.equal(json.state, 'delivered');
    assert.equal(json.photo.state, photo);
    return json;
}
