// SPDX-License-Identifier: Apache-2.0
//
// What happened, as the shipper's program reads it: every kind, in order, numbered within its delivery, and nothing private.
import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {sql} from './support/insides.js';
import {smallPicture} from './support/pictures.js';
import {until} from './support/server.js';
import {uploadAtOnce} from './support/tus.js';
import {addAgent, addDelivery, addShipper, anyone, deliveryFor, DOOR, nextSeed, photograph, photoState, reportDelivered, sendOut, setStage, signIn, signInAgent, startRound, unique} from './support/world.js';

const stage = await setStage({after}, {jobs: {sweep_seconds: 1}});
const {server, shipper, driver} = stage;
const desk = await signInAgent(server, await addAgent(server, shipper));

/** All events of a delivery, over pages of three: their order and numbers are checked. */
async function eventsOf(deliveryId, from = shipper) {
    const events = [];
    for (let next = ''; next !== null;) {
        const {json} = await from.client.get(`/v1/events?limit=3&delivery_id=${deliveryId}${next && `&after=${next}`}`, {status: 200});
        events.push(...json.items);
        next = json.next;
    }
    assert.deepEqual(events.map(({number}) => number), events.map((_, i) => i + 1));
    assert.ok(events.every(({delivery_id: id}) => id === deliveryId));
    return events;
}
const kindsOf = async (deliveryId) => (await eventsOf(deliveryId)).map(({type}) => type);
const words = ['delivery.created', 'photo.expected', 'delivery.out_for_delivery'];

test('a delivery from its creation to the end of its photo', async () => {
    const email = `robin-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    await photoState(shipper, delivery.id, 'posted');
    const robin = await signIn(server, email);
    const {json: opened} = await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'not_my_door', text: 'Lantern Lane is not mine, says Robin Vale.'}, {status: 201});
    await desk.post(`/v1/cases/${opened.id}/messages`, {text: 'We look, Robin.'}, {status: 201});
    const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'other', note: 'Robin asked for it.'}, {status: 201});
    await robin.client.post(`/v1/me/cases/${opened.id}/messages`, {text: 'Thank you.'}, {status: 201});
    await desk.post(`/v1/cases/${opened.id}/resolve`, {text: 'Found, Robin.'}, {status: 200});
    await robin.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 204});
    const events = await eventsOf(delivery.id);
    const kinds = events.map(({type}) => type);
    // The photo's verdict and the driver's report come in either order.
    assert.deepEqual(kinds.slice(3, 5).sort(), ['delivery.delivered', 'photo.posted']);
    assert.deepEqual([...kinds.slice(0, 3), ...kinds.slice(5)],
        [...words, 'case.opened', 'case.answered', 'photo.looked', 'case.answered', 'case.resolved', 'photo.erased']);
    const data = (type) => events.filter((event) => event.type === type).map((event) => event.data);
    const [posted] = data('photo.posted');
    assert.deepEqual([posted.state, posted.attempt, posted.place], ['posted', 1, 'unknown']);
    assert.match(posted.photo_id, /^pho_/);
    const [delivered] = data('delivery.delivered');
    assert.deepEqual([delivered.state, delivered.left_at], ['delivered', 'front_door']);
    assert.deepEqual(data('photo.looked'), [{photo_id: posted.photo_id, look_id: look.id, case_id: opened.id, kind: 'photo', agent_number: look.agent_number, reason: 'other'}]);
    assert.deepEqual(data('case.opened'), [{case_id: opened.id, case_number: opened.number, kind: 'not_my_door', state: 'open', by: 'recipient'}]);
    assert.deepEqual(data('case.answered').map(({by}) => by), ['agent', 'recipient']);
    assert.deepEqual(data('case.resolved').map(({by, state}) => [by, state]), [['agent', 'resolved']]);
    assert.deepEqual(data('photo.erased'), [{photo_id: posted.photo_id, attempt: 1, state: 'erased', reason: 'by_recipient'}]);
    // Nothing of people, places, texts or tokens.
    const text = JSON.stringify(events);
    const token = new URL(delivery.tracking_url).pathname.split('/').pop();
    for (const secret of ['Robin', 'Vale', email, ...DOOR.lines, 'Lantern', '52.53', 'blue bench', delivery.reference, 'Thank', token, token.slice(-16)]) assert.ok(!text.includes(secret), secret);
});

test('a refusal, its end, another attempt and a return', async () => {
    const email = `quinn-${unique()}@example.org`;
    const {delivery} = await sendOut(stage, email);
    const {client} = await signIn(server, email);
    await client.post(`/v1/me/orders/${delivery.id}/refuse-photo`, undefined, {status: 200});
    await client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200});
    await driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`, {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
    await startRound(driver, delivery.id);
    await shipper.client.post(`/v1/deliveries/${delivery.id}/returned`, undefined, {status: 200});
    const events = await eventsOf(delivery.id);
    const kinds = events.map(({type}) => type).filter((type) => type.startsWith('delivery.'));
    assert.deepEqual(kinds, ['delivery.created', 'delivery.out_for_delivery', 'delivery.attempted', 'delivery.out_for_delivery', 'delivery.returned']);
    assert.equal(events.find(({type}) => type === 'delivery.attempted').data.reason, 'nobody_home');
    assert.deepEqual(events.filter(({type}) => type.startsWith('photo.')).map(({type, data}) => [type, data.attempt, data.reason]), [
        ['photo.expected', 1, undefined], ['photo.missing', 1, 'by_recipient'], ['photo.expected', 1, undefined],
        ['photo.expected', 2, undefined], ['photo.missing', 2, 'cancelled'],
    ]);
});

test('what is said twice is told once', async () => {
    const delivery = await addDelivery(shipper, undefined, {recipient: {name: 'Kim', phone: '+4930123456'}});
    for (const times of [1, 2]) {
        void times;
        await shipper.client.post(`/v1/deliveries/${delivery.id}/cancel`, undefined, {status: 200});
    }
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: null}, {status: 200});
    assert.deepEqual(await kindsOf(delivery.id), ['delivery.created', 'photo.expected', 'delivery.cancelled', 'photo.missing']);
});

test('a photo that will not come is told with its reason, from the beginning or later', async () => {
    const none = await addDelivery(shipper, 'a@example.org', {photo: 'none'});
    assert.deepEqual(await kindsOf(none.id), ['delivery.created']);
    const email = `never-${unique()}@example.org`;
    const first = await addDelivery(shipper, email);
    const {client} = await signIn(server, email);
    await client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    const declined = (await eventsOf(first.id)).at(-1);
    assert.deepEqual([declined.type, declined.data.state, declined.data.reason], ['photo.missing', 'declined', 'by_recipient']);
    const second = await addDelivery(shipper, email);
    assert.deepEqual(await kindsOf(second.id), ['delivery.created', 'photo.missing']);
    await client.put('/v1/me/preferences', {photos: 'allowed'}, {status: 200});
    assert.deepEqual(await kindsOf(second.id), ['delivery.created', 'photo.missing', 'photo.expected']);
    const {delivery} = await sendOut(stage, `proof-${unique()}@example.org`);
    await reportDelivered(driver, delivery.id, {left_at: 'handed_over', proof: {kind: 'pin', value: '4711'}});
    const events = await eventsOf(delivery.id);
    assert.deepEqual(events.map(({type}) => type), [...words, 'delivery.delivered', 'photo.missing']);
    assert.deepEqual([events[3].data.proof, events[4].data.reason], ['pin', 'other_proof']);
    assert.ok(!JSON.stringify(events).includes('4711'));
});

test('a photo whose deadline has passed is told by the housekeeping, and one whose day has come', async () => {
    const {delivery} = await sendOut(stage, `late-${unique()}@example.org`);
    await reportDelivered(driver, delivery.id);
    const photographed = await photograph(stage, `due-${unique()}@example.org`);
    await photoState(shipper, photographed.delivery.id, 'posted');
    await sql(server, `update delivery set delivered_received_at = 1 where reference = '${delivery.reference}'`);
    await sql(server, `update photo set delete_by = 1 where delivery_id = (select id from delivery where reference = '${photographed.delivery.reference}')`);
    const last = async (id, type) => until(async () => {
        const event = (await eventsOf(id)).at(-1);
        return event.type === type && event.data.reason;
    }, {what: type});
    assert.equal(await last(delivery.id, 'photo.missing'), 'deadline_passed');
    assert.equal(await last(photographed.delivery.id, 'photo.erased'), 'retention');
});

test('marking late withholds, unmarking posts again; a rejected picture says why', async () => {
    const {delivery} = await photograph(stage, `marked-${unique()}@example.org`);
    await photoState(shipper, delivery.id, 'posted');
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'registry'}, {status: 200});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: null}, {status: 200});
    const photos = (await eventsOf(delivery.id)).filter(({type}) => /^photo\.(posted|withheld)/.test(type)).map(({type, data}) => [type, data.reason]);
    assert.deepEqual(photos, [['photo.posted', undefined], ['photo.withheld', 'protected'], ['photo.posted', undefined]]);

    const {delivery: hidden} = await photograph(stage, `hidden-${unique()}@example.org`, {more: {confidential: 'wish_list'}});
    await photoState(shipper, hidden.id, 'withheld');
    assert.ok((await eventsOf(hidden.id)).some(({type, data}) => type === 'photo.withheld' && data.reason === 'wish_list'));

    const {delivery: bad, stop} = await sendOut(stage, `bad-${unique()}@example.org`);
    const picture = await smallPicture(nextSeed());
    await uploadAtOnce(driver.client, stop, picture.subarray(0, picture.length / 2)).catch(() => {});
    await photoState(shipper, bad.id, 'rejected');
    const rejected = (await eventsOf(bad.id)).at(-1);
    assert.deepEqual([rejected.type, rejected.data.reason], ['photo.rejected', 'truncated']);
});

test('an import and an administrator are told of like anything else', async () => {
    const reference = `import-${unique()}`;
    const csv = `reference,name,email,address_1,time_zone\n${reference},Kim,kim@example.org,1 Way,Europe/Berlin\n`;
    const {json: checked} = await shipper.client.request('POST', '/v1/deliveries/import?check=true', {headers: {'content-type': 'text/csv'}, body: csv, status: 200});
    assert.equal(checked.created, 0);
    const {json} = await shipper.client.request('POST', '/v1/deliveries/import', {headers: {'content-type': 'text/csv'}, body: csv, status: 201});
    assert.deepEqual(await kindsOf(json.ids[0]), ['delivery.created', 'photo.expected']);
    const file = join(server.folder, 'more.csv');
    await writeFile(file, csv.replace(reference, `${reference}-more`));
    const {deliveries} = await server.admin('deliveries-import', file, '--shipper', shipper.id);
    assert.deepEqual(await kindsOf(deliveries[0].id), ['delivery.created', 'photo.expected']);
});

test('a cursor goes through all of a shipper\'s events, and foreign ones are never seen', async () => {
    const own = await addShipper(server);
    const other = await addShipper(server);
    const theirs = await addDelivery(other, 'their@example.org');
    const ids = [];
    for (let i = 0; i < 4; i++) ids.push((await addDelivery(own, `mine-${i}@example.org`)).id);
    const {json: first} = await own.client.get('/v1/events?limit=5', {status: 200});
    assert.equal(first.items.length, 5);
    assert.equal(first.next, first.items[4].id);
    const {json: rest} = await own.client.get(`/v1/events?limit=5&after=${first.next}`, {status: 200});
    assert.deepEqual([rest.items.length, rest.next], [3, null]);
    assert.deepEqual([...first.items, ...rest.items].map(({delivery_id: id}) => id), ids.flatMap((id) => [id, id]));
    const end = rest.items.at(-1).id;
    assert.deepEqual((await own.client.get(`/v1/events?after=${end}`, {status: 200})).json, {items: [], next: null});
    await addDelivery(own, 'more@example.org');
    assert.deepEqual((await own.client.get(`/v1/events?after=${end}`, {status: 200})).json.items.map(({type}) => type), ['delivery.created', 'photo.expected']);
    assert.deepEqual((await own.client.get(`/v1/events?delivery_id=${theirs.id}`, {status: 200})).json.items, []);
    const seen = (await own.client.get('/v1/events?limit=200', {status: 200})).json.items;
    assert.ok(!seen.some(({delivery_id: id}) => id === theirs.id));
    // A cursor of another shipper's is a place and shows nothing of theirs.
    const {json: foreign} = await other.client.get('/v1/events', {status: 200});
    const {json: from} = await own.client.get(`/v1/events?after=${foreign.items[0].id}`, {status: 200});
    assert.ok(from.items.every(({delivery_id: id}) => id !== theirs.id));
});

test('who may not read events, and what is no cursor', async () => {
    await anyone(server).refused('unauthorized', 'GET', '/v1/events');
    await driver.client.refused('unauthorized', 'GET', '/v1/events');
    for (const query of ['after=x', `after=${shipper.id}`, 'limit=0', 'limit=201', 'delivery_id=7', `delivery_id=${shipper.id}`]) {
        const {json} = await shipper.client.refused('invalid-field', 'GET', `/v1/events?${query}`);
        assert.equal(json.field, query.split('=')[0]);
    }
});

test('old events are swept, numbers and cursors stay', async () => {
    const own = await addShipper(server);
    const {json: delivery} = await own.client.post('/v1/deliveries', deliveryFor('old@example.org'), {status: 201});
    const [created] = await eventsOf(delivery.id, own);
    await sql(server, `update event set at = 1 where shipper_id = (select shipper_id from delivery where reference = '${delivery.reference}')`);
    // The oldest go first, so all that is older must be old as well.
    await sql(server, 'update event set at = 1');
    await until(async () => (await own.client.get('/v1/events', {status: 200})).json.items.length === 0, {what: 'the sweep'});
    await own.client.post(`/v1/deliveries/${delivery.id}/cancel`, undefined, {status: 200});
    const {json} = await own.client.get(`/v1/events?after=${created.id}`, {status: 200});
    assert.deepEqual(json.items.map(({type, number}) => [type, number]), [['delivery.cancelled', 3], ['photo.missing', 4]]);
});

test('the outbox shows itself to an administrator', async () => {
    assert.deepEqual(await server.admin('notice-list'), {notices: []});
    await assert.rejects(server.admin('notice-retry', 'ntc_0000000000000000000000000a'), /there is no notice/);
});
