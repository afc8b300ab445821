// SPDX-License-Identifier: Apache-2.0
//
// The desk's page of drivers: who may see it, what it shows, and a pairing code whose QR code another library reads back.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {after, test} from 'node:test';
import {prepareZXingModule, readBarcodes} from 'zxing-wasm/reader';
import {Client} from './support/client.js';
import {addDriver, addShipper, nextCode, pairPhone, photograph, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after});
const {server, shipper, driver} = stage;

/** An agent with a role, signed in; of one shipper, or of every one. */
async function agentOf(role, shop) {
    const added = await server.admin('agent-add', `${role}-${unique()}@example.org`, '--role', role, ...(shop ? ['--shipper', shop.id] : []));
    assert.equal(added.role, role);
    return signInAgent(server, {...added, lastStep: 0});
}
const dispatcher = await agentOf('dispatcher', shipper);
const agent = await agentOf('agent', shipper);
const administrator = await agentOf('administrator', shipper);

/** What a QR code says, drawn from the path on a page. */
async function readQr(html) {
    const [, side, path] = /<svg viewBox="0 0 (\d+) \1"[^>]*><path d="([^"]+)">/.exec(html);
    const [size, scale] = [Number(side), 4];
    const data = new Uint8ClampedArray((size * scale) ** 2 * 4).fill(255);
    for (const [x, y, width] of Array.from(path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g), (found) => found.slice(1).map(Number)))
        for (let row = y * scale; row < (y + 1) * scale; row++)
            for (let column = x * scale; column < (x + width) * scale; column++) data.fill(0, (row * size * scale + column) * 4, (row * size * scale + column) * 4 + 3);
    prepareZXingModule({overrides: {wasmBinary: await readFile(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))}});
    const [found] = await readBarcodes({data, width: size * scale, height: size * scale, colorSpace: 'srgb'}, {formats: ['QRCode']});
    return found.text;
}

test('dispatch and support each see their own pages, an administrator both', async () => {
    for (const client of [dispatcher, administrator]) await client.get('/desk/drivers', {status: 200});
    for (const client of [agent, administrator]) {
        await client.get('/desk', {status: 200});
        await client.get('/v1/cases', {status: 200});
    }
    await agent.get('/desk/drivers', {status: 403});
    await agent.request('POST', `/desk/drivers/${driver.id}/pairing-code`, {status: 403});
    await agent.request('POST', `/desk/drivers/${driver.id}/revoke`, {status: 403});
    await agent.request('POST', `/desk/drivers/${driver.id}/devices/${driver.deviceId}/revoke`, {status: 403});
    await dispatcher.get('/desk', {status: 403});
    await driver.client.get('/v1/driver/stops', {status: 200});
});

test('a dispatcher comes near no case and no photo', async () => {
    const robin = await signIn(server);
    const {delivery} = await photograph(stage, robin.email);
    const {json: opened} = await agent.post('/v1/cases', {delivery_id: delivery.id, reason: 'The recipient called.'}, {status: 201});
    const {json: look} = await agent.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'Which door is it?'}, {status: 201});
    await dispatcher.refused('role-needed', 'GET', '/v1/cases');
    await dispatcher.refused('role-needed', 'GET', `/v1/cases/${opened.id}`);
    await dispatcher.refused('role-needed', 'GET', look.photo_url);
    await dispatcher.refused('role-needed', 'POST', '/v1/cases', {json: {delivery_id: delivery.id, reason: 'Curious.'}});
    await dispatcher.refused('role-needed', 'POST', `/v1/cases/${opened.id}/looks`, {json: {reason: 'verify_delivery', note: 'Which door is it?'}});
    await dispatcher.refused('role-needed', 'POST', `/v1/cases/${opened.id}/messages`, {json: {text: 'Hello'}});
    await dispatcher.refused('role-needed', 'POST', `/v1/cases/${opened.id}/resolve`, {json: {}});
    for (const path of ['/desk/cases', `/desk/cases/${opened.id}/looks`, `/desk/cases/${opened.id}/messages`, `/desk/cases/${opened.id}/resolve`])
        await dispatcher.form(path, {delivery_id: delivery.id, reason: 'verify_delivery'}, {status: 403});
    await dispatcher.get(`/desk/cases/${opened.id}`, {status: 403});
});

test('nobody else sees the page, and another site cannot use it', async () => {
    const robin = await signIn(server);
    const nobody = new Client(server);
    for (const client of [nobody, robin.client, driver.client, shipper.client]) {
        const {headers} = await client.get('/desk/drivers', {status: 303});
        assert.equal(headers.location, '/desk/sign-in');
    }
    const path = `/desk/drivers/${driver.id}/devices/${driver.deviceId}/revoke`;
    await dispatcher.with({origin: 'https://elsewhere.example'}).request('POST', path, {status: 403});
    await dispatcher.with({origin: null}).request('POST', path, {status: 403});
    await driver.client.get('/v1/driver/stops', {status: 200});
});

test('signing in leads each role to its own page', async () => {
    for (const [role, place] of [['dispatcher', '/desk/drivers'], ['agent', '/desk'], ['administrator', '/desk']]) {
        const added = await server.admin('agent-add', `in-${unique()}@example.org`, '--role', role);
        const client = new Client(server);
        const {headers} = await client.form('/desk/sign-in', {email: added.email, password: added.password, code: await nextCode({...added, lastStep: 0})}, {status: 303});
        assert.equal(headers.location, place);
    }
});

test('a pairing code is shown with a QR code that leads into the app; it pairs once', async () => {
    const rosa = await addDriver(server, shipper, `Rosa <${unique()}>`);
    const {text, headers} = await dispatcher.request('POST', `/desk/drivers/${rosa.id}/pairing-code`, {status: 200});
    assert.match(headers['cache-control'], /no-store/);
    const url = await readQr(text);
    const [, code] = /#pair=(\d{10})$/.exec(url);
    assert.equal(url, `${server.origin}/drive/#pair=${code}`);
    assert.ok(text.includes(`${code.slice(0, 5)} ${code.slice(5)}`));
    assert.ok(text.includes('Rosa &lt;'));
    const phone = await pairPhone(server, code);
    await phone.client.get('/v1/driver/stops', {status: 200});
    await rosa.client.get('/v1/driver/stops', {status: 200});
    await new Client(server).refused('bad-code', 'POST', '/v1/driver/pair', {json: {code}});
    assert.ok(!server.log.includes(code));
    assert.ok(!(await dispatcher.get('/desk/drivers')).text.includes(code), 'shown once');
});

test('a dispatcher adds a driver and pairs the phone at once; a name is needed', async () => {
    const name = `Kim <${unique()}>`;
    assert.match((await dispatcher.get('/desk/drivers', {status: 200})).text, new RegExp(`action="/desk/drivers\\?shipper=${shipper.id}"`));
    const {text} = await dispatcher.form(`/desk/drivers?shipper=${shipper.id}`, {name}, {status: 200});
    const url = await readQr(text);
    assert.ok(text.includes('Kim &lt;'));
    const phone = await pairPhone(server, /#pair=(\d{10})$/.exec(url)[1]);
    await phone.client.get('/v1/driver/stops', {status: 200});
    const [added] = (await shipper.client.get('/v1/drivers', {status: 200})).json.items;
    assert.deepEqual([added.name, added.devices], [name, 1]);

    for (const wrong of ['', ' ', 'x'.repeat(2000)]) {
        const again = await dispatcher.form('/desk/drivers', {name: wrong}, {status: 422});
        assert.match(again.text, /<details open>/);
        assert.match(again.text, /id="name-error"/);
    }
    assert.equal((await shipper.client.get('/v1/drivers', {status: 200})).json.items[0].id, added.id);

    const other = await addShipper(server);
    await dispatcher.form(`/desk/drivers?shipper=${other.id}`, {name: 'Astray'}, {status: 200}); // a dispatcher has one shipper, whatever the address says
    assert.deepEqual((await other.client.get('/v1/drivers', {status: 200})).json.items, []);
    const all = await agentOf('administrator');
    await all.form(`/desk/drivers?shipper=${other.id}`, {name: 'Theirs'}, {status: 200});
    assert.equal((await other.client.get('/v1/drivers', {status: 200})).json.items[0].name, 'Theirs');
    for (const path of ['', '?shipper=', `?shipper=shp_${'0'.repeat(26)}`]) await all.form(`/desk/drivers${path}`, {name: 'Nobody’s'}, {status: 404});
    await (await agentOf('agent', shipper)).form('/desk/drivers', {name: 'Nobody’s'}, {status: 403});
});

test('a phone and a driver are shut out at once, and a new code lets the driver in again', async () => {
    const rosa = await addDriver(server, shipper);
    const {json: again} = await shipper.client.post(`/v1/drivers/${rosa.id}/pairing-code`, undefined, {status: 201});
    const second = await pairPhone(server, again.pairing_code);
    const page = async () => (await dispatcher.get('/desk/drivers', {status: 200})).text;
    const revokeDevice = `/desk/drivers/${rosa.id}/devices/${rosa.deviceId}/revoke`;
    assert.ok((await page()).includes(`action="${revokeDevice}"`));
    assert.equal((await dispatcher.request('POST', revokeDevice, {status: 303})).headers.location, '/desk/drivers?done=device_revoked');
    await rosa.client.refused('device-revoked', 'GET', '/v1/driver/stops');
    await second.client.get('/v1/driver/stops', {status: 200});
    assert.ok(!(await page()).includes(`action="${revokeDevice}"`));
    await dispatcher.request('POST', `/desk/drivers/${rosa.id}/revoke`, {status: 303});
    await second.client.refused('device-revoked', 'GET', '/v1/driver/stops');
    const {text} = await dispatcher.request('POST', `/desk/drivers/${rosa.id}/pairing-code`, {status: 200});
    const third = await pairPhone(server, /#pair=(\d{10})/.exec(text)[1]);
    await third.client.get('/v1/driver/stops', {status: 200});
    await second.client.refused('device-revoked', 'GET', '/v1/driver/stops');
});

test('another shipper\'s drivers are as if they did not exist', async () => {
    const other = await addShipper(server);
    const theirs = await addDriver(server, other, `Secret ${unique()}`);
    assert.ok(!(await dispatcher.get('/desk/drivers')).text.includes(theirs.id));
    assert.ok(!(await dispatcher.get(`/desk/drivers?shipper=${other.id}`)).text.includes(theirs.id));
    for (const path of [`${theirs.id}/pairing-code`, `${theirs.id}/revoke`, `${theirs.id}/devices/${theirs.deviceId}/revoke`, `${driver.id}/devices/${theirs.deviceId}/revoke`, `drv_${'0'.repeat(26)}/revoke`, 'x/revoke'])
        await dispatcher.request('POST', `/desk/drivers/${path}`, {status: 404});
    await theirs.client.get('/v1/driver/stops', {status: 200});
});

test('an administrator of every shipper chooses whose drivers to see', async () => {
    const other = await addShipper(server, `Bakery & Sons ${unique()}`);
    const theirs = await addDriver(server, other);
    const all = await agentOf('administrator');
    const {text: unchosen} = await all.get('/desk/drivers', {status: 200});
    assert.match(unchosen, /Choose a shipper/);
    assert.ok(unchosen.includes('Bakery &amp; Sons') && !unchosen.includes(theirs.id));
    const {text: chosen} = await all.get(`/desk/drivers?shipper=${other.id}`, {status: 200});
    assert.ok(chosen.includes(theirs.id) && !chosen.includes(driver.id));
    const {headers} = await all.request('POST', `/desk/drivers/${theirs.id}/devices/${theirs.deviceId}/revoke`, {status: 303});
    assert.equal(headers.location, `/desk/drivers?shipper=${other.id}&done=device_revoked`);
    assert.match((await all.get(headers.location, {status: 200})).text, /The phone is revoked/);
    for (const wrong of ['shp_x', '', `shp_${'0'.repeat(26)}`]) assert.match((await all.get(`/desk/drivers?shipper=${wrong}`, {status: 200})).text, /Choose a shipper/);
});

test('many drivers come page by page', async () => {
    const shop = await addShipper(server);
    const planner = await agentOf('dispatcher', shop);
    const made = [];
    for (let i = 0; i < 7; i++) made.push((await shop.client.post('/v1/drivers', {name: `Driver ${i}`}, {status: 201})).json.id);
    const first = (await planner.get('/desk/drivers?limit=5', {status: 200})).text;
    assert.equal(first.match(/id="drv_/g).length, 5);
    const after = /after=(drv_\w+)"/.exec(first)[1];
    const second = (await planner.get(`/desk/drivers?limit=5&after=${after}`, {status: 200})).text;
    assert.deepEqual([...second.matchAll(/id="(drv_\w+)"/g)].map(([, id]) => id), made.slice(0, 2).reverse());
    await planner.get('/desk/drivers?limit=0', {status: 422});
});
