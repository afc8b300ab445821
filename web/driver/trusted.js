// SPDX-License-Identifier: Apache-2.0
//
// The addresses of the app's two workers, as a browser wants them where Trusted Types are required: nothing else can be run with
// this policy, whose name is in the server's header. DEVELOPER is build.js's.

export const SERVICE_WORKER = '/drive/sw.js';
const OURS = [SERVICE_WORKER, DEVELOPER];

let policy = null;

/** @param {string} address */
export function trusted(address) {
    /** @type {any} */
    const types = /** @type {any} */ (globalThis).trustedTypes;
    if (!types) return address;
    policy ??= types.createPolicy('porchlight-worker', {
        createScriptURL: (wanted) => {
            if (!OURS.includes(wanted)) throw new TypeError('not a worker of ours');
            return wanted;
        },
    });
    return policy.createScriptURL(address);
}
