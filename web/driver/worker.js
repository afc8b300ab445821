// SPDX-License-Identifier: Apache-2.0
//
// Puts the service worker in place, and makes way for a new one. A new version waits until the app is started again, and is
// shown at once only where the browser gives way at once: no screen is ever pulled from under a driver's hand.
import {SERVICE_WORKER, trusted} from './trusted.js';

/** Nobody has touched anything yet. */
const AT_ONCE_MS = 1500;

/** Registers it; where there is none, or it fails, the app works as long as it is open. */
export async function registerWorker() {
    const container = navigator.serviceWorker;
    if (!container) return;
    try {
        const registration = await container.register(trusted(SERVICE_WORKER), {scope: '/drive/', updateViaCache: 'none'});
        if (registration.waiting && container.controller) {
            const asked = performance.now();
            container.addEventListener('controllerchange', () => { if (performance.now() - asked < AT_ONCE_MS) location.reload(); }, {once: true});
            registration.waiting.postMessage('take over');
            return;
        }
        await container.ready;
        registration.active?.postMessage('fetch the rest');
    } catch { /* without a network at the first start, or not allowed here */ }
}
