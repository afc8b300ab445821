// SPDX-License-Identifier: Apache-2.0
//
// Staff sign in at the operator's provider: an independent one, followed as a browser would; and one that lies in every way
// that a token, an answer or a link can be forged.
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {CLIENT, SECRET, begin, startLiar, startPanva, startWith, walk} from './support/provider.js';
import {addAgent, addDelivery, addShipper, anyone, signInAgent, unique} from './support/world.js';

const folder = await mkdtemp(join(tmpdir(), 'porchlight-oidc-'));
after(() => rm(folder, {recursive: true, force: true}));
await writeFile(join(folder, 'secret'), `${SECRET}\n`);

const DESK = '__Host-porchlight-desk';
const people = {
    ines: {email: 'ines@shop.example', email_verified: true, name: 'Ines Falk', groups: []},
    unverified: {email: 'olaf@shop.example', email_verified: false, name: 'Olaf', groups: ['support']},
    nobody: {email: 'nobody@shop.example', email_verified: true, name: 'Nobody', groups: ['gardeners']},
    dora: {email: 'dora@shop.example', email_verified: true, name: 'Dora Lund', groups: ['dispatch']},
};
const panva = await startPanva({after}, people);
const liar = await startLiar({after});
const started = await Promise.all([
    startWith({after}, panva.url, {client_secret_file: join(folder, 'secret'), scopes: 'openid email profile groups', name: 'Northwind ID', groups_claim: 'groups', roles: 'none=agent'}),
    startWith({after}, liar.url, {leeway_seconds: 5, refresh_seconds: 0, timeout_ms: 400, at_once: 2, answer_bytes: 4096}),
]);
const [server, strict] = started;
panva.redirects.push(`${server.origin}/desk/oidc/callback`);
const shop = await addShipper(server), second = await addShipper(server), third = await addShipper(server);
server.settings.oidc.roles = `support=agent:${shop.id}:${second.id}, dispatch=dispatcher:${second.id}, ops=admin`;
await server.stop();
await server.start();

const refused = (answer, status, words) => {
    assert.equal(answer.status, status);
    assert.match(answer.text, words);
    assert.doesNotMatch(answer.text, /porchlight-oidc|eyJ/);
};

/** Signs in at panva's provider by real redirects: the browser, and what the callback answered. */
async function signInAs(login, browser) {
    const {client, address} = await begin(server, browser);
    assert.ok(address.startsWith(panva.url));
    const back = await walk(address, login, `${server.origin}/desk/oidc/callback`);
    return {client, back, answer: await client.get(back)};
}

test('the page offers the provider, lets its form lead there, and changes nothing', async () => {
    const page = await anyone(server).get('/desk/sign-in', {status: 200});
    assert.match(page.text, /Sign in with Northwind ID/);
    assert.ok(page.headers['content-security-policy'].includes(`form-action 'self' ${panva.url}`), page.headers['content-security-policy']);
    await anyone(server).request('GET', '/desk/sign-in/oidc', {status: 405});
    await anyone(server).with({origin: 'https://evil.example'}).request('POST', '/desk/sign-in/oidc', {status: 403});
});

test('an agent whom an administrator made is known by the verified address, and from then on by the subject', async () => {
    const agent = await addAgent(server, shop, 'ines@shop.example');
    const {client, address} = await begin(server);
    const query = new URL(address).searchParams;
    assert.deepEqual([query.get('response_type'), query.get('client_id'), query.get('redirect_uri'), query.get('code_challenge_method')],
        ['code', CLIENT, `${server.origin}/desk/oidc/callback`, 'S256']);
    for (const name of ['state', 'nonce', 'code_challenge']) assert.ok(query.get(name).length >= 22, name);
    const back = await walk(address, 'ines', `${server.origin}/desk/oidc/callback`);
    const stranger = anyone(server).with({host: 'evil.example'});
    refused(await stranger.get(back), 401, /not begun in this browser/); // a link that somebody was sent signs nobody in
    const answer = await client.get(back, {status: 303});
    assert.equal(answer.headers.location, '/desk');
    assert.equal(client.cookies['__Host-porchlight-oidc'], undefined);
    await client.get('/v1/cases', {status: 200});
    await client.get('/desk', {status: 200});

    people.ines = {...people.ines, email: 'ines.new@shop.example'}; // renamed there: still the same person
    const again = await signInAs('ines', client);
    assert.equal(again.answer.status, 303);
    people.impostor = {email: 'ines@shop.example', email_verified: true, name: 'Impostor'}; // and her old address given to another
    refused((await signInAs('impostor')).answer, 401, /no account for you/);
    assert.ok(!server.log.includes('ines@shop.example') && !server.log.includes('Ines Falk') && !server.log.includes(query.get('state')));

    await client.request('POST', '/desk/sign-out', {form: {}, status: 303});
    await client.get('/v1/cases', {status: 401});
    await server.admin('agent-disable', agent.email);
    refused((await signInAs('ines')).answer, 401, /no account for you/);
});

test('groups give a role and its shippers, anew at each sign-in, and nothing when they are gone', async () => {
    people.sven = {email: 'sven@shop.example', email_verified: true, name: 'Sven Ober', groups: ['support']};
    const {client} = await signInAs('sven');
    const mine = await addDelivery(second, `a-${unique()}@example.org`), foreign = await addDelivery(third, `b-${unique()}@example.org`);
    const opened = await client.post('/v1/cases', {delivery_id: mine.id, reason: 'The recipient called.'}, {status: 201});
    await client.get(`/v1/cases/${opened.json.id}`, {status: 200});
    await client.refused('not-found', 'POST', '/v1/cases', {json: {delivery_id: foreign.id, reason: 'The recipient called.'}});

    people.sven.groups = ['ops'];
    const promoted = await signInAs('sven');
    await promoted.client.post('/v1/cases', {delivery_id: foreign.id, reason: 'The recipient called.'}, {status: 201});
    await promoted.client.get('/desk/drivers', {status: 200});

    people.sven.groups = [];
    refused((await signInAs('sven')).answer, 401, /no account for you/);
    await promoted.client.get('/v1/cases', {status: 401}); // what was open is ended
    await client.get('/v1/cases', {status: 401});

    const dispatcher = await signInAs('dora');
    assert.equal(dispatcher.answer.headers.location, '/desk/drivers');
    await dispatcher.client.get('/v1/cases', {status: 403});
    refused((await signInAs('nobody')).answer, 401, /no account for you/);
    refused((await signInAs('unverified')).answer, 401, /has not verified an e-mail address/);
});

test('the provider’s own refusal is told in words', async () => {
    const {client, address} = await begin(server);
    const state = new URL(address).searchParams.get('state');
    const back = `/desk/oidc/callback?${new URLSearchParams({error: 'access_denied', error_description: '<b>a stranger’s words</b>', state, iss: panva.url})}`;
    const answer = await client.get(back);
    refused(answer, 401, /was cancelled, or your account may not use this desk/);
    assert.doesNotMatch(answer.text, /stranger’s words/);
});

test('an agent made by groups has no password', async () => {
    await anyone(server).refused('bad-sign-in', 'POST', '/v1/desk/sign-in', {json: {email: 'dora@shop.example', password: 'x', totp: '000000'}});
});

test('the binding is forgotten by an administrator, and then made anew', async () => {
    const agent = await addAgent(server, shop, 'ruth@shop.example');
    people.ruth = {email: 'ruth@shop.example', email_verified: true, name: 'Ruth'};
    people.ruth2 = {...people.ruth};
    assert.equal((await signInAs('ruth')).answer.status, 303);
    refused((await signInAs('ruth2')).answer, 401, /no account for you/);
    await server.admin('agent-unbind', agent.email);
    assert.equal((await signInAs('ruth2')).answer.status, 303);
    await signInAgent(server, agent); // and the password is as good as before
});

// ---- lies ----

const shopOfLiar = await addShipper(strict);
const victim = await addAgent(strict, shopOfLiar, 'vera@shop.example');
const vera = {email: victim.email, email_verified: true};

/** A sign-in at the liar under a bent answer: what the callback answered. */
async function lie(bend, {claims = vera, sub = 'vera', change = (path) => path} = /** @type {any} */ ({})) {
    liar.bend = bend;
    const {client, address} = await begin(strict);
    const answer = await client.get(change(liar.go(address, sub, claims)));
    liar.bend = {};
    assert.equal(client.cookies[DESK] !== undefined, answer.status === 303);
    return answer;
}
const now = () => Math.floor(Date.now() / 1000);
const unproven = (answer) => refused(answer, 401, /proves nothing/);

test('an honest answer signs in, by each algorithm that is taken', async () => {
    for (const alg of ['RS256', 'ES256', 'EdDSA']) assert.equal((await lie({token: {alg}})).status, 303, alg);
    assert.equal((await lie({claims: {aud: [CLIENT, 'other'], azp: CLIENT}})).status, 303);
});

test('no forged token signs in', async () => {
    const forged = {
        'no signature': {token: {alg: 'none'}},
        'no signature, with a key named': {token: {alg: 'none', kid: 'r'}},
        'the public key as a secret': {token: {alg: 'HS256', kid: 'r'}},
        'the public key as a secret, said to be RS256': {token: {alg: 'HS256', kid: 'r', header: {alg: 'RS256'}}},
        'another key under a known name': {token: {pair: liar.other}},
        'a key that nobody published': {token: {kid: 'unknown', pair: liar.other}},
        'a key in the header': {token: {pair: liar.other, kid: 'own', header: {jwk: liar.other.publicKey.export({format: 'jwk'})}}},
        'another type of token': {token: {header: {typ: 'at+jwt'}}},
        'another nonce': {claims: {nonce: 'n'}},
        'no nonce': {claims: {nonce: undefined}},
        'another audience': {claims: {aud: 'other'}},
        'several audiences, made for another': {claims: {aud: [CLIENT, 'other'], azp: 'other'}},
        'several audiences and nobody named': {claims: {aud: [CLIENT, 'other']}},
        'another issuer': {claims: {iss: 'https://id.example'}},
        'run out': {claims: {exp: now() - 60}},
        'without an end': {claims: {exp: undefined}},
        'made later': {claims: {iat: now() + 600}},
        'made before it was asked for': {claims: {iat: now() - 600}},
        'not valid yet': {claims: {nbf: now() + 600}},
        'no subject': {claims: {sub: undefined}},
        'no token': {body: {access_token: 'a'}},
        'no token but a text': {body: {id_token: 'a.b.c'}},
    };
    for (const [name, bend] of Object.entries(forged)) {
        const answer = await lie(bend);
        assert.equal(answer.status, 401, name);
        unproven(answer);
    }
    refused(await lie({}, {sub: 'other', claims: {...vera, email_verified: 'true'}}), 401, /has not verified/);
    refused(await lie({}, {sub: 'other', claims: {email: vera.email}}), 401, /has not verified/);
    refused(await lie({}, {sub: 'other'}), 401, /no account for you/); // the address is bound to another subject
    unproven(await lie({}, {change: (path) => `${path}&iss=https%3A%2F%2Fid.example`})); // mixed up with another provider
    assert.ok(!strict.log.includes(victim.email));
});

test('a code counts once, in the browser that it was given to', async () => {
    const {client, address} = await begin(strict);
    const path = liar.go(address, 'vera', vera);
    const cookie = client.cookies['__Host-porchlight-oidc'];
    await client.get(path, {status: 303});
    client.cookies['__Host-porchlight-oidc'] = cookie;
    const asked = liar.asked.length;
    refused(await client.get(path), 401, /not begun in this browser/);
    assert.equal(liar.asked.length, asked); // and the provider is not even asked

    const mine = await begin(strict), theirs = await begin(strict);
    const code = new URL(liar.go(theirs.address, 'vera', vera), 'http://x').searchParams.get('code');
    const state = new URL(mine.address).searchParams.get('state');
    refused(await mine.client.get(`/desk/oidc/callback?${new URLSearchParams({code, state})}`), 401, /run out, or was used already/); // PKCE: another's code
    const other = await begin(strict);
    refused(await other.client.get(liar.go(theirs.address, 'vera', vera)), 401, /not begun in this browser/);
    for (const forged of ['x', cookie.slice(0, -2), `${cookie.slice(0, 40)}${cookie[40] === 'A' ? 'B' : 'A'}${cookie.slice(41)}`]) {
        const bent = await begin(strict);
        bent.client.cookies['__Host-porchlight-oidc'] = forged;
        refused(await bent.client.get(liar.go(bent.address, 'vera', vera)), 401, /not begun in this browser/);
    }
});

test('new keys are found when a token names one, and old ones count no more', async () => {
    const before = liar.keys;
    liar.rotate('r2');
    assert.equal((await lie({token: {kid: 'r2', pair: liar.other}})).status, 303);
    unproven(await lie({token: {kid: 'r'}}));
    liar.keys = before;
    assert.equal((await lie({})).status, 303);
});

test('a provider that answers nonsense, too much or nothing costs a page and no more', async () => {
    for (const bend of [{body: 'x'}, {body: '[]'}, {body: {}, status: 500}, {body: {id_token: 'x'.repeat(5000)}}]) {
        const answer = await lie(bend);
        assert.equal(answer.status, 503, JSON.stringify(bend).slice(0, 60));
        assert.match(answer.text, /does not answer/);
    }
    liar.bend = {hang: true};
    const waiting = await Promise.all(Array.from({length: 6}, () => begin(strict)));
    const began = Date.now();
    const answers = Promise.all(waiting.map(({client, address}) => client.get(liar.go(address, 'vera', vera))));
    await anyone(strict).get('/desk/sign-in', {status: 200}); // nobody else waits
    const settled = await answers;
    liar.bend = {};
    assert.ok(Date.now() - began < 4000);
    assert.deepEqual(settled.map(({status}) => status), Array(6).fill(503));
    assert.ok(liar.waiting <= 2 && settled.filter(({text}) => /Many people are signing in/.test(text)).length >= 4);
});
