// SPDX-License-Identifier: Apache-2.0
//
// What breaks under the server: power, workers, its own end, the disk, others at its database.
// What is random in it comes from a seed that is always the same here; PORCHLIGHT_SEED is another, tests/soak takes its own.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {rm, statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {sql} from '../e2e/support/insides.js';
import {draw} from '../e2e/support/pictures.js';
import {openRaw} from '../e2e/support/raw.js';
import {readReceipt} from '../e2e/support/receipt.js';
import {startServer, until} from '../e2e/support/server.js';
import {append, begin, standing} from '../e2e/support/tus.js';
import {addDelivery, addDriver, addShipper, nextSeed, photoState, sendOut, setStage, signIn, unique} from '../e2e/support/world.js';
import {chooseSeed, playRounds, seeded, wait} from './support/rounds.js';

const run = promisify(execFile);
const SEED = 20170901;
const HASTE = {backoff_ms: 50, backoff_max_ms: 400};

/** A photo of some size that takes the workers a while. */
const large = () => draw({seed: nextSeed(), size: '2400x1800'});

/** Children by the kernel's own list, at once: a worker lives for a few hundredths of a second. */
const childrenNow = (pid) => readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number));

/** Kills the workers that judge now, as soon as there is one; they are the children of the zygote, which has a guardian. */
async function killWorkers(server, ms = 1000) {
    for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setImmediate(done))) {
        try {
            const workers = childrenNow(server.pid).flatMap(childrenNow).flatMap(childrenNow);
            for (const pid of workers) process.kill(pid, 'SIGKILL');
            if (workers.length > 0) return workers.length;
        } catch { /* one of them ended while it was looked at */ }
    }
    return 0;
}

/** Clients that open a connection for each request: servers end under them. */
function unlink({shipper, driver}) {
    shipper.client.headers = {connection: 'close'};
    driver.client.headers = {connection: 'close'};
}

test('kill -9 at random moments loses nothing that was told', (t) => playRounds(t, 12, SEED));

test('kill -9 of the workers: the photo is tried again, and the next go on', async (t) => {
    const random = seeded(chooseSeed(t, SEED));
    const stage = await setStage(t, {jobs: HASTE});
    const {server, shipper, driver} = stage;
    const recipient = await signIn(server);
    const pictures = [await large(), await large()];
    let sentPhotos = 0, killed = 0;
    const sendPhoto = async (picture, during) => {
        const {delivery, stop} = await sendOut(stage, recipient.email);
        sentPhotos++;
        const path = await begin(driver.client, stop, picture);
        const sent = append(driver.client, path, 0, picture, {status: 204});
        await during?.();
        assert.ok(readReceipt((await sent).headers['porchlight-receipt'], driver.receiptKey));
        await photoState(shipper, delivery.id, 'posted');
        await recipient.client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    };
    const failures = () => server.log.split('photo.worker_failed').length - 1;
    // a worker may be done when the signal comes: once more then
    for (const end = Date.now() + 12_000; failures() < 4 && Date.now() < end;)
        await sendPhoto(pictures[sentPhotos % 2], async () => {
            killed += await killWorkers(server);
            if (random() < 0.5) killed += await killWorkers(server, 300);
        });
    assert.ok(failures() >= 4, `${killed} workers killed, ${failures()} failures logged`);
    for (let i = 0; i < 3; i++) {
        await sendPhoto(pictures[0], async () => {
            await wait(random() * 60);
            process.kill(childrenNow(server.pid)[0], 'SIGKILL'); // what stands between the server and its workers
        });
        await until(() => childrenNow(server.pid).length > 0, {ms: 5000, what: 'another zygote'});
    }
    await sendPhoto(pictures[1]);
    assert.deepEqual(await sql(server, 'select state, count(*) from photo group by state'), [['posted', sentPhotos]]);
    assert.deepEqual(await sql(server, 'select kind from job where set_aside_at is not null'), []);
    t.diagnostic(`${sentPhotos} photos, ${killed} workers killed, ${failures()} failures logged`);
});

test('SIGTERM in the middle of uploads: what is under way is finished, and all is there afterwards', async (t) => {
    const stage = await setStage(t, {jobs: HASTE});
    const {server, shipper, driver} = stage;
    const recipient = await signIn(server);
    const ways = [];
    for (const part of [0.6, 1, 1]) { // how much of the photo the request under way announces
        const {delivery, stop} = await sendOut(stage, recipient.email);
        const picture = await draw({seed: nextSeed(), size: '1200x904'});
        const size = Math.floor(picture.length * part);
        const path = await begin(driver.client, stop, picture);
        const raw = await openRaw(server);
        await raw.head('PATCH', path, {
            Authorization: `Bearer ${driver.client.token}`, 'Tus-Resumable': '1.0.0', 'Upload-Offset': 0,
            'Content-Type': 'application/offset+octet-stream', 'Content-Length': size,
        });
        await raw.write(picture.subarray(0, Math.floor(size / 2)));
        ways.push({delivery, picture, size, path, raw});
    }
    await wait(100);
    server.child.kill('SIGTERM');
    await wait(200);
    assert.ok(server.isRunning(), 'it did not wait for the requests under way');
    for (const {raw, picture, size} of ways) await raw.write(picture.subarray(Math.floor(size / 2), size));
    for (const {raw, picture, size} of ways) {
        const answer = await raw.answer({ms: 15_000});
        assert.equal(answer?.status, 204, 'the request under way was not answered');
        assert.equal(answer.headers['upload-offset'], String(size));
        if (size === picture.length) readReceipt(answer.headers['porchlight-receipt'], driver.receiptKey);
        raw.close();
    }
    assert.deepEqual(await server.ended, {code: 0, signal: null});
    unlink(stage);
    await server.start();
    for (const {delivery, path, size, picture} of ways) {
        const {headers} = await standing(driver.client, path, {status: 200});
        assert.equal(headers['upload-offset'], String(size));
        if (size < picture.length) await append(driver.client, path, size, picture.subarray(size), {status: 204});
        await photoState(shipper, delivery.id, 'posted');
        await recipient.client.with({connection: 'close'}).get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    }
});

/** Puts the data of a server that does not run on a disk of `size`: why not, or null. */
async function moveToSmallDisk(server, size) {
    if (process.getuid?.() !== 0) return 'only root can mount a small disk';
    const {mounted} = await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'porchlight-test', `${server.data}.small`])
        .then(() => ({mounted: true}), () => ({mounted: false}));
    if (!mounted) return 'a small disk cannot be mounted here';
    await run('cp', ['-a', `${server.data}/.`, `${server.data}.small`]);
    server.data = `${server.data}.small`;
    return null;
}

/** Fills the disk of a folder: the file that does. */
async function fill(folder) {
    const file = join(folder, 'filler');
    for (let size = (await statfs(folder)).bavail * 4096; ; ) {
        await run('fallocate', ['-l', String(size), file]);
        const left = Number((await statfs(folder)).bavail) * 4096;
        if (left === 0) return file;
        size += left;
    }
}

test('a full disk: 507 or 503, nothing half kept, and the same upload goes on when there is space', async (t) => {
    const server = await startServer(null, {intake: {free_space: 0}, jobs: HASTE});
    const data = server.data;
    t.after(async () => {
        const ended = await server.stop();
        if (server.data !== data) await run('umount', [server.data]);
        await server.remove();
        assert.ok(!ended || ended.code === 0, `the server ended with ${JSON.stringify(ended)}\n${server.log.slice(-4000)}`);
    });
    assert.equal((await server.stop()).code, 0);
    await run('mkdir', ['-m', '700', `${data}.small`]);
    const why = await moveToSmallDisk(server, '24m');
    if (why) return t.skip(why);
    await server.start();
    const shipper = await addShipper(server);
    const driver = await addDriver(server, shipper);
    unlink({shipper, driver});
    const recipient = await signIn(server);
    const {delivery, stop} = await sendOut({server, shipper, driver}, recipient.email);
    const picture = await large();
    const half = Math.floor(picture.length / 3);
    const path = await begin(driver.client, stop, picture);
    await append(driver.client, path, 0, picture.subarray(0, half), {status: 204});
    const filler = await fill(server.data);
    const statuses = [];
    for (let i = 0; i < 3; i++) {
        const answer = await append(driver.client, path, half, picture.subarray(half));
        statuses.push(answer.status);
        assert.ok([503, 507].includes(answer.status), `a full disk answered ${answer.status} ${answer.text}`);
    }
    const under = await standing(driver.client, path);
    assert.ok([200, 423].includes(under.status), `HEAD answered ${under.status}`);
    if (under.status === 200) assert.equal(under.headers['upload-offset'], String(half));
    await rm(filler);
    const {headers} = await standing(driver.client, path, {status: 200});
    const offset = Number(headers['upload-offset']);
    assert.equal(offset, half, 'bytes of a failed request were kept');
    await append(driver.client, path, offset, picture.subarray(offset), {status: 204});
    await photoState(shipper, delivery.id, 'posted');
    await recipient.client.with({connection: 'close'}).get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    t.diagnostic(`a full disk answered ${statuses}`);
});

test('admin commands beside the server are seen at once, and neither loses what the other committed', async (t) => {
    const stage = await setStage(t, {api: {requests_per_minute: 0}});
    const {server, shipper} = stage;
    unlink(stage);
    const added = [], made = [];
    for (let i = 0; i < 20; i++) {
        const [other, delivery] = await Promise.all([addShipper(server), addDelivery(shipper, `beside-${unique()}@example.org`)]);
        other.client.headers = {connection: 'close'};
        await other.client.get('/v1/deliveries', {status: 200});
        made.push([shipper, delivery.id], [other, (await addDelivery(other, `own-${unique()}@example.org`)).id]);
        added.push(other);
        if (i % 5 !== 4) continue;
        await server.kill();
        await server.start();
        for (const [owner, id] of made) await owner.client.get(`/v1/deliveries/${id}`, {status: 200});
    }
    assert.deepEqual(await sql(server, 'select count(*) from shipper'), [[added.length + 1]]);
    assert.deepEqual(await sql(server, 'select count(*) from delivery'), [[made.length]]);
    assert.deepEqual(await sql(server, 'pragma integrity_check'), [['ok']]);
});
