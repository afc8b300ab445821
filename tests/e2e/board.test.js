// SPDX-License-Identifier: Apache-2.0
//
// The desk's board: every delivery of one's shippers in its column, late and failed ones on top, told live.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {openStream} from './support/stream.js';
import {addDelivery, addShipper, reportDelivered, sendOut, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after}, {api: {board_shown: 2}});
const {server, shipper: first, driver} = stage;
const second = await addShipper(server);
const robin = `robin-${unique()}@example.org`;

async function somebody(role, ...shops) {
    const added = await server.admin('agent-add', `${role}-${unique()}@example.org`, '--role', role, ...shops.flatMap(({id}) => ['--shipper', id]));
    return signInAgent(server, {...added, lastStep: 0});
}
const dispatcher = await somebody('dispatcher', first), agent = await somebody('agent', first, second), keeper = await somebody('administrator');
const hours = (count) => new Date(Date.now() + count * 3_600_000).toISOString();
const window = (from, to) => ({from: hours(from), to: hours(to)});

/** The board as {column: [count, references…]}. */
async function board(client, query = '') {
    const {json} = await client.get(`/v1/desk/board${query}`, {status: 200});
    assert.ok(Math.abs(Date.parse(json.at) - Date.now()) < 60_000);
    return Object.fromEntries(json.columns.map(({name, count, items}) => [name, [count, ...items.map(({reference}) => reference)]]));
}

test('each delivery stands in its column, and late ones on top as well', async () => {
    const soon = await addDelivery(first, robin, {window: window(-1, 2)}), later = await addDelivery(first, robin, {window: window(-1, 3)});
    const late = await addDelivery(first, robin, {window: window(-4, -1)}), latest = await addDelivery(first, robin, {window: window(-5, -2)});
    const foreign = await addDelivery(second, robin);
    const {delivery: failed} = await sendOut(stage, robin);
    const {delivery: done} = await sendOut(stage, robin, {photo: 'none', window: window(-5, -4)});
    await reportDelivered(driver, done.id);
    const {delivery: out} = await sendOut(stage, robin);
    await driver.client.post(`/v1/driver/stops/${failed.id}/attempted`, {reason: 'no_access', captured_at: new Date().toISOString()}, {status: 200});
    const gone = await addDelivery(first, robin);
    await first.client.post(`/v1/deliveries/${gone.id}/cancel`, undefined, {status: 200});
    assert.deepEqual(await board(dispatcher), {
        late: [2, latest.reference, late.reference], attempted: [1, failed.reference], created: [4, latest.reference, late.reference], out_for_delivery: [1, out.reference],
        delivered: [1, done.reference], returned: [0], cancelled: [1, gone.reference],
    });
    assert.deepEqual((await board(dispatcher, '?column=created')).created, [4, ...[latest, late, soon, later].map(({reference}) => reference)]);
    assert.deepEqual((await board(agent)).created[0], 5);
    assert.deepEqual((await board(keeper, '?column=created')).created, [5, ...[latest, late, soon, later, foreign].map(({reference}) => reference)]);
    const {json} = await dispatcher.get('/v1/desk/board?column=out_for_delivery', {status: 200});
    assert.deepEqual(json.columns[0].items[0].driver, {id: driver.id, name: driver.name});
});

test('the page shows it without a script, to every role, and names nobody it goes to', async () => {
    for (const client of [dispatcher, agent, keeper]) {
        const {text} = await client.get('/desk/board', {status: 200});
        assert.match(text, /<h2 id="late">Late <span class="tag lit">2</);
        assert.match(text, /\/desk\/board\?column=created/);
        assert.doesNotMatch(text, /Robin|Lantern Lane|robin-/);
        assert.match((await client.get('/desk/board?column=created', {status: 200})).text, /All columns/);
    }
    await dispatcher.refused('invalid-field', 'GET', '/v1/desk/board?column=lost');
    await dispatcher.get('/desk/board?column=lost', {status: 422});
    for (const client of [first.client, (await signIn(server)).client]) await client.refused('unauthorized', 'GET', '/v1/desk/board');
});

test('an open board hears of the deliveries of its shippers alone', async () => {
    const {text} = await dispatcher.get('/desk/board', {status: 200});
    const [, seen] = /data-seen="(\d+)"/.exec(text);
    const stream = await openStream(dispatcher, `/desk/board/live?after=${seen}`);
    const all = await openStream(keeper, `/desk/board/live?after=${seen}`);
    const foreign = await addDelivery(second, robin);
    await second.client.post(`/v1/deliveries/${foreign.id}/cancel`, undefined, {status: 200});
    const own = await addDelivery(first, robin);
    await first.client.post(`/v1/deliveries/${own.id}/cancel`, undefined, {status: 200});
    await stream.comes('delivery.cancelled');
    assert.deepEqual([...new Set(stream.events.map(({data}) => data.delivery_id))], [own.id]);
    await all.comes('delivery.cancelled');
    stream.close();
    all.close();
});
