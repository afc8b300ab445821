// SPDX-License-Identifier: Apache-2.0
//
// Work that one tab does at a time, one step after the other, again and again until there is nothing left; then it sleeps
// until it is kicked or a step's time has come. Web Locks see to the one tab: when it is closed or dies, another goes on.
// Times are spans, never the phone's clock, which may be wrong or be set.

/** Steps follow at once. */
export const MORE = 0;
/** Nothing to do until something changes. */
export const IDLE = null;

const BACK_OFF_MS = [1000, 2000, 5000, 15_000, 30_000, 60_000];

export class Lane {
    #running = false;
    #again = false;
    #over = false;
    #failures = 0;
    /** @type {ReturnType<typeof setTimeout>} */
    #timer;

    /**
     * @param {string} name of the lock
     * @param {() => Promise<number|null>} step gives MORE, IDLE or the milliseconds until there is something to do
     */
    constructor(name, step) {
        this.name = name;
        this.step = step;
    }

    /** Looks for work now; `fresh`: what went wrong before counts no more. */
    kick(fresh = false) {
        if (fresh) this.#failures = 0;
        this.#again = true;
        if (!this.#running && !this.#over) this.#run();
    }

    stop() {
        this.#over = true;
        clearTimeout(this.#timer);
    }

    /** How long to stay away after another failure in a row. @param {number} [atLeast] */
    backOff(atLeast = 0) {
        const wait = BACK_OFF_MS[Math.min(this.#failures++, BACK_OFF_MS.length - 1)];
        return Math.max(atLeast, wait * (0.8 + 0.4 * Math.random()));
    }

    /** A step went well. */
    succeed() {
        this.#failures = 0;
    }

    async #run() {
        this.#running = true;
        clearTimeout(this.#timer);
        let wait = IDLE;
        while (this.#again && !this.#over) {
            this.#again = false;
            wait = await navigator.locks.request(this.name, () => this.#steps());
        }
        this.#running = false;
        if (wait !== IDLE && !this.#over) this.#timer = setTimeout(() => this.kick(), wait);
    }

    async #steps() {
        while (!this.#over) {
            const wait = await this.#oneStep();
            if (wait !== MORE) return wait;
        }
        return IDLE;
    }

    async #oneStep() {
        try {
            return await this.step();
        } catch (error) {
            console.error(`${this.name}: ${error.name}`); // the store failed: nothing of a stop may be told here
            return this.backOff();
        }
    }

    /** Works until there is nothing to do just now, unless another tab is at it. */
    async once() {
        await navigator.locks.request(this.name, {ifAvailable: true}, (lock) => (lock ? this.#steps() : null));
    }
}
