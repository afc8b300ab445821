// SPDX-License-Identifier: Apache-2.0
//
// The people of a test: a shipper with its key, drivers with paired phones, recipients and agents who sign in as people do.
import assert from 'node:assert/strict';
import {createHmac, randomUUID} from 'node:crypto';
import {Client} from './client.js';
import {CODES, messagesTo, newestCode} from './mail.js';
import {smallPicture} from './pictures.js';
import {startServer, until} from './server.js';
import {uploadAtOnce} from './tus.js';

let count = 0;
/** A number that no other call of this process gets: for references and addresses. */
export const unique = () => `${process.pid}-${++count}`;

/** Where parcels go by default. */
export const DOOR = {lines: ['12 Lantern Lane', '10115 Berlin'], lat: 52.532, lon: 13.3849};

/** A client without a credential. @param {import('./server.js').Server} server */
export const anyone = (server) => new Client(server);

/** A shipper, as `porchlight admin shipper-add` makes one ({id, api_key, …}), and a client with its key. */
export async function addShipper(server, name = `Shop ${unique()}`) {
    const added = await server.admin('shipper-add', name);
    const client = new Client(server, {token: added.api_key});
    return {...added, name, client};
}

/** A delivery that anybody might make, with `more` laid over it. */
export function deliveryFor(email, more = {}) {
    return {
        reference: `order-${unique()}`,
        recipient: {name: 'Robin Vale', email},
        address: DOOR,
        time_zone: 'Europe/Berlin',
        instructions: 'Behind the blue bench.',
        photo: 'required',
        ...more,
    };
}

/** Creates a delivery, which must succeed. */
export async function addDelivery(shipper, email, more = {}) {
    const {json} = await shipper.client.post('/v1/deliveries', deliveryFor(email, more), {status: 201, headers: {'idempotency-key': `"${randomUUID()}"`}});
    return json;
}

/** A driver with a paired phone: {id, name, client, receiptKey, deviceId}. */
export async function addDriver(server, shipper, name = `Dana ${unique()}`) {
    const {json: driver} = await shipper.client.post('/v1/drivers', {name}, {status: 201});
    return {...driver, ...await pairPhone(server, driver.pairing_code)};
}

/** Pairs one more phone with a code. */
export async function pairPhone(server, code) {
    const {json} = await anyone(server).post('/v1/driver/pair', {code}, {status: 201});
    return {client: new Client(server, {token: json.token}), receiptKey: json.receipt_key, deviceId: json.device_id};
}

/** The stop of a delivery on a driver's round, or undefined. */
export async function stopOf(driver, deliveryId) {
    const {json} = await driver.client.get('/v1/driver/stops', {status: 200});
    return json.items.find(({delivery_id: id}) => id === deliveryId);
}

/** Sets out; gives the stop of one delivery. */
export async function startRound(driver, deliveryId) {
    const {json} = await driver.client.post('/v1/driver/round/start', undefined, {status: 200});
    return json.items.find(({delivery_id: id}) => id === deliveryId);
}

/** Reports a delivery, which must succeed: the stop. */
export async function reportDelivered(driver, deliveryId, more = {}) {
    const {json} = await driver.client.post(`/v1/driver/stops/${deliveryId}/delivered`,
        {left_at: 'front_door', captured_at: new Date().toISOString(), ...more}, {status: 200});
    return json;
}

/** Signs a recipient in by the mailed code: a client with the session's cookie, and `email`. */
export async function signIn(server, email = `robin-${unique()}@example.org`) {
    const client = anyone(server);
    const before = (await messagesTo(server, email, CODES)).length;
    await client.post('/v1/auth/start', {email}, {status: 202});
    const code = await newestCode(server, email, before);
    await client.post('/v1/auth/verify', {email, code}, {status: 200});
    assert.ok(client.cookies['__Host-porchlight'], 'no session cookie');
    return {email, client};
}

/** Waits until the delivery's photo is in one of these states: the delivery, as its shipper reads it. */
export async function photoState(shipper, deliveryId, ...states) {
    return until(async () => {
        const {json} = await shipper.client.get(`/v1/deliveries/${deliveryId}`, {status: 200});
        return states.includes(json.photo.state) && json;
    }, {what: `a photo that is ${states.join(' or ')}`});
}

// ---- agents ----

/** The code of a step as an authenticator shows it (RFC 6238, SHA-1, 6 digits). */
export function totpCode(secretBase32, step) {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...secretBase32.toUpperCase().replace(/[^A-Z2-7]/g, '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac('sha1', secret).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** An agent of a shipper, as `porchlight admin agent-add` makes one: {id, email, password, totp_secret, lastStep}. */
export async function addAgent(server, shipper, email = `agent-${unique()}@example.org`, role = 'agent') {
    const added = await server.admin('agent-add', email, '--shipper', shipper.id, '--role', role);
    return {...added, email, lastStep: 0};
}

/** The next code of an agent that has not been used: a step counts once, and one to either side of now is taken. */
export async function nextCode(agent) {
    const now = () => Math.floor(Date.now() / 30_000);
    const ending = Date.now() % 30_000 > 25_000; // the step before would be too old when the request arrives
    const step = Math.max(agent.lastStep + 1, ending ? now() : now() - 1);
    await until(() => step <= now() + 1, {ms: 65_000, every: 200, what: 'the next authenticator code'});
    agent.lastStep = step;
    return totpCode(agent.totp_secret, step);
}

/** Signs an agent in: a client with the session's cookie. */
export async function signInAgent(server, agent) {
    const client = anyone(server);
    await client.post('/v1/desk/sign-in', {email: agent.email, password: agent.password, totp: await nextCode(agent)}, {status: 200});
    assert.ok(client.cookies['__Host-porchlight-desk'], 'no session cookie');
    return client;
}

// ---- a whole stage ----

/**
 * A server with one shipper and one driver.
 * @param {Parameters<typeof startServer>[0]} t
 * @param {Parameters<typeof startServer>[1]} [settings]
 */
export async function setStage(t, settings) {
    const server = await startServer(t, settings);
    const shipper = await addShipper(server);
    const driver = await addDriver(server, shipper);
    return {server, shipper, driver};
}

/**
 * A delivery on the stage's driver's round, and its stop; nothing is photographed yet.
 * @param {Awaited<ReturnType<typeof setStage>>} stage
 */
export async function sendOut({shipper, driver}, email, more = {}) {
    const delivery = await addDelivery(shipper, email, {driver_id: driver.id, ...more});
    const stop = await startRound(driver, delivery.id);
    assert.ok(stop, 'the delivery is not on the round');
    return {delivery, stop};
}

/**
 * The same, photographed and left at the door: {delivery, stop, picture, path, receipt}.
 * @param {Awaited<ReturnType<typeof setStage>>} stage
 */
export async function photograph(stage, email, {more = {}, picture, metadata = {}} = /** @type {any} */ ({})) {
    const {delivery, stop} = await sendOut(stage, email, more);
    const bytes = picture ?? await smallPicture(nextSeed());
    const {path, receipt} = await uploadAtOnce(stage.driver.client, stop, bytes, metadata);
    await reportDelivered(stage.driver, delivery.id);
    return {delivery, stop, picture: bytes, path, receipt};
}

let seeds = 100;
/** A seed whose picture nothing else in this process has. */
export const nextSeed = () => ++seeds;
