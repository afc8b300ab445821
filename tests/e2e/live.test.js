// SPDX-License-Identifier: Apache-2.0
//
// Open pages told live: who may have which stream, what is said on it and what never, and when it ends.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {sql} from './support/insides.js';
import {until} from './support/server.js';
import {openStream} from './support/stream.js';
import {
    addAgent, addShipper, anyone, DOOR, photograph, photoState, sendOut, setStage, signIn, signInAgent, unique,
} from './support/world.js';

const stage = await setStage({after}, {live: {heartbeat_seconds: 1, streams_per_person: 6, retry_ms: 200}, jobs: {sweep_seconds: 1}});
const {server, shipper} = stage;
const agent = await addAgent(server, shipper);
const desk = await signInAgent(server, agent);

const pathOf = (delivery) => new URL(delivery.tracking_url).pathname;
const email = () => `live-${unique()}@example.org`;
const mark = (delivery, confidential) => shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential}, {status: 200});

/** A recipient who is signed in, and their delivery with a posted photo. */
async function posted(more = {}) {
    const robin = await signIn(server, email());
    const done = await photograph(stage, robin.email, {more});
    await photoState(shipper, done.delivery.id, 'posted');
    return {...done, robin};
}

/** The number that a page was made with. */
async function seenOf(client, path) {
    const page = await client.get(path, {status: 200, headers: {accept: 'text/html'}});
    return Number(/<meta name="live" content="[^"]*" data-page="[^"]*" data-seen="(\d+)"/.exec(page.text)[1]);
}

test('an order\'s stream says that something happened, and nothing private', async () => {
    const robin = await signIn(server, email());
    const {delivery} = await sendOut(stage, robin.email);
    const stream = await openStream(robin.client, `/orders/${delivery.id}/live?after=${await seenOf(robin.client, `/orders/${delivery.id}`)}`);
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {instructions: 'Behind the green door.'}, {status: 200});
    await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'Where is it?'}, {status: 201});
    const {id, event, data} = await stream.comes('case.opened');
    assert.equal(event, 'change');
    assert.deepEqual(Object.keys(data).sort(), ['delivery_id', 'number', 'type']);
    assert.equal(data.delivery_id, delivery.id);
    assert.equal(Number(id), data.number);
    for (const secret of ['Robin', robin.email, ...DOOR.lines, delivery.reference, 'green door', 'Where is it'])
        assert.ok(!stream.text.includes(secret), `the stream says "${secret}"`);
    assert.equal(stream.headers['cache-control'], 'no-store');
    assert.equal(stream.headers['x-accel-buffering'], 'no');
    stream.close();
});

test('a photo is told when it is posted, and when it is withheld', async () => {
    const robin = await signIn(server, email());
    const {delivery} = await sendOut(stage, robin.email);
    const stream = await openStream(robin.client, `/orders/${delivery.id}/live`);
    await stream.comes('changed'); // nothing was said of what the page has seen
    const done = await photograph(stage, robin.email);
    const own = await openStream(robin.client, `/orders/${done.delivery.id}/live?after=0`);
    await own.comes('changed');
    await photoState(shipper, done.delivery.id, 'posted');
    await mark(done.delivery, 'registry');
    await own.comes('photo.withheld');
    assert.ok(!stream.events.some(({data}) => data.delivery_id === done.delivery.id), 'another delivery\'s events came');
    stream.close();
    own.close();
});

test('whoever comes back with Last-Event-ID learns at once that something happened meanwhile, or nothing', async () => {
    const {delivery, robin} = await posted();
    const path = `/orders/${delivery.id}/live`;
    const seen = await seenOf(robin.client, `/orders/${delivery.id}`);
    assert.ok(seen > 0, 'the page was made with no event');
    const upToDate = await openStream(robin.client, path, {'last-event-id': String(seen)});
    const behind = await openStream(robin.client, path, {'last-event-id': String(seen - 1)});
    assert.equal(Number((await behind.comes('changed')).id), seen);
    await mark(delivery, 'registry');
    const [first] = await Promise.all([upToDate.comes('photo.withheld'), behind.comes('photo.withheld')]);
    assert.ok(Number(first.id) > seen);
    assert.equal(upToDate.events.length, upToDate.events.filter(({id}) => Number(id) > seen).length);
    upToDate.close();
    behind.close();
});

test('a stream is whose page it is: to all others the order does not exist', async () => {
    const {delivery} = await posted();
    const other = await signIn(server, email());
    await other.client.refused('not-found', 'GET', `/orders/${delivery.id}/live`);
    await other.client.refused('not-found', 'GET', `/orders/dlv_${'0'.repeat(26)}/live`);
    await other.client.refused('not-found', 'GET', '/orders/nothing/live');
    await anyone(server).refused('unauthorized', 'GET', `/orders/${delivery.id}/live`);
    await desk.refused('unauthorized', 'GET', `/orders/${delivery.id}/live`);
    await shipper.client.refused('unauthorized', 'GET', `/orders/${delivery.id}/live`);
});

test('the desk\'s streams are for support, of its own shipper', async () => {
    const {delivery, robin} = await posted();
    const {json: opened} = await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'A question.'}, {status: 201});
    const strange = await addShipper(server);
    const stranger = await signInAgent(server, await addAgent(server, strange));
    const dispatcher = await signInAgent(server, await addAgent(server, shipper, undefined, 'dispatcher'));
    for (const path of ['/desk/live', `/desk/cases/${opened.id}/live`]) {
        await robin.client.refused('unauthorized', 'GET', path);
        await anyone(server).refused('unauthorized', 'GET', path);
        await dispatcher.refused('role-needed', 'GET', path);
    }
    await stranger.refused('not-found', 'GET', `/desk/cases/${opened.id}/live`);
    await desk.refused('not-found', 'GET', `/desk/cases/cas_${'0'.repeat(26)}/live`);

    const list = await openStream(desk, `/desk/live?after=${await seenOf(desk, '/desk')}`);
    const theirs = await openStream(stranger, `/desk/live?after=${await seenOf(stranger, '/desk')}`);
    const one = await openStream(desk, `/desk/cases/${opened.id}/live?after=${await seenOf(desk, `/desk/cases/${opened.id}`)}`);
    await robin.client.post(`/v1/me/cases/${opened.id}/messages`, {text: 'Hello?'}, {status: 201});
    await Promise.all([list.comes('case.answered'), one.comes('case.answered')]);
    await mark(delivery, 'registry');
    await one.comes('photo.withheld');
    await desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});
    await Promise.all([list.comes('case.resolved'), one.comes('case.resolved')]);
    assert.deepEqual(list.events.map(({data}) => data.type).filter((type) => !type.startsWith('case.')), [], 'the list is of cases');
    assert.deepEqual(theirs.events, []);
    for (const stream of [list, theirs, one]) stream.close();
});

test('the buyer and whoever has the link are told of the state alone', async () => {
    const buyer = await signIn(server, email());
    const robin = await signIn(server, email());
    const {delivery} = await sendOut(stage, robin.email, {buyer: {email: buyer.email}});
    const path = pathOf(delivery);
    const bought = await openStream(buyer.client, `/orders/${delivery.id}/live?after=${await seenOf(buyer.client, `/orders/${delivery.id}`)}`);
    const linked = await openStream(anyone(server), `${path}/live?after=${await seenOf(anyone(server), path)}`);
    await robin.client.post(`/v1/me/orders/${delivery.id}/refuse-photo`, undefined, {status: 200});
    await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'Where is it?'}, {status: 201});
    await stage.driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`, {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
    await bought.comes('delivery.attempted');
    await linked.comes('changed');
    for (const stream of [bought, linked]) {
        assert.ok(!/photo\.|case\./.test(stream.text), `more than the state is told: ${stream.text}`);
        stream.close();
    }
    assert.ok(!linked.text.includes(delivery.id), 'the link\'s page is told an id');

    await anyone(server).refused('not-found', 'GET', '/t/nothing/live');
    const old = await openStream(anyone(server), `${path}/live`);
    await shipper.client.post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 200});
    await old.end();
    await anyone(server).refused('not-found', 'GET', `${path}/live`);
});

test('signing out ends the streams of that session, and of no other', async () => {
    const {delivery, robin} = await posted();
    const again = await signIn(server, robin.email);
    const path = `/orders/${delivery.id}/live?after=1000`;
    const [first, second] = await Promise.all([openStream(robin.client, path), openStream(again.client, path)]);
    await robin.client.post('/v1/auth/sign-out', undefined, {status: 204});
    await first.end();
    await mark(delivery, 'registry');
    assert.equal(second.ended, false);
    second.close();
});

test('an agent who was shut out meanwhile is told nothing more', async () => {
    const gone = await addAgent(server, shipper);
    const client = await signInAgent(server, gone);
    const stream = await openStream(client, '/desk/live');
    await server.admin('agent-disable', gone.email);
    await stream.end();
    await client.refused('unauthorized', 'GET', '/desk/live');
});

test('who has too many pages open is told to ask instead; places come back', async () => {
    const {delivery, robin} = await posted();
    const path = `/orders/${delivery.id}/live?after=1000`;
    const streams = [];
    for (let i = 0; i < 6; i++) streams.push(await openStream(robin.client, path));
    const answer = await robin.client.refused('unavailable', 'GET', path);
    assert.match(answer.headers['retry-after'], /^[1-9]/);
    streams[0].close();
    await until(async () => (await robin.client.get(path)).status === 200, {what: 'a free place'});
    for (const stream of streams) stream.close();
});

test('an open page that looks by itself does not keep its session in use', async () => {
    const longAgo = Date.now() - 30 * 60_000;
    const signedInLongAgo = async () => {
        const client = await signInAgent(server, await addAgent(server, shipper));
        const [[subject]] = await sql(server, "SELECT subject_id FROM session WHERE kind = 'agent' ORDER BY created_at DESC LIMIT 1");
        await sql(server, `UPDATE session SET seen_at = ${longAgo} WHERE subject_id = x'${subject}'`);
        const seenAt = async () => (await sql(server, `SELECT seen_at FROM session WHERE kind = 'agent' AND subject_id = x'${subject}'`))[0][0];
        return {client, seenAt, isSeen: () => until(async () => await seenAt() > longAgo, {what: 'the use of the session'})};
    };
    const one = await signedInLongAgo(), other = await signedInLongAgo();
    const stream = await openStream(one.client, '/desk/live');
    await one.client.get('/desk', {status: 200, headers: {'porchlight-unattended': '1'}});
    await one.client.get('/v1/cases', {status: 200, headers: {'porchlight-unattended': '1'}});
    await other.client.get('/v1/cases', {status: 200});
    await other.isSeen(); // the housekeeping has written down what was used until then
    assert.equal(await one.seenAt(), longAgo);
    await one.client.get('/v1/cases', {status: 200});
    await one.isSeen();
    stream.close();
});

test('HEAD of a stream is its head', async () => {
    const {delivery, robin} = await posted();
    const answer = await robin.client.head(`/orders/${delivery.id}/live`, {status: 200});
    assert.match(answer.headers['content-type'], /event-stream/);
});

test('without JavaScript a page of a delivery under way loads itself anew, until its reader stops that', async () => {
    const robin = await signIn(server, email());
    const {delivery} = await sendOut(stage, robin.email);
    const html = {headers: {accept: 'text/html'}, status: 200};
    const path = `/orders/${delivery.id}`;
    assert.match((await robin.client.get(path, html)).text, new RegExp(`<noscript><meta http-equiv="refresh" content="60; url=${path}">`));
    assert.doesNotMatch((await robin.client.get(`${path}?still`, html)).text, /http-equiv="refresh"/);
    assert.match((await anyone(server).get(pathOf(delivery), html)).text, /http-equiv="refresh"/);
    await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'Where is it?'}, {status: 201});
    assert.doesNotMatch((await robin.client.get(path, html)).text, /http-equiv="refresh"/, 'a reply may be being written');
});

test('a stop ends open streams, and does not wait for them', async () => {
    const {delivery, robin} = await posted();
    const stream = await openStream(robin.client, `/orders/${delivery.id}/live?after=1000`);
    const began = Date.now();
    const {code} = await server.stop();
    assert.equal(code, 0);
    assert.ok(Date.now() - began < 10_000, 'the stop waited');
    await stream.end();
});
