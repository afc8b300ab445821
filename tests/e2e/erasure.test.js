// SPDX-License-Identifier: Apache-2.0
//
// R9: erased means erased, and provably so: the signed receipt, what is left in the database's files, and what a restore of
// old backups brings back, which is everything but what was erased.
import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {promisify} from 'node:util';
import {findPieces, sql} from './support/insides.js';
import {unzip} from './support/log.js';
import {draw} from './support/pictures.js';
import {program, until} from './support/server.js';
import {uploadAtOnce} from './support/tus.js';
import {anyone, nextSeed, photograph, photoState, reportDelivered, sendOut, setStage, signIn} from './support/world.js';

const run = promisify(execFile);
let stage, server, shipper, driver, keyText;

before(async () => {
    stage = await setStage(null, {jobs: {sweep_seconds: 1}, database: {forget_seconds: 1}, ledger: {interval_ms: 100}});
    ({server, shipper, driver} = stage);
    keyText = (await anyone(server).get('/log/key', {status: 200})).json.erasure_key;
});
after(async () => {
    const ended = await server.stop();
    await server.remove();
    assert.equal(ended.code, 0, server.log);
});

/** Runs the program: {code, stdout, stderr}. */
const porchlight = (...args) => run(program, args).then(({stdout, stderr}) => ({code: 0, stdout, stderr}), ({code, stdout, stderr}) => ({code, stdout, stderr}));

let files = 0;
async function verify(receipt, key = keyText) {
    const file = join(server.folder, `receipt-${++files}.txt`);
    await writeFile(file, receipt);
    return porchlight('verify', file, '--key', key);
}

/** A posted photo of a recipient who is signed in. */
async function posted(on = stage) {
    const robin = await signIn(on.server);
    const made = await photograph(on, robin.email);
    await photoState(on.shipper, made.delivery.id, 'posted');
    return {...made, robin, path: `/v1/me/orders/${made.delivery.id}`};
}

test('R9 a deletion is answered with a receipt that says when the key was destroyed, and checks offline', async () => {
    const {robin, path, delivery} = await posted();
    await robin.client.refused('no-erasure', 'GET', `${path}/erasure`);
    const {json} = await robin.client.delete(`${path}/photo`, {status: 200});
    assert.equal(json.state, 'erased');
    const [receipt] = json.receipts;
    assert.equal(receipt.state, 'destroyed');
    assert.equal(receipt.delivery_id, delivery.id);
    assert.equal(receipt.reason, 'by_recipient');
    assert.equal(json.receipt, receipt.receipt);
    assert.equal(Date.parse(receipt.copies_until) - Date.parse(receipt.destroyed_at), 7 * 86_400_000);
    assert.ok(receipt.receipt.includes(`\nentry ${receipt.entry}\n`) && !/sha256/.test(receipt.receipt));
    // It can be had again, byte by byte the same, by its recipient and by nobody else.
    const again = await robin.client.get(`${path}/erasure?attempt=1`, {status: 200});
    assert.deepEqual(again.json, receipt);
    const file = await robin.client.get(`${path}/erasure?download=1`, {status: 200});
    assert.equal(file.text, receipt.receipt);
    assert.match(file.headers['content-disposition'], /^attachment; filename="deleted-dlv_/);
    await robin.client.refused('no-erasure', 'GET', `${path}/erasure?attempt=2`);
    await robin.client.refused('invalid-field', 'GET', `${path}/erasure?attempt=none`);
    await (await signIn(server)).client.refused('not-found', 'GET', `${path}/erasure`);
    await anyone(server).refused('unauthorized', 'GET', `${path}/erasure`);
    assert.ok((await robin.client.get(`/orders/${delivery.id}`, {status: 200})).text.includes(`${path}/erasure?attempt=1&amp;download=1`));
    const said = await verify(receipt.receipt);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /destroyed .*\n.*copies .*may exist until/);
    for (const at of [3, 40, 120, receipt.receipt.length - 30, receipt.receipt.length - 1]) {
        const changed = Buffer.from(receipt.receipt);
        changed[at] ^= 1;
        assert.equal((await verify(changed)).code, 1, `byte ${at}`);
    }
    const log = (await anyone(server).get('/log/key')).json.log_key;
    assert.match((await verify(receipt.receipt, log)).stderr, /erasure_key/);
});

test('R9 a photo that is erased when its day comes has its receipt too', async () => {
    const {robin, path, delivery} = await posted();
    await sql(server, `UPDATE photo SET delete_by = 1 WHERE state = 'posted' AND hex(delivery_id) = (SELECT hex(delivery_id) FROM photo ORDER BY rowid DESC LIMIT 1)`);
    await photoState(shipper, delivery.id, 'erased');
    const receipt = await until(async () => {
        const {json} = await robin.client.get(`${path}/erasure`, {status: 200});
        return json.state === 'destroyed' && json;
    }, {what: 'a receipt that says destroyed'});
    assert.equal(receipt.reason, 'retention');
    assert.equal((await verify(receipt.receipt)).code, 0);
    const journal = (await porchlight('admin', 'erasures', '2026-01-01', '--keys', server.keys, '--data', server.data)).stdout;
    assert.ok(journal.includes(`${receipt.photo_id} ${receipt.destroyed_at} retention\n`), journal);
});

test('R9 nothing of what was erased is left in any file of the data folder: rows, free pages, log', async () => {
    const robin = await signIn(server);
    const {delivery, stop} = await sendOut(stage, robin.email);
    const name = 'Quillfeather Nightjar of Number Nine';
    await reportDelivered(driver, delivery.id, {left_at: 'neighbour', proof: {kind: 'name', value: name}});
    await uploadAtOnce(driver.client, stop, await draw({seed: nextSeed(), exif: true, size: '640x480'})); // shown, it has another hash
    await photoState(shipper, delivery.id, 'posted');
    const evidence = await until(async () => {
        const answer = await robin.client.get(`/v1/me/orders/${delivery.id}/evidence`);
        return answer.status === 200 && answer.bytes;
    }, {what: 'evidence'});
    const inside = unzip(evidence);
    const salt = Buffer.from(inside.salt.toString().trim(), 'hex');
    const manifest = inside['manifest.txt'].toString();
    const photoHash = Buffer.from(/photo_sha256 ([0-9a-f]{64})/.exec(manifest)[1], 'hex');
    const sealed = (await sql(server, `SELECT sealed FROM ledger_entry WHERE sealed IS NOT NULL ORDER BY seq DESC LIMIT 2`)).map(([hex]) => Buffer.from(hex, 'hex').subarray(0, 200));
    assert.equal(sealed.length, 2);
    const lasting = [Buffer.from(name), photoHash, ...sealed];
    assert.ok((await findPieces(server.data, lasting)).length >= 4, 'they are there before');
    await robin.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    await until(async () => (await findPieces(server.data, lasting)).length === 0, {what: 'nothing left of it'});
    assert.deepEqual(await findPieces(server.data, [salt, Buffer.from(salt.toString('hex')), Buffer.from(manifest), ...lasting]), []);
    await server.stop();
    assert.deepEqual(await findPieces(server.data, lasting), []);
    await server.start();
});

/** What the recipient of a photo is shown: its bytes, or the state that stands for them. */
async function seen({robin, path}) {
    const {status, bytes} = await robin.client.get(`${path}/photo?size=full`);
    if (status === 200) return bytes.length;
    const {photo} = (await robin.client.get(path, {status: 200})).json;
    return `${photo.state} ${photo.reason}`;
}

test('R9 whatever is restored, what was erased is not brought back, and the rest is', async (t) => {
    const mine = await setStage(t, {ledger: {interval_ms: 100}});
    const {server: host} = mine;
    const kept = await posted(mine), gone = await posted(mine);
    const size = await seen(kept);
    const at = (name) => join(host.folder, name);
    const folders = ['--data', host.data, '--keys', host.keys];
    // While it runs.
    for (const [verb, to] of [['backup', 'data-old'], ['backup-keys', 'keys-old']]) {
        const made = await porchlight(verb, at(to), ...folders);
        assert.equal(made.code, 0, made.stderr);
        assert.equal((await porchlight(verb, at(to), ...folders)).code, 1, 'a folder of its own');
    }
    assert.deepEqual(await findPieces(at('data-old'), [(await readFile(join(host.keys, 'master.key')))]), []);
    const {json: {receipt}} = await gone.robin.client.delete(`${gone.path}/photo`, {status: 200});
    await writeFile(at('receipt.txt'), receipt);
    await host.stop();
    await cp(host.keys, at('keys-now'), {recursive: true});
    await cp(host.data, at('data-now'), {recursive: true});

    /** Empty folders, filled by `fill`; then what comes back, and what the restores said. */
    const restored = async (fill) => {
        await rm(host.data, {recursive: true, force: true});
        await rm(host.keys, {recursive: true, force: true});
        const said = await fill();
        await host.start();
        const shown = [await seen(kept), await seen(gone)];
        return {said, shown};
    };
    const restore = async (from) => {
        const {code, stdout, stderr} = await porchlight('restore', at(from), ...folders);
        assert.equal(code, 0, stderr);
        return stdout;
    };

    // The data alone is old: the keys know.
    let back = await restored(async () => {
        await cp(at('keys-now'), host.keys, {recursive: true});
        return restore('data-old');
    });
    assert.match(back.said, /erased again: 1 photos/);
    assert.deepEqual(back.shown, [size, 'erased by_recipient']);
    const now = (await gone.robin.client.get(`${gone.path}/erasure`, {status: 200})).json;
    assert.equal(now.asked_at, /destroyed_at (\S+)/.exec(receipt)[1], 'the time that it was erased at first');
    await host.stop();

    // So, and the journal reaches back no further: the missing key is enough.
    back = await restored(async () => {
        await cp(at('keys-now'), host.keys, {recursive: true});
        for (const name of await readdir(host.keys)) if (name.startsWith('erasures-')) await rm(join(host.keys, name));
        return restore('data-old');
    });
    assert.deepEqual(back.shown, [size, 'erased key_gone']);
    await host.stop();

    // Both are old, and the journal was kept elsewhere.
    back = await restored(async () => {
        await mkdir(host.keys, {mode: 0o700});
        for (const name of await readdir(at('keys-now'))) if (name.startsWith('erasures-')) await cp(join(at('keys-now'), name), join(host.keys, name));
        await restore('keys-old');
        return restore('data-old');
    });
    assert.match(back.said, /erased again: 1 photos/);
    assert.deepEqual(back.shown, [size, 'erased by_recipient']);
    await host.stop();

    // The keys alone are old: no row names the key that came back with them.
    back = await restored(async () => {
        await restore('keys-old');
        await cp(at('data-now'), host.data, {recursive: true});
    });
    assert.deepEqual(back.shown, [size, 'erased by_recipient']);
    const slots = await readFile(join(host.keys, 'slots'));
    assert.equal(Array.from({length: slots.length / 128}, (_, i) => slots.subarray(i * 128, i * 128 + 128).some((byte) => byte)).filter(Boolean).length, 1, 'keys of one photo');
    await host.stop();

    // Both are old and the journal is lost: nobody here can know, and the receipt that its recipient kept erases it again.
    back = await restored(async () => {
        await restore('keys-old');
        return restore('data-old');
    });
    assert.equal(back.shown[0], size);
    assert.equal(typeof back.shown[1], 'number', 'the journal was lost, and this test shows why it matters');
    await writeFile(at('forged.txt'), receipt.replace(gone.delivery.id, kept.delivery.id));
    await assert.rejects(host.admin('erase-again', at('forged.txt')), /no receipt of an erasure/);
    assert.equal((await host.admin('erase-again', at('receipt.txt'))).erased_again, true);
    assert.deepEqual([await seen(kept), await seen(gone)], [size, 'erased by_recipient']);
    assert.equal((await host.admin('erase-again', at('receipt.txt'))).erased_again, false);
});

test('a backup that was cut short is none, a restore that was cut short is begun anew, and no byte of one may change', async (t) => {
    const mine = await setStage(t);
    const {server: host} = mine;
    const kept = await posted(mine);
    const size = await seen(kept);
    const at = (name) => join(host.folder, name);
    /** Runs the program and kills it after so long. */
    const cut = async (ms, ...args) => {
        const child = spawn(program, args, {stdio: 'ignore'});
        setTimeout(() => child.kill('SIGKILL'), ms);
        await once(child, 'exit');
    };
    let halves = 0;
    for (let ms = 4; ms <= 24; ms += 4) {
        await cut(ms, 'backup', at(`cut-${ms}`), '--data', host.data, '--keys', host.keys);
        const {code, stderr} = await porchlight('restore', at(`cut-${ms}`), '--data', at(`from-${ms}`), '--keys', at('none'));
        assert.ok(code === 0 || /no whole backup/.test(stderr), stderr);
        if (code !== 0) halves++;
    }
    assert.ok(halves > 0, 'one was cut short');
    assert.equal((await porchlight('backup', at('whole'), '--data', host.data)).code, 0);
    assert.equal((await porchlight('backup-keys', at('keys-whole'), '--keys', host.keys)).code, 0);
    await host.stop();
    // One byte of a file, and one line of the manifest.
    for (const file of ['files/porchlight.db', 'manifest']) {
        await cp(at('whole'), at('bad'), {recursive: true});
        const bytes = await readFile(join(at('bad'), file));
        bytes[bytes.length >> 1] ^= 1;
        await writeFile(join(at('bad'), file), bytes);
        const {code, stderr} = await porchlight('restore', at('bad'), '--data', at('data-bad'), '--keys', at('none'));
        assert.equal(code, 1);
        assert.match(stderr, /not as it was written/);
        await rm(at('bad'), {recursive: true});
        await rm(at('data-bad'), {recursive: true, force: true});
    }
    // No server starts where its data are gone and its keys are not, nor on half of a restore.
    await rm(host.data, {recursive: true});
    await assert.rejects(host.start(), /would be lost|ended at its start/);
    await rm(host.data, {recursive: true, force: true});
    await mkdir(host.data, {mode: 0o700});
    await writeFile(join(host.data, 'restore-unfinished'), '');
    await assert.rejects(host.start(), /cut short|ended at its start/);
    for (let ms = 2; ms <= 10; ms += 2) await cut(ms, 'restore', at('whole'), '--data', host.data, '--keys', host.keys);
    await rm(host.data, {recursive: true, force: true});
    await mkdir(host.data, {mode: 0o700});
    await writeFile(join(host.data, 'restore-unfinished'), '');
    const done = await porchlight('restore', at('whole'), '--data', host.data, '--keys', host.keys);
    assert.equal(done.code, 0, done.stderr);
    assert.equal((await porchlight('restore', at('whole'), '--data', host.data, '--keys', host.keys)).code, 1, 'into an empty folder only');
    await host.start();
    assert.equal(await seen(kept), size);
    // Backups of keys live for days only; `doctor` names the others.
    await mkdir(at('backups'));
    await cp(at('keys-whole'), join(at('backups'), 'old'), {recursive: true});
    const marker = join(at('backups'), 'old', 'backup');
    await writeFile(marker, (await readFile(marker, 'utf8')).replace(/made_at \S+/, 'made_at 2001-01-01T00:00:00.000Z'));
    const doctor = await porchlight('doctor', '--data', host.data, '--keys', host.keys, '--key-backups', at('backups'));
    assert.match(doctor.stdout, /FAIL {2}backups .*1 of 1 .*old/);
    const refused = await porchlight('restore', join(at('backups'), 'old'), '--keys', at('keys-new'));
    assert.match(refused.stderr, /older than key_backup_days/);
    assert.equal((await porchlight('restore', join(at('backups'), 'old'), '--keys', at('keys-new'), '--older')).code, 0);
});
