// SPDX-License-Identifier: Apache-2.0
//
// The bench's servers and people: a Porchlight with fresh folders on the build folder's disk (a /tmp in memory would
// sync for nothing), made ready through its API as anyone would; and an nginx that has the same bytes as files.
import {openSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises';
import http from 'node:http';
import {join} from 'node:path';
import {Server, buildFolder, program, until} from '../tests/e2e/support/server.js';
import {DOOR, addDriver, addShipper, signIn} from '../tests/e2e/support/world.js';
import {run, runJson, start} from './machine.js';

export const load = join(buildFolder, 'bench/bench-load');
export const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const CREATORS = 32; // requests at once while deliveries are created
const STOPS_EACH = 200; // what a round holds

// ---- folders and photos ----

let folder;

/** The folder of this run. */
export async function runFolder() {
    folder ??= await mkdtemp(join(buildFolder, 'bench-run-'));
    await chmod(folder, 0o755); // nginx's workers are somebody else
    return folder;
}

export async function removeRunFolder() {
    if (folder) await rm(folder, {recursive: true, force: true});
}

/** 24 doorsteps of two megapixels and about 300 KB, as phones send them: most upright, some turned, one progressive. */
const KINDS = Array.from({length: 24}, (_, i) => (i === 23 ? ['--progressive'] : i % 8 === 7 ? ['--orientation', '6'] : []));

/** Draws what has not been drawn by an earlier run; gives the files. */
export async function drawPhotos() {
    const drawn = join(buildFolder, 'bench-photos');
    await mkdir(drawn, {recursive: true});
    const have = new Set(await readdir(drawn));
    const draw = (name, args) => have.has(name) || run(join(buildFolder, 'src/picture/draw-picture'), [join(drawn, name), '--exif', '--gps', ...args]);
    const names = KINDS.map((_, i) => `door-${i}.jpg`);
    for (let i = 0; i < names.length; i += 2)
        await Promise.all([i, i + 1].map((k) => draw(names[k], ['--seed', String(100 + k), ...KINDS[k]])));
    await draw('large.jpg', ['--seed', '3', '--size', '4032x3024']);
    // 300 KB with a preview of 15 KB: a soft picture, finely coded.
    await draw('soft.jpg', ['--seed', '105', '--blurred', '--quality', '99']);
    return {doors: names.map((name) => join(drawn, name)), large: join(drawn, 'large.jpg'), soft: join(drawn, 'soft.jpg')};
}

// ---- Porchlight ----

/** A server whose log goes to a file, as to a journal, and not through the bench. */
class BenchServer extends Server {
    async start() {
        await writeFile(this.config, Object.entries(this.settings).map(([section, values]) =>
            `[${section}]\n${Object.entries(values).map(([name, value]) => `${name} = ${value}\n`).join('')}`).join('\n'));
        const log = openSync(join(this.folder, 'log'), 'a');
        this.child = start(program, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--config', this.config], {stdio: ['ignore', log, log]});
        this.ended = new Promise((done) => this.child.once('exit', (code, signal) => done({code, signal})));
        await until(() => this.isReady(), {ms: 15_000, what: 'the server'});
        return this;
    }
}

/** Starts a server. Its rate limits count, at numbers that one client of a bench does not reach. */
export async function startPorchlight(port, more = {}) {
    const own = await mkdtemp(join(await runFolder(), 'porchlight-'));
    const server = new BenchServer(own, port, {
        server: {connections_per_address: 0, connection_limit: 20000},
        api: {requests_per_minute: 1_000_000, request_burst: 1_000_000},
        intake: {uploads_per_device: 2000},
        ...more,
    });
    await mkdir(server.mail);
    return server.start();
}

const agent = new http.Agent({keepAlive: true, maxSockets: CREATORS});

/** One request of many; the answer as JSON. */
function send(server, method, path, token, body) {
    return new Promise((done, fail) => {
        const request = http.request(server.url + path, {method, agent, headers: {authorization: `Bearer ${token}`, ...(body && {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)})}}, (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
            answer.on('end', () => (answer.statusCode < 300 ? done(JSON.parse(text)) : fail(new Error(`${method} ${path.split('?')[0]}: ${answer.statusCode} ${text}`))));
        });
        request.on('error', fail);
        request.end(body);
    });
}

/** Runs `task` for 0..count-1, some at a time. */
async function many(count, task) {
    let next = 0;
    await Promise.all(Array.from({length: CREATORS}, async () => {
        while (next < count) await task(next++);
    }));
}

const base64 = (text) => Buffer.from(text).toString('base64');

/** The line of bench-load's list for a stop and a photo. */
export function stopLine(stop, token, photo, sha256) {
    const metadata = {delivery_id: stop.delivery_id, challenge: stop.challenge, sha256, captured_at: new Date().toISOString(), lat: String(DOOR.lat), lon: String(DOOR.lon), accuracy: '8'};
    return `${token} ${photo} ${Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`).join(',')}`;
}

/** All stops of a driver who sets out. */
async function setOut(server, token) {
    await send(server, 'POST', '/v1/driver/round/start', token);
    const stops = [];
    for (let after = ''; after !== null;) {
        const page = await send(server, 'GET', `/v1/driver/stops?limit=200${after && `&after=${encodeURIComponent(after)}`}`, token);
        stops.push(...page.items);
        after = page.next ?? null;
    }
    return stops;
}

/**
 * Deliveries out with their drivers.
 * @param {any} shipper
 * @param {number} count
 * @param {string} name their references begin with it
 * @param {(i: number) => string} emailOf
 * @returns {Promise<{token: string, stop: any}[]>}
 */
export async function deliveriesOut(server, shipper, count, name, emailOf) {
    const rounds = [];
    for (let first = 0; first < count; first += STOPS_EACH) {
        const driver = await addDriver(server, shipper);
        await many(Math.min(STOPS_EACH, count - first), (i) => send(server, 'POST', '/v1/deliveries', shipper.client.token, JSON.stringify({
            reference: `${name}-${first + i}`, recipient: {name: 'Robin Vale', email: emailOf(first + i)}, address: DOOR,
            time_zone: 'Europe/Berlin', instructions: 'Behind the blue bench.', photo: 'required', driver_id: driver.id,
        })));
        const token = driver.client.token;
        rounds.push(...(await setOut(server, token)).map((stop) => ({token, stop})));
    }
    return rounds;
}

export {addShipper, runJson, signIn};

// ---- nginx ----

/** An nginx with the files of `root`: two ports, the first without an access log, the second with one. */
export async function startNginx(root, port) {
    const own = await mkdtemp(join(await runFolder(), 'nginx-'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${own}/${name};`).join(' ');
    const site = (at, log) => `server { listen 127.0.0.1:${at} backlog=1024; access_log ${log}; root ${root}; }`;
    await writeFile(join(own, 'nginx.conf'), `
daemon off; worker_processes auto; pid ${own}/pid; error_log stderr crit; worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
    sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000; default_type image/jpeg;
    types { application/json json; image/jpeg jpg; } ${temporary}
    ${site(port, 'off')}
    ${site(port + 1, `${own}/log combined buffer=64k flush=1s`)}
}
`);
    const child = start('nginx', ['-p', own, '-c', join(own, 'nginx.conf'), '-e', 'stderr']);
    await until(async () => stat(join(own, 'pid')).then((at) => at.size > 0, () => false), {ms: 5000, what: 'nginx'});
    return child;
}
