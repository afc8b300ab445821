// SPDX-License-Identifier: Apache-2.0
//
// The rules of docs/design.md, R1 to R7, R10 and R12, each from the outside: every test begins with the rule it holds.
// R8 is in sealed.test.js; R9's deletion by the recipient is in delivery.test.js.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {operations} from '../contract/contract.js';
import {difference} from './support/eyes.js';
import {dump, openSql, sql} from './support/insides.js';
import {messagesTo, newestCode} from './support/mail.js';
import {assertBrokenOff, longPicture, slowDownload} from './support/narrow.js';
import {draw, smallPicture} from './support/pictures.js';
import {readReceipt} from './support/receipt.js';
import {patience, until} from './support/server.js';
import {append, begin, create, metadataFor, standing, terminate, upload, uploadAtOnce, UploadRefused} from './support/tus.js';
import {
    addAgent, addDelivery, addDriver, addShipper, anyone, DOOR, nextSeed, pairPhone, photograph, photoState, reportDelivered, sendOut, setStage, signIn, signInAgent,
    startRound, stopOf, unique,
} from './support/world.js';

const stage = await setStage({after}, {mail: {together_seconds: 3600}}); // no mail of an earlier test comes due in a later one
const {server, shipper, driver} = stage;
const agent = await addAgent(server, shipper);
const desk = await signInAgent(server, agent);
const isJpeg = (bytes) => bytes.subarray(0, 2).equals(Buffer.from([0xff, 0xd8]));

/** Every GET of the document with its parameters filled in from `ids`, by the name of the parameter or the kind of thing. */
function readingPaths(ids) {
    return operations().filter(({method}) => method === 'GET').map(({template}) => ({
        template,
        path: template.replace(/\{(\w+)\}/g, (_, name) => {
            if (name === 'id') return template.includes('cases') ? ids.case : template.includes('uploads') ? ids.upload : template.includes('drivers') ? ids.driver : ids.delivery;
            return ids[name] ?? 'nothing';
        }),
    }));
}

/** A posted photo with a case and a look under way: all that there is to find. */
async function everything() {
    const email = `all-${unique()}@example.org`;
    const done = await photograph(stage, email);
    const robin = await signIn(server, email);
    const {json: opened} = await robin.client.post(`/v1/me/orders/${done.delivery.id}/problem`, {kind: 'not_my_door', text: 'This is not my door.'}, {status: 201});
    const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_location', note: 'Which door is it?'}, {status: 201});
    const token = done.delivery.tracking_url.split('/t/')[1];
    const ids = {delivery: done.delivery.id, case: opened.id, look_id: look.id, driver: driver.id, upload: done.path.split('/').pop(), token, file: 'nothing.css'};
    return {...done, email, robin, opened, look, ids};
}

// ---- R1 ----

test('R1 a tracking link shows the state and nothing private', async () => {
    const {delivery} = await photograph(stage, 'link@example.org');
    const path = new URL(delivery.tracking_url).pathname;
    const {json, headers} = await anyone(server).get(path, {status: 200});
    assert.deepEqual(Object.keys(json).sort(), ['captured_at', 'changed_at', 'created_at', 'out_for_delivery_at', 'received_at', 'shipper', 'state', 'time_zone', 'window']);
    assert.equal(json.state, 'delivered');
    assert.match(headers['x-robots-tag'], /noindex/);
    const page = await anyone(server).get(path, {status: 200, headers: {accept: 'text/html'}});
    for (const secret of ['Robin', 'Vale', 'link@example.org', ...DOOR.lines, delivery.reference, '/photo', 'og:image', 'blue bench', driver.name])
        assert.ok(!page.text.includes(secret), `the page shows "${secret}"`);
});

test('R1 a tracking link that was forged, cut or of another version is unknown', async () => {
    const {delivery} = await sendOut(stage, 'forged@example.org');
    const other = await sendOut(stage, 'forged@example.org');
    const token = delivery.tracking_url.split('/t/')[1];
    const wrong = [token.slice(0, -1), `${token}A`, token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.at(-1), delivery.id, 'x',
        other.delivery.tracking_url.split('/t/')[1].slice(0, 30) + token.slice(30)];
    for (const text of wrong) await anyone(server).refused('not-found', 'GET', `/t/${text}`);
    await sql(server, `update delivery set token_version = token_version + 1 where reference = '${delivery.reference}'`);
    await anyone(server).refused('not-found', 'GET', `/t/${token}`);
});

test('R1 a renewed tracking link opens; the one before it is unknown at once, and nobody else can renew it', async () => {
    const {delivery} = await sendOut(stage, 'renewed@example.org');
    const {tracking_url: before, ...rest} = (await shipper.client.get(`/v1/deliveries/${delivery.id}`, {status: 200})).json;
    const {json: renewed} = await shipper.client.post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 200});
    const {tracking_url: after, ...same} = renewed;
    assert.deepEqual(same, rest);
    assert.notEqual(after, before);
    await anyone(server).refused('not-found', 'GET', new URL(before).pathname);
    await anyone(server).get(new URL(after).pathname, {status: 200});
    const stranger = await addShipper(server);
    await stranger.client.refused('not-found', 'POST', `/v1/deliveries/${delivery.id}/tracking`);
    await shipper.client.refused('not-found', 'POST', `/v1/deliveries/dlv_${'0'.repeat(26)}/tracking`);
    await anyone(server).post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 401});
    await stage.driver.client.post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 401});
    await anyone(server).get(new URL(after).pathname, {status: 200});
    assert.equal(((await shipper.client.get(`/v1/deliveries/${delivery.id}`, {status: 200})).json).tracking_url, after);
    // A repeat of one request is no second renewal.
    const headers = {'idempotency-key': '"renew-once"'};
    const {json: once} = await shipper.client.post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 200, headers});
    const {json: again} = await shipper.client.post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 200, headers});
    assert.equal(again.tracking_url, once.tracking_url);
    await anyone(server).get(new URL(once.tracking_url).pathname, {status: 200});
});

test('R1 only the verified recipient reads a photo: not a stranger, the shop, the driver or another account', async () => {
    const {delivery, email} = await everything();
    const path = `/v1/me/orders/${delivery.id}/photo`;
    await anyone(server).refused('unauthorized', 'GET', path);
    await shipper.client.refused('unauthorized', 'GET', path);
    await driver.client.refused('unauthorized', 'GET', path);
    await desk.refused('unauthorized', 'GET', path);
    const other = await signIn(server);
    await other.client.refused('not-found', 'GET', path);
    await other.client.refused('not-found', 'DELETE', path);
    const again = await signIn(server, email.toUpperCase()); // the same mailbox, written otherwise
    assert.ok(isJpeg((await again.client.get(path, {status: 200})).bytes));
});

test('R1 the buyer of a gift reads its state, and nothing of photo, place or problem', async () => {
    const email = `friend-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {more: {buyer: {email: 'buyer@example.org'}}});
    const buyer = await signIn(server, 'buyer@example.org');
    const {json: list} = await buyer.client.get('/v1/me/orders', {status: 200});
    const {json: order} = await buyer.client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
    for (const seen of [list.items.find(({id}) => id === delivery.id), order]) {
        assert.equal(seen.relation, 'buyer');
        assert.equal(seen.state, 'delivered');
        assert.doesNotMatch(JSON.stringify(seen), /photo|front_door|Lantern|Robin|case|look/);
    }
    await buyer.client.refused('not-found', 'GET', `/v1/me/orders/${delivery.id}/photo`);
    await buyer.client.refused('not-found', 'GET', `/v1/me/orders/${delivery.id}/photo?size=preview`);
    await buyer.client.refused('not-found', 'DELETE', `/v1/me/orders/${delivery.id}/photo`);
    await buyer.client.refused('not-found', 'GET', `/v1/me/orders/${delivery.id}/looks`);
    await buyer.client.refused('not-found', 'POST', `/v1/me/orders/${delivery.id}/refuse-photo`);
    await buyer.client.refused('not-found', 'POST', `/v1/me/orders/${delivery.id}/allow-photo`);
    await buyer.client.refused('not-found', 'POST', `/v1/me/orders/${delivery.id}/problem`, {json: {kind: 'other', text: 'x'}});
    const page = await buyer.client.get(`/orders/${delivery.id}`, {status: 200});
    assert.doesNotMatch(page.text, /<img[^>]*\/photo|Lantern|front door|Report a problem/i);
});

/** Every change of who a delivery is for, as a shop may word it; `kim` is its address now. */
const readdressings = (kim) => [
    {recipient: {email: `eve-${unique()}@example.org`}}, {recipient: {name: 'Eve', email: `eve-${unique()}@example.org`, phone: null}},
    {recipient: {email: null, phone: '+4930654321'}}, {recipient: {phone: '+4930654321'}}, {recipient: {email: `${kim}.org`}, confidential: null},
];

/** None of them is done, by this shop or another: the delivery is still `kim`'s. */
async function assertNotReaddressed(delivery, kim) {
    const who = async () => (await shipper.client.get(`/v1/deliveries/${delivery.id}`, {status: 200})).json.recipient;
    const before = await who();
    for (const json of readdressings(kim)) {
        const {json: problem} = await shipper.client.refused('wrong-state', 'PATCH', `/v1/deliveries/${delivery.id}`, {json});
        assert.equal(problem.field, 'recipient');
        assert.match(problem.detail, /belongs to whom/);
    }
    assert.deepEqual(await who(), before);
}

test('R1 R5 a photo belongs to whom it was taken for: the shop cannot make its delivery another\'s', async () => {
    for (const marked of [null, 'registry']) {
        const kim = `kim-${unique()}@example.org`;
        const {delivery, stop} = await sendOut(stage, kim, {confidential: marked});
        await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
        await photoState(shipper, delivery.id, marked ? 'withheld' : 'posted');
        await assertNotReaddressed(delivery, kim);
        await driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`, {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
        await assertNotReaddressed(delivery, kim);
        await startRound(driver, delivery.id); // the next attempt has no photo yet: that of the first one is still theirs
        await assertNotReaddressed(delivery, kim);
        const {client} = await signIn(server, kim);
        await client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
        const eve = await signIn(server);
        await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {recipient: {email: eve.email}}, {status: 200});
        await eve.client.refused(marked ? 'photo-withheld' : 'no-photo', 'GET', `/v1/me/orders/${delivery.id}/photo`);
    }
});

test('R1 R5 a photo that waits to be judged, or was set aside, keeps its delivery too', async () => {
    const kim = `waiting-${unique()}@example.org`;
    const {delivery} = await photographInVain(kim);
    for (const state of ['received', 'set_aside']) {
        await sql(server, `update photo set state = '${state}' where delivery_id = (select id from delivery where reference = '${delivery.reference}')`);
        await assertNotReaddressed(delivery, kim);
    }
});

test('R1 R5 a case is about whom it was opened for: the shop cannot let another read it, nor once it is resolved', async () => {
    const kim = `case-${unique()}@example.org`;
    const {delivery} = await sendOut(stage, kim);
    const {client} = await signIn(server, kim);
    const {json: opened} = await client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'The key is under the pot.'}, {status: 201});
    await assertNotReaddressed(delivery, kim);
    await desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});
    await assertNotReaddressed(delivery, kim);
});

test('R1 with a photo the name may be corrected, and the contact said again; without one the contact may change too', async () => {
    const kim = `named-${unique()}@example.org`;
    const {delivery} = await photographInVain(kim);
    const path = `/v1/deliveries/${delivery.id}`;
    const {json: named} = await shipper.client.patch(path, {recipient: {name: 'Kim Vale', email: kim.toUpperCase()}}, {status: 200});
    assert.deepEqual([named.recipient.name, named.recipient.email], ['Kim Vale', kim]);
    const {delivery: bare} = await sendOut(stage, kim);
    const next = await signIn(server);
    await shipper.client.patch(`/v1/deliveries/${bare.id}`, {recipient: {email: next.email}}, {status: 200});
    await next.client.get(`/v1/me/orders/${bare.id}`, {status: 200});
    await (await signIn(server, kim)).client.refused('not-found', 'GET', `/v1/me/orders/${bare.id}`);
});

test('R6 a delivery that becomes another\'s keeps a refusal, and no leave that was given by the one before', async () => {
    for (const {said, own, then} of [{said: 'refuse-photo', own: 'allowed', then: 'declined'}, {said: 'allow-photo', own: 'refused', then: 'declined'}, {said: 'allow-photo', own: 'allowed', then: 'expected'}]) {
        const first = await signIn(server), next = await signIn(server);
        const {delivery} = await sendOut(stage, first.email);
        await first.client.post(`/v1/me/orders/${delivery.id}/${said}`, undefined, {status: 200});
        await next.client.put('/v1/me/preferences', {photos: own}, {status: 200});
        const {json} = await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {recipient: {email: next.email}}, {status: 200});
        assert.equal(json.photo.state, then, `${said}, then ${own}`);
    }
});

// ---- R2 ----

test('R2 a confidential address: the photo is withheld from its recipient, and seen by an agent under a case only', async () => {
    for (const confidential of ['registry', 'wish_list', 'protected']) {
        const email = `${confidential}-${unique()}@example.org`;
        const {delivery, receipt} = await photograph(stage, email, {more: {confidential, buyer: {email: 'giver@example.org'}}});
        assert.equal(readReceipt(receipt, driver.receiptKey).verdict, 'stored'); // the driver is not told
        assert.deepEqual((await stopOf(driver, delivery.id)).photo, {state: 'wanted', upload: 'stored', reason: null, refuse: []});
        const facts = await photoState(shipper, delivery.id, 'withheld');
        assert.equal(facts.photo.reason, confidential);
        const {client} = await signIn(server, email);
        await client.refused('photo-withheld', 'GET', `/v1/me/orders/${delivery.id}/photo`);
        await client.refused('photo-withheld', 'GET', `/v1/me/orders/${delivery.id}/photo?size=preview`);
        const {json: order} = await client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
        assert.deepEqual([order.photo.state, order.photo.reason, order.photo.width], ['withheld', confidential, null]);
        const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'The shop asks.'}, {status: 201});
        const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'Which door is it?'}, {status: 201});
        assert.ok(isJpeg((await desk.get(look.photo_url, {status: 200})).bytes));
    }
});

test('R2 where the shop takes none of confidential addresses, the driver is told "no photo" and an upload is refused', async () => {
    const careful = await addShipper(server);
    const theirs = await addDriver(server, careful);
    await careful.client.put('/v1/shipper/settings', {confidential_photos: 'do_not_take'}, {status: 200});
    const {delivery, stop} = await sendOut({server, shipper: careful, driver: theirs}, 'none@example.org', {confidential: 'registry'});
    assert.deepEqual([delivery.photo.state, delivery.photo.reason], ['none', 'registry']);
    assert.deepEqual(stop.photo, {state: 'declined', upload: 'none', reason: null, refuse: []});
    const refusal = await upload(theirs.client, stop, await smallPicture(31)).catch((error) => error);
    assert.ok(refusal instanceof UploadRefused);
    assert.equal(refusal.problem.type, '/problems/photo-unwanted');
    assert.equal(readReceipt(refusal.receipt, theirs.receiptKey).reason, 'unwanted');
});

test('R2 a late mark withdraws a posted photo, and taking it away posts it again', async () => {
    const email = `late-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    const {client} = await signIn(server, email);
    const path = `/v1/me/orders/${delivery.id}/photo`;
    const before = await client.get(path, {status: 200});
    const {json: marked} = await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    assert.deepEqual([marked.photo.state, marked.photo.reason], ['withheld', 'protected']);
    await client.refused('photo-withheld', 'GET', path);
    await client.refused('photo-withheld', 'GET', path, {headers: {'if-none-match': before.headers.etag}});
    const {json: unmarked} = await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: null}, {status: 200});
    assert.equal(unmarked.photo.state, 'posted');
    assert.ok((await client.get(path, {status: 200})).bytes.equals(before.bytes));
});

test('R2 a late mark stops a download that is under way: its connection breaks off', async () => {
    const email = `stream-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {picture: await longPicture(32)});
    const {client} = await signIn(server, email);
    const slow = await slowDownload(client, `/v1/me/orders/${delivery.id}/photo`);
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'wish_list'}, {status: 200});
    await assertBrokenOff(slow);
    await client.refused('photo-withheld', 'GET', `/v1/me/orders/${delivery.id}/photo`);
});

/** Photographed, but nobody was home: the delivery goes out again. `stop` is that of the second attempt. */
async function photographInVain(email, picture = undefined) {
    const {delivery, stop} = await sendOut(stage, email);
    await uploadAtOnce(driver.client, stop, picture ?? await smallPicture(nextSeed()));
    await photoState(shipper, delivery.id, 'posted');
    await driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`, {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
    return {delivery, stop: await startRound(driver, delivery.id)};
}

/** The states and reasons of a delivery's photos as they are in the database, by attempt. */
const photoRows = ({reference}) => sql(server, `select photo.attempt, photo.state, reason, key_slot is null from photo join delivery
    on delivery.id = delivery_id where reference = '${reference}' order by photo.attempt`);

/** Reads on to the end: nothing broke it off. */
async function assertGoesOn({raw}) {
    raw.socket.resume();
    const {status, bytes} = await raw.answer();
    assert.ok(status === 200 && isJpeg(bytes));
}

test('R2 R9 whoever may not withdraw a photo, or words it wrongly, breaks off nobody\'s download', async () => {
    const email = `steady-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {picture: await longPicture(36), more: {buyer: {email: `gift-${unique()}@example.org`}}});
    const {client} = await signIn(server, email);
    const order = `/v1/me/orders/${delivery.id}/photo`, path = `/v1/deliveries/${delivery.id}`;
    const slow = await slowDownload(client, order);
    const buyer = await signIn(server, delivery.buyer.email), other = await signIn(server), stranger = await addShipper(server);
    for (const {client: account} of [buyer, other]) {
        await account.refused('not-found', 'DELETE', order);
        await account.refused('not-found', 'DELETE', `${order}?attempt=1`);
        assert.equal((await account.form(`/orders/${delivery.id}/photo/delete`, {sure: 'yes'})).status, 404);
    }
    await client.refused('no-photo', 'DELETE', `${order}?attempt=2`);
    await client.refused('invalid-field', 'DELETE', `${order}?attempt=none`);
    await stranger.client.refused('not-found', 'PATCH', path, {json: {confidential: 'protected'}});
    await shipper.client.refused('invalid-field', 'PATCH', path, {json: {confidential: 'secret'}});
    await shipper.client.refused('wrong-state', 'PATCH', path, {json: {confidential: 'protected', colour: 'red'}});
    await shipper.client.refused('wrong-state', 'PATCH', path, {json: {confidential: 'protected', instructions: 'Ring.'}});
    await anyone(server).refused('unauthorized', 'PATCH', path, {json: {confidential: 'protected'}});
    await assertGoesOn(slow);
});

test('R9 a deletion by form that is sent again under its key is answered the same again', async () => {
    const {delivery, robin} = await everything();
    const send = () => robin.client.form(`/orders/${delivery.id}/photo/delete`, {sure: 'yes'}, {status: 303, headers: {'idempotency-key': `"delete-${delivery.id}"`}});
    assert.equal((await send()).headers.location, (await send()).headers.location);
});

test('R2 a late mark withdraws the photo of an earlier attempt, and stops its download', async () => {
    const email = `earlier-${unique()}@example.org`;
    const {delivery, stop: again} = await photographInVain(email, await longPicture(35));
    const {client} = await signIn(server, email);
    const path = `/v1/me/orders/${delivery.id}/photo`;
    const slow = await slowDownload(client, `${path}?attempt=1`);
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    await assertBrokenOff(slow);
    await client.refused('photo-withheld', 'GET', path);
    await client.refused('photo-withheld', 'GET', `${path}?attempt=1&size=preview`);
    assert.deepEqual(await photoRows(delivery), [[1, 'withheld', 'protected', 0]]);
    await uploadAtOnce(driver.client, again, await smallPicture(nextSeed()));
    await photoState(shipper, delivery.id, 'withheld');
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: null}, {status: 200});
    assert.deepEqual(await photoRows(delivery), [[1, 'posted', null, 0], [2, 'posted', null, 0]]);
    assert.ok(isJpeg((await client.get(`${path}?attempt=1`, {status: 200})).bytes));
});

test('R2 a photo that is posted while a mark waits to be committed is not sent', async (t) => {
    const email = `meanwhile-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    const {client} = await signIn(server, email);
    const path = `/v1/me/orders/${delivery.id}/photo`;
    const [[photo]] = await sql(server, `select hex(photo_id) from delivery where reference = '${delivery.reference}'`);
    const place = (id, photoState, state) => `update delivery set photo_id = ${id}, photo_state = '${photoState}' where reference = '${delivery.reference}';` +
        `update photo set state = '${state}' where id = x'${photo}'`;
    const other = openSql(server);
    t.after(() => other.close());
    await other.run(place('null', 'expected', 'rejected')); // as if it were not there yet
    await client.refused('no-photo', 'GET', path);
    await other.run('begin immediate');
    const marking = shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'registry'}, {status: 200});
    await new Promise((done) => setTimeout(done, 500 * patience)); // it waits for the other transaction now
    await other.run(`${place(`x'${photo}'`, 'posted', 'posted')};commit;begin immediate`);
    const {status} = await client.request('GET', path);
    assert.notEqual(status, 200, 'the photo was sent although a mark was under way');
    await other.run('commit');
    await marking;
    await client.refused('photo-withheld', 'GET', path);
    assert.deepEqual(await photoRows(delivery), [[1, 'withheld', 'registry', 0]]);
});

test('R2 another kind of marking says so, on the photo and on the order', async () => {
    const email = `kind-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {more: {confidential: 'registry'}});
    await photoState(shipper, delivery.id, 'withheld');
    const {json: marked} = await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    assert.deepEqual([marked.photo.state, marked.photo.reason], ['withheld', 'protected']);
    assert.deepEqual(await photoRows(delivery), [[1, 'withheld', 'protected', 0]]);
    const {client} = await signIn(server, email);
    assert.equal((await client.get(`/v1/me/orders/${delivery.id}`, {status: 200})).json.photo.reason, 'protected');
});

test('R9 the photo of an earlier attempt is its recipient\'s: seen, explained and deleted', async () => {
    const email = `in-vain-${unique()}@example.org`;
    const {delivery} = await photographInVain(email);
    const {client} = await signIn(server, email);
    const path = `/v1/me/orders/${delivery.id}/photo`;
    const {json: order} = await client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
    assert.deepEqual([order.photo.attempt, order.photo.state], [2, 'expected']);
    assert.deepEqual(order.earlier_photos.map(({attempt, state}) => [attempt, state]), [[1, 'posted']]);
    assert.ok(order.earlier_photos[0].delete_by > new Date().toISOString());
    assert.ok(isJpeg((await client.get(path, {status: 200})).bytes));
    await client.refused('no-photo', 'GET', `${path}?attempt=2`);
    await client.refused('invalid-field', 'GET', `${path}?attempt=0`);
    await client.refused('no-photo', 'DELETE', `${path}?attempt=2`);
    await client.refused('invalid-field', 'DELETE', `${path}?attempt=all`);
    const stranger = await signIn(server);
    await stranger.client.refused('not-found', 'GET', `${path}?attempt=1`);
    await stranger.client.refused('not-found', 'DELETE', `${path}?attempt=1`);
    await driver.client.refused('unauthorized', 'GET', `${path}?attempt=1`);
    await client.delete(path, {status: 200});
    await client.refused('no-photo', 'GET', path);
    await client.refused('no-photo', 'GET', `${path}?attempt=1`);
    await client.refused('no-photo', 'DELETE', path);
    assert.deepEqual(await photoRows(delivery), [[1, 'erased', 'by_recipient', 1]]);
    assert.equal((await client.get(`/v1/me/orders/${delivery.id}`, {status: 200})).json.photo.state, 'expected');
});

test('R9 of two attempts\' photos either is deleted alone, and both at once', async () => {
    for (const {query, left} of [{query: '?attempt=1', left: [[1, 'erased'], [2, 'posted']]}, {query: '?attempt=2', left: [[1, 'posted'], [2, 'erased']]},
        {query: '', left: [[1, 'erased'], [2, 'erased']]}]) {
        const email = `both-${unique()}@example.org`;
        const {delivery, stop} = await photographInVain(email);
        await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
        await photoState(shipper, delivery.id, 'posted');
        const {client} = await signIn(server, email);
        await client.delete(`/v1/me/orders/${delivery.id}/photo${query}`, {status: 200});
        assert.deepEqual((await photoRows(delivery)).map(([attempt, state]) => [attempt, state]), left);
    }
});

test('R4 a look is at the photo of one attempt, and at no other', async () => {
    const email = `which-${unique()}@example.org`;
    const {delivery, stop} = await photographInVain(email);
    await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
    await photoState(shipper, delivery.id, 'posted');
    const {client} = await signIn(server, email);
    const own = async (attempt) => (await client.get(`/v1/me/orders/${delivery.id}/photo?attempt=${attempt}`, {status: 200})).bytes;
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'The shop asks.'}, {status: 201});
    assert.deepEqual(opened.delivery.earlier_photos.map(({attempt}) => attempt), [1]);
    const {json: first} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'Which door is it?', attempt: 1}, {status: 201});
    // Marked, and still nearer to the one than to the other.
    const isOf = async (look, one, other) => {
        const {bytes} = await desk.get(look.photo_url, {status: 200});
        return await difference(bytes, await own(one)) < await difference(bytes, await own(other));
    };
    assert.ok(await isOf(first, 1, 2));
    const {json: newest} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'Which door is it?'}, {status: 201});
    assert.ok(await isOf(newest, 2, 1));
    await desk.refused('no-photo', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'verify_delivery', note: 'Which door is it?', attempt: 3}});
    assert.match((await desk.get(`/desk/cases/${opened.id}`, {status: 200})).text, /Looks at the photo/);
    await client.delete(`/v1/me/orders/${delivery.id}/photo?attempt=1`, {status: 202});
    for (const look of [first, newest]) await desk.get(look.photo_url, {status: 200}); // the case holds both
    await desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});
    assert.deepEqual((await photoRows(delivery)).map(([attempt, state]) => [attempt, state]), [[1, 'erased'], [2, 'posted']]);
});

test('R9 an open case holds a photo: the order says which case, and until when', async () => {
    const {delivery, robin, opened} = await everything();
    const days = (until) => (Date.parse(until) - Date.parse(opened.opened_at)) / 86_400_000;
    const photo = async () => (await robin.client.get(`/v1/me/orders/${delivery.id}`, {status: 200})).json.photo;
    const {hold} = await photo();
    assert.deepEqual([hold.reason, hold.case_number, days(hold.until)], ['open_case', opened.number, 90]);
    assert.match((await robin.client.get(`/orders/${delivery.id}`, {status: 200})).text, new RegExp(`kept while case ${opened.number} is open`));
    await desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});
    assert.equal((await photo()).hold, null);
    assert.doesNotMatch((await robin.client.get(`/orders/${delivery.id}`, {status: 200})).text, /is kept while/);
});

test('R9 deletion, too, stops a download that is under way', async () => {
    const email = `stop-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {picture: await longPicture(33)});
    const {client} = await signIn(server, email);
    const slow = await slowDownload(client, `/v1/me/orders/${delivery.id}/photo`);
    await client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    await assertBrokenOff(slow);
});

test('R2 a mark that comes while the photo is on its way counts for it', async () => {
    const {delivery, stop} = await sendOut(stage, 'underway@example.org');
    const picture = await smallPicture(nextSeed());
    const path = await begin(driver.client, stop, picture);
    await append(driver.client, path, 0, picture.subarray(0, 1000), {status: 204});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'registry'}, {status: 200});
    await append(driver.client, path, 1000, picture.subarray(1000), {status: 204});
    await photoState(shipper, delivery.id, 'withheld');
});

// ---- R3 ----

test('R3 the driver can read nothing back, on any path', async () => {
    const {ids} = await everything();
    const open = ['/', '/privacy', '/goodbye', '/sign-in', '/desk/sign-in', '/desk/welcome', '/healthz', '/readyz', '/openapi.json', '/log/key', '/log/checkpoint', '/t/{token}', '/t/{token}/live', '/v1/driver/stops', '/style/{file}', '/script/{file}', '/sw.js', '/app.webmanifest', '/icon-192.png', '/drive', '/drive/'];
    for (const {template, path} of readingPaths(ids)) {
        for (const method of ['GET', 'HEAD']) {
            const answer = await driver.client.request(method, path);
            assert.ok(!isJpeg(answer.bytes), `${method} ${template} gave a picture`);
            if (open.includes(template)) continue;
            assert.ok([401, 303, 404].includes(answer.status), `${method} ${template} answered ${answer.status}`);
            if (answer.status === 303) assert.match(answer.headers.location, /sign-in$/);
        }
    }
    const {json: stops} = await driver.client.get('/v1/driver/stops', {status: 200});
    assert.doesNotMatch(JSON.stringify(stops), /pho_|photo_url|@example/);
    await driver.client.refused('method-not-allowed', 'GET', `/v1/driver/uploads/${ids.upload}`);
});

test('R3 an upload belongs to the device that began it: to any other it does not exist', async () => {
    const {stop} = await sendOut(stage, 'device@example.org');
    const picture = await smallPicture(nextSeed());
    const path = await begin(driver.client, stop, picture);
    const {json} = await shipper.client.post(`/v1/drivers/${driver.id}/pairing-code`, undefined, {status: 201});
    const secondPhone = await pairPhone(server, json.pairing_code);
    const otherDriver = await addDriver(server, shipper);
    for (const other of [secondPhone, otherDriver]) {
        await standing(other.client, path, {status: 404});
        assert.equal((await append(other.client, path, 0, picture)).json.type, '/problems/not-found');
        assert.equal((await terminate(other.client, path)).json.type, '/problems/not-found');
    }
    assert.equal((await standing(driver.client, path, {status: 200})).headers['upload-offset'], '0');
    // The second phone's own stop has a challenge of its own; the first one's is not its.
    const own = (await secondPhone.client.get('/v1/driver/stops', {status: 200})).json.items.find(({delivery_id: id}) => id === stop.delivery_id);
    assert.notEqual(own.challenge, stop.challenge);
    const foreign = await create(secondPhone.client, {metadata: metadataFor(stop, picture), length: picture.length});
    assert.equal(foreign.json.type, '/problems/challenge-invalid');
});

test('R3 other drivers and other shops do not know of the stop', async () => {
    const {delivery, stop} = await sendOut(stage, 'unknown@example.org');
    const otherDriver = await addDriver(server, shipper);
    const strange = await addShipper(server);
    const strangeDriver = await addDriver(server, strange);
    const report = {json: {left_at: 'front_door', captured_at: new Date().toISOString()}};
    const attempt = {json: {reason: 'nobody_home', captured_at: new Date().toISOString()}};
    const picture = await smallPicture(nextSeed());
    for (const other of [otherDriver, strangeDriver]) {
        assert.equal(await stopOf(other, delivery.id), undefined);
        await other.client.refused('not-found', 'POST', `/v1/driver/stops/${delivery.id}/delivered`, report);
        await other.client.refused('not-found', 'POST', `/v1/driver/stops/${delivery.id}/attempted`, attempt);
        const answer = await create(other.client, {metadata: metadataFor(stop, picture), length: picture.length});
        assert.equal(answer.json.type, '/problems/not-found');
    }
});

// ---- R4 ----

test('R4 an agent looks under an open case, with a reason, and the recipient reads it', async () => {
    const {delivery, robin, opened, look} = await everything();
    const first = await desk.get(look.photo_url, {status: 200});
    assert.ok(isJpeg(first.bytes));
    assert.ok(isJpeg((await desk.get(`${look.photo_url}?size=preview`, {status: 200})).bytes));
    const minutes = (Date.parse(look.expires_at) - Date.now()) / 60_000;
    assert.ok(minutes > 14 && minutes <= 15, `the look lasts ${minutes} minutes`);
    const {json: looks} = await robin.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200});
    assert.deepEqual(looks.items.map(({id, reason, text, by}) => [id, reason, text, by]), [[look.id, 'verify_location', 'Which door is it?', 'agent']]);
    assert.equal((await robin.client.get(`/v1/me/orders/${delivery.id}`, {status: 200})).json.looks.length, 1);
    await desk.refused('invalid-field', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'verify_location'}});
    await desk.refused('invalid-field', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'other', note: 'short'}});
    await desk.refused('invalid-field', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'curious'}});
    await desk.refused('invalid-field', 'POST', `/v1/cases/${opened.id}/looks`, {json: {}});
    await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'other', note: 'A neighbour called.'}, {status: 201});
    const {json: more} = await robin.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200});
    assert.deepEqual(more.items.map(({note}) => note), ['A neighbour called.', 'Which door is it?']);
});

test('R4 a reason that nobody can read is none: no case, no look, and nothing on record', async () => {
    const {delivery, robin, opened} = await everything();
    const record = async () => {
        const {json} = await robin.client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
        return [json.looks.length, json.cases.length];
    };
    const before = await record();
    for (const blank of ['', '   ', '\n\t\n', '\u00a0', '\u200b', '\u200d\u2060', '\u202e', '\u3164']) {
        await desk.refused('invalid-field', 'POST', '/v1/cases', {json: {delivery_id: delivery.id, reason: blank}});
        await desk.refused('invalid-field', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'other', note: blank}});
        await desk.form('/desk/cases', {delivery_id: delivery.id, reason: blank}, {status: 422});
        await desk.form(`/desk/cases/${opened.id}/looks`, {reason: 'other', note: blank}, {status: 422});
        await robin.client.form(`/orders/${delivery.id}/problem`, {kind: 'other', text: blank}, {status: 422});
    }
    assert.deepEqual(await record(), before);
});

test('R4 R12 a case that an agent opens is mailed to its recipient at once, with nothing private in it', async () => {
    const {delivery, robin, opened} = await everything();
    const newsTo = async (address) => (await messagesTo(server, address)).filter(({subject}) => /case was opened/.test(subject));
    const before = (await newsTo(robin.email)).length;
    const key = {'idempotency-key': `"news-${unique()}"`};
    const body = {delivery_id: delivery.id, reason: 'A neighbour in Lantern Lane called.'};
    const {json: first} = await desk.post('/v1/cases', body, {status: 201, headers: key});
    await desk.post('/v1/cases', body, {status: 201, headers: key}); // told once
    const news = await until(async () => (await newsTo(robin.email))[before], {what: 'the news'});
    assert.match(news.text, new RegExp(`${server.origin}/orders`));
    for (const secret of [delivery.id, delivery.reference, first.id, opened.id, 'Robin', 'Lantern', 'neighbour', shipper.name]) assert.ok(!`${news.subject}\n${news.text}`.includes(secret), secret);
    // By the desk's form too; and nothing goes to a recipient without an address, nor for a case of the recipient's own.
    await desk.form('/desk/cases', body, {status: 303});
    const phoneOnly = await addDelivery(shipper, undefined, {recipient: {name: 'Kim', phone: '+4930123456'}, buyer: {email: 'buyer@example.org'}});
    await desk.post('/v1/cases', {...body, delivery_id: phoneOnly.id}, {status: 201});
    await robin.client.form(`/orders/${delivery.id}/problem`, {kind: 'other', text: 'Once more.'}, {status: 303});
    await until(async () => (await newsTo(robin.email)).length === before + 2, {what: 'the second'});
    assert.equal((await newsTo('buyer@example.org')).length, 0);
});

test('R4 a look is recorded before the first byte of the photo can leave', async () => {
    const {delivery, robin} = await everything();
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'Once more.'}, {status: 201});
    assert.equal(opened.look, null);
    const before = (await robin.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200})).json.items.length;
    await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'assess_damage', note: 'Which door is it?'}, {status: 201}); // and nothing fetched
    const {json} = await robin.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200});
    assert.equal(json.items.length, before + 1);
});

test('R4 a look is of one session: not of another of the same agent, nor of another agent', async () => {
    const {look, opened} = await everything();
    const again = await signInAgent(server, agent);
    await again.refused('needs-look', 'GET', look.photo_url);
    const colleague = await signInAgent(server, await addAgent(server, shipper));
    await colleague.refused('not-found', 'GET', look.photo_url);
    const {json: seen} = await colleague.get(`/v1/cases/${opened.id}`, {status: 200});
    assert.equal(seen.look, null);
    const stranger = await signInAgent(server, await addAgent(server, await addShipper(server)));
    await stranger.refused('not-found', 'GET', `/v1/cases/${opened.id}`);
    await stranger.refused('not-found', 'GET', look.photo_url);
    await stranger.refused('not-found', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'verify_delivery', note: 'Which door is it?'}});
    await stranger.refused('not-found', 'POST', '/v1/cases', {json: {delivery_id: seen.delivery.id, reason: 'Let me see.'}});
    await desk.get(look.photo_url, {status: 200});
});

test('R4 no look without a case, none after it is resolved, none once it has run out', async () => {
    const {delivery, look, opened} = await everything();
    await sql(server, `update look set expires_at = expires_at - 15 * 60000 where hex(id) = (select hex(id) from look order by created_at desc limit 1)`);
    await desk.refused('needs-look', 'GET', look.photo_url);
    const {json: fresh} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'Which door is it?'}, {status: 201});
    await desk.get(fresh.photo_url, {status: 200});
    const {json: resolved} = await desk.post(`/v1/cases/${opened.id}/resolve`, {text: 'All is well.'}, {status: 200});
    assert.deepEqual([resolved.state, resolved.can_look, resolved.look, resolved.messages.at(-1).text], ['resolved', false, null, 'All is well.']);
    await desk.refused('needs-case', 'GET', fresh.photo_url);
    await desk.refused('needs-case', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'verify_delivery', note: 'Which door is it?'}});
    await desk.refused('not-found', 'GET', fresh.photo_url.replace(fresh.id, `lok_${'0'.repeat(26)}`));
    await desk.refused('not-found', 'POST', `/v1/cases/cas_${'0'.repeat(26)}/looks`, {json: {reason: 'verify_delivery', note: 'Which door is it?'}});
    // Another case on the same delivery does not wake the old look.
    await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'A new question.'}, {status: 201});
    await desk.refused('needs-case', 'GET', fresh.photo_url);
});

/** A large photo with two cases, and a download of it under a look in each. */
async function twoLooks(seed) {
    const email = `looked-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {picture: await longPicture(seed)});
    const robin = await signIn(server, email);
    const looks = [];
    for (const reason of ['A neighbour called.', 'The shop asks.']) {
        const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason}, {status: 201});
        const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'Which door is it?'}, {status: 201});
        looks.push({opened, look});
    }
    return {delivery, robin, looks};
}

test('R4 a look that is being sent ends with its case; the recipient\'s download and another case\'s look go on', async () => {
    for (const [seed, resolve] of /** @type {const} */ ([
        [37, (id) => desk.post(`/v1/cases/${id}/resolve`, {}, {status: 200})],
        [38, (id) => desk.form(`/desk/cases/${id}/resolve`, {}, {status: 303})],
    ])) {
        const {delivery, robin, looks: [ending, staying]} = await twoLooks(seed);
        const own = await slowDownload(robin.client, `/v1/me/orders/${delivery.id}/photo`);
        const cut = await slowDownload(desk, ending.look.photo_url);
        const kept = await slowDownload(desk, staying.look.photo_url);
        await resolve(ending.opened.id);
        await assertBrokenOff(cut);
        await assertGoesOn(kept);
        await assertGoesOn(own);
        await desk.refused('needs-case', 'GET', ending.look.photo_url);
    }
});

test('R4 whoever may not resolve a case, or words it wrongly, breaks off no look', async () => {
    const {looks: [{opened, look}]} = await twoLooks(39);
    const slow = await slowDownload(desk, look.photo_url);
    const path = `/v1/cases/${opened.id}/resolve`;
    const stranger = await signInAgent(server, await addAgent(server, await addShipper(server)));
    await stranger.refused('not-found', 'POST', path, {json: {}});
    await shipper.client.refused('unauthorized', 'POST', path, {json: {}});
    await desk.refused('invalid-field', 'POST', path, {json: {text: 7}});
    await desk.refused('invalid-field', 'POST', path, {json: {colour: 'red'}});
    await assertGoesOn(slow);
});

test('R4 a look that is being sent ends when it runs out; withdrawing the photo ends it too', async () => {
    const {delivery, robin, looks: [brief, other]} = await twoLooks(40);
    const marked = await slowDownload(desk, other.look.photo_url);
    const seconds = 2 + 2 * patience;
    await sql(server, `update look set expires_at = ${Date.now() + seconds * 1000} where case_id = (select id from support_case where number = ${brief.opened.number})`);
    const slow = await slowDownload(desk, brief.look.photo_url);
    const own = await slowDownload(robin.client, `/v1/me/orders/${delivery.id}/photo`);
    // A question that is being answered with the photo as the look runs out is broken off as well.
    await until(async () => (await desk.get(brief.look.photo_url).catch(() => null))?.status === 403, {what: 'the end of the look'});
    slow.raw.socket.resume();
    await slow.raw.end();
    assert.equal(await slow.raw.answer(), null, 'the whole photo came after its look had run out');
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    await assertBrokenOff(marked);
    await assertBrokenOff(own);
});

test('R4 signing out ends the looks', async () => {
    const {opened} = await everything();
    const session = await signInAgent(server, await addAgent(server, shipper));
    const {json: look} = await session.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_location', note: 'Which door is it?'}, {status: 201});
    const kept = session.with({});
    await session.post('/v1/desk/sign-out', undefined, {status: 204});
    await kept.refused('unauthorized', 'GET', look.photo_url);
});

// ---- R5 ----

test('R5 the shop reads facts, never the picture', async () => {
    const email = `facts-${unique()}@example.org`;
    const {delivery, stop} = await sendOut(stage, email);
    await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()), {lat: '52.6', lon: '13.3849'}); // 7.5 km north
    await reportDelivered(driver, delivery.id);
    const facts = await photoState(shipper, delivery.id, 'posted');
    assert.deepEqual([facts.photo.place, facts.photo.flags, facts.left_at], ['not_within', ['far'], 'front_door']);
    assert.doesNotMatch(JSON.stringify(facts), /pho_|52\.6\d*,|\/photo/);
    for (const {template, path} of readingPaths({delivery: delivery.id, case: `cas_${'0'.repeat(26)}`, look_id: `lok_${'0'.repeat(26)}`, driver: driver.id, token: 'x', file: 'x'})) {
        const answer = await shipper.client.get(path);
        assert.ok(!isJpeg(answer.bytes), `${template} gave a picture`);
    }
    const other = await addShipper(server);
    await other.client.refused('not-found', 'GET', `/v1/deliveries/${delivery.id}`);
    await other.client.refused('not-found', 'PATCH', `/v1/deliveries/${delivery.id}`, {json: {instructions: 'x'}});
    await other.client.refused('not-found', 'POST', `/v1/deliveries/${delivery.id}/cancel`);
    await other.client.refused('not-found', 'POST', `/v1/deliveries/${delivery.id}/returned`);
});

// ---- R6 ----

test('R6 refused for all deliveries: the driver is told, and an upload is refused with a signed word', async () => {
    const {client, email} = await signIn(server);
    await client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    const {delivery, stop} = await sendOut(stage, email);
    assert.deepEqual([delivery.photo.state, delivery.photo.reason], ['declined', 'by_recipient']);
    assert.equal(stop.photo.state, 'declined');
    assert.ok(stop.proofs.length > 0, 'no other proof is offered');
    const picture = await smallPicture(nextSeed());
    const refusal = await upload(driver.client, stop, picture).catch((error) => error);
    assert.equal(refusal.problem?.type, '/problems/photo-declined');
    const receipt = readReceipt(refusal.receipt, driver.receiptKey);
    assert.deepEqual([receipt.verdict, receipt.reason, receipt.delivery], ['refused', 'declined', delivery.id]);
    // A word about this one delivery wins.
    const {json: order} = await client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200});
    assert.deepEqual([order.photo.state, order.consent], ['expected', {account: 'refused', address: 'unset', delivery: 'allowed', shipper: null}]);
    await uploadAtOnce(driver.client, stop, picture);
    await photoState(shipper, delivery.id, 'posted');
});

test('R6 refused for one delivery while the photo is on its way: refused at the last byte', async () => {
    const email = `refuse-${unique()}@example.org`;
    const {client} = await signIn(server, email);
    const {delivery, stop} = await sendOut(stage, email);
    const picture = await smallPicture(nextSeed());
    const path = await begin(driver.client, stop, picture);
    await append(driver.client, path, 0, picture.subarray(0, 2000), {status: 204});
    const {json: order} = await client.post(`/v1/me/orders/${delivery.id}/refuse-photo`, undefined, {status: 200});
    assert.deepEqual([order.photo.state, order.photo.reason], ['declined', 'by_recipient']);
    assert.equal((await stopOf(driver, delivery.id)).photo.state, 'declined');
    const last = await append(driver.client, path, 2000, picture.subarray(2000), {status: 403});
    assert.equal(last.json.type, '/problems/photo-declined');
    assert.equal(readReceipt(last.headers['porchlight-receipt'], driver.receiptKey).reason, 'declined');
    await standing(driver.client, path, {status: 410});
    assert.equal((await shipper.client.get(`/v1/deliveries/${delivery.id}`, {status: 200})).json.photo.state, 'declined');
    // The phone tries anew, and hears the same.
    const again = await create(driver.client, {metadata: metadataFor(stop, picture), length: picture.length, status: 403});
    assert.equal(again.json.type, '/problems/photo-declined');
});

test('R6 the word for all deliveries changes those under way, and back', async () => {
    const {client, email} = await signIn(server);
    const {delivery} = await sendOut(stage, email);
    const state = async () => (await shipper.client.get(`/v1/deliveries/${delivery.id}`, {status: 200})).json.photo.state;
    await client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    assert.equal(await state(), 'declined');
    assert.equal((await stopOf(driver, delivery.id)).photo.state, 'declined');
    await client.put('/v1/me/preferences', {photos: 'allowed'}, {status: 200});
    assert.equal(await state(), 'expected');
    assert.equal((await client.get('/v1/me', {status: 200})).json.consent, 'allowed');
});

test('R6 refused after the door, for one delivery or for all: the photo that will not come is declined, not missing', async () => {
    for (const refuse of [(client) => client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200}),
        (client, id) => client.post(`/v1/me/orders/${id}/refuse-photo`, undefined, {status: 200})]) {
        const {client, email} = await signIn(server);
        const {delivery, stop} = await sendOut(stage, email);
        await reportDelivered(driver, delivery.id);
        await refuse(client, delivery.id);
        const {json: order} = await client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
        assert.deepEqual([order.photo.state, order.photo.reason], ['declined', 'by_recipient']);
        const refusal = await upload(driver.client, stop, await smallPicture(nextSeed())).catch((error) => error);
        assert.equal(refusal.problem?.type, '/problems/photo-declined');
        await client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200}); // nobody is at the door any more
        assert.equal((await client.get(`/v1/me/orders/${delivery.id}`, {status: 200})).json.photo.state, 'declined');
    }
});

test('R2 marked after the door where the shop takes none: the photo that will not come has the marking as its reason', async () => {
    const careful = await addShipper(server);
    const theirs = await addDriver(server, careful);
    const {delivery} = await sendOut({server, shipper: careful, driver: theirs}, 'after-the-door@example.org');
    await reportDelivered(theirs, delivery.id);
    await careful.client.put('/v1/shipper/settings', {confidential_photos: 'do_not_take'}, {status: 200});
    const {json: marked} = await careful.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    assert.deepEqual([marked.photo.state, marked.photo.reason], ['none', 'protected']);
});

test('R6 the word for all deliveries reaches a thousand of them, however long their addresses are', async () => {
    const {client, email} = await signIn(server);
    const {delivery} = await sendOut(stage, email, {address: {...DOOR, lines: Array.from({length: 6}, (_, i) => `${i} ${'Lantern Lane '.repeat(8)}end`)},
        instructions: 'Behind the blue bench. '.repeat(20).trim()});
    const columns = (await sql(server, 'select group_concat(name) from pragma_table_info(\'delivery\') where name not in (\'id\', \'reference\')'))[0][0];
    await sql(server, `insert into delivery (id, reference, ${columns}) with recursive n(i) as (select 1 union all select i + 1 from n where i < 999)
        select randomblob(16), 'copy-${unique()}-' || i, ${columns} from n, delivery where reference = '${delivery.reference}'`);
    const count = async (state) => (await sql(server, `select count(*) from delivery where recipient_email = '${email}' and photo_state = '${state}'`))[0][0];
    assert.equal(await count('expected'), 1000);
    await client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    assert.equal(await count('declined'), 1000);
    assert.equal((await client.get('/v1/me', {status: 200})).json.consent, 'refused');
    await client.put('/v1/me/preferences', {photos: 'allowed'}, {status: 200});
    assert.equal(await count('expected'), 1000);
});

test('R6 a photo that was posted before stays until it is deleted', async () => {
    const email = `posted-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    const {client} = await signIn(server, email);
    await client.post(`/v1/me/orders/${delivery.id}/refuse-photo`, undefined, {status: 200});
    await client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
});

// ---- R7 ---- (what exiftool finds is in delivery.test.js and tests/photos)

test('R7 nothing of what the camera wrote is in the photo, and the place is compared and dropped', async () => {
    const email = `hidden-${unique()}@example.org`;
    const {delivery, stop} = await sendOut(stage, email);
    const picture = await draw({seed: 34, size: '640x480', gps: true, thumbnail: true, clutter: true, profile: 'adobe'});
    await uploadAtOnce(driver.client, stop, picture, {lat: '52.5320917', lon: '13.3849283', accuracy: '4.25'});
    const facts = await photoState(shipper, delivery.id, 'posted');
    assert.equal(facts.photo.place, 'within');
    const {client} = await signIn(server, email);
    for (const size of ['full', 'preview']) {
        const {bytes} = await client.get(`/v1/me/orders/${delivery.id}/photo?size=${size}`, {status: 200});
        for (const text of ['Exif', 'GPS', 'http://ns.adobe.com', 'Photoshop', 'ICC_PROFILE', 'JPEG Comment', 'jumb'])
            assert.equal(bytes.indexOf(text), -1, `the ${size} photo says ${text}`);
        assert.equal(bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff]), 3), -1, `a second image in the ${size} photo`);
    }
    const rows = await until(async () => {
        const text = await dump(server);
        return !text.includes('52.532091') && text;
    }, {what: 'a database without the place'});
    for (const text of ['52.5320917', '13.3849283', '4.25'])
        assert.ok(!rows.includes(Buffer.from(text).toString('base64').replace(/=+$/, '')), `the database keeps ${text}`);
});

// ---- R10 ---- (kill -9 at any moment is in tests/faults)

test('R10 an offset that was told survives kill -9, and so does a receipt', async (t) => {
    const own = await setStage(t);
    const {delivery, stop} = await sendOut(own, 'power@example.org');
    const picture = await draw({seed: 35, size: '800x608'});
    const path = await begin(own.driver.client, stop, picture);
    const restart = async (told) => {
        await own.server.kill();
        await own.server.start();
        assert.equal((await standing(own.driver.client.with({connection: 'close'}), path, {status: 200})).headers['upload-offset'], String(told));
    };
    await append(own.driver.client, path, 0, picture.subarray(0, 1000), {status: 204});
    await restart(1000);
    for (let offset = 1000; offset < 30_000; offset += 10_000) {
        await append(own.driver.client.with({connection: 'close'}), path, offset, picture.subarray(offset, offset + 10_000), {status: 204});
        await restart(offset + 10_000);
    }
    const last = await append(own.driver.client.with({connection: 'close'}), path, 31_000, picture.subarray(31_000), {status: 204});
    await own.server.kill();
    await own.server.start();
    const phone = own.driver.client.with({connection: 'close'});
    const head = await standing(phone, path, {status: 200});
    assert.equal(head.headers['upload-offset'], String(picture.length));
    const [told, now] = [last.headers['porchlight-receipt'], head.headers['porchlight-receipt']].map((text) => readReceipt(text, own.driver.receiptKey));
    assert.deepEqual(now, told);
    const {client} = await signIn(own.server, 'power@example.org');
    await client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    assert.deepEqual(await sql(own.server, 'select state, count(*) from photo group by state'), [['posted', 1]]);
});

// ---- R12 ----

test('R12 the log holds ids only: no name, address, e-mail, token, code, challenge or place', async (t) => {
    const own = await setStage(t, {server: {log_level: 'debug'}});
    const email = 'quentin.secret@example.org';
    const {delivery, stop} = await sendOut(own, email, {recipient: {name: 'Quentin Secret', email, phone: '+4930123456789'}, instructions: 'Ring at Hush.'});
    await uploadAtOnce(own.driver.client, stop, await smallPicture(36), {lat: '52.5321111', lon: '13.3849222'});
    await reportDelivered(own.driver, delivery.id);
    const robin = await signIn(own.server, email);
    await robin.client.get(`/v1/me/orders/${delivery.id}/photo?size=preview`, {status: 200});
    const {json: opened} = await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'damaged', text: 'The corner is Crumpled.'}, {status: 201});
    const helper = await addAgent(own.server, own.shipper);
    const helping = await signInAgent(own.server, helper);
    await helping.post(`/v1/cases/${opened.id}/looks`, {reason: 'other', note: 'Looking at the Corner.'}, {status: 201});
    await anyone(own.server).get(new URL(delivery.tracking_url).pathname, {status: 200});
    await anyone(own.server).post('/v1/auth/verify', {email, code: '12345678'}, {status: 422});
    await own.shipper.client.get(`/v1/deliveries?reference=${delivery.reference}`, {status: 200});
    await anyone(own.server).get(`/sign-in?email=${email}`, {status: 200});
    await anyone(own.server).get(`/nowhere/${email}`, {status: 404});
    const code = await newestCode(own.server, email);
    await own.server.stop();
    const log = own.server.log;
    assert.match(log, new RegExp(delivery.id), 'the log does not even name the delivery');
    const secrets = {
        name: 'Quentin', 'e-mail': 'quentin', 'domain of an e-mail': 'example.org', telephone: '30123456789', street: 'Lantern', instructions: 'Hush', reference: delivery.reference,
        'tracking token': delivery.tracking_url.split('/t/')[1], 'API key': own.shipper.api_key, 'device token': own.driver.client.token, 'session token': robin.client.cookies['__Host-porchlight'],
        "agent's session": helping.cookies['__Host-porchlight-desk'], password: helper.password, 'second factor': helper.totp_secret, code, 'wrong code': '12345678',
        challenge: stop.challenge, latitude: '52.5321', longitude: '13.38492', problem: 'Crumpled', note: 'Corner', driver: own.driver.name, shop: own.shipper.name, query: 'size=',
    };
    for (const [what, secret] of Object.entries(secrets)) assert.ok(!log.toLowerCase().includes(secret.toLowerCase()), `the log holds the ${what}`);
});

test('R12 a GET changes nothing, whoever asks', async () => {
    const {ids, robin} = await everything();
    await sql(server, 'update session set seen_at = seen_at'); // waits for what is being written
    const before = await until(async () => {
        const [one, two] = [await dump(server), await dump(server)];
        return one === two && one;
    }, {what: 'a database at rest'});
    for (const {path} of readingPaths(ids))
        for (const client of [anyone(server), shipper.client, driver.client, robin.client, desk])
            for (const method of ['GET', 'HEAD']) await client.request(method, path);
    assert.equal(await dump(server), before);
});

test('R12 problems and pages name no other person, and answers are not stored', async () => {
    const {delivery} = await photograph(stage, 'private@example.org');
    const other = await signIn(server);
    for (const client of [other.client, anyone(server)]) {
        const page = await client.get(`/orders/${delivery.id}`);
        assert.ok([303, 404].includes(page.status));
        assert.doesNotMatch(page.text, /private@|Robin|Lantern/);
    }
    const {headers} = await other.client.get('/orders', {status: 200});
    assert.match(headers['content-security-policy'], /default-src 'none'/);
    assert.match(headers['cache-control'], /no-store/);
    assert.equal(headers['referrer-policy'], 'same-origin');
    assert.equal(headers['x-content-type-options'], 'nosniff');
});
