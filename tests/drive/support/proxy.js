// SPDX-License-Identifier: Apache-2.0
//
// What stands between a phone and the server in these tests: it serves the app and a bare page with the engine of it, hands all
// other requests on, writes down each, and does to them what dead zones, broken proxies and liars do.
import http from 'node:http';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {appFolder, enginePage} from './app.js';

/**
 * @typedef {object} Seen a request that came
 * @property {string} method
 * @property {string} path
 * @property {string|undefined} offset Upload-Offset of the request
 * @property {number} status 0: it was cut, or has no answer yet
 * @property {number} sent bytes of the body that were handed on
 *
 * @typedef {object} Trick what is done to the requests it matches
 * @property {(method: string, path: string) => boolean} on
 * @property {number} [times] how often; by default always
 * @property {boolean} [drop] the connection is cut at once
 * @property {number} [cutAfter] bytes of the body handed on; then both connections are cut
 * @property {boolean} [loseAnswer] the server gets it all; the answer is lost
 * @property {number} [slow] ms between the pieces of the body
 * @property {{status: number, headers?: Record<string, string>, body?: string}} [answer] instead of the server
 * @property {(headers: Record<string, any>, seen: Seen) => Record<string, any>} [alter] the headers of the server's answer
 * @property {(seen: Seen) => any} [before] awaited before it is handed on
 */

export class Proxy {
    /** Use startProxy. @param {import('../../e2e/support/server.js').Server} server */
    constructor(server) {
        this.server = server;
        /** @type {Seen[]} */
        this.seen = [];
        /** @type {Trick[]} */
        this.tricks = [];
        /** @type {(path: string, bytes: Buffer) => Buffer} what becomes of the app's files on their way */
        this.edit = (_path, bytes) => bytes;
        this.origin = '';
        this.listener = http.createServer((request, response) => { this.serve(request, response).catch(() => request.socket.destroy()); });
    }

    /** Adds a trick; gives a function that takes it away. @param {Trick} trick */
    play(trick) {
        this.tricks.push(trick);
        return () => { this.tricks = this.tricks.filter((each) => each !== trick); };
    }

    /** Requests of the API that matched, in order. @param {string} [method] @param {RegExp} [path] */
    requests(method, path = /./) {
        return this.seen.filter((each) => (!method || each.method === method) && path.test(each.path));
    }

    async serve(request, response) {
        const path = request.url.split('?')[0];
        if (path.startsWith('/drive/')) return serveFile(path, response, this.edit);
        /** @type {Seen} */
        const seen = {method: request.method, path, offset: request.headers['upload-offset'], status: 0, sent: 0};
        this.seen.push(seen);
        const trick = this.take(request.method, path);
        await trick?.before?.(seen);
        if (trick?.drop) return request.socket.destroy();
        if (trick?.answer) {
            request.resume();
            await once(request, 'end');
            seen.status = trick.answer.status;
            response.writeHead(trick.answer.status, trick.answer.headers).end(trick.answer.body);
            return;
        }
        this.handOn(request, response, seen, trick ?? /** @type {Trick} */ ({}));
    }

    take(method, path) {
        const trick = this.tricks.find((each) => each.on(method, path) && each.times !== 0);
        if (trick?.times) trick.times--;
        return trick;
    }

    handOn(request, response, seen, trick) {
        const {socket} = request;
        const cut = () => {
            onward.destroy();
            socket.destroy();
        };
        const onward = http.request({host: '127.0.0.1', port: this.server.port, method: request.method, path: request.url, headers: request.headers, agent: false}, (answer) => {
            if (trick.loseAnswer) {
                answer.resume();
                answer.on('end', cut);
                return;
            }
            seen.status = answer.statusCode;
            // Chromium makes a request again by itself when a connection that was used before breaks; with new ones each time, all that
            // is tried again is tried by the app.
            response.writeHead(answer.statusCode, {...trick.alter ? trick.alter(answer.headers, seen) : answer.headers, connection: 'close'});
            answer.pipe(response);
        });
        onward.on('error', cut);
        request.on('error', () => onward.destroy());
        request.on('close', () => { if (!request.complete) onward.destroy(); });
        (async () => {
            for await (const chunk of request) {
                for (let at = 0; at < chunk.length; at += 16_384) {
                    const piece = chunk.subarray(at, at + 16_384);
                    const room = (trick.cutAfter ?? Infinity) - seen.sent;
                    onward.write(piece.length > room ? piece.subarray(0, room) : piece);
                    seen.sent += Math.min(piece.length, room);
                    if (piece.length >= room) {
                        await new Promise((done) => setTimeout(done, 150)); // what was sent arrives
                        return cut();
                    }
                    if (trick.slow) await new Promise((done) => setTimeout(done, trick.slow));
                }
            }
            return onward.end();
        })().catch(cut);
    }

    close() {
        this.listener.closeAllConnections();
        this.listener.close();
    }
}

/** @param {{after: (fn: () => any) => void}} t @param {import('../../e2e/support/server.js').Server} server */
export async function startProxy(t, server) {
    const proxy = new Proxy(server);
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    const {port} = /** @type {import('node:net').AddressInfo} */ (proxy.listener.address());
    proxy.origin = `http://localhost:${port}`;
    t.after(() => proxy.close());
    return proxy;
}

/** The server's own header for the app, so that what it forbids is forbidden here too. */
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; " +
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types porchlight-worker";

async function serveFile(path, response, edit) {
    const page = await enginePage();
    const send = (type, bytes) => response.writeHead(200, {'content-type': type, 'content-security-policy': CSP, 'cache-control': 'no-cache'}).end(bytes);
    if (path === '/drive/engine.html') return send('text/html; charset=utf-8', '<!doctype html><html lang="en"><title>Engine</title><script type="module" src="/drive/engine/engine-page.js"></script>');
    if (path.startsWith('/drive/engine/')) return page.has(path) ? send('text/javascript; charset=utf-8', page.get(path)) : response.writeHead(404).end();
    const folder = await appFolder();
    const {files} = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    const entry = files.find((each) => each.path === path);
    return entry ? send(entry.type, edit(path, await readFile(join(folder, entry.file)))) : response.writeHead(404).end();
}
