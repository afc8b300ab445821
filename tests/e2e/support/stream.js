// SPDX-License-Identifier: Apache-2.0
//
// An open event stream, read as a browser would: what came on it, and whether it has ended.
import assert from 'node:assert/strict';
import http from 'node:http';
import {checkAnswer} from '../../contract/contract.js';
import {until} from './server.js';

/** Parses the stream's lines; comments are left out. */
function eventsOf(text) {
    return text.split('\n\n').slice(0, -1).map((block) => Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':') && line.includes(':')).map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at), line.slice(at + 1).trim()];
    }))).filter(({data}) => data).map(({id, event, data}) => ({id, event, data: JSON.parse(data)}));
}

export class Stream {
    /** Use openStream. */
    constructor(response) {
        this.text = '';
        this.ended = false;
        this.headers = response.headers;
        this.response = response;
        response.setEncoding('utf8');
        response.on('data', (chunk) => { this.text += chunk; });
        response.on('close', () => { this.ended = true; });
        response.on('error', () => {});
    }

    get events() {
        return eventsOf(this.text);
    }

    /** Waits for an event of this type. */
    async comes(type) {
        return until(() => this.events.find(({data}) => data.type === type), {what: `the event ${type}; there came ${JSON.stringify(this.events.map(({data}) => data.type))}`});
    }

    async end() {
        await until(() => this.ended, {what: 'the end of the stream'});
    }

    close() {
        this.response.destroy();
    }
}

/**
 * Opens a stream, which must be given.
 * @param {import('./client.js').Client} client
 * @param {string} path
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Stream>}
 */
export async function openStream(client, path, headers = {}) {
    const response = await new Promise((done, fail) => {
        const request = http.request(client.server.url + path, {headers: /** @type {any} */ (client.headersFor('GET', headers)), agent: false}, done);
        request.on('error', fail);
        request.end();
    });
    assert.equal(response.statusCode, 200, `GET ${path.split('?')[0]}`);
    checkAnswer('GET', path, response.statusCode, response.headers, '');
    return new Stream(response);
}
