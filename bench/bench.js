// SPDX-License-Identifier: Apache-2.0
//
// The figures of docs/performance.md. Each is a ratio to a floor or a peer that is measured in turn with it, some rounds of
// both, and the median is printed; beside it the rates and the processor time of each request (`…-cpu-us`, which is
// steadier on a machine with neighbours), likewise medians. Memory is the largest of what was seen.
import {createHash} from 'node:crypto';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import http from 'node:http';
import {join} from 'node:path';
import {buildFolder} from '../tests/e2e/support/server.js';
import {driveFigures} from './drive.js';
import {live} from './live.js';
import {cpuOf, endAll, machineLine, rssOf, runJson, start, watchRss} from './machine.js';
import {sweep} from './sweep.js';
import {addShipper, deliveriesOut, drawPhotos, load, removeRunFolder, runFolder, signIn, startNginx, startPorchlight, stopLine, wait} from './world.js';

const ROUNDS = 5;
const GET = {links: 16, threads: 2, ms: 2000};
const INTAKE = {links: 32, ms: 4000, warm: 700};
const READ = {links: 8, threads: 1, ms: 3000}; // the previews that are read while photos come in
const RECIPIENTS = 8, SHOWN = 64;
const HELD = 10_000;
const DRAINED = 100_000;
const TOLD = {shippers: 100, stops: 25};
const LEDGER_STOPS = 6000; // of each of the two servers
const PORTS = 18_400 + (process.pid % 400) * 4; // four of our own: Porchlight, nginx, nginx with a log

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const round = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3));
const print = (name, value) => process.stdout.write(`${name} ${typeof value === 'number' ? round(value) : value}\n`);
const progress = (text) => process.stderr.write(`bench: ${text}\n`);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const wanted = new Set(process.argv.slice(2));
const wants = (...names) => wanted.size === 0 || names.some((name) => wanted.has(name));

// ---- measuring ----

/** bench-load's figures of a run against a server, and the server's processor time for each request. */
async function measure(pid, args) {
    const before = cpuOf(pid);
    const figures = await runJson(load, args);
    if (args[0] === 'upload') await wait(500); // what follows the answer belongs to the photo too
    return {...figures, cpu_us: (cpuOf(pid) - before) / figures.all};
}

const getArgs = (port, list, {links, threads, ms}) => ['get', '--port', port, '--list', list, '--links', links, '--threads', threads, '--ms', ms, '--warm-ms', 300];

/** Ours and the peer's in turn; prints the ratio of each pair's rates, and what lies behind it. */
async function compare(name, ours, peers) {
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) {
        const taken = {ours: await ours()};
        for (const [peer, take] of Object.entries(peers)) taken[peer] = await take();
        rounds.push(taken);
    }
    for (const peer of Object.keys(peers)) print(`${name}/${peer}`, median(rounds.map((taken) => taken.ours.rate / taken[peer].rate)));
    for (const who of ['ours', ...Object.keys(peers)]) {
        const label = who === 'ours' ? name : `${name}-${who}`;
        print(`${label}-rate`, median(rounds.map((taken) => taken[who].rate)));
        print(`${label}-cpu-us`, median(rounds.map((taken) => taken[who].cpu_us)));
    }
    return rounds;
}

// ---- stops ----

/** Uploads to stops of a list that are used up one after the other. */
class Stops {
    used = 0;

    /** @param {string} file @param {number} count @param {string[]} photos */
    constructor(file, count, photos) {
        this.file = file;
        this.count = count;
        this.photos = photos;
    }

    async upload(server, {links, ms, warm}) {
        const figures = await measure(server.pid, ['upload', '--port', server.port, '--list', this.file, '--skip', this.used, '--links', links, '--ms', ms, '--warm-ms', warm, ...this.photos]);
        this.used += figures.stops;
        if (this.used >= this.count) throw new Error('there were not enough deliveries for this machine');
        return figures;
    }
}

async function makeStops(server, shipper, count, doors, name = 'stops') {
    const hashes = await Promise.all(doors.map(async (file) => sha256(await readFile(file))));
    const out = await deliveriesOut(server, shipper, count, 'strangers', (i) => `stranger-${i}@example.org`);
    const file = join(await runFolder(), name);
    await writeFile(file, out.map(({token, stop}, i) => `${stopLine(stop, token, i % doors.length, hashes[i % doors.length])}\n`).join(''));
    return new Stops(file, out.length, doors);
}

// ---- what is read ----

/** One answer, whole. @returns {Promise<Buffer>} */
function fetchBytes(url, headers) {
    return new Promise((done, fail) => {
        http.get(url, {headers}, (answer) => {
            const chunks = [];
            answer.on('data', (chunk) => chunks.push(chunk));
            answer.on('end', () => (answer.statusCode === 200 ? done(Buffer.concat(chunks)) : fail(new Error(`${new URL(url).pathname}: ${answer.statusCode}`))));
        }).on('error', fail);
    });
}

/** Photos that recipients can see, as lists of targets: ours, and the same bytes as files for nginx. */
async function makeShown(server, shipper, soft) {
    const root = join(await runFolder(), 'files');
    await mkdir(root);
    const people = [];
    for (let i = 0; i < RECIPIENTS; i++) people.push(await signIn(server, `robin-${i}@example.org`));
    const hash = sha256(await readFile(soft));
    const out = await deliveriesOut(server, shipper, SHOWN, 'shown', (i) => people[i % RECIPIENTS].email);
    const file = join(await runFolder(), 'shown');
    await writeFile(file, out.map(({token, stop}) => `${stopLine(stop, token, 0, hash)}\n`).join(''));
    await runJson(load, ['upload', '--port', server.port, '--list', file, '--links', 4, '--ms', 60_000, soft]);
    const lists = {photo: [], preview: [], json: []};
    for (const {client} of people) {
        const {json} = await client.get('/v1/me/orders?limit=200', {status: 200, judge: false});
        const cookie = `Cookie: ${client.headersFor('GET', {}).cookie}`;
        for (const {id} of json.items) {
            lists.photo.push([`/v1/me/orders/${id}/photo?size=full`, cookie]);
            lists.preview.push([`/v1/me/orders/${id}/photo?size=preview`, cookie]);
            lists.json.push([`/v1/deliveries/${id}`, `Authorization: Bearer ${shipper.client.token}`]);
        }
    }
    const shown = {};
    for (const [kind, targets] of Object.entries(lists)) {
        const bodies = await Promise.all(targets.map(([path, credential]) => {
            const [name, value] = credential.split(': ');
            return fetchBytes(server.url + path, {[name]: value});
        }));
        await Promise.all(bodies.map((body, i) => writeFile(join(root, `${kind}-${i}.${kind === 'json' ? 'json' : 'jpg'}`), body)));
        shown[kind] = {ours: join(await runFolder(), `${kind}-ours`), files: join(await runFolder(), `${kind}-files`), bytes: median(bodies.map((body) => body.length))};
        await writeFile(shown[kind].ours, targets.map(([path, credential]) => `${path}\t${credential}\n`).join(''));
        await writeFile(shown[kind].files, bodies.map((_, i) => `/${kind}-${i}.${kind === 'json' ? 'json' : 'jpg'}\n`).join(''));
    }
    return {root, ...shown};
}

// ---- the figures ----

async function intake(server, stops) {
    const store = join(await runFolder(), 'floor');
    const floor = async () => {
        const {photos, seconds, cpu_us} = await runJson(join(buildFolder, 'bench/bench-floor'), ['--processes', 6, '--seconds', 3, store, ...stops.photos]);
        return {rate: photos / seconds, cpu_us};
    };
    await stops.upload(server, {...INTAKE, ms: 1500});
    const most = watchRss(server.pid);
    const rounds = await compare('intake', () => stops.upload(server, INTAKE), {floor});
    print('intake-verdict-p50-ms', median(rounds.map(({ours}) => ours.verdict_p50_us / 1000)));
    print('intake-verdict-p99-ms', median(rounds.map(({ours}) => ours.verdict_p99_us / 1000)));
    print('rss-intake-mb', most());
}

/** The same intake with the ledger and without it, and what a proof takes in a log of ten million entries. */
async function ledger(server, shipper, doors) {
    const off = await startPorchlight(PORTS + 3, {ledger: {on: 'no'}});
    const other = await addShipper(off, 'Bench without');
    const [with_, without] = [await makeStops(server, shipper, LEDGER_STOPS, doors), await makeStops(off, other, LEDGER_STOPS, doors, 'stops-without')];
    for (const [at, stops] of [[server, with_], [off, without]]) await stops.upload(at, {...INTAKE, ms: 1500});
    await compare('ledger-append', () => with_.upload(server, INTAKE), {'sqlite-commit': () => without.upload(off, INTAKE)});
    await off.stop();
    const folder = join(await runFolder(), 'log');
    await mkdir(folder);
    const {proof_us, proof_p99_us} = await runJson(join(buildFolder, 'bench/bench-proof'), [folder, 10_000_000]);
    print('ledger-proof-10m-ms', proof_us / 1000);
    print('ledger-proof-10m-p99-ms', proof_p99_us / 1000);
}

async function reads(server, shown) {
    const nginx = await startNginx(shown.root, PORTS + 1);
    for (const [name, kind] of [['photo-get', 'photo'], ['preview-get', 'preview'], ['json-get', 'json']]) {
        if (!wants(kind)) continue;
        const peer = (port) => () => measure(nginx.pid, getArgs(port, shown[kind].files, GET));
        print(`${name}-bytes`, shown[kind].bytes);
        await compare(name, () => measure(server.pid, getArgs(server.port, shown[kind].ours, GET)),
            {nginx: peer(PORTS + 1), ...(kind === 'json' && {'nginx-logging': peer(PORTS + 2)})});
    }
    nginx.kill('SIGTERM');
}

async function underIntake(server, stops, shown) {
    const quiet = [], busy = [];
    for (let i = 0; i < 3; i++) {
        quiet.push(await runJson(load, getArgs(server.port, shown.preview.ours, READ)));
        const [, figures] = await Promise.all([
            stops.upload(server, {...INTAKE, ms: READ.ms + 1500}),
            wait(1000).then(() => runJson(load, getArgs(server.port, shown.preview.ours, READ))),
        ]);
        busy.push(figures);
    }
    print('preview-under-intake', median(busy.map(({rate}, i) => rate / quiet[i].rate)));
    print('preview-p99-under-intake-ratio', median(busy.map((figures, i) => figures.p99_us / quiet[i].p99_us)));
    print('preview-quiet-rate', median(quiet.map(({rate}) => rate)));
    print('preview-quiet-p99-ms', median(quiet.map((figures) => figures.p99_us / 1000)));
    print('preview-under-intake-p99-ms', median(busy.map((figures) => figures.p99_us / 1000)));
}

/** Gives the lines of a child's stdout one by one. @returns {AsyncGenerator<string, undefined>} */
async function* linesOf(stream) {
    let rest = '';
    for await (const chunk of stream.setEncoding('utf8')) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        yield* lines;
    }
}

async function hold(server, stops) {
    const held = Math.min(HELD, stops.count - stops.used);
    const phones = start(load, ['hold', '--port', server.port, '--list', stops.file, '--skip', stops.used, '--links', held, stops.photos[0]].map(String), {stdio: ['pipe', 'pipe', 'inherit']});
    const most = watchRss(server.pid);
    const lines = linesOf(phones.stdout);
    await lines.next();
    await wait(3500);
    print('rss-10k-uploads-mb', most());
    phones.stdin.end();
    const {value} = await lines.next();
    if (Number(value?.split(' ')[1]) < HELD) print('rss-10k-uploads-held', Number(value?.split(' ')[1] ?? 0));
    stops.used += held;
}

// ---- telling ----

/** Starts a sink, which takes whatever it is told: {port, end}; end() gives how many requests came. With a log, each is a line of it. */
async function startSink(log) {
    const child = start(load, ['sink', ...(log ? ['--list', log] : [])], {stdio: ['pipe', 'pipe', 'inherit']});
    const lines = linesOf(child.stdout);
    const next = async () => JSON.parse((await lines.next()).value);
    const {port} = await next();
    return {port, end: async () => {
        child.stdin.end();
        return (await next()).all;
    }};
}

/** A full outbox drained to a sink: to a hundred endpoints, and to as many as there are notices. */
async function notifyDrain() {
    for (const [name, targets] of [['notify-drain', 100], ['notify-drain-each', DRAINED]]) {
        const rounds = [];
        for (let i = 0; i < 3; i++) {
            const folder = join(await runFolder(), `${name}-${i}`);
            await mkdir(folder);
            const sink = await startSink();
            const figures = await runJson(join(buildFolder, 'bench/bench-notify'), [folder, sink.port, DRAINED, targets]);
            const came = await sink.end();
            if (came < DRAINED) throw new Error(`${came} of ${DRAINED} notices came`);
            rounds.push(figures);
        }
        print(name, median(rounds.map(({rate}) => rate)));
        print(`${name}-cpu-us`, median(rounds.map(({cpu_us}) => cpu_us)));
        print(`rss-${name}-mb`, Math.max(...rounds.map(({rss_mb}) => rss_mb)));
    }
}

/** A hundred shippers, each with a webhook and stops; the first webhook's port is dead, the second is slow. Their stops, in turn. */
async function makeTold(server, sink, dead, doors) {
    const hashes = await Promise.all(doors.map(async (file) => sha256(await readFile(file))));
    const each = [];
    for (let i = 0; i < TOLD.shippers; i++) {
        const shipper = await addShipper(server, `Told ${i}`);
        const url = i === 0 ? `http://127.0.0.1:${dead}/dead` : `http://127.0.0.1:${sink}/${i === 1 ? 'slow' : 'quick'}-${i}`;
        await shipper.client.post('/v1/webhooks', {url, events: ['photo.posted']}, {status: 201, judge: false});
        each.push(await deliveriesOut(server, shipper, TOLD.stops, 'told', (n) => `told-${i}-${n}@example.org`));
    }
    const lines = Array.from({length: TOLD.shippers * TOLD.stops}, (_, i) => {
        const {token, stop} = each[i % TOLD.shippers][Math.floor(i / TOLD.shippers)];
        return `${stopLine(stop, token, i % doors.length, hashes[i % doors.length])}\n`;
    });
    const file = join(await runFolder(), 'told');
    await writeFile(file, lines.join(''));
    return new Stops(file, lines.length, doors);
}

/**
 * From the verdict, after which the last byte is acknowledged, to the webhook at its endpoint, while intake runs flat out; of
 * the ninety-eight endpoints that are neither dead nor slow. The event's time is taken before the commit, so this is rather too long than too short.
 */
async function notifyLatency(doors) {
    const log = join(await runFolder(), 'told-log');
    const sink = await startSink(log);
    const dead = await startSink();
    await dead.end(); // nobody listens there any more
    server = await startPorchlight(PORTS, {notify: {allow_private_targets: 'yes'}});
    const stops = await makeTold(server, sink.port, dead.port, doors);
    const figures = await stops.upload(server, {...INTAKE, ms: 8000});
    await wait(3000);
    await sink.end();
    const late = sorted((await readFile(log, 'utf8')).split('\n').flatMap((line) => {
        const [, at, body] = /^(\d+) \/quick\S* (.*)$/.exec(line) ?? [];
        return body && /photo\.posted/.test(body) ? [Number(at) - Date.parse(JSON.parse(body).timestamp)] : [];
    }));
    if (late.length < figures.all * 0.9) throw new Error(`${late.length} notices came of ${figures.all} photos`);
    print('notify-p50-ms', late[Math.floor(late.length * 0.5)]);
    print('notify-p99-ms', late[Math.floor(late.length * 0.99)]);
    print('notify-intake-rate', figures.rate);
    print('notify-intake-cpu-us', figures.cpu_us);
    const {code} = await server.stop();
    if (code !== 0) throw new Error(`the server ended with ${code}`);
}

/** @type {Awaited<ReturnType<typeof startPorchlight>>} */
let server;

async function main() {
    const begun = Date.now();
    print('measured', new Date().toISOString().slice(0, 10));
    process.stdout.write(`${machineLine()}\n`);
    const {doors, large, soft} = await drawPhotos();
    if (wants('worker')) {
        const {peak_rss_kb, cpu_us} = await runJson(join(buildFolder, 'bench/bench-worker'), [join(buildFolder, 'porchlight-photo'), 5, large]);
        print('rss-worker-12mp-mb', peak_rss_kb / 1024);
        print('worker-12mp-cpu-us', cpu_us);
    }
    if (wants('notify', 'notify-drain')) await notifyDrain();
    if (wants('notify', 'notify-p99')) await notifyLatency(doors);
    if (wants('sweep')) await sweep(PORTS + 3, makeStops, doors, {print, progress});
    if (wanted.size > 0 && wanted.has('sweep') && wanted.size === 1) return;
    if (wanted.size > 0 && [...wanted].every((name) => name.startsWith('notify'))) return;
    server = await startPorchlight(PORTS);
    await wait(1000);
    print('rss-idle-mb', rssOf(server.pid));
    const shipper = await addShipper(server, 'Bench');
    if (wants('drive')) await driveFigures(server, shipper, print);
    const needed = (wants('intake') ? 9000 : 0) + (wants('under') ? 4500 : 0) + (wants('hold') ? HELD : 0);
    progress(`creating ${needed} deliveries`);
    const stops = await makeStops(server, shipper, needed, doors);
    progress(`created after ${Math.round((Date.now() - begun) / 1000)} s`);
    if (wants('intake')) await intake(server, stops);
    if (wants('ledger')) await ledger(server, shipper, doors);
    if (wants('photo', 'preview', 'json', 'under')) {
        const shown = await makeShown(server, shipper, soft);
        await reads(server, shown);
        if (wants('under')) await underIntake(server, stops, shown);
    }
    if (wants('hold')) {
        await server.stop();
        await server.start();
        await hold(server, stops);
    }
    if (wants('live')) {
        await server.stop();
        server.settings.server.connection_limit = 4000; // descriptors are for the streams
        await server.start();
        await live(server, print);
    }
    const {code} = await server.stop();
    if (code !== 0) throw new Error(`the server ended with ${code}`);
    progress(`took ${Math.round((Date.now() - begun) / 1000)} s`);
}

/** What the server had to say. */
async function complaints() {
    const log = server ? await readFile(join(server.folder, 'log'), 'utf8') : '';
    return log.split('\n').filter((line) => / level=(error|warn) /.test(line)).slice(-5).map((line) => `${line}\n`).join('');
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { endAll(); void removeRunFolder().finally(() => process.exit(1)); });
try {
    await main();
} catch (error) {
    process.stderr.write(`bench: ${error.stack}\n${await complaints()}`);
    process.exitCode = 1;
} finally {
    endAll();
    await removeRunFolder();
}
