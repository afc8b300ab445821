// SPDX-License-Identifier: Apache-2.0
//
// A mail server for tests: a real one (npm smtp-server) that does what it is told, and beside it doors that answer as no
// mail server should. What it took is read back with its envelope.
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {SMTPServer} from 'smtp-server';
import {parseMessage} from './mail.js';
import {until} from './server.js';

const run = promisify(execFile);

/** A certificate for localhost that signs itself: {key, cert, file}; the folder goes with the test. */
export async function certificate(t) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-cert-'));
    t.after(() => rm(folder, {recursive: true, force: true}));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
        '-addext', 'subjectAltName=DNS:localhost']);
    return {key: await readFile(key), cert: await readFile(cert), file: cert};
}

/** Keys to sign with, and their DNS records: {files, selectors, records: Map(name → text)}. */
export async function signingKeys(t, domain) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-keys-'));
    t.after(() => rm(folder, {recursive: true, force: true}));
    const records = new Map();
    const files = [];
    for (const [selector, args, kind] of /** @type {[string, string[], string][]} */ ([['rsa', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], 'rsa'], ['ed', ['-algorithm', 'ED25519'], 'ed25519']])) {
        const file = join(folder, `${selector}.pem`);
        await run('openssl', ['genpkey', ...args, '-out', file]);
        const {stdout} = await run('openssl', ['pkey', '-in', file, '-pubout', '-outform', 'DER'], {encoding: 'buffer'});
        const key = kind === 'rsa' ? stdout : stdout.subarray(-32);
        records.set(`${selector}._domainkey.${domain}`, `v=DKIM1; k=${kind}; p=${key.toString('base64')}`);
        files.push(file);
    }
    return {files, selectors: ['rsa', 'ed'], records};
}

const USER = 'porch', PASSWORD = 'a password for mail';
export const credentials = {user: USER, password: PASSWORD};

/**
 * Starts a mail server on loopback: {url, taken, refuse, close}.
 * `refuse(email)` may give {code, text} for a recipient; `taken` are the messages, newest last: {from, to, user, secure, raw, …parsed}.
 * @param {{after: (fn: () => any) => void}} t
 * @param {{cert?: {key: Buffer, cert: Buffer}, auth?: boolean, starttls?: boolean, port?: number}} [options]
 */
export async function startPost(t, {cert, auth = false, starttls = Boolean(cert), port = 0} = {}) {
    const post = {taken: /** @type {any[]} */ ([]), tries: /** @type {string[]} */ ([]), refuse: (email) => /** @type {any} */ (undefined)};
    const server = new SMTPServer({
        ...(cert && {key: cert.key, cert: cert.cert}),
        authOptional: !auth,
        disabledCommands: [...(starttls ? [] : ['STARTTLS']), ...(auth ? [] : ['AUTH'])],
        disableReverseLookup: true,
        closeTimeout: 50, // ms; connections are kept for the next message
        logger: false,
        onAuth: ({username, password}, session, done) => (username === USER && password === PASSWORD ? done(null, {user: USER}) : done(Object.assign(new Error('wrong'), {responseCode: 535}))),
        onRcptTo: ({address}, session, done) => {
            post.tries.push(address);
            const no = post.refuse(address);
            if (no?.hang) return; // never answers
            done(no ? Object.assign(new Error(no.text ?? 'no'), {responseCode: no.code}) : undefined);
        },
        onData: (stream, session, done) => {
            const chunks = [];
            stream.on('data', (chunk) => chunks.push(chunk));
            stream.on('end', () => {
                const raw = Buffer.concat(chunks).toString('latin1');
                post.taken.push({from: /** @type {any} */ (session.envelope.mailFrom).address, to: session.envelope.rcptTo.map(({address}) => address), user: session.user, secure: session.secure, raw, ...parseMessage(raw)});
                done();
            });
        },
    });
    server.on('error', () => {}); // a client that hangs up
    await new Promise((done) => server.listen(port, '127.0.0.1', () => done(undefined)));
    const close = () => new Promise((done) => server.close(() => done(undefined)));
    t.after(close);
    const own = /** @type {any} */ (server.server.address()).port;
    /** Waits for a message of a kind to an address. */
    const messageTo = (email, subject) => until(() => post.taken.find((message) => message.to === email && subject.test(message.subject)), {what: `a message ${subject}`});
    return Object.assign(post, {port: own, url: `smtp://localhost:${own}`, close, messageTo});
}

/** A door that answers as `how` says: garbage, hang, reset, drip, busy (421). {url, port, knocks, close} */
export async function startDoor(t, how) {
    const sockets = new Set();
    const door = {knocks: 0};
    const server = createServer((socket) => {
        door.knocks++;
        sockets.add(socket);
        socket.on('error', () => {}).on('close', () => sockets.delete(socket));
        if (how === 'garbage') socket.end('\x00\xff\x13\x37 this is no mail server\n\n\n');
        else if (how === 'busy') socket.end('421 4.7.0 come back later\r\n');
        else if (how === 'reset') socket.resetAndDestroy();
        else if (how === 'drip') {
            const timer = setInterval(() => socket.write('2'), 100);
            socket.on('close', () => clearInterval(timer));
        } // hang: nothing
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
    };
    let closed = false;
    const closeOnce = async () => { if (!closed) { closed = true; await close(); } };
    t.after(closeOnce);
    const {port} = /** @type {any} */ (server.address());
    return Object.assign(door, {port, url: `smtp://localhost:${port}`, close: closeOnce});
}
