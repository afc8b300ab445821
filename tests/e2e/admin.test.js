// SPDX-License-Identifier: Apache-2.0
//
// The command line: what `porchlight admin` does beside a running server, what `doctor` says, and how wrong command lines
// and wrong folders are answered.
import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {chmod, mkdtemp, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {filesBelow, sql} from './support/insides.js';
import {buildFolder, patience, program, until} from './support/server.js';
import {Client} from './support/client.js';
import {uploadAtOnce} from './support/tus.js';
import {
    addAgent, addDelivery, anyone, pairPhone, photograph, photoState, sendOut, setStage, signIn, signInAgent, stopOf, unique,
} from './support/world.js';

const stage = await setStage({after});
const {server, shipper} = stage;

/** Runs the program to its end: {status, stdout, stderr}. */
function porchlight(...args) {
    return new Promise((done) => execFile(program, args, {timeout: 30_000 * patience}, (error, stdout, stderr) => done({status: error ? error.code : 0, stdout, stderr})));
}

/** An action of `admin` that must be refused: its one line. */
async function refused(on, ...words) {
    const {status, stdout, stderr} = await porchlight('admin', '--data', on.data, '--keys', on.keys, ...words);
    assert.notEqual(status, 0, words.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^porchlight: .+\n$/);
    return stderr;
}

async function freshFolder(t) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-test-'));
    t.after(() => rm(folder, {recursive: true, force: true}));
    return folder;
}

test('an API key works at once, has a mark, and is revoked by it', async () => {
    const {api_key: key} = await server.admin('api-key-add', shipper.id, '--name', 'second');
    const second = new Client(server, {token: key});
    await second.get('/v1/deliveries', {status: 200});
    const {shippers} = await server.admin('shipper-list');
    const {mark, revoked_at: revoked} = shippers.find(({id}) => id === shipper.id).api_keys.find(({name}) => name === 'second');
    assert.equal(revoked, null);
    await server.admin('api-key-revoke', mark);
    await second.get('/v1/deliveries', {status: 401});
    await shipper.client.get('/v1/deliveries', {status: 200});
    assert.match(await refused(server, 'api-key-revoke', mark), /no such key/);
});

test('a driver added here pairs a phone, and is shut out here', async () => {
    const added = await server.admin('driver-add', shipper.id, 'Dana');
    assert.match(added.pairing_code, /^\d{10}$/);
    assert.ok(Date.parse(added.pairing_expires_at) > Date.now());
    const {client} = await pairPhone(server, added.pairing_code);
    await client.get('/v1/driver/stops', {status: 200});
    assert.equal((await server.admin('driver-revoke', added.id)).devices_revoked, 1);
    await client.get('/v1/driver/stops', {status: 401});
});

test('an agent signs in, and is shut out with every session', async () => {
    const agent = await addAgent(server, shipper);
    assert.match(agent.totp_uri, /^otpauth:\/\/totp\/Porchlight:[^@]+\?secret=[A-Z2-7]{32}&issuer=Porchlight$/);
    const desk = await signInAgent(server, agent);
    await desk.get('/v1/cases', {status: 200});
    assert.match(await refused(server, 'agent-add', agent.email.toUpperCase()), /already/);
    await server.admin('agent-disable', agent.email);
    await desk.get('/v1/cases', {status: 401});
    await assert.rejects(signInAgent(server, agent));
});

test('a tracking link is printed again, the same', async () => {
    const delivery = await addDelivery(shipper, `link-${unique()}@example.org`);
    const {tracking_url: url} = await server.admin('delivery-tracking', delivery.id);
    assert.equal(new URL(url).pathname, new URL(delivery.tracking_url).pathname);
});

test('a tracking link is renewed: the old one is unknown at once', async () => {
    const delivery = await addDelivery(shipper, `link-${unique()}@example.org`);
    const {id, tracking_url: url} = await server.admin('tracking-renew', delivery.id);
    assert.equal(id, delivery.id);
    await anyone(server).get(new URL(delivery.tracking_url).pathname, {status: 404});
    await anyone(server).get(new URL(url).pathname, {status: 200});
    assert.equal((await server.admin('delivery-tracking', delivery.id)).tracking_url, url);
});

test('what there is not is refused by its name', async () => {
    assert.match(await refused(server, 'driver-add', 'shp_nobody', 'Dana'), /no shipper shp_nobody/);
    assert.match(await refused(server, 'agent-add', 'nobody'), /no e-mail address/);
    assert.match(await refused(server, 'delivery-tracking', 'dlv_none'), /no delivery dlv_none/);
    assert.match(await refused(server, 'tracking-renew', 'dlv_none'), /no delivery dlv_none/);
    assert.match(await refused(server, 'photo-drop', 'pho_none'), /no photo pho_none/);
    assert.match(await refused(server, 'shipper-add', ''), /no name/);
    assert.match(await refused(server, 'shipper-add', 'a\nb'), /no name/);
});

test('unknown flags, words and actions are refused by their name', async () => {
    for (const [words, said] of /** @type {[string[], RegExp][]} */ ([
        [['serve', '--nope'], /--nope is no flag/], [['serve', 'now'], /"now"/], [['demo', '--once=yes'], /--once takes no value/],
        [['doctor', 'me'], /"me"/], [['nope'], /no `porchlight nope`/], [['admin', 'nope'], /no `admin nope`/],
        [['admin', 'shipper-add'], /wants NAME/], [['admin', 'stats', 'more'], /"more"/], [['admin', 'stats', '--name', 'x'], /takes no --name/],
        [['serve', '--listen', 'here'], /"here"/], [['serve', '--photo-slots', '65'], /65/],
    ])) {
        const {status, stderr} = await porchlight(...words);
        assert.equal(status, 2, words.join(' '));
        assert.match(stderr, said);
    }
});

test('admin without a word, and with --help, lists its actions', async () => {
    for (const words of [['admin'], ['admin', '--help'], ['admin', '-h']]) {
        const {status, stdout} = await porchlight(...words);
        assert.equal(status, 0, words.join(' '));
        assert.match(stdout, /shipper-add NAME/);
        assert.doesNotMatch(stdout, /porchlight serve/);
    }
    assert.match((await porchlight('serve', '--help')).stdout, /porchlight serve/);
});

test('demo --once tells the story, and points to nothing that is gone with it', async () => {
    const {status, stdout} = await porchlight('demo', '--once', '--listen', '127.0.0.1:0');
    assert.equal(status, 0);
    for (const told of [/withheld/, /against the PIN/, /"agent \d+" stands/, /has taken it back/, /to print/, /signed receipt of that/]) assert.match(stdout.replace(/\s+/g, ' '), told);
    assert.doesNotMatch(stdout, /Look for yourself|password|stays up/);
});

test('demo stays up, and its link pairs a phone', async (t) => {
    const child = spawn(program, ['demo', '--listen', '127.0.0.1:0'], {stdio: ['ignore', 'pipe', 'inherit']});
    t.after(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
    const [, origin, code] = await until(() => /(http:\/\/\S+)\/drive\/#pair=(\w+)[^]*stays up/.exec(said), {ms: 60_000, what: 'the end of the story'});
    const headers = {'content-type': 'application/json', 'idempotency-key': '"demo"'};
    const response = await fetch(`${origin}/v1/driver/pair`, {method: 'POST', headers, body: JSON.stringify({code})});
    assert.equal(response.status, 201);
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
});

test('a second server keeps off the folder; admin says where there is no data', async (t) => {
    const folder = await freshFolder(t);
    const second = await porchlight('serve', '--data', server.data, '--keys', server.keys, '--listen', '127.0.0.1:0');
    assert.equal(second.status, 1);
    assert.match(second.stderr, /is running on the data folder/);
    assert.match(await refused({data: folder, keys: `${folder}.keys`}, 'stats'), /no Porchlight data/);
    assert.deepEqual(await readdir(folder), []);
});

test('a data folder that others may enter is refused', async (t) => {
    const folder = await freshFolder(t);
    await chmod(folder, 0o755);
    const {status, stderr} = await porchlight('serve', '--data', folder, '--listen', '127.0.0.1:0');
    assert.equal(status, 1);
    assert.match(stderr, /chmod 700/);
});

test('doctor: all is well beside a running server, and each missing thing is named', async (t) => {
    const well = await porchlight('doctor', '--config', server.config, '--data', server.data);
    assert.equal(well.status, 0, well.stdout);
    assert.doesNotMatch(well.stdout, /FAIL/);
    for (const what of ['sandbox', 'worker', 'data', 'space', 'keys', 'database', 'outbox', 'clock', 'mail', 'address', 'files']) assert.match(well.stdout, new RegExp(`^(ok|warn) +${what} `, 'm'));
    const folder = await freshFolder(t);
    const ill = await porchlight('doctor', '--data', folder, '--public-url', 'http://parcels.example', '--photo-worker-path', '/nowhere');
    assert.equal(ill.status, 1);
    for (const what of ['worker', 'mail', 'address']) assert.match(ill.stdout, new RegExp(`^FAIL +${what} `, 'm'));
    assert.deepEqual(await readdir(folder), []);
});

test('the master key is changed while the server is stopped, and photos are as before', async (t) => {
    const other = await setStage(t);
    const email = `rotate-${unique()}@example.org`;
    const {delivery} = await photograph(other, email);
    assert.match(await refused(other.server, 'key-rotate'), /stop it first/);
    const before = await readFile(join(other.server.keys, 'master.key'));
    await other.server.stop();
    assert.equal((await other.server.admin('key-rotate')).replace_master_key_file, false);
    assert.notDeepEqual(await readFile(join(other.server.keys, 'master.key')), before);
    await other.server.start();
    const {client} = await signIn(other.server, email);
    await client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
});

test('a master key that was handed in is changed in two steps, and each wrong one is told by its name', async (t) => {
    const {server: own} = await setStage(t);
    await own.stop();
    const keyFile = async (name) => {
        const path = join(own.folder, name);
        await writeFile(path, randomBytes(32), {mode: 0o600});
        return path;
    };
    const [spare, next, other, short] = [await keyFile('spare'), await keyFile('next'), await keyFile('other'), join(own.folder, 'short')];
    await writeFile(short, randomBytes(31), {mode: 0o600});
    assert.match(await refused(own, 'key-rotate', '--next-master-file', spare), /Porchlight's own here: leave --next-master-file away/);
    const handed = join(own.folder, 'handed');
    await rename(join(own.keys, 'master.key'), handed);
    const rotate = ['key-rotate', '--master-key-file', handed];
    assert.match(await refused(own, ...rotate), /name the file with the next one/);
    assert.match(await refused(own, ...rotate, '--next-master-file', join(own.folder, 'nowhere')), /name the file with the next one/);
    assert.match(await refused(own, ...rotate, '--next-master-file', short), /exactly 32 bytes/);
    assert.match(await refused(own, ...rotate, '--next-master-file', handed), /is the one in use/);
    assert.equal((await own.admin(...rotate, '--next-master-file', next)).replace_master_key_file, true);
    assert.equal((await own.admin(...rotate, '--next-master-file', next)).replace_master_key_file, true);
    assert.match(await refused(own, ...rotate, '--next-master-file', other), /an earlier change awaits its end/);
    await rename(next, handed);
    own.settings.server.master_key_file = handed;
    await own.start();
    await own.stop();
    assert.equal((await own.admin(...rotate, '--next-master-file', other)).replace_master_key_file, true);
    await rename(other, handed);
    await own.start();
});

test('work that was set aside is listed, and done when it is tried again', async (t) => {
    const {server: own} = await setStage(t);
    await sql(own, `insert into job (id, kind, attempts, put_off, taken, run_at, set_aside_at, last_error, created_at)
        values (x'0192aabbccdd70008000000000000001', 'destroy', 1000, 0, 1000, 1, 2, 'failed', 1)`);
    const {jobs} = await own.admin('job-list');
    assert.deepEqual(jobs.map(({kind, attempts, reason}) => [kind, attempts, reason]), [['destroy', 1000, 'failed']]);
    assert.equal((await own.admin('job-retry', jobs[0].id)).kind, 'destroy');
    await refused(own, 'job-retry', jobs[0].id);
    assert.deepEqual((await own.admin('job-list')).jobs, []);
    await own.stop();
    await own.start(); // looks at once
    await until(async () => (await sql(own, 'select 1 from job')).length === 0, {what: 'the job done'});
});

test('photos that were set aside are listed, judged again, or erased with their original', async (t) => {
    const other = await setStage(t, {
        jobs: {backoff_ms: 20}, intake: {verdict_wait_ms: 100},
        photo: {worker_path: join(buildFolder, 'src/photo/porchlight-photo-hostile'), allow_weaker_sandbox: 'yes'},
    });
    const ids = [];
    for (const word of ['exit_with_code', 'exit_silently']) {
        const {delivery} = await sendOut(other, `aside-${unique()}@example.org`);
        await uploadAtOnce(other.driver.client, await stopOf(other.driver, delivery.id), Buffer.from(word));
        ids.push(delivery.id);
    }
    for (const id of ids) await photoState(other.shipper, id, 'set_aside');
    const {photos} = await other.server.admin('photo-list');
    assert.deepEqual(photos.map(({delivery_id: id}) => id), ids);
    const {jobs} = await other.server.admin('job-list');
    assert.deepEqual(jobs.map(({kind, subject, attempts, reason}) => [kind, subject, attempts, reason]),
        photos.map(({id}) => ['judge', id, 3, 'failed']));
    assert.match(await refused(other.server, 'job-retry', jobs[0].id), new RegExp(`photo-retry ${photos[0].id}`));
    assert.match(await refused(other.server, 'job-retry', 'job_nosuch'), /no job/);
    await other.server.stop();
    assert.equal((await other.server.admin('photo-retry', photos[0].id)).state, 'received');
    assert.equal((await other.server.admin('photo-drop', photos[1].id)).state, 'erased');
    delete other.server.settings.photo;
    await other.server.start();
    assert.equal((await photoState(other.shipper, ids[0], 'rejected')).photo.reason, 'not_jpeg');
    assert.equal((await photoState(other.shipper, ids[1], 'erased')).photo.reason, 'by_administrator');
    assert.match(await refused(other.server, 'photo-retry', photos[0].id), /is rejected, not set aside/);
    for (let left = ['?'], tries = 0; left.length > 0; tries++) {
        left = await filesBelow(join(other.server.data, 'intake'));
        assert.ok(tries < 200 * patience, 'the sealed originals are still there');
        await new Promise((done) => setTimeout(done, 50));
    }
});
