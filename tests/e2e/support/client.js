// SPDX-License-Identifier: Apache-2.0
//
// An HTTP client with one credential at most. Every answer is judged by docs/openapi.yaml, and so is every JSON request or
// form that succeeds. Built on node:http, because fetch hides what matters here (Origin, cookies, redirects, resets).
import assert from 'node:assert/strict';
import http from 'node:http';
import {checkAnswer, checkRequest} from '../../contract/contract.js';

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const TIMEOUT_MS = 60_000;

/**
 * @typedef {{status: number, headers: Record<string, string>, bytes: Buffer, text: string, json: any}} Answer
 * `json` is the parsed body where it is JSON, else undefined.
 */

/** One request, unjudged. @returns {Promise<{status: number, headers: any, bytes: Buffer}>} */
function send(url, {method, headers, body}) {
    return new Promise((done, fail) => {
        const request = http.request(url, {method, headers, timeout: TIMEOUT_MS}, (response) => {
            const chunks = [];
            const whole = () => done({status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks)});
            const endless = /event-stream/.test(response.headers['content-type'] ?? '');
            response.on('data', (chunk) => {
                chunks.push(chunk);
                if (!endless) return;
                whole(); // its beginning is enough; stream.js reads on
                request.destroy();
            });
            response.on('end', whole);
            response.on('error', fail);
        });
        request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${url} in ${TIMEOUT_MS} ms`)));
        request.on('error', fail);
        request.end(body);
    });
}

export class Client {
    /**
     * @param {import('./server.js').Server} server
     * @param {{token?: string, cookies?: Record<string, string>, headers?: Record<string, string>}} [who]
     */
    constructor(server, {token, cookies = {}, headers = {}} = {}) {
        this.server = server;
        this.token = token;
        this.cookies = {...cookies};
        this.headers = headers;
    }

    /** The same client with other headers on every request: an Origin of another site, an X-Forwarded-For. */
    with(headers) {
        return new Client(this.server, {token: this.token, cookies: this.cookies, headers: {...this.headers, ...headers}});
    }

    /** The headers a request begins with; one given as null is not sent. */
    headersFor(method, more) {
        const all = {};
        const cookie = Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`).join('; ');
        if (this.token) all.authorization = `Bearer ${this.token}`;
        if (cookie) all.cookie = cookie;
        if (UNSAFE.has(method) && !this.token) all.origin = this.server.origin;
        for (const [name, value] of Object.entries({...this.headers, ...more})) all[name.toLowerCase()] = value;
        for (const name of Object.keys(all)) if (all[name] === null || all[name] === undefined) delete all[name];
        return all;
    }

    /**
     * @param {string} method
     * @param {string} path with its query
     * @param {{json?: any, form?: Record<string, string>, body?: Buffer|string, headers?: Record<string, any>, status?: number, judge?: boolean}} [options]
     *   status: what must come; judge: false for an answer that is not of our making (a cut connection's, a library's)
     * @returns {Promise<Answer>}
     */
    async request(method, path, {json, form, body, headers = {}, status, judge = true} = {}) {
        const type = json !== undefined ? 'application/json' : form ? 'application/x-www-form-urlencoded' : undefined;
        const content = json !== undefined ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : body;
        const sent = this.headersFor(method, {...(type && {'content-type': type}), ...(content !== undefined && {'content-length': Buffer.byteLength(content)}), ...headers});
        const answer = await send(this.server.url + path, {method, headers: sent, body: content});
        const isJson = /json/.test(answer.headers['content-type'] ?? '') && !answer.headers['content-encoding'];
        const text = answer.bytes.toString('utf8');
        if (status !== undefined) assert.equal(answer.status, status, `${method} ${path.split('?')[0]}: ${isJson ? text : answer.headers['content-type'] ?? 'no body'}`);
        const as = String(sent['x-http-method-override'] ?? method).toUpperCase();
        if (judge) checkAnswer(as, path, answer.status, answer.headers, answer.bytes);
        if (judge && answer.status < 400 && (json !== undefined || form)) checkRequest(method, path, json ?? form);
        this.keepCookies(answer.headers['set-cookie'] ?? []);
        return {...answer, text, json: isJson && text ? JSON.parse(text) : undefined};
    }

    keepCookies(lines) {
        for (const line of lines) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
            assert.match(line, /; ?HttpOnly/i);
            assert.match(line, /; ?Secure/i);
            assert.match(line, /; ?SameSite=Lax/i);
            assert.match(line, /; ?Path=\/(;|$)/i);
            if (value) this.cookies[name] = value;
            else delete this.cookies[name];
        }
    }

    get(path, options) {
        return this.request('GET', path, options);
    }

    head(path, options) {
        return this.request('HEAD', path, options);
    }

    post(path, json, options) {
        return this.request('POST', path, {json, ...options});
    }

    put(path, json, options) {
        return this.request('PUT', path, {json, ...options});
    }

    patch(path, json, options) {
        return this.request('PATCH', path, {json, ...options});
    }

    delete(path, options) {
        return this.request('DELETE', path, options);
    }

    /** A form of a page; redirects are not followed. */
    form(path, form, options) {
        return this.request('POST', path, {form, ...options});
    }

    /** Expects a problem: its status follows from the slug. @returns {Promise<Answer>} */
    async refused(slug, method, path, options = {}) {
        const answer = await this.request(method, path, options);
        assert.equal(answer.json?.type, `/problems/${slug}`, `${method} ${path.split('?')[0]} answered ${answer.status} ${answer.text}`);
        return answer;
    }

    /** All items of a list, page by page. */
    async all(path, limit = 50) {
        const items = [];
        for (let after = null; ;) {
            const query = new URLSearchParams({limit: String(limit), ...(after && {after})});
            const {json} = await this.get(`${path}${path.includes('?') ? '&' : '?'}${query}`, {status: 200});
            items.push(...json.items);
            after = json.next;
            if (after === null) return items;
        }
    }
}
