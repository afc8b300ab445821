// SPDX-License-Identifier: Apache-2.0
//
// The engine without the screens, for tests: in the browser, on window.porch.
import * as api from '../../../web/driver/api.js';
import {Outbox} from '../../../web/driver/outbox.js';
import {check} from '../../../web/driver/quality.js';
import {checkReceipt} from '../../../web/driver/receipt.js';
import {open} from '../../../web/driver/store.js';
import {registerWorker} from '../../../web/driver/worker.js';

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

export const porch = {
    /** @type {import('../../../web/driver/store.js').Store} */
    store: null,
    /** @type {Outbox} */
    outbox: null,
    checkReceipt,
    registerWorker,

    /** Opens the store and starts the outbox; the phone's clock may be wrong. */
    async begin(clockOff = 0) {
        porch.store = await open();
        porch.outbox = new Outbox({store: porch.store, api, now: () => Date.now() + clockOff});
        await porch.outbox.start();
    },

    /** A photo from base64. */
    photo: (base64) => new Blob([bytesOf(base64)], {type: 'image/jpeg'}),

    /** What quality.js says of a picture. */
    async look(base64) {
        const bitmap = await createImageBitmap(porch.photo(base64));
        const canvas = document.createElement('canvas');
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
        canvas.getContext('2d').drawImage(bitmap, 0, 0);
        return check(canvas);
    },

    /** A picture of the day that no other stop has. */
    async drawn(seed, side = 400) {
        const canvas = new OffscreenCanvas(side, side * 3 / 4);
        const context = canvas.getContext('2d');
        for (let i = 0; i < 60; i++) {
            context.fillStyle = `hsl(${(seed * 67 + i * 31) % 360} 70% ${30 + (seed * 13 + i * 7) % 60}%)`;
            context.fillRect((seed * 37 + i * 53) % side, (seed * 19 + i * 29) % (side * 3 / 4), 10 + i, 10 + (seed + i) % 40);
        }
        return canvas.convertToBlob({type: 'image/jpeg', quality: 0.8});
    },

    /** Everything that this origin has on the phone: names, sizes and texts, to search in. */
    async dump() {
        const found = [];
        for (const {name} of await indexedDB.databases()) {
            const db = await new Promise((done, fail) => {
                const asked = indexedDB.open(name);
                asked.onsuccess = () => done(asked.result);
                asked.onerror = fail;
            });
            for (const store of db.objectStoreNames) {
                const all = await new Promise((done) => { db.transaction(store).objectStore(store).getAll().onsuccess = ({target}) => done(target.result); });
                for (const value of all) found.push({where: `${name}/${store}`, blob: value instanceof Blob ? value.size : null, text: JSON.stringify(value)});
            }
            db.close();
        }
        for (const name of await caches.keys()) for (const {url} of await (await caches.open(name)).keys()) found.push({where: `cache ${name}`, blob: null, text: url});
        for (const area of [localStorage, sessionStorage]) for (const key of Object.keys(area)) found.push({where: 'storage', blob: null, text: `${key}=${area.getItem(key)}`});
        return found;
    },
};

/** @type {any} */ (globalThis).porch = porch;
