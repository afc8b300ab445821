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
import {longPicture, slowDownload} from './support/narrow.js';
import {program, until} from './support/server.js';
import {addAgent, addDelivery, addShipper, anyone, photograph, photoState, sendOut, setStage, signIn, signInAgent, unique} from './support/world.js';

const run = promisify(execFile);
const stage = await setStage({after}, {jobs: {sweep_seconds: 1}, mydata: {exports_per_day: 4, complaints_per_day: 40}});
const {server, shipper} = stage;
const agent = await addAgent(server, shipper, undefined, 'administrator');
const desk = await signInAgent(server, agent);

let settings;
/** What `porchlight settings` prints. */
const settingsText = async () => (settings ??= (await run(program, ['settings'])).stdout);

/** The 16 bytes behind an id, in hex. */
function idBytes(id) {
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
    const number = [...id.slice(4)].reduce((sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)), 0n);
    return number.toString(16).padStart(32, '0');
}

/** An export, opened by a program that is not ours: {names, read(name), json(name)}. */
async function openExport(bytes) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-export-'));
    after(() => rm(folder, {recursive: true, force: true}));
    const file = join(folder, 'export.zip');
    await writeFile(file, bytes);
    const script = 'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nz.extractall(sys.argv[2])\nprint("\\n".join(z.namelist()))';
    const {stdout} = await run('python3', ['-c', script, file, folder]);
    const read = (name) => readFile(join(folder, name));
    return {file, names: stdout.trim().split('\n'), read, json: async (name) => JSON.parse(String(await read(name)))};
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

    await robin.client.post(`/v1/me/orders/${done.delivery.id}/share`, {with: 'shipper'}, {status: 200});
    await shipper.client.get(`/v1/deliveries/${done.delivery.id}/photo`, {status: 200});
    await robin.client.delete(`/v1/me/orders/${done.delivery.id}/photo`); // held by the case: it waits, and its share ends
    await robin.client.post('/v1/me/refusals', {order_id: gone.delivery.id}, {status: 201});
    const {json: complaint} = await anyone(server).post('/v1/complaints', {kind: 'in_picture', contact: 'Pat, 0456', text: 'My garden is in it.'}, {status: 201});
    const {id: complained} = (await desk.get('/v1/complaints', {status: 200})).json.items.find(({number}) => number === complaint.number);
    await desk.post(`/v1/complaints/${complained}/match`, {delivery_id: done.delivery.id, reason: 'A garden is in it.'}, {status: 201});

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
    assert.equal(cases.find(({id}) => id === problem.id).messages[0].text, 'Torn.');
    const [photo] = held.photos;
    const {bytes: served} = await robin.client.get(`/v1/me/orders/${done.delivery.id}/photo`, {status: 200});
    assert.deepEqual(await zip.read(photo.file), served);
    const [kept] = of(hidden.delivery.id).held.photos;
    assert.deepEqual([kept.state, kept.reason, kept.file], ['withheld', 'registry', null]);
    const [erased] = of(gone.delivery.id).held.photos;
    assert.deepEqual([erased.state, erased.erasure.receipt], ['erased', (await robin.client.get(`/v1/me/orders/${gone.delivery.id}/erasure`, {status: 200})).json.receipt]);
    assert.deepEqual([account.refusals.length, account.passkeys], [1, []]);
    assert.deepEqual(held.shares.map(({photo_id, with: who, shared}) => [photo_id, who, shared]), [[photo.id, 'shipper', false]]);
    assert.deepEqual(held.fetches.map(({photo_id, by, times}) => [photo_id, by, times]), [[photo.id, 'shipper', 1]]);
    assert.deepEqual(held.erase_requests.map(({photo_id}) => photo_id), [photo.id]);
    assert.deepEqual(held.complaints.map(({kind, case_id}) => [kind, cases.some(({id}) => id === case_id)]), [['in_picture', true]]);
    assert.deepEqual(zip.names.sort(), ['account.json', 'deliveries.json', 'index.html', photo.file].sort());
    const page = String(await zip.read('index.html'));
    assert.ok(page.includes(photo.file) && page.includes(robin.email));
    assert.doesNotMatch(page, /Casey/);
    const whole = Buffer.concat(await Promise.all(zip.names.filter((name) => !name.endsWith('.jpg')).map((name) => zip.read(name)))).toString();
    for (const secret of [robin.client.cookies['__Host-porchlight'], done.delivery.tracking_url.split('/t/')[1], shipper.api_key, 'casey-', 'Pat, 0456', 'My garden'])
        assert.ok(!whole.includes(secret), 'a secret is in the export');
    await run('unzip', ['-tq', zip.file]);
});

test('an export is somebody\'s own, and bounded', async () => {
    await anyone(server).refused('unauthorized', 'GET', '/v1/me/export');
    await desk.refused('unauthorized', 'GET', '/v1/me/export');
    const robin = await signIn(server);
    for (let i = 0; i < 4; i++) await robin.client.get('/v1/me/export', {status: 200});
    await robin.client.refused('too-many-requests', 'GET', '/v1/me/export');
});

test('a photo that is marked confidential while it is sent breaks the export off', async () => {
    const robin = await signIn(server);
    const done = await photograph(stage, robin.email, {picture: await longPicture(33)});
    await photoState(shipper, done.delivery.id, 'posted');
    const {raw} = await slowDownload(robin.client, '/v1/me/export');
    await shipper.client.patch(`/v1/deliveries/${done.delivery.id}`, {confidential: 'protected'}, {status: 200});
    raw.socket.resume();
    await until(() => raw.closed, {what: 'the end of the connection'});
    assert.ok(raw.received.includes('\xff\xd8\xff', 0, 'latin1'), 'no photo was under way');
    assert.ok(!raw.received.subarray(-16).toString('latin1').endsWith('\r\n0\r\n\r\n'), 'the export came to its end');
    const zip = await openExport((await robin.client.get('/v1/me/export', {status: 200})).bytes);
    assert.ok(!zip.names.some((name) => name.startsWith('photos/')));
});

// ---- the account's end ----

test('an account ends with its photos, and the refusal alone outlives it', async () => {
    const robin = await signIn(server);
    const done = await photograph(stage, robin.email);
    await photoState(shipper, done.delivery.id, 'posted');
    const held = await photograph(stage, robin.email);
    await photoState(shipper, held.delivery.id, 'posted');
    await robin.client.post(`/v1/me/orders/${held.delivery.id}/share`, {with: 'shipper'}, {status: 200});
    const {json: problem} = await robin.client.post(`/v1/me/orders/${held.delivery.id}/problem`, {kind: 'damaged', text: 'Torn.'}, {status: 201});
    const under = await sendOut(stage, robin.email);
    const elsewhere = (await sql(server, 'SELECT count(*) FROM refusal'))[0][0]; // of others
    await robin.client.post('/v1/me/refusals', {order_id: done.delivery.id}, {status: 201});
    await robin.client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    const second = await signIn(server, robin.email);
    for (const json of [{}, {confirm: 'x'}, {confirm: 'somebody@example.org'}, {confirm: robin.email, more: 1}])
        await robin.client.refused('invalid-field', 'DELETE', '/v1/me', {json});
    assert.match((await robin.client.get('/account/delete', {status: 200})).text, /cannot be undone/);
    await robin.client.get('/v1/me', {status: 200}); // looking at the page ended nothing

    const {json: left} = await robin.client.delete('/v1/me', {json: {confirm: robin.email.toUpperCase()}, status: 200});
    assert.deepEqual(left, {state: 'deleted', photos_erased: 1, photos_held: 1, refusal_kept: true});
    for (const client of [robin.client, second.client]) await client.refused('unauthorized', 'GET', '/v1/me');
    const {json: over} = await shipper.client.get(`/v1/deliveries/${done.delivery.id}`, {status: 200});
    assert.deepEqual([over.personal_data, over.recipient, over.address, over.photo.state, over.state], ['deleted', null, null, 'erased', 'delivered']);
    const {json: way} = await shipper.client.get(`/v1/deliveries/${under.delivery.id}`, {status: 200});
    assert.deepEqual([way.personal_data, way.recipient.email, way.photo.state], ['kept', robin.email, 'declined']);
    // What the case holds is shown to nobody any more, and goes when the case ends.
    await shipper.client.refused('not-shared', 'GET', `/v1/deliveries/${held.delivery.id}/photo`);
    await desk.post(`/v1/cases/${problem.id}/resolve`, {text: 'Refunded.'}, {status: 200});
    await photoState(shipper, held.delivery.id, 'erased');
    const rows = await sql(server, 'SELECT email, address FROM refusal');
    assert.ok(rows.some(([email, address]) => email === null && address === null), 'the refusal did not outlive the account');
    assert.ok(!JSON.stringify(rows).includes(robin.email), 'a refusal still says whose it was');
    assert.equal(rows.filter(([, address]) => address?.includes('Lantern')).length, elsewhere, 'a refusal still says where');
    await until(async () => (await messagesTo(server, robin.email)).some(({subject}) => /account is deleted/.test(subject)), {what: 'the farewell'});

    // A delivery that comes later is refused from the beginning, and nothing kept tells for whom.
    const next = await addDelivery(shipper, robin.email);
    assert.equal(next.photo.state, 'declined');
    assert.equal((await sql(server, `SELECT count(*) AS n FROM account WHERE email = '${robin.email}'`))[0][0], 0);
    const back = await signIn(server, robin.email);
    assert.equal((await back.client.get('/v1/me', {status: 200})).json.consent, 'refused');
    const {json: lists} = await back.client.get('/v1/me/refusals', {status: 200});
    assert.deepEqual(lists.items.map(({by, address}) => [by, address]), [['recipient', null]]);
    assert.match((await back.client.get('/account', {status: 200})).text, /an address that you named before you deleted/);
    await back.client.form('/account/delete', {confirm: 'nobody@example.org'}, {status: 422});
    const gone = await back.client.form('/account/delete', {confirm: robin.email, forget_refusal: 'yes'}, {status: 303});
    assert.equal(gone.headers.location, '/goodbye');
    await anyone(server).get('/goodbye', {status: 200});
    assert.equal((await addDelivery(shipper, robin.email)).photo.state, 'expected');
});

test('what was shown to a buyer is shown to nobody once they have left', async () => {
    const [robin, casey] = [await signIn(server), await signIn(server)];
    const done = await photograph(stage, robin.email, {more: {buyer: {email: casey.email}}});
    await photoState(shipper, done.delivery.id, 'posted');
    const path = `/v1/me/orders/${done.delivery.id}`;
    await robin.client.post(`${path}/share`, {with: 'buyer'}, {status: 200});
    await casey.client.get(`${path}/photo`, {status: 200});
    const zip = await openExport((await casey.client.get('/v1/me/export', {status: 200})).bytes);
    assert.ok(!zip.names.some((name) => name.startsWith('photos/'))); // it is not theirs, and each fetch is on record
    await casey.client.delete('/v1/me', {json: {confirm: casey.email}, status: 200});
    assert.deepEqual((await robin.client.get(path, {status: 200})).json.photo.shared, []);
});

// ---- a day on which it goes by itself ----

test('names and address go on their day, and everyone can cope', async () => {
    const robin = await signIn(server);
    const done = await photograph(stage, robin.email);
    await photoState(shipper, done.delivery.id, 'posted');
    const {json: problem} = await robin.client.post(`/v1/me/orders/${done.delivery.id}/problem`, {kind: 'other', text: 'Hello.'}, {status: 201});
    await desk.post(`/v1/cases/${problem.id}/resolve`, {text: 'Goodbye.'}, {status: 200});
    const {json: order} = await robin.client.get(`/v1/me/orders/${done.delivery.id}`, {status: 200});
    const days = (Date.parse(order.personal_data_delete_by) - Date.now()) / 86_400_000;
    assert.ok(days > 89 && days < 91, `${days} days`);
    assert.match((await robin.client.get(`/orders/${done.delivery.id}`, {status: 200})).text, /Your name and address here are deleted <time[^>]*>on /);

    const past = Date.now() - 100 * 86_400_000, id = `x'${idBytes(done.delivery.id)}'`;
    const ask = () => sql(server, `INSERT OR IGNORE INTO personal_due SELECT 0, 'case', id FROM support_case WHERE delivery_id = ${id}
        UNION SELECT 0, 'delivery', ${id}`);
    await sql(server, `UPDATE delivery SET delivered_received_at = ${past} WHERE id = ${id}`);
    await ask();
    await until(async () => (await sql(server, 'SELECT count(*) FROM personal_due WHERE due_at = 0'))[0][0] === 0, {what: 'the sweep'});
    assert.equal((await shipper.client.get(`/v1/deliveries/${done.delivery.id}`)).json.personal_data, 'kept'); // the photo and the case hold it
    await robin.client.delete(`/v1/me/orders/${done.delivery.id}/photo`);
    await sql(server, `UPDATE support_case SET resolved_at = ${past} WHERE delivery_id = ${id}`);
    await ask();
    const blank = await until(async () => {
        const {json} = await shipper.client.get(`/v1/deliveries/${done.delivery.id}`, {status: 200});
        return json.personal_data === 'deleted' && json;
    }, {what: 'the end of the names'});
    assert.deepEqual([blank.recipient, blank.buyer, blank.address, blank.instructions, blank.state], [null, null, null, null, 'delivered']);
    await shipper.client.refused('wrong-state', 'PATCH', `/v1/deliveries/${done.delivery.id}`, {json: {recipient: {name: 'X'}}});
    await robin.client.refused('not-found', 'GET', `/v1/me/orders/${done.delivery.id}`);
    const {json: seen} = await desk.get(`/v1/cases/${problem.id}`, {status: 200});
    assert.deepEqual([seen.messages, seen.delivery.personal_data], [[], 'deleted']);
    assert.match((await desk.get(`/desk/cases/${problem.id}`, {status: 200})).text, /have been deleted: their time was over/);
    await anyone(server).get(new URL(done.delivery.tracking_url).pathname, {status: 200, headers: {accept: 'text/html'}});
    const rows = JSON.stringify(await sql(server, `SELECT * FROM delivery WHERE id = ${id}`));
    assert.ok(!rows.includes('Robin') && !rows.includes('Lantern'));
});

test('every column of the database is told of in docs/privacy/retention.md, once, and what is of people has an end', async () => {
    const text = await readFile(new URL('../../docs/privacy/retention.md', import.meta.url), 'utf8');
    const listed = [...text.matchAll(/`([a-z_]+\.[a-z_0-9]+)`/g)].map(([, column]) => column).filter((column) => !/\.(js|md)$/.test(column));
    const real = (await sql(server, "SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'")).map(([column]) => column);
    assert.deepEqual(listed.toSorted(), real.toSorted());
    const people = text.slice(text.indexOf('## Of people'), text.indexOf('## Of nobody')).split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));
    for (const line of people) {
        const [, , , why, how, setting, what] = line.split('|').map((cell) => cell.trim());
        assert.ok(why && how && setting && what, line);
        for (const [, name] of setting.matchAll(/`([a-z]+-[a-z_]+)`/g)) assert.ok((await settingsText()).includes(name.slice(name.indexOf('-') + 1)), name);
    }
});

// ---- a word without an account ----

test('a passer-by complains, is answered, and nobody learns who it was', async () => {
    const robin = await signIn(server);
    const done = await photograph(stage, robin.email);
    const passer = anyone(server);
    for (const [json, field] of [[{}, 'kind'], [{kind: 'in_picture'}, 'text'], [{kind: 'none', text: 'x'}, 'kind'], [{kind: 'other', text: 'x', place: 'x'.repeat(301)}, 'place'], [{kind: 'other', text: 'x', name: 'y'}, 'name']])
        assert.equal((await passer.refused('invalid-field', 'POST', '/v1/complaints', {json})).json.field, field);
    const {json: made} = await passer.post('/v1/complaints', {kind: 'in_picture', place: 'Lantern Lane, noon', tracking: done.delivery.tracking_url, contact: 'Pat, 0123', text: 'My child is in it.'}, {status: 201});
    const path = new URL(made.url).pathname;
    const {json: read} = await passer.get(path, {status: 200});
    assert.deepEqual([read.number, read.state, read.messages[0].from], [made.number, 'open', 'complainant']);
    const wrong = `${path.slice(0, -1)}${path.endsWith('A') ? 'E' : 'A'}`;
    for (const other of [wrong, '/complaints/x']) await passer.refused('not-found', 'GET', other);
    await robin.client.refused('unauthorized', 'GET', '/v1/complaints');
    const dispatcher = await signInAgent(server, await addAgent(server, shipper, undefined, 'dispatcher'));
    await dispatcher.refused('role-needed', 'GET', '/v1/complaints');

    const {json: list} = await desk.get('/v1/complaints', {status: 200});
    const found = list.items.find(({number}) => number === made.number);
    const at = `/v1/complaints/${found.id}`;
    await desk.post(`${at}/messages`, {text: 'We look into it.'}, {status: 201});
    assert.deepEqual((await desk.get(at, {status: 200})).json.contact, 'Pat, 0123');
    await desk.refused('not-found', 'POST', `${at}/match`, {json: {delivery_id: `dlv_${'0'.repeat(26)}`, reason: 'A passer-by is in it.'}});
    const {json: matched} = await desk.post(`${at}/match`, {delivery_id: done.delivery.id, reason: 'A passer-by is in it.'}, {status: 201});
    const elsewhere = await signInAgent(server, await addAgent(server, await addShipper(server)));
    assert.equal((await elsewhere.get(at, {status: 200})).json.case_id, null); // whose delivery it was is none of another shop's business
    await desk.refused('conflict', 'POST', `${at}/match`, {json: {delivery_id: done.delivery.id, reason: 'Again.'}});
    const {json: order} = await robin.client.get(`/v1/me/orders/${done.delivery.id}`, {status: 200});
    const [opened] = order.cases;
    assert.deepEqual([opened.id, opened.kind, opened.reason, opened.opened_by], [matched.case_id, 'privacy', 'A passer-by is in it.', 'agent']);
    for (const word of ['Pat', 'My child', String(made.number)]) assert.ok(!JSON.stringify(order).includes(word), word);
    await desk.post(`${at}/resolve`, {text: 'The photo is gone.'}, {status: 200});
    await desk.refused('case-resolved', 'POST', `${at}/resolve`, {json: {}});
    assert.ok((await desk.get('/v1/complaints?show=resolved', {status: 200})).json.items.some(({id}) => id === found.id));
    assert.deepEqual((await passer.get(path, {status: 200})).json.messages.map(({from}) => from), ['complainant', 'agent', 'agent']);
    const {json: again} = await passer.form(path, {message: 'Thank you.'}, {status: 200});
    assert.equal(again.state, 'open');

    // The same on pages.
    assert.match((await passer.get('/privacy', {status: 200})).text, /name="tracking"/);
    assert.match((await passer.form('/privacy', {kind: 'other'}, {status: 422})).text, /aria-invalid/);
    const sent = await passer.form('/privacy', {kind: 'my_property', text: 'My gate.'}, {status: 303});
    const html = {headers: {accept: 'text/html'}};
    assert.match((await passer.get(sent.headers.location, {status: 200, ...html})).text, /Keep this page’s address/);
    await passer.form(sent.headers.location.split('?')[0], {message: 'And the hedge.'}, {status: 303, ...html});
    await passer.form(sent.headers.location.split('?')[0], {}, {status: 422, ...html});
    await desk.get('/desk/complaints', {status: 200});
    assert.match((await desk.get(`/desk/complaints/${found.id}`, {status: 200})).text, /Pat, 0123/);
    await desk.form(`/desk/complaints/${found.id}/messages`, {message: 'You are welcome.'}, {status: 303});
    await desk.form(`/desk/complaints/${found.id}/messages`, {}, {status: 422});
    await desk.form(`/desk/complaints/${found.id}/match`, {delivery_id: 'x', reason: 'y'}, {status: 422});
    await desk.form(`/desk/complaints/${found.id}/resolve`, {}, {status: 303});
    const gate = (await desk.get('/v1/complaints', {status: 200})).json.items.find(({kind}) => kind === 'my_property');
    await desk.form(`/desk/complaints/${gate.id}/match`, {delivery_id: done.delivery.id, reason: 'A gate is in it.'}, {status: 303});

    // Its day comes; only then may the address be asked for nothing.
    await sql(server, 'UPDATE complaint SET delete_by = 1');
    await until(async () => (await sql(server, 'SELECT (SELECT count(*) FROM complaint) + (SELECT count(*) FROM complaint_message)'))[0][0] === 0, {what: 'the end of the complaints'});
    await passer.refused('not-found', 'GET', path);
    const strange = passer.with({'x-forwarded-for': '192.0.2.1'});
    let slug;
    for (let i = 0; i < 60 && slug !== '/problems/too-many-requests'; i++) slug = (await strange.request('POST', '/v1/complaints', {json: {}})).json.type;
    assert.equal(slug, '/problems/too-many-requests');
});
