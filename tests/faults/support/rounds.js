// SPDX-License-Identifier: Apache-2.0
//
// Rounds of kill -9: several phones upload, the server is killed at random moments and started again on the same data (and now
// and then only the process that its workers come from), and the phones go on as tus asks. What was acknowledged must be there afterwards, once.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {filesBelow, sql, zygoteOf} from '../../e2e/support/insides.js';
import {draw} from '../../e2e/support/pictures.js';
import {patience, startServer, until} from '../../e2e/support/server.js';
import {readReceipt} from '../../e2e/support/receipt.js';
import {append, create, metadataFor, standing} from '../../e2e/support/tus.js';
import {addDriver, addShipper, nextSeed, photoState, reportDelivered, sendOut, signIn} from '../../e2e/support/world.js';

const PHONES = 4;
const KILLS = 2; // fewer than jobs.attempts: a judgement that dies with its server counts as an attempt
const PHONE_MS = 20_000 * patience;

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Random numbers that a seed repeats (mulberry32): a function that gives 0 <= x < 1. */
export function seeded(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/** For a seed of its own at each run. */
export const RANDOM = 'random';

/** PORCHLIGHT_SEED, or else `otherwise`: always the same one, or RANDOM. It is printed, so that a failure can be had again. */
export function chooseSeed(t, otherwise) {
    const chosen = process.env.PORCHLIGHT_SEED ?? otherwise;
    const seed = chosen === RANDOM ? Math.floor(Math.random() * 1e9) : Number(chosen);
    t.diagnostic(`PORCHLIGHT_SEED=${seed}`);
    return seed;
}

/** An answer, or null where the connection broke. A judgement of the contract (AssertionError) is not swallowed. */
async function tried(request) {
    try {
        return await request;
    } catch (error) {
        if (error instanceof assert.AssertionError || !('code' in error)) throw error;
        return null;
    }
}

/** One phone with one photo, until it has its receipt: {receipt, breaks}. */
async function carry(phone, stop, picture, random, counts) {
    const client = phone.client.with({connection: 'close'});
    const metadata = metadataFor(stop, picture);
    const end = Date.now() + PHONE_MS;
    let path = null, told = -1, last = 'nothing', receipt;
    let offset = /** @type {number|null} */ (null); // not known: HEAD tells
    const hear = (answer, what) => {
        last = `${what} ${answer ? `${answer.status} ${answer.json?.type ?? ''}` : 'broke'}`;
        if (!answer) counts.broken++;
        if (answer && answer.status < 300) {
            const now = Number(answer.headers['upload-offset'] ?? 0);
            assert.ok(now >= told, `the offset fell from ${told} to ${now} at ${last}`);
            told = offset = now;
            receipt = answer.headers['porchlight-receipt'] ?? receipt;
        } else {
            offset = null;
            assert.ok(!answer || [409, 423, 503].includes(answer.status), `unexpected ${last}, told ${told} of ${picture.length}`);
        }
    };
    while (!receipt) {
        assert.ok(Date.now() < end, `no receipt in ${PHONE_MS} ms: ${last}, told ${told} of ${picture.length}`);
        if (!path) {
            const answer = await tried(create(client, {metadata, length: picture.length}));
            hear(answer, 'POST');
            if (answer?.status === 201) path = answer.headers.location;
        } else if (offset === null) {
            hear(await tried(standing(client, path)), 'HEAD');
        } else if (offset === picture.length) {
            offset = null; // whole, but not yet accepted for certain: HEAD tells
        } else {
            const size = Math.min(picture.length - offset, 2000 + Math.floor(random() * picture.length / 3));
            hear(await tried(append(client, path, offset, picture.subarray(offset, offset + size))), 'PATCH');
        }
        if (offset === null) await wait(30);
        else if (random() < 0.4) await wait(random() * 40);
    }
    assert.equal(told, picture.length);
    const fields = readReceipt(receipt, phone.receiptKey);
    assert.ok(['stored', 'pending'].includes(fields.verdict), `the verdict is ${fields.verdict}`);
    assert.equal(fields.delivery, stop.delivery_id);
    return fields;
}

/** The server, the phones and the recipient that rounds are played with. */
export async function setRounds(t) {
    const server = await startServer(t, {api: {requests_per_minute: 0}, jobs: {backoff_ms: 50, backoff_max_ms: 400}});
    const shipper = await addShipper(server);
    const phones = [];
    for (let i = 0; i < PHONES; i++) phones.push(await addDriver(server, shipper));
    const {client, email} = await signIn(server);
    return {
        server, shipper, phones, email, recipient: client.with({connection: 'close'}),
        photos: new Map(), // by delivery: the receipt's photo
        postedLines: new Set(),
        counts: {rounds: 0, kills: 0, zygotes: 0, photos: 0, broken: 0, pending: 0},
    };
}

function keepLog({server, postedLines}) {
    for (const line of server.log.split('\n').slice(0, -1)) if (line.includes('photo.posted')) postedLines.add(line);
}

/** Kills what the workers come from, and with it the workers; the photos they had are tried again. */
async function killZygote(server) {
    try {
        process.kill(await zygoteOf(server), 'SIGKILL');
        return true;
    } catch {
        return false; // it is being started just now
    }
}

/** One round: every phone carries a photo while the server is killed; at its end each is posted and opens. */
export async function playRound(stage, random) {
    const {server, shipper, phones, email, recipient, photos, counts} = stage;
    shipper.client.headers = {connection: 'close'};
    const rides = await Promise.all(phones.map(async (driver) => {
        driver.client.headers = {connection: 'close'};
        const {delivery, stop} = await sendOut({server, shipper, driver}, email);
        return {driver, delivery, stop, picture: await draw({seed: nextSeed() % 40, size: '800x608'})};
    }));
    const carried = Promise.allSettled(rides.map(({driver, stop, picture}) => carry(driver, stop, picture, random, counts)));
    if (random() < 0.3) {
        await wait(random() * 100);
        if (await killZygote(server)) counts.zygotes++;
    }
    for (let kill = Math.ceil(random() * KILLS); kill > 0; kill--) {
        await wait(random() * 150);
        await server.kill();
        counts.kills++;
        await server.start();
    }
    const results = await carried;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    for (const [i, {delivery, driver}] of rides.entries()) {
        const receipt = /** @type {any} */ (results[i]).value;
        if (receipt.verdict === 'pending') counts.pending++;
        const {photo} = await photoState(shipper, delivery.id, 'posted');
        assert.equal(photo.state, 'posted');
        photos.set(delivery.id, receipt.photo);
        counts.photos++;
        const {bytes} = await recipient.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
        assert.deepEqual([...bytes.subarray(0, 2), ...bytes.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9]);
        await reportDelivered(driver, delivery.id);
    }
    keepLog(stage);
    counts.rounds++;
}

/** After the last round: every acknowledged photo is posted exactly once, and nothing waits. */
export async function checkRounds(stage) {
    const {server, shipper, photos, postedLines} = stage;
    keepLog(stage);
    for (const delivery of photos.keys()) await photoState(shipper, delivery, 'posted');
    assert.deepEqual(await sql(server, 'select state, count(*) from photo group by state'), [['posted', photos.size]]);
    assert.deepEqual(await sql(server, "select count(*) from upload where state = 'open'"), [[0]]);
    assert.deepEqual(await sql(server, 'select kind, last_error from job where set_aside_at is not null'), []);
    await until(async () => (await filesBelow(join(server.data, 'intake'))).length === 0, {what: 'no staging file left'});
    assert.equal((await filesBelow(join(server.data, 'photos'))).length, photos.size, 'a posted photo is one file');
    let lines = 0;
    for (const [delivery, photo] of photos) {
        const its = [...postedLines].filter((line) => line.includes(delivery));
        // none where the kill came between the commit and its line
        assert.ok(its.length <= 1, `posted ${its.length} times:\n${its.join('\n')}`);
        assert.ok(its.every((line) => line.includes(photo)), `not the receipt's ${photo}: ${its}`);
        lines += its.length;
    }
    assert.ok(lines > photos.size / 2, `only ${lines} lines of ${photos.size} photos`);
    return lines;
}

/** All of it, `count` rounds; the seed is PORCHLIGHT_SEED or `otherwise` (chooseSeed). */
export async function playRounds(t, count, otherwise) {
    const random = seeded(chooseSeed(t, otherwise));
    const stage = await setRounds(t);
    try {
        while (stage.counts.rounds < count) await playRound(stage, random);
        const lines = await checkRounds(stage);
        assert.ok(stage.counts.kills >= count);
        t.diagnostic(`${JSON.stringify({...stage.counts, posted_lines: lines})}`);
    } catch (error) {
        t.diagnostic(`failed after ${JSON.stringify(stage.counts)}\n${stage.server.log.slice(-6000)}`);
        throw error;
    }
}
