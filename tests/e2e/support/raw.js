// SPDX-License-Identifier: Apache-2.0
//
// HTTP by hand over one TCP connection, for what a well-behaved client cannot do: half a body, a slow one, a connection
// that resets, requests that are not quite HTTP.
import {once} from 'node:events';
import net from 'node:net';

export class RawConnection {
    /** Use openRaw. */
    constructor(socket) {
        this.socket = socket;
        this.received = Buffer.alloc(0);
        this.closed = false;
        this.waiting = [];
        socket.on('data', (chunk) => { this.received = Buffer.concat([this.received, chunk]); this.wake(); });
        socket.on('close', () => { this.closed = true; this.wake(); });
        socket.on('error', () => {});
    }

    wake() {
        for (const done of this.waiting.splice(0)) done();
    }

    async more(deadline) {
        const left = deadline - Date.now();
        if (left <= 0) throw new Error('no answer in time');
        let timer;
        await Promise.race([new Promise((done) => this.waiting.push(done)), new Promise((done) => { timer = setTimeout(done, left); })]);
        clearTimeout(timer);
    }

    /** Writes text (latin1) or bytes, and waits until the kernel has them. */
    async write(data) {
        await new Promise((done) => this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, () => done(undefined)));
        return this;
    }

    /** The request line and headers, and nothing of the body. */
    async head(method, path, headers = {}) {
        const lines = Object.entries({Host: 'localhost', ...headers}).map(([name, value]) => `${name}: ${value}\r\n`).join('');
        return this.write(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`);
    }

    /**
     * The next answer: {status, headers, bytes}. 1xx answers are skipped; `headOnly` for an answer to HEAD.
     * Null when the connection was closed before a whole answer came.
     */
    async answer({ms = 20_000, headOnly = false} = {}) {
        const deadline = Date.now() + ms;
        for (;;) {
            const end = this.received.indexOf('\r\n\r\n');
            if (end >= 0) {
                const [line, ...lines] = this.received.subarray(0, end).toString('latin1').split('\r\n');
                const status = Number(line.split(' ')[1]);
                const headers = Object.fromEntries(lines.map((text) => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 1).trim()]));
                const length = headOnly || status < 200 || status === 204 || status === 304 ? 0 : Number(headers['content-length'] ?? 0);
                if (this.received.length >= end + 4 + length) {
                    const bytes = this.received.subarray(end + 4, end + 4 + length);
                    this.received = this.received.subarray(end + 4 + length);
                    if (status >= 200) return {status, headers, bytes};
                    continue;
                }
            }
            if (this.closed) return null;
            await this.more(deadline);
        }
    }

    /** Resolves when the other side has closed the connection. */
    async end(ms = 20_000) {
        for (const deadline = Date.now() + ms; !this.closed;) await this.more(deadline);
    }

    /** Closes in order. */
    close() {
        this.socket.destroy();
    }

    /** Breaks off with a reset, as a phone that loses its network. */
    reset() {
        this.socket.resetAndDestroy();
    }
}

/** @param {import('./server.js').Server} server */
export async function openRaw(server) {
    const socket = net.connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new RawConnection(socket);
}
