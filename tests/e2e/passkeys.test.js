// SPDX-License-Identifier: Apache-2.0
//
// Passkeys against a running server, with an authenticator in software that can say whatever a forger might: what is taken,
// and that everything else is refused in one way. In a browser: tests/browser/passkeys.test.js.
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {after, test} from 'node:test';
import {Authenticator, FLAGS, base64url, cbor} from './support/authenticator.js';
import {sql} from './support/insides.js';
import {addAgent, addShipper, anyone, signIn, signInAgent, unique} from './support/world.js';
import {startServer} from './support/server.js';

const server = await startServer({after});
const shipper = await addShipper(server);
const {UP, UV, BE, BS} = FLAGS;

const ME = '/v1/me/passkeys', DESK = '/v1/desk/passkeys';

/** A recipient with a passkey. */
async function recipient(kind = {}) {
    const {client, email} = await signIn(server);
    const authenticator = new Authenticator(server.origin, kind);
    const {json: options} = await client.post(`${ME}/options`, undefined, {status: 200});
    const {json: passkey} = await client.post(ME, {name: 'My phone', credential: authenticator.create(options)}, {status: 201});
    return {client, email, authenticator, passkey};
}

/** Somebody at the desk who has accepted an invitation: {agent, client, authenticator}. */
async function staff(role = 'agent', ...more) {
    const agent = await server.admin('agent-add', `agent-${unique()}@example.org`, '--role', role, ...more);
    return {agent, ...await accept(agent.invitation_url)};
}

/** Password and code are right, and not taken; so the code stays unused. */
async function refusedPassword(agent) {
    const before = agent.lastStep;
    await assert.rejects(signInAgent(server, agent), /bad-sign-in/);
    agent.lastStep = before;
}

const secretOf = (url) => new URL(url).hash.slice(1);

async function accept(url) {
    const client = anyone(server);
    const authenticator = new Authenticator(server.origin);
    const invitation = secretOf(url);
    const {json: options} = await client.post('/v1/desk/invitation/options', {invitation}, {status: 200});
    await client.post('/v1/desk/invitation', {invitation, credential: authenticator.create(options)}, {status: 200});
    assert.ok(client.cookies['__Host-porchlight-desk'], 'no session cookie');
    return {client, authenticator};
}

/** Signs in by `path` with what the authenticator says to fresh options, or to these. */
async function tryPasskey(path, authenticator, changes = {}, options) {
    const client = anyone(server);
    const asked = options ?? (await client.post(`${path}/options`, undefined, {status: 200})).json;
    const answer = await client.post(path, {credential: authenticator.get(asked, changes)});
    return {client, answer, asked};
}

async function refusedSignIn(path, authenticator, changes, options) {
    const {client, answer} = await tryPasskey(path, authenticator, changes, options);
    assert.equal(answer.status, 401, answer.text);
    const {type, title, detail} = answer.json;
    assert.deepEqual([type, title, detail], ['/problems/bad-sign-in', 'The sign-in is not right', undefined]);
    assert.deepEqual(client.cookies, {});
}

test('passkeys of each algorithm are made and sign in, and are kept as they were', async () => {
    for (const algorithm of [-7, -8, -257]) {
        const {authenticator, email, client, passkey} = await recipient({algorithm});
        assert.deepEqual([passkey.name, passkey.used_at, passkey.backup_eligible, passkey.backed_up], ['My phone', null, true, true]);
        const {client: again, answer} = await tryPasskey('/v1/auth/passkey', authenticator);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.email, email);
        assert.notEqual(again.cookies['__Host-porchlight'], client.cookies['__Host-porchlight']);
        const {json: list} = await again.get(ME, {status: 200});
        assert.equal(list.items.length, 1);
        assert.ok(list.items[0].used_at);
    }
});

test('a sign-in that anything is wrong with gets the one answer', async () => {
    const {authenticator} = await recipient();
    const {authenticator: other} = await recipient();
    const {authenticator: agents} = await staff();
    authenticator.counter = 5;
    const path = '/v1/auth/passkey';
    const {asked, answer} = await tryPasskey(path, authenticator);
    assert.equal(answer.status, 200);
    authenticator.counter = 6;
    const {json: desk} = await anyone(server).post('/v1/desk/passkey/options', undefined, {status: 200});
    const sound = authenticator.authenticatorData('localhost', Buffer.alloc(0), {});
    const wrong = {
        'a challenge of nobody': {challenge: base64url(randomBytes(64))},
        'no challenge': {challenge: ''},
        'another page': {client: {origin: 'https://evil.example'}},
        'another port': {client: {origin: 'http://localhost:1'}},
        'a page within a page': {client: {crossOrigin: true}},
        'the page around it': {client: {topOrigin: 'https://evil.example'}},
        'the other ceremony': {client: {type: 'webauthn.create'}},
        'client data that is no JSON': {clientJson: Buffer.from('{')},
        'client data that says a thing twice': {clientJson: Buffer.from(JSON.stringify({type: 'webauthn.get', challenge: 'AAAA', origin: server.origin}).replace('}', ',"origin":"x"}'))},
        'another rpId': {rpId: 'evil.example'},
        'nobody touched it': {flags: UV | BE | BS},
        'nobody was asked for': {flags: UP | BE | BS},
        'backed up, and cannot be': {flags: UP | UV | BS},
        'another kind of passkey than was made': {flags: UP | UV},
        'a cut': {data: sound.subarray(0, 36)},
        'a byte too many': {data: Buffer.concat([sound, Buffer.alloc(1)])},
        'extensions that claim too much': {extensions: Buffer.from('bf', 'hex')},
        'an array of four billion': {extensions: Buffer.from('9affffffff', 'hex')},
        'a signature of another key': {signature: other.sign(Buffer.from('x'))},
        'a signature of zeroes': {signature: Buffer.alloc(70)},
        'a passkey of nobody': {id: randomBytes(32)},
        'a passkey of somebody else': {id: other.id},
        'a passkey of the desk': {id: agents.id},
        'no user handle': {userHandle: null},
        'the user handle of somebody else': {userHandle: other.userHandle},
        'the counter as before': {counter: 5},
        'the counter gone back': {counter: 4},
        'no counter any more': {counter: 0},
    };
    for (const [name, changes] of Object.entries(wrong)) await refusedSignIn(path, authenticator, changes).catch((error) => { throw new Error(`${name}: ${error.message}`); });
    await refusedSignIn(path, authenticator, {}, asked); // answered before
    await refusedSignIn(path, authenticator, {}, {...desk}); // of the desk
    await refusedSignIn('/v1/desk/passkey', authenticator, {});
    const {answer: right} = await tryPasskey(path, authenticator);
    assert.equal(right.status, 200, 'what was refused left no trace on the passkey');
});

test('a failed answer spends its challenge, and one challenge is answered once even by two at once', async () => {
    const {authenticator} = await recipient();
    const path = '/v1/auth/passkey';
    const {asked} = await tryPasskey(path, authenticator, {signature: Buffer.alloc(64, 1)});
    await refusedSignIn(path, authenticator, {}, asked);
    const {json: options} = await anyone(server).post(`${path}/options`, undefined, {status: 200});
    const both = await Promise.all([1, 2].map(() => tryPasskey(path, authenticator, {}, options)));
    assert.deepEqual(both.map(({answer}) => answer.status).sort(), [200, 401]);
});

test('a counter that goes back is written down, for the log and for administrators', async () => {
    const {agent, authenticator, client} = await staff();
    authenticator.counter = 9;
    assert.equal((await tryPasskey('/v1/desk/passkey', authenticator)).answer.status, 200);
    await refusedSignIn('/v1/desk/passkey', authenticator, {counter: 3});
    const {client: head} = await staff('administrator');
    const {json: members} = await head.get('/v1/desk/agents?limit=200', {status: 200});
    assert.ok(members.items.find(({id}) => id === agent.id).doubted_at);
    assert.ok((await client.get(DESK, {status: 200})).json.items[0].doubted_at);
    const line = server.log.split('\n').find((each) => each.includes('passkey.counter_back') && each.includes(agent.id));
    assert.match(line, /level=warn/);
    assert.doesNotMatch(line, /@/);
});

test('what is not in the form is named by its field', async () => {
    const {authenticator, client} = await recipient();
    const {json: options} = await anyone(server).post('/v1/auth/passkey/options', undefined, {status: 200});
    const good = authenticator.get(options);
    const bad = async (credential, field, path = '/v1/auth/passkey') => {
        const {json} = await client.refused('invalid-field', 'POST', path, {json: {credential}});
        assert.equal(json.field, field);
    };
    await bad(undefined, 'credential');
    await bad({...good, id: 'a+b'}, 'credential.id');
    await bad({...good, type: 'password'}, 'credential.type');
    await bad({...good, surprise: 1}, 'credential.surprise');
    await bad({...good, id: base64url(randomBytes(1024))}, 'credential.id');
    for (const name of ['clientDataJSON', 'authenticatorData', 'signature']) {
        await bad({...good, response: {...good.response, [name]: undefined}}, `credential.response.${name}`);
        await bad({...good, response: {...good.response, [name]: 7}}, `credential.response.${name}`);
        await bad({...good, response: {...good.response, [name]: base64url(randomBytes(5000))}}, `credential.response.${name}`);
    }
    await client.refused('payload-too-large', 'POST', '/v1/auth/passkey', {json: {credential: {...good, id: 'A'.repeat(70_000)}}});
});

test('a new passkey is for this person, this session and this site, or it is none', async () => {
    const {client} = await recipient();
    const stranger = await signIn(server);
    const authenticator = new Authenticator(server.origin);
    const fresh = async () => (await client.post(`${ME}/options`, undefined, {status: 200})).json;
    const offer = async (slug, changes, options) => client.refused(slug, 'POST', ME, {json: {credential: authenticator.create(options ?? await fresh(), changes)}});
    const {json: request} = await anyone(server).post('/v1/auth/passkey/options', undefined, {status: 200});
    const {json: theirs} = await stranger.client.post(`${ME}/options`, undefined, {status: 200});
    const options = await fresh();
    await offer('challenge-over', {}, theirs);
    await offer('challenge-over', {challenge: request.challenge});
    await offer('challenge-over', {challenge: base64url(randomBytes(64))});
    const key = authenticator.kind.cose(authenticator.pair.publicKey.export({format: 'jwk'}));
    const wrong = {
        'another site': {client: {origin: 'https://evil.example'}},
        'another rpId': {rpId: 'evil.example'},
        'a sign-in': {client: {type: 'webauthn.get'}},
        'nobody there': {flags: UV},
        'nobody asked': {flags: UP},
        'no algorithm': {cose: new Map([...key, [3, 0]])},
        'an algorithm that was not offered': {cose: new Map([...key, [3, -35]])},
        'a point off the curve': {cose: new Map([...key, [-2, Buffer.alloc(32, 1)]])},
        'a key without a point': {cose: new Map([...key].slice(0, 3))},
        'a key that is none': {cose: /** @type {any} */ ([1])},
        'an id of no bytes': {id: Buffer.alloc(0)},
        'an attestation of a make': {format: 'android-safetynet'},
        'an attestation of none that says something': {statement: new Map([['x', 1]])},
        'a self attestation of another key': {format: 'packed', statement: new Map(/** @type {[string, any][]} */ ([['alg', -7], ['sig', new Authenticator(server.origin).sign(Buffer.from('x'))]]))},
        'an object that is no CBOR': {object: Buffer.from('hello')},
        'an object that ends early': {object: cbor(new Map([['fmt', 'none']]))},
        'a map of four billion': {object: Buffer.from('baffffffff', 'hex')},
        'a list in a list, deep': {object: Buffer.alloc(9000, 0x81)},
    };
    for (const [name, changes] of Object.entries(wrong)) {
        const opts = await fresh();
        const credential = authenticator.create(opts, changes);
        if (!credential.id) credential.id = credential.rawId = 'AA';
        await client.refused('passkey-refused', 'POST', ME, {json: {credential}}).catch((error) => { throw new Error(`${name}: ${error.message}`); });
    }
    const truncated = authenticator.create(options).response.attestationObject;
    for (const cut of [10, 60, 150]) await client.refused('passkey-refused', 'POST', ME, {json: {credential: authenticator.create(options, {object: Buffer.from(truncated, 'base64url').subarray(0, -cut)})}});
    // Self attestation, and extensions that nobody asked for, are no harm.
    const {json: made} = await client.post(ME, {credential: authenticator.create(await fresh(), {format: 'packed', extensions: cbor(new Map([['credProtect', 2]]))})}, {status: 201});
    assert.equal(made.name, 'Passkey');
    await offer('conflict', {}); // the same once more
    await stranger.client.refused('conflict', 'POST', ME, {json: {credential: authenticator.create((await stranger.client.post(`${ME}/options`, undefined, {status: 200})).json)}});
    await stranger.client.refused('not-found', 'DELETE', `${ME}/${made.id}`);
    await client.delete(`${ME}/${made.id}`, {status: 204});
    await refusedSignIn('/v1/auth/passkey', authenticator, {});
});

test('an agent with a passkey signs in with it alone, until an administrator resets it', async () => {
    const agent = await addAgent(server, shipper);
    const byPassword = await signInAgent(server, agent); // has none yet
    const invited = await accept(agent.invitation_url);
    await anyone(server).refused('invitation-over', 'POST', '/v1/desk/invitation/options', {json: {invitation: secretOf(agent.invitation_url)}});
    await refusedPassword(agent);
    const {client, answer} = await tryPasskey('/v1/desk/passkey', invited.authenticator);
    assert.equal(answer.json.role, 'agent');
    const {json: {items: [only]}} = await client.get(DESK, {status: 200});
    await client.refused('conflict', 'DELETE', `${DESK}/${only.id}`);
    const second = new Authenticator(server.origin);
    const {json: options} = await client.post(`${DESK}/options`, undefined, {status: 200});
    assert.deepEqual(options.excludeCredentials.map(({id}) => id), [base64url(invited.authenticator.id)]);
    await client.post(DESK, {name: 'Key', credential: second.create(options)}, {status: 201});
    await client.delete(`${DESK}/${only.id}`, {status: 204});
    await refusedSignIn('/v1/desk/passkey', invited.authenticator, {});
    const reset = await server.admin('agent-reset', agent.email);
    for (const each of [client, byPassword]) await each.refused('unauthorized', 'GET', DESK);
    await refusedSignIn('/v1/desk/passkey', second, {});
    await refusedPassword(agent);
    await signInAgent(server, Object.assign(agent, {password: reset.password}));
    assert.equal((await tryPasskey('/v1/desk/passkey', (await accept(reset.invitation_url)).authenticator)).answer.status, 200);
    await server.admin('agent-disable', agent.email);
    await refusedSignIn('/v1/desk/passkey', second, {});
});

test('a new sign-in at the desk ends the session that its browser had', async () => {
    const {client, authenticator} = await staff();
    const before = client.with({});
    const {json: options} = await client.post('/v1/desk/passkey/options', undefined, {status: 200});
    await client.post('/v1/desk/passkey', {credential: authenticator.get(options)}, {status: 200});
    assert.notEqual(client.cookies['__Host-porchlight-desk'], before.cookies['__Host-porchlight-desk']);
    await before.refused('unauthorized', 'GET', DESK);
    await client.get(DESK, {status: 200});
});

test('administrators of every shipper keep the people at the desk, and nobody else', async () => {
    const {client: head, agent: self} = await staff('administrator');
    const {client: bound} = await staff('administrator', '--shipper', shipper.id);
    const {client: agent} = await staff();
    for (const each of [bound, agent]) {
        await each.refused('role-needed', 'GET', '/v1/desk/agents');
        await each.refused('role-needed', 'POST', '/v1/desk/agents', {json: {email: 'x@example.org'}});
    }
    const email = `new-${unique()}@example.org`;
    const {json: added} = await head.post('/v1/desk/agents', {email, name: 'Kim', role: 'dispatcher', shipper_ids: [shipper.id]}, {status: 201});
    assert.deepEqual([added.role, added.all_shippers, added.shipper_ids, added.passkeys], ['dispatcher', false, [shipper.id], 0]);
    await head.refused('invalid-field', 'POST', '/v1/desk/agents', {json: {email}});
    const {json: nobody} = await head.refused('invalid-field', 'POST', '/v1/desk/agents', {json: {email: `x${email}`, shipper_ids: ['shp_00000000000000000000000000']}});
    assert.equal(nobody.field, 'shipper_ids');
    const {client: kim, authenticator} = await accept(added.invitation_url);
    await kim.get(DESK, {status: 200});
    const {json: changed} = await head.patch(`/v1/desk/agents/${added.id}`, {role: 'agent'}, {status: 200});
    assert.deepEqual([changed.role, changed.shipper_ids, changed.passkeys], ['agent', [shipper.id], 1]);
    await kim.refused('unauthorized', 'GET', DESK);
    const {json: again} = await head.post(`/v1/desk/agents/${added.id}/reset`, undefined, {status: 201});
    await refusedSignIn('/v1/desk/passkey', authenticator, {});
    await accept(again.invitation_url);
    const {json: gone} = await head.post(`/v1/desk/agents/${added.id}/disable`, undefined, {status: 200});
    assert.ok(gone.disabled_at);
    await head.refused('conflict', 'POST', `/v1/desk/agents/${added.id}/reset`);
    await head.refused('not-found', 'POST', '/v1/desk/agents/agt_00000000000000000000000000/disable');
    for (const act of ['reset', 'disable']) await head.refused('conflict', 'POST', `/v1/desk/agents/${self.id}/${act}`);
    await head.refused('conflict', 'PATCH', `/v1/desk/agents/${self.id}`, {json: {role: 'agent'}});
});

test('an invitation that was reset, used or made up is good for nothing', async () => {
    const agent = await server.admin('agent-add', `agent-${unique()}@example.org`);
    const {invitation_url: newer} = await server.admin('agent-reset', agent.email);
    const visitor = anyone(server);
    for (const invitation of [secretOf(agent.invitation_url), `pli_${'A'.repeat(43)}`, 'x'])
        await visitor.refused('invitation-over', 'POST', '/v1/desk/invitation/options', {json: {invitation}});
    const {json: options} = await visitor.post('/v1/desk/invitation/options', {invitation: secretOf(newer)}, {status: 200});
    const other = await server.admin('agent-add', `agent-${unique()}@example.org`);
    const credential = new Authenticator(server.origin).create(options);
    // Of one invitation with another's options.
    await visitor.refused('challenge-over', 'POST', '/v1/desk/invitation', {json: {invitation: secretOf(other.invitation_url), credential}});
    await visitor.refused('invitation-over', 'POST', '/v1/desk/invitation', {json: {invitation: 'x', credential}});
    await visitor.post('/v1/desk/invitation', {invitation: secretOf(newer), credential}, {status: 200});
    await visitor.refused('challenge-over', 'POST', '/v1/desk/invitation', {json: {invitation: secretOf(newer), credential}});
});

test('pages: accounts, removing by a form, the people at the desk', async () => {
    const {client, passkey} = await recipient();
    assert.match((await client.get('/account', {status: 200})).text, /My phone/);
    const removed = await client.request('POST', `/account/passkeys/${passkey.id}/remove`, {status: 303});
    assert.match(removed.headers.location, /done=passkey_removed/);
    const {client: head} = await staff('administrator');
    assert.equal((await head.get('/desk/home', {status: 303})).headers.location, '/desk');
    assert.equal((await (await staff('dispatcher')).client.get('/desk/home', {status: 303})).headers.location, '/desk/drivers');
    const {json: {items: [own]}} = await head.get(DESK, {status: 200});
    await head.request('POST', `/desk/account/passkeys/${own.id}/remove`, {status: 409, headers: {accept: 'text/html'}});
    const {json: options} = await head.post(`${DESK}/options`, undefined, {status: 200});
    await head.post(DESK, {name: 'Key', credential: new Authenticator(server.origin).create(options)}, {status: 201});
    const dropped = await head.request('POST', `/desk/account/passkeys/${own.id}/remove`, {status: 303});
    assert.match(dropped.headers.location, /done=passkey_removed/);
    const email = `page-${unique()}@example.org`;
    const {text: invited} = await head.form('/desk/agents', {email, name: 'Kim', role: 'agent'}, {status: 200});
    assert.match(invited, /\/desk\/welcome#pli_/);
    await head.form('/desk/agents', {email, name: 'Kim', role: 'agent'}, {status: 422});
    const list = (await head.get('/desk/agents', {status: 200})).text;
    assert.match(list, /Kim/);
    assert.doesNotMatch(list, /pli_/);
    const {json: {items}} = await head.get('/v1/desk/agents?limit=200', {status: 200});
    const kim = items.find((each) => each.email === email);
    await head.form(`/desk/agents/${kim.id}/role`, {role: 'dispatcher'}, {status: 303});
    assert.match((await head.request('POST', `/desk/agents/${kim.id}/reset`, {status: 200})).text, /pli_/);
    await head.request('POST', `/desk/agents/${kim.id}/disable`, {status: 303});
    await anyone(server).get('/desk/welcome', {status: 200});
    assert.match((await head.get('/desk/account', {status: 200})).text, /only passkey|Passkeys/);
});

test('an old session changes no passkey', async () => {
    const {client, passkey} = await recipient();
    const authenticator = new Authenticator(server.origin);
    const {json: options} = await client.post(`${ME}/options`, undefined, {status: 200});
    assert.equal((await client.get(ME, {status: 200})).json.may_change, true);
    await sql(server, 'UPDATE session SET created_at = created_at - 3600000');
    assert.equal((await client.get(ME, {status: 200})).json.may_change, false);
    await client.refused('sign-in-again', 'POST', `${ME}/options`);
    await client.refused('sign-in-again', 'POST', ME, {json: {credential: authenticator.create(options)}});
    await client.refused('sign-in-again', 'DELETE', `${ME}/${passkey.id}`);
    assert.doesNotMatch((await client.get('/account', {status: 200})).text, /Add a passkey|Remove/);
});

test('settings: no passwords, few passkeys, few tries, and an address that is no name', async (t) => {
    const strict = await startServer(t, {auth: {desk_passwords: 'no', passkeys: 1, starts_per_hour: 8}});
    const agent = await strict.admin('agent-add', 'kim@example.org');
    const visitor = anyone(strict);
    assert.doesNotMatch((await visitor.get('/desk/sign-in', {status: 200})).text, /type="password"/);
    await assert.rejects(signInAgent(strict, {...agent, lastStep: 0}), /bad-sign-in/);
    const authenticator = new Authenticator(strict.origin);
    const invitation = secretOf(agent.invitation_url);
    const {json: options} = await visitor.post('/v1/desk/invitation/options', {invitation}, {status: 200});
    await visitor.post('/v1/desk/invitation', {invitation, credential: authenticator.create(options)}, {status: 200});
    await visitor.refused('conflict', 'POST', `${DESK}/options`);
    const {json: request} = await visitor.post('/v1/desk/passkey/options', undefined, {status: 200});
    const credential = authenticator.get(request, {signature: Buffer.alloc(9)});
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await visitor.post('/v1/desk/passkey', {credential})).status);
    assert.equal(statuses[0], 401);
    assert.equal(statuses.at(-1), 429);
    await strict.stop();
    strict.settings.server.public_url = strict.url;
    await strict.start();
    await visitor.refused('conflict', 'POST', '/v1/desk/passkey/options');
});

test('no secret, credential or address is in the log', () => {
    assert.doesNotMatch(server.log, /pli_|@example\.org/);
});
