// SPDX-License-Identifier: Apache-2.0
//
// The main job: a delivery is announced, driven, photographed with a real tus client, and seen by whom it is for.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {assertBare, assertUpright} from './support/eyes.js';
import {sql} from './support/insides.js';
import {CODES, messagesTo} from './support/mail.js';
import {draw, sha256, sizeOf, smallPicture} from './support/pictures.js';
import {openRaw} from './support/raw.js';
import {readReceipt} from './support/receipt.js';
import {startServer} from './support/server.js';
import {upload, uploadAtOnce} from './support/tus.js';
import {addDelivery, anyone, DOOR, photograph, photoState, reportDelivered, sendOut, setStage, signIn, startRound, stopOf, unique} from './support/world.js';

const stage = await setStage({after});
const {server, shipper, driver} = stage;

test('a delivery from the shop to its recipient, with a picture as a phone takes it', async () => {
    const email = `robin-${unique()}@example.org`;
    const delivery = await addDelivery(shipper, email, {driver_id: driver.id});
    assert.equal(delivery.state, 'created');
    assert.deepEqual([delivery.photo.state, delivery.photo.reason], ['expected', null]);

    const stop = await startRound(driver, delivery.id);
    assert.equal(stop.state, 'out_for_delivery');
    assert.deepEqual(stop.photo, {state: 'wanted', upload: 'none', reason: null, refuse: []});

    const picture = await draw({seed: 11, orientation: 6, gps: true, thumbnail: true, clutter: true});
    const captured = new Date(Date.now() - 30_000).toISOString();
    const {receipt} = await upload(driver.client, stop, picture, {metadata: {captured_at: captured, lat: String(DOOR.lat), lon: String(DOOR.lon), accuracy: '8'}});
    const fields = readReceipt(receipt, driver.receiptKey);
    assert.deepEqual([fields.verdict, fields.delivery, fields.attempt, fields.sha256, fields.size, fields.captured_at],
        ['stored', delivery.id, 1, sha256(picture), picture.length, captured]);
    assert.ok(Math.abs(Date.parse(fields.received_at) - Date.now()) < 60_000);

    const reported = await reportDelivered(driver, delivery.id);
    assert.deepEqual([reported.state, reported.left_at, reported.photo.upload], ['delivered', 'front_door', 'stored']);
    const facts = await photoState(shipper, delivery.id, 'posted');
    assert.deepEqual([facts.state, facts.photo.place, facts.photo.flags], ['delivered', 'within', []]);

    const robin = await signIn(server, email);
    const {json: list} = await robin.client.get('/v1/me/orders', {status: 200});
    assert.deepEqual(list.items.map(({id, photo}) => [id, photo.state]), [[delivery.id, 'posted']]);
    const {json: order} = await robin.client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
    assert.equal(order.photo.state, 'posted');
    assert.equal(order.photo.captured_at, captured);
    assert.deepEqual(order.address.lines, DOOR.lines);

    const photo = await robin.client.get(`/v1/me/orders/${delivery.id}/photo?size=full`, {status: 200});
    await assertUpright(picture, photo.bytes);
    await assertBare(photo.bytes);
    assert.deepEqual(sizeOf(photo.bytes), {width: order.photo.width, height: order.photo.height});
    const preview = await robin.client.get(`/v1/me/orders/${delivery.id}/photo?size=preview`, {status: 200});
    await assertUpright(picture, preview.bytes, 'the preview');
    await assertBare(preview.bytes, {what: 'the preview'});
    const {width, height} = sizeOf(preview.bytes);
    assert.ok(Math.max(width, height) <= 640 && Math.max(width, height) > 400, `the preview is ${width}x${height}`);
    assert.ok(preview.bytes.length <= 50_000, `the preview has ${preview.bytes.length} bytes`);
});

test('a clean upright picture is posted with the very pixels of the camera', async () => {
    const picture = await draw({seed: 12, size: '1632x1224', exif: true});
    const {delivery} = await photograph(stage, 'pixels@example.org', {picture});
    const {client} = await signIn(server, 'pixels@example.org');
    const {bytes} = await client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    const scan = picture.subarray(picture.indexOf(Buffer.from([0xff, 0xda])));
    assert.ok(bytes.subarray(-scan.length).equals(scan), 'the entropy-coded data was changed');
});

test('pictures of every kind come out upright and bare', async (t) => {
    /** @type {Record<string, Parameters<typeof draw>[0][]>} */
    const kinds = {
        'each orientation': [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => ({orientation, size: '400x304'})),
        'sizes that are no multiple of the coding blocks': [3, 5, 6, 8].map((orientation) => ({orientation, size: '397x301'})),
        'samplings': ['420', '422', '444', '440', '411'].map((sampling) => ({sampling, orientation: 6, size: '400x304'})),
        'progressive, with restarts, grey, RGB': [{progressive: true}, {restarts: true, orientation: 8}, {gray: true, orientation: 3}, {rgb: true}].map((more) => ({size: '400x304', ...more})),
        'colours': [{profile: 'srgb'}, {profile: 'p3'}].map((more) => ({size: '400x304', ...more})),
        'twelve megapixels': [{size: '4032x3024', orientation: 6, gps: true, thumbnail: true}],
    };
    const email = `kinds-${unique()}@example.org`;
    const {client} = await signIn(server, email);
    let seed = 200;
    for (const [name, options] of Object.entries(kinds)) {
        await t.test(name, async () => {
            for (const option of options) {
                const what = `${name} ${JSON.stringify(option)}`;
                const picture = await draw({seed: ++seed, ...option});
                const {delivery} = await photograph(stage, email, {picture});
                await photoState(shipper, delivery.id, 'posted');
                const {bytes} = await client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
                await assertUpright(picture, bytes, what);
                await assertBare(bytes, {profile: option.profile === 'p3' || option.rgb, what});
                const {width, height} = sizeOf(bytes);
                assert.ok(Math.max(width, height) <= 2016, what);
            }
        });
    }
});

test('the photo may come after the report, and the report be sent twice', async () => {
    const {delivery, stop} = await sendOut(stage, 'after@example.org');
    const captured_at = new Date().toISOString();
    const first = await reportDelivered(driver, delivery.id, {captured_at});
    assert.deepEqual(await reportDelivered(driver, delivery.id, {captured_at}), first);
    await driver.client.refused('wrong-state', 'POST', `/v1/driver/stops/${delivery.id}/delivered`, {json: {left_at: 'locker', captured_at}});
    await uploadAtOnce(driver.client, stop, await smallPicture(21));
    assert.equal((await stopOf(driver, delivery.id)).photo.upload, 'stored');
    await photoState(shipper, delivery.id, 'posted');
});

test('an attempt that failed, and a second round with a photo of its own', async () => {
    const {delivery, stop} = await sendOut(stage, 'again@example.org');
    const {json: attempted} = await driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`,
        {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
    assert.deepEqual([attempted.state, attempted.attempt_reason], ['attempted', 'nobody_home']);
    const again = await startRound(driver, delivery.id);
    assert.deepEqual([again.state, again.attempt, again.attempt_reason], ['out_for_delivery', 2, null]);
    assert.notEqual(again.challenge, stop.challenge);
    const {receipt} = await uploadAtOnce(driver.client, again, await smallPicture(22));
    assert.equal(readReceipt(receipt, driver.receiptKey).attempt, 2);
    await reportDelivered(driver, delivery.id);
    const facts = await photoState(shipper, delivery.id, 'posted');
    assert.equal(facts.attempt, 2);
});

test('a delivery that has been out fifty times goes out no more, and can be returned', async () => {
    const {delivery} = await sendOut(stage, 'fifty@example.org');
    await sql(server, `update delivery set attempt = 50, state = 'attempted' where reference = '${delivery.reference}'`);
    const stop = await startRound(driver, delivery.id);
    assert.deepEqual([stop.state, stop.attempt], ['attempted', 50]);
    await shipper.client.post(`/v1/deliveries/${delivery.id}/returned`, undefined, {status: 200});
});

test('a stop whose round was not begun can be reported, and not be returned', async () => {
    const {id} = await addDelivery(shipper, 'not-begun@example.org', {driver_id: driver.id});
    await shipper.client.refused('wrong-state', 'POST', `/v1/deliveries/${id}/returned`);
    assert.equal((await reportDelivered(driver, id)).state, 'delivered');
});

test('handed over with a PIN, no photo comes and none is missed', async () => {
    const {delivery} = await sendOut(stage, 'pin@example.org');
    const stop = await reportDelivered(driver, delivery.id, {left_at: 'handed_over', proof: {kind: 'pin', value: '4711', late: true}});
    assert.equal(stop.left_at, 'handed_over');
    const {json} = await shipper.client.get(`/v1/deliveries/${delivery.id}`, {status: 200});
    assert.deepEqual([json.photo.state, json.photo.reason, json.proof], ['missing', 'other_proof', 'pin']);
});

test('a photo is served in parts, once, and as a download', async () => {
    const {delivery} = await photograph(stage, 'parts@example.org');
    const {client} = await signIn(server, 'parts@example.org');
    const path = `/v1/me/orders/${delivery.id}/photo`;
    const whole = await client.get(path, {status: 200});
    const {etag} = whole.headers;
    const part = await client.get(path, {status: 206, headers: {range: 'bytes=100-199'}});
    assert.equal(part.headers['content-range'], `bytes 100-199/${whole.bytes.length}`);
    assert.ok(part.bytes.equals(whole.bytes.subarray(100, 200)));
    const tail = await client.get(path, {status: 206, headers: {range: 'bytes=-50', 'if-range': etag}});
    assert.ok(tail.bytes.equals(whole.bytes.subarray(-50)));
    assert.equal((await client.get(path, {headers: {range: 'bytes=0-9', 'if-range': '"other"'}})).status, 200);
    await client.refused('range-not-satisfiable', 'GET', path, {headers: {range: 'bytes=99999999-'}});
    await client.get(path, {status: 304, headers: {'if-none-match': etag}});
    assert.equal((await client.head(path, {status: 200})).headers['content-length'], String(whole.bytes.length));
    assert.match((await client.get(`${path}?download=1`, {status: 200})).headers['content-disposition'], /^attachment/);
    const preview = await client.get(`${path}?size=preview`, {status: 200});
    assert.notEqual(preview.headers.etag, etag);
    await client.refused('invalid-field', 'GET', `${path}?size=huge`);
});

test('the recipient deletes the photo: gone for everyone, at once', async () => {
    const {delivery, path, picture, stop} = await photograph(stage, 'delete@example.org');
    const {client} = await signIn(server, 'delete@example.org');
    await client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    await client.refused('no-photo', 'GET', `/v1/me/orders/${delivery.id}/photo`);
    await client.refused('no-photo', 'DELETE', `/v1/me/orders/${delivery.id}/photo`);
    const {json} = await client.get(`/v1/me/orders/${delivery.id}`, {status: 200});
    assert.deepEqual([json.photo.state, json.photo.reason], ['erased', 'by_recipient']);
    assert.equal((await stopOf(driver, delivery.id)).photo.upload, 'stored'); // no word to the driver
    const again = await upload(driver.client, stop, picture); // nor by sending it again
    assert.equal(readReceipt(again.receipt, driver.receiptKey).verdict, 'stored');
    assert.ok(path);
});

test('one connection carries many requests', async () => {
    const raw = await openRaw(server);
    await raw.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /log/key HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.deepEqual(JSON.parse((await raw.answer()).bytes.toString()), {status: 'ok'});
    const key = JSON.parse((await raw.answer()).bytes.toString());
    assert.equal(key.public_key, driver.receiptKey);
    raw.close();
});

test('a mailed code says how long it lasts and carries no link to a photo', async () => {
    const {email} = await signIn(server);
    const [message] = await messagesTo(server, email, CODES);
    assert.match(message.text, /15 minutes/);
    assert.doesNotMatch(message.text, /\/photo/);
    assert.match(message.headers['message-id'] ?? '', /^<.+@.+>$/);
    assert.ok(message.headers.date && message.headers.from);
});

test('a stop that has ended leaves the round when its time is up', async (t) => {
    const own = await setStage(t, {delivery: {ended_stop_hours: 2}});
    const {delivery} = await sendOut(own, 'ended@example.org');
    await reportDelivered(own.driver, delivery.id);
    const ago = (minutes) => sql(own.server, `update delivery set delivered_received_at = ${Date.now() - minutes * 60_000}`);
    await ago(119);
    assert.ok(await stopOf(own.driver, delivery.id));
    await ago(121);
    assert.equal(await stopOf(own.driver, delivery.id), undefined);
    // What happens to it later does not bring it back, with a name and an address.
    await own.shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    assert.equal(await stopOf(own.driver, delivery.id), undefined);
});

test('the privacy page tells the days that are set', async (t) => {
    const own = await startServer(t, {server: {key_backup_days: 3}, delivery: {retention_days: 11, look_minutes: 4}});
    const {text} = await anyone(own).get('/privacy', {status: 200});
    for (const said of ['Backups of keys are gone after 3 days', '11 days', '4 minutes']) assert.ok(text.includes(said), said);
});

test('the public paths', async () => {
    const {client} = {client: anyone(server)};
    await client.get('/healthz', {status: 200});
    await client.get('/readyz', {status: 200});
    assert.equal((await client.get('/openapi.json', {status: 200})).json.openapi, '3.1.0');
    assert.equal((await client.get('/', {status: 303})).headers.location, '/orders');
    const page = await client.get('/sign-in', {status: 200});
    const [, style] = /href="(\/style\/[^"]+\.css)"/.exec(page.text);
    const sheet = await client.get(style, {status: 200});
    assert.match(sheet.headers['content-type'], /^text\/css/);
    await client.get(style, {status: 304, headers: {'if-none-match': sheet.headers.etag}});
    await client.get('/style/nothing.css', {status: 404});
});
