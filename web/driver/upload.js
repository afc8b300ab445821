// SPDX-License-Identifier: Apache-2.0
//
// One try at uploading one photo with tus-js-client, and what came of it. Fetched when the first photo goes out.
//
// An upload is never begun again at byte 0. tus-js-client would do so after most failures of HEAD, so it is given either an
// address to go on with or the place to begin, never both: where HEAD fails for good, the same challenge and hash are POSTed
// again, and the server answers with the upload that there is, with a signed refusal, or with its verdict. The address is
// stored before the first byte is sent. Retries are the outbox's; a request that makes no progress for STALL_MS is given up.
import {Upload} from 'tus-js-client';
import {slugOf} from './api.js';
import {FetchStack} from './fetch-stack.js';
import {checkReceipt} from './receipt.js';

const UPLOADS = '/v1/driver/uploads';
const STALL_MS = 30_000;
/** HEAD, POST, HEAD and what follows: a server that sends us round in circles is left alone for a while. */
const MOST_ROUNDS = 4;

/** @typedef {import('./types.js').UploadJob} UploadJob @typedef {import('./types.js').UploadOutcome} UploadOutcome */
/** @typedef {{method: string, status: number, receipt: string|null, offset: number|null, retryAfterMs: number, body: string}} Answer the last one */

/** @param {UploadJob} job @returns {Promise<UploadOutcome>} */
export async function upload(job) {
    let {url} = job.photo;
    for (let round = 0; round < MOST_ROUNDS; round++) {
        const {answer, address} = await run(job, url);
        url = address;
        const outcome = await judge(job, answer);
        if (outcome) return outcome;
        if (isOver(answer)) {
            url = null;
            await job.keepUrl(null);
        }
    }
    return {result: 'later'};
}

/** Is the upload at this address no more? Then POST says why. A PATCH at another offset than the upload's only asks HEAD again. @param {Answer} answer */
const isOver = ({method, status}) => method === 'HEAD' || (method === 'PATCH' && status !== 409);

/** What POST is told of the photo. @param {UploadJob} job */
function metadataOf({delivery_id, photo: {challenge, sha256, captured_at, anyway, place}}) {
    return {
        delivery_id, challenge, sha256, captured_at,
        ...(anyway && {anyway}),
        ...(place && {lat: decimal(place.lat), lon: decimal(place.lon)}),
        ...(place && Number.isFinite(place.accuracy) && {accuracy: String(Math.min(100_000, Math.round(place.accuracy)))}),
    };
}

/** Plain degrees: never 1e-7. @param {number} degrees */
const decimal = (degrees) => degrees.toFixed(6);

/**
 * Runs tus-js-client until it ends: the last answer (null: there was none) and the upload's address, if it has one.
 * @param {UploadJob} job @param {string|null} url
 * @returns {Promise<{answer: Answer|null, address: string|null}>}
 */
function run({device, delivery_id, photo, blob, keepUrl, onProgress, signal}, url) {
    return new Promise((done) => {
        /** @type {Answer|null} */
        let answer = null;
        let address = url;
        let stalled;
        const end = () => {
            clearTimeout(stalled);
            signal.removeEventListener('abort', giveUp);
            done({answer, address});
        };
        const giveUp = () => {
            answer = null;
            tus.abort();
            end();
        };
        const alive = () => {
            clearTimeout(stalled);
            stalled = setTimeout(giveUp, STALL_MS);
        };
        const here = globalThis.location.href;
        const tus = new Upload(blob, {
            ...(url ? {uploadUrl: new URL(url, here).href} : {endpoint: new URL(UPLOADS, here).href}),
            headers: {Authorization: `Bearer ${device.token}`},
            metadata: metadataOf(/** @type {UploadJob} */ ({delivery_id, photo})),
            retryDelays: null,
            storeFingerprintForResuming: false,
            fingerprint: async () => null,
            ...(typeof XMLHttpRequest === 'undefined' && {httpStack: new FetchStack()}),
            onBeforeRequest: () => {
                answer = null;
                alive();
            },
            onProgress: (sent, total) => {
                alive();
                onProgress(total ? sent / total : 0);
            },
            onAfterResponse: async (request, response) => {
                answer = read(request, response);
                if (answer.method !== 'POST' || answer.status !== 201) return;
                address = new URL(response.getHeader('Location'), here).pathname;
                await keepUrl(address);
                if (!answer.receipt && !answer.offset) return;
                tus.abort(); // it was there before: on from where it stands, not from 0
                end();
            },
            onSuccess: end,
            onError: end,
        });
        signal.addEventListener('abort', giveUp);
        if (signal.aborted) giveUp();
        else tus.start();
    });
}

/** @returns {Answer} */
function read(request, response) {
    const offset = response.getHeader('Upload-Offset');
    return {
        method: request.getMethod(), status: response.getStatus(), receipt: response.getHeader('Porchlight-Receipt'),
        offset: offset === null ? null : Number(offset), retryAfterMs: 1000 * (Number(response.getHeader('Retry-After')) || 0), body: response.getBody(),
    };
}

function problemOf(body) {
    try {
        return JSON.parse(body);
    } catch {
        return null; // a proxy's page
    }
}

/** What the last answer comes to; null: ask once more. @param {UploadJob} job @param {Answer|null} answer @returns {Promise<UploadOutcome|null>} */
async function judge({device, delivery_id, photo}, answer) {
    if (!answer) return {result: 'offline'};
    const {method, status, retryAfterMs} = answer;
    const receipt = await checkReceipt(answer.receipt, device.receipt_key, {delivery_id, ...photo});
    if (receipt) return {result: 'receipt', receipt};
    if (status === 423 || status === 429 || status === 408 || status >= 500) return {result: 'later', retryAfterMs};
    const problem = problemOf(answer.body);
    const slug = slugOf(problem);
    if (status === 422 && slug === 'photo-rejected') return {result: 'rejected', reason: problem.reason};
    if (status === 201) return null;
    if (status < 300) return {result: 'fault', reason: 'receipt'};
    if (method !== 'POST') return null;
    if (status === 401 && slug) return {result: 'ended', reason: slug};
    return {result: 'fault', reason: slug ?? `http-${status}`};
}
