// SPDX-License-Identifier: Apache-2.0
//
// What people may ask of what is held about them: everything in an archive, their account's end, a day on which it goes
// by itself; and a word for those who are in a picture and have no account.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {promisify} from 'node:util';
import {sql} from './support/insides.js';
import {messagesTo} from './support/mail.js';
import {until} from './support/server.js';
import {addAgent, addDelivery, anyone, deliveryFor, photograph, photoState, sendOut, setStage, signIn, signInAgent, unique} from './support/world.js';

const run = promisify(execFile);
const stage = await setStage({after}, {jobs: {sweep_seconds: 1}, mydata: {exports_per_day: 4, complaints_per_day: 40}});
const {server, shipper} = stage;
const agent = await addAgent(server, shipper, undefined, 'administrator');
const desk = await signInAgent(server, agent);

/** An export, opened by a program that is not ours: {names, read(name), json(name)}. */
async function openExport(bytes) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-export-'));
    after(() => rm(folder, {recursive: true, force: true}));
    const file = join(folder, 'export.zip');
    await writeFile(file, bytes);
    const script = 'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nz.extractall(sys.argv[2])\nprint("\\n".join(z.namelist()))';
    const {stdout} = await run('python3', ['-c', script, file, folder]);
    const read = (name) => readFile(join(folder, name));
    return {file, names: stdout.trim().split('\n'), read, json: async (name) => JSON.parse(await read(name))};
}

test('an export holds what the API tells, the photos, and no secret', async () => {
    const robin = await signIn(server);
    const done = await photograph(stage, robin.email);
    await photoState(shipper, done.delivery.id, 'posted');
    const hidden = await photograph(stage, robin.email, {more: {confidential: 'registry'}});
    await photoState(shipper, hidden.delivery.id, 'withheld');
    const gone = await photograph(stage, robin.email);
    await photoState(shipper, gone.delivery.id, 'posted');
    await robin.client.delete(`/v1/me/orders/${gone.delivery.id}/photo`);
    const gift = await addDelivery(shipper, `casey-${unique()}@example.org`, {buyer: {email: robin.email}, recipient: {name: 'Casey Moor', email: `casey-${unique()}@example.org`}});
    const {json: problem} = await robin.client.post(`/v1/me/orders/${done.delivery.id}/problem`, {kind: 'damaged', text: 'Torn.'}, {status: 201});
    await desk.post(`/v1/cases/${problem.id}/looks`, {reason: 'assess_damage', note: 'The tear.'}, {status: 201});

    const answer = await robin.client.get('/v1/me/export', {status: 200});
    const zip = await openExport(answer.bytes);
    const {json: me} = await robin.client.get('/v1/me', {status: 200});
    const account = await zip.json('account.json');
    for (const [name, value] of Object.entries(me)) assert.deepEqual(account[name], value, name);
    assert.equal(account.sessions.length, 1);

    const {items} = await zip.json('deliveries.json');
    assert.deepEqual(items.map(({id}) => id), (await robin.client.all('/v1/me/orders')).map(({id}) => id));
    for (const {held, ...order} of items) {
        const {json} = await robin.client.get(`/v1/me/orders/${order.id}`, {status: 200});
        assert.deepEqual(order, json);
        assert.equal(held === undefined, order.id === gift.id); // of a gift no more than its page
    }
    const of = (id) => items.find((order) => order.id === id);
    const {held, looks, cases} = of(done.delivery.id);
    assert.equal(held.recipient.name, 'Robin Vale');
    assert.equal(held.instructions, 'Behind the blue bench.');
    assert.ok(held.events.some(({type}) => type === 'photo.looked'));
    assert.equal(looks[0].note, 'The tear.');
    assert.equal(cases[0].messages[0].text, 'Torn.');
    const [photo] = held.photos;
    const {bytes: served} = await robin.client.get(`/v1/me/orders/${done.delivery.id}/photo`, {status: 200});
    assert.deepEqual(await zip.read(photo.file), served);
    const [kept] = of(hidden.delivery.id).held.photos;
    assert.deepEqual([kept.state, kept.reason, kept.file], ['withheld', 'registry', null]);
    assert.equal(of(gone.delivery.id).held.photos[0].state, 'erased');
    assert.deepEqual(zip.names.sort(), ['account.json', 'deliveries.json', 'index.html', photo.file].sort());
    const page = String(await zip.read('index.html'));
    assert.ok(page.includes(photo.file) && page.includes(robin.email));
    assert.doesNotMatch(page, /Casey/);
    const whole = Buffer.concat(await Promise.all(zip.names.filter((name) => !name.endsWith('.jpg')).map((name) => zip.read(name)))).toString();
    for (const secret of [robin.client.cookies['__Host-porchlight'], done.delivery.tracking_url.split('/t/')[1], shipper.api_key, 'casey-'])
        assert.ok(!whole.includes(secret), 'a secret is in the export');
    await run('unzip', ['-tq', zip.file]).catch((error) => { if (error.code !== 'ENOENT') throw error; });
});
