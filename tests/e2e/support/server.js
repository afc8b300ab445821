// SPDX-License-Identifier: Apache-2.0
//
// A server of one's own for a test: fresh folders, a free port, mail written to a folder. It is ended by its process id
// and its folders are removed when the test (or file) that started it is over; its log is shown when that test failed.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, mkdir, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const run = promisify(execFile);
const top = fileURLToPath(new URL('../../..', import.meta.url));

/** The build folder under test, and its program. */
export const buildFolder = process.env.PORCHLIGHT_BUILD ?? join(top, 'build');
export const program = process.env.PORCHLIGHT_BIN ?? join(buildFolder, 'porchlight');
/** Sanitizers make everything several times slower. */
export const patience = /asan/.test(buildFolder) ? 4 : 1;

const START_MS = 15_000 * patience;
const STOP_MS = 20_000 * patience;
const LOG_KEPT = 200_000; // characters

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Runs check() until it gives something true, for `ms` at most. */
export async function until(check, {ms = 10_000 * patience, every = 25, what = 'what the test waits for'} = {}) {
    for (const end = Date.now() + ms; ;) {
        const found = await check();
        if (found) return found;
        if (Date.now() > end) throw new Error(`${what} did not come within ${ms} ms`);
        await wait(every);
    }
}

const PORTS = {from: 12_000, count: 16_000}; // below those that the kernel gives to outgoing connections

/** A port that nobody has, and that no connection will be given before the server starts, or starts again. */
async function freePort() {
    for (;;) {
        const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
        const listener = createServer();
        const free = await new Promise((done) => {
            listener.once('error', () => done(false));
            listener.listen(port, '127.0.0.1', () => done(true));
        });
        if (!free) continue;
        listener.close();
        await once(listener, 'close');
        return port;
    }
}

/** An INI file's text from {section: {name: value}}. */
function toIni(settings) {
    return Object.entries(settings).map(([section, values]) =>
        `[${section}]\n${Object.entries(values).map(([name, value]) => `${name} = ${value}\n`).join('')}`).join('\n');
}

/** Sections of the second are laid over those of the first. */
function merged(settings, more) {
    const all = structuredClone(settings);
    for (const [section, values] of Object.entries(more)) all[section] = {...all[section], ...values};
    return all;
}

export class Server {
    /** Use startServer. */
    constructor(folder, port, settings) {
        this.folder = folder;
        this.port = port;
        this.data = join(folder, 'data');
        this.keys = join(folder, 'keys');
        this.mail = join(folder, 'mail');
        this.config = join(folder, 'porchlight.ini');
        this.url = `http://127.0.0.1:${port}`;
        /** What the setting public_url says: the Origin of our own pages. */
        this.origin = `http://localhost:${port}`;
        this.settings = merged({
            server: {public_url: this.origin, keys: this.keys},
            mail: {folder: this.mail},
            auth: {starts_per_hour: 100000, password_tries_per_hour: 1000},
            api: {requests_per_minute: 0},
        }, settings);
        this.log = '';
        /** Variables of its environment beside our own. */
        this.env = /** @type {Record<string, string>} */ ({});
        /** The program that is started. */
        this.program = program;
        /** Where it says that it runs. */
        this.sign = '/readyz';
        this.child = /** @type {import('node:child_process').ChildProcess | null} */ (null);
    }

    get pid() {
        return this.child?.pid;
    }

    /** Starts the program, and waits until it is ready. A second call, after stop or kill, starts it on the same data. */
    async start() {
        await writeFile(this.config, toIni(this.settings));
        const args = ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--config', this.config];
        const child = spawn(this.program, args, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...this.env}});
        this.child = child;
        this.ended = new Promise((done) => child.once('exit', (code, signal) => done({code, signal})));
        const keep = (chunk) => { this.log = (this.log + chunk).slice(-LOG_KEPT); };
        child.stdout.setEncoding('utf8').on('data', keep);
        child.stderr.setEncoding('utf8').on('data', keep);
        child.once('error', (error) => keep(`cannot start ${this.program}: ${error.message}\n`));
        try {
            await until(() => this.isReady(), {ms: START_MS, what: 'the server'});
        } catch (error) {
            await this.kill();
            throw new Error(`${error.message}\n${this.log}`);
        }
        return this;
    }

    async isReady() {
        if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined)
            throw new Error('the server ended at its start');
        try {
            return (await fetch(this.url + this.sign, {headers: {connection: 'close'}})).ok;
        } catch {
            return false;
        }
    }

    isRunning() {
        return this.child !== null && this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
    }

    /** Asks it to end (SIGTERM) and gives {code, signal}; one that does not end in time is killed. */
    async stop() {
        return this.end('SIGTERM');
    }

    /** Ends it at once, as a power cut would for the process. */
    async kill() {
        return this.end('SIGKILL');
    }

    async end(signal) {
        if (!this.isRunning()) return this.ended;
        const child = this.child;
        child.kill(signal);
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        const result = await this.ended;
        clearTimeout(late);
        return result;
    }

    /** `porchlight admin …`: the one JSON object that it prints. */
    async admin(verb, ...rest) {
        const {stdout} = await run(this.program, ['admin', '--data', this.data, '--keys', this.keys, verb, ...rest], {env: {...process.env, ...this.env}});
        return JSON.parse(stdout);
    }

    /** Another of the program's commands on its folders, in its surroundings: what it says. */
    async run(verb, ...rest) {
        const {stdout} = await run(this.program, [verb, ...rest, '--data', this.data, '--keys', this.keys], {env: {...process.env, ...this.env}});
        return stdout;
    }

    /** Ends it and removes its folders. */
    async remove() {
        if (this.isRunning()) await this.kill();
        await rm(this.folder, {recursive: true, force: true});
    }
}

/**
 * Starts a server for a test. It is stopped (and must then end with status 0, which also shows leaks under sanitizers)
 * and removed after that test.
 * @param {{after: (fn: () => any) => void, passed?: boolean} | null} t the test's context; null: the caller calls remove()
 * @param {Record<string, Record<string, any>>} [settings] by section: {intake: {verdict_wait_ms: 0}}
 */
export async function startServer(t, settings = {}) {
    const server = await newServer(settings);
    t?.after(async () => {
        const result = await server.stop();
        if (process.env.PORCHLIGHT_SHOW_LOG || t.passed === false) process.stderr.write(process.env.PORCHLIGHT_SHOW_LOG ? server.log : server.log.slice(-4000));
        await server.remove();
        if (result && result.signal === null && result.code !== 0) throw new Error(`the server ended with status ${result.code}\n${server.log}`);
    });
    return server.start();
}

/** A server that was not started yet. The caller calls start() and remove(). */
export async function newServer(settings = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-test-'));
    const server = new Server(folder, await freePort(), settings);
    await mkdir(server.mail);
    return server;
}
