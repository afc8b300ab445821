// SPDX-License-Identifier: Apache-2.0
//
// What shops, recipients and agents do day by day: lists and their pages, changes and ends, drivers, settings, cases, messages;
// and the same by the forms of the pages.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {sql} from './support/insides.js';
import {newestCode} from './support/mail.js';
import {smallPicture} from './support/pictures.js';
import {uploadAtOnce} from './support/tus.js';
import {addAgent, addDelivery, addDriver, addShipper, anyone, nextCode, nextSeed, pairPhone, photograph, photoState, reportDelivered, sendOut, setStage, signIn, signInAgent, startRound, stopOf} from './support/world.js';

const stage = await setStage({after});
const {server, shipper, driver} = stage;
const agent = await addAgent(server, shipper);
const desk = await signInAgent(server, agent);

test('where no provider is set there is no way to sign in at one', async () => {
    assert.doesNotMatch((await anyone(server).get('/desk/sign-in', {status: 200})).text, /organisation|sign-in\/oidc/);
    await Promise.all(Array.from({length: 40}, () => anyone(server).request('POST', '/desk/sign-in/oidc', {status: 404})));
    await anyone(server).get('/desk/oidc/callback?state=x&code=y', {status: 404});
});

// ---- shops ----

test('a shop\'s deliveries: newest first, page by page, each once, by state and by reference', async () => {
    const shop = await addShipper(server);
    const made = [];
    for (let i = 0; i < 12; i++) made.unshift((await addDelivery(shop, 'list@example.org')).id);
    for (const limit of [1, 5, 12, 200]) assert.deepEqual((await shop.client.all('/v1/deliveries', limit)).map(({id}) => id), made, `limit ${limit}`);
    const {json: page} = await shop.client.get('/v1/deliveries?limit=12', {status: 200});
    assert.equal(page.next, null);
    await shop.client.post(`/v1/deliveries/${made[3]}/cancel`, undefined, {status: 200});
    assert.deepEqual((await shop.client.all('/v1/deliveries?state=cancelled')).map(({id}) => id), [made[3]]);
    assert.equal((await shop.client.all('/v1/deliveries?state=created', 4)).length, 11);
    const {json: one} = await shop.client.get(`/v1/deliveries/${made[0]}`, {status: 200});
    assert.deepEqual((await shop.client.all(`/v1/deliveries?reference=${encodeURIComponent(one.reference)}`)).map(({id}) => id), [made[0]]);
    assert.deepEqual(await shop.client.all('/v1/deliveries?reference=nothing'), []);
});

test('a delivery changes until it has ended; then only its mark', async () => {
    const {id} = await addDelivery(shipper, 'change@example.org', {buyer: {email: 'b@example.org'}, window: {from: '2026-11-24T08:00:00+01:00', to: '2026-11-24T12:00:00+01:00'}});
    const change = (json) => shipper.client.patch(`/v1/deliveries/${id}`, json, {status: 200});
    assert.equal((await change({instructions: 'Ring.\nTwice.'})).json.instructions, 'Ring.\nTwice.');
    assert.deepEqual((await change({recipient: {phone: '+4930123456'}})).json.recipient, {name: 'Robin Vale', email: 'change@example.org', phone: '+4930123456'});
    assert.equal((await change({buyer: null})).json.buyer, null);
    assert.equal((await change({window: null})).json.window, null);
    assert.deepEqual((await change({address: {lines: ['1 New Road']}})).json.address, {lines: ['1 New Road'], lat: null, lon: null});
    assert.deepEqual([(await change({photo: 'none'})).json.photo.state, (await change({photo: 'optional'})).json.photo.state], ['none', 'expected']);
    assert.equal((await change({driver_id: driver.id, time_zone: 'America/New_York'})).json.driver_id, driver.id);
    await shipper.client.refused('invalid-field', 'PATCH', `/v1/deliveries/${id}`, {json: {recipient: {email: null, phone: null}}});
    await startRound(driver, id);
    await reportDelivered(driver, id);
    const refused = await shipper.client.refused('wrong-state', 'PATCH', `/v1/deliveries/${id}`, {json: {confidential: 'registry', instructions: 'x'}});
    assert.equal(refused.json.field, 'instructions');
    assert.equal((await change({confidential: 'registry'})).json.confidential, 'registry');
    await shipper.client.refused('wrong-state', 'POST', `/v1/deliveries/${id}/cancel`);
});

test('cancelled and returned: said twice is said once, and the stop leaves the round', async () => {
    const {delivery} = await sendOut(stage, 'end@example.org');
    const {json: first} = await shipper.client.post(`/v1/deliveries/${delivery.id}/returned`, undefined, {status: 200});
    assert.deepEqual([first.state, first.photo.state, first.photo.reason], ['returned', 'none', 'cancelled']);
    assert.deepEqual((await shipper.client.post(`/v1/deliveries/${delivery.id}/returned`, undefined, {status: 200})).json, first);
    assert.equal(await stopOf(driver, delivery.id), undefined);
    const created = await addDelivery(shipper, 'end@example.org');
    await shipper.client.refused('wrong-state', 'POST', `/v1/deliveries/${created.id}/returned`);
    const {json: cancelled} = await shipper.client.post(`/v1/deliveries/${created.id}/cancel`, undefined, {status: 200});
    assert.deepEqual((await shipper.client.post(`/v1/deliveries/${created.id}/cancel`, undefined, {status: 200})).json, cancelled);
});

test('settings: what is left out stays, and they count from now on', async () => {
    const shop = await addShipper(server);
    const {json: before} = await shop.client.get('/v1/shipper/settings', {status: 200});
    assert.deepEqual(before, {retention_days: 30, confidential_photos: 'withhold', refuse_dark: false, refuse_blurred: false, far_metres: 150, photo_default: 'required'});
    const {json: after} = await shop.client.put('/v1/shipper/settings', {retention_days: 7, photo_default: 'none', far_metres: 5000}, {status: 200});
    assert.deepEqual(after, {...before, retention_days: 7, photo_default: 'none', far_metres: 5000});
    assert.deepEqual((await shop.client.get('/v1/shipper/settings', {status: 200})).json, after);
    const delivery = await addDelivery(shop, 'settings@example.org', {photo: undefined});
    assert.deepEqual([delivery.photo.want, delivery.photo.state, delivery.photo.reason, delivery.photo.metres_limit], ['none', 'none', 'not_asked', 5000]);
});

test('drivers: listed, revoked at once and for good, let in again with a new phone', async () => {
    const shop = await addShipper(server);
    const [one, two] = [await addDriver(server, shop, 'One'), await addDriver(server, shop, 'Two')];
    assert.deepEqual((await shop.client.all('/v1/drivers', 1)).map(({id, devices, state}) => [id, devices, state]), [[two.id, 1, 'active'], [one.id, 1, 'active']]);
    await shop.client.post(`/v1/drivers/${one.id}/revoke`, undefined, {status: 200});
    await shop.client.post(`/v1/drivers/${one.id}/revoke`, undefined, {status: 200});
    await one.client.refused('device-revoked', 'GET', '/v1/driver/stops');
    await two.client.get('/v1/driver/stops', {status: 200});
    const {json} = await shop.client.post(`/v1/drivers/${one.id}/pairing-code`, undefined, {status: 201});
    const fresh = await pairPhone(server, json.pairing_code);
    await fresh.client.get('/v1/driver/stops', {status: 200});
    await one.client.refused('device-revoked', 'GET', '/v1/driver/stops');
});

test('a revoked API key opens nothing', async () => {
    const shop = await addShipper(server);
    await sql(server, `update api_key set revoked_at = 1000 where shipper_id = (select id from shipper where name = '${shop.name}')`);
    await shop.client.refused('unauthorized', 'GET', '/v1/deliveries');
});

// ---- recipients ----

test('orders: newest first, page by page, own and bought ones', async () => {
    const {client, email} = await signIn(server);
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift((await addDelivery(shipper, i % 2 ? email : 'someone@example.org', i % 2 ? {} : {buyer: {email}})).id);
    await addDelivery(shipper, 'stranger@example.org');
    for (const limit of [2, 5]) assert.deepEqual((await client.all('/v1/me/orders', limit)).map(({id}) => id), made);
    assert.deepEqual((await client.all('/v1/me/orders')).map(({relation}) => relation), ['buyer', 'recipient', 'buyer', 'recipient', 'buyer']);
});

test('a case: reported, answered, written to, resolved; each side reads the other', async () => {
    const {client, email} = await signIn(server);
    const {delivery} = await photograph(stage, email);
    const {json: opened} = await client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'damaged', text: 'The box is wet.\nLook at the corner.'}, {status: 201});
    assert.deepEqual([opened.state, opened.opened_by, opened.messages.map(({from, text}) => [from, text])], ['open', 'recipient', [['recipient', 'The box is wet.\nLook at the corner.']]]);
    const {json: seen} = await desk.get(`/v1/cases/${opened.id}`, {status: 200});
    assert.deepEqual([seen.number, seen.kind, seen.can_look, seen.look, seen.delivery.id, seen.delivery.photo.state], [opened.number, 'damaged', true, null, delivery.id, 'posted']);
    assert.ok((await desk.all('/v1/cases', 1)).some(({id}) => id === opened.id));
    await desk.post(`/v1/cases/${opened.id}/messages`, {text: 'We are sorry.'}, {status: 201});
    await client.post(`/v1/me/cases/${opened.id}/messages`, {text: 'Thank you.'}, {status: 201});
    assert.deepEqual((await client.all(`/v1/me/cases/${opened.id}/messages`, 1)).map(({from, text}) => [from, text]),
        [['recipient', 'The box is wet.\nLook at the corner.'], ['agent', 'We are sorry.'], ['recipient', 'Thank you.']]);
    const stranger = await signIn(server);
    await stranger.client.refused('not-found', 'GET', `/v1/me/cases/${opened.id}/messages`);
    await stranger.client.refused('not-found', 'POST', `/v1/me/cases/${opened.id}/messages`, {json: {text: 'x'}});
    await desk.request('POST', `/v1/cases/${opened.id}/resolve`, {status: 200});
    await desk.refused('case-resolved', 'POST', `/v1/cases/${opened.id}/resolve`);
    await desk.refused('case-resolved', 'POST', `/v1/cases/${opened.id}/messages`, {json: {text: 'x'}});
    await client.refused('case-resolved', 'POST', `/v1/me/cases/${opened.id}/messages`, {json: {text: 'x'}});
    assert.ok(!(await desk.all('/v1/cases')).some(({id}) => id === opened.id));
    assert.ok((await desk.all('/v1/cases?show=all', 2)).some(({id}) => id === opened.id));
    const {json: order} = await client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
    assert.deepEqual(order.cases.map(({id, state}) => [id, state]), [[opened.id, 'resolved']]);
});

test('a case that an agent opens tells the recipient at once, with its reason', async () => {
    const {client, email} = await signIn(server);
    const {delivery} = await sendOut(stage, email);
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'The driver reported a dog.'}, {status: 201});
    assert.deepEqual([opened.kind, opened.can_look], ['other', false]); // there is no photo yet
    await desk.refused('no-photo', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'verify_delivery', note: 'Which door is it?'}});
    const {json: order} = await client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
    assert.deepEqual(order.cases.map(({opened_by, reason}) => [opened_by, reason]), [['agent', 'The driver reported a dog.']]);
});

test('cases page by page: open first, then resolved, each once', async () => {
    const shop = await addShipper(server);
    const their = await signInAgent(server, await addAgent(server, shop));
    const ids = [];
    for (let i = 0; i < 5; i++) {
        const delivery = await addDelivery(shop, 'cases@example.org');
        ids.push((await their.post('/v1/cases', {delivery_id: delivery.id, reason: `Case ${i}`}, {status: 201})).json.id);
    }
    for (const i of [0, 3]) await their.request('POST', `/v1/cases/${ids[i]}/resolve`, {status: 200});
    for (const limit of [1, 2, 3, 5, 50]) assert.deepEqual((await their.all('/v1/cases?show=all', limit)).map(({id}) => id), [4, 2, 1, 3, 0].map((i) => ids[i]), `limit ${limit}`);
});

test('a delivery takes so many cases, whoever opens them, and a case so many messages', async (t) => {
    const own = await setStage(t, {delivery: {cases: 3, case_messages: 2}});
    const theirs = await signInAgent(own.server, await addAgent(own.server, own.shipper));
    const {client, email} = await signIn(own.server);
    const {id} = await addDelivery(own.shipper, email);
    const report = {json: {kind: 'other', text: 'Once more.'}};
    const open = {json: {delivery_id: id, reason: 'Asked on the telephone.'}};
    const {json: one} = await client.post(`/v1/me/orders/${id}/problem`, report.json, {status: 201});
    for (let i = 0; i < 2; i++) await theirs.post('/v1/cases', open.json, {status: 201});
    await theirs.refused('conflict', 'POST', '/v1/cases', open);
    await theirs.refused('conflict', 'POST', '/v1/cases', {...open, headers: {'idempotency-key': 'once more'}});
    await client.refused('conflict', 'POST', `/v1/me/orders/${id}/problem`, report);
    assert.equal((await theirs.form('/desk/cases', open.json)).status, 409);
    await theirs.post(`/v1/cases/${one.id}/messages`, {text: 'We look into it.'}, {status: 201});
    await theirs.refused('conflict', 'POST', `/v1/cases/${one.id}/messages`, {json: {text: 'Still.'}});
    await client.refused('conflict', 'POST', `/v1/me/cases/${one.id}/messages`, {json: {text: 'Still?'}});
    await theirs.refused('conflict', 'POST', `/v1/cases/${one.id}/resolve`, {json: {text: 'A last word.'}});
    assert.equal((await theirs.get(`/v1/cases/${one.id}`, {status: 200})).json.messages.length, 2);
    await theirs.post(`/v1/cases/${one.id}/resolve`, undefined, {status: 200}); // a full case can be closed
    assert.equal((await client.get(`/v1/me/orders/${id}`, {status: 200})).json.cases.length, 3);
});

test('a full case of long texts is answered whole, under a key too', async () => {
    const {client, email} = await signIn(server);
    const {id} = await addDelivery(shipper, email);
    const text = '話'.repeat(2000);
    const {json: opened} = await client.post(`/v1/me/orders/${id}/problem`, {kind: 'other', text}, {status: 201});
    for (let i = 1; i < 199; i += 18) await Promise.all(Array.from({length: 18}, () => client.post(`/v1/me/cases/${opened.id}/messages`, {text}, {status: 201})));
    const key = {'idempotency-key': 'a full case'};
    const resolved = await desk.post(`/v1/cases/${opened.id}/resolve`, {text}, {status: 200, headers: key});
    assert.equal(resolved.json.messages.length, 200);
    assert.ok((await desk.post(`/v1/cases/${opened.id}/resolve`, {text}, {status: 200, headers: key})).bytes.equals(resolved.bytes));
    assert.equal((await client.get(`/v1/me/orders/${id}`, {status: 200})).json.cases[0].messages.length, 200);
});

// ---- the same by forms ----

test('a recipient\'s forms: sign in, refuse, allow, report, write, delete, sign out', async () => {
    const email = 'forms@example.org';
    const {delivery} = await photograph(stage, email);
    const later = (await sendOut(stage, email)).delivery;
    const browser = anyone(server);
    assert.equal((await browser.get('/orders', {status: 303})).headers.location, '/sign-in');
    await browser.form('/sign-in', {email: 'no address'}, {status: 422});
    await browser.form('/sign-in', {email}, {status: 200});
    const code = await newestCode(server, email);
    const wrong = await browser.form('/sign-in/code', {email, code: '00000000'}, {status: 422});
    assert.match(wrong.text, /aria-invalid="true"/);
    assert.equal((await browser.form('/sign-in/code', {email, code}, {status: 303})).headers.location, '/orders');
    assert.match((await browser.get('/orders', {status: 200})).text, new RegExp(delivery.id));
    const page = await browser.get(`/orders/${delivery.id}`, {status: 200});
    assert.match(page.text, /<img[^>]+size=preview/);
    const post = async (path, form, done) => assert.match((await browser.form(path, form, {status: 303})).headers.location, new RegExp(`done=${done}`));
    await post(`/orders/${later.id}/consent`, {photo: 'refused'}, 'photo_refused');
    assert.equal((await stopOf(driver, later.id)).photo.state, 'declined');
    await post(`/orders/${later.id}/consent`, {photo: 'allowed'}, 'photo_allowed');
    await browser.form(`/orders/${later.id}/consent`, {photo: 'maybe'}, {status: 422});
    await post('/account/consent', {photo: 'refused'}, 'all_photos_refused');
    assert.match((await browser.get('/account', {status: 200})).text, /Allow photos again/);
    await post('/account/consent', {photo: 'allowed'}, 'all_photos_allowed');
    const again = await browser.form(`/orders/${delivery.id}/problem`, {kind: 'damaged', text: ''}, {status: 422});
    assert.match(again.text, /id="text-error"/);
    await post(`/orders/${delivery.id}/problem`, {kind: 'damaged', text: 'Broken <b>glass</b> & "more".'}, 'problem_reported');
    const shown = await browser.get(`/orders/${delivery.id}?done=problem_reported`, {status: 200});
    assert.match(shown.text, /Broken &lt;b&gt;glass&lt;\/b&gt; &amp;/);
    assert.match(shown.text, /role="status"/);
    const [, caseId] = /id="case-(cas_\w+)"/.exec(shown.text);
    const [, field] = new RegExp(`cases/${caseId}/messages"[^]*?<textarea[^>]*name="(\\w+)"`).exec(shown.text);
    await post(`/orders/${delivery.id}/cases/${caseId}/messages`, {[field]: 'And wet.'}, 'message_sent');
    await browser.form(`/orders/${later.id}/cases/${caseId}/messages`, {[field]: 'x'}, {status: 404});
    await browser.form(`/orders/${delivery.id}/photo/delete`, {}, {status: 422});
    await post(`/orders/${delivery.id}/photo/delete`, {sure: 'yes'}, 'photo_going'); // their case holds it
    assert.match((await browser.get(`/orders/${delivery.id}`, {status: 200})).text, /will be deleted when case \d+ is closed/);
    await desk.post(`/v1/cases/${caseId}/resolve`, {text: 'A new one is on its way.'}, {status: 200});
    assert.doesNotMatch((await browser.get(`/orders/${delivery.id}`, {status: 200})).text, /<img[^>]+size=preview/);
    await browser.form(`/orders/${delivery.id}/photo/delete`, {sure: 'yes'}, {status: 404});
    await browser.get(`/orders/dlv_${'0'.repeat(26)}`, {status: 404, headers: {accept: 'text/html'}});
    await post('/sign-out', {}, 'signed_out');
    await browser.get('/orders', {status: 303});
});

test('an agent\'s forms: sign in, find, open a case, look with a reason, write, resolve, sign out', async () => {
    const {delivery} = await photograph(stage, 'desk@example.org');
    const helper = await addAgent(server, shipper);
    const browser = anyone(server);
    assert.equal((await browser.get('/desk', {status: 303})).headers.location, '/desk/sign-in');
    await browser.form('/desk/sign-in', {email: helper.email, password: 'wrong', code: '000000'}, {status: 401});
    assert.equal((await browser.form('/desk/sign-in', {email: helper.email, password: helper.password, code: await nextCode(helper)}, {status: 303})).headers.location, '/desk');
    const found = await browser.get(`/desk?find=${encodeURIComponent(delivery.reference)}`, {status: 200});
    assert.match(found.text, new RegExp(delivery.id));
    assert.match((await browser.get('/desk?find=nothing', {status: 200})).text, /No delivery has this/);
    assert.equal((await browser.form('/desk/cases', {delivery_id: delivery.id}, {status: 422})).status, 422);
    const {headers: {location}} = await browser.form('/desk/cases', {delivery_id: delivery.id, reason: 'Somebody asks.'}, {status: 303});
    const casePath = location.split('?')[0];
    const locked = await browser.get(location, {status: 200});
    assert.doesNotMatch(locked.text, /<img[^>]+\/looks\//);
    await browser.form(`${casePath}/looks`, {reason: 'other', note: ''}, {status: 422});
    await browser.form(`${casePath}/looks`, {reason: 'verify_location', note: 'Which door is it?'}, {status: 303});
    const open = await browser.get(casePath, {status: 200});
    const [, picture] = /<img src="(\/v1\/cases\/[^"]+)"/.exec(open.text);
    assert.equal((await browser.get(picture, {status: 200})).headers['content-type'], 'image/jpeg');
    const [, field] = /\/messages"[^]*?<textarea[^>]*name="(\w+)"/.exec(open.text);
    await browser.form(`${casePath}/messages`, {[field]: 'All is well.'}, {status: 303});
    await browser.form(`${casePath}/resolve`, {text: '\u200b'}, {status: 422});
    await browser.form(`${casePath}/resolve`, {text: 'It stands behind the bench.'}, {status: 303});
    assert.match((await browser.get(casePath, {status: 200})).text, /It stands behind the bench\./);
    await browser.form(`${casePath}/looks`, {reason: 'verify_location', note: 'Which door is it?'}, {status: 403});
    await browser.form('/desk/sign-out', {}, {status: 303});
    await browser.get('/desk', {status: 303});
});

test('pages for anyone keep the way back of whoever is signed in; what is not there is a page for people', async () => {
    const {client} = await signIn(server);
    const html = {accept: 'text/html'};
    const read = async (reader, path, status) => (await reader.get(path, {status, headers: html})).text;
    const lost = `/orders/dlv_${'0'.repeat(26)}`;
    for (const [path, status] of /** @type {[string, number][]} */ ([['/privacy', 200], ['/nowhere', 404], ['/t/nonsense', 404]])) {
        const page = await read(anyone(server), path, status);
        assert.match(page, /^<!doctype html>/, path);
        assert.doesNotMatch(page, /<nav/, path);
        if (path.startsWith('/t/')) continue; // a link is the same for everybody
        assert.match(await read(client, path, status), /<nav[^]*href="\/orders"/, path);
        assert.match(await read(desk, path, status), /<nav[^]*href="\/desk"/, path);
        const stranger = client.with({});
        stranger.cookies['__Host-porchlight'] = 'A'.repeat(43);
        assert.doesNotMatch(await read(stranger, path, status), /<nav/, path);
    }
    assert.match(await read(client, lost, 404), /<nav[^]*href="\/orders"[^]*>Your orders<\/a><\/p>/);
    for (const path of ['/desk/nowhere', `/desk/cases/cas_${'0'.repeat(26)}`]) assert.match(await read(desk, path, 404), /<nav[^]*>All cases<\/a><\/p>/, path);
    for (const path of ['/t/nonsense', '/nowhere']) assert.equal((await client.get(path, {status: 404})).json.type, '/problems/not-found');
});

test('pages of many orders and cases have a way to the older ones', async () => {
    const {client, email} = await signIn(server);
    for (let i = 0; i < 51; i++) await addDelivery(shipper, email);
    const first = await client.get('/orders', {status: 200});
    const [, next] = /href="(\/orders\?after=[^"]+)"/.exec(first.text);
    const second = await client.get(next.replaceAll('&amp;', '&'), {status: 200});
    assert.doesNotMatch(second.text, /\/orders\?after=/);
});

test('a photo that is pending, rejected or missing is told to its recipient in words', async () => {
    const {client, email} = await signIn(server);
    const stop = (await sendOut(stage, email)).stop;
    assert.match((await client.get(`/orders/${stop.delivery_id}`, {status: 200})).text, /Photo/);
    await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
    await photoState(shipper, stop.delivery_id, 'posted');
    await sql(server, `update delivery set photo_state = 'missing', photo_reason = 'deadline_passed', photo_id = null where reference = '${stop.reference}'`);
    const {json} = await client.get(`/v1/me/orders/${stop.delivery_id}`, {status: 200});
    assert.deepEqual([json.photo.state, json.photo.reason], ['missing', 'deadline_passed']);
    assert.match((await client.get(`/orders/${stop.delivery_id}`, {status: 200})).text, /photo/i);
});
