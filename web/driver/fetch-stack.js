// SPDX-License-Identifier: Apache-2.0
//
// How tus-js-client sends requests in the service worker, which has no XMLHttpRequest: with fetch. It tells no progress.

class FetchRequest {
    #aborter = new AbortController();
    /** @type {Record<string, string>} */
    #headers = {};

    /** @param {string} method @param {string} url */
    constructor(method, url) {
        this.method = method;
        this.url = url;
    }

    getMethod() { return this.method; }
    getURL() { return this.url; }
    setHeader(name, value) { this.#headers[name] = value; }
    getHeader(name) { return this.#headers[name]; }
    setProgressHandler() {}
    getUnderlyingObject() { return this; }

    async send(body) {
        const response = await fetch(this.url, {
            method: this.method, headers: this.#headers, body, signal: this.#aborter.signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
        });
        const text = await response.text();
        return {
            getStatus: () => response.status,
            getHeader: (name) => response.headers.get(name),
            getBody: () => text,
            getUnderlyingObject: () => response,
        };
    }

    async abort() { this.#aborter.abort(); }
}

export class FetchStack {
    createRequest(method, url) { return new FetchRequest(method, url); }
    getName() { return 'FetchStack'; }
}
