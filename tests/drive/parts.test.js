// SPDX-License-Identifier: Apache-2.0
//
// The parts of the driver's app that need no browser: receipts, the choice of what is sent next, the catalogues, and what
// build.js makes of it all.
import assert from 'node:assert/strict';
import {generateKeyPairSync, sign} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import zlib from 'node:zlib';
import {messagesOf, readCatalogue} from '../../web/driver/catalogues.js';
import {inUse, isDone, nextPhoto, nextReport, view} from '../../web/driver/queue.js';
import {checkReceipt} from '../../web/driver/receipt.js';
import {appFolder, removeApp} from './support/app.js';

const PO = fileURLToPath(new URL('../../po', import.meta.url));
after(removeApp);

// ---- receipts ----

const {publicKey, privateKey} = generateKeyPairSync('ed25519');
const KEY = publicKey.export({format: 'jwk'}).x;
const PHOTO = {delivery_id: `dlv_${'0'.repeat(26)}`, attempt: 2, sha256: 'ab'.repeat(32), size: 4711};
const TIMES = 'captured_at 2026-11-24T10:00:00.000Z\nreceived_at 2026-11-24T10:00:01.000Z\n';
const STORED = `porchlight-receipt/v1\nverdict stored\ndelivery ${PHOTO.delivery_id}\nattempt 2\nphoto pho_${'1'.repeat(26)}\nsha256 ${PHOTO.sha256}\nsize 4711\n${TIMES}`;
const REFUSED = STORED.replace('verdict stored', 'verdict refused\nreason declined').replace(/photo .*\n/, '');

const signed = (text) => `${Buffer.from(text).toString('base64url')}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
const verdictOf = async (header, key = KEY, photo = PHOTO) => (await checkReceipt(header, key, photo))?.verdict ?? null;

test('a receipt counts for its delivery, attempt, bytes and key alone', async () => {
    assert.equal(await verdictOf(signed(STORED)), 'stored');
    assert.equal(await verdictOf(signed(STORED.replace('stored', 'pending'))), 'pending');
    assert.equal((await checkReceipt(signed(REFUSED), KEY, PHOTO)).reason, 'declined');
    for (const other of [{delivery_id: `dlv_${'9'.repeat(26)}`}, {attempt: 1}, {sha256: 'cd'.repeat(32)}, {size: 4712}])
        assert.equal(await verdictOf(signed(STORED), KEY, {...PHOTO, ...other}), null, JSON.stringify(other));
    const stranger = generateKeyPairSync('ed25519').publicKey.export({format: 'jwk'}).x;
    assert.equal(await verdictOf(signed(STORED), stranger), null);
});

test('what is not a receipt in every letter is none, even signed', async () => {
    const texts = [
        '', STORED.slice(0, -1), `${STORED}\n`, STORED.replace('v1', 'v2'), STORED.replace('stored', 'kept'), STORED.replace('stored', 'refused'), STORED.replace(/photo .*\n/, ''),
        REFUSED.replace('declined', 'De clined'), STORED.replace('size 4711', 'size 4711 '), STORED.replaceAll('\n', '\r\n'), STORED.replace('attempt 2', 'attempt 02'),
    ];
    for (const text of texts) assert.equal(await verdictOf(signed(text)), null, JSON.stringify(text));
    const header = signed(STORED);
    for (const bad of [null, undefined, '', '.', header.replace('.', ''), `${header}.x`, header.slice(0, -2), `${header.split('.')[0]}.${'A'.repeat(86)}`, header.replace(/^./, '!'), 'x'.repeat(900)])
        assert.equal(await verdictOf(bad), null, bad);
    for (const key of ['', 'short', '!'.repeat(43)]) assert.equal(await verdictOf(header, key), null);
});

// ---- what is next ----

const DEVICE = /** @type {any} */ ({device_id: 'dev_1', driver: {id: 'drv_1'}, ended: null});
let made = 0;
const act = (more = {}) => /** @type {any} */ ({seq: ++made, id: `a${made}`, delivery_id: `d${made}`, device_id: 'dev_1', driver_id: 'drv_1', undo_until: 0, begun: false, report: 'waiting', photo: null, ...more});
const sight = (acts, more = {}) => ({acts, device: DEVICE, former: [], now: 1000, rest: () => 0, ...more});

test('the oldest act is next; one that can be undone holds those after it; one that rests holds only its own stop', () => {
    const [a, b, c] = [act(), act(), act()];
    assert.equal(nextReport(sight([a, b])).act, a);
    assert.equal(nextReport(sight([{...a, report: 'done'}, b])).act, b);
    assert.deepEqual(nextReport(sight([{...a, undo_until: 3500}, b])), {act: null, device: null, wait: 2501});
    assert.equal(nextReport(sight([{...a, undo_until: 1000 + 86_400_000}, b])).act.id, a.id, 'the clock was set back');
    const rest = (each) => (each === a ? 9000 : 0);
    assert.equal(nextReport(sight([a, b], {rest})).act, b);
    assert.equal(nextReport(sight([a, {...b, delivery_id: a.delivery_id}, c], {rest})).act, c);
    assert.equal(nextReport(sight([])).wait, null);
});

test('a wrong PIN waits for another, holds its own stop alone, and goes as it is when its time is up', () => {
    const [a, b] = [act({report: 'again', again_until: 5000}), act()];
    assert.equal(nextReport(sight([a, b])).act, b);
    assert.deepEqual(nextReport(sight([a])), {act: null, device: null, wait: 4001});
    assert.equal(nextReport(sight([a], {now: 5000})).act, a);
    assert.equal(nextReport(sight([{...a, again_until: 1000 + 86_400_000}])).act.id, a.id, 'the clock was set back');
    assert.equal(isDone(a), false);
    assert.equal(isDone({...a, report: 'dropped'}), true);
    const moment = {now: 1000, reporting: false, progress: undefined};
    assert.equal(view(a, moment).state, 'pin');
    assert.equal(view(a, {...moment, now: 5000}).state, 'waiting');
});

test('a report goes out with the driver\'s present pairing, a photo with its own, even one that has ended', () => {
    const photo = {state: 'waiting'};
    const old = {...DEVICE, device_id: 'dev_0', ended: 'revoked'};
    const before = act({device_id: 'dev_0', photo});
    assert.equal(nextReport(sight([before], {former: [old]})).device, DEVICE);
    assert.equal(nextPhoto(sight([before], {former: [old]})).device, old);
    const stranger = act({device_id: 'dev_0', driver_id: 'drv_0', photo});
    assert.equal(nextReport(sight([stranger], {former: [old]})).act, null, 'it was reported as another driver\'s');
    assert.equal(nextReport(sight([before], {device: {...DEVICE, ended: 'revoked'}})).act, null);
    assert.deepEqual(inUse([old, DEVICE], [before]), [old]);
    assert.equal(isDone(act({report: 'done', photo: {state: 'stored'}})), true);
    assert.equal(isDone(act({report: 'done', photo: {state: 'retake'}})), false);
});

// ---- words ----

const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join(' ');

test('every language has every message, with the same things to fill in', async () => {
    const messages = await messagesOf();
    assert.ok(messages.length > 50);
    const files = (await readdir(PO)).filter((name) => name.endsWith('.po'));
    assert.ok(files.length >= 2);
    for (const file of files) {
        const {messages: known} = await readCatalogue(join(PO, file));
        for (const {id, plural} of messages) {
            const forms = known.get(id);
            assert.ok(forms?.every(Boolean), `${file} lacks "${id}"`);
            assert.equal(forms.length, plural === null ? 1 : 2, `${file}: "${id}"`);
            for (const form of forms) assert.equal(placeholders(form), placeholders(id), `${file}: "${id}"`);
        }
    }
});

// ---- the build ----

test('the build is what its manifest says: types, hashes, compressed sisters, a small shell', async () => {
    const folder = await appFolder();
    const {files, shell_bytes: shell} = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    assert.ok(shell <= 30 * 1024, `the shell is ${shell} bytes`);
    const paths = files.map(({path}) => path);
    for (const path of ['/drive/', '/drive/sw.js', '/drive/app.webmanifest']) assert.equal(files.find((file) => file.path === path).immutable, false, path);
    assert.equal(new Set(paths).size, paths.length);
    for (const {path, file, type, immutable, encodings} of files) {
        const bytes = await readFile(join(folder, file));
        assert.ok(type, path);
        assert.equal(immutable, /\.[0-9A-Za-z]{8,10}\.\w+$/.test(file), path);
        if (encodings.br) assert.deepEqual(zlib.brotliDecompressSync(await readFile(join(folder, encodings.br))), bytes, path);
        if (encodings.gzip) assert.deepEqual(zlib.gunzipSync(await readFile(join(folder, encodings.gzip))), bytes, path);
    }
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style| on\w+=|\bstyle="/, 'something is inline');
    for (const [, address] of html.matchAll(/(?:href|src)="([^"]+)"/g)) assert.ok(paths.includes(address), address);
    const manifest = JSON.parse(await readFile(join(folder, 'app.webmanifest'), 'utf8'));
    for (const {src} of manifest.icons) assert.ok(paths.includes(src), src);
});
