// SPDX-License-Identifier: Apache-2.0
//
// Those who attest a log, played: a witness (C2SP tlog-witness) that keeps what it has seen and checks growth by RFC 6962,
// and a time-stamping authority (RFC 3161) that is `openssl ts` behind a port. Both share nothing with the server's code.
import {execFile} from 'node:child_process';
import {createHash, createPublicKey, generateKeyPairSync, sign, verify} from 'node:crypto';
import {mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const raw = (key) => key.export({format: 'der', type: 'spki'}).subarray(-32);
const keyId = (name, type, bytes) => sha256(name, '\n', [type], bytes).subarray(0, 4);

async function listen(t, answer) {
    const server = createServer(async (request, response) => {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        try {
            const {status, type, body} = await answer(Buffer.concat(chunks), request);
            response.writeHead(status, {'content-type': type ?? 'text/plain'}).end(body);
        } catch (error) {
            response.writeHead(500).end(String(error));
        }
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
    t.after(() => { server.closeAllConnections(); server.close(); });
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** The two roots that a consistency proof leads to (RFC 9162, 2.1.4.2). */
function growth(older, newer, oldRoot, path) {
    let [at, last] = [older - 1, newer - 1];
    for (; at % 2 === 1; at = Math.floor(at / 2)) last = Math.floor(last / 2);
    const hashes = [...path];
    let one = at === 0 ? oldRoot : hashes.shift(), two = one;
    for (const hash of hashes) {
        if (at % 2 === 1 || at === last) {
            [one, two] = [sha256([1], hash, one), sha256([1], hash, two)];
            for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2);
        } else two = sha256([1], two, hash);
        [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    }
    return last === 0 ? [one, two] : [];
}

/** A witness: {url, key (its vkey), seen (by origin), requests, down}. */
export async function startWitness(t, name = 'witness.example/w1') {
    const {privateKey, publicKey} = generateKeyPairSync('ed25519');
    const id = keyId(name, 4, raw(publicKey));
    const witness = {url: '', key: `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.from([4]), raw(publicKey)]).toString('base64')}`,
        logs: {}, seen: {}, requests: 0, down: false};
    witness.url = await listen(t, async (body, request) => {
        witness.requests++;
        if (witness.down) return {status: 503, body: ''};
        if (request.method !== 'POST' || request.url !== '/add-checkpoint') return {status: 404, body: ''};
        const text = body.toString();
        const gap = text.indexOf('\n\n');
        const [first, ...proof] = text.slice(0, gap).split('\n');
        const old = Number(/^old (\d+)$/.exec(first)[1]);
        const note = text.slice(gap + 2);
        const signed = note.slice(0, note.lastIndexOf('\n\n') + 1);
        const [origin, size, root] = signed.split('\n');
        const log = witness.logs[origin.replace(/\/\d+$/, '')];
        if (!log) return {status: 404, body: ''};
        const line = note.split('\n').find((each) => each.startsWith(`— ${origin} `));
        const blob = Buffer.from(line.split(' ')[2], 'base64');
        if (!verify(null, Buffer.from(signed), log, blob.subarray(4))) return {status: 403, body: ''};
        const last = witness.seen[origin] ?? {size: 0};
        if (old > Number(size)) return {status: 400, body: ''};
        if (old !== last.size) return {status: 409, type: 'text/x.tlog.size', body: `${last.size}\n`};
        if (old === Number(size) && old > 0 && root !== last.root) return {status: 409, type: 'text/x.tlog.size', body: `${last.size}\n`};
        if (old > 0 && old < Number(size)) {
            const [one, two] = growth(old, Number(size), Buffer.from(last.root, 'base64'), proof.map((each) => Buffer.from(each, 'base64')));
            if (one?.toString('base64') !== last.root || two?.toString('base64') !== root) return {status: 422, body: ''};
        }
        witness.seen[origin] = {size: Number(size), root};
        const time = Buffer.alloc(8);
        time.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000)));
        const cosigned = sign(null, Buffer.from(`cosignature/v1\ntime ${time.readBigUInt64BE()}\n${signed}`), privateKey);
        return {status: 200, body: `— ${name} ${Buffer.concat([id, time, cosigned]).toString('base64')}\n`};
    });
    /** Has it know a log by its key. */
    witness.know = (vkey) => {
        const [logName, logId] = vkey.split('+');
        const bytes = Buffer.from(vkey.slice(logName.length + logId.length + 2), 'base64').subarray(1);
        witness.logs[logName.replace(/\/\d+$/, '')] = createPublicKey({key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes]), format: 'der', type: 'spki'});
    };
    return witness;
}

/** A time-stamping authority: {url, ca (a file of its certificate), requests}. */
export async function startAuthority(t, under) {
    const folder = await mkdtemp(join(under, 'tsa-'));
    await writeFile(join(folder, 'ts.cnf'), '[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n' +
        'digests = sha256\nordering = no\ntsa_name = no\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n');
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-out', 'ca.pem',
        '-subj', '/CN=authority', '-days', '2', '-addext', 'extendedKeyUsage=critical,timeStamping', '-addext', 'basicConstraints=critical,CA:FALSE'], {cwd: folder});
    const authority = {url: '', ca: join(folder, 'ca.pem'), requests: 0};
    authority.url = await listen(t, async (body, request) => {
        authority.requests++;
        if (request.headers['content-type'] !== 'application/timestamp-query') return {status: 415, body: ''};
        await writeFile(join(folder, 'query'), body);
        await run('openssl', ['ts', '-reply', '-config', 'ts.cnf', '-queryfile', 'query', '-signer', 'ca.pem', '-inkey', 'key.pem', '-out', 'reply'], {cwd: folder});
        return {status: 200, type: 'application/timestamp-reply', body: await readFile(join(folder, 'reply'))};
    });
    return authority;
}
