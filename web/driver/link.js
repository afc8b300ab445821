// SPDX-License-Identifier: Apache-2.0
//
// Is there a network? The browser's own word is a guess, so what requests meet counts: one that is answered, however badly,
// says yes; one that is not says no.
import {ApiError} from './api.js';

export class Link {
    online = globalThis.navigator?.onLine ?? true;

    /** @param {() => void} changed told when it goes and when it comes */
    constructor(changed) {
        this.changed = changed;
    }

    /** @param {boolean} online */
    set(online) {
        if (online === this.online) return;
        this.online = online;
        this.changed();
    }

    /** A request, and what it says of the network. @template T @param {() => Promise<T>} request @returns {Promise<T>} */
    async ask(request) {
        try {
            const answer = await request();
            this.set(true);
            return answer;
        } catch (error) {
            if (error instanceof ApiError) this.set(error.kind !== 'offline');
            throw error;
        }
    }
}
