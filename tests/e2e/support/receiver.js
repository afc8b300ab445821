// SPDX-License-Identifier: Apache-2.0
//
// A shop's system that receives webhooks, and fails on command. What it takes is checked by the library `standardwebhooks`
// (v1) and by node's own Ed25519 (v1a).
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createPublicKey, verify} from 'node:crypto';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Webhook} from 'standardwebhooks';
import {checkValue} from '../../contract/contract.js';
import {until} from './server.js';

const answer = (status, headers = {}, body = '') => (request, response) => response.writeHead(status, headers).end(body);

/** Ways to answer, by name; the ones that end badly never send a status, or one that is no good. */
export const MANNERS = {
    ok: answer(200),
    empty: answer(204),
    failing: answer(500, {}, 'no'),
    refusing: answer(400),
    gone: answer(410),
    redirecting: (request, response) => response.writeHead(307, {location: '/elsewhere'}).end(),
    busy: answer(429, {'retry-after': '2'}),
    gateway: answer(502),
    leisurely: (request, response) => setTimeout(() => response.writeHead(200).end(), 300),
    waiting: (request, response, receiver) => receiver.released.then(() => response.writeHead(500).end()), // for release()
    silent: () => {}, // until the sender has had enough
    reset: (request) => request.socket.resetAndDestroy(),
    closing: (request) => request.socket.destroy(),
    garbage: (request) => request.socket.end('this is no HTTP\r\n\r\n\0\0\0'),
    cut: (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
    dripping: (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\nX-A: ');
        const drip = setInterval(() => request.socket.write('a'), 50);
        request.socket.once('close', () => clearInterval(drip));
    },
    endless: (request, response) => {
        response.writeHead(200);
        const more = () => { while (response.write(Buffer.alloc(65536))); };
        response.on('drain', more).on('error', () => {});
        more();
    },
};

export class Receiver {
    /** Use startReceiver. */
    constructor(server) {
        this.server = server;
        this.scheme = 'http';
        /** What came: {id, type, path, body, headers, at}. */
        this.got = [];
        /** How the next ones are answered, then `manner`. */
        this.next = [];
        this.manner = 'ok';
        this.released = new Promise((done) => { this.release = () => done(undefined); });
        /** Decides by what came, before `next`: gives a manner's name or nothing. */
        this.decide = /** @type {(got: any) => string | undefined} */ (() => undefined);
    }

    url(path = '/hooks') {
        const {port} = /** @type {import('node:net').AddressInfo} */ (this.server.address());
        return `${this.scheme}://127.0.0.1:${port}${path}`;
    }

    take(request, response) {
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
        request.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const body = JSON.parse(text);
            const got = {id: request.headers['webhook-id'], type: body.type, path: request.url, method: request.method, body, text, headers: request.headers, at: Date.now(), manner: 'ok'};
            got.manner = this.decide(got) ?? this.next.shift() ?? this.manner;
            this.got.push(got);
            MANNERS[got.manner](request, response, this);
        });
    }

    /** Those that were answered with a success. */
    get taken() {
        return this.got.filter(({manner}) => ['ok', 'empty', 'leisurely'].includes(manner));
    }

    /** Waits until something came for which `is` holds (and was taken, unless told otherwise). */
    async wait(is, {taken = true, ...more} = /** @type {any} */ ({})) {
        return until(() => (taken ? this.taken : this.got).find(is), {what: 'a webhook', ...more});
    }

    ofType(type) {
        return this.wait((got) => got.type === type);
    }
}

/** A certificate for 127.0.0.1 that nobody trusts by itself: {key, cert, file}. */
export async function makeCertificate(t) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-tls-'));
    t.after(() => rm(folder, {recursive: true, force: true}));
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
    await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=receiver',
        '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]);
    return {key: await readFile(key), cert: await readFile(cert), file: cert};
}

/**
 * @param {{after: (fn: () => any) => void}} t
 * @param {{key: Buffer, cert: Buffer}} [tls] makes it https
 */
export async function startReceiver(t, tls) {
    const handle = (request, response) => receiver.take(request, response);
    const server = tls ? createTlsServer(tls, handle) : createServer(handle);
    const receiver = new Receiver(server);
    if (tls) receiver.scheme = 'https';
    server.on('clientError', (error, socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return receiver;
}

/** Whether the library finds the v1 signature right. */
export function isSignedV1(got, secret) {
    try {
        new Webhook(secret).verify(got.text, got.headers);
        return true;
    } catch {
        return false;
    }
}

/** Whether one of the v1a signatures is right. */
export function isSignedV1a(got, publicKey) {
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey.slice('whpk_'.length), 'base64')]);
    const key = createPublicKey({key: der, format: 'der', type: 'spki'});
    const text = Buffer.from(`${got.headers['webhook-id']}.${got.headers['webhook-timestamp']}.${got.text}`);
    return got.headers['webhook-signature'].split(' ').filter((one) => one.startsWith('v1a,'))
        .some((one) => verify(null, text, key, Buffer.from(one.slice(4), 'base64')));
}

/** Asserts that it is ours both ways, fresh, and as Standard Webhooks has it. */
export function assertOurs(got, hook) {
    assert.equal(got.method, 'POST');
    assert.match(got.headers['content-type'], /^application\/json/);
    assert.match(got.id, /^evt_[0-9a-z]{26}$/);
    assert.ok(isSignedV1(got, hook.secret), 'v1');
    assert.ok(isSignedV1a(got, hook.public_key), 'v1a');
    checkValue('WebhookBody', got.body, `the webhook ${got.type}`);
    assert.ok(Buffer.byteLength(got.text) < 20_000);
}
