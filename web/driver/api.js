// SPDX-License-Identifier: Apache-2.0
//
// The requests of /v1/driver/ but for uploads (upload.js). Each either gives what it asked for or throws an ApiError, whose
// `kind` says what to do: 'offline' and 'later' come back, 'ended' means that this phone's pairing is over, 'refused' is the
// server's considered no (`problem` is its slug), and 'fault' anything that should not be, which is never taken for a no.

const PATIENCE_MS = 20_000;
/** A no that may become a yes by itself. */
const PASSING = ['too-many-requests', 'timeout', 'idempotency-key-running', 'unavailable', 'insufficient-storage'];

export class ApiError extends Error {
    /**
     * @param {'offline'|'later'|'ended'|'refused'|'fault'} kind
     * @param {{status?: number, problem?: string, retryAfterMs?: number}} [more]
     */
    constructor(kind, {status = 0, problem = kind, retryAfterMs = 0} = {}) {
        super(`${kind} ${status} ${problem}`);
        this.kind = kind;
        this.status = status;
        this.problem = problem;
        this.retryAfterMs = retryAfterMs;
    }
}

/** The slug of one of our problems; null for anybody else's answer, a proxy's for instance. @param {any} body */
export const slugOf = (body) => /^\/problems\/([a-z-]+)$/.exec(body?.type ?? '')?.[1] ?? null;

/** What a status and problem mean to the one who asked. @param {number} status @param {string | null} slug */
function kindOf(status, slug) {
    if (status === 429 || status === 503 || PASSING.includes(slug)) return 'later';
    if (slug === null || status >= 500) return 'fault';
    return status === 401 ? 'ended' : 'refused';
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{device?: import('./types.js').Device, json?: object, key?: string}} how key: the Idempotency-Key
 * @returns {Promise<{body: any, clock: number|null}>} clock: the server's, in milliseconds
 */
async function ask(method, path, {device, json, key}) {
    const headers = {
        ...(device && {authorization: `Bearer ${device.token}`}),
        ...(json && {'content-type': 'application/json'}),
        ...(key && {'idempotency-key': `"${key}"`}),
    };
    let response, body;
    try {
        response = await fetch(path, {
            method, headers, body: json && JSON.stringify(json),
            cache: 'no-store', credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS),
        });
        body = /json/.test(response.headers.get('content-type') ?? '') ? await response.json() : null;
    } catch {
        throw new ApiError('offline');
    }
    const clock = Date.parse(response.headers.get('date') ?? '') || null;
    if (response.ok && body) return {body, clock};
    const {status} = response;
    const slug = slugOf(body);
    const retryAfterMs = 1000 * (Number(response.headers.get('retry-after')) || 0);
    throw new ApiError(kindOf(status, slug), {status, problem: slug ?? `http-${status}`, retryAfterMs});
}

/**
 * Pairs this phone. The same code with the same key gives the same device, so a lost answer costs nothing.
 * @param {string} code @param {{key: string, device_name?: string}} more
 * @returns {Promise<import('./types.js').Device>}
 */
export async function pair(code, {key, device_name}) {
    const {body} = await ask('POST', '/v1/driver/pair', {json: {code, ...(device_name && {device_name})}, key});
    const {token, device_id, driver, shipper, receipt_key} = body;
    return {token, device_id, driver, shipper, receipt_key, ended: null};
}

/** @param {import('./types.js').Device} device @returns {Promise<{items: import('./types.js').Stop[], clock: number|null}>} */
export async function stops(device) {
    const {body, clock} = await ask('GET', '/v1/driver/stops', {device});
    return {items: body.items, clock};
}

/** One stop as it is now; null: it is not on the round any more. @param {import('./types.js').Device} device @param {string} id @returns {Promise<import('./types.js').Stop | null>} */
export async function stop(device, id) {
    const {body} = await ask('GET', `/v1/driver/stops?delivery_id=${encodeURIComponent(id)}`, {device});
    return body.items.find(({delivery_id: each}) => each === id) ?? null;
}

/** Sets out with every stop; twice is the same as once, so it needs no key. @param {import('./types.js').Device} device */
export async function startRound(device) {
    const {body, clock} = await ask('POST', '/v1/driver/round/start', {device});
    return {items: /** @type {import('./types.js').Stop[]} */ (body.items), clock};
}

/**
 * Reports what was done at a stop. @param {import('./types.js').Device} device @param {import('./types.js').Act} act
 * @returns {Promise<import('./types.js').Stop>} the stop as it is now
 */
export async function report(device, act) {
    const {id, delivery_id, kind, left_at, proof, reason, captured_at} = act;
    const late = act.report === 'again' && {late: true};
    const json = kind === 'delivered' ? {left_at, ...(proof && {proof: {...proof, ...late}}), captured_at} : {reason, captured_at};
    const {body} = await ask('POST', `/v1/driver/stops/${delivery_id}/${kind}`, {device, json, key: id});
    return body;
}
