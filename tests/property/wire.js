// SPDX-License-Identifier: Apache-2.0
//
// Many questions at once over connections that stay open. Nothing is judged here and no answer is thrown away: ask.js does that.
import http from 'node:http';

const SOCKETS = 12;
const TIMEOUT_MS = 30_000;
const TRIES = 3;

/**
 * @typedef {{status: number, headers: Record<string, any>, bytes: Buffer, text: string, json: any}} Answer
 * @typedef {{method: string, path: string, headers: Record<string, string>, body?: string|Buffer}} Question
 */

export class Wire {
    constructor(port) {
        this.port = port;
        this.asked = 0;
        this.renew();
    }

    /** After the server was restarted: its old connections are none any more. */
    renew() {
        this.agent?.destroy();
        this.agent = new http.Agent({keepAlive: true, maxSockets: SOCKETS, maxFreeSockets: SOCKETS, scheduling: 'fifo'});
    }

    close() {
        this.agent.destroy();
    }

    /** One question. A safe one whose connection the server had just closed is asked again. @param {Question} question @returns {Promise<Answer>} */
    async ask(question) {
        for (let tries = 1; ; tries++) {
            try {
                this.asked++;
                return await this.send(question);
            } catch (error) {
                if (tries === TRIES || !['GET', 'HEAD'].includes(question.method) || !['ECONNRESET', 'EPIPE'].includes(error.code)) throw error;
            }
        }
    }

    /** @param {Question} question @returns {Promise<Answer>} */
    send(question) {
        const {method, path, headers, body} = question;
        return new Promise((done, fail) => {
            const length = body === undefined ? undefined : Buffer.byteLength(body);
            const request = http.request({host: '127.0.0.1', port: this.port, method, path, agent: this.agent, timeout: TIMEOUT_MS,
                headers: length === undefined ? headers : {...headers, 'content-length': String(length)}}, (response) => {
                const chunks = [];
                const endless = /event-stream/.test(response.headers['content-type'] ?? '');
                const whole = () => {
                    const bytes = Buffer.concat(chunks);
                    const isText = /json|text\/|javascript|xml/.test(response.headers['content-type'] ?? '') && !response.headers['content-encoding'];
                    const text = isText ? bytes.toString('utf8') : '';
                    done({status: response.statusCode, headers: response.headers, bytes, text, json: /json/.test(response.headers['content-type'] ?? '') && text ? JSON.parse(text) : undefined});
                };
                response.on('data', (chunk) => {
                    chunks.push(chunk);
                    if (!endless) return;
                    whole(); // its beginning says who may listen
                    request.destroy();
                });
                response.on('end', whole);
                response.on('error', fail);
            });
            request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path} in ${TIMEOUT_MS} ms`)));
            request.on('error', fail);
            request.end(body);
        });
    }
}
