// SPDX-License-Identifier: Apache-2.0
//
// R8: what a thief finds in the folders. No photo in the clear at any moment, keys elsewhere and closed to others, and the
// original's key gone once the verdict is in.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmod, mkdir, readdir, readFile, rename, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {filesBelow, findPieces, modesBelow, piecesOf} from './support/insides.js';
import {draw, smallPicture} from './support/pictures.js';
import {openRaw} from './support/raw.js';
import {program, startServer, until} from './support/server.js';
import {append, begin} from './support/tus.js';
import {photograph, photoState, sendOut, setStage, signIn} from './support/world.js';

const MARKERS = [Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from([0xff, 0xd8, 0xff, 0xe1]), Buffer.from('JFIF\0'), Buffer.from('Exif\0\0')];

/** Nothing of a picture, and no JPEG at all, lies in a server's folders. */
async function assertSealed(server, picture, when) {
    const pieces = [...piecesOf(picture), ...MARKERS];
    for (const folder of [server.data, server.keys]) assert.deepEqual(await findPieces(folder, pieces), [], `in the clear ${when}`);
}

const SLOT = 128;
/** The slots in use, as texts. */
async function slotsOf(server) {
    const bytes = await readFile(join(server.keys, 'slots'));
    return Array.from({length: Math.floor(bytes.length / SLOT)}, (_, i) => bytes.subarray(i * SLOT, (i + 1) * SLOT).toString('hex'));
}

test('R8 no photo lies in the clear: half uploaded, between two requests, in the middle of one, judged, and stopped', async (t) => {
    const stage = await setStage(t);
    const {server, driver} = stage;
    const picture = await draw({seed: 41, exif: true, gps: true, thumbnail: true});
    const {delivery, stop} = await sendOut(stage, 'sealed@example.org');
    const path = await begin(driver.client, stop, picture);
    await append(driver.client, path, 0, picture.subarray(0, 50_000), {status: 204});
    await assertSealed(server, picture, 'between two requests');
    const raw = await openRaw(server);
    await raw.head('PATCH', path, {Authorization: `Bearer ${driver.client.token}`, 'Tus-Resumable': '1.0.0', 'Upload-Offset': '50000',
        'Content-Type': 'application/offset+octet-stream', 'Content-Length': String(picture.length - 50_000)});
    const staging = join(server.data, 'intake');
    const size = async () => (await Promise.all((await filesBelow(staging)).map(async (file) => (await stat(file)).size))).reduce((a, b) => a + b, 0);
    const before = await size();
    await raw.write(picture.subarray(50_000, -1000));
    await until(async () => await size() > before + picture.length - 80_000, {what: 'the bytes in the staging file'});
    await assertSealed(server, picture, 'in the middle of a request');
    await raw.write(picture.subarray(-1000));
    assert.equal((await raw.answer()).status, 204);
    raw.close();
    await photoState(stage.shipper, delivery.id, 'posted');
    await assertSealed(server, picture, 'after the verdict');
    assert.ok((await filesBelow(join(server.data, 'photos'))).length === 1, 'the posted photo is one file');
    await until(async () => (await filesBelow(staging)).length === 0, {what: 'the staging file gone'});
    await server.stop();
    await assertSealed(server, picture, 'after the server stopped');
});

test('R8 the key of the original is destroyed once the verdict is in, and the photo\'s with its deletion', async (t) => {
    const stage = await setStage(t);
    const {server, driver} = stage;
    const picture = await draw({seed: 42, size: '640x480'});
    const idle = await slotsOf(server);
    const {delivery, stop} = await sendOut(stage, 'keys@example.org');
    const path = await begin(driver.client, stop, picture);
    await append(driver.client, path, 0, picture.subarray(0, 5000), {status: 204});
    const under = await slotsOf(server);
    const staging = under.filter((slot) => !idle.includes(slot) && !/^0*$/.test(slot));
    assert.equal(staging.length, 1, 'an upload has one key');
    await append(driver.client, path, 5000, picture.subarray(5000), {status: 204});
    const after = await until(async () => {
        const now = await slotsOf(server);
        return !now.includes(staging[0]) && now;
    }, {what: 'the original\'s key destroyed'});
    const posted = after.filter((slot) => !idle.includes(slot) && !/^0*$/.test(slot));
    assert.equal(posted.length, 1, 'a posted photo has one key');
    assert.deepEqual(await findPieces(server.keys, staging.map((slot) => Buffer.from(slot, 'hex').subarray(16, 80))), []);
    const {client} = await signIn(server, 'keys@example.org');
    await client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    assert.ok(!(await slotsOf(server)).includes(posted[0]), 'the photo\'s key is there after the deletion was answered');
    await until(async () => (await filesBelow(join(server.data, 'photos'))).length === 0, {what: 'the photo\'s file gone'});
});

test('R8 a rejected picture leaves nothing behind', async (t) => {
    const stage = await setStage(t);
    const {server, driver} = stage;
    const idle = (await slotsOf(server)).filter((slot) => !/^0*$/.test(slot)).length;
    const {stop} = await sendOut(stage, 'rejected@example.org');
    const bad = Buffer.concat([await smallPicture(43), Buffer.alloc(0)]).subarray(0, 3000);
    const path = await begin(driver.client, stop, bad);
    await append(driver.client, path, 0, bad, {status: 422});
    await until(async () => (await filesBelow(join(server.data, 'intake'))).length === 0, {what: 'the staging file gone'});
    assert.equal((await filesBelow(join(server.data, 'photos'))).length, 0);
    await until(async () => (await slotsOf(server)).filter((slot) => !/^0*$/.test(slot)).length <= idle, {what: 'its key destroyed'});
});

test('R8 keys live outside the data folder, and both are closed to everyone else', async (t) => {
    const stage = await setStage(t);
    await photograph(stage, 'modes@example.org');
    const {server} = stage;
    assert.ok(!(await filesBelow(server.data)).some((file) => /master|secret|slots|\.key/.test(file)), 'keys in the data folder');
    assert.ok((await readdir(server.keys)).includes('master.key'));
    for (const folder of [server.data, server.keys])
        for (const [path, mode] of await modesBelow(folder)) assert.equal(mode & 0o077, 0, `${path} is ${mode.toString(8)}`);
    const master = await readFile(join(server.keys, 'master.key'));
    assert.deepEqual(await findPieces(server.data, [master.subarray(0, 32)]), []);
});

/** Starts the program with these arguments, and gives its status and what it said, for it must not run. */
async function startsNot(args) {
    const child = spawn(program, ['serve', ...args], {stdio: ['ignore', 'pipe', 'pipe']});
    let said = '';
    child.stdout.on('data', (chunk) => { said += chunk; });
    child.stderr.on('data', (chunk) => { said += chunk; });
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [code] = await once(child, 'close');
    clearTimeout(late);
    assert.ok(code > 0, `it ended with status ${code}: ${said}`);
    return said;
}

test('R8 a master key that others can read is refused', async (t) => {
    const server = await startServer(t);
    await server.stop();
    const args = ['--data', server.data, '--keys', server.keys, '--listen', '127.0.0.1:0'];
    await chmod(join(server.keys, 'master.key'), 0o640);
    assert.match(await startsNot(args), /master/i);
    await chmod(join(server.keys, 'master.key'), 0o600);
    await server.start();
});

test('R8 a keys folder inside the data folder is refused', async (t) => {
    const server = await startServer(t);
    await server.stop();
    await startsNot(['--data', server.data, '--keys', join(server.data, 'keys'), '--listen', '127.0.0.1:0']);
    await server.start();
});

test('R8 without its keys nothing starts, and none are made anew', async (t) => {
    const stage = await setStage(t);
    await photograph(stage, 'lost@example.org');
    const {server} = stage;
    await server.stop();
    await rename(server.keys, `${server.keys}.away`);
    await startsNot(['--data', server.data, '--keys', server.keys, '--listen', '127.0.0.1:0']);
    await rename(server.keys, `${server.keys}.tried`).catch(() => {});
    await rename(`${server.keys}.away`, server.keys);
    await server.start();
    const {client} = await signIn(server, 'lost@example.org');
    const {json} = await client.get('/v1/me/orders', {status: 200});
    await client.get(`/v1/me/orders/${json.items[0].id}/photo`, {status: 200});
});

test('R8 the master key may come from outside', async (t) => {
    const server = await startServer(t);
    await server.stop();
    const handed = join(server.folder, 'handed');
    await mkdir(handed, {mode: 0o700});
    await rename(join(server.keys, 'master.key'), join(handed, 'key'));
    server.settings.server.master_key_file = join(handed, 'key');
    await server.start();
    assert.ok(!(await readdir(server.keys)).includes('master.key'));
});

test('R8 a photo that was changed on the disk is not served', async (t) => {
    const stage = await setStage(t);
    const {delivery} = await photograph(stage, 'changed@example.org');
    const {client} = await signIn(stage.server, 'changed@example.org');
    const [file] = await filesBelow(join(stage.server.data, 'photos'));
    const bytes = await readFile(file);
    bytes[Math.floor(bytes.length / 2)] ^= 1;
    await writeFile(file, bytes);
    const full = await client.get(`/v1/me/orders/${delivery.id}/photo`, {judge: false}).catch(() => ({status: 0, bytes: Buffer.alloc(0)}));
    const preview = await client.get(`/v1/me/orders/${delivery.id}/photo?size=preview`, {judge: false}).catch(() => ({status: 0, bytes: Buffer.alloc(0)}));
    assert.ok([full, preview].some(({status}) => status !== 200), 'a changed photo was served as if it were whole');
});
