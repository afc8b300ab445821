// SPDX-License-Identifier: Apache-2.0
//
// Consent before capture (R6) beyond the account and the single delivery: refusals at an address, a shipper's, and the PIN that
// stands in for a photo. One server for all.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {sql, dump} from './support/insides.js';
import {smallPicture} from './support/pictures.js';
import {readReceipt} from './support/receipt.js';
import {append, begin, upload, uploadAtOnce} from './support/tus.js';
import {
    addAgent, addDelivery, addShipper, anyone, nextSeed, photoState, reportDelivered, sendOut, setStage, signIn, signInAgent, startRound, stopOf, unique,
} from './support/world.js';

const stage = await setStage({after}, {delivery: {account_refusals: 3, shipper_refusals: 12, pin_tries: 3}});
const {server, shipper, driver} = stage;
const desk = await signInAgent(server, await addAgent(server, shipper));

const at = (...lines) => ({address: {lines}});
const facts = async (id, who = shipper) => (await who.client.get(`/v1/deliveries/${id}`, {status: 200})).json;
const photoOf = async (id, who) => (({state, reason}) => [state, reason])((await facts(id, who)).photo);
const orderOf = async ({client}, id) => (await client.get(`/v1/me/orders/${id}`, {status: 200})).json;
const refuseAt = async ({client}, id, status = 201) => (await client.post('/v1/me/refusals', {order_id: id}, {status})).json;
const delivered = (id) => `/v1/driver/stops/${id}/delivered`;
const pinReport = (value, more = {}) => ({left_at: 'handed_over', captured_at: new Date().toISOString(), proof: {kind: 'pin', value, ...more}});
/** A PIN that is none of these. */
const otherThan = (...pins) => ['000000', '111111', '222222'].find((pin) => !pins.includes(pin));

// ---- at an address ----

test('R6 refused at an address: what is under way and all to come there, however it is spelt, and nobody else\'s', async () => {
    const robin = await signIn(server);
    const street = `Müllerstraße ${process.pid}`;
    const {delivery, stop} = await sendOut(stage, robin.email, at(street, '10115 Berlin'));
    const elsewhere = await addDelivery(shipper, robin.email, at('Am Markt 1', '10115 Berlin'));
    const neighbour = await addDelivery(shipper, `other-${unique()}@example.org`, at(street, '10115 Berlin'));
    assert.equal(stop.photo.state, 'wanted');
    const refusal = await refuseAt(robin, delivery.id);
    assert.deepEqual([refusal.by, refusal.address, refusal.shipper], ['recipient', {lines: [street, '10115 Berlin']}, null]);
    assert.deepEqual(await refuseAt(robin, delivery.id, 200), refusal);
    assert.deepEqual(await photoOf(delivery.id), ['declined', 'by_recipient']);
    assert.deepEqual(await photoOf(elsewhere.id), ['expected', null]);
    assert.deepEqual(await photoOf(neighbour.id), ['expected', null]);
    const told = await stopOf(driver, delivery.id);
    assert.equal(told.photo.state, 'declined');
    assert.deepEqual(told.proofs, ['pin', 'scan', 'name', 'signature']);
    const refused = await upload(driver.client, stop, await smallPicture(nextSeed())).catch((error) => error);
    assert.equal(refused.problem?.type, '/problems/photo-declined');
    assert.equal(readReceipt(refused.receipt, driver.receiptKey).reason, 'declined');
    // New ones, by another shop and by an import too.
    const other = await addShipper(server);
    const spelt = await addDelivery(other, robin.email, at(`MUELLERSTR. ${process.pid}, 10115  Berlin`));
    assert.deepEqual(await photoOf(spelt.id, other), ['declined', 'by_recipient']);
    const {json: imported} = await shipper.client.request('POST', '/v1/deliveries/import', {
        body: `reference,name,email,address_1,address_2,time_zone\nimported-${unique()},Robin,${robin.email},müllerstraße ${process.pid},10115 Berlin,UTC\n`,
        headers: {'content-type': 'text/csv'}, status: 201,
    });
    assert.deepEqual(await photoOf(imported.ids[0]), ['declined', 'by_recipient']);
    // The nearest word counts: the delivery's over the address's, that over the account's.
    await robin.client.put('/v1/me/preferences', {photos: 'allowed'}, {status: 200});
    assert.deepEqual(await photoOf(delivery.id), ['declined', 'by_recipient']);
    const {json: allowed} = await robin.client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200});
    assert.deepEqual(allowed.consent, {account: 'allowed', address: 'refused', delivery: 'allowed', shipper: null});
    assert.equal((await stopOf(driver, delivery.id)).photo.state, 'wanted');
    // Lifted, it holds no more.
    await robin.client.delete(`/v1/me/refusals/${refusal.id}`, {status: 204});
    assert.deepEqual(await photoOf(spelt.id, other), ['expected', null]);
    await robin.client.refused('not-found', 'DELETE', `/v1/me/refusals/${refusal.id}`);
});

test('R6 an address that changes is asked for anew; a refusal while the bytes come is obeyed', async () => {
    const robin = await signIn(server);
    const home = ['Lindenweg 4', unique()];
    const first = await addDelivery(shipper, robin.email, at(...home));
    const refusal = await refuseAt(robin, first.id);
    const moved = await addDelivery(shipper, robin.email, at('Office Road 1', unique()));
    assert.deepEqual(await photoOf(moved.id), ['expected', null]);
    const patch = async (body) => (({state, reason}) => [state, reason])((await shipper.client.patch(`/v1/deliveries/${moved.id}`, body, {status: 200})).json.photo);
    assert.deepEqual(await patch({...at('LINDENWEG 4', home[1])}), ['declined', 'by_recipient']);
    assert.deepEqual(await patch({...at('Office Road 1', unique())}), ['expected', null]);
    await robin.client.delete(`/v1/me/refusals/${refusal.id}`, {status: 204});
    // On its way.
    const {delivery, stop} = await sendOut(stage, robin.email, at(...home));
    const picture = await smallPicture(nextSeed());
    const path = await begin(driver.client, stop, picture);
    await append(driver.client, path, 0, picture.subarray(0, 1000), {status: 204});
    await refuseAt(robin, delivery.id);
    const last = await append(driver.client, path, 1000, picture.subarray(1000), {status: 403});
    assert.equal(last.json.type, '/problems/photo-declined');
});

test('R6 nobody refuses or allows for another, and only so many addresses', async () => {
    const [robin, kim] = [await signIn(server), await signIn(server)];
    const theirs = await addDelivery(shipper, kim.email, {buyer: {email: robin.email}, ...at('Gift Lane 1', unique())});
    await robin.client.refused('not-found', 'POST', '/v1/me/refusals', {json: {order_id: theirs.id}}); // the buyer
    await robin.client.refused('not-found', 'POST', '/v1/me/refusals', {json: {order_id: `dlv_${'0'.repeat(26)}`}});
    const refusal = await refuseAt(kim, theirs.id);
    await robin.client.refused('not-found', 'DELETE', `/v1/me/refusals/${refusal.id}`);
    await shipper.client.refused('not-found', 'DELETE', `/v1/refusals/${refusal.id}`);
    assert.deepEqual((await robin.client.get('/v1/me/refusals', {status: 200})).json, {items: [], next: null});
    for (let n = 1; n <= 3; n++) await refuseAt(robin, (await addDelivery(shipper, robin.email, at(`Many Road ${n}`))).id);
    const {id} = await addDelivery(shipper, robin.email, at('Many Road 4'));
    await robin.client.refused('refusal-limit', 'POST', '/v1/me/refusals', {json: {order_id: id}});
    assert.deepEqual(await photoOf(id), ['expected', null]);
    const nowhere = await addDelivery(shipper, kim.email, at('…', '–'));
    assert.equal((await kim.client.refused('invalid-field', 'POST', '/v1/me/refusals', {json: {order_id: nowhere.id}})).json.field, 'order_id');
});

test('the order\'s page refuses at its address, and the account\'s page lists it and allows again', async () => {
    const robin = await signIn(server);
    const line = `Page Street ${unique()}`;
    const delivery = await addDelivery(shipper, robin.email, at(line));
    const page = (path) => robin.client.get(path, {status: 200, headers: {accept: 'text/html'}});
    assert.match((await page(`/orders/${delivery.id}`)).text, /No photos at this address/);
    const done = await robin.client.request('POST', `/orders/${delivery.id}/refusal`, {status: 303});
    assert.equal(done.headers.location, `/orders/${delivery.id}?done=address_refused`);
    const {text} = await page(done.headers.location);
    assert.match(text, /No photos will be taken of your deliveries to this address/);
    assert.match(text, /You refused photos at this address/);
    const {pin} = await orderOf(robin, delivery.id);
    assert.ok(text.includes(`${pin.slice(0, 3)} ${pin.slice(3)}`));
    const account = (await page('/account')).text;
    assert.ok(account.includes(line));
    const [, id] = /account\/refusals\/(rfs_\w+)\/remove/.exec(account);
    assert.equal((await robin.client.request('POST', `/account/refusals/${id}/remove`, {status: 303})).headers.location, '/account?done=refusal_lifted');
    assert.ok(!(await page('/account')).text.includes(line));
    assert.deepEqual(await photoOf(delivery.id), ['expected', null]);
    await robin.client.request('POST', `/account/refusals/${id}/remove`, {status: 404});
});

// ---- by the shipper ----

test('R6 what a shop was told by telephone holds for its own deliveries, and is the recipient\'s alone to lift', async () => {
    const robin = await signIn(server);
    const {delivery} = await sendOut(stage, robin.email);
    const other = await addShipper(server);
    const body = {recipient: {email: robin.email.toUpperCase()}, reason: 'Said so by telephone.'};
    const {json: refusal} = await shipper.client.post('/v1/refusals', body, {status: 201});
    assert.deepEqual([refusal.recipient, refusal.address, refusal.reason], [{email: robin.email, phone: null}, null, 'Said so by telephone.']);
    assert.equal((await shipper.client.post('/v1/refusals', body, {status: 200})).json.id, refusal.id);
    assert.deepEqual(await photoOf(delivery.id), ['declined', 'by_shipper']);
    assert.equal((await stopOf(driver, delivery.id)).photo.state, 'declined'); // and no word why
    assert.deepEqual(await photoOf((await addDelivery(other, robin.email)).id, other), ['expected', null]);
    const order = await orderOf(robin, delivery.id);
    assert.deepEqual([order.photo.reason, order.consent.shipper], ['by_shipper', 'for_you']);
    assert.match((await robin.client.get(`/orders/${delivery.id}`, {headers: {accept: 'text/html'}})).text, /The shop noted that you want no photos/);
    // The shop finds no way to begin again.
    await shipper.client.refused('recipients-word', 'DELETE', `/v1/refusals/${refusal.id}`);
    for (const change of [{photo: 'required'}, {recipient: {name: 'Robin V.', email: robin.email}}, {confidential: 'protected'}, {confidential: null}, at('New Door 1'), {driver_id: driver.id}])
        assert.notEqual((await shipper.client.patch(`/v1/deliveries/${delivery.id}`, change, {status: 200})).json.photo.state, 'expected', JSON.stringify(change));
    const alias = `alias-${unique()}@example.org`;
    assert.deepEqual((({state, reason}) => [state, reason])((await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {recipient: {name: 'R', email: alias}}, {status: 200})).json.photo), ['declined', 'by_recipient']);
    assert.deepEqual(await photoOf((await addDelivery(shipper, robin.email, {photo: 'required'})).id), ['declined', 'by_shipper']);
    await other.client.refused('not-found', 'DELETE', `/v1/refusals/${refusal.id}`);
    // The recipient: for one delivery, and for all of this shop.
    const {id} = await addDelivery(shipper, robin.email);
    await robin.client.post(`/v1/me/orders/${id}/allow-photo`, undefined, {status: 200});
    assert.deepEqual(await photoOf(id), ['expected', null]);
    const [mine] = (await robin.client.get('/v1/me/refusals', {status: 200})).json.items;
    assert.deepEqual([mine.id, mine.by, mine.shipper.name], [refusal.id, 'shipper', shipper.name]);
    const later = await addDelivery(shipper, robin.email);
    await robin.client.delete(`/v1/me/refusals/${refusal.id}`, {status: 204});
    assert.deepEqual(await photoOf(later.id), ['expected', null]);
    await shipper.client.refused('not-found', 'DELETE', `/v1/refusals/${refusal.id}`);
});

test('R6 by telephone number; and an address as the shop\'s own policy, which nobody else overrides and the shop lifts', async () => {
    const robin = await signIn(server);
    const phone = `+4930${String(process.pid).padStart(7, '1')}`;
    await shipper.client.post('/v1/refusals', {recipient: {phone}}, {status: 201});
    const called = await addDelivery(shipper, undefined, {recipient: {name: 'Kim', phone}});
    assert.deepEqual(await photoOf(called.id), ['declined', 'by_shipper']);
    const lines = ['1 Court House', unique()];
    const {delivery, stop} = await sendOut(stage, robin.email, at(...lines));
    const {json: policy} = await shipper.client.post('/v1/refusals', {address: {lines: [lines[0].toUpperCase(), lines[1]]}}, {status: 201});
    assert.deepEqual(await photoOf(delivery.id), ['declined', 'by_shipper']);
    await robin.client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200});
    assert.deepEqual(await photoOf(delivery.id), ['declined', 'by_shipper']);
    assert.match((await robin.client.get(`/orders/${delivery.id}`, {headers: {accept: 'text/html'}})).text, /The shop takes no photos at this address/);
    const refused = await upload(driver.client, stop, await smallPicture(nextSeed())).catch((error) => error);
    assert.equal(refused.problem?.type, '/problems/photo-declined');
    await robin.client.refused('not-found', 'DELETE', `/v1/me/refusals/${policy.id}`);
    assert.ok((await shipper.client.all('/v1/refusals', 1)).some(({id}) => id === policy.id));
    await shipper.client.delete(`/v1/refusals/${policy.id}`, {status: 204});
    assert.deepEqual(await photoOf(delivery.id), ['expected', null]);
    for (const [field, body] of /** @type {[string, any][]} */ ([['recipient', {}], ['address', {recipient: {phone}, address: {lines}}], ['recipient', {recipient: {}}], ['recipient', {recipient: {phone, email: 'a@b.c'}}],
        ['recipient.phone', {recipient: {phone: '030 1'}}], ['recipient.email', {recipient: {email: 'x'}}], ['address.lines', {address: {}}], ['address.lines', {address: {lines: ['–']}}], ['reason', {recipient: {phone}, reason: ''}]]))
        assert.equal((await shipper.client.refused('invalid-field', 'POST', '/v1/refusals', {json: body})).json.field, field, JSON.stringify(body));
    await robin.client.refused('unauthorized', 'GET', '/v1/refusals');
    for (let n = (await shipper.client.all('/v1/refusals')).length; n < 12; n++) await shipper.client.post('/v1/refusals', {address: {lines: [`Full ${n}`]}}, {status: 201});
    await shipper.client.refused('refusal-limit', 'POST', '/v1/refusals', {json: {address: {lines: ['Full']}}});
});

test('R6 a change of contact gets round no refusal, of whatever reach', async () => {
    const robin = await signIn(server);
    await robin.client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    const delivery = await addDelivery(shipper, robin.email);
    const fresh = await signIn(server);
    const change = (email) => shipper.client.patch(`/v1/deliveries/${delivery.id}`, {recipient: {name: 'R', email}}, {status: 200});
    await change(fresh.email);
    assert.deepEqual(await photoOf(delivery.id), ['declined', 'by_recipient']);
    await fresh.client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200}); // theirs now
    assert.deepEqual(await photoOf(delivery.id), ['expected', null]);
});

test('an order says in its page of the desk who refused, and nothing of a refusal is in the clear beside its owner\'s list', async () => {
    const robin = await signIn(server);
    const line = `Secret Mews ${unique()}`;
    const delivery = await addDelivery(shipper, robin.email, at(line));
    await refuseAt(robin, delivery.id);
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'A question.'}, {status: 201});
    assert.deepEqual([opened.delivery.photo.state, opened.delivery.photo.reason], ['declined', 'by_recipient']);
    const [[match]] = await sql(server, `select hex(match) from refusal where address = '${line}'`);
    assert.match(match, /^[0-9A-F]{64}$/);
    assert.equal((await dump(server)).split(line).length - 1, 2, 'the delivery and the list'); // and nowhere else
    assert.ok(!server.log.includes(line));
});

// ---- the PIN ----

test('a PIN is the recipient\'s alone to read, and the right one, however it is typed, verifies the delivery', async () => {
    const robin = await signIn(server);
    await robin.client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    const buyer = await signIn(server);
    const {delivery, stop} = await sendOut(stage, robin.email, {buyer: {email: buyer.email}});
    const {pin} = await orderOf(robin, delivery.id);
    assert.match(pin, /^\d{6}$/);
    const {json: again} = await robin.client.get(`/v1/me/orders/${delivery.id}`);
    assert.equal(again.pin, pin);
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'A question.'}, {status: 201});
    const others = [await buyer.client.get(`/v1/me/orders/${delivery.id}`), await shipper.client.get(`/v1/deliveries/${delivery.id}`), await driver.client.get('/v1/driver/stops'),
        await desk.get(`/v1/cases/${opened.id}`), await anyone(server).get(new URL(delivery.tracking_url).pathname)];
    for (const {text} of others) assert.ok(!text.includes(pin));
    assert.ok(!(await dump(server)).includes(pin));
    const report = pinReport(` ${pin.slice(0, 3)} ${pin.slice(3)} `.trim());
    await driver.client.post(delivered(stop.delivery_id), report, {status: 200});
    await driver.client.post(delivered(stop.delivery_id), report, {status: 200});
    const order = await orderOf(robin, delivery.id);
    assert.deepEqual([order.proof, order.proof_verified, order.pin, order.photo.state], ['pin', true, null, 'declined']);
    assert.match((await robin.client.get(`/orders/${delivery.id}`, {headers: {accept: 'text/html'}})).text, /The driver was told your PIN/);
    assert.deepEqual((({proof, proof_verified: verified}) => [proof, verified])(await facts(delivery.id)), ['pin', true]);
    assert.equal((await desk.get(`/v1/cases/${opened.id}`)).json.delivery.proof_verified, true);
    assert.ok(!server.log.includes(pin));
});

test('a wrong PIN is named and may be given again, a few times; then none is right, and another proof is', async () => {
    const robin = await signIn(server);
    const {delivery, stop} = await sendOut(stage, robin.email);
    const {pin} = await orderOf(robin, delivery.id);
    for (const left of [2, 1, 0, 0]) {
        const {json} = await driver.client.refused('wrong-pin', 'POST', delivered(stop.delivery_id), {json: pinReport(otherThan(pin)), headers: {'idempotency-key': '"one-key"'}});
        assert.deepEqual([json.field, json.tries_left], ['proof.value', left]);
    }
    await driver.client.refused('wrong-pin', 'POST', delivered(stop.delivery_id), {json: pinReport(pin)});
    assert.equal((await stopOf(driver, delivery.id)).state, 'out_for_delivery');
    // A new link is a new PIN with tries of its own.
    await shipper.client.post(`/v1/deliveries/${delivery.id}/tracking`, undefined, {status: 200});
    const {pin: fresh} = await orderOf(robin, delivery.id);
    assert.notEqual(fresh, pin);
    await driver.client.refused('wrong-pin', 'POST', delivered(stop.delivery_id), {json: pinReport(otherThan(fresh))});
    for (const value of ['12', 'abc', `${fresh}7`]) // not even the form of one
        await driver.client.request('POST', delivered(stop.delivery_id), {json: pinReport(value), status: 422});
    await reportDelivered(driver, stop.delivery_id, {left_at: 'handed_over', proof: {kind: 'name', value: 'R. Vale'}});
    assert.deepEqual((({proof, proof_verified: verified}) => [proof, verified])(await facts(delivery.id)), ['name', null]);
});

test('a wrong PIN that comes late strands nothing: it is recorded, and those who may know read that it was not right', async () => {
    const robin = await signIn(server);
    const late = [[{late: true}, {}], [{}, {captured_at: new Date(Date.now() - 3600_000).toISOString()}]];
    for (const [proof, more] of /** @type {[any, any][]} */ (late)) {
        const {delivery, stop} = await sendOut(stage, robin.email);
        const {pin} = await orderOf(robin, delivery.id);
        await driver.client.post(delivered(stop.delivery_id), {...pinReport(otherThan(pin), proof), ...more}, {status: 200});
        const order = await orderOf(robin, delivery.id);
        assert.deepEqual([order.state, order.proof, order.proof_verified], ['delivered', 'pin', false]);
        assert.match((await robin.client.get(`/orders/${delivery.id}`, {headers: {accept: 'text/html'}})).text, /a PIN that was not yours/);
        assert.equal((await facts(delivery.id)).proof_verified, false);
        const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'A question.'}, {status: 201});
        assert.equal(opened.delivery.proof_verified, false);
        assert.match((await desk.get(`/desk/cases/${opened.id}`)).text, /It was not the right one/);
    }
    // A right one that comes late is right.
    const {delivery, stop} = await sendOut(stage, robin.email);
    const {pin} = await orderOf(robin, delivery.id);
    await driver.client.post(delivered(stop.delivery_id), pinReport(pin, {late: true}), {status: 200});
    assert.equal((await facts(delivery.id)).proof_verified, true);
});

test('one PIN and one scan do for all that goes to one person at one door; a code of another\'s parcel is told', async () => {
    const robin = await signIn(server);
    const door = at('Together 1', unique());
    const both = [await addDelivery(shipper, robin.email, {driver_id: driver.id, parcels: [{code: 'TG-1'}], ...door}), await addDelivery(shipper, robin.email, {driver_id: driver.id, parcels: [{code: 'TG-2'}], ...door})];
    const away = await addDelivery(shipper, robin.email, {driver_id: driver.id, parcels: [{code: 'TG-3'}], ...at('Together 2', unique())});
    const someone = await addDelivery(shipper, `someone-${unique()}@example.org`, {driver_id: driver.id, parcels: [{code: 'TG-4'}], ...door});
    await startRound(driver, away.id);
    const {pin} = await orderOf(robin, both[0].id);
    for (const {id} of both) await driver.client.post(delivered(id), pinReport(pin), {status: 200});
    assert.equal((await facts(both[1].id)).proof_verified, true);
    for (const {id} of [away, someone]) await driver.client.refused('wrong-pin', 'POST', delivered(id), {json: pinReport(pin)});
    const scan = (value) => ({left_at: 'front_door', captured_at: new Date().toISOString(), proof: {kind: 'scan', value}});
    await driver.client.post(delivered(away.id), scan('tg 3'), {status: 200});
    assert.equal((await facts(away.id)).proof_verified, true);
    await driver.client.post(delivered(someone.id), scan('TG-1'), {status: 200});
    assert.deepEqual((({proof, proof_verified: verified}) => [proof, verified])(await facts(someone.id)), ['scan', false]);
});

test('another recipient has another PIN; whom nothing but a telephone reaches has none where no messages go there', async () => {
    const [robin, kim] = [await signIn(server), await signIn(server)];
    const {delivery} = await sendOut(stage, robin.email);
    const {pin} = await orderOf(robin, delivery.id);
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {recipient: {name: 'Kim', email: kim.email}}, {status: 200});
    assert.notEqual((await orderOf(kim, delivery.id)).pin, pin);
    await driver.client.refused('wrong-pin', 'POST', delivered(delivery.id), {json: pinReport(pin)});
    const {stop} = await sendOut(stage, undefined, {recipient: {name: 'Kim', phone: '+4930123456'}, photo: 'none'});
    assert.deepEqual([stop.photo.state, stop.proofs], ['declined', ['scan', 'name', 'signature']]);
});

test('the next attempt begins without a proof, and its photo where all that is said now puts it', async () => {
    const robin = await signIn(server);
    const {delivery} = await sendOut(stage, robin.email, at('Again Road', unique()));
    await driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`, {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
    await refuseAt(robin, delivery.id);
    const again = await startRound(driver, delivery.id);
    assert.deepEqual([again.attempt, again.photo.state], [2, 'declined']);
    const {items: [mine]} = (await robin.client.get('/v1/me/refusals')).json;
    await robin.client.delete(`/v1/me/refusals/${mine.id}`, {status: 204});
    const stop = await stopOf(driver, delivery.id);
    await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
    await photoState(shipper, delivery.id, 'posted');
});
