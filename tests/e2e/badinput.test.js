// SPDX-License-Identifier: Apache-2.0
//
// What is not right is refused clearly, costs nothing but itself, and leaves nothing half done.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {mkdir, writeFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {promisify} from 'node:util';
import {openapi, operations, resolve} from '../contract/contract.js';
import {dump, filesBelow, sql} from './support/insides.js';
import {CODES, messagesTo, newestCode} from './support/mail.js';
import {browser} from './support/browsers.js';
import {draw, smallPicture} from './support/pictures.js';
import {openRaw} from './support/raw.js';
import {startServer, until} from './support/server.js';
import {append, begin, create, metadataFor, standing, uploadAtOnce} from './support/tus.js';
import {addAgent, addDelivery, addDriver, addShipper, anyone, deliveryFor, nextCode, nextSeed, photograph, photoState, sendOut, setStage, signIn, signInAgent, unique} from './support/world.js';

const run = promisify(execFile);
const stage = await setStage({after}, {mydata: {complaints_per_day: 10000}});
const {server, shipper, driver} = stage;
const robin = await signIn(server);
const agent = await addAgent(server, shipper, undefined, 'administrator'); // who may see all that the desk has
const desk = await signInAgent(server, agent);
const done = await photograph(stage, robin.email);
const {json: opened} = await robin.client.post(`/v1/me/orders/${done.delivery.id}/problem`, {kind: 'other', text: 'Something.'}, {status: 201});
const out = await sendOut(stage, robin.email);
const {json: hook} = await shipper.client.post('/v1/webhooks', {url: 'https://shop.example/hooks'}, {status: 201});

const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_location', note: 'Is it the right door?'}, {status: 201});

await anyone(server).post('/v1/complaints', {kind: 'other', text: 'Something.'}, {status: 201});
const {json: {items: [complaint]}} = await desk.get('/v1/complaints', {status: 200});

const CLIENTS = {shipperKey: shipper.client, deviceToken: driver.client, recipientSession: robin.client, agentSession: desk};
const head = await signInAgent(server, {...await server.admin('agent-add', `head-${unique()}@example.org`, '--role', 'administrator'), lastStep: 0}); // of every shipper
const KEEPERS = ['listAgents', 'inviteAgent', 'changeAgent', 'resetAgent', 'disableAgent', 'showAgents', 'submitAgent', 'submitAgentRole', 'submitAgentReset', 'submitAgentDisabling'];
const clientOf = (operation) => (KEEPERS.includes(operation.operationId) ? head : null) ?? CLIENTS[Object.keys(operation.security?.[0] ?? {})[0]] ?? anyone(server);
/** A path of the document with ids of things that are there. */
function pathOf(template) {
    const id = template.includes('/webhooks/') ? hook.id : template.includes('/drivers/') ? driver.id : template.includes('complaints/') ? complaint.id : template.includes('cases/') ? opened.id : template.startsWith('/v1/deliveries/') ? out.delivery.id : done.delivery.id;
    return template.replace('{delivery_id}', out.delivery.id).replace('{case}', opened.id).replace('{look_id}', template.endsWith('/question') ? look.id : `lok_${'0'.repeat(26)}`).replace('{id}', id);
}
const withJson = operations().filter(({operation}) => resolve(operation.requestBody)?.content?.['application/json']);
const withoutBody = operations().filter(({method, operation, template}) => ['POST', 'PUT', 'PATCH'].includes(method) && !operation.requestBody && template.startsWith('/v1/'));

// ---- bodies ----

/** A value that fits a schema, made of its own words. */
function sample(schema, name = '') {
    const s = resolve(schema);
    if (s.const !== undefined) return s.const;
    if (s.enum) return s.enum.find((value) => value !== null);
    if (s.oneOf) return sample(s.oneOf[0], name);
    const type = [s.type].flat().find((t) => t !== 'null');
    if (type === 'object') return Object.fromEntries((s.required ?? Object.keys(s.properties ?? {})).map((key) => [key, sample(s.properties[key], key)]));
    if (type === 'array') return [sample(s.items)];
    if (type === 'integer' || type === 'number') return s.minimum ?? 1;
    if (type === 'boolean') return true;
    if (name === 'email') return 'someone@example.org';
    if (name === 'time_zone') return 'Europe/Berlin';
    if (name === 'delivery_id') return done.delivery.id;
    if (s.pattern?.startsWith('^[A-Za-z0-9_-]')) return 'AAAA';
    if (s.pattern?.startsWith('^[0-9]{4}-')) return new Date().toISOString();
    if (s.pattern?.startsWith('^([01][0-9]')) return '22:30';
    if (s.pattern?.startsWith('^drv_')) return driver.id;
    if (s.pattern?.startsWith('^dlv_')) return out.delivery.id;
    return 'x'.repeat(Math.max(1, s.minLength ?? 1));
}

/** A body for an operation that would be taken. */
function goodBody({operation}) {
    if (operation.operationId === 'createDelivery') return deliveryFor('good@example.org');
    if (operation.operationId === 'changeDelivery') return {instructions: 'x'};
    if (operation.operationId === 'startLook') return {reason: 'verify_location', note: 'Which door is it?'};
    if (operation.operationId === 'breakGlass') return {delivery_id: done.delivery.id, reason: 'other', text: 'Nobody else is here to open a case.'};
    if (operation.operationId === 'createWebhook') return {url: 'https://shop.example/good'};
    if (operation.operationId === 'changeWebhook') return {events: ['photo.posted']};
    if (operation.operationId === 'resendEvent') return {event_id: `evt_${'0'.repeat(26)}`};
    if (operation.operationId === 'replayEvents') return {from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z'};
    if (operation.operationId === 'addRefusal') return {recipient: {email: 'good@example.org'}};
    if (operation.operationId === 'refuseAtAddress') return {order_id: `dlv_${'0'.repeat(26)}`};
    if (operation.operationId === 'deleteMe') return {confirm: 'somebody@example.org', forget_refusal: false}; // not theirs: it is refused
    if (operation.operationId === 'makeComplaint') return {kind: 'other', text: 'Something.'};
    if (operation.operationId === 'addPush') return {...browser(), expirationTime: Date.now() + 1e9};
    const schema = resolve(resolve(operation.requestBody).content['application/json'].schema);
    return sample(schema);
}

/** Ways to make a body wrong, from its schema: [what, body, field]. */
function* wrongBodies(schema, body, prefix = '') {
    const s = resolve(schema);
    yield ['an unknown member', {...body, colour_of_door: 'red'}, `${prefix}colour_of_door`];
    for (const [name, inner] of Object.entries(s.properties ?? {})) {
        const described = resolve(inner);
        const choices = described.oneOf ? described.oneOf.map(resolve) : [described];
        const types = choices.flatMap((choice) => (choice.enum ? ['string'] : [choice.type].flat()));
        if (types.every((type) => type === undefined)) continue; // described as not looked at
        const field = `${prefix}${name}`;
        if (s.required?.includes(name)) yield [`no ${field}`, Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)), field];
        yield [`${field} of another type`, {...body, [name]: types.includes('object') || types.includes('array') ? 'text' : {an: 'object'}}, field];
        if (!types.includes('integer') && !types.includes('number')) yield [`${field} as a number`, {...body, [name]: 12345}, field];
        const [text] = choices.filter(({type, enum: words}) => !words && [type].flat().includes('string'));
        if (text?.maxLength) yield [`${field} too long`, {...body, [name]: 'é'.repeat(text.maxLength + 1)}, field];
        if (text?.minLength) yield [`${field} empty`, {...body, [name]: ''}, field];
        if (text) yield [`${field} with nothing to see`, {...body, [name]: ' \u200b\u00a0 '}, field];
        if (text) yield [`${field} with a control character`, {...body, [name]: 'a\u0007b'}, field];
        if (choices.some((choice) => choice.enum)) yield [`${field} of no known word`, {...body, [name]: 'nonsense'}, field];
        const [number] = choices.filter(({type}) => [type].flat().some((t) => t === 'integer' || t === 'number'));
        if (number) for (const value of [number.minimum - 1, number.maximum + 1]) yield [`${field} out of range`, {...body, [name]: value}, field];
        const [object] = choices.filter(({type}) => [type].flat().includes('object'));
        if (object && body[name]) for (const [what, value, where] of wrongBodies(object, body[name], `${field}.`)) yield [what, {...body, [name]: value}, where];
    }
}

test('each wrong member of each JSON body is named, and nothing is done', async (t) => {
    for (const found of withJson) {
        await t.test(found.operation.operationId, async () => {
            const client = clientOf(found.operation);
            const path = pathOf(found.template);
            const schema = resolve(found.operation.requestBody).content['application/json'].schema;
            for (const [what, body, field] of wrongBodies(schema, goodBody(found))) {
                const answer = await client.request(found.method, path, {json: body});
                assert.equal(answer.status, 422, `${what}: ${answer.status} ${answer.text}`);
                assert.equal(answer.json.type, '/problems/invalid-field', what);
                assert.ok(answer.json.field === field || answer.json.field.startsWith(`${field}.`) || field.startsWith(answer.json.field), `${what}: the field is ${answer.json.field}, not ${field}`);
            }
        });
    }
});

test('bodies that are no JSON object, of another type, or too large', async (t) => {
    for (const found of withJson) {
        await t.test(found.operation.operationId, async () => {
            const client = clientOf(found.operation);
            const path = pathOf(found.template);
            const good = JSON.stringify(goodBody(found));
            const send = (body, headers = {}) => client.request(found.method, path, {body, headers: {'content-type': 'application/json', ...headers}});
            const broken = ['{', '[]', '"text"', 'null', '1', good + 'x', good + good, `{"a":1,"a":2}`, good.slice(0, -1) + ',}', '{"a":"\\ud800"}', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
                '{"a":1e999}', '['.repeat(5000), `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`, '\ufeff' + good, '{"a\\u0000b":1}'];
            if (resolve(found.operation.requestBody).required) broken.push('', '   ');
            for (const body of broken) {
                const answer = await send(body);
                assert.ok([400, 422].includes(answer.status), `${String(body).slice(0, 40)}: ${answer.status}`);
            }
            assert.equal((await send(good, {'content-type': 'text/plain'})).status, 415);
            assert.equal((await send(good, {'content-type': null})).status, 415);
            assert.equal((await send(good, {'content-encoding': 'gzip'})).json.field, 'Content-Encoding');
            assert.equal((await send(`{"a":"${'x'.repeat(70_000)}"}`)).status, 413);
        });
    }
});

test('a body where none is taken', async () => {
    for (const {method, template, operation} of withoutBody) {
        if (template.includes('uploads') || /sign-out/.test(template)) continue;
        const answer = await clientOf(operation).request(method, pathOf(template), {json: {a: 1}});
        assert.ok([400, 422].includes(answer.status), `${template}: ${answer.status}`);
    }
});

test('fields that need each other', async () => {
    /** @type {[any, RegExp][]} */
    const cases = [
        [{recipient: {name: 'Nobody'}}, /recipient/], [{recipient: {name: 'N', email: null, phone: null}}, /recipient/], [{recipient: {name: 'N', email: 'no at sign'}}, /recipient\.email/],
        [{recipient: {name: 'N', phone: '0301234'}}, /recipient\.phone/], [{address: {lines: ['x'], lat: 1}}, /address\.lon/], [{address: {lines: []}}, /address\.lines/],
        [{address: {lines: ['x', 5]}}, /address\.lines/], [{address: {lines: ['1', '2', '3', '4', '5', '6', '7']}}, /address\.lines/], [{time_zone: 'Europe/Nowhere'}, /time_zone/],
        [{time_zone: '../../etc/passwd'}, /time_zone/], [{window: {from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z'}}, /window\.to/], [{window: {from: '2026-13-01T00:00:00Z'}}, /window\.from/],
        [{driver_id: `drv_${'0'.repeat(26)}`}, /driver_id/], [{reference: ' edge'}, /reference/], [{recipient: {name: 'two\nlines', email: 'a@b.c'}}, /recipient\.name/],
        [{recipient: {name: 'Kim\u202eeoD', email: 'a@b.c'}}, /recipient\.name/], [{reference: 'edge\u00a0'}, /reference/], [{address: {lines: ['x', '\u200b']}}, /address\.lines/],
    ];
    for (const [more, field] of cases) {
        const answer = await shipper.client.refused('invalid-field', 'POST', '/v1/deliveries', {json: deliveryFor('x@example.org', more)});
        assert.match(answer.json.field, field, JSON.stringify(more));
    }
    const twice = deliveryFor('x@example.org', {reference: 'x'.repeat(2000), instructions: 'x'.repeat(20_000), recipient: {name: 'x'.repeat(2000), email: 'x@example.org'}}); // the first is named, and nothing falls over the others
    await Promise.all(Array.from({length: 20}, () => shipper.client.refused('invalid-field', 'POST', '/v1/deliveries', {json: twice})));
    const strange = await addShipper(server);
    await strange.client.refused('invalid-field', 'POST', '/v1/deliveries', {json: deliveryFor('x@example.org', {driver_id: driver.id})}); // another shop's driver
});

test('the longest texts that the settings allow are taken whole; one character more is named', async (t) => {
    const most = {name: 1000, reference: 255, address_line: 1000, instructions: 10_000};
    const own = await setStage(t, {text: most, api: {json_body_limit: '128KB'}, server: {request_memory: '64KB'}});
    const long = (length) => '\u{1F4E6}'.repeat(length);
    const body = () => deliveryFor('long@example.org', {
        reference: unique().padEnd(most.reference, 'x'), recipient: {name: long(most.name), email: 'long@example.org'},
        address: {lines: Array(6).fill(long(most.address_line))}, instructions: long(most.instructions), driver_id: own.driver.id,
    });
    // Past the client that holds all against openapi.yaml, which tells the lengths that count by default.
    const asked = async (token, path, json) => {
        const answer = await fetch(`${own.server.url}${path}`, {
            method: json ? 'POST' : 'GET', headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'}, body: json && JSON.stringify(json),
        });
        return {status: answer.status, json: await answer.json()};
    };
    const made = await asked(own.shipper.api_key, '/v1/deliveries', body());
    assert.equal(made.status, 201);
    const got = await asked(own.shipper.api_key, `/v1/deliveries/${made.json.id}`);
    assert.deepEqual(got.json.address.lines, body().address.lines);
    for (const {status} of await Promise.all(Array.from({length: 60}, () => asked(own.shipper.api_key, '/v1/deliveries', body())))) assert.equal(status, 201);
    const list = await asked(own.shipper.api_key, '/v1/deliveries?limit=200');
    assert.deepEqual([list.status, list.json.items?.length], [200, 61]);
    const stops = await asked(own.driver.client.token, '/v1/driver/stops');
    assert.deepEqual([stops.status, stops.json.items?.length], [200, 61]);
    const round = async () => (await fetch(`${own.server.url}/v1/driver/round/start`, {
        method: 'POST', headers: {authorization: `Bearer ${own.driver.client.token}`, 'idempotency-key': 'the longest round'},
    })).text();
    const [first, again] = [await round(), await round()]; // kept, and given again, whole
    assert.equal(JSON.parse(first).items?.length, 61, first.slice(0, 300));
    assert.ok(again === first);
    for (const [field, wrong] of /** @type {[string, object][]} */ ([
        ['address.lines', {address: {lines: [long(most.address_line + 1)]}}], ['address.lines', {address: {lines: Array(7).fill('x')}}],
        ['recipient.name', {recipient: {name: long(most.name + 1), email: 'long@example.org'}}],
        ['instructions', {instructions: long(most.instructions + 1)}], ['reference', {reference: 'x'.repeat(most.reference + 1)}],
    ])) {
        const refused = await asked(own.shipper.api_key, '/v1/deliveries', {...body(), ...wrong});
        assert.deepEqual([refused.status, refused.json.field], [422, field]);
    }
});

test('a reference is taken once, by each shop', async () => {
    const {reference} = await addDelivery(shipper, 'once@example.org');
    const answer = await shipper.client.refused('reference-taken', 'POST', '/v1/deliveries', {json: deliveryFor('once@example.org', {reference})});
    assert.equal(answer.status, 409);
    await addDelivery(await addShipper(server), 'once@example.org', {reference});
});

test('addresses that are no webhook\'s, and kinds of event that there are not', async () => {
    const urls = ['shop.example', 'http://shop.example/', 'ftp://shop.example/', 'https://', 'https://robin:secret@shop.example/', 'https://localhost/', 'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/',
        'https://0x7f000001/', 'https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://169.254.169.254/latest/meta-data', 'https://10.1.2.3/', 'https://192.168.0.1/', 'https://printer.local/', 'https://intranet/',
        'https://shop.example:0/', 'https://shop.example:70000/', 'https://shop.example/#part', 'https://shop.example\\\\@evil.example/', 'https://shop.example/a b', 'https://shop%2eexample/', 'javascript:alert(1)', `https://shop.example/${'a'.repeat(1000)}`];
    for (const url of urls)
        for (const [method, path] of [['POST', '/v1/webhooks'], ['PATCH', `/v1/webhooks/${hook.id}`]])
            assert.equal((await shipper.client.refused('invalid-field', method, path, {json: {url}})).json.field, 'url', url);
    for (const events of [[], ['photo.posted', 'photo.stolen'], ['photo'], ['webhook.ping'], [''], [1], Array(openapi.components.schemas.EventType.enum.length + 1).fill('photo.posted'), 'photo.posted'])
        assert.match((await shipper.client.refused('invalid-field', 'POST', '/v1/webhooks', {json: {url: 'https://shop.example', events}})).json.field, /^events/, JSON.stringify(events));
    assert.equal((await shipper.client.get(`/v1/webhooks/${hook.id}`, {status: 200})).json.url, hook.url);
    for (const more of [{to: '2026-01-01T00:00:00Z'}, {to: '2025-01-01T00:00:00Z'}, {after: 'evt_x'}]) {
        const json = {from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', ...more};
        assert.equal((await shipper.client.refused('invalid-field', 'POST', `/v1/webhooks/${hook.id}/replay`, {json})).json.field, Object.keys(more)[0]);
    }
});

// ---- ids, paths, methods, queries ----

test('an id that is unknown, ill-formed or somebody else\'s is answered the same', async () => {
    const strange = await addShipper(server);
    const foreign = await addDelivery(strange, 'foreign@example.org');
    const {json: theirHook} = await strange.client.post('/v1/webhooks', {url: 'https://theirs.example'}, {status: 201});
    const {json: theirDriver} = await strange.client.post('/v1/drivers', {name: 'Theirs'}, {status: 201});
    const unknown = '0'.repeat(26);
    const kinds = {
        '/v1/drivers/{id}': [`drv_${unknown}`, theirDriver.id, 'drv_x', 'x'.repeat(100)],
        '/v1/webhooks/{id}': [`whk_${unknown}`, theirHook.id, 'whk_x', 'x'.repeat(100)],
        default: [`dlv_${unknown}`, foreign.id, 'dlv_x', 'x'.repeat(100), `cas_${unknown}`],
        cases: [`cas_${unknown}`, 'cas_x', `dlv_${unknown}`],
    };
    for (const found of operations().filter(({template}) => /^\/v1\/.*\{/.test(template) && !/uploads|^\/v1\/sms/.test(template))) {
        const {method, template, operation} = found;
        const ids = template.includes('/webhooks/') ? kinds['/v1/webhooks/{id}'] : template.includes('/drivers/') ? kinds['/v1/drivers/{id}'] : template.includes('cases/') ? kinds.cases : kinds.default;
        const bodies = new Set();
        for (const id of ids) {
            const path = template.replace(/\{(id|delivery_id)\}/, id).replace('{look_id}', `lok_${unknown}`);
            const json = resolve(operation.requestBody)?.content?.['application/json'] ? goodBody(found) : undefined;
            const answer = await clientOf(operation).request(method, path, {json, judge: !/%/.test(id)});
            assert.equal(answer.status, 404, `${method} ${path}: ${answer.status} ${answer.text}`);
            bodies.add(JSON.stringify({...answer.json, instance: ''}));
        }
        assert.equal(bodies.size, 1, `${method} ${template}: ${[...bodies]}`);
    }
});

test('unknown paths, other methods, and what they allow', async () => {
    await anyone(server).refused('not-found', 'GET', '/v2/deliveries');
    await anyone(server).refused('not-found', 'GET', '/v1/deliveries/');
    for (const template of Object.keys(openapi.paths)) {
        const path = pathOf(template).replace(/\{\w+\}/g, 'x');
        const allowed = (await anyone(server).request('OPTIONS', path, {status: 204})).headers.allow?.split(/, */);
        assert.ok(allowed, `${template}: no Allow`);
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
            if (allowed.includes(method)) continue;
            const answer = await anyone(server).request(method, path);
            assert.ok([405, 404].includes(answer.status), `${method} ${template}: ${answer.status}`);
        }
    }
    const raw = await openRaw(server);
    await raw.head('BREW', '/v1/deliveries');
    const answer = await raw.answer();
    assert.ok([400, 405, 501].includes(answer.status), String(answer.status));
    raw.close();
});

test('queries out of range', async () => {
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=-1', 'limit=1e2', 'state=lost'])
        assert.equal((await shipper.client.refused('invalid-field', 'GET', `/v1/deliveries?${query}`)).json.field, query.split('=')[0]);
    await desk.refused('invalid-field', 'GET', '/v1/cases?show=some');
    await shipper.client.refused('bad-request', 'GET', '/v1/deliveries?reference=%zz');
    await shipper.client.get('/v1/deliveries?unknown=1', {status: 200});
});

test('a cursor is the `next` of a page of the same list, or is refused', async () => {
    const lists = operations().filter(({method, operation}) => method === 'GET' && ['after', 'limit'].every((name) => operation.parameters?.some((parameter) => resolve(parameter).name === name)));
    assert.ok(lists.length >= 6);
    const other = `pho_${'0'.repeat(26)}`;
    for (const found of lists) {
        const path = pathOf(found.template);
        for (const after of ['', 'zzz', 'dlv_', other, `o${other}`, `${done.delivery.id}x`, `x${opened.id}`, `rr${opened.id}`]) {
            const answer = await clientOf(found.operation).request('GET', `${path}?after=${after}`, {headers: {accept: 'application/json'}});
            assert.equal(answer.status, 422, `${path}?after=${after}`);
            assert.equal(answer.json.field, 'after');
        }
    }
    for (const after of ['r', `o${opened.id}`, `r${opened.id}`]) await desk.get(`/v1/cases?show=all&after=${after}`, {status: 200});
    await shipper.client.get(`/v1/deliveries?after=dlv_${'0'.repeat(26)}`, {status: 200});
    await shipper.client.refused('bad-request', 'GET', '/v1/deliveries?after=%00');
    for (const [client, path] of /** @type {[any, string][]} */ ([[robin.client, '/orders?after=zzz'], [desk, '/desk?after=zzz']])) await client.get(path, {status: 422, headers: {accept: 'text/html'}});
});

// ---- HTTP itself ----

test('requests that are hardly HTTP: too long, smuggled, cut', async () => {
    /** @type {[string, (number|null)[]][]} */
    const cases = [
        [`GET /${'a'.repeat(4000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]], [`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, [431, 413]],
        ['POST /v1/auth/start HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', [400]],
        ['POST /v1/auth/start HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}', [400]],
        ['POST /v1/auth/start HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', [400]], ['nonsense\r\n\r\n', [400, null]], ['GET / HTTP/1.1\r\n\r\n', [400]], ['GET / HTTP/3.0\r\nHost: x\r\n\r\n', [400, 505, null]],
    ];
    for (const [text, statuses] of cases) {
        const raw = await openRaw(server);
        await raw.write(text);
        const answer = await raw.answer({ms: 8000}).catch(() => null);
        assert.ok(statuses.includes(answer?.status ?? null), `${text.slice(0, 60)}: ${answer?.status}`);
        raw.close();
    }
    await anyone(server).get('/healthz', {status: 200});
});

test('slow clients are shut out, the quick are served meanwhile, and what came of an upload is kept', async (t) => {
    const own = await setStage(t, {server: {header_timeout_ms: 500, idle_timeout_ms: 600}});
    const {stop} = await sendOut(own, 'slow@example.org');
    const picture = await draw({seed: nextSeed(), size: '640x480'});
    const path = await begin(own.driver.client.with({connection: 'close'}), stop, picture);
    const halfHead = await openRaw(own.server);
    await halfHead.write('GET /healthz HTTP/1.1\r\nHo');
    const halfBody = await openRaw(own.server);
    await halfBody.head('POST', '/v1/auth/start', {'Content-Type': 'application/json', 'Content-Length': '100'});
    await halfBody.write('{"email"');
    const halfPhoto = await openRaw(own.server);
    await halfPhoto.head('PATCH', path, {Authorization: `Bearer ${own.driver.client.token}`, 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream', 'Content-Length': String(picture.length)});
    await halfPhoto.write(picture.subarray(0, 8192));
    await anyone(own.server).get('/healthz', {status: 200, headers: {connection: 'close'}});
    for (const raw of [halfHead, halfBody, halfPhoto]) await raw.end();
    const offset = Number((await standing(own.driver.client.with({connection: 'close'}), path, {status: 200})).headers['upload-offset']);
    assert.ok(offset >= 4096 && offset <= 8192, `kept ${offset}`);
    await append(own.driver.client.with({connection: 'close'}), path, offset, picture.subarray(offset), {status: 204});
});

// ---- credentials and origins ----

test('no credential, a wrong one, or one of another kind', async () => {
    const wrong = {
        none: anyone(server), 'a made-up key': anyone(server).with({authorization: `Bearer plk_${'A'.repeat(43)}`}), 'Basic': anyone(server).with({authorization: 'Basic YTpi'}), 'an empty bearer': anyone(server).with({authorization: 'Bearer '}),
        'a cookie of nobody': anyone(server).with({cookie: `__Host-porchlight=${'A'.repeat(43)}; __Host-porchlight-desk=${'A'.repeat(43)}`}),
    };
    for (const {method, template, operation} of operations().filter(({operation: {security}, template}) => security?.length && template.startsWith('/v1/'))) {
        const kind = Object.keys(operation.security[0])[0];
        const others = Object.entries(CLIENTS).filter(([name]) => name !== kind);
        for (const [name, client] of [...Object.entries(wrong), ...others]) {
            const answer = await client.request(method, pathOf(template), {headers: template.includes('uploads') ? {'tus-resumable': '1.0.0'} : {}});
            assert.equal(answer.status, 401, `${method} ${template} with ${name}: ${answer.status}`);
        }
    }
});

test('an unsafe request with a session needs an Origin of our own', async () => {
    for (const origin of ['http://evil.example', 'null', null, server.origin.replace('localhost', 'localhost.evil.example'), `${server.origin}1`, server.url]) {
        const headers = {origin};
        await robin.client.refused('bad-origin', 'PUT', '/v1/me/preferences', {json: {photos: 'allowed'}, headers});
        await robin.client.refused('bad-origin', 'DELETE', `/v1/me/orders/${done.delivery.id}/photo`, {headers});
        await desk.refused('bad-origin', 'POST', '/v1/cases', {json: {delivery_id: done.delivery.id, reason: 'x'}, headers});
        const form = await anyone(server).form('/sign-in', {email: 'a@example.org'}, {headers});
        assert.equal(form.status, 403);
        assert.equal((await robin.client.form(`/orders/${done.delivery.id}/photo/delete`, {sure: 'yes'}, {headers})).status, 403);
    }
    await robin.client.get(`/v1/me/orders/${done.delivery.id}/photo`, {status: 200});
});

// ---- idempotency ----

test('the same key gives the same answer, once, also to requests side by side', async () => {
    const json = deliveryFor('idem@example.org');
    const key = {'idempotency-key': `"${randomUUID()}"`};
    const answers = await Promise.all(Array.from({length: 8}, () => shipper.client.request('POST', '/v1/deliveries', {json, headers: key})));
    assert.deepEqual(new Set(answers.map(({status}) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({text}) => text)).size, 1);
    assert.equal((await shipper.client.post('/v1/deliveries', json, {headers: key, status: 201})).text, answers[0].text);
    await shipper.client.refused('idempotency-key-reused', 'POST', '/v1/deliveries', {json: {...json, instructions: 'Other.'}, headers: key});
    await shipper.client.refused('idempotency-key-reused', 'POST', '/v1/drivers', {json: {name: 'D'}, headers: key});
    const other = await addShipper(server);
    await other.client.post('/v1/deliveries', json, {headers: key, status: 201}); // the key is each caller's own
    assert.equal((await shipper.client.get(`/v1/deliveries?reference=${json.reference}`, {status: 200})).json.items.length, 1);
});

test('a stored answer holds a secret that is nowhere at rest', async () => {
    const key = {'idempotency-key': randomUUID()};
    const first = await shipper.client.post('/v1/drivers', {name: 'Idem'}, {headers: key, status: 201});
    const again = await shipper.client.post('/v1/drivers', {name: 'Idem'}, {headers: key, status: 201});
    assert.equal(again.json.pairing_code, first.json.pairing_code);
    assert.ok(!(await dump(server)).includes(first.json.pairing_code));
});

test('the longest answer there is can be had under a key, and once more: a full round of long texts', async () => {
    const busy = await addDriver(server, shipper);
    const long = {driver_id: busy.id, instructions: '門'.repeat(500), recipient: {name: '名'.repeat(120), email: 'round@example.org'}};
    for (let i = 0; i < 200; i += 20) await Promise.all(Array.from({length: 20}, () => shipper.client.post('/v1/deliveries', deliveryFor('round@example.org', long), {status: 201})));
    const key = {'idempotency-key': randomUUID()};
    const round = await busy.client.post('/v1/driver/round/start', undefined, {headers: key, status: 200});
    assert.equal(round.json.items.length, 200);
    assert.ok(round.bytes.length > 400_000, `${round.bytes.length} bytes`);
    const again = await busy.client.post('/v1/driver/round/start', undefined, {headers: key, status: 200});
    assert.ok(again.bytes.equals(round.bytes));
});

test('a key used again after its answer was dropped seals the next answer differently', async () => {
    const key = {'idempotency-key': randomUUID()};
    const sealed = async () => {
        await shipper.client.post('/v1/drivers', {name: 'Salt'}, {headers: key, status: 201});
        const [[body]] = await sql(server, 'select body from idempotency order by created_at desc limit 1');
        return body;
    };
    const first = await sealed();
    await sql(server, 'delete from idempotency');
    const second = await sealed();
    // both begin with {"id":"drv_: one key stream would show it
    assert.notEqual(second.slice(0, 20), first.slice(0, 20));
});

test('signing in ignores the key: a code or a step counts once, and no cookie is given away or emptied', async () => {
    const key = {'idempotency-key': randomUUID()};
    const robin = anyone(server);
    const email = `keyed-${unique()}@example.org`;
    await robin.post('/v1/auth/start', {email}, {headers: key, status: 202});
    const code = await newestCode(server, email, 0);
    await robin.post('/v1/auth/verify', {email, code}, {headers: key, status: 200});
    const again = await robin.refused('bad-code', 'POST', '/v1/auth/verify', {json: {email, code}, headers: key});
    assert.equal(again.headers['set-cookie'], undefined);
    await robin.get('/v1/me', {status: 200});

    const agent = await addAgent(server, shipper);
    const desk = anyone(server);
    const json = {email: agent.email, password: agent.password, totp: await nextCode(agent)};
    await desk.post('/v1/desk/sign-in', json, {headers: key, status: 200});
    const refused = await desk.refused('bad-sign-in', 'POST', '/v1/desk/sign-in', {json, headers: key});
    assert.equal(refused.headers['set-cookie'], undefined);
    await desk.get('/v1/cases', {status: 200});
    await desk.post('/v1/desk/sign-out', undefined, {headers: key, status: 204});
    await desk.refused('unauthorized', 'GET', '/v1/cases');
});

test('a refusal is not stored: what was mended goes through with the same key', async () => {
    const key = {'idempotency-key': randomUUID()};
    const {delivery} = await sendOut(stage, 'mend@example.org');
    const wrong = deliveryFor('mend@example.org', {reference: delivery.reference});
    await shipper.client.refused('reference-taken', 'POST', '/v1/deliveries', {json: wrong, headers: key});
    await shipper.client.post('/v1/deliveries', {...wrong, reference: `mended-${unique()}`}, {headers: key, status: 201});
    for (const bad of ['', 'x'.repeat(129)]) {
        const answer = await shipper.client.request('POST', '/v1/drivers', {json: {name: 'K'}, headers: {'idempotency-key': bad}});
        assert.equal(answer.status, 422, `a key of ${bad.length}`);
    }
});

// ---- guessing and flooding ----

test('a sign-in code: five tries, one use, the newer kills the older', async () => {
    const email = `tries-${unique()}@example.org`;
    const client = anyone(server);
    const start = async () => {
        const before = (await messagesTo(server, email, CODES)).length;
        await client.post('/v1/auth/start', {email}, {status: 202});
        return newestCode(server, email, before);
    };
    const wrongOf = (code) => String((Number(code) + 1) % 100_000_000).padStart(8, '0');
    const first = await start();
    const second = await start();
    await client.refused('bad-code', 'POST', '/v1/auth/verify', {json: {email, code: first}});
    for (let i = 0; i < 4; i++) await client.refused('bad-code', 'POST', '/v1/auth/verify', {json: {email, code: wrongOf(second)}});
    await client.refused('bad-code', 'POST', '/v1/auth/verify', {json: {email, code: second}}); // right, but too late
    const third = await start();
    await client.refused('bad-code', 'POST', '/v1/auth/verify', {json: {email: `other-${email}`, code: third}});
    await client.post('/v1/auth/verify', {email, code: `${third.slice(0, 4)} ${third.slice(4)}`}, {status: 200});
    await client.refused('bad-code', 'POST', '/v1/auth/verify', {json: {email, code: third}});
});

test('signing out ends the session; an address and its case are one account', async () => {
    const {client, email} = await signIn(server);
    const stale = client.with({});
    await client.post('/v1/auth/sign-out', undefined, {status: 204});
    await stale.refused('unauthorized', 'GET', '/v1/me');
    const again = await signIn(server, email.replace('robin', 'Robin'));
    assert.equal((await again.client.get('/v1/me', {status: 200})).json.email, email);
});

test('a pairing code is good once, and the newer kills the older', async () => {
    const {json: fresh} = await shipper.client.post('/v1/drivers', {name: 'Pair'}, {status: 201});
    const {json: newer} = await shipper.client.post(`/v1/drivers/${fresh.id}/pairing-code`, undefined, {status: 201});
    const pair = (code) => ({json: {code}});
    await anyone(server).refused('bad-code', 'POST', '/v1/driver/pair', pair(fresh.pairing_code));
    await anyone(server).post('/v1/driver/pair', {code: `${newer.pairing_code.slice(0, 5)}-${newer.pairing_code.slice(5)}`, device_name: 'Phone'}, {status: 201});
    await anyone(server).refused('bad-code', 'POST', '/v1/driver/pair', pair(newer.pairing_code));
    const {json} = await shipper.client.get('/v1/drivers', {status: 200});
    assert.equal(json.items.find(({id}) => id === fresh.id).devices, 1);
});

test('an agent\'s sign-in: one answer to every mistake, a code once, and a pause after too many', async (t) => {
    const own = await startServer(t, {auth: {password_tries_per_hour: 3}});
    const shop = await addShipper(own);
    const helper = await addAgent(own, shop);
    await signInAgent(own, helper);
    const right = {email: helper.email, password: helper.password};
    const {totpCode} = await import('./support/world.js');
    const used = totpCode(helper.totp_secret, helper.lastStep);
    const wrong = [{...right, totp: used}, {...right, password: 'wrong', totp: '000000'}, {...right, email: 'nobody@example.org', totp: '000000'}, {...right, totp: '000000'}];
    const texts = new Set();
    for (const json of wrong) texts.add(JSON.stringify({...(await anyone(own).refused('bad-sign-in', 'POST', '/v1/desk/sign-in', {json})).json, instance: ''}));
    assert.equal(texts.size, 1);
    const locked = totpCode(helper.totp_secret, Math.floor(Date.now() / 30_000) + 1);
    await anyone(own).refused('bad-sign-in', 'POST', '/v1/desk/sign-in', {json: {...right, totp: locked}});
});

test('too many requests: 429 with Retry-After, for each caller alone, and never for uploads', async (t) => {
    const own = await setStage(t, {api: {requests_per_minute: 60, request_burst: 30}, auth: {starts_per_hour: 3, codes_per_hour: 2}});
    const answers = [];
    for (let i = 0; i < 60; i++) answers.push(await own.shipper.client.get('/v1/shipper/settings'));
    const refused = answers.filter(({status}) => status === 429);
    assert.ok(refused.length > 10, `${refused.length} refused`);
    assert.ok(Number(refused[0].headers['retry-after']) >= 1);
    await own.driver.client.get('/v1/driver/stops', {status: 200});
    for (let i = 0; i < 60; i++) assert.notEqual((await create(own.driver.client, {metadata: 'x', length: 5})).status, 429);
    const starts = [];
    for (let i = 0; i < 6; i++) starts.push((await anyone(own.server).post('/v1/auth/start', {email: 'flood@example.org'})).status);
    assert.ok(starts.includes(429), String(starts));
    assert.ok(starts.slice(0, 2).every((status) => status === 202), String(starts));
});

test('too many codes to one mailbox: the same answer, and no more mail', async (t) => {
    const own = await startServer(t, {auth: {codes_per_hour: 2}});
    for (let i = 0; i < 5; i++) await anyone(own).post('/v1/auth/start', {email: 'full@example.org'}, {status: 202});
    await anyone(own).post('/v1/auth/start', {email: 'last@example.org'}, {status: 202});
    await newestCode(own, 'last@example.org');
    assert.equal((await messagesTo(own, 'full@example.org', CODES)).length, 2);
});

test('behind a trusted proxy each client has a rate of its own; from others the header is not believed', async (t) => {
    for (const trusted of ['127.0.0.1', '']) {
        const own = await startServer(t, {server: {trusted_proxies: trusted}, api: {requests_per_minute: 60, request_burst: 5}});
        const statuses = [];
        for (let i = 0; i < 12; i++) statuses.push((await anyone(own).get('/log/key', {headers: {'x-forwarded-for': `198.51.100.${i}`}})).status);
        assert.equal(statuses.includes(429), trusted === '', `trusted "${trusted}": ${statuses}`);
    }
});

// ---- a full disk ----

test('a full disk: 507, nothing half-kept, and all is well when there is room again', async (t) => {
    const folder = join(server.folder, 'small-disk');
    await mkdir(folder);
    try {
        await run('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=700', 'tmpfs', folder]);
    } catch {
        t.skip('mounting is not allowed here');
        return;
    }
    const own = await startServer(null, {intake: {free_space: 0}, server: {}});
    try {
        await own.stop();
        await rm(own.data, {recursive: true});
        own.data = join(folder, 'data');
        await own.start();
        const shop = await addShipper(own);
        const {addDriver} = await import('./support/world.js');
        const place = {server: own, shipper: shop, driver: await addDriver(own, shop)};
        const phone = place.driver.client;
        const before = await photograph(place, 'disk@example.org', {picture: await smallPicture(nextSeed())});
        await photoState(shop, before.delivery.id, 'posted');
        const big = await draw({seed: 61, size: '2016x2016', quality: 100, sampling: '444'});
        const stops = [(await sendOut(place, 'disk@example.org')).stop, (await sendOut(place, 'disk@example.org')).stop];
        const filler = join(folder, 'filler');
        await writeFile(filler, Buffer.alloc(6 << 20));
        const path = await begin(phone, stops[0], big);
        const answer = await append(phone, path, 0, big);
        assert.equal(answer.status, 507, answer.text);
        const head = await standing(phone, path);
        const offset = Number(head.headers['upload-offset'] ?? 0);
        assert.ok([200, 423].includes(head.status) && offset < big.length);
        const {client} = await signIn(own, 'disk@example.org').catch(() => ({client: null}));
        if (client) await client.get(`/v1/me/orders/${before.delivery.id}/photo`, {status: 200});
        await rm(filler);
        const now = Number((await until(async () => {
            const again = await standing(phone, path);
            return again.status === 200 && again;
        })).headers['upload-offset']);
        assert.ok(now >= offset);
        await phone.delete(path, {headers: {'tus-resumable': '1.0.0'}, status: 204});
        const small = await smallPicture(nextSeed());
        await uploadAtOnce(phone, stops[1], small);
        await photoState(shop, stops[1].delivery_id, 'posted');
        await until(async () => (await filesBelow(join(own.data, 'intake'))).length === 0, {what: 'an empty staging folder'});
    } finally {
        await own.kill();
        await run('umount', [folder]);
        await own.remove();
    }
});

test('below the free space that is kept, new uploads are refused with 507', async (t) => {
    const own = await setStage(t);
    const {stop} = await sendOut(own, 'free@example.org');
    const picture = await smallPicture(nextSeed());
    await own.server.stop();
    own.server.settings.intake = {free_space: '1099511627776'};
    own.server.sign = '/healthz';
    await own.server.start();
    await anyone(own.server).get('/readyz', {status: 503});
    const answer = await create(own.driver.client, {metadata: metadataFor(stop, picture), length: picture.length});
    assert.equal(answer.status, 507);
});
