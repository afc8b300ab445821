// SPDX-License-Identifier: Apache-2.0
//
// tus 1.0.0 in every detail a phone relies on, by requests one at a time; delivery.test.js has the independent client.
import assert from 'node:assert/strict';
import {readdir, rm, stat, truncate} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {after, test} from 'node:test';
import {filesBelow, holdDatabase, keysInUse, sql, zygoteOf} from './support/insides.js';
import {draw, sha256, smallPicture} from './support/pictures.js';
import {openRaw} from './support/raw.js';
import {readReceipt} from './support/receipt.js';
import {until} from './support/server.js';
import {append, begin, checksum, create, encodeMetadata, metadataFor, standing, terminate, upload, uploadAtOnce, UPLOADS} from './support/tus.js';
import {addDriver, addShipper, nextSeed, photoState, reportDelivered, sendOut, setStage, signIn, startRound, stopOf} from './support/world.js';

const stage = await setStage({after});
const {server, shipper, driver} = stage;
const phone = driver.client;
const VERSION = {'tus-resumable': '1.0.0'};
const picture = await draw({seed: 51, size: '640x480'});

const freshStop = async (email = 'tus@example.org', more = {}) => (await sendOut(stage, email, more)).stop;
const offsetOf = async (path, status = 200) => Number((await standing(phone, path, {status})).headers['upload-offset']);
const problem = (answer) => answer.json?.type?.replace('/problems/', '');
const read = (answer) => readReceipt(answer.headers['porchlight-receipt'], driver.receiptKey);

/** Bytes in an upload's staging file. */
const stagedBytes = async (path) => (await stat(join(server.data, 'intake', basename(path)))).size;

/** The headers of a PATCH by hand. */
const patchHeaders = (offset, length, more = {}) => ({Authorization: `Bearer ${phone.token}`, 'Tus-Resumable': '1.0.0', 'Upload-Offset': String(offset),
    'Content-Type': 'application/offset+octet-stream', 'Content-Length': String(length), ...more});

// ---- versions and description ----

test('OPTIONS describes what is spoken, without a credential', async () => {
    const {headers} = await phone.with({authorization: null}).request('OPTIONS', UPLOADS, {status: 204});
    assert.equal(headers['tus-version'], '1.0.0');
    assert.equal(headers['tus-max-size'], String(25 * 1024 * 1024));
});

test('another version, or none, is refused with the one that is spoken', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    for (const version of ['0.2.2', '1.0.1', '', null]) {
        const headers = {'tus-resumable': version};
        const answers = [
            await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, headers}),
            await append(phone, path, 0, picture, {headers}),
            await phone.delete(path, {headers: {...VERSION, ...headers}}),
            await standing(phone, path, {headers}),
        ];
        for (const answer of answers) {
            assert.equal(answer.status, 412);
            assert.equal(answer.headers['tus-version'], '1.0.0');
        }
    }
    assert.equal(await offsetOf(path), 0);
});

test('X-HTTP-Method-Override replaces the method', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    const patch = await phone.request('POST', path, {body: picture.subarray(0, 100), status: 204, headers: {...VERSION, 'x-http-method-override': 'PATCH', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream'}});
    assert.equal(patch.headers['upload-offset'], '100');
    const head = await phone.request('POST', path, {headers: {...VERSION, 'x-http-method-override': 'HEAD'}});
    assert.equal(head.headers['upload-offset'], '100');
    await phone.request('POST', path, {status: 204, headers: {...VERSION, 'x-http-method-override': 'DELETE'}});
    await standing(phone, path, {status: 410});
    assert.equal((await phone.request('POST', path, {headers: VERSION})).status, 405);
});

// ---- creation ----

test('creation tells where, how far, and until when', async () => {
    const stop = await freshStop();
    const metadata = encodeMetadata({...metadataFor(stop, picture, {lat: '52.532', lon: '13.3849'}), filename: 'IMG_0001.jpg', empty: ''});
    const {headers} = await create(phone, {metadata, length: picture.length, status: 201});
    assert.match(headers['upload-expires'], /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
    const hours = (Date.parse(headers['upload-expires']) - Date.now()) / 3_600_000;
    assert.ok(hours > 47.9 && hours < 48.1);
    const head = await standing(phone, headers.location, {status: 200});
    assert.equal(head.headers['upload-length'], String(picture.length));
    assert.equal(head.headers['upload-offset'], '0');
    assert.equal(head.headers['upload-metadata'], metadata);
    assert.equal(head.headers['upload-expires'], headers['upload-expires']);
});

test('creation with the whole photo is answered by the verdict', async () => {
    const stop = await freshStop();
    const answer = await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, body: picture, status: 201});
    assert.equal(answer.headers['upload-offset'], String(picture.length));
    assert.equal(read(answer).verdict, 'stored');
    assert.equal(await offsetOf(answer.headers.location), picture.length);
});

test('creation with the first bytes goes on from there', async () => {
    const stop = await freshStop();
    const answer = await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, body: picture.subarray(0, 7001), status: 201});
    assert.equal(answer.headers['upload-offset'], '7001');
    await append(phone, answer.headers.location, 7001, picture.subarray(7001), {status: 204});
});

test('creation with bytes and a wrong checksum begins nothing', async () => {
    const stop = await freshStop();
    const answer = await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, body: picture.subarray(0, 500), headers: {'upload-checksum': checksum('other')}});
    assert.equal(problem(answer), 'checksum-mismatch');
    await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, body: picture, headers: {'upload-checksum': checksum(picture, 'sha256')}, status: 201});
});

test('a header that is not right is named, with what it must be', async () => {
    const stop = await freshStop();
    const metadata = metadataFor(stop, picture);
    const without = (key) => Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
    /** @type {[any, string, RegExp][]} */
    const cases = [
        [{metadata: without('sha256')}, 'Upload-Metadata.sha256', /needed: 64 hexadecimal/], [{metadata: {...metadata, sha256: 'abc'}}, 'Upload-Metadata.sha256', /must be 64 hexadecimal/],
        [{metadata: {...metadata, captured_at: 'today'}}, 'Upload-Metadata.captured_at', /RFC 3339/], [{metadata: {...metadata, lat: '91', lon: '0'}}, 'Upload-Metadata.lat', /-90 to 90/],
        [{metadata: {...metadata, lat: '1'}}, 'Upload-Metadata.lon', /needed/], [{metadata: {...metadata, delivery_id: 'x'}}, 'Upload-Metadata.delivery_id', /dlv_/],
        [{metadata, length: 0}, 'Upload-Length', /at least 1/], [{metadata, headers: {'upload-length': '5', 'upload-defer-length': '1'}}, 'Upload-Length', /Either/],
        [{metadata, headers: {'upload-metadata': 'a b=,,'}, length: 5}, 'Upload-Metadata', /pairs|base64/],
        [{metadata, length: 5, headers: {'upload-checksum': 'md5 AAAA'}}, 'Upload-Checksum', /sha1 or sha256/],
    ];
    for (const [sent, field, detail] of cases) {
        const answer = await create(phone, sent);
        assert.equal(problem(answer), 'bad-request', field);
        assert.equal(answer.json.field, field);
        assert.match(answer.json.detail, detail);
    }
});

test('a deferred length is told later, once', async () => {
    const stop = await freshStop();
    const {headers} = await create(phone, {metadata: metadataFor(stop, picture), status: 201});
    const head = await standing(phone, headers.location, {status: 200});
    assert.equal(head.headers['upload-defer-length'], '1');
    assert.equal(head.headers['upload-length'], undefined);
    await append(phone, headers.location, 0, picture.subarray(0, 3000), {status: 204});
    const short = await append(phone, headers.location, 3000, picture.subarray(3000, 6000), {headers: {'upload-length': '2999'}});
    assert.equal(problem(short), 'bad-request', 'shorter than what is acknowledged');
    await append(phone, headers.location, 3000, picture.subarray(3000, 6000), {headers: {'upload-length': String(picture.length)}, status: 204});
    assert.equal((await standing(phone, headers.location, {status: 200})).headers['upload-length'], String(picture.length));
    const other = await append(phone, headers.location, 6000, picture.subarray(6000), {headers: {'upload-length': String(picture.length + 1)}});
    assert.equal(problem(other), 'bad-request');
    const last = await append(phone, headers.location, 6000, picture.subarray(6000), {headers: {'upload-length': String(picture.length)}, status: 204});
    assert.equal(read(last).size, picture.length);
});

/** Begins a deferred upload, and hangs in a PATCH that tells its length; `end` does what comes in between. */
async function tellLengthAfter(stop, end) {
    const {headers: {location: path}} = await create(phone, {metadata: metadataFor(stop, picture), status: 201});
    const raw = await openRaw(server);
    await raw.head('PATCH', path, patchHeaders(0, picture.length, {'Upload-Length': String(picture.length)}));
    await raw.write(picture.subarray(0, 9000));
    await until(async () => await stagedBytes(path) >= 8192, {what: 'the request under way'});
    await end(basename(path));
    await raw.write(picture.subarray(9000));
    const answer = await raw.answer();
    raw.close();
    return {path, answer};
}

test('a length that is told to an upload that was ended meanwhile does not bring it back', async () => {
    // the staging is still there, as it is before the job that destroys it has run
    const ends = `update upload set state = 'ended', slot = null, metadata = null where hex(challenge) =`;
    const stop = await freshStop();
    const challenge = Buffer.from(stop.challenge, 'base64url').toString('hex').toUpperCase();
    const {path, answer} = await tellLengthAfter(stop, () => sql(server, `${ends} '${challenge}'`));
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['porchlight-receipt'], undefined);
    await standing(phone, path, {status: 410});
    assert.deepEqual(await sql(server, `select state, length from upload where hex(challenge) = '${challenge}'`), [['ended', null]]);
    await uploadAtOnce(phone, stop, picture);
});

test('a length that another request has told stands', async () => {
    const stop = await freshStop();
    const challenge = Buffer.from(stop.challenge, 'base64url').toString('hex').toUpperCase();
    const {answer, path} = await tellLengthAfter(stop, () => sql(server, `update upload set length = 99 where hex(challenge) = '${challenge}'`));
    assert.equal(answer.status, 503);
    assert.equal((await standing(phone, path, {status: 200})).headers['upload-length'], '99');
});

test('tus-js-client: chunks, creation with data, a deferred length', async () => {
    for (const options of [{chunkSize: 20_000}, {uploadDataDuringCreation: true}, {uploadDataDuringCreation: true, chunkSize: 30_000}, {uploadLengthDeferred: true, chunkSize: 25_000}]) {
        const stop = await freshStop();
        const {receipt} = await upload(phone, stop, picture, {options});
        assert.equal(readReceipt(receipt, driver.receiptKey).verdict, 'stored', JSON.stringify(options));
    }
});

test('creations that are not right', async () => {
    const stop = await freshStop();
    const good = metadataFor(stop, picture);
    /** @type {[string, any, number | number[]][]} */
    const cases = [
        ['no length at all', {metadata: good, headers: {'upload-defer-length': null}}, 400],
        ['both lengths', {metadata: good, length: picture.length, headers: {'upload-defer-length': '1'}}, 400],
        ['a deferred length of 2', {metadata: good, headers: {'upload-defer-length': '2'}}, 400],
        ['a length that is no number', {metadata: good, headers: {'upload-defer-length': null, 'upload-length': '12x'}}, 400],
        ['a negative length', {metadata: good, headers: {'upload-defer-length': null, 'upload-length': '-1'}}, 400],
        ['an empty file', {metadata: good, length: 0}, 400],
        ['over Tus-Max-Size', {metadata: good, length: 26_214_401}, 413],
        ['a length beyond any number', {metadata: good, headers: {'upload-defer-length': null, 'upload-length': '99999999999999999999999'}}, [400, 413]],
        ['no metadata', {length: picture.length}, 400],
        ['metadata that is not base64', {metadata: `delivery_id !!!`, length: picture.length}, 400],
        ['a key twice', {metadata: `${encodeMetadata(good)},sha256 ${Buffer.from(good.sha256).toString('base64')}`, length: picture.length}, 400],
        ...['delivery_id', 'challenge', 'sha256', 'captured_at'].map((key) => /** @type {[string, any, number]} */ ([`no ${key}`, {metadata: metadataFor(stop, picture, {[key]: null}), length: picture.length}, 400])),
        ['a sha256 that is too short', {metadata: {...good, sha256: good.sha256.slice(2)}, length: picture.length}, 400],
        ['a time that is none', {metadata: {...good, captured_at: 'yesterday'}, length: picture.length}, 400],
        ['half a place', {metadata: {...good, lat: '52.5'}, length: picture.length}, 400],
        ['a place off the globe', {metadata: {...good, lat: '91', lon: '0'}, length: picture.length}, 400],
        ['an accuracy below nothing', {metadata: {...good, lat: '9', lon: '0', accuracy: '-2'}, length: picture.length}, 400],
        ['an id that is none', {metadata: {...good, delivery_id: 'dlv_x'}, length: picture.length}, [400, 404]],
        ['a body of another type', {metadata: good, length: picture.length, body: picture, headers: {'content-type': 'image/jpeg'}}, 415],
        ['an unknown checksum algorithm', {metadata: good, length: picture.length, body: picture, headers: {'upload-checksum': 'crc32 AAAA'}}, 400],
        ['a checksum that is not base64', {metadata: good, length: picture.length, body: picture, headers: {'upload-checksum': 'sha1 ???'}}, 400],
        ['more body than length', {metadata: good, length: 100, body: picture.subarray(0, 101)}, 413],
        ['an unknown delivery', {metadata: {...good, delivery_id: `dlv_${'0'.repeat(26)}`}, length: picture.length}, 404],
        ['a challenge of nobody', {metadata: {...good, challenge: 'A'.repeat(43)}, length: picture.length}, 403],
        ['a challenge that is too short', {metadata: {...good, challenge: 'AAAA'}, length: picture.length}, [400, 403]],
    ];
    for (const [name, how, status] of cases) {
        const answer = await create(phone, how);
        assert.ok([status].flat().includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
        assert.equal(answer.headers['porchlight-receipt'], undefined, `${name}: signed`);
    }
    assert.deepEqual(await sql(server, `select count(*) from upload where hex(challenge) = '${Buffer.from(stop.challenge, 'base64url').toString('hex').toUpperCase()}'`), [[0]]);
    await uploadAtOnce(phone, stop, picture);
});

// ---- appending ----

test('a PATCH with the wrong offset, type, version or upload changes nothing', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    await append(phone, path, 0, picture.subarray(0, 1000), {status: 204});
    for (const offset of [0, 999, 1001, picture.length, picture.length + 5]) {
        const answer = await append(phone, path, offset, picture.subarray(1000, 1100));
        assert.equal(problem(answer), 'offset-mismatch');
    }
    const cases = [
        [{'content-type': 'application/octet-stream'}, 415], [{'content-type': null}, 415], [{'upload-offset': null}, 400], [{'upload-offset': '-1'}, 400],
        [{'upload-offset': '1e3'}, 400], [{'upload-offset': '99999999999999999999'}, 400], [{'upload-checksum': 'md5 AAAA'}, 400],
    ];
    for (const [headers, status] of cases) assert.equal((await append(phone, path, 1000, picture.subarray(1000), {headers})).status, status, JSON.stringify(headers));
    assert.equal((await append(phone, `${UPLOADS}/upl_${'0'.repeat(26)}`, 0, picture)).status, 404);
    assert.equal((await append(phone, `${UPLOADS}/nonsense`, 0, picture)).status, 404);
    await standing(phone, `${UPLOADS}/upl_${'0'.repeat(26)}`, {status: 404});
    assert.equal(await offsetOf(path), 1000);
    const over = await append(phone, path, 1000, Buffer.concat([picture.subarray(1000), Buffer.alloc(10)]));
    assert.equal(over.status, 413);
});

test('a checksum: a right piece counts, a wrong one does not, whatever its size', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    await append(phone, path, 0, picture.subarray(0, 20_000), {headers: {'upload-checksum': checksum(picture.subarray(0, 20_000))}, status: 204});
    for (const algorithm of ['sha1', 'sha256']) {
        const answer = await append(phone, path, 20_000, picture.subarray(20_000, 30_000), {headers: {'upload-checksum': checksum('other', algorithm)}});
        assert.equal(problem(answer), 'checksum-mismatch');
        assert.equal(await offsetOf(path), 20_000);
    }
    const last = await append(phone, path, 20_000, picture.subarray(20_000), {headers: {'upload-checksum': checksum(picture.subarray(20_000), 'sha256')}, status: 204});
    assert.equal(read(last).verdict, 'stored');
});

test('a checksummed piece that is cut short keeps nothing; a plain one keeps what came', async () => {
    for (const headers of [{'Upload-Checksum': checksum(picture)}, {}]) {
        const stop = await freshStop();
        const path = await begin(phone, stop, picture);
        const raw = await openRaw(server);
        await raw.head('PATCH', path, patchHeaders(0, picture.length, headers));
        await raw.write(picture.subarray(0, 12_000));
        if (!headers['Upload-Checksum']) await until(async () => (await sql(server, 'select 1')).length === 1);
        raw.reset();
        const wanted = headers['Upload-Checksum'] ? 0 : 12_000;
        const offset = await until(async () => {
            const head = await standing(phone, path);
            return head.status === 200 && {at: Number(head.headers['upload-offset'])};
        }, {what: 'the standing'});
        assert.ok(offset.at <= wanted, `${offset.at} of ${wanted}`);
        await append(phone, path, offset.at, picture.subarray(offset.at), {status: 204});
    }
});

test('a photo whose SHA-256 is not the one announced is not taken, and its upload is gone', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture, {sha256: sha256('another')});
    const answer = await append(phone, path, 0, picture);
    assert.equal(problem(answer), 'checksum-mismatch');
    await standing(phone, path, {status: 410});
    assert.equal((await append(phone, path, 0, picture)).status, 410);
    await uploadAtOnce(phone, stop, picture);
});

test('one byte at a time', async () => {
    const stop = await freshStop();
    const small = await draw({seed: nextSeed(), size: '64x48', quality: 30});
    const path = await begin(phone, stop, small);
    for (let at = 0; at < 40; at++) await append(phone, path, at, small.subarray(at, at + 1), {status: 204});
    await append(phone, path, 40, small.subarray(40), {status: 204});
});

test('a PATCH without a byte says where it stands', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    const answer = await append(phone, path, 0, Buffer.alloc(0), {status: 204, headers: {'content-length': '0'}});
    assert.equal(answer.headers['upload-offset'], '0');
});

// ---- broken connections ----

test('HEAD fences off a PATCH that hangs, and the phone goes on from its answer', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    const raw = await openRaw(server);
    await raw.head('PATCH', path, patchHeaders(0, picture.length));
    await raw.write(picture.subarray(0, 9000));
    await until(async () => await stagedBytes(path) >= 8192, {what: 'the request under way'});
    const offset = await until(async () => {
        const head = await standing(phone, path);
        return head.status === 200 && {at: Number(head.headers['upload-offset'])};
    }, {what: 'an answer while the old request hangs'});
    assert.ok(offset.at <= 9000);
    await raw.write(picture.subarray(9000)).catch(() => {}); // the old connection wakes up: nothing of it may count
    const rest = await until(async () => {
        const answer = await append(phone, path, offset.at, picture.subarray(offset.at));
        return answer.status !== 503 && answer; // the old request takes its leave
    });
    assert.equal(rest.status, 204, rest.text);
    assert.equal(read(rest).sha256, sha256(picture));
    raw.close();
});

test('two requests at once for one upload: one writes, the other is told to come back', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    const raw = await openRaw(server);
    await raw.head('PATCH', path, patchHeaders(0, picture.length));
    await raw.write(picture.subarray(0, 5000));
    await until(async () => await stagedBytes(path) >= 4096, {what: 'the first request under way'});
    const second = await until(async () => {
        const answer = await append(phone, path, 0, picture);
        return answer.status !== 204 && answer;
    });
    assert.ok(['upload-busy', 'offset-mismatch'].includes(problem(second)), second.text);
    await raw.write(picture.subarray(5000));
    const first = await raw.answer();
    assert.equal(first.status, 204);
    raw.close();
});

test('a phone that loses its connection again and again gets there', async () => {
    const stop = await freshStop();
    const big = await draw({seed: 52});
    const path = await begin(phone, stop, big);
    let offset = 0, rounds = 0;
    const most = big.length - 1; // the last byte comes over a connection that holds
    while (offset < most && rounds++ < 8) {
        const raw = await openRaw(server);
        await raw.head('PATCH', path, patchHeaders(offset, big.length - offset));
        await raw.write(big.subarray(offset, Math.min(offset + 40_000 + rounds * 777, most)));
        raw.reset();
        const head = await until(async () => {
            const answer = await standing(phone, path);
            return answer.status !== 423 && answer; // the old request takes its leave
        });
        const now = Number(head.headers['upload-offset']);
        assert.ok(now >= offset, 'the offset went back');
        offset = now;
    }
    const last = await append(phone, path, offset, big.subarray(offset), {status: 204});
    assert.equal(read(last).sha256, sha256(big));
});

test('the last byte came but its answer was lost: HEAD tells the whole length with the receipt', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    const raw = await openRaw(server);
    await raw.head('PATCH', path, patchHeaders(0, picture.length));
    await raw.write(picture);
    raw.reset();
    const seen = [];
    const head = await until(async () => {
        const answer = await standing(phone, path);
        const offset = Number(answer.headers['upload-offset']);
        const rest = answer.status === 200 && offset < picture.length ? await append(phone, path, offset, picture.subarray(offset)) : undefined;
        seen.push(`${answer.status} ${offset} ${rest?.status}`);
        return answer.status === 200 && offset === picture.length && answer;
    }).catch((error) => { throw new Error(`${error.message}: ${seen.slice(-20)}`); });
    assert.equal(read(head).verdict, 'stored');
    await photoState(shipper, stop.delivery_id, 'posted');
    assert.deepEqual(await sql(server, `select count(*) from photo where hex(sha256) = '${sha256(picture).toUpperCase()}' and delivery_id = (select id from delivery where reference = '${stop.reference}')`), [[1]]);
});

test('a new start: a PATCH that did not ask with HEAD is told to come back, and then goes on', async (t) => {
    const own = await setStage(t);
    own.driver.client.headers = {connection: 'close'};
    const {stop} = await sendOut(own, 'again@example.org');
    const path = await begin(own.driver.client, stop, picture);
    await append(own.driver.client, path, 0, picture.subarray(0, 9000), {status: 204});
    await own.server.kill();
    await own.server.start();
    const first = await append(own.driver.client, path, 9000, picture.subarray(9000), {status: 503});
    assert.equal(problem(first), 'upload-busy');
    const last = await until(async () => {
        const answer = await append(own.driver.client, path, 9000, picture.subarray(9000));
        return answer.status !== 503 && answer;
    });
    assert.equal(last.status, 204);
});

test('an upload whose file a power cut took is gone, and the same POST begins anew', async (t) => {
    const own = await setStage(t);
    const theirs = own.driver.client;
    theirs.headers = {connection: 'close'};
    const ways = [
        {name: 'no file', lose: (file) => rm(file)},
        {name: 'half a header', lose: (file) => truncate(file, 30)},
        {name: 'no file, and the length was deferred', deferred: true, lose: (file) => rm(file)},
        {name: 'no file, and the bytes come along', body: picture, lose: (file) => rm(file)},
    ];
    for (const {name, lose, body, deferred} of ways) {
        const {stop} = await sendOut(own, 'power@example.org');
        const how = {metadata: metadataFor(stop, picture), length: picture.length};
        const {headers: {location: path}} = await create(theirs, {...how, ...(deferred && {length: undefined}), status: 201});
        await own.server.kill();
        await lose(join(own.server.data, 'intake', basename(path)));
        await own.server.start();
        await standing(theirs, path, {status: 410});
        assert.equal((await append(theirs, path, 0, picture)).status, 410, name);
        const anew = await create(theirs, {...how, body, status: 201});
        assert.notEqual(anew.headers.location, path, name);
        assert.equal(anew.headers['upload-offset'], body && '0', name);
        await append(theirs, anew.headers.location, 0, picture, {status: 204});
        await standing(theirs, path, {status: 410});
        await until(async () => await keysInUse(own.server) === (await sql(own.server, 'select count(*) from photo where key_slot is not null'))[0][0], {what: 'the end of the staging keys'});
    }
});

// ---- termination and expiration ----

test('an unfinished upload can be given up; a finished one cannot', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    await append(phone, path, 0, picture.subarray(0, 1000), {status: 204});
    await terminate(phone, path, {status: 204});
    await standing(phone, path, {status: 410});
    assert.equal((await append(phone, path, 1000, picture.subarray(1000))).status, 410);
    assert.equal((await terminate(phone, path)).status, 410);
    const {path: done} = await uploadAtOnce(phone, stop, picture);
    assert.notEqual(done, path);
    assert.equal(problem(await terminate(phone, done)), 'conflict');
    await photoState(shipper, stop.delivery_id, 'posted');
});

test('an upload that has expired is gone, and the photo may be begun anew', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    await append(phone, path, 0, picture.subarray(0, 1000), {status: 204});
    await sql(server, `update upload set expires_at = 1000 where hex(challenge) = '${Buffer.from(stop.challenge, 'base64url').toString('hex').toUpperCase()}'`);
    await standing(phone, path, {status: 410});
    assert.equal((await append(phone, path, 1000, picture.subarray(1000))).status, 410);
    const {path: fresh} = await uploadAtOnce(phone, stop, picture);
    assert.notEqual(fresh, path);
});

// ---- one attempt, one photo ----

test('the same photo again is the same upload and gets the same receipt', async () => {
    const stop = await freshStop();
    const path = await begin(phone, stop, picture);
    assert.equal(await begin(phone, stop, picture), path);
    await append(phone, path, 0, picture.subarray(0, 1000), {status: 204});
    const again = await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, status: 201});
    assert.deepEqual([again.headers.location, again.headers['upload-offset']], [path, '1000']);
    const done = await append(phone, path, 1000, picture.subarray(1000), {status: 204});
    const repeated = await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, status: 201});
    assert.equal(repeated.headers.location, path);
    assert.equal(repeated.headers['upload-offset'], String(picture.length));
    assert.deepEqual(read(repeated), read(done));
    const whole = await create(phone, {metadata: metadataFor(stop, picture), length: picture.length, body: picture, status: 201});
    assert.deepEqual(read(whole), read(done));
    const late = await append(phone, path, picture.length, Buffer.alloc(0), {headers: {'content-length': '0'}});
    assert.equal(problem(late), 'offset-mismatch');
    assert.deepEqual(read(late), read(done));
});

test('another photo under a spent challenge gets a signed refusal', async () => {
    const stop = await freshStop();
    await uploadAtOnce(phone, stop, picture);
    const other = await smallPicture(nextSeed());
    const before = new Date().toISOString();
    const answer = await create(phone, {metadata: metadataFor(stop, other), length: other.length, status: 409});
    assert.equal(problem(answer), 'challenge-spent');
    const receipt = read(answer);
    assert.deepEqual([receipt.verdict, receipt.reason, receipt.sha256], ['refused', 'spent', sha256(other)]);
    assert.ok(receipt.received_at >= before, 'the time of another photo');
});

test('a photo taken again replaces the one that is still on its way', async () => {
    const stop = await freshStop();
    const first = await begin(phone, stop, picture);
    await append(phone, first, 0, picture.subarray(0, 1000), {status: 204});
    const retake = await smallPicture(nextSeed());
    const {path} = await uploadAtOnce(phone, stop, retake);
    assert.notEqual(path, first);
    await standing(phone, first, {status: 410});
    await photoState(shipper, stop.delivery_id, 'posted');
});

test('a rejected picture is named, and a good one under the same challenge is taken', async () => {
    const stop = await freshStop();
    const cut = picture.subarray(0, 9000);
    const path = await begin(phone, stop, cut);
    const answer = await append(phone, path, 0, cut, {status: 422});
    assert.equal(answer.json.reason, 'truncated');
    assert.ok(answer.json.detail.length > 10);
    await standing(phone, path, {status: 410});
    assert.deepEqual((await stopOf(driver, stop.delivery_id)).photo, {state: 'wanted', upload: 'rejected', reason: 'truncated', refuse: []});
    const facts = await photoState(shipper, stop.delivery_id, 'rejected');
    assert.equal(facts.photo.reason, 'truncated');
    const repeated = await create(phone, {metadata: metadataFor(stop, cut), length: cut.length});
    assert.deepEqual([repeated.status, repeated.json.reason], [422, 'truncated']);
    await uploadAtOnce(phone, stop, picture);
    await photoState(shipper, stop.delivery_id, 'posted');
    assert.deepEqual((await stopOf(driver, stop.delivery_id)).photo, {state: 'wanted', upload: 'stored', reason: null, refuse: []});
});

test('what is no usable picture is refused by its name', async () => {
    const bomb = Buffer.from(picture);
    const frame = bomb.indexOf(Buffer.from([0xff, 0xc0]));
    bomb.writeUInt16BE(60_000, frame + 5);
    bomb.writeUInt16BE(60_000, frame + 7);
    const deep = Buffer.from(picture);
    deep[deep.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12;
    const cases = [
        [Buffer.from('<html>not a picture, though it says so</html>'), ['not_jpeg']],
        [Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.alloc(500)]), ['not_jpeg']],
        [await draw({seed: nextSeed(), size: '24x20'}), ['too_small']],
        [bomb, ['too_large']],
        [deep, ['deep', 'unsupported']],
        [Buffer.concat([picture.subarray(0, 4000), Buffer.alloc(8000, 0xff)]), ['damaged', 'truncated']],
    ];
    for (const [bytes, reasons] of cases) {
        const stop = await freshStop();
        const path = await begin(phone, stop, bytes);
        const answer = await append(phone, path, 0, bytes, {status: 422});
        assert.ok(reasons.includes(answer.json.reason), `${answer.json.reason}, not ${reasons}`);
    }
});

test('a dark or blurred picture: refused where the shop says so, taken with a word why, flagged', async () => {
    const strict = await addShipper(server);
    const theirs = await addDriver(server, strict);
    await strict.client.put('/v1/shipper/settings', {refuse_dark: true, refuse_blurred: true}, {status: 200});
    for (const kind of ['dark', 'blurred']) {
        const {stop} = await sendOut({server, shipper: strict, driver: theirs}, 'night@example.org');
        const poor = await draw({seed: 7, size: '640x480', [kind]: true});
        const path = await begin(theirs.client, stop, poor);
        const answer = await append(theirs.client, path, 0, poor, {status: 422});
        assert.equal(answer.json.reason, kind);
        const again = await create(theirs.client, {metadata: metadataFor(stop, poor), length: poor.length});
        assert.deepEqual([again.status, again.json.reason], [422, kind]);
        const {receipt} = await uploadAtOnce(theirs.client, stop, poor, {anyway: 'The street lamp is broken.'});
        assert.equal(readReceipt(receipt, theirs.receiptKey).verdict, 'stored');
        const facts = await photoState(strict, stop.delivery_id, 'posted');
        assert.ok(facts.photo.flags.includes(kind), `flags ${facts.photo.flags}`);
        const flagged = await freshStop();
        await uploadAtOnce(phone, flagged, poor);
        assert.ok((await photoState(shipper, flagged.delivery_id, 'posted')).photo.flags.includes(kind));
    }
});

test('flags: repeated at another door, late; not repeated at the same one', async () => {
    const repeat = await draw({seed: nextSeed(), size: '640x480'});
    const seed = nextSeed();
    const first = await freshStop();
    await uploadAtOnce(phone, first, repeat);
    assert.deepEqual((await photoState(shipper, first.delivery_id, 'posted')).photo.flags, []);
    const second = await freshStop();
    await uploadAtOnce(phone, second, repeat);
    assert.deepEqual((await photoState(shipper, second.delivery_id, 'posted')).photo.flags, ['repeated']);
    const late = await freshStop();
    await uploadAtOnce(phone, late, await draw({seed, size: '640x480'}), {captured_at: new Date(Date.now() - 3 * 3_600_000).toISOString()});
    assert.deepEqual((await photoState(shipper, late.delivery_id, 'posted')).photo.flags, ['late']);
    const recoded = await freshStop();
    await uploadAtOnce(phone, recoded, await draw({seed, size: '480x360', quality: 60}));
    assert.deepEqual((await photoState(shipper, recoded.delivery_id, 'posted')).photo.flags, ['repeated']);
});

// ---- nothing is stranded ----

test('a phone is told by a signed word when its photo is not wanted any more', async () => {
    const cancelled = await freshStop();
    const path = await begin(phone, cancelled, picture);
    await append(phone, path, 0, picture.subarray(0, 1000), {status: 204});
    await shipper.client.post(`/v1/deliveries/${cancelled.delivery_id}/cancel`, undefined, {status: 200});
    const last = await append(phone, path, 1000, picture.subarray(1000), {status: 409});
    assert.equal(problem(last), 'delivery-ended');
    assert.equal(read(last).reason, 'cancelled');
    const anew = await create(phone, {metadata: metadataFor(cancelled, picture), length: picture.length, status: 409});
    assert.equal(read(anew).reason, 'cancelled');

    const unasked = await freshStop('tus@example.org', {photo: 'none'});
    const answer = await create(phone, {metadata: metadataFor(unasked, picture), length: picture.length, status: 403});
    assert.deepEqual([problem(answer), read(answer).reason], ['photo-unwanted', 'unwanted']);

    const taken = await freshStop();
    const other = await addDriver(server, shipper);
    await shipper.client.patch(`/v1/deliveries/${taken.delivery_id}`, {driver_id: other.id}, {status: 200});
    const gone = await create(phone, {metadata: metadataFor(taken, picture), length: picture.length, status: 403});
    assert.deepEqual([problem(gone), read(gone).reason], ['photo-unwanted', 'revoked']);
    const own = await startRound(other, taken.delivery_id);
    await uploadAtOnce(other.client, own, picture);
});

/** A stop that was attempted, and is out once more: as it was, and as it is. */
async function secondAttempt(email = 'tus@example.org') {
    const first = await freshStop(email);
    await phone.post(`/v1/driver/stops/${first.delivery_id}/attempted`, {reason: 'no_access', captured_at: new Date().toISOString()}, {status: 200});
    return {first, second: await startRound(driver, first.delivery_id)};
}

test('the photo of an attempt that is over comes late, is kept for that attempt, and the present one has its own', async () => {
    const robin = await signIn(server);
    const {first, second} = await secondAttempt(robin.email);
    const {delivery_id: id} = first;
    const late = await uploadAtOnce(phone, first, picture);
    const receipt = readReceipt(late.receipt, driver.receiptKey);
    assert.deepEqual([receipt.verdict, receipt.attempt], ['stored', 1]);
    assert.deepEqual((await stopOf(driver, id)).photo, {state: 'wanted', upload: 'none', reason: null, refuse: []});
    assert.equal((await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json.photo.state, 'expected');
    await robin.client.get(`/v1/me/orders/${id}/photo?attempt=1`, {status: 200});

    const other = await smallPicture(nextSeed());
    const again = await create(phone, {metadata: metadataFor(first, other), length: other.length, status: 409});
    assert.deepEqual([problem(again), read(again).reason, read(again).attempt], ['challenge-spent', 'spent', 1]);
    await uploadAtOnce(phone, second, other);
    await photoState(shipper, id, 'posted');
    for (const attempt of [1, 2]) await robin.client.get(`/v1/me/orders/${id}/photo?attempt=${attempt}`, {status: 200});

    await robin.client.request('DELETE', `/v1/me/orders/${id}/photo?attempt=1`, {status: 200});
    const back = await create(phone, {metadata: metadataFor(first, await smallPicture(nextSeed())), length: 5000, status: 409});
    assert.equal(read(back).reason, 'spent', 'what was deleted can come again');
});

test('a late photo is refused like any other: unwanted, refused, cancelled; also when that is said while it comes', async () => {
    const robin = await signIn(server);
    const {first} = await secondAttempt(robin.email);
    const path = await begin(phone, first, picture);
    await append(phone, path, 0, picture.subarray(0, 1000), {status: 204});
    await robin.client.post(`/v1/me/orders/${first.delivery_id}/refuse-photo`, undefined, {status: 200});
    const answer = await append(phone, path, 1000, picture.subarray(1000), {status: 403});
    assert.deepEqual([read(answer).reason, read(answer).attempt], ['declined', 1]);
    const {first: gone} = await secondAttempt();
    await shipper.client.post(`/v1/deliveries/${gone.delivery_id}/cancel`, undefined, {status: 200});
    const ended = await create(phone, {metadata: metadataFor(gone, picture), length: picture.length, status: 409});
    assert.equal(read(ended).reason, 'cancelled');
});

test('a revoked device is refused with a signed word, uploads under way included', async () => {
    const leaving = await addDriver(server, shipper);
    const {stop} = await sendOut({server, shipper, driver: leaving}, 'leaving@example.org');
    const later = (await sendOut({server, shipper, driver: leaving}, 'leaving@example.org')).stop;
    const path = await begin(leaving.client, stop, picture);
    await append(leaving.client, path, 0, picture.subarray(0, 1000), {status: 204});
    const {json} = await shipper.client.post(`/v1/drivers/${leaving.id}/revoke`, undefined, {status: 200});
    assert.deepEqual([json.state, json.devices], ['revoked', 0]);
    const answers = [
        await append(leaving.client, path, 1000, picture.subarray(1000), {status: 401}),
        await create(leaving.client, {metadata: metadataFor(later, picture), length: picture.length, status: 401}),
    ];
    for (const answer of answers) {
        assert.equal(problem(answer), 'device-revoked');
        assert.equal(readReceipt(answer.headers['porchlight-receipt'], leaving.receiptKey).reason, 'revoked');
    }
    await standing(leaving.client, path, {status: 401});
    await leaving.client.refused('device-revoked', 'GET', '/v1/driver/stops');
    await leaving.client.refused('device-revoked', 'POST', '/v1/driver/round/start');
    const unknown = await create(phone.with({authorization: `Bearer pld_${'A'.repeat(43)}`}), {metadata: metadataFor(stop, picture), length: picture.length, status: 401});
    assert.equal(problem(unknown), 'unauthorized');
    assert.equal(unknown.headers['porchlight-receipt'], undefined);
});

// ---- pressure ----

test('creation with the whole photo that cannot be kept leaves neither file nor key', async (t) => {
    const own = await setStage(t, {database: {busy_ms: 50}});
    const {stop} = await sendOut(own, 'busy@example.org');
    const free = await holdDatabase(own.server);
    for (const bytes of [picture, picture.subarray(0, 5000)]) {
        const answer = await create(own.driver.client, {metadata: metadataFor(stop, picture), length: picture.length, body: bytes});
        assert.equal(answer.status, 503, answer.text);
    }
    await free();
    const wrong = await create(own.driver.client, {metadata: metadataFor(stop, picture, {sha256: sha256('other')}), length: picture.length, body: picture});
    assert.equal(problem(wrong), 'checksum-mismatch');
    assert.deepEqual(await filesBelow(join(own.server.data, 'intake')), []);
    assert.equal(await keysInUse(own.server), 0);
    await create(own.driver.client, {metadata: metadataFor(stop, picture), length: picture.length, body: picture, status: 201});
});

test('the verdict takes too long: a pending receipt, and the stop shows it later', async (t) => {
    const own = await setStage(t, {intake: {verdict_wait_ms: 0}});
    const {delivery, stop} = await sendOut(own, 'pending@example.org');
    const {path, receipt} = await uploadAtOnce(own.driver.client, stop, picture);
    const pending = readReceipt(receipt, own.driver.receiptKey);
    assert.equal(pending.verdict, 'pending');
    await photoState(own.shipper, delivery.id, 'posted');
    assert.equal((await stopOf(own.driver, delivery.id)).photo.upload, 'stored');
    const head = await standing(own.driver.client, path, {status: 200});
    assert.deepEqual(readReceipt(head.headers['porchlight-receipt'], own.driver.receiptKey), {...pending, verdict: 'stored'});
    const bad = (await sendOut(own, 'pending@example.org')).stop;
    const cut = picture.subarray(0, 9000);
    const late = await uploadAtOnce(own.driver.client, bad, cut);
    assert.equal(readReceipt(late.receipt, own.driver.receiptKey).verdict, 'pending');
    const seen = await until(async () => {
        const {photo} = await stopOf(own.driver, bad.delivery_id);
        return photo.upload === 'rejected' && photo;
    });
    assert.equal(seen.reason, 'truncated');
});

test('too many photos wait: 503 for uploads, 423 for HEAD, and afterwards all are posted', async (t) => {
    const own = await setStage(t, {intake: {waiting_photos: 1, verdict_wait_ms: 60_000, retry_after_seconds: 2}, photo: {deadline_ms: 120_000}});
    const phoneOf = own.driver.client;
    const [one, two] = [(await sendOut(own, 'queue@example.org')).stop, (await sendOut(own, 'queue@example.org')).stop];
    const open = await begin(phoneOf, two, picture);
    const path = await begin(phoneOf, one, picture);
    const zygote = await zygoteOf(own.server);
    process.kill(zygote, 'SIGSTOP'); // nothing is judged from here on
    let first;
    try {
        first = append(phoneOf, path, 0, picture);
        await until(async () => (await sql(own.server, 'select count(*) from photo'))[0][0] === 1, {what: 'the photo accepted'}); // an earlier HEAD would cut it off
        const head = await until(async () => {
            const answer = await standing(phoneOf, path);
            return answer.status === 423 && answer;
        }, {what: '423 for an upload whose photo is being judged'});
        assert.equal(head.headers['retry-after'], '2');
        const refused = await append(phoneOf, open, 0, picture);
        assert.equal(problem(refused), 'uploads-busy');
        assert.equal(refused.headers['retry-after'], '2');
        const third = (await sendOut(own, 'queue@example.org')).stop;
        assert.equal(problem(await create(phoneOf, {metadata: metadataFor(third, picture), length: picture.length})), 'uploads-busy');
    } finally {
        process.kill(zygote, 'SIGCONT');
    }
    assert.equal((await first).status, 204);
    const second = await until(async () => {
        const answer = await append(phoneOf, open, 0, picture);
        return answer.status !== 503 && answer; // the first has its answer a moment before it leaves the queue
    });
    assert.equal(second.status, 204);
    for (const stop of [one, two]) await photoState(own.shipper, stop.delivery_id, 'posted');
});

test('bodies that began before too many waited are not acknowledged beyond it, and nothing of them is lost', async (t) => {
    const own = await setStage(t, {intake: {waiting_photos: 1, verdict_wait_ms: 60_000}, photo: {deadline_ms: 120_000}});
    const phoneOf = own.driver.client;
    const stops = [];
    for (let i = 0; i < 3; i++) stops.push((await sendOut(own, 'bodies@example.org')).stop);
    const [path, other] = [await begin(phoneOf, stops[0], picture), await begin(phoneOf, stops[1], picture)];
    const headers = {...patchHeaders(0, picture.length), Authorization: `Bearer ${phoneOf.token}`};
    const [patch, post] = [await openRaw(own.server), await openRaw(own.server)];
    await patch.head('PATCH', other, headers);
    await post.head('POST', UPLOADS, {...headers, 'Upload-Length': String(picture.length), 'Upload-Metadata': encodeMetadata(metadataFor(stops[2], picture))});
    for (const raw of [patch, post]) await raw.write(picture.subarray(0, 9000));
    await until(async () => (await readdir(join(own.server.data, 'intake'))).filter((name) => name.startsWith('upl_')).length === 3, {what: 'the bodies under way'});
    const zygote = await zygoteOf(own.server);
    process.kill(zygote, 'SIGSTOP'); // nothing is judged from here on
    let first;
    try {
        first = append(phoneOf, path, 0, picture);
        await until(async () => (await sql(own.server, 'select count(*) from photo'))[0][0] === 1, {what: 'the photo accepted'});
        for (const raw of [patch, post]) {
            await raw.write(picture.subarray(9000));
            const answer = await raw.answer();
            assert.equal(answer.status, 503);
            assert.equal(JSON.parse(answer.bytes.toString()).type, '/problems/uploads-busy');
        }
        assert.equal((await standing(phoneOf, other)).status, 423); // would finish it
        assert.deepEqual(await sql(own.server, 'select count(*) from photo'), [[1]]);
    } finally {
        process.kill(zygote, 'SIGCONT');
    }
    assert.equal((await first).status, 204);
    const settled = await until(async () => {
        const head = await standing(phoneOf, other);
        return head.status !== 423 && head;
    }, {what: 'room again'});
    assert.ok(settled.headers['porchlight-receipt']);
    const found = await until(async () => {
        const answer = await create(phoneOf, {metadata: metadataFor(stops[2], picture), length: picture.length});
        return answer.status !== 503 && answer;
    });
    assert.equal(found.status, 201);
    assert.equal(found.headers['upload-offset'], String(picture.length)); // not sent again
    for (const stop of stops) await photoState(own.shipper, stop.delivery_id, 'posted');
    patch.close();
    post.close();
});

test('too many open uploads of one device: come back when one is finished', async (t) => {
    const own = await setStage(t, {intake: {uploads_per_device: 2}});
    const stops = [];
    for (let i = 0; i < 3; i++) stops.push((await sendOut(own, 'many@example.org')).stop);
    const [first] = [await begin(own.driver.client, stops[0], picture), await begin(own.driver.client, stops[1], picture)];
    const answer = await create(own.driver.client, {metadata: metadataFor(stops[2], picture), length: picture.length});
    assert.equal(problem(answer), 'uploads-busy');
    assert.ok(answer.headers['retry-after']);
    await terminate(own.driver.client, first, {status: 204});
    await uploadAtOnce(own.driver.client, stops[2], picture);
});

test('a photo that is still expected is no riddle to its recipient', async () => {
    const {client, email} = await signIn(server);
    const stop = await freshStop(email);
    await reportDelivered(driver, stop.delivery_id);
    const {json} = await client.get(`/v1/me/orders/${stop.delivery_id}`, {status: 200});
    assert.equal(json.photo.state, 'expected');
    await client.refused('no-photo', 'GET', `/v1/me/orders/${stop.delivery_id}/photo`);
});
