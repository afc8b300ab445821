// SPDX-License-Identifier: Apache-2.0
//
// Agents of several shippers: everything at the desk is of those and of no other.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {openStream} from './support/stream.js';
import {addDelivery, addDriver, addShipper, photograph, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after});
const {server, shipper: first} = stage;
const second = await addShipper(server), third = await addShipper(server);
const secondDriver = await addDriver(server, second), thirdDriver = await addDriver(server, third);

/** Somebody of these shippers, signed in. */
async function somebody(role, ...shops) {
    const added = await server.admin('agent-add', `${role}-${unique()}@example.org`, '--role', role, ...shops.flatMap(({id}) => ['--shipper', id]));
    return signInAgent(server, {...added, lastStep: 0});
}
const robin = await signIn(server);
const agent = await somebody('agent', first, second);
const everybodys = await somebody('admin');

/** A case on a new delivery of a shop, opened by its recipient. */
async function caseOf(shop) {
    const delivery = await addDelivery(shop, robin.email);
    const {json} = await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'damaged', text: 'The box is wet.'}, {status: 201});
    return {delivery, id: json.id};
}
const cases = [];
for (const shop of [first, second, third, second, first, third, second]) cases.push({shop, ...await caseOf(shop)});
const mine = cases.filter(({shop}) => shop !== third).map(({id}) => id).reverse();

test('the cases of an agent’s shippers are one list, newest first, page by page', async () => {
    for (const limit of [1, 2, 3, 5, 200]) assert.deepEqual((await agent.all('/v1/cases', limit)).map(({id}) => id), mine, `limit ${limit}`);
    assert.deepEqual((await everybodys.all('/v1/cases', 2)).map(({id}) => id), cases.map(({id}) => id).reverse());
    await agent.post(`/v1/cases/${mine[1]}/resolve`, {}, {status: 200});
    assert.deepEqual((await agent.all('/v1/cases', 2)).map(({id}) => id), mine.filter((_, at) => at !== 1));
    assert.deepEqual((await agent.all('/v1/cases?show=all', 2)).map(({id}) => id), [...mine.filter((_, at) => at !== 1), mine[1]]);
});

test('a case of another shipper is as unknown as none', async () => {
    const foreign = cases.find(({shop}) => shop === third);
    for (const id of [foreign.id, `cas_${'0'.repeat(26)}`]) {
        await agent.refused('not-found', 'GET', `/v1/cases/${id}`);
        await agent.refused('not-found', 'POST', `/v1/cases/${id}/messages`, {json: {text: 'Hello'}});
        await agent.refused('not-found', 'POST', `/v1/cases/${id}/looks`, {json: {reason: 'verify_delivery', note: 'To see where it was left.'}});
        await agent.refused('not-found', 'POST', `/v1/cases/${id}/resolve`, {json: {}});
        await agent.get(`/desk/cases/${id}`, {status: 404});
    }
    await agent.refused('not-found', 'POST', '/v1/cases', {json: {delivery_id: foreign.delivery.id, reason: 'Curious.'}});
    const found = await agent.get(`/desk?find=${foreign.delivery.id}`, {status: 200});
    assert.doesNotMatch(found.text, new RegExp(foreign.delivery.reference));
    await agent.get(`/v1/cases/${mine[0]}`, {status: 200});
});

test('a look is given under a case of each of them', async () => {
    for (const at of [{shipper: first, driver: stage.driver}, {shipper: second, driver: secondDriver}]) {
        const {delivery} = await photograph({...stage, ...at}, robin.email);
        const {json: opened} = await agent.post('/v1/cases', {delivery_id: delivery.id, reason: 'The recipient called.'}, {status: 201});
        const {json: look} = await agent.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'To see where it was left.'}, {status: 201});
        await agent.get(look.photo_url, {status: 200});
    }
});

test('an administrator of several looks without a case at theirs alone, and reads of no other’s', async () => {
    const administrator = await somebody('administrator', first, second);
    const {delivery: mine} = await photograph({...stage, shipper: second, driver: secondDriver}, robin.email);
    const {delivery: foreign} = await photograph({...stage, shipper: third, driver: thirdDriver}, robin.email);
    const why = {reason: 'verify_delivery', text: 'The insurer asks about this delivery.'};
    await administrator.post('/v1/break-glass', {delivery_id: mine.id, ...why}, {status: 201});
    await administrator.refused('not-found', 'POST', '/v1/break-glass', {json: {delivery_id: foreign.id, ...why}});
    await everybodys.post('/v1/break-glass', {delivery_id: foreign.id, ...why}, {status: 201});
    const at = async (client) => (await client.get('/v1/break-glass', {status: 200})).json.items.map(({delivery: {id}}) => id);
    assert.deepEqual(await at(administrator), [mine.id]);
    assert.deepEqual(await at(everybodys), [foreign.id, mine.id]);
    assert.deepEqual(await at(await somebody('administrator', third)), [foreign.id]);
});

test('a reference is looked for with each of them', async () => {
    const reference = `same-${unique()}`;
    const made = [];
    for (const shop of [first, second, third]) made.push((await addDelivery(shop, 'x@example.org', {reference})).id);
    const {text} = await agent.get(`/desk?find=${reference}`, {status: 200});
    assert.deepEqual(made.map((id) => text.includes(id)), [true, true, false]);
});

test('an open list hears of their cases alone', async () => {
    const {text} = await agent.get('/desk', {status: 200});
    const [, seen] = /data-seen="(\d+)"/.exec(text);
    const stream = await openStream(agent, `/desk/live?after=${seen}`);
    await caseOf(third);
    const heard = await caseOf(second);
    await stream.comes('case.opened');
    assert.deepEqual(stream.events.map(({data}) => data.delivery_id), [heard.delivery.id]);
    stream.close();
});

test('a dispatcher of several chooses among those, and touches no other’s driver', async () => {
    const dispatcher = await somebody('dispatcher', first, second);
    const page = await dispatcher.get('/desk/drivers', {status: 200});
    assert.ok(page.text.includes(first.name) && page.text.includes(second.name) && !page.text.includes(third.name));
    assert.ok((await dispatcher.get(`/desk/drivers?shipper=${second.id}`, {status: 200})).text.includes(secondDriver.id));
    assert.ok(!(await dispatcher.get(`/desk/drivers?shipper=${third.id}`, {status: 200})).text.includes(thirdDriver.id));
    await dispatcher.request('POST', `/desk/drivers/${thirdDriver.id}/revoke`, {status: 404});
    await dispatcher.form(`/desk/drivers?shipper=${third.id}`, {name: 'Astray'}, {status: 404});
    await dispatcher.form('/desk/drivers', {name: 'Astray'}, {status: 404});
    await dispatcher.form(`/desk/drivers?shipper=${second.id}`, {name: 'Kim'}, {status: 200});
    const revoked = await dispatcher.request('POST', `/desk/drivers/${secondDriver.id}/revoke`, {status: 303});
    assert.ok(revoked.headers.location.includes(`shipper=${second.id}`));
});

test('agent-add takes known shippers, and a bound number of them', async () => {
    await assert.rejects(server.admin('agent-add', 'x@example.org', '--shipper', first.id, '--shipper', `shp_${'0'.repeat(26)}`), /there is no shipper/);
    await assert.rejects(server.admin('agent-add', 'x@example.org', ...Array.from({length: 51}, () => ['--shipper', first.id]).flat()), /50 shippers at most/);
});
