// SPDX-License-Identifier: Apache-2.0
//
// Photos that take their worker down, by a worker that was built to be taken over (src/photo/hostile_judge.c): they cost
// themselves and nobody else.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {sql, zygoteOf} from '../e2e/support/insides.js';
import {smallPicture} from '../e2e/support/pictures.js';
import {buildFolder, program} from '../e2e/support/server.js';
import {readReceipt} from '../e2e/support/receipt.js';
import {append, begin, standing} from '../e2e/support/tus.js';
import {photoState, sendOut, setStage, signIn, stopOf} from '../e2e/support/world.js';

test('a poisoned photo is set aside after its attempts and does not hold up the next', async (t) => {
    const hostile = join(buildFolder, 'src/photo/porchlight-photo-hostile');
    const stage = await setStage(t, {intake: {verdict_wait_ms: 0}, jobs: {backoff_ms: 20, backoff_max_ms: 50}, photo: {worker_path: hostile, slots: 1}});
    const poison = Buffer.from('abort_itself');
    const poisoned = (await sendOut(stage, 'poison@example.org')).stop;
    const path = await begin(stage.driver.client, poisoned, poison);
    assert.equal((await append(stage.driver.client, path, 0, poison)).status, 204);
    const next = (await sendOut(stage, 'poison@example.org')).stop;
    const picture = await smallPicture(5);
    const good = await begin(stage.driver.client, next, picture);
    await append(stage.driver.client, good, 0, picture, {status: 204});
    await photoState(stage.shipper, next.delivery_id, 'posted');
    const facts = await photoState(stage.shipper, poisoned.delivery_id, 'set_aside');
    assert.equal(facts.photo.reason, 'worker_failed');
    const {headers} = await standing(stage.driver.client, path, {status: 200}); // durable, and never said to be more than that
    assert.equal(readReceipt(headers['porchlight-receipt'], stage.driver.receiptKey).verdict, 'pending');
    assert.equal((await stopOf(stage.driver, poisoned.delivery_id)).photo.upload, 'received');
    assert.deepEqual(await sql(stage.server, "select attempts from job where kind = 'judge'"), [[3]]);
    const {client} = await signIn(stage.server, 'poison@example.org');
    await client.refused('no-photo', 'GET', `/v1/me/orders/${poisoned.delivery_id}/photo`);
});

test('a worker that hangs is ended by its deadline', async (t) => {
    const hostile = join(buildFolder, 'src/photo/porchlight-photo-hostile');
    const stage = await setStage(t, {intake: {verdict_wait_ms: 0}, jobs: {backoff_ms: 20, backoff_max_ms: 50}, photo: {worker_path: hostile, deadline_ms: 300}});
    const word = Buffer.from('never_answer');
    const {stop} = await sendOut(stage, 'hang@example.org');
    const path = await begin(stage.driver.client, stop, word);
    await append(stage.driver.client, path, 0, word, {status: 204});
    await photoState(stage.shipper, stop.delivery_id, 'set_aside', 'rejected');
});

test('a photo whose bytes are lost is never signed as stored, and the same photo is welcome again', async (t) => {
    const stage = await setStage(t, {intake: {verdict_wait_ms: 0}, photo: {deadline_ms: 60_000}});
    const {server, driver, shipper} = stage;
    for (const {client} of [driver, shipper]) client.headers = {connection: 'close'}; // the server ends under them
    const {stop} = await sendOut(stage, 'lost@example.org');
    const picture = await smallPicture(6);
    const path = await begin(driver.client, stop, picture);
    process.kill(await zygoteOf(server), 'SIGSTOP'); // nothing is judged from here on
    const {headers} = await append(driver.client, path, 0, picture, {status: 204});
    assert.equal(readReceipt(headers['porchlight-receipt'], driver.receiptKey).verdict, 'pending');
    await server.kill();
    for (const file of await readdir(join(server.data, 'intake'))) await rm(join(server.data, 'intake', file));
    await server.start();
    const facts = await photoState(shipper, stop.delivery_id, 'missing');
    assert.equal(facts.photo.reason, 'staging_lost');
    const gone = await standing(driver.client, path);
    assert.equal(gone.status, 410);
    assert.equal(gone.headers['porchlight-receipt'], undefined);
    await driver.client.refused('upload-gone', 'DELETE', path, {headers: {'tus-resumable': '1.0.0'}});
    assert.equal((await stopOf(driver, stop.delivery_id)).photo.upload, 'none');
    const again = await begin(driver.client, stop, picture);
    assert.notEqual(again, path);
    await append(driver.client, again, 0, picture, {status: 204});
    await photoState(shipper, stop.delivery_id, 'posted');
});

test('a second server on the same data is refused', async (t) => {
    const stage = await setStage(t);
    const second = spawnSync(program, ['serve', '--data', stage.server.data, '--keys', stage.server.keys, '--listen', '127.0.0.1:0'], {encoding: 'utf8', timeout: 20_000});
    assert.ok(second.status > 0, second.stderr);
    assert.match(second.stderr, /running|lock/i);
});
