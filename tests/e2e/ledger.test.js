// SPDX-License-Identifier: Apache-2.0
//
// R11: every step can be proven, by whoever holds their part, offline. The log is read here as its own clients read it,
// by an implementation of the formats that shares nothing with the server; evidence is checked by `porchlight verify`, by
// the script in the archive, and once more by hand.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {cp, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {sql} from './support/insides.js';
import {evidenceOf, logOf, porchlightVerify, readCheckpoint, readKey, readLog, scriptVerify, sha256, unzip} from './support/log.js';
import {draw} from './support/pictures.js';
import {patience, until} from './support/server.js';
import {append, begin} from './support/tus.js';
import {addAgent, anyone, photograph, photoState, sendOut, setStage, signIn, signInAgent, unique} from './support/world.js';

const FAST = {ledger: {interval_ms: 20}};

/** The steps of a delivery's photos as the database has queued them. */
const stepsOf = async (server) => (await sql(server, 'SELECT step FROM ledger_entry ORDER BY seq')).flat();

/** A posted photo on a stage, and its recipient. */
async function postedOn(stage, email) {
    const {delivery} = await photograph(stage, email);
    await photoState(stage.shipper, delivery.id, 'posted');
    const recipient = await signIn(stage.server, email);
    return {...stage, delivery, recipient};
}

/** A stage of a test's own, whose log has nothing but what the test does, with one posted photo and its recipient. */
const posted = async (t, /** @type {any} */ settings = FAST) => postedOn(await setStage(t, settings), 'ledger@example.org');

const shared = await setStage({after}, FAST);
/** A posted photo beside those of other tests, and its recipient. */
const postedBeside = () => postedOn(shared, `ledger-${unique()}@example.org`);

test('R11 every step is an entry of a log that others can read, and an entry tells nothing', async (t) => {
    const {server, shipper, delivery, recipient} = await posted(t);
    const agent = await signInAgent(server, await addAgent(server, shipper));
    const {json: opened} = await agent.post('/v1/cases', {delivery_id: delivery.id, kind: 'damaged', reason: 'A parcel is broken.'}, {status: 201});
    await agent.post(`/v1/cases/${opened.id}/looks`, {reason: 'assess_damage', note: 'Which side?'}, {status: 201});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: null}, {status: 200});
    await recipient.client.delete(`/v1/me/orders/${delivery.id}/photo`);
    const steps = await stepsOf(server);
    assert.deepEqual(steps.slice(0, 5), ['received', 'posted', 'looked', 'withheld', 'released']);
    const log = await logOf(server, steps.length);
    for (const entry of log.entries) assert.match(entry.toString(), /^porchlight-evidence\/v1\ncommit [A-Za-z0-9+/]{43}=\n$/);
});

test('R11 a recipient proves the photo to anyone, with the program, with the script and by hand', async () => {
    const {server, delivery, recipient} = await postedBeside();
    const {bytes, headers} = await evidenceOf(recipient.client, `/v1/me/orders/${delivery.id}/evidence`);
    assert.match(headers['content-disposition'], /filename="evidence-pho_[0-9a-z]{26}\.zip"/);
    const files = unzip(bytes);
    const {keyText, entries} = await readLog(server);

    const photo = await recipient.client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    assert.ok(files['photo.jpg'].equals(photo.bytes));
    const manifest = Object.fromEntries(files['manifest.txt'].toString().trim().split('\n').map((line) => line.split(/ (.*)/)));
    assert.equal(manifest.photo_sha256, sha256(photo.bytes).toString('hex'));
    assert.equal(manifest.delivery, delivery.id);
    assert.equal(manifest.step, 'posted');
    const commit = createHmac('sha256', Buffer.from(files.salt.toString().trim(), 'hex')).update(files['manifest.txt']).digest('base64');
    assert.equal(files['leaf.bin'].toString(), `porchlight-evidence/v1\ncommit ${commit}\n`);
    assert.ok(entries.some((entry) => entry.equals(files['leaf.bin'])), 'the log has it');

    const said = await porchlightVerify(server.folder, bytes, keyText);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /The evidence holds: consistent, not witnessed/);
    assert.match(said.stdout, /witnesses +none/);
    assert.match(said.stdout, /time stamp +none/);
    const script = await scriptVerify(server.folder, files, keyText);
    assert.equal(script.code, 0, script.stderr);
    assert.match(script.stdout, /The evidence holds/);
});

test('R11 evidence of a grown log holds too, and neither program nor script takes what was changed', async (t) => {
    const stage = await posted(t);
    const {server, delivery, recipient} = stage;
    for (let i = 0; i < 3; i++) {
        const other = await photograph(stage, `other-${i}@example.org`);
        await photoState(stage.shipper, other.delivery.id, 'posted');
    }
    const {keyText} = await logOf(server, 8);
    const {bytes} = await evidenceOf(recipient.client, `/v1/me/orders/${delivery.id}/evidence`);
    const files = unzip(bytes);
    const script = await scriptVerify(server.folder, files, keyText);
    assert.equal(script.code, 0, script.stderr);
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 40)) { // each byte: test_evidence.c
        const flipped = Buffer.from(bytes);
        flipped[at] ^= 4;
        const said = await porchlightVerify(server.folder, flipped, keyText);
        assert.equal(said.code, 1, `byte ${at}`);
        assert.match(said.stderr, /DOES NOT HOLD/);
    }
    for (const name of ['photo.jpg', 'manifest.txt', 'salt', 'leaf.bin', 'proof.tlog-proof']) {
        const flipped = Buffer.from(files[name]);
        flipped[Math.floor(flipped.length / 2)] ^= 1;
        assert.equal((await scriptVerify(server.folder, {...files, [name]: flipped}, keyText)).code, 1, name);
    }
    const otherKey = keyText.replace(/\+[0-9a-f]{8}\+/, '+00000000+');
    assert.equal((await porchlightVerify(server.folder, bytes, otherKey)).code, 2);
    assert.equal((await porchlightVerify(server.folder, bytes, 'photos.example/log+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4')).code, 1);
    assert.equal((await scriptVerify(server.folder, files, keyText.replace('log+', 'lag+'))).code, 1);
});

test('R11 evidence goes to nobody who may not see the photo', async () => {
    const {server, shipper, delivery, recipient} = await postedBeside();
    const path = `/v1/me/orders/${delivery.id}/evidence`;
    await evidenceOf(recipient.client, path);
    await anyone(server).get(path, {status: 401});
    await (await signIn(server, 'stranger@example.org')).client.get(path, {status: 404});
    await recipient.client.get(`${path}?attempt=2`, {status: 404});
    await recipient.client.get(`${path}?attempt=x`, {status: 422});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    await recipient.client.get(path, {status: 403});
});

test('R11 R4 an agent takes evidence under a look, and under nothing else', async () => {
    const {server, shipper, delivery, recipient} = await postedBeside();
    const agent = await signInAgent(server, await addAgent(server, shipper));
    const {json: opened} = await agent.post('/v1/cases', {delivery_id: delivery.id, kind: 'damaged', reason: 'A parcel is broken.'}, {status: 201});
    const start = (more) => agent.post(`/v1/cases/${opened.id}/looks`, {reason: 'assess_damage', note: 'Which side is broken?', ...more}, {status: 201});
    const {json: seeing} = await start({});
    await agent.get(seeing.photo_url.replace(/\/photo$/, '/evidence'), {status: 403}); // a look at the photo is none at the evidence
    const {json: look} = await start({kind: 'evidence'});
    const path = look.evidence_url;
    await agent.get(path.replace(/\/evidence$/, '/photo'), {status: 403}); // nor the other way round
    const {bytes} = await evidenceOf(agent, path);
    const files = unzip(bytes);
    const own = await recipient.client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    assert.ok(files['photo.jpg'].equals(own.bytes), 'evidence holds the photo as it is');
    for (const line of [`agent ${look.agent_number}`, `case_number ${opened.number}`, `look ${look.id}`, 'look_kind evidence', 'step looked'])
        assert.ok(files['manifest.txt'].toString().split('\n').includes(line), line);
    const {json: read} = await recipient.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200});
    assert.deepEqual(read.items.map(({kind}) => kind), ['evidence', 'photo']);
    const {keyText} = await readLog(server);
    assert.equal((await porchlightVerify(server.folder, bytes, keyText)).code, 0);
    const other = await signInAgent(server, await addAgent(server, shipper));
    await other.get(path, {status: 404});
    await recipient.client.get(path, {status: 401});
    await agent.post(`/v1/cases/${opened.id}/resolve`, undefined, {status: 200});
    await agent.get(path, {status: 403});
});

test('R11 R9 an erased photo leaves its entries in the log and nothing that opens them', async (t) => {
    const {server, delivery, recipient} = await posted(t);
    const before = await logOf(server, 2);
    await evidenceOf(recipient.client, `/v1/me/orders/${delivery.id}/evidence`);
    await recipient.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    await recipient.client.get(`/v1/me/orders/${delivery.id}/evidence`, {status: 404});
    const after = await logOf(server, before.head.size + 1);
    assert.deepEqual(after.entries.slice(0, before.head.size), before.entries);
    const rows = await sql(server, 'SELECT step, sealed IS NULL AS gone FROM ledger_entry ORDER BY seq');
    assert.deepEqual(rows, [['received', 1], ['posted', 1], ['erased', 0]]);
});

test('R11 a killed server goes on with its log, and never signs two', async (t) => {
    const stage = await posted(t);
    const {server} = stage;
    let last = await logOf(server, 2);
    for (let i = 0; i < 4; i++) {
        await photograph(stage, `kill-${i}@example.org`);
        await server.kill();
        await server.start();
        const now = await logOf(server, last.head.size + 1);
        assert.deepEqual(now.entries.slice(0, last.head.size), last.entries);
        last = now;
    }
});

test('R11 after a restore nothing is signed until a new log names the old one', async (t) => {
    const stage = await posted(t);
    const {server} = stage;
    await logOf(server, 2);
    await server.stop();
    const copy = join(server.folder, 'copy');
    await cp(server.data, copy, {recursive: true});
    await server.start();
    await photograph(stage, 'lost@example.org');
    const lost = await logOf(server, 4);
    await server.stop();
    await rm(server.data, {recursive: true});
    await cp(copy, server.data, {recursive: true});

    await server.start();
    assert.equal((await server.admin('ledger-show')).state, 'behind');
    const fresh = await photograph(stage, 'after@example.org'); // uploads go on
    await photoState(stage.shipper, fresh.delivery.id, 'posted');
    assert.equal((await readCheckpointOf(server)).size, lost.head.size, 'what was published stays so');
    const recipient = await signIn(server, 'after@example.org');
    await recipient.client.get(`/v1/me/orders/${fresh.delivery.id}/evidence`, {status: 503});
    await assert.rejects(server.admin('ledger-continue'), /running/);
    await server.stop();
    const opened = await server.admin('ledger-continue');
    assert.equal(opened.log, 2);
    await assert.rejects(server.admin('ledger-continue'), /signs as it is/);
    await server.start();
    const next = await logOf(server, 3);
    assert.equal(next.entries[0].toString(), `porchlight-ledger/v1\ncontinues\n${lost.head.origin}\n${lost.head.size}\n${lost.head.root}\n`);
    for (const [email, key] of [['after@example.org', next.keyText], ['ledger@example.org', lost.keyText]]) {
        const {client} = await signIn(server, email);
        const {json} = await client.get('/v1/me/orders', {status: 200});
        const {bytes} = await evidenceOf(client, `/v1/me/orders/${json.items[0].id}/evidence`);
        const said = await porchlightVerify(server.folder, bytes, key);
        assert.equal(said.code, 0, said.stderr);
    }
});

async function readCheckpointOf(server) {
    const client = anyone(server);
    const key = readKey((await client.get('/log/key', {status: 200})).json.log_key);
    return readCheckpoint((await client.get('/log/checkpoint', {status: 200})).text, key);
}

test('R11 tiles that are not published, and paths that are none, are not there', async (t) => {
    const {server} = await posted(t);
    const {head} = await logOf(server, 2);
    const client = anyone(server);
    for (const path of [`0/000.p/${head.size + 1}`, '0/000', '0/001.p/1', '1/000', '0/0', '0/000.p/0', '0/000.p/x', '9/000', 'entries/000', 'about', 'x', '0/x000/000', '0/000.part'])
        await client.get(`/log/tile/${path}`, {status: 404});
    const {json} = await client.get('/log/key', {status: 200});
    assert.match(json.log_key, /^localhost:\d+\/log\+/);
});

test('R11 a picture of no use ends in the log too, and a server whose ledger is off has none', async (t) => {
    const stage = await setStage(t, FAST);
    const {driver, server} = stage;
    const {delivery, stop} = await sendOut(stage, 'reject@example.org');
    const broken = (await draw({seed: 3, size: '640x480'})).subarray(0, 9000);
    const path = await begin(driver.client, stop, broken);
    await append(driver.client, path, 0, broken, {status: 422});
    await until(async () => (await stepsOf(server)).includes('rejected'), {what: 'the rejection', ms: 5000 * patience});
    assert.deepEqual(await stepsOf(server), ['received', 'rejected']);
    assert.ok(delivery.id);
    const off = await posted(t, {ledger: {on: 'no'}});
    await anyone(off.server).get('/log/checkpoint', {status: 404});
    await off.recipient.client.get(`/v1/me/orders/${off.delivery.id}/evidence`, {status: 404});
    assert.equal((await anyone(off.server).get('/log/key', {status: 200})).json.log_key, null);
    assert.ok(!(await readdir(off.server.data)).includes('log'));
});
