// SPDX-License-Identifier: Apache-2.0
//
// How the driver's app goes over the wire: which files there are, in which encodings, how long they may be kept, and under
// which policy. What the app does is tested in tests/browser/.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {brotliDecompressSync, gunzipSync} from 'node:zlib';
import {Client} from './support/client.js';
import {startServer} from './support/server.js';

const server = await startServer({after});
const client = new Client(server);
const UNPACK = {br: brotliDecompressSync, gzip: gunzipSync};

/** A file under one Accept-Encoding. */
const fetched = (path, accept, options = {}) =>
    client.get(path, {...options, headers: {'accept-encoding': accept, ...options.headers}});
const index = (await fetched('/drive/', 'identity', {status: 200})).text;
const named = [...index.matchAll(/(?:src|href)="(\/drive\/[^"]+)"/g)].map(([, path]) => path);

test('what index.html names is there, of its own type', async () => {
    assert.ok(named.length >= 4, index);
    const types = {'.js': /^text\/javascript/, '.css': /^text\/css/, '.webmanifest': /^application\/manifest\+json/, '.svg': /^image\/svg\+xml/, '.png': /^image\/png/};
    for (const path of named) {
        const {headers} = await fetched(path, 'identity', {status: 200});
        assert.match(headers['content-type'], types[/\.\w+$/.exec(path)[0]], path);
        assert.equal(headers['x-content-type-options'], 'nosniff');
    }
});

test('packed or not, the bytes are the same, and each form has an ETag of its own', async () => {
    for (const path of ['/drive/', '/drive/sw.js', ...named]) {
        const plain = await fetched(path, 'identity', {status: 200});
        assert.equal(plain.headers['content-encoding'], undefined);
        for (const encoding of ['br', 'gzip']) {
            const packed = await fetched(path, `${encoding};q=0.5`, {status: 200});
            if (packed.headers['content-encoding'] === undefined) continue; // packing would have made it longer
            assert.equal(packed.headers['content-encoding'], encoding, path);
            assert.deepEqual(UNPACK[encoding](packed.bytes), plain.bytes, path);
            assert.ok(packed.bytes.length < plain.bytes.length);
            assert.notEqual(packed.headers.etag, plain.headers.etag);
        }
    }
});

test('the smallest form that the browser takes goes out', async () => {
    const chosen = async (accept) => (await fetched('/drive/sw.js', accept)).headers['content-encoding'];
    assert.equal(await chosen('gzip, deflate, br, zstd'), 'br');
    assert.equal(await chosen('gzip, deflate'), 'gzip');
    assert.equal(await chosen('br;q=0, *'), 'gzip');
    assert.equal(await chosen('zstd'), undefined);
    assert.equal(await chosen('br gzip'), undefined);
    assert.equal(await chosen(null), undefined);
});

test('names with a hash are kept for ever, the three without are asked about', async () => {
    const hashed = named.filter((path) => /\.[0-9A-Za-z]{6,}\.\w+$/.test(path));
    for (const path of hashed) assert.equal((await fetched(path, 'br')).headers['cache-control'], 'public, max-age=31536000, immutable', path);
    for (const path of ['/drive/', '/drive/sw.js', '/drive/app.webmanifest']) {
        const {headers} = await fetched(path, 'br', {status: 200});
        assert.equal(headers['cache-control'], 'no-cache');
        await fetched(path, 'br', {status: 304, headers: {'if-none-match': headers.etag}});
        await fetched(path, 'gzip', {status: 200, headers: {'if-none-match': headers.etag}});
        await fetched(path, 'br', {status: 200, headers: {'if-none-match': '"another"'}});
    }
});

test('the policy stands on every file, and gives the app the camera and the place only', async () => {
    for (const path of ['/drive/', '/drive/sw.js', named.find((each) => each.endsWith('.js'))]) {
        const {headers} = await fetched(path, 'br');
        const policy = headers['content-security-policy'];
        for (const part of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"])
            assert.ok(policy.split('; ').includes(part), `${path}: ${part}`);
        assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|data:/);
        assert.match(headers['permissions-policy'], /^camera=\(self\), geolocation=\(self\), .*microphone=\(\)/);
    }
    assert.match((await client.get('/sign-in')).headers['permissions-policy'], /^camera=\(\)/, 'other pages keep theirs');
});

test('no other path below /drive/ leads anywhere, and nothing there is written to', async () => {
    assert.equal((await client.get('/drive', {status: 303})).headers.location, '/drive/');
    for (const path of ['/drive/manifest.json', '/drive/main.js', '/drive/sw.js.br', '/drive//sw.js', '/drive/sw.js/'])
        assert.equal((await client.get(path)).status, 404, path);
    assert.equal((await client.post('/drive/', {}, {judge: false})).status, 405);
});
