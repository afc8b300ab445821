// SPDX-License-Identifier: Apache-2.0
//
// Two OpenID Connect providers on loopback: panva's oidc-provider, an independent one that people's browsers could really sign
// in at, and one of our own that lies on command.
import {createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign as signBytes} from 'node:crypto';
import http from 'node:http';
import {Provider} from 'oidc-provider';
import {Client} from './client.js';
import {startServer} from './server.js';

export const CLIENT = 'porchlight-desk';
export const SECRET = 'a secret: with % and & in it';

/** Listens on a free port of 127.0.0.1: {url, close}. */
async function listen(t, handle) {
    const server = http.createServer(handle);
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
    t.after(() => { server.closeAllConnections(); server.close(); });
    return {server, url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`};
}

/**
 * panva's provider with one client and these people, {login: claims}. `redirects` is filled when the server's address is known.
 * @returns {Promise<{url: string, redirects: string[]}>}
 */
export async function startPanva(t, people) {
    const redirects = [];
    let callback;
    const {url} = await listen(t, (request, response) => callback(request, response));
    const quiet = console.warn;
    console.warn = () => {};
    const provider = new Provider(url, {
        clients: [{client_id: CLIENT, client_secret: SECRET, redirect_uris: ['http://localhost/placeholder'], grant_types: ['authorization_code'], response_types: ['code']}],
        findAccount: (_context, id) => ({accountId: id, claims: async () => ({sub: id, ...people[id]})}),
        claims: {openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups']},
        scopes: ['openid', 'email', 'profile', 'groups'],
        features: {devInteractions: {enabled: true}},
        pkce: {methods: ['S256'], required: () => true},
        cookies: {keys: ['for a test']},
        clientDefaults: {id_token_signed_response_alg: 'RS256'},
    });
    const find = provider.Client.find.bind(provider.Client);
    provider.Client.find = async (id) => {
        const client = await find(id);
        if (client) client.redirectUris = redirects;
        return client;
    };
    console.warn = quiet;
    callback = provider.callback();
    return {url, redirects};
}

/** A browser at the provider: goes from `address` to the way back, signing in as `login` where it is asked; the callback's path and query. */
export async function walk(address, login, backTo) {
    const cookies = {};
    let next = {url: address, method: 'GET', body: undefined};
    for (let step = 0; step < 12; step++) {
        if (next.url.startsWith(backTo)) return next.url.slice(new URL(backTo).origin.length);
        const answer = await fetch(next.url, {method: next.method, body: next.body, redirect: 'manual',
            headers: {cookie: Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; '), ...(next.body && {'content-type': 'application/x-www-form-urlencoded'})}});
        for (const line of answer.headers.getSetCookie()) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
            if (value) cookies[name] = value;
            else delete cookies[name];
        }
        if (answer.status >= 300 && answer.status < 400) {
            next = {url: new URL(answer.headers.get('location'), next.url).href, method: 'GET', body: undefined};
            continue;
        }
        const page = await answer.text();
        const action = /<form[^>]* action="([^"]+)"/.exec(page);
        if (!action) throw new Error(`the provider shows no form: ${answer.status} ${page.slice(0, 500)}`);
        const prompt = /name="prompt" value="([^"]+)"/.exec(page)[1];
        next = {url: new URL(action[1].replaceAll('&amp;', '&'), next.url).href, method: 'POST',
            body: new URLSearchParams({prompt, ...(prompt === 'login' && {login, password: 'any'})}).toString()};
    }
    throw new Error('the provider leads on and on');
}

// ---- a provider that lies ----

const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const rsa = generateKeyPairSync('rsa', {modulusLength: 2048});
const other = generateKeyPairSync('rsa', {modulusLength: 2048});
const ec = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const ed = generateKeyPairSync('ed25519');
const jwk = (pair, kid) => ({...pair.publicKey.export({format: 'jwk'}), kid, use: 'sig'});

const signers = {
    RS256: (bytes, pair = rsa) => signBytes('sha256', bytes, pair.privateKey),
    ES256: (bytes) => signBytes('sha256', bytes, {key: ec.privateKey, dsaEncoding: 'ieee-p1363'}),
    EdDSA: (bytes) => signBytes(null, bytes, ed.privateKey),
    HS256: (bytes) => createHmac('sha256', createPublicKey(/** @type {any} */ (rsa.publicKey.export({type: 'spki', format: 'pem'}))).export({type: 'spki', format: 'pem'})).update(bytes).digest(),
    none: () => Buffer.alloc(0),
};

/** An ID token of these claims. */
function makeToken(claims, {alg = 'RS256', kid = {RS256: 'r', ES256: 'e', EdDSA: 'o'}[alg], pair, header = {}} = /** @type {any} */ ({})) {
    const head = `${base64({alg, ...(kid && {kid}), ...header})}.${base64(claims)}`;
    return `${head}.${signers[alg](Buffer.from(head), pair).toString('base64url')}`;
}

/**
 * A provider whose authorization endpoint is walked by `Liar.go`, and whose answers are bent by `liar.bend`, an object that
 * each test sets: {claims, token, status, body, hang, keys}.
 */
export async function startLiar(t) {
    const liar = {url: '', bend: /** @type {any} */ ({}), asked: [], codes: new Map(), keys: [jwk(rsa, 'r'), jwk(ec, 'e'), jwk(ed, 'o')], waiting: 0};
    const json = (response, value, status = 200) => { response.writeHead(status, {'content-type': 'application/json'}); response.end(typeof value === 'string' ? value : JSON.stringify(value)); };
    const {url} = await listen(t, async (request, response) => {
        const path = new URL(request.url, 'http://x').pathname;
        liar.asked.push(path);
        let body = '';
        for await (const chunk of request) body += chunk;
        if (path === '/.well-known/openid-configuration')
            return json(response, {issuer: url, authorization_endpoint: `${url}/auth?tenant=1`, token_endpoint: `${url}/token`, jwks_uri: `${url}/keys`, code_challenge_methods_supported: ['S256']});
        if (path === '/keys') return json(response, {keys: liar.keys});
        if (path !== '/token') return json(response, {}, 404);
        const form = new URLSearchParams(body), bend = liar.bend;
        if (bend.hang) { liar.waiting++; return undefined; }
        if (bend.body !== undefined) return json(response, bend.body, bend.status ?? 200);
        const known = liar.codes.get(form.get('code'));
        const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
        liar.codes.delete(form.get('code'));
        if (!known || known.challenge !== challenge) return json(response, {error: 'invalid_grant'}, 400);
        const now = Math.floor(Date.now() / 1000);
        const claims = {iss: url, aud: CLIENT, sub: known.sub, iat: now, exp: now + 300, nonce: known.nonce, ...known.claims, ...bend.claims};
        for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
        return json(response, {access_token: 'a', token_type: 'Bearer', id_token: makeToken(claims, bend.token)});
    });
    liar.url = url;
    /** As a browser that comes to the authorization endpoint: a code for `sub`; the callback's path and query. */
    const go = (address, sub, claims) => {
        const query = new URL(address).searchParams;
        const code = randomBytes(12).toString('hex');
        liar.codes.set(code, {sub, claims, nonce: query.get('nonce'), challenge: query.get('code_challenge')});
        return `/desk/oidc/callback?${new URLSearchParams({code, state: query.get('state')})}`;
    };
    return Object.assign(liar, {go, other, rotate: (kid) => { liar.keys = [jwk(other, kid)]; }});
}

/** A server whose staff sign in at `issuer`. */
export const startWith = (t, issuer, more = {}) => startServer(t, {oidc: {issuer, client_id: CLIENT, ...more}});

/** Begins a sign-in as the page's form does: a fresh browser, and the address it is sent to. */
export async function begin(server, client = new Client(server)) {
    const answer = await client.request('POST', '/desk/sign-in/oidc', {status: 303});
    return {client, address: answer.headers.location};
}
