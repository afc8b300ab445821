// SPDX-License-Identifier: Apache-2.0
//
// Uploads two ways: by tus-js-client, the independent client that phones use, and step by step, for what it would not do.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import * as tus from 'tus-js-client';
import {checkAnswer} from '../../contract/contract.js';
import {sha256} from './pictures.js';

export const UPLOADS = '/v1/driver/uploads';
const VERSION = {'tus-resumable': '1.0.0'};

/**
 * The metadata of a photo at a stop.
 * @param {{delivery_id: string, challenge: string}} stop
 * @param {Buffer} picture
 * @param {Record<string, string|null>} [more] lat, lon, accuracy, anyway; or others than the true ones; null leaves one away
 */
export function metadataFor(stop, picture, more = {}) {
    const all = {delivery_id: stop.delivery_id, challenge: stop.challenge, sha256: sha256(picture), captured_at: new Date().toISOString(), ...more};
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** Upload-Metadata's text. */
export function encodeMetadata(metadata) {
    return Object.entries(metadata).map(([key, value]) => (value === '' ? key : `${key} ${Buffer.from(String(value)).toString('base64')}`)).join(',');
}

/** Upload-Checksum's text. */
export function checksum(bytes, algorithm = 'sha1') {
    return `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;
}

/** Thrown by upload() when tus-js-client gives up: the last answer's status and problem. */
export class UploadRefused extends Error {
    constructor(status, problem, receipt) {
        super(`upload refused with ${status} ${problem?.type ?? ''}`);
        this.status = status;
        this.problem = problem;
        this.receipt = receipt;
    }
}

/**
 * Uploads with tus-js-client to the end. Every answer is judged by docs/openapi.yaml.
 * @param {import('./client.js').Client} client a device's
 * @param {{delivery_id: string, challenge: string}} stop
 * @param {Buffer} picture
 * @param {{metadata?: Record<string, string|null>, options?: Record<string, any>}} [how] options: tus-js-client's own
 * @returns {Promise<{receipt: string, url: string, statuses: string[]}>} the header of the last answer that had one
 */
export function upload(client, stop, picture, {metadata = {}, options = {}} = {}) {
    const statuses = [];
    let receipt, judged;
    return new Promise((done, fail) => {
        const under = new tus.Upload(picture, {
            endpoint: client.server.url + UPLOADS,
            headers: {authorization: `Bearer ${client.token}`, ...client.headers},
            metadata: metadataFor(stop, picture, metadata),
            retryDelays: [0, 200, 500, 1000],
            removeFingerprintOnSuccess: true,
            ...options,
            onAfterResponse: (request, response) => {
                statuses.push(`${request.getMethod()} ${response.getStatus()}`);
                receipt = response.getHeader('Porchlight-Receipt') ?? receipt;
                try {
                    judge(request, response);
                } catch (error) {
                    judged ??= error;
                }
            },
            onSuccess: () => (judged ? fail(judged) : done({receipt, url: under.url, statuses})),
            onError: (error) => fail(judged ?? refusal(error, receipt)),
        });
        under.start();
    });
}

function judge(request, response) {
    /** @type {any} */
    const underlying = response.getUnderlyingObject(); // node's IncomingMessage
    checkAnswer(request.getMethod(), new URL(request.getURL()).pathname, response.getStatus(), underlying.headers, request.getMethod() === 'HEAD' ? '' : response.getBody());
}

function refusal(error, receipt) {
    const response = error.originalResponse;
    if (!response) return error;
    const body = response.getBody();
    return new UploadRefused(response.getStatus(), body ? JSON.parse(body) : undefined, receipt);
}

/**
 * Creation; `body` sends first bytes with it; without `length` it is deferred.
 * @param {import('./client.js').Client} client
 * @param {{metadata?: string|Record<string, string>, length?: number, body?: Buffer, headers?: Record<string, any>, status?: number}} how
 * @returns {Promise<import('./client.js').Answer>}
 */
export function create(client, {metadata, length, body, headers = {}, status}) {
    return client.request('POST', UPLOADS, {
        body,
        status,
        headers: {
            ...VERSION,
            ...(length === undefined ? {'upload-defer-length': '1'} : {'upload-length': String(length)}),
            ...(metadata && {'upload-metadata': typeof metadata === 'string' ? metadata : encodeMetadata(metadata)}),
            ...(body && {'content-type': 'application/offset+octet-stream'}),
            ...headers,
        },
    });
}

/** Creation for a stop, which must succeed: the upload's path. */
export async function begin(client, stop, picture, more = {}) {
    const answer = await create(client, {metadata: metadataFor(stop, picture, more), length: picture.length, status: 201});
    return answer.headers.location;
}

/** Bytes from an offset on. */
export function append(client, path, offset, bytes, {headers = {}, status} = /** @type {any} */ ({})) {
    return client.request('PATCH', path, {
        body: bytes,
        status,
        headers: {...VERSION, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers},
    });
}

/** How it stands. */
export function standing(client, path, {headers = {}, status} = /** @type {any} */ ({})) {
    return client.head(path, {status, headers: {...VERSION, ...headers}});
}

/** Gives it up. */
export function terminate(client, path, {status} = /** @type {any} */ ({})) {
    return client.delete(path, {status, headers: VERSION});
}

/** Creation and one PATCH, which must succeed; gives the last answer's receipt. */
export async function uploadAtOnce(client, stop, picture, more = {}) {
    const path = await begin(client, stop, picture, more);
    const answer = await append(client, path, 0, picture, {status: 204});
    assert.equal(answer.headers['upload-offset'], String(picture.length));
    return {path, receipt: answer.headers['porchlight-receipt']};
}
