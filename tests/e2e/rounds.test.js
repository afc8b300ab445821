// SPDX-License-Identifier: Apache-2.0
//
// The dispatcher's side: rounds assigned and ordered, files of deliveries, phones shut out; through the API and by
// `porchlight admin`. Another shipper's ids are as if they did not exist, and one fault changes nothing.
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {Client} from './support/client.js';
import {smallPicture} from './support/pictures.js';
import {readReceipt} from './support/receipt.js';
import {append, begin} from './support/tus.js';
import {addAgent, addDelivery, addDriver, addShipper, nextSeed, pairPhone, reportDelivered, setStage, signInAgent, startRound, stopOf, unique} from './support/world.js';

const stage = await setStage({after});
const {server, shipper} = stage;
const NOWHERE = `dlv_${'0'.repeat(26)}`;

const now = () => new Date().toISOString();
const roundPath = (driver) => `/v1/drivers/${driver.id}/round`;
const setRound = async (driver, ids) => (await shipper.client.put(roundPath(driver), {delivery_ids: ids}, {status: 200})).json.items.map(({id}) => id);
const stopIds = async (driver) => (await driver.client.get('/v1/driver/stops', {status: 200})).json.items.map(({delivery_id: id}) => id);

/** Deliveries of nobody yet: their ids. */
async function makeDeliveries(count, of = shipper) {
    const ids = [];
    for (let i = 0; i < count; i++) ids.push((await addDelivery(of, `round-${i}@example.org`)).id);
    return ids;
}

// ---- rounds ----

test('a round is assigned and ordered, read back, and given to the driver in that order', async () => {
    const rosa = await addDriver(server, shipper);
    const [a, b, c] = await makeDeliveries(3);
    assert.deepEqual(await setRound(rosa, [c, a, b]), [c, a, b]);
    const {json} = await shipper.client.get(roundPath(rosa), {status: 200});
    assert.deepEqual(json.items.map(({id, position, driver_id}) => [id, position, driver_id]), [[c, 1, rosa.id], [a, 2, rosa.id], [b, 3, rosa.id]]);
    assert.deepEqual(await stopIds(rosa), [c, a, b]);
    assert.deepEqual((await rosa.client.get('/v1/driver/stops')).json.items.map(({position}) => position), [1, 2, 3]);
    assert.deepEqual(await setRound(rosa, [b, c, a]), [b, c, a]);
    const {changed_at: before} = (await shipper.client.get(`/v1/deliveries/${a}`)).json;
    assert.deepEqual(await setRound(rosa, [b, c, a]), [b, c, a]);
    assert.equal((await shipper.client.get(`/v1/deliveries/${a}`)).json.changed_at, before, 'the same again is no change');
});

test('a phone asks for the stop that it stands at alone, and for no one else\'s', async () => {
    const [rosa, other] = [await addDriver(server, shipper), await addDriver(server, shipper)];
    const [a, b, theirs] = await makeDeliveries(3);
    await setRound(rosa, [a, b]);
    await setRound(other, [theirs]);
    const ask = async (id) => (await rosa.client.get(`/v1/driver/stops?delivery_id=${id}`, {status: 200})).json.items;
    const {json} = await rosa.client.get('/v1/driver/stops', {status: 200});
    assert.deepEqual(await ask(b), json.items.filter(({delivery_id: id}) => id === b));
    for (const id of [theirs, NOWHERE, 'x', '']) assert.deepEqual(await ask(id), []);
});

test('a stop added later comes last, and one that was delivered keeps its place', async () => {
    const rosa = await addDriver(server, shipper);
    const [a, b, c] = await makeDeliveries(3);
    await setRound(rosa, [a, b, c]);
    const {id: late} = await addDelivery(shipper, 'late@example.org', {driver_id: rosa.id});
    assert.deepEqual(await stopIds(rosa), [a, b, c, late]);
    assert.equal((await stopOf(rosa, late)).position, null);
    await startRound(rosa, a);
    await reportDelivered(rosa, b);
    assert.deepEqual(await stopIds(rosa), [a, b, c, late]);
    assert.deepEqual((await shipper.client.get(roundPath(rosa))).json.items.map(({id}) => id), [a, c, late]);
});

test('what is left out is nobody\'s; what has ended stays with its driver, and may be named again', async () => {
    const rosa = await addDriver(server, shipper);
    const [a, b, c] = await makeDeliveries(3);
    await setRound(rosa, [a, b, c]);
    await startRound(rosa, a);
    await reportDelivered(rosa, a);
    assert.deepEqual(await setRound(rosa, [c]), [c]);
    const driverOf = async (id) => (await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json.driver_id;
    assert.deepEqual([await driverOf(a), await driverOf(b), await driverOf(c)], [rosa.id, null, rosa.id]);
    await rosa.client.refused('not-found', 'POST', `/v1/driver/stops/${b}/delivered`, {json: {left_at: 'front_door', captured_at: now()}});
    assert.deepEqual(await setRound(rosa, [c, a]), [c], 'the morning\'s list again at noon');
    assert.deepEqual(await setRound(rosa, []), []);
    assert.deepEqual(await stopIds(rosa), [a], 'what was delivered today is still told');
});

test('another driver takes over: the first one\'s phone knows nothing of the stop any more', async () => {
    const rosa = await addDriver(server, shipper);
    const dana = await addDriver(server, shipper);
    const [a, b] = await makeDeliveries(2);
    await setRound(rosa, [a, b]);
    const stop = await startRound(rosa, a);
    await setRound(dana, [a]);
    assert.deepEqual(await stopIds(rosa), [b]);
    assert.deepEqual(await stopIds(dana), [a]);
    for (const kind of ['delivered', 'attempted'])
        await rosa.client.refused('not-found', 'POST', `/v1/driver/stops/${a}/${kind}`, {json: kind === 'delivered' ? {left_at: 'front_door', captured_at: now()} : {reason: 'other', captured_at: now()}});
    assert.notEqual((await stopOf(dana, a)).challenge, stop.challenge);
    assert.equal((await shipper.client.patch(`/v1/deliveries/${a}`, {driver_id: rosa.id}, {status: 200})).json.position, null, 'a place on another\'s round is none');
});

test('a round that cannot be is refused whole, naming the place', async () => {
    const other = await addShipper(server);
    const rosa = await addDriver(server, shipper);
    const dana = await addDriver(server, shipper);
    const [a, b, done, cancelled] = await makeDeliveries(4);
    const [foreign] = await makeDeliveries(1, other);
    await setRound(dana, [done]);
    await startRound(dana, done);
    await reportDelivered(dana, done);
    await shipper.client.post(`/v1/deliveries/${cancelled}/cancel`, undefined, {status: 200});
    await setRound(rosa, [a, b]);
    const wrong = [
        ['invalid-field', 'delivery_ids', undefined], ['invalid-field', 'delivery_ids', null], ['invalid-field', 'delivery_ids', a],
        ['invalid-field', 'delivery_ids', {}], ['invalid-field', 'delivery_ids', Array(201).fill(a)],
        ['invalid-field', 'delivery_ids[1]', [b, NOWHERE]], ['invalid-field', 'delivery_ids[0]', [foreign, b]],
        ['invalid-field', 'delivery_ids[2]', [b, a, b]], ['invalid-field', 'delivery_ids[1]', [b, 7]], ['invalid-field', 'delivery_ids[0]', [rosa.id]],
        ['invalid-field', 'delivery_ids[0]', [`${a}x`]], ['wrong-state', 'delivery_ids[1]', [b, done]], ['wrong-state', 'delivery_ids[0]', [cancelled, a]],
    ];
    for (const [slug, field, ids] of wrong) {
        const {json} = await shipper.client.refused(slug, 'PUT', roundPath(rosa), {json: ids === undefined ? {} : {delivery_ids: ids}});
        assert.equal(json.field, field);
        assert.deepEqual(await stopIds(rosa), [a, b], `after ${field}`);
    }
    await shipper.client.refused('invalid-field', 'PUT', roundPath(rosa), {json: {delivery_ids: [a], order: 1}});
    assert.equal((await other.client.get(`/v1/deliveries/${foreign}`)).json.driver_id, null);
});

test('another shipper\'s driver, one that is unknown and one that is revoked get no round', async () => {
    const other = await addShipper(server);
    const theirs = await addDriver(server, other);
    const [a] = await makeDeliveries(1);
    for (const id of [theirs.id, `drv_${'0'.repeat(26)}`, 'drv_x', a]) {
        await shipper.client.refused('not-found', 'PUT', `/v1/drivers/${id}/round`, {json: {delivery_ids: [a]}});
        await shipper.client.refused('not-found', 'GET', `/v1/drivers/${id}/round`);
        await shipper.client.refused('not-found', 'GET', `/v1/drivers/${id}/devices`);
    }
    const gone = await addDriver(server, shipper);
    await shipper.client.post(`/v1/drivers/${gone.id}/revoke`, undefined, {status: 200});
    await shipper.client.refused('wrong-state', 'PUT', roundPath(gone), {json: {delivery_ids: [a]}});
    await theirs.client.refused('unauthorized', 'PUT', roundPath(gone), {json: {delivery_ids: [a]}});
    await new Client(server).refused('unauthorized', 'GET', roundPath(gone));
});

test('180 stops go on a round, and come back in order', async () => {
    const rosa = await addDriver(server, shipper);
    const rows = Array.from({length: 180}, (_, i) => `many-${unique()}-${i},Kim Doe,kim@example.org,${i} Long Lane,Europe/Berlin`);
    const {json: {ids}} = await importFile(`reference,name,email,address_1,time_zone\n${rows.join('\n')}\n`, {status: 201});
    const shuffled = ids.map((id, i) => [(i * 77) % 180, id]).sort(([x], [y]) => x - y).map(([, id]) => id);
    assert.deepEqual(await setRound(rosa, shuffled), shuffled);
    assert.deepEqual(await stopIds(rosa), shuffled);
});

// ---- files of deliveries ----

/** Imports a CSV file. */
function importFile(text, {check, status, headers = {}, client = shipper.client} = /** @type {any} */ ({})) {
    const body = Buffer.isBuffer(text) ? text : Buffer.from(text);
    return client.request('POST', `/v1/deliveries/import${check === undefined ? '' : `?check=${check}`}`,
        {body, status, headers: {'content-type': 'text/csv; charset=utf-8', ...headers}});
}

const HEADER = 'reference,name,email,address_1,time_zone';
const row = (reference, more = '') => `${reference},Kim Doe,kim@example.org,Lindenweg 4,Europe/Berlin${more}`;
const countAll = async () => (await shipper.client.all('/v1/deliveries', 200)).length;

test('every column arrives where the API has its field', async () => {
    const [one, two] = [`full-${unique()}`, `full-${unique()}`];
    const {json} = await importFile('\ufeffReference;Name;email;phone;buyer_email;address_1;address_2;lat;lon;time_zone;window_from;window_to;instructions;confidential;photo;parcels;driver_id\r\n' +
        `${one};"Doe; Kim";Kim@Example.org;+4930123456;b@example.org;Lindenweg 4;10115 Berlin;52.532;13.384;Europe/Berlin;2026-11-24T08:00:00Z;2026-11-24T12:00:00+01:00;"Ring.\r\nSay ""hi"".";wish_list;optional;JD-1 | JD-2;${stage.driver.id}\r\n` +
        `\r\n${two};Kim;;+4930123456;;Lindenweg 5;;;;UTC;;;;;;;\r\n`, {status: 201});
    assert.equal(json.created, 2);
    assert.deepEqual(json.errors, []);
    const {json: full} = await shipper.client.get(`/v1/deliveries/${json.ids[0]}`, {status: 200});
    assert.deepEqual(full.recipient, {name: 'Doe; Kim', email: 'kim@example.org', phone: '+4930123456'});
    assert.deepEqual(full.address, {lines: ['Lindenweg 4', '10115 Berlin'], lat: 52.532, lon: 13.384});
    assert.deepEqual(full.parcels, [{code: 'JD-1', label: null}, {code: 'JD-2', label: null}]);
    assert.deepEqual(full.window, {from: '2026-11-24T08:00:00.000Z', to: '2026-11-24T11:00:00.000Z'});
    assert.equal(full.instructions, 'Ring.\nSay "hi".');
    assert.deepEqual([full.reference, full.buyer.email, full.confidential, full.photo.want, full.driver_id, full.time_zone], [one, 'b@example.org', 'wish_list', 'optional', stage.driver.id, 'Europe/Berlin']);
    const {json: least} = await shipper.client.get(`/v1/deliveries/${json.ids[1]}`, {status: 200});
    assert.deepEqual([least.reference, least.recipient.email, least.parcels[0].code, least.driver_id], [two, null, two, null]);
});

test('a check says what the import would, and keeps nothing', async () => {
    const before = await countAll();
    const good = `${HEADER}\n${row(`check-${unique()}`)}\n`;
    assert.deepEqual((await importFile(good, {check: true, status: 200})).json, {created: 0, ids: [], errors: []});
    const bad = `${HEADER}\n${row(`check-${unique()}`)}\nx,,kim@example.org,Lane,UTC\n`;
    assert.deepEqual((await importFile(bad, {check: true, status: 200})).json.errors.map(({row: at, field}) => [at, field]), [[3, 'name']]);
    assert.equal(await countAll(), before);
    assert.equal((await importFile(good, {check: false, status: 201})).json.created, 1);
    assert.equal((await importFile(good, {check: true, status: 200})).json.errors[0].field, 'reference');
});

test('one wrong row and none is made; each error names its row and column', async () => {
    const other = await addShipper(server);
    const theirs = await addDriver(server, other);
    const taken = await addDelivery(shipper, 'taken@example.org');
    const before = await countAll();
    const twice = `twice-${unique()}`;
    const {json} = await importFile(`${HEADER},lat,lon,photo,driver_id,parcels\n` + [
        row(`ok-${unique()}`, ',,,,,'),
        row('', ',,,,,'),
        `r-3,Kim,nobody,Lane 1,UTC,,,,,`,
        `r-4,Kim,,Lane 1,UTC,,,,,`,
        `r-5,Kim,k@example.org,,UTC,,,,,`,
        `r-6,Kim,k@example.org,Lane 1,Mars/Base,,,,,`,
        row('r-7', ',91,0,,,'),
        row('r-8', ',5,,,,'),
        row('r-9', ',north,0,,,'),
        row('r-10', ',,,always,,'),
        row('r-11', `,,,,${theirs.id},`),
        row('r-12', ',,,,somebody,'),
        row('r-13', ',,,,,a|b|a'),
        row(taken.reference, ',,,,,'),
        row(twice, ',,,,,'),
        row(twice, ',,,,,'),
        row('r-17', ',,,,,,,one more'),
        `r-18,${'x'.repeat(121)},k@example.org,Lane 1,UTC`,
    ].join('\n'), {status: 422});
    assert.deepEqual(json.errors.map(({row: at, field}) => [at, field]), [[3, 'reference'], [4, 'email'], [5, 'email'], [6, 'address_1'], [7, 'time_zone'],
        [8, 'lat'], [9, 'lon'], [10, 'lat'], [11, 'photo'], [12, 'driver_id'], [13, 'driver_id'], [14, 'parcels'], [15, 'reference'], [17, 'reference'], [18, null], [19, 'name']]);
    assert.ok(json.errors.every(({detail}) => /^(This|There|An|Another|Latitude|A) .*\S$/.test(detail)), JSON.stringify(json.errors));
    assert.deepEqual([json.type, json.field, json.row, json.created], ['/problems/invalid-field', 'reference', 3, 0]);
    assert.equal(await countAll(), before);
});

test('a file that is none is refused, naming the row', async () => {
    const before = await countAll();
    const wrong = [
        ['', 1], ['\n\n', 1], [HEADER, 1], [`${HEADER}\n\n , , \n`, 1], ['reference,name,address_1\nx,y,z\n', 1, 'time_zone'],
        [`${HEADER},colour\n${row('x', ',red')}\n`, 1, 'colour'], [`${HEADER},Name\n${row('x', ',y')}\n`, 1, 'name'], [`${HEADER},<b>\n`, 1],
        [`${HEADER}\n${row('x')}\n"y,Kim`, 3], [`${HEADER}\nx"y,Kim`, 2], [`${HEADER}\n${','.repeat(70)}`, 2],
        [Buffer.from(`${HEADER}\n${row('x')}\0`), 1], [Buffer.from(`${HEADER}\n\xff`, 'latin1'), 1], ['PK\x03\x04 a spreadsheet', 1],
    ];
    for (const [text, at, field = null] of wrong) {
        const {json} = await importFile(text, {status: 422});
        assert.deepEqual([json.errors[0].row, json.errors[0].field], [at, field], String(text).slice(0, 60));
    }
    assert.equal(await countAll(), before);
    await importFile(`${HEADER}\n${row('x')}`, {status: 415, headers: {'content-type': 'application/json'}});
    await importFile(`${HEADER}\n${row('x')}`, {status: 415, headers: {'content-type': 'text/csv; charset=latin1'}});
    await importFile(`${HEADER}\n${row('x')}`, {status: 422, check: 'maybe'});
    await importFile(`${HEADER}\n${row('x')}`, {status: 401, client: stage.driver.client});
    await importFile(`${HEADER}\n${'x'.repeat(1 << 20)}`, {status: 413});
    const many = Array.from({length: 1001}, (_, i) => row(`many-${i}`)).join('\n');
    const {json} = await importFile(`${HEADER}\n${many}`, {status: 422});
    assert.deepEqual([json.errors.length, json.errors[0].row], [1, 1002]);
    const {json: hundred} = await importFile(`${HEADER}\n${',,,,\nx,,,,\n'.repeat(400)}`, {status: 422});
    assert.equal(hundred.errors.length, 100);
    assert.equal(await countAll(), before);
});

test('the same import with the same key is done once', async () => {
    const headers = {'idempotency-key': `"${randomUUID()}"`};
    const file = `${HEADER}\n${row(`once-${unique()}`)}\n`;
    const {json: first} = await importFile(file, {status: 201, headers});
    const {json: again} = await importFile(file, {status: 201, headers});
    assert.deepEqual(again, first);
    const {json: other} = await importFile(`${file}\n${row(`once-${unique()}`)}`, {status: 422, headers});
    assert.equal(other.type, '/problems/idempotency-key-reused');
});

// ---- phones ----

test('one phone is shut out at once, uploads under way included; the driver\'s other phone goes on', async () => {
    const rosa = await addDriver(server, shipper);
    const {json: code} = await shipper.client.post(`/v1/drivers/${rosa.id}/pairing-code`, undefined, {status: 201});
    const second = await pairPhone(server, code.pairing_code);
    const {id} = await addDelivery(shipper, 'phone@example.org', {driver_id: rosa.id});
    const stop = await startRound(rosa, id);
    const path = await begin(rosa.client, stop, await smallPicture(nextSeed()));
    const devices = `/v1/drivers/${rosa.id}/devices`;
    const {json: list} = await shipper.client.get(devices, {status: 200});
    assert.deepEqual(list.items.map(({id: device, state, revoked_at}) => [device, state, revoked_at]), [[second.deviceId, 'active', null], [rosa.deviceId, 'active', null]]);
    const {json: revoked} = await shipper.client.post(`${devices}/${rosa.deviceId}/revoke`, undefined, {status: 200});
    assert.equal(revoked.state, 'revoked');
    await rosa.client.refused('device-revoked', 'GET', '/v1/driver/stops');
    const {headers, json: problem} = await append(rosa.client, path, 0, Buffer.alloc(10), {status: 401});
    assert.equal(problem.type, '/problems/device-revoked');
    assert.equal(readReceipt(headers['porchlight-receipt'], rosa.receiptKey).reason, 'revoked');
    await second.client.get('/v1/driver/stops', {status: 200});
    const {json: again} = await shipper.client.post(`${devices}/${rosa.deviceId}/revoke`, undefined, {status: 200});
    assert.deepEqual(again, revoked);
    assert.equal((await shipper.client.all('/v1/drivers')).find((driver) => driver.id === rosa.id).devices, 1);
});

test('a phone is found under its own driver and shipper only', async () => {
    const other = await addShipper(server);
    const theirs = await addDriver(server, other);
    const rosa = await addDriver(server, shipper);
    const dana = await addDriver(server, shipper);
    for (const [driver, device] of [[theirs.id, theirs.deviceId], [rosa.id, theirs.deviceId], [rosa.id, dana.deviceId], [rosa.id, `dev_${'0'.repeat(26)}`], [rosa.id, 'x']])
        await shipper.client.refused('not-found', 'POST', `/v1/drivers/${driver}/devices/${device}/revoke`);
    for (const driver of [theirs, rosa, dana]) await driver.client.get('/v1/driver/stops', {status: 200});
});

// ---- porchlight admin ----

test('admin: a file, a round, and a phone, beside the running server', async () => {
    const file = join(server.folder, 'deliveries.csv');
    await writeFile(file, `${HEADER}\n${row(`admin-${unique()}`)}\n${row(`admin-${unique()}`)}\n`);
    const made = await server.admin('deliveries-import', '--shipper', shipper.id, file);
    assert.equal(made.created, 2);
    const ids = made.deliveries.map(({id}) => id).reverse();
    const rosa = await addDriver(server, shipper);
    const round = await server.admin('round-set', rosa.id, ...ids);
    assert.deepEqual(round.round.map(({id}) => id), ids);
    assert.deepEqual(await server.admin('round-show', rosa.id), round);
    assert.deepEqual(await stopIds(rosa), ids);
    const {drivers} = await server.admin('driver-list', shipper.id);
    assert.deepEqual(drivers.find(({id}) => id === rosa.id).devices.map(({id, state}) => [id, state]), [[rosa.deviceId, 'active']]);
    const revoked = await server.admin('device-revoke', rosa.deviceId);
    assert.equal(revoked.state, 'revoked');
    await rosa.client.refused('device-revoked', 'GET', '/v1/driver/stops');
    assert.deepEqual(await server.admin('device-revoke', rosa.deviceId), revoked);
    assert.deepEqual((await server.admin('round-set', rosa.id)).round, []);
});

test('admin: what cannot be is refused, and says why', async () => {
    const other = await addShipper(server);
    const [foreign] = await makeDeliveries(1, other);
    const rosa = await addDriver(server, shipper);
    const file = join(server.folder, 'wrong.csv');
    await writeFile(file, `${HEADER}\n${row(`admin-${unique()}`)}\nx,,,Lane,UTC\n`);
    const refused = (pattern, ...args) => assert.rejects(server.admin(...args), (error) => { assert.match(/** @type {any} */ (error).stderr, pattern); return true; });
    await refused(/row 3, name: .*\n.*nothing was imported: 1 thing is not right/s, 'deliveries-import', '--shipper', shipper.id, file);
    await refused(/--shipper says it/, 'deliveries-import', file);
    await refused(/no shipper/, 'deliveries-import', '--shipper', rosa.id, file);
    await refused(/cannot read/, 'deliveries-import', '--shipper', shipper.id, '/nowhere.csv');
    await refused(/is no file/, 'deliveries-import', '--shipper', shipper.id, server.folder);
    await refused(/There is no such delivery/, 'round-set', rosa.id, foreign);
    await refused(/no driver/, 'round-set', foreign, foreign);
    await refused(/no device/, 'device-revoke', rosa.id);
    await refused(/--role is agent, dispatcher or administrator/, 'agent-add', 'x@example.org', '--role', 'boss');
    await refused(/takes no --role/, 'driver-list', shipper.id, '--role', 'agent');
});

test('a dispatcher plans by hand: add, up, down, off; what is another’s or gone is told', async () => {
    const own = {server, shipper, driver: await addDriver(server, shipper)};
    const dispatcher = await signInAgent(own.server, await addAgent(own.server, own.shipper, undefined, 'dispatcher'));
    const made = [];
    for (let i = 0; i < 3; i++) made.push(await addDelivery(own.shipper, 'x@example.org'));
    const path = `/desk/rounds/${own.driver.id}`;
    const order = async () => (await own.shipper.client.get(`/v1/drivers/${own.driver.id}/round`, {status: 200})).json.items.map(({id}) => made.findIndex((each) => each.id === id));
    const plan = (form, status = 303) => dispatcher.form(path, form, {status});
    assert.match((await dispatcher.get(path, {status: 200})).text, /no stops on this round/);
    for (const add of [made[0].reference, made[1].id, made[2].reference]) await plan({add});
    assert.deepEqual(await order(), [0, 1, 2]);
    await plan({up: made[2].id});
    await plan({down: made[0].id});
    assert.deepEqual(await order(), [2, 0, 1]);
    await plan({up: made[2].id}); // the first stays
    await plan({off: made[0].id});
    await plan({off: made[0].id}); // and what is gone stays gone
    assert.deepEqual(await order(), [2, 1]);
    assert.match((await plan({add: 'nothing-of-this-name'}, 422)).text, /There is no such delivery/);
    assert.match((await plan({add: made[1].id}, 422)).text, /already/);
    await plan({up: 'zzz'}, 422);
    assert.match((await dispatcher.get('/desk/drivers', {status: 200})).text, new RegExp(`href="${path}"`));
    await dispatcher.get(`/desk/rounds/drv_${'0'.repeat(26)}`, {status: 404});
    const agent = await signInAgent(own.server, await addAgent(own.server, own.shipper));
    await agent.get(path, {status: 403});
});

test('a dispatcher imports a file by hand: checked first, its errors by row, then all of it', async () => {
    const dispatcher = await signInAgent(server, await addAgent(server, shipper, undefined, 'dispatcher'));
    const [one, two] = [`hand-${unique()}`, `hand-${unique()}`];
    const rows = (second) => `reference,name,email,address_1,time_zone\r\n${one},Robin Vale,robin@example.org,12 Lantern Lane,Europe/Berlin\r\n${second},Kim,kim@example.org,14 Lantern Lane,Europe/Berlin\r\n`;
    const there = async (reference) => (await shipper.client.get(`/v1/deliveries?reference=${reference}`, {status: 200})).json.items.length;
    assert.match((await dispatcher.get('/desk/import', {status: 200})).text, /name="file"/);
    assert.match((await dispatcher.form('/desk/import', {file: rows(one), do: 'import'}, {status: 422})).text, /Row 3 · <code>reference<\/code> · /);
    assert.match((await dispatcher.form('/desk/import', {file: rows(two), do: 'check'}, {status: 200})).text, /2 deliveries can be imported[^]*value="import"/);
    assert.equal(await there(one), 0);
    assert.match((await dispatcher.form('/desk/import', {file: rows(two), do: 'import'}, {status: 200})).text, /Imported: 2 deliveries/);
    assert.deepEqual([await there(one), await there(two)], [1, 1]);
    assert.match((await dispatcher.form('/desk/import', {file: 'nonsense', do: 'check'}, {status: 422})).text, /Row 1/);
    const agent = await signInAgent(server, await addAgent(server, shipper));
    await agent.get('/desk/import', {status: 403});
});
