// SPDX-License-Identifier: Apache-2.0
//
// The desk's search: whatever somebody knows of a delivery finds it, for an agent of its shipper and for nobody else.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {addDelivery, addShipper, photograph, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after});
const {server, shipper: first} = stage;
const second = await addShipper(server), foreign = await addShipper(server);
const lena = {recipient: {name: 'Léna Müller-Sandby', email: 'lena.m@example.org', phone: '+4917012345678'}, address: {lines: ['4 Quay', '1017 AB Amsterdam']},
    parcels: [{code: 'JD 0014-77', label: 'Box'}]};

async function somebody(role, ...shops) {
    const added = await server.admin('agent-add', `${role}-${unique()}@example.org`, '--role', role, ...shops.flatMap(({id}) => ['--shipper', id]));
    return signInAgent(server, {...added, lastStep: 0});
}
const agent = await somebody('agent', first, second);
const dispatcher = await somebody('dispatcher', first), keeper = await somebody('administrator');
const made = await addDelivery(first, '', lena), other = await addDelivery(second, '', {...lena, recipient: {...lena.recipient, name: 'Lena Abel'}});
const hidden = await addDelivery(foreign, '', lena);

const find = async (client, q) => (await client.get(`/v1/desk/deliveries?q=${encodeURIComponent(q)}`, {status: 200})).json.items;
const ids = async (client, q) => (await find(client, q)).map(({id}) => id);

test('each thing that somebody may know finds it', async () => {
    const token = new URL(made.tracking_url).pathname.slice(3);
    for (const q of [made.id, made.tracking_url, `${made.tracking_url}?utm=1`, token, made.reference, made.reference.toUpperCase(), ` ${made.reference} `])
        assert.deepEqual(await ids(agent, q), [made.id], q);
    for (const q of ['mueller', 'MÜLLER', 'sandby', 'lena mull', 'muller, lena', 'müller 1017ab']) assert.deepEqual(await ids(agent, q), [made.id], q);
    for (const q of ['lena', '1017 AB', '1017ab', '1017', '+49 170 12345678', '0170/123 456 78', '5678', 'Lena.M@example.org', 'lena.m@', 'jd001477'])
        assert.deepEqual(await ids(agent, q), [other.id, made.id], q);
    for (const q of ['lena 1018', 'lena amsterdam', 'nobody', '9999', '-- %_']) assert.deepEqual(await ids(agent, q), [], q);
});

test('what is found is facts', async () => {
    const robin = await signIn(server);
    const {delivery} = await photograph(stage, robin.email);
    const [found] = await find(agent, delivery.reference);
    assert.deepEqual(found.recipient, {name: 'Robin Vale', email: robin.email, phone: null});
    assert.equal(found.address.lines[1], '10115 Berlin');
    assert.deepEqual(found.photo, {state: 'posted', reason: null});
    const {json: opened} = await agent.post('/v1/cases', {delivery_id: delivery.id, reason: 'The recipient called.'}, {status: 201});
    assert.equal((await find(agent, delivery.reference))[0].case_id, opened.id);
    const [plain] = await find(dispatcher, delivery.reference);
    assert.deepEqual([plain.photo, plain.case_id, plain.driver_id], [null, null, stage.driver.id]);
    const {text} = await agent.get(`/desk/search?q=${delivery.reference}`, {status: 200});
    assert.match(text, new RegExp(`/desk/cases/${opened.id}`));
    assert.doesNotMatch(text, /<figure|\/photo/);
    assert.doesNotMatch((await dispatcher.get(`/desk/search?q=${delivery.reference}`, {status: 200})).text, /\/desk\/cases/);
});

test('another shipper’s is as unknown as none', async () => {
    for (const q of [hidden.id, hidden.tracking_url, hidden.reference]) assert.deepEqual(await ids(agent, q), [], q);
    assert.deepEqual(await ids(dispatcher, 'lena'), [made.id]);
    assert.deepEqual(await ids(keeper, 'lena'), [hidden.id, other.id, made.id]);
    for (const client of [first.client, (await signIn(server)).client]) await client.refused('unauthorized', 'GET', '/v1/desk/deliveries?q=lena');
});

test('a change is found, and what it was before is not; a link that was renewed is no way to it', async () => {
    const moved = await addDelivery(first, 'before@example.org', {recipient: {name: 'Before Name', email: 'before@example.org'}});
    await first.client.request('PATCH', `/v1/deliveries/${moved.id}`, {json: {recipient: {name: 'After Name', email: 'after@example.org'}}, status: 200});
    assert.deepEqual(await ids(agent, 'after name'), [moved.id]);
    assert.deepEqual(await ids(agent, 'before'), []);
    await first.client.post(`/v1/deliveries/${moved.id}/tracking`, undefined, {status: 200});
    assert.deepEqual(await ids(agent, moved.tracking_url), []);
});

test('many are told to be many', async () => {
    const common = `common-${unique()}`;
    for (let i = 0; i < 22; i++) await addDelivery(second, 'x@example.org', {reference: `${common}-${i}`});
    const {json} = await agent.get(`/v1/desk/deliveries?q=${common}`, {status: 200});
    assert.deepEqual([json.items.length, json.more, json.next], [20, true, null]);
    assert.match((await agent.get(`/desk/search?q=${common}`, {status: 200})).text, /There are more/);
});

test('the page works without a script, says what is wrong, and gives its words to nobody', async () => {
    for (const client of [agent, dispatcher, keeper]) assert.match((await client.get('/desk/account', {status: 200})).text, /action="\/desk\/search"/);
    assert.match((await agent.get('/desk/search', {status: 200})).text, /Find a delivery by/);
    const asked = await agent.get('/desk/search?q=nobody-of-this-name', {status: 200});
    assert.match(asked.text, /No delivery of yours/);
    assert.equal(asked.headers['referrer-policy'], 'strict-origin');
    for (const q of ['', 'ab', 'x'.repeat(101)]) await agent.refused('invalid-field', 'GET', `/v1/desk/deliveries?q=${q}`);
    assert.match((await agent.get('/desk/search?q=ab', {status: 422})).text, /3 to 100 characters/);
    await agent.refused('invalid-field', 'GET', '/v1/desk/deliveries');
    const {log} = server;
    assert.match(log, /\/v1\/desk\/deliveries/);
    for (const word of ['nobody-of-this-name', 'mueller', '1017ab', 'lena.m@']) assert.ok(!log.includes(word), word);
});
