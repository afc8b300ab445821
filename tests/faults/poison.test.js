// SPDX-License-Identifier: Apache-2.0
//
// Photos that take their worker down, by a worker that was built to be taken over (src/photo/hostile_judge.c): they cost
// themselves and nobody else.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {test} from 'node:test';
import {sql} from '../e2e/support/insides.js';
import {smallPicture} from '../e2e/support/pictures.js';
import {buildFolder, program} from '../e2e/support/server.js';
import {append, begin} from '../e2e/support/tus.js';
import {photoState, sendOut, setStage, signIn} from '../e2e/support/world.js';

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

test('a second server on the same data is refused', async (t) => {
    const stage = await setStage(t);
    const second = spawnSync(program, ['serve', '--data', stage.server.data, '--keys', stage.server.keys, '--listen', '127.0.0.1:0'], {encoding: 'utf8', timeout: 20_000});
    assert.ok(second.status > 0, second.stderr);
    assert.match(second.stderr, /running|lock/i);
});
