// SPDX-License-Identifier: Apache-2.0
//
// Web Push as a recipient and a push service see it. The service is a real one (support/browsers.js): it checks and opens every
// message as a browser would.
import assert from 'node:assert/strict';
import {createHash, randomUUID} from 'node:crypto';
import {after, test} from 'node:test';
import {browser, startPushService} from './support/browsers.js';
import {sql} from './support/insides.js';
import {until} from './support/server.js';
import {addAgent, addDelivery, anyone, photograph, photoState, reportDelivered, sendOut, setStage, signIn, signInAgent, startRound} from './support/world.js';

const service = await startPushService({after});
const FAST = {backoff_ms: 100, backoff_max_ms: 400, target_pause_ms: 200, timeout_ms: 2000, stop_ms: 200};
const stage = await setStage({after}, {notify: {allow_private_targets: 'yes', ...FAST}, push: {subscriptions: 3, test_seconds: 0}});
const {server, shipper, driver} = stage;

/** A recipient with a browser that is told. */
async function subscriber(on = service) {
    const recipient = await signIn(server);
    const subscription = on.browser();
    const {json: told} = await recipient.client.post('/v1/me/push', subscription, {status: 201});
    return {...recipient, subscription, told};
}

const list = async ({client}) => (await client.get('/v1/me/push', {status: 200})).json;
const markOf = ({endpoint}) => createHash('sha256').update(endpoint).digest('hex').slice(0, 32);

// ---- subscribing ----

test('a browser is noted under its endpoint, which is given to nobody', async () => {
    const robin = await subscriber();
    const {items: [item], application_server_key: key, picture} = await list(robin);
    assert.equal(picture, false);
    assert.equal(Buffer.from(key, 'base64url').length, 65);
    assert.deepEqual(item, robin.told);
    assert.equal(item.mark, markOf(robin.subscription));
    const {json: again} = await robin.client.post('/v1/me/push', robin.subscription, {status: 201});
    assert.deepEqual(again, robin.told);
    const {text} = await robin.client.get('/v1/me/push');
    assert.ok(!text.includes(robin.subscription.endpoint) && !text.includes(robin.subscription.keys.auth));
    assert.ok(!server.log.includes(robin.subscription.endpoint), 'R12: an endpoint in the log');
    await robin.client.delete(`/v1/me/push/${item.id}`, {status: 204});
    await robin.client.refused('not-found', 'DELETE', `/v1/me/push/${item.id}`);
    assert.deepEqual((await list(robin)).items, []);
});

test('a subscription is its own account\'s: nobody else reads, tests or ends it', async () => {
    const robin = await subscriber();
    const other = await signIn(server);
    await other.client.refused('not-found', 'DELETE', `/v1/me/push/${robin.told.id}`);
    await other.client.refused('not-found', 'POST', `/v1/me/push/${robin.told.id}/test`);
    await anyone(server).refused('unauthorized', 'GET', '/v1/me/push');
    await robin.client.with({origin: 'https://evil.example'}).refused('bad-origin', 'POST', '/v1/me/push', {json: service.browser()});
    assert.deepEqual((await list(other)).items, []);
    await other.client.post('/v1/me/push', robin.subscription, {status: 201}); // the same browser, someone else in it
    assert.deepEqual((await list(robin)).items, []);
    assert.equal((await list(other)).items.length, 1);
});

test('the oldest gives way; signing out ends what was subscribed in that session', async () => {
    const robin = await subscriber();
    const more = [service.browser(), service.browser(), service.browser()];
    for (const subscription of more) await robin.client.post('/v1/me/push', subscription, {status: 201});
    assert.deepEqual((await list(robin)).items.map(({mark}) => mark), more.map(markOf).reverse());
    const elsewhere = await signIn(server, robin.email);
    await elsewhere.client.post('/v1/me/push', more[0], {status: 201});
    await robin.client.request('POST', '/v1/auth/sign-out', {status: 204});
    assert.deepEqual((await list(elsewhere)).items.map(({mark}) => mark), [markOf(more[0])]);
});

test('what is no subscription is refused, and its field named', async () => {
    const {client} = await signIn(server);
    const good = browser();
    const point = Buffer.from(good.keys.p256dh, 'base64url');
    const off = Buffer.from(point);
    off[40] ^= 1;
    const keys = (more) => ({...good, keys: {...good.keys, ...more}});
    /** @type {[any, string][]} */
    const wrong = [
        ...['ftp://push.example/x', 'https://', 'push.example/x', 'https://user:pw@push.example/x', 'https://push.example/x#y', 'javascript:alert(1)', 'https://push.example/a b',
            'file:///etc/passwd', 'https:///x', 'https://push.example:99999/x', 'https://push.example/\u00e4', `https://push.example/${'x'.repeat(990)}`]
            .map((endpoint) => /** @type {[any, string]} */ ([{...good, endpoint}, 'endpoint'])),
        [keys({p256dh: off.toString('base64url')}), 'keys.p256dh'], [keys({p256dh: point.subarray(1).toString('base64url')}), 'keys.p256dh'],
        [keys({p256dh: Buffer.alloc(65).toString('base64url')}), 'keys.p256dh'], [keys({p256dh: 'not base64!'}), 'keys.p256dh'],
        [keys({p256dh: Buffer.concat([Buffer.from([2 + (point[64] & 1)]), point.subarray(1, 33)]).toString('base64url')}), 'keys.p256dh'],
        [keys({auth: 'c2hvcnQ'}), 'keys.auth'], [keys({auth: Buffer.alloc(17).toString('base64url')}), 'keys.auth'], [keys({extra: 'x'}), 'keys.extra'],
        [{...good, expirationTime: Date.now() - 1000}, 'expirationTime'], [{...good, expirationTime: 'soon'}, 'expirationTime'],
    ];
    for (const [body, field] of wrong) {
        const {json} = await client.refused('invalid-field', 'POST', '/v1/me/push', {json: body});
        assert.equal(json.field, field, JSON.stringify(body));
    }
    await client.post('/v1/me/push', {...keys({p256dh: `${good.keys.p256dh}=`, auth: `${good.keys.auth}==`}), expirationTime: Date.now() + 1e7 + 0.5}, {status: 201});
    assert.equal((await list({client})).items.length, 1);
});

test('https only, unless private addresses are allowed', async (t) => {
    const {server: strict} = await setStage(t);
    const {client} = await signIn(strict);
    const {json} = await client.refused('invalid-field', 'POST', '/v1/me/push', {json: browser('http://push.example')});
    assert.equal(json.field, 'endpoint');
    await client.post('/v1/me/push', browser('https://push.example'), {status: 201});
});

test('the picture in notifications is off until its recipient says so, by program and by form', async () => {
    const robin = await signIn(server);
    assert.equal((await robin.client.put('/v1/me/push', {picture: true}, {status: 200})).json.picture, true);
    assert.equal((await list(robin)).picture, true);
    assert.match((await robin.client.form('/account/push', {picture: 'no'}, {status: 303})).headers.location, /done=picture_off$/);
    assert.equal((await list(robin)).picture, false);
    await robin.client.form('/account/push', {picture: 'yes'}, {status: 303});
    assert.equal((await list(robin)).picture, true);
    assert.equal((await robin.client.form('/account/push', {picture: 'perhaps'})).status, 422);
    const {json: told} = await robin.client.post('/v1/me/push', service.browser(), {status: 201});
    await robin.client.request('POST', `/account/push/${told.id}/remove`, {status: 303});
    assert.deepEqual((await list(robin)).items, []);
});

test('the worker and the script are ours alone', async () => {
    const robin = await signIn(server);
    const {delivery} = await sendOut(stage, robin.email);
    const page = await robin.client.get(`/orders/${delivery.id}`, {status: 200});
    const [, script] = /<script type="module" src="(\/script\/push\.[0-9a-f]{16}\.js)"><\/script>/.exec(page.text);
    assert.match(page.headers['content-security-policy'], /script-src 'self'; .*trusted-types porchlight-worker$/);
    assert.match((await robin.client.get('/orders')).headers['content-security-policy'], /trusted-types 'none'$/); // where there is no script
    assert.match((await anyone(server).get(script, {status: 200})).headers['content-type'], /^text\/javascript/);
    const worker = await anyone(server).get('/sw.js', {status: 200});
    assert.match(worker.headers['content-type'], /^text\/javascript/);
    assert.equal(worker.headers['cache-control'], 'no-cache');
    assert.equal((await anyone(server).get('/sw.js', {headers: {'if-none-match': worker.headers.etag}})).status, 304);
    assert.equal((await anyone(server).get('/script/sw.js')).status, 404);
    const {json: app} = await anyone(server).get('/app.webmanifest', {status: 200});
    assert.equal(app.scope, '/');
    assert.equal((await anyone(server).get(app.icons[0].src, {status: 200})).headers['content-type'], 'image/png');
});

// ---- being told ----

test('the test comes, of the one size of every message', async () => {
    const robin = await subscriber();
    await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202, headers: {'idempotency-key': `"${randomUUID()}"`}});
    const push = await service.wait(robin.subscription, 'test');
    assert.deepEqual(push.message, {kind: 'test'});
    assert.equal(push.key, (await list(robin)).application_server_key);
    const {delivery} = await sendOut(stage, robin.email);
    const other = await service.wait(robin.subscription, 'delivery.out_for_delivery');
    assert.equal(other.size, push.size);
    assert.equal(other.message.order, delivery.id);
});

test('each test button of the account page sends one, and what no message is made for has no switch', async () => {
    const page = async ({client}) => (await client.get('/account', {status: 200, headers: {accept: 'text/html'}})).text;
    const buttons = (html) => [...html.matchAll(/name="channel" value="(\w+)"/g)].map(([, channel]) => channel).sort();
    const nobody = await signIn(server);
    assert.deepEqual(buttons(await page(nobody)), ['mail'], 'no phone is told');
    assert.equal((await nobody.client.post('/v1/me/notices/test', {channel: 'push'})).status, 409);
    const robin = await subscriber();
    const html = await page(robin);
    assert.deepEqual(buttons(html), ['mail', 'push']);
    await robin.client.form('/account/test', {channel: 'push'}, {status: 303});
    await service.wait(robin.subscription, 'test');
    assert.match(html, /name="announced\.mail"/);
    assert.doesNotMatch(html, /name="announced\.push"/);
});

test('the language that the account chose is told, and nothing where it chose none', async () => {
    const robin = await subscriber();
    await robin.client.put('/v1/me/preferences', {language: 'de'}, {status: 200});
    await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
    assert.deepEqual((await service.wait(robin.subscription, 'test')).message, {kind: 'test', lang: 'de'});
    const {delivery} = await sendOut(stage, robin.email);
    const {message, size} = await service.wait(robin.subscription, 'delivery.out_for_delivery');
    assert.deepEqual(message, {kind: 'delivery.out_for_delivery', order: delivery.id, number: message.number, lang: 'de'});
    assert.equal(size, service.of(robin.subscription)[0].size);
});

test('a second test at once is too soon', async (t) => {
    const patient = await setStage(t, {notify: {allow_private_targets: 'yes'}});
    const {client} = await signIn(patient.server);
    const {json: told} = await client.post('/v1/me/push', service.browser(), {status: 201});
    await client.post(`/v1/me/push/${told.id}/test`, undefined, {status: 202});
    await client.refused('too-many-requests', 'POST', `/v1/me/push/${told.id}/test`);
});

test('a delivery is told as it goes: ids and kinds, nothing about what, where or for whom', async () => {
    const robin = await subscriber();
    const {delivery} = await photograph(stage, robin.email);
    await photoState(shipper, delivery.id, 'posted');
    const posted = await service.wait(robin.subscription, 'photo.posted');
    const all = service.of(robin.subscription);
    for (const push of all) {
        assert.deepEqual(Object.keys(push.message).sort(), ['kind', 'number', 'order']);
        assert.equal(push.message.order, delivery.id);
        assert.ok(Number(push.headers.ttl) > 0 && Number(push.headers.ttl) <= 72 * 3600);
        assert.equal(push.headers.topic, posted.headers.topic); // so a newer one replaces an older
        assert.ok(!String(push.headers.topic).includes(delivery.id.slice(4)));
    }
    const numbers = all.map(({message}) => message.number);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    assert.equal(posted.headers.urgency, 'high');
});

test('only the recipient is told: no buyer, and nobody after the delivery is someone else\'s', async () => {
    const [robin, buyer] = [await subscriber(), await subscriber()];
    const delivery = await addDelivery(shipper, robin.email, {buyer: {email: buyer.email}, driver_id: driver.id});
    await startRound(driver, delivery.id);
    await service.wait(robin.subscription, 'delivery.out_for_delivery');
    const heir = await subscriber();
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {recipient: {name: 'Kim', email: heir.email}}, {status: 200});
    await reportDelivered(driver, delivery.id);
    await service.wait(heir.subscription, 'delivery.delivered');
    assert.deepEqual(service.of(robin.subscription).map(({message}) => message.kind), ['delivery.out_for_delivery']);
    assert.deepEqual(service.of(buyer.subscription), []);
});

test('support\'s words are told, one\'s own are not; and that someone looked', async () => {
    const robin = await subscriber();
    const {delivery} = await photograph(stage, robin.email);
    await photoState(shipper, delivery.id, 'posted');
    const agent = await signInAgent(server, await addAgent(server, shipper));
    const {json: opened} = await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'Where is it?'}, {status: 201});
    await robin.client.post(`/v1/me/cases/${opened.id}/messages`, {text: 'Hello?'}, {status: 201});
    await agent.post(`/v1/cases/${opened.id}/messages`, {text: 'We look into it.'}, {status: 201});
    const answered = await service.wait(robin.subscription, 'case.answered');
    await agent.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_location', note: 'Which door is it?'}, {status: 201});
    const looked = await service.wait(robin.subscription, 'photo.looked');
    await agent.post(`/v1/cases/${opened.id}/resolve`, {text: 'Found.'}, {status: 200});
    const resolved = await service.wait(robin.subscription, 'case.resolved');
    assert.equal(answered.headers.topic, resolved.headers.topic);
    assert.notEqual(answered.headers.topic, looked.headers.topic);
    const kinds = service.of(robin.subscription).map(({message}) => message.kind);
    assert.equal(kinds.filter((kind) => kind === 'case.answered').length, 1);
    assert.ok(!kinds.includes('case.opened'));
    assert.ok(!JSON.stringify(service.of(robin.subscription).map(({text}) => text)).includes('Found'));
});

// ---- when it does not go well ----

test('R2 R9 a photo that was withheld or erased while its message waited is not told of', async () => {
    for (const hide of [
        (id) => shipper.client.patch(`/v1/deliveries/${id}`, {confidential: 'protected'}, {status: 200}),
        (id, {client}) => client.delete(`/v1/me/orders/${id}/photo`, {status: 204}),
    ]) {
        const robin = await subscriber();
        service.fail(robin.subscription.endpoint, 'unavailable', 'always');
        const {delivery} = await photograph(stage, robin.email);
        await photoState(shipper, delivery.id, 'posted');
        await hide(delivery.id, robin);
        service.fail(robin.subscription.endpoint);
        await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
        await service.wait(robin.subscription, 'test'); // stands behind in the line, or comes by itself: then all is done
        await until(async () => (await sql(server, `SELECT count(*) FROM notice WHERE target = '${robin.told.id}'`))[0][0] === 0, {what: 'an empty line'});
        assert.ok(!service.of(robin.subscription).some(({message}) => message.kind === 'photo.posted'));
    }
});

test('errors, resets, garbage and 503 are passing: it comes later, and once', async () => {
    for (const how of ['error', 'unavailable', 'reset', 'garbage']) {
        const robin = await subscriber();
        service.fail(robin.subscription.endpoint, how);
        await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
        await service.wait(robin.subscription, 'test');
        assert.deepEqual(service.asksOf(robin.subscription).map((asked) => asked.how), [how, 'taken']);
    }
});

test('429 with Retry-After is obeyed', async () => {
    const robin = await subscriber();
    service.fail(robin.subscription.endpoint, 'busy');
    await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
    await service.wait(robin.subscription, 'test');
    const [first, second] = service.asksOf(robin.subscription);
    assert.ok(second.at - first.at >= 1900, `asked again after ${second.at - first.at} ms`);
});

test('410 and 404 end the subscription', async () => {
    for (const how of ['gone', 'unknown']) {
        const robin = await subscriber();
        service.fail(robin.subscription.endpoint, how, 'always');
        await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
        await until(async () => (await list(robin)).items.length === 0, {what: 'the end of the subscription'});
        assert.equal(service.asksOf(robin.subscription).length, 1);
    }
});

test('413, 403 and a redirect are refusals: set aside with the reason, not asked again, and never followed', async () => {
    for (const [how, status] of [['large', 413], ['denied', 403], ['redirect', 307]]) {
        const robin = await subscriber();
        service.fail(robin.subscription.endpoint, String(how));
        await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
        const row = await until(async () => (await sql(server, `SELECT last_error FROM notice WHERE target = '${robin.told.id}' AND set_aside_at IS NOT NULL`))[0], {what: 'a notice that is set aside'});
        assert.equal(row[0], `status_${status}`);
        assert.equal(service.asksOf(robin.subscription).length, 1);
        assert.equal((await list(robin)).items.length, 1);
    }
    assert.ok(!service.asked.some(({endpoint}) => endpoint.endsWith('/elsewhere')));
});

test('a service that is silent or drips delays nobody else', async () => {
    for (const how of ['silent', 'drip']) {
        const slow = await subscriber();
        service.fail(slow.subscription.endpoint, how, 'always');
        await slow.client.post(`/v1/me/push/${slow.told.id}/test`, undefined, {status: 202});
        await until(() => service.asksOf(slow.subscription).length > 0, {what: 'the slow service being asked'});
        const robin = await subscriber();
        await robin.client.post(`/v1/me/push/${robin.told.id}/test`, undefined, {status: 202});
        await service.wait(robin.subscription, 'test');
        await slow.client.delete(`/v1/me/push/${slow.told.id}`, {status: 204});
    }
});

test('a kill -9 between any two steps loses no message', async (t) => {
    const own = await setStage(t, {notify: {allow_private_targets: 'yes', ...FAST}});
    const {client} = await signIn(own.server);
    const subscription = service.browser();
    const {json: told} = await client.post('/v1/me/push', subscription, {status: 201});
    service.fail(subscription.endpoint, 'unavailable', 'always');
    await client.post(`/v1/me/push/${told.id}/test`, undefined, {status: 202});
    await until(() => service.asksOf(subscription).length > 0, {what: 'the first try'});
    const {application_server_key: key} = (await client.get('/v1/me/push')).json;
    await own.server.kill();
    service.fail(subscription.endpoint);
    await own.server.start();
    const push = await service.wait(subscription, 'test');
    assert.equal(push.key, key); // the same key after the start
});

test('an endpoint within our own network is not connected to', async (t) => {
    const strict = await setStage(t);
    const {client} = await signIn(strict.server);
    const inside = service.origin.replace('http:', 'https:');
    for (const base of [inside, inside.replace('127.0.0.1', 'localhost'), inside.replace('127.0.0.1', '[::ffff:127.0.0.1]')]) {
        const before = service.asked.length;
        const {json: told} = await client.post('/v1/me/push', browser(base), {status: 201});
        await client.post(`/v1/me/push/${told.id}/test`, undefined, {status: 202});
        const row = await until(async () => (await sql(strict.server, `SELECT last_error FROM notice WHERE target = '${told.id}' AND set_aside_at IS NOT NULL`))[0], {what: 'the refusal'});
        assert.equal(row[0], 'guarded');
        assert.equal(service.asked.length, before);
    }
});
