// SPDX-License-Identifier: Apache-2.0
//
// R11: those who attest the log. Witnesses cosign its checkpoints, authorities stamp them; evidence carries both; a log that
// a witness has seen more of is not signed any further; and nobody who delivers waits for any of them.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {cp, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {startAuthority, startWitness} from './support/attesters.js';
import {evidenceOf, logOf, porchlightVerify, readLog, scriptVerify, unzip} from './support/log.js';
import {program, until} from './support/server.js';
import {anyone, photograph, photoState, setStage, signIn} from './support/world.js';

/** A folder for the files of those who attest. */
async function folderOf(t) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-attest-'));
    t.after(() => rm(folder, {recursive: true, force: true}));
    return folder;
}

const keyOf = async (server) => (await anyone(server).get('/log/key', {status: 200})).json.log_key;

/** Evidence of the stage's only photo, once `isThere` says that it has what is waited for. */
async function evidenceWith(stage, isThere) {
    const {client} = await signIn(stage.server, 'attest@example.org');
    const {json} = await client.get('/v1/me/orders', {status: 200});
    return until(async () => {
        const {bytes} = await evidenceOf(client, `/v1/me/orders/${json.items[0].id}/evidence`);
        return isThere(unzip(bytes)) && bytes;
    }, {what: 'evidence that others attest'});
}

test('R11 a witness cosigns, an authority stamps, and evidence holds by a policy of one\'s own', async (t) => {
    const folder = await folderOf(t);
    const witness = await startWitness(t);
    const authority = await startAuthority(t, folder);
    const policy = join(folder, 'policy');
    await writeFile(policy, `witness w1 ${witness.key} ${witness.url}\nquorum w1\n`);
    const stage = await setStage(t, {ledger: {interval_ms: 20, attest_ms: 50, policy_file: policy,
        time_stampers: `http://127.0.0.1:1/, ${authority.url}/`, time_stamp_ca: authority.ca}});
    const {server, shipper} = stage;
    const key = await keyOf(server);
    const {delivery} = await photograph(stage, 'attest@example.org');
    await photoState(shipper, delivery.id, 'posted');
    assert.match((await porchlightVerify(folder, await evidenceWith(stage, (files) => files['checkpoint.tsr']), key)).stdout, /not witnessed/);
    witness.know(key); // from here on it knows the log
    await photograph(stage, 'more@example.org');
    const bytes = await evidenceWith(stage, (files) => files['checkpoint.tsr'] && files['proof.tlog-proof'].toString().includes(`— ${witness.key.split('+')[0]} `));
    const files = unzip(bytes);
    assert.ok(files.policy.toString().includes(`witness w1 ${witness.key} ${witness.url}\n`));

    const own = join(folder, 'own');
    await writeFile(own, `log ${key}\nwitness w ${witness.key}\nquorum w\n`);
    const said = await porchlightVerify(folder, bytes, key, '--policy', own, '--tsa-ca', authority.ca);
    assert.equal(said.code, 0, said.stdout + said.stderr);
    assert.match(said.stdout, /The evidence holds: consistent, witnessed, time-stamped/);
    assert.match((await porchlightVerify(folder, bytes, key)).stdout, /not witnessed, not time-stamped/);

    const stranger = await startWitness(t, 'stranger.example/w');
    await writeFile(own, `log ${key}\nwitness w ${stranger.key}\nquorum w\n`);
    assert.equal((await porchlightVerify(folder, bytes, key, '--policy', own)).code, 1);
    const other = await startAuthority(t, folder);
    const untrusted = await porchlightVerify(folder, bytes, key, '--tsa-ca', other.ca);
    assert.equal(untrusted.code, 1);
    assert.match(untrusted.stdout, /NO +time stamp/);

    const script = await scriptVerify(folder, files, key, authority.ca);
    assert.equal(script.code, 0, script.stderr);
    assert.match(script.stdout, /ok +the checkpoint was stamped/);
    assert.equal((await scriptVerify(folder, files, key, other.ca)).code, 1);
    assert.match((await scriptVerify(folder, files, key)).stdout, /not checked/);
});

test('R11 a witness follows a log as it grows, over restarts of either, and a witness that is down holds nothing up', async (t) => {
    const folder = await folderOf(t);
    const witness = await startWitness(t);
    const policy = join(folder, 'policy');
    await writeFile(policy, `witness w1 ${witness.key} ${witness.url}/\nquorum w1\n`);
    const stage = await setStage(t, {ledger: {interval_ms: 20, attest_ms: 30, policy_file: policy}});
    const {server} = stage;
    const key = await keyOf(server);
    const origin = key.split('+')[0];
    witness.know(key);
    const seen = (size) => until(() => (witness.seen[origin]?.size ?? 0) >= size, {what: `a witness that has seen ${size}`});
    for (let i = 1; i <= 3; i++) {
        await photograph(stage, `grow-${i}@example.org`);
        await seen(2 * i);
    }
    witness.down = true;
    const {delivery} = await photograph(stage, 'down@example.org');
    await photoState(stage.shipper, delivery.id, 'posted');
    await logOf(server, 8);
    await server.stop();
    await server.start();
    await photograph(stage, 'still@example.org');
    await logOf(server, 10);
    witness.down = false;
    await seen(10);
});

test('R11 data and keys that were both restored are noticed, by what a witness has seen', async (t) => {
    const folder = await folderOf(t);
    const witness = await startWitness(t);
    const policy = join(folder, 'policy');
    await writeFile(policy, `witness w1 ${witness.key} ${witness.url}\nquorum none\n`);
    const stage = await setStage(t, {ledger: {interval_ms: 20, attest_ms: 30, policy_file: policy}});
    const {server} = stage;
    const key = await keyOf(server);
    const origin = key.split('+')[0];
    witness.know(key);
    await photograph(stage, 'one@example.org');
    await logOf(server, 2);
    await server.stop();
    for (const name of ['data', 'keys']) await cp(server[name], join(server.folder, `copy-${name}`), {recursive: true});
    await server.start();
    await photograph(stage, 'two@example.org');
    await until(() => witness.seen[origin]?.size >= 4, {what: 'a witness that has seen 4'});
    await server.stop();
    for (const name of ['data', 'keys']) {
        await rm(server[name], {recursive: true});
        await cp(join(server.folder, `copy-${name}`), server[name], {recursive: true});
    }
    await server.start();
    const {delivery} = await photograph(stage, 'three@example.org'); // goes on
    await photoState(stage.shipper, delivery.id, 'posted');
    await until(() => /ledger\.refuses.*why=witness/.test(server.log), {what: 'a ledger that stops'});
    assert.equal((await readLog(server)).head.size, 2);
});

test('R11 a policy that is none is refused at start, with its line', async (t) => {
    const folder = await folderOf(t);
    const policy = join(folder, 'policy');
    await writeFile(policy, 'witness w1 nonsense\nquorum w1\n');
    const args = ['serve', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--mail-folder', folder, '--ledger-policy-file', policy];
    await assert.rejects(promisify(execFile)(program, args), /line 1 of the policy .* is not right/);
});
