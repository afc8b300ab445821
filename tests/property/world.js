// SPDX-License-Identifier: Apache-2.0
//
// The stage of a history: a server under the clock of clock.js, and everybody who may come to it. Two shops; four people, who
// receive and buy; drivers with phones, one of them revoked; agents of both shops, one in two sessions; a dispatcher; administrators of
// a shop and of the installation. Each actor is {name, kind, …} as the model knows it, with `headers` as the server does.
import {once} from 'node:events';
import {readdir, readFile, unlink} from 'node:fs/promises';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {codeIn, parseMessage} from '../e2e/support/mail.js';
import {newServer, until} from '../e2e/support/server.js';
import {totpCode} from '../e2e/support/world.js';
import {Clock, DAY} from './clock.js';
import {Model, TERMS} from './model.js';
import {mailOf, word} from './needles.js';
import {Wire} from './wire.js';

const SETTINGS = {
    auth: {
        starts_per_hour: 100_000, codes_per_hour: 1000, password_tries_per_hour: 1000, session_days: TERMS.sessionMs / DAY, session_idle_days: TERMS.sessionMs / DAY, agent_idle_minutes: 600,
        device_days: 3650,
    },
    api: {requests_per_minute: 0},
    delivery: {cases: 200},
    jobs: {sweep_seconds: 1},
    ledger: {interval_ms: 20},
    live: {streams_per_person: 0, streams_per_address: 0},
    mail: {together_seconds: 0},
    notify: {look_ms: 100, allow_private_targets: 'yes'},
    retention: {delivery_days: TERMS.namesMs / DAY, idle_days: TERMS.idleMs / DAY, case_days: TERMS.wordsMs / DAY, complaint_days: TERMS.complaintMs / DAY, account_days: 3650, staff_days: 3650},
    mydata: {exports_per_day: 1000, under_way: 100, complaints_per_day: 10_000},
};

const FORM = 'application/x-www-form-urlencoded';

export class World {
    /** Use makeWorld. */
    constructor(server, clock) {
        this.server = server;
        this.clock = clock;
        this.model = new Model(clock);
        this.actors = /** @type {any[]} */ ([]);
        this.stranger = /** @type {any} */ ({name: 'stranger', kind: 'stranger', headers: {}});
        this.actors.push(this.stranger);
        this.hooks = /** @type {any} */ (null);
        this.wire = /** @type {any} */ (null);
        this.letters = []; // newest last; those that were read are gone from the disk
        this.complained = 0;
        this.restores = 0;
        this.pins = new Map(); // every PIN that was read: its delivery
        this.webhooks = new Map(); // shop → id
        this.byId = new Map(); // every id that the server gave: the delivery that it is about
        this.tokens = new Map(); // every tracking token that there was: its delivery
        this.pictures = new Map(); // hash of a picture that was served rightly → what it is of
        this.etags = new Map();
    }

    actor(name) {
        return this.actors.find((each) => each.name === name);
    }

    of(kind) {
        return this.actors.filter((each) => each.kind === kind);
    }

    // ---- asking ----

    /** A question as an actor asks it. @returns {import('./wire.js').Question} */
    question(actor, method, path, {json, form, body, headers = {}} = /** @type {any} */ ({})) {
        const type = json !== undefined ? 'application/json' : form ? FORM : undefined;
        const content = json !== undefined ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : body;
        return {method, path, body: content, headers: {origin: this.server.origin, ...(type && {'content-type': type}), ...actor.headers, ...headers}};
    }

    /** @returns {Promise<import('./wire.js').Answer>} */
    ask(actor, method, path, more = undefined) {
        return this.wire.ask(this.question(actor, method, path, more));
    }

    /** Asks, and expects a status. */
    async must(actor, method, path, more, status) {
        const answer = await this.ask(actor, method, path, more);
        if (answer.status !== status) throw new Error(`${actor.name}: ${method} ${path} answered ${answer.status} ${answer.text.slice(0, 400)}`);
        return answer;
    }

    // ---- the server ----

    async start() {
        await this.server.start();
        this.wire = this.wire ?? new Wire(this.server.port);
        this.wire.renew();
    }

    /** @param {'stop'|'kill'} how */
    async restart(how, meanwhile = async () => {}) {
        this.wire.close();
        const ended = await this.server[how]();
        await meanwhile();
        if (how === 'stop' && ended.code !== 0) throw new Error(`the server ended with status ${ended.code}`);
        await this.start();
    }

    async close() {
        this.wire?.close();
        this.hooks?.server.close();
        await this.server.remove();
    }

    // ---- mail ----

    /** Reads the letters that came since. */
    async readMail() {
        const names = (await readdir(this.server.mail)).filter((name) => name.endsWith('.eml')).sort();
        for (const name of names) {
            const file = join(this.server.mail, name);
            this.letters.push(parseMessage(await readFile(file, 'utf8'), name));
            await unlink(file);
        }
    }

    /** Takes the first letter that fits, waiting for it. */
    async letter(what, fits) {
        return until(async () => {
            await this.readMail();
            const at = this.letters.findIndex(fits);
            return at < 0 ? undefined : this.letters.splice(at, 1)[0];
        }, {what, every: 10});
    }

    // ---- sessions ----

    async signIn(person) {
        const {stranger} = this;
        const fits = (each) => each.to === person.email && codeIn(each);
        await this.readMail();
        this.letters = this.letters.filter((each) => !fits(each));
        await this.must(stranger, 'POST', '/v1/auth/start', {json: {email: person.email}}, 202);
        let answer;
        for (let tries = 0; answer?.status !== 200 && tries < 3; tries++) { // a letter from before a restart or restore may come once more
            const letter = await this.letter(`a code for ${person.name}`, fits);
            answer = await this.ask(stranger, 'POST', '/v1/auth/verify', {json: {email: person.email, code: codeIn(letter)}});
        }
        if (answer.status !== 200) throw new Error(`${person.name} cannot sign in: ${answer.status} ${answer.text}`);
        person.gone = false;
        person.session = {since: this.clock.now(), until: this.clock.now() + TERMS.sessionMs};
        person.headers = {cookie: answer.headers['set-cookie'][0].split(';')[0]};
    }

    /** An authenticator's code counts once; when those of this half minute are spent, the clock goes on by one. */
    async signInAgent(actor) {
        const {login} = actor;
        const now = () => Math.floor(this.clock.now() / 30_000);
        if (login.lastStep > now()) this.clock.forward(30_000 * (login.lastStep - now()));
        login.lastStep = Math.max(login.lastStep + 1, now());
        const totp = totpCode(login.totp_secret, login.lastStep);
        const answer = await this.must(this.stranger, 'POST', '/v1/desk/sign-in', {json: {email: login.email, password: login.password, totp}}, 200);
        actor.session = {since: this.clock.now(), until: this.clock.now() + TERMS.agentSessionMs};
        actor.headers = {cookie: answer.headers['set-cookie'][0].split(';')[0]};
    }

    /** A phone of a driver. */
    async pair(driver, name) {
        const shop = this.of('shipper').find(({shipper}) => shipper === this.model.drivers.get(driver).shipper);
        const {json: code} = await this.must(shop, 'POST', `/v1/drivers/${this.model.drivers.get(driver).id}/pairing-code`, {}, 201);
        const {json} = await this.must(this.stranger, 'POST', '/v1/driver/pair', {json: {code: code.pairing_code, device_name: word('d', driver)}}, 201);
        const device = {name, kind: 'device', driver, shipper: shop.shipper, revoked: false, id: json.device_id, headers: {authorization: `Bearer ${json.token}`}, stops: new Map()};
        this.actors.push(device);
        return device;
    }
}

async function addShop(world, name) {
    const made = await world.server.admin('shipper-add', word('s', name));
    world.model.shippers.set(name, {name, id: made.id, retentionDays: 30, takesConfidential: true, refusesDark: false});
    const shop = {name, kind: 'shipper', shipper: name, headers: {authorization: `Bearer ${made.api_key}`}};
    world.actors.push(shop);
    return shop;
}

async function addDriver(world, shop, name) {
    const {json} = await world.must(shop, 'POST', '/v1/drivers', {json: {name: word('d', name)}}, 201);
    world.model.drivers.set(name, {name, shipper: shop.shipper, id: json.id});
    return world.pair(name, `${name}-1`);
}

/** Of some shops; of all where none is named. */
async function addAgent(world, shops, name, role, sessions) {
    const email = `uqog${name}ouq@example.org`;
    const login = {...await world.server.admin('agent-add', email, ...(shops ?? []).flatMap((shop) => ['--shipper', world.model.shippers.get(shop).id]), '--role', role), email, lastStep: 0};
    for (let i = 1; i <= sessions; i++) {
        const actor = {name: sessions > 1 ? `${name}-${i}` : name, kind: 'agent', agent: name, role, shippers: shops, session: null, login, headers: {}};
        world.actors.push(actor);
        await world.signInAgent(actor);
    }
}

/** Where the shops' webhooks lead: what came there, {shop, text}. */
async function openHooks() {
    const calls = [];
    const server = createServer((request, response) => {
        let text = '';
        request.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('end', () => {
            calls.push({shop: (request.url ?? '').slice(1), text});
            response.writeHead(204).end();
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {server, calls, port: /** @type {any} */ (server.address()).port};
}

/** @returns {Promise<World>} */
export async function makeWorld({program} = /** @type {{program?: string}} */ ({})) {
    const server = await newServer(SETTINGS);
    const clock = new Clock(server.folder);
    Object.assign(server.env, clock.env);
    if (program) server.program = program;
    const world = new World(server, clock);
    try {
        world.hooks = await openHooks();
        await world.start();
        await people(world);
    } catch (error) {
        await world.close();
        throw error;
    }
    return world;
}

async function people(world) {
    const [north, south, west] = [await addShop(world, 'north'), await addShop(world, 'south'), await addShop(world, 'west')];
    for (const name of ['ann', 'ben', 'cleo', 'dora']) {
        const person = {name, kind: 'person', email: mailOf(name), word: 'unset', session: null, headers: {}};
        world.model.people.set(name, person);
        world.actors.push(person);
        await world.signIn(person);
    }
    await addDriver(world, north, 'dan');
    await addDriver(world, north, 'dee');
    await addDriver(world, south, 'sam');
    await addDriver(world, west, 'wes');
    await world.pair('dan', 'dan-2');
    await addAgent(world, ['north'], 'gus', 'agent', 2);
    await addAgent(world, ['north', 'west'], 'gil', 'agent', 1);
    await addAgent(world, ['south'], 'sue', 'agent', 1);
    await addAgent(world, ['north'], 'pat', 'dispatcher', 1);
    await addAgent(world, ['north'], 'max', 'administrator', 1);
    await addAgent(world, ['west'], 'wim', 'administrator', 1);
    await addAgent(world, null, 'ops', 'administrator', 1);
    for (const shop of [north, south, west]) {
        const {json} = await world.must(shop, 'POST', '/v1/webhooks', {json: {url: `http://127.0.0.1:${world.hooks.port}/${shop.name}`}}, 201);
        world.webhooks.set(shop.name, json.id);
    }
}
