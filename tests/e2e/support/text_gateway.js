// SPDX-License-Identifier: Apache-2.0
//
// A gateway of text messages in Twilio's form, for tests: it takes messages, answers as it is told to, and signs callbacks.
// Its checks are those of the API's published description: basic auth, a form, To in E.164.
import {createHmac} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:http';

export const ACCOUNT = 'AC0123456789abcdef0123456789abcdef';
export const TOKEN = 'a-token-of-the-gateway';

/** How it answers one request instead of taking the message. @typedef {(request: any, response: any) => void} Whim */
export const whims = {
    status: (status, body = {}, headers = {}) => (request, response) => response.writeHead(status, {'content-type': 'application/json', ...headers}).end(JSON.stringify(body)),
    garbage: (request, response) => response.end('<html>not what you think</html>'),
    reset: (request) => request.socket.resetAndDestroy(),
    never: () => {},
    drip: (request, response) => {
        response.writeHead(201, {'content-type': 'application/json'});
        const drop = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(drop));
    },
};

export class TextGateway {
    /** @param {{after: (fn: () => any) => void} | null} t */
    static async start(t) {
        const gateway = new TextGateway();
        gateway.server = createServer((request, response) => gateway.answer(request, response));
        gateway.server.listen(0, '127.0.0.1');
        await once(gateway.server, 'listening');
        t?.after(() => gateway.stop());
        return gateway;
    }

    constructor() {
        this.server = /** @type {any} */ (null);
        /** What was taken, as {to, from, body, callback, sid}. */
        this.taken = /** @type {any[]} */ ([]);
        /** Every request to it, taken or not. */
        this.asked = 0;
        /** Whims for the next requests, the first one first. */
        this.next = /** @type {Whim[]} */ ([]);
    }

    stop() {
        this.server.closeAllConnections();
        this.server.close();
    }

    get url() {
        return `http://127.0.0.1:${this.server.address().port}`;
    }

    async answer(request, response) {
        let text = '';
        for await (const chunk of request) text += chunk;
        this.asked++;
        const whim = this.next.shift();
        if (whim) return whim(request, response);
        const form = new URLSearchParams(text);
        const refuse = (status, code) => response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify({code, status, message: 'no'}));
        if (request.url !== `/2010-04-01/Accounts/${ACCOUNT}/Messages.json` || request.method !== 'POST') return refuse(404, 20404);
        if (request.headers.authorization !== `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`) return refuse(401, 20003);
        if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return refuse(415, 20415);
        if (!/^\+[1-9]\d{6,14}$/.test(form.get('To') ?? '')) return refuse(400, 21211);
        if (!form.get('Body') || form.get('Body').length > 1600) return refuse(400, 21602);
        const sid = `SM${String(this.taken.length + 1).padStart(32, '0')}`;
        this.taken.push({to: form.get('To'), from: form.get('From'), body: form.get('Body'), callback: form.get('StatusCallback'), sid});
        response.writeHead(201, {'content-type': 'application/json'})
            .end(JSON.stringify({sid, status: 'queued', num_segments: '1', error_code: null, error_message: null, to: form.get('To')}));
    }
}

/** The signature of a callback: HMAC-SHA-1 under the token over the URL and the pairs sorted by name. */
export function signatureOf(url, pairs) {
    const text = Object.keys(pairs).sort().reduce((all, name) => all + name + pairs[name], url);
    return createHmac('sha1', TOKEN).update(text).digest('base64');
}
