// SPDX-License-Identifier: Apache-2.0
//
// The log and its evidence as others read them: an implementation of the formats (RFC 6962, C2SP) that shares nothing with
// the server.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHash, createPublicKey, verify} from 'node:crypto';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {program, until} from './server.js';
import {anyone} from './world.js';

const run = promisify(execFile);
export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();

// ---- the log as others read it ----

/** A verifier key: {name, id, key}. */
export function readKey(text) {
    const [name, id] = text.split('+');
    const bytes = Buffer.from(text.slice(name.length + id.length + 2), 'base64');
    assert.equal(sha256(name, '\n', bytes).subarray(0, 4).toString('hex'), id);
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]);
    return {name, id, key: createPublicKey({key: der, format: 'der', type: 'spki'})};
}

/** A checkpoint whose signature is right: {origin, size, root}. */
export function readCheckpoint(note, logKey) {
    const gap = note.lastIndexOf('\n\n') + 1;
    const text = note.slice(0, gap);
    const line = note.slice(gap + 1).split('\n').find((each) => each.startsWith(`— ${logKey.name} `));
    const blob = Buffer.from(line.split(' ')[2], 'base64');
    assert.equal(blob.subarray(0, 4).toString('hex'), logKey.id);
    assert.ok(verify(null, Buffer.from(text), logKey.key, blob.subarray(4)), 'the signature of the checkpoint');
    const [origin, size, root] = text.split('\n');
    assert.equal(origin, logKey.name);
    return {origin, size: Number(size), root};
}

/** The root of a tree by the definition of RFC 6962. */
function rootOf(leaves) {
    if (leaves.length === 0) return sha256('');
    if (leaves.length === 1) return leaves[0];
    let half = 1;
    while (half * 2 < leaves.length) half *= 2;
    return sha256([1], rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

/** The whole log, read tile by tile, its entries held against its hashes and its hashes against its checkpoint. */
export async function readLog(server) {
    const client = anyone(server);
    const logKey = readKey((await client.get('/log/key', {status: 200})).json.log_key);
    const checkpoint = await client.get('/log/checkpoint', {status: 200});
    assert.equal(checkpoint.headers['content-type'], 'text/plain; charset=utf-8');
    const head = readCheckpoint(checkpoint.text, logKey);
    const leaves = [], entries = [];
    for (let from = 0; from < head.size; from += 256) {
        const width = Math.min(256, head.size - from);
        const name = String(from / 256).padStart(3, '0') + (width < 256 ? `.p/${width}` : '');
        const tile = await client.get(`/log/tile/0/${name}`, {status: 200});
        assert.match(tile.headers['cache-control'], /immutable/);
        assert.equal(tile.bytes.length, width * 32);
        for (let i = 0; i < width; i++) leaves.push(tile.bytes.subarray(i * 32, i * 32 + 32));
        const bundle = (await client.get(`/log/tile/entries/${name}`, {status: 200})).bytes;
        for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) entries.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)));
    }
    assert.equal(rootOf(leaves).toString('base64'), head.root);
    assert.deepEqual(entries.map((entry) => sha256([0], entry).toString('hex')), leaves.map((leaf) => leaf.toString('hex')));
    return {head, entries, logKey, keyText: (await client.get('/log/key', {status: 200})).json.log_key};
}

/** Waits until the log has so many entries, and reads it. */
export async function logOf(server, size) {
    await until(async () => Number((await anyone(server).get('/log/checkpoint', {status: 200})).text.split('\n')[1]) >= size, {what: `${size} entries in the log`});
    return readLog(server);
}

// ---- evidence as others read it ----

/** The files of an archive of stored files: {name: bytes}. */
export function unzip(bytes) {
    const files = {};
    for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
        const [size, name] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)];
        files[bytes.subarray(at + 30, at + 30 + name).toString()] = bytes.subarray(at + 30 + name, at + 30 + name + size);
        at += 30 + name + size;
    }
    return files;
}

/** Once it is there. */
export async function evidenceOf(client, path) {
    return until(async () => {
        const answer = await client.get(path);
        if (answer.status === 503) return false;
        assert.equal(answer.status, 200, answer.text);
        return answer;
    }, {what: 'the evidence'});
}

export async function porchlightVerify(folder, bytes, key, ...more) {
    const file = join(folder, 'evidence.zip');
    await writeFile(file, bytes);
    return run(program, ['verify', file, '--key', key, ...more]).then(({stdout}) => ({code: 0, stdout, stderr: ''}), (error) => error);
}

export async function scriptVerify(folder, files, ...args) {
    const into = await mkdtemp(join(folder, 'script-'));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(into, name), bytes);
    const answer = await run('sh', [join(into, 'verify.sh'), ...args]).then(({stdout}) => ({code: 0, stdout, stderr: ''}), (error) => error);
    await rm(into, {recursive: true});
    return answer;
}
