// SPDX-License-Identifier: Apache-2.0
//
// Browsers' subscriptions to Web Push, and a push service for them to subscribe at: a real server that checks what RFC 8030,
// 8188, 8291 and 8292 ask of a message, opens it with the browser's keys as npm's http_ece does, and fails on command.
import assert from 'node:assert/strict';
import {createECDH, createPublicKey, randomBytes, verify} from 'node:crypto';
import {once} from 'node:events';
import http from 'node:http';
import ece from 'http_ece';
import {until} from './server.js';

/** Keys of browsers, by endpoint. @type {Map<string, {ecdh: import('node:crypto').ECDH, auth: Buffer}>} */
const known = new Map();
let count = 0;

/** A browser's PushSubscription as JSON, with fresh keys. */
export function browser(base = 'https://push.example') {
    const ecdh = createECDH('prime256v1');
    ecdh.generateKeys();
    const auth = randomBytes(16);
    const endpoint = `${base}/send/${++count}-${randomBytes(8).toString('base64url')}`;
    known.set(endpoint, {ecdh, auth});
    return {endpoint, expirationTime: null, keys: {p256dh: ecdh.getPublicKey().toString('base64url'), auth: auth.toString('base64url')}};
}

/** @typedef {{endpoint: string, text: string, message: any, headers: http.IncomingHttpHeaders, size: number, at: number, key: string, claims: any}} Push */

/** The word to the service (RFC 8292): its key and claims, once it was found to be good. */
function checkVapid(header, origin) {
    const [, token, key] = /^vapid t=([A-Za-z0-9_.-]+), k=([A-Za-z0-9_-]+)$/.exec(header ?? '') ?? [];
    assert.ok(token, `Authorization is ${header}`);
    const [head, claims, signature] = token.split('.');
    const point = Buffer.from(key, 'base64url');
    assert.equal(point.length, 65);
    const jwk = {kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url')};
    const signed = verify('sha256', Buffer.from(`${head}.${claims}`), {key: createPublicKey({key: jwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64url'));
    assert.ok(signed, 'the JWT is not signed with the key that it names');
    assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), {typ: 'JWT', alg: 'ES256'});
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const now = Date.now() / 1000;
    assert.equal(said.aud, origin);
    assert.ok(said.exp > now && said.exp <= now + 24 * 3600, `exp is ${said.exp - now} seconds from now`);
    assert.match(said.sub, /^(mailto:|https:)/);
    return {key, claims: said};
}

/** What a message must be; its text. @returns {Push} */
function check(endpoint, origin, headers, body) {
    const {ecdh, auth} = known.get(endpoint);
    assert.equal(headers['content-encoding'], 'aes128gcm');
    assert.match(String(headers.ttl), /^[0-9]+$/);
    assert.ok(['very-low', 'low', 'normal', 'high'].includes(String(headers.urgency)));
    assert.match(String(headers.topic), /^[A-Za-z0-9_-]{1,32}$/);
    assert.ok(body.length <= 4096);
    const vapid = checkVapid(headers.authorization, origin);
    const text = ece.decrypt(body, {version: 'aes128gcm', privateKey: ecdh, authSecret: auth.toString('base64url')}).toString();
    return {endpoint, text, message: JSON.parse(text), headers, size: body.length, at: Date.now(), ...vapid};
}

/** Ways to fail: each answers one request in place of 201. */
const FAILURES = {
    error: (response) => response.writeHead(500).end('no'),
    busy: (response) => response.writeHead(429, {'retry-after': '2'}).end(),
    unavailable: (response) => response.writeHead(503).end(),
    gone: (response) => response.writeHead(410).end(),
    unknown: (response) => response.writeHead(404).end(),
    large: (response) => response.writeHead(413).end(),
    denied: (response) => response.writeHead(403).end('not your subscription'),
    redirect: (response) => response.writeHead(307, {location: '/elsewhere'}).end(),
    reset: (response) => response.socket.resetAndDestroy(),
    garbage: (response) => response.socket.end('\x00\x01 what is this\r\n\r\n'),
    silent: () => {},
    drip: (response) => {
        response.writeHead(201);
        const timer = setInterval(() => response.write('.'), 50);
        response.on('close', () => clearInterval(timer));
    },
};

export class PushService {
    constructor() {
        /** Taken messages, oldest first. @type {Push[]} */
        this.taken = [];
        /** All requests: their endpoint and when they came. @type {{endpoint: string, at: number, how: string}[]} */
        this.asked = [];
        /** What was wrong with messages. @type {string[]} */
        this.faults = [];
        /** Endpoint → how its next requests fail. @type {Map<string, string[]>} */
        this.failing = new Map();
        this.server = http.createServer((request, response) => this.serve(request, response));
    }

    async start() {
        this.server.listen(0, '127.0.0.1');
        await once(this.server, 'listening');
        this.origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (this.server.address()).port}`;
        return this;
    }

    async stop() {
        this.server.closeAllConnections();
        this.server.close();
        await once(this.server, 'close');
    }

    /** A browser that subscribes here. */
    browser() {
        return browser(this.origin);
    }

    /** The next requests of an endpoint fail so, one after the other; the last way stays with `always`. */
    fail(endpoint, ...how) {
        this.failing.set(endpoint, how);
    }

    async serve(request, response) {
        const endpoint = this.origin + request.url;
        const chunks = [];
        request.on('error', () => {});
        response.on('error', () => {});
        for await (const chunk of request) chunks.push(chunk);
        const ways = this.failing.get(endpoint) ?? [];
        const how = ways[0] ?? 'taken';
        if (ways.length && ways[1] !== 'always') ways.shift();
        this.asked.push({endpoint, at: Date.now(), how});
        try {
            assert.equal(request.method, 'POST');
            const push = check(endpoint, this.origin, request.headers, Buffer.concat(chunks));
            if (how !== 'taken') return void FAILURES[how](response);
            this.taken.push(push);
            response.writeHead(201, {location: `${this.origin}/message/${this.taken.length}`}).end();
        } catch (error) {
            this.faults.push(error.message);
            response.writeHead(400).end();
        }
    }

    /** Messages to one browser so far. */
    of({endpoint}) {
        return this.taken.filter((push) => push.endpoint === endpoint);
    }

    asksOf({endpoint}) {
        return this.asked.filter((asked) => asked.endpoint === endpoint);
    }

    /** Waits for a message of a kind to a browser. @returns {Promise<Push>} */
    async wait(subscription, kind, options = {}) {
        const found = await until(() => this.of(subscription).find(({message}) => message.kind === kind), {what: `a push of ${kind}`, ...options});
        assert.deepEqual(this.faults, []);
        return found;
    }
}

/** A push service for a test or file. @param {{after: (fn: () => any) => void}} t */
export async function startPushService(t) {
    const service = await new PushService().start();
    t.after(() => service.stop());
    return service;
}
