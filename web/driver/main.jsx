// SPDX-License-Identifier: Apache-2.0
//
// Where the app begins: the store is opened, the words are read, the screens are drawn from what the phone knows, and only then
// is anything asked of the network. Opened without a network it starts the same; the service worker brings it. The round is
// asked for again when the app comes to the front, when the network does, and every few minutes.
import {render} from 'preact';
import * as api from './api.js';
import {Outbox} from './outbox.js';
import {App} from './screens/app.jsx';
import {keepDressed} from './screens/dress.js';
import {open} from './store.js';
import {registerWorker} from './worker.js';

const REFRESH_MS = 5 * 60_000;

/** Uploads are fetched with the first photo. @param {import('./types.js').UploadJob} job @returns {Promise<import('./types.js').UploadOutcome>} */
async function upload(job) {
    let sender;
    try {
        sender = await import('./upload.js');
    } catch {
        return {result: 'offline'};
    }
    return sender.upload(job);
}

async function begin() {
    const store = await open();
    const outbox = new Outbox({store, api, upload});
    await keepDressed(store, () => render(<App store={store} outbox={outbox} />, document.getElementById('app')));
    await outbox.start();
    const refresh = () => {
        if (document.visibilityState === 'visible') outbox.refresh().catch(() => {}); // what the phone knows stays
    };
    addEventListener('online', refresh);
    document.addEventListener('visibilitychange', refresh);
    setInterval(refresh, REFRESH_MS);
    refresh();
    await registerWorker();
}

begin();
