// SPDX-License-Identifier: Apache-2.0
//
// What happens in a history, one function a kind of step. A step is a kind and a number: the number chooses among what is there when
// the step is played, so a step can be left out of a history and the rest still means something. Each asks the model what must
// come of it, does it, compares, tells the model, and gives the deliveries that it touched.
import {createHash} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {draw} from '../e2e/support/pictures.js';
import {until} from '../e2e/support/server.js';
import {encodeMetadata} from '../e2e/support/tus.js';
import {linkIn} from '../e2e/support/mail.js';
import {problems} from '../contract/contract.js';
import {Violation} from './ask.js';
import {DAY, HOUR, MINUTE} from './clock.js';
import {TERMS} from './model.js';
import {found, phoneOf, word} from './needles.js';

const MARKINGS = ['registry', 'wish_list', 'protected'];
const SETTLE_MS = 1300; // a sweep begins every second
const KINDS = ['did_not_arrive', 'not_my_door', 'damaged', 'left_in_the_open', 'wrong_item', 'privacy', 'other'];

/** One way that something is done by, and what must come of it: 'ok' and its status, or the slug of a problem. */
async function does(world, actor, question, wanted, status = undefined) {
    const [method, path, more] = question;
    const answer = await world.ask(actor, method, path, more);
    const right = [wanted === 'ok' ? status : problems[wanted].status].flat();
    const slug = answer.json?.type?.replace('/problems/', '');
    if (!right.includes(answer.status) || (wanted !== 'ok' && slug && slug !== wanted))
        throw new Violation('what a step comes to', `${actor.name}: ${method} ${path} ${JSON.stringify(more?.json ?? more?.form ?? '')}: it answers ${answer.status} ${slug ?? ''} ${answer.json?.detail ?? ''}, and should ${right} ${wanted}`);
    return answer;
}

// ---- choosing ----

const shopOf = (world, d) => world.of('shipper').find(({shipper}) => shipper === d.shipper);
const recipientOf = (world, d) => world.of('person').find(({email}) => email === d.to);
const signedIn = (world, kind) => world.of(kind).filter((actor) => world.model.isSignedIn(actor));
const supportOf = (world, d) => signedIn(world, 'agent').filter((actor) => world.model.relation(actor, d) === 'agent');
const live = (world, fits) => world.model.deliveries.filter(fits);
/** Mostly one of those that it makes sense for. */
const isNamed = (each) => !(each.d ?? each).blank;
function choose(random, best, any) {
    const [good, all] = [best.filter(isNamed), any.filter(isNamed)];
    return good.length > 0 && random.chance(0.9) ? random.pick(good.slice(-6)) : random.pick(all);
}
const isOpen = ({state}) => ['created', 'out_for_delivery', 'attempted'].includes(state);

// ---- shop ----

async function create(world, random, fixed = {}) {
    const {model} = world;
    const shop = fixed.shipper ? world.actor(fixed.shipper) : random.pick(world.of('shipper')), n = model.deliveries.length;
    const person = random.pick(world.of('person').slice(0, 3)), gift = random.chance(0.35);
    const buyer = gift ? random.pick(world.of('person').filter((each) => each !== person)) : null;
    const byPhone = random.chance(0.08);
    const drivers = [...model.drivers.values()].filter(({shipper}) => shipper === shop.shipper);
    const facts = {
        shipper: shop.shipper, to: byPhone ? null : person.email, buyer: buyer?.email ?? null, phone: byPhone || random.chance(0.6) ? phoneOf(n) : null,
        marking: random.chance(0.25) ? random.pick(MARKINGS) : null, want: random.chance(0.75) ? 'required' : random.pick(['optional', 'none']),
        driver: random.chance(0.9) ? random.pick(drivers).name : null, ...fixed,
    };
    const json = {
        reference: word('r', n), recipient: {name: word('n', n), email: facts.to, phone: facts.phone}, buyer: facts.buyer && {email: facts.buyer},
        address: {lines: [word('a', n), '10115 Berlin'], lat: 52.5, lon: 13.4}, time_zone: 'Europe/Berlin', instructions: word('i', n), photo: facts.want, confidential: facts.marking,
        parcels: [{label: word('l', n)}], driver_id: facts.driver && model.drivers.get(facts.driver).id,
    };
    const answer = await does(world, shop, ['POST', '/v1/deliveries', {json}], 'ok', 201);
    const token = answer.json.tracking_url.split('/t/')[1];
    const d = model.create({...facts, id: answer.json.id, token, letters: [], uploads: [], challenges: new Map()});
    world.byId.set(d.id, d);
    world.tokens.set(token, d);
    if (d.to && d.coming[0] === 'expected') await until(async () => (await readMail(world), d.letters.length > 0), {what: `the first message about ${d.id}`, every: 10});
    return [d];
}

async function change(world, d, json, changes, {contact = false} = {}) {
    const {model} = world;
    const ended = !isOpen(d) && Object.keys(json).some((name) => name !== 'confidential');
    const wanted = ended || (contact && !model.mayChangeContact(d)) ? 'wrong-state' : 'ok';
    await does(world, shopOf(world, d), ['PATCH', `/v1/deliveries/${d.id}`, {json}], wanted, 200);
    if (wanted === 'ok') model.change(d, changes);
    return [d];
}

async function mark(world, random) {
    const kept = live(world, (d) => world.model.kept(d).length > 0);
    const d = choose(random, kept, world.model.deliveries);
    if (!d) return null;
    const marking = d.marking && random.chance(0.6) ? null : random.pick(MARKINGS);
    return change(world, d, {confidential: marking}, {marking});
}

async function want(world, random) {
    const d = choose(random, live(world, isOpen), world.model.deliveries);
    const photo = random.pick(['required', 'optional', 'none']);
    return d ? change(world, d, {photo}, {want: photo}) : null;
}

async function reassign(world, random) {
    const d = choose(random, live(world, isOpen), world.model.deliveries);
    if (!d) return null;
    const driver = random.pick([null, ...[...world.model.drivers.values()].filter(({shipper}) => shipper === d.shipper)]);
    return change(world, d, {driver_id: driver && driver.id}, {driver: driver && driver.name});
}

async function readdress(world, random) {
    const bound = live(world, (each) => isOpen(each) && !world.model.mayChangeContact(each));
    const d = choose(random, random.chance(0.5) && bound.length > 0 ? bound : live(world, isOpen), world.model.deliveries);
    if (!d) return null;
    const line = `${Math.floor(random.next() * 1e6)} Town`;
    if (random.chance(0.3)) return change(world, d, {address: {lines: [word('a', d.n), line]}}, {line});
    const person = random.pick(world.of('person').slice(0, 3));
    return change(world, d, {recipient: {email: person.email}}, {to: person.email}, {contact: person.email !== d.to});
}

async function settings(world, random) {
    const shop = random.pick(world.of('shipper')), known = world.model.shippers.get(shop.shipper);
    const next = {takesConfidential: random.chance(0.6), refusesDark: random.chance(0.3), retentionDays: random.pick([2, 2, 10, 30])};
    await does(world, shop, ['PUT', '/v1/shipper/settings', {json: {confidential_photos: next.takesConfidential ? 'withhold' : 'do_not_take', refuse_dark: next.refusesDark, retention_days: next.retentionDays}}], 'ok', 200);
    Object.assign(known, next);
    return [];
}

async function end(world, random) {
    const state = random.pick(['cancelled', 'returned']), {model} = world;
    const d = choose(random, live(world, (each) => model.mayBecome(each, state)), model.deliveries);
    if (!d) return null;
    const wanted = d.state === state || model.mayBecome(d, state) ? 'ok' : 'wrong-state';
    await does(world, shopOf(world, d), ['POST', `/v1/deliveries/${d.id}/${state === 'cancelled' ? 'cancel' : 'returned'}`], wanted, 200);
    if (wanted === 'ok' && d.state !== state) model.end(d, state);
    return [d];
}

async function renew(world, random) {
    const d = random.pick(world.model.deliveries.slice(-8).filter(isNamed));
    if (!d) return null;
    const answer = await does(world, shopOf(world, d), ['POST', `/v1/deliveries/${d.id}/tracking`], 'ok', 200);
    d.oldTokens.push(d.token);
    d.token = answer.json.tracking_url.split('/t/')[1];
    d.version++;
    d.pin = null;
    world.tokens.set(d.token, d);
    return [d];
}

// ---- recipient ----

async function sayForAll(world, random) {
    const person = random.pick(signedIn(world, 'person'));
    if (!person) return null;
    const said = random.chance(0.5) ? 'refused' : 'allowed';
    if (random.chance(0.5)) await does(world, person, ['PUT', '/v1/me/preferences', {json: {photos: said}}], 'ok', 200);
    else await does(world, person, ['POST', '/account/consent', {form: {photo: said}}], 'ok', 303);
    world.model.sayForAll(person, said);
    return live(world, (d) => d.to === person.email).slice(-4);
}

/** A recipient that is signed in, and one of their deliveries. */
function own(world, random, fits = (_) => true) {
    const person = random.pick(signedIn(world, 'person').filter(({email}) => live(world, (d) => d.to === email).length > 0));
    const all = person ? live(world, (d) => d.to === person.email) : [];
    return {person, d: choose(random, all.filter(fits), all)};
}

async function say(world, random) {
    const {person, d} = own(world, random, isOpen);
    if (!d) return null;
    const said = random.chance(0.6) ? 'refused' : 'allowed';
    if (random.chance(0.5)) await does(world, person, ['POST', `/v1/me/orders/${d.id}/${said === 'refused' ? 'refuse' : 'allow'}-photo`], 'ok', 200);
    else await does(world, person, ['POST', `/orders/${d.id}/consent`, {form: {photo: said}}], 'ok', 303);
    world.model.say(d, said);
    return [d];
}

async function refuseByLink(world, random) {
    const d = choose(random, live(world, (each) => isOpen(each) && each.letters.length > 0), live(world, ({letters, blank}) => letters.length > 0 && !blank));
    if (!d) return null;
    const letter = random.pick(d.letters);
    const wanted = letter.to === d.to && letter.version === d.version ? 'ok' : 'not-found';
    await does(world, world.stranger, ['POST', `/r/${letter.token}`], wanted, 200);
    if (wanted === 'ok') world.model.say(d, 'refused');
    return [d];
}

async function erase(world, random) {
    const {model} = world;
    const {person, d} = own(world, random, (each) => model.kept(each).length > 0);
    if (!d) return null;
    const attempt = random.chance(0.3) ? 1 + Math.floor(random.next() * d.attempt) : undefined;
    const photos = model.kept(d).filter((photo) => attempt === undefined || photo.attempt === attempt);
    if (attempt === undefined && random.chance(0.3)) await does(world, person, ['POST', `/orders/${d.id}/photo/delete`, {form: {sure: 'yes'}}], photos.length > 0 ? 'ok' : 'no-photo', 303);
    else await does(world, person, ['DELETE', `/v1/me/orders/${d.id}/photo${attempt ? `?attempt=${attempt}` : ''}`], photos.length > 0 ? 'ok' : 'no-photo', model.isHeld(d) ? 202 : 200);
    model.askToErase(d, photos);
    return [d];
}

/** The recipient shows a photo to the shop or the buyer, or takes it back. */
async function share(world, random) {
    const {model} = world;
    const {person, d} = own(world, random, (each) => model.kept(each).length > 0);
    if (!d) return null;
    const whom = d.buyer && random.chance(0.5) ? 'buyer' : 'shipper', photo = model.photo(d);
    if (random.chance(0.35)) {
        if (random.chance(0.6)) await does(world, person, ['DELETE', `/v1/me/orders/${d.id}/share?with=${whom}`], 'ok', 200);
        else await does(world, person, ['POST', `/orders/${d.id}/unshare`, {form: {with: whom}}], 'ok', 303);
        for (const each of d.photos) each.shared.delete(whom);
        return [d];
    }
    const wanted = d.marking !== null ? 'photo-withheld' : !photo ? 'no-photo' : photo.going !== null ? 'photo-going' : 'ok';
    if (random.chance(0.6)) await does(world, person, ['POST', `/v1/me/orders/${d.id}/share`, {json: {with: whom}}], wanted, 200);
    else await does(world, person, ['POST', `/orders/${d.id}/share`, {form: {with: whom}}], wanted, 303);
    if (wanted === 'ok') photo.shared.add(whom);
    return [d];
}

/** The recipient sets an earlier day, or takes back a deletion that waits. */
async function terms(world, random) {
    const {model} = world;
    const {person, d} = own(world, random, (each) => model.kept(each).length > 0);
    if (!d) return null;
    if (random.chance(0.4)) {
        await does(world, person, ['POST', `/v1/me/orders/${d.id}/keep-photo`], 'ok', 200);
        for (const each of d.photos) each.going = null;
        return [d];
    }
    const photo = model.photo(d), to = model.now + random.pick([1, 5, 60]) * DAY + HOUR;
    const wanted = !photo ? 'no-photo' : to > photo.deleteBy ? 'invalid-field' : 'ok';
    await does(world, person, ['PUT', `/v1/me/orders/${d.id}/photo`, {json: {delete_by: new Date(to).toISOString()}}], wanted, 200);
    if (wanted === 'ok') photo.deleteBy = to;
    return [d];
}

async function report(world, random) {
    const {person, d} = own(world, random, (each) => world.model.openCases(each).length === 0);
    if (!d) return null;
    const kind = random.pick(KINDS), text = word('c', d.n);
    const byPage = random.chance(0.4);
    const answer = byPage ? await does(world, person, ['POST', `/orders/${d.id}/problem`, {form: {kind, text}}], 'ok', 303)
        : await does(world, person, ['POST', `/v1/me/orders/${d.id}/problem`, {json: {kind, text}}], 'ok', 201);
    const c = world.model.openCase(d, 'recipient');
    c.id = byPage ? await newCase(world, person, d) : answer.json.id;
    world.byId.set(c.id, d);
    return [d];
}

/** The case that a page made: the one that its recipient did not know. */
async function newCase(world, person, d) {
    const {json} = await world.must(person, 'GET', `/v1/me/orders/${d.id}`, {}, 200);
    return json.cases.find(({id}) => !world.byId.has(id)).id;
}

/** No photos at an address: a recipient's word, or a shop's; and taken back. */
async function refusal(world, random) {
    const {model} = world;
    if (random.chance(0.4)) return liftRefusal(world, random);
    if (random.chance(0.5)) {
        const {person, d} = own(world, random, isOpen);
        if (!d) return null;
        const r = {by: 'recipient', email: person.email, address: model.addressOf(d), n: d.n, id: null}, there = model.refusesAtAddress(d);
        const answer = random.chance(0.6) ? await does(world, person, ['POST', '/v1/me/refusals', {json: {order_id: d.id}}], 'ok', there ? 200 : 201)
            : await does(world, person, ['POST', `/orders/${d.id}/refusal`], 'ok', 303);
        r.id = answer.json?.id ?? (await world.must(person, 'GET', '/v1/me/refusals', {}, 200)).json.items.find(({id}) => !model.refusals.some((each) => each.id === id))?.id;
        if (!there) model.refuse(r);
        return [d];
    }
    const d = choose(random, live(world, isOpen), model.deliveries);
    if (!d?.to) return null;
    const note = random.chance(0.5), shipper = d.shipper;
    const there = model.refusals.some((r) => r.shipper === shipper && (note ? r.by === 'note' && r.email === d.to : r.by === 'shop' && r.address === model.addressOf(d)));
    const json = note ? {recipient: {email: d.to}} : {address: {lines: [word('a', d.n), d.line]}};
    const answer = await does(world, shopOf(world, d), ['POST', '/v1/refusals', {json}], 'ok', there ? 200 : 201);
    if (!there) model.refuse(note ? {id: answer.json.id, by: 'note', shipper, email: d.to} : {id: answer.json.id, by: 'shop', shipper, address: model.addressOf(d), n: d.n});
    return live(world, (each) => each === d || (note && each.shipper === shipper && each.to === d.to)).slice(-3);
}

/** A recipient lifts what is theirs, a note of them included; a shop what it decided itself. */
async function liftRefusal(world, random) {
    const {model} = world;
    const r = random.pick(model.refusals);
    if (!r) return null;
    const person = signedIn(world, 'person').find(({email}) => email === r.email), shop = world.of('shipper').find(({shipper}) => shipper === r.shipper);
    if (shop && (!person || random.chance(0.3))) {
        await does(world, shop, ['DELETE', `/v1/refusals/${r.id}`], r.by === 'note' ? 'recipients-word' : 'ok', 204);
        if (r.by === 'note') return [];
    } else if (person && random.chance(0.6)) {
        await does(world, person, ['DELETE', `/v1/me/refusals/${r.id}`], 'ok', 204);
    } else if (person) {
        await does(world, person, ['POST', `/account/refusals/${r.id}/remove`], 'ok', 303);
    } else {
        return null;
    }
    const concerned = live(world, (d) => model.concerns(r, d));
    model.lift(r);
    return concerned.slice(-3);
}

// ---- driver ----

async function setOut(world, random) {
    const device = random.pick(world.of('device').filter(({revoked}) => !revoked));
    if (!device) return null;
    await does(world, device, ['POST', '/v1/driver/round/start'], 'ok', 200);
    world.model.setOut(device.driver);
    return live(world, (d) => d.driver === device.driver && isOpen(d)).slice(-4);
}

/** The challenge a phone has for a stop: today's, or one it was given before. */
async function challengeOf(world, device, d) {
    const {json} = device.revoked ? {} : await world.must(device, 'GET', '/v1/driver/stops', {}, 200);
    const stop = json?.items.find(({delivery_id: id}) => id === d.id);
    if (stop) d.challenges.set(device, {attempt: stop.attempt, challenge: stop.challenge});
    return d.challenges.get(device);
}

const refuseReceipt = (answer) => Boolean(answer.headers['porchlight-receipt']);

async function makePicture(random) {
    const seed = Math.floor(random.next() * 1e9);
    const kind = random.chance(0.75) ? 'good' : random.pick(['dark', 'dark', 'not_jpeg', 'truncated']);
    const good = await draw({seed, size: '160x120', ...(kind === 'dark' && {dark: true})});
    if (kind === 'not_jpeg') return {kind, bytes: Buffer.concat([Buffer.from('GIF89a'), good])};
    if (kind === 'truncated') return {kind, bytes: good.subarray(0, good.length >> 1)};
    return {kind, bytes: good};
}

/** One that waits for its photo; or that has it, or wants none, or is whose it may be. */
function uploadTo(world, random) {
    const {model} = world;
    const hasPhoto = (d) => d.photos.some((photo) => photo.attempt === d.attempt);
    const there = live(world, (d) => d.driver && ['out_for_delivery', 'delivered', 'attempted'].includes(d.state));
    const kinds = [there.filter((d) => !hasPhoto(d)), there.filter((d) => !hasPhoto(d) && !model.isRefused(d) && !model.isUnwanted(d)), there.filter(hasPhoto),
        there.filter((d) => model.isRefused(d) || model.isUnwanted(d)), model.deliveries].map((list) => list.filter(isNamed)).filter((list) => list.length > 0);
    return random.pick(random.pick(kinds)?.slice(-6) ?? []);
}

async function upload(world, random, chosen = undefined) {
    const {model} = world;
    const d = chosen ?? uploadTo(world, random);
    if (!d) return null;
    const holders = world.of('device').filter((device) => model.relation(device, d) === 'driver' && !device.revoked);
    const device = choose(random, holders, [...new Set([...d.challenges.keys(), ...world.of('device')])]);
    const held = device && await challengeOf(world, device, d);
    if (!held) return null;
    const {kind, bytes} = await makePicture(random);
    const wanted = model.upload(device, d, held.attempt);
    const metadata = {delivery_id: d.id, challenge: held.challenge, sha256: createHash('sha256').update(bytes).digest('hex'), captured_at: world.clock.text(), lat: '52.5', lon: '13.4', accuracy: '5'};
    const headers = {'tus-resumable': '1.0.0', 'upload-length': String(bytes.length), 'upload-metadata': encodeMetadata(metadata)};
    const begun = await does(world, device, ['POST', '/v1/driver/uploads', {headers}], wanted, 201);
    if (wanted !== 'ok') {
        if (!refuseReceipt(begun)) throw new Violation('a signed refusal', `${device.name} is told ${wanted} without one`);
        return [d];
    }
    const path = begun.headers.location;
    const rejected = kind === 'dark' ? (model.shippers.get(d.shipper).refusesDark ? 'dark' : null) : kind === 'good' ? null : kind;
    const sent = {body: bytes, headers: {'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream'}};
    const answer = await does(world, device, ['PATCH', path, sent], rejected ? 'photo-rejected' : 'ok', 204);
    if (rejected) {
        if (answer.json.reason !== rejected) throw new Violation('a verdict', `${kind}: ${answer.json.reason}`);
        if (held.attempt === d.attempt) d.coming = ['rejected', rejected];
        return [d];
    }
    model.store(d, held.attempt);
    world.byId.set(/pho_\w{26}/.exec(Buffer.from(answer.headers['porchlight-receipt'], 'base64url').toString())[0], d);
    d.uploads.push({id: path.split('/').pop(), by: device, d, length: String(bytes.length), at: world.clock.now()});
    return [d];
}

async function atTheDoor(world, random, chosen = undefined) {
    const {model} = world;
    const state = random.chance(0.65) ? 'delivered' : 'attempted';
    const d = chosen ?? choose(random, live(world, (each) => each.driver && each.state === 'out_for_delivery'), live(world, (each) => each.driver));
    const device = d && random.pick(world.of('device').filter((each) => model.relation(each, d) === 'driver' && !each.revoked));
    if (!device) return null;
    await challengeOf(world, device, d);
    const wanted = model.mayBecome(d, state) ? 'ok' : 'wrong-state';
    const captured_at = world.clock.text();
    if (state === 'attempted') {
        await does(world, device, ['POST', `/v1/driver/stops/${d.id}/attempted`, {json: {reason: random.pick(['nobody_home', 'no_access', 'refused']), captured_at}}], wanted, 200);
        if (wanted === 'ok') model.report(d, state);
        return [d];
    }
    const kind = random.chance(0.5) ? null : random.pick([d.pin && wanted === 'ok' ? 'pin' : 'name', 'name', 'signature']);
    const value = kind === 'signature' ? `M${d.n} 1L2 ${d.n}` : kind === 'name' ? word('f', d.n) : d.pin;
    const left_at = random.pick(['front_door', 'handed_over', 'neighbour']);
    await does(world, device, ['POST', `/v1/driver/stops/${d.id}/delivered`, {json: {left_at, captured_at, proof: kind && {kind, value}}}], wanted, 200);
    if (wanted === 'ok') model.report(d, state, {otherProof: kind !== null || left_at === 'handed_over', kept: ['name', 'signature'].includes(kind) ? value : null});
    return [d];
}

async function phones(world, random) {
    const devices = world.of('device').filter(({revoked}) => !revoked);
    const driver = random.pick([...world.model.drivers.keys()]), own = devices.filter((device) => device.driver === driver);
    if (own.length > 1 || (own.length > 0 && random.chance(0.3))) {
        const device = random.pick(own);
        const shop = world.of('shipper').find(({shipper}) => shipper === device.shipper);
        await does(world, shop, ['POST', `/v1/drivers/${world.model.drivers.get(driver).id}/devices/${device.id}/revoke`], 'ok', 200);
        device.revoked = true;
    } else {
        const gone = world.of('device').filter(({revoked}) => revoked);
        if (gone.length > 2) world.actors.splice(world.actors.indexOf(gone[0]), 1);
        await world.pair(driver, `${driver}-${random.pick(['x', 'y', 'z'])}${Math.floor(random.next() * 1000)}`);
    }
    return live(world, (d) => d.driver === driver).slice(-2);
}

// ---- support ----

/** Mostly one who has two sessions. */
function agentFor(world, random, d) {
    const agents = supportOf(world, d), two = agents.filter(({agent}) => agent === 'gus');
    return random.pick(two.length > 0 && random.chance(0.5) ? two : agents);
}

async function openCase(world, random, chosen = undefined) {
    const d = chosen ?? choose(random, live(world, (each) => each.photos.length > 0 && world.model.openCases(each).length === 0), world.model.deliveries);
    const agent = d && agentFor(world, random, d);
    if (!agent) return null;
    const reason = word('c', d.n);
    const answer = random.chance(0.6) ? await does(world, agent, ['POST', '/v1/cases', {json: {delivery_id: d.id, reason}}], 'ok', 201)
        : await does(world, agent, ['POST', '/desk/cases', {form: {delivery_id: d.id, reason}}], 'ok', 303);
    const c = world.model.openCase(d, 'agent');
    c.id = answer.json?.id ?? /cas_\w{26}/.exec(answer.headers.location)[0];
    world.byId.set(c.id, d);
    return [d];
}

async function message(world, random) {
    const c = choose(random, world.model.cases.filter(({open}) => open), world.model.cases);
    if (!c) return null;
    const text = word('c', c.d.n), wanted = c.open ? 'ok' : 'case-resolved';
    const person = recipientOf(world, c.d), agent = random.pick(supportOf(world, c.d));
    if (person && world.model.isSignedIn(person) && random.chance(0.5)) {
        if (random.chance(0.5)) await does(world, person, ['POST', `/v1/me/cases/${c.id}/messages`, {json: {text}}], wanted, 201);
        else await does(world, person, ['POST', `/orders/${c.d.id}/cases/${c.id}/messages`, {form: {message: text}}], wanted, 303);
    } else if (agent) {
        if (random.chance(0.5)) await does(world, agent, ['POST', `/v1/cases/${c.id}/messages`, {json: {text}}], wanted, 201);
        else await does(world, agent, ['POST', `/desk/cases/${c.id}/messages`, {form: {message: text}}], wanted, 303);
    } else {
        return null;
    }
    if (wanted === 'ok') c.messages++;
    return [c.d];
}

async function look(world, random, chosen = undefined) {
    const {model} = world;
    const c = chosen ?? choose(random, model.cases.filter((each) => each.open && model.kept(each.d).length > 0), model.cases);
    const agent = c && agentFor(world, random, c.d);
    if (!agent) return null;
    const attempt = random.chance(0.3) ? 1 + Math.floor(random.next() * c.d.attempt) : undefined;
    const photo = model.photo(c.d, attempt);
    const wanted = !c.open ? 'needs-case' : photo ? 'ok' : 'no-photo';
    const byPage = attempt === undefined && random.chance(0.4), note = word('k', c.d.n), kind = random.chance(0.3) ? 'evidence' : 'photo';
    const answer = byPage ? await does(world, agent, ['POST', `/desk/cases/${c.id}/looks`, {form: {reason: 'other', note, ...(kind !== 'photo' && {kind})}}], wanted, 303)
        : await does(world, agent, ['POST', `/v1/cases/${c.id}/looks`, {json: {reason: 'other', note, ...(attempt && {attempt}), ...(kind !== 'photo' && {kind})}}], wanted, 201);
    if (wanted !== 'ok') return [c.d];
    const begun = model.look(c.d, c, agent, photo, kind);
    begun.id = answer.json?.id ?? (await world.must(agent, 'GET', `/v1/cases/${c.id}`, {}, 200)).json.looks.find(({id}) => !world.byId.has(id)).id;
    world.byId.set(begun.id, c.d);
    return [c.d];
}

/** Waits until what waited for a case is erased. */
async function gone(world, d) {
    const [state] = world.model.standing(d);
    await until(async () => (await world.must(shopOf(world, d), 'GET', `/v1/deliveries/${d.id}`, {}, 200)).json.photo.state === state, {ms: 4000, what: 'the erasure'}).catch(() => {});
}

/** An administrator looks without a case, and everybody is told. */
async function breakGlass(world, random) {
    const {model} = world;
    const d = choose(random, live(world, (each) => model.kept(each).length > 0), model.deliveries);
    const agent = d && random.pick(supportOf(world, d).filter(({role}) => role === 'administrator'));
    if (!agent) return null;
    const photo = model.photo(d), wanted = photo ? 'ok' : 'no-photo', text = `${word('k', d.n)} and nobody can be reached.`;
    const answer = await does(world, agent, ['POST', '/v1/break-glass', {json: {delivery_id: d.id, reason: 'other', text}}], wanted, 201);
    if (wanted !== 'ok') return [d];
    const begun = model.look(d, null, agent, photo);
    begun.id = answer.json.id;
    world.byId.set(begun.id, d);
    return [d];
}

async function resolve(world, random) {
    const {model} = world;
    const open = world.model.cases.filter((each) => each.open), looked = open.filter((each) => world.model.looks.some((look) => look.c === each && world.model.now < look.until) || each.d.proof);
    const c = choose(random, looked.length > 0 && random.chance(0.6) ? looked : open, world.model.cases);
    const agent = c && random.pick(supportOf(world, c.d));
    if (!agent) return null;
    const wanted = c.open ? 'ok' : 'case-resolved', withText = random.chance(0.5), text = word('c', c.d.n);
    if (random.chance(0.5)) await does(world, agent, ['POST', `/v1/cases/${c.id}/resolve`, {json: withText ? {text} : {}}], wanted, 200);
    else await does(world, agent, ['POST', `/desk/cases/${c.id}/resolve`, {form: withText ? {text} : {}}], wanted, 303);
    if (wanted === 'ok') {
        model.resolve(c);
        if (withText) c.messages++;
        if (model.letGo(c.d)) await gone(world, c.d);
    }
    return [c.d];
}

/** A question about a look goes into its case, or one about privacy that its recipient has open, or a new one. */
async function question(world, random) {
    const {model} = world;
    const {person, d} = own(world, random, (each) => model.looksOf(each).length > 0);
    const about = d && random.pick(model.looksOf(d).slice(-3));
    if (!about) return null;
    const text = word('c', d.n), byPage = random.chance(0.4);
    let c = about.c?.open ? about.c : model.casesOf(d).find((each) => each.open && each.by === 'recipient' && each.kind === 'privacy');
    const answer = byPage ? await does(world, person, ['POST', `/orders/${d.id}/looks/${about.id}/question`, {form: {question: text}}], 'ok', 303)
        : await does(world, person, ['POST', `/v1/me/orders/${d.id}/looks/${about.id}/question`, {json: {text}}], 'ok', 201);
    if (c) {
        c.messages++;
        return [d];
    }
    c = model.openCase(d, 'recipient');
    c.kind = 'privacy';
    c.id = byPage ? await newCase(world, person, d) : answer.json.case_id;
    world.byId.set(c.id, d);
    return [d];
}

/** Of somebody who is in a picture and has no account: nobody but the desk, and who has the link, reads it. */
async function complain(world, random) {
    const {model, stranger} = world;
    const n = world.complained++;
    const body = {kind: 'in_picture', text: `${word('q', n)} is in it`, place: word('q', n), contact: word('q', n)};
    const byPage = random.chance(0.4), answer = byPage ? await does(world, stranger, ['POST', '/privacy', {form: body}], 'ok', 303) : await does(world, stranger, ['POST', '/v1/complaints', {json: body}], 'ok', 201);
    const token = /complaints\/([\w-]{43})/.exec(byPage ? answer.headers.location : answer.json.url)[1];
    const desk = random.pick(signedIn(world, 'agent').filter(({role}) => role !== 'dispatcher'));
    if (!desk) return null;
    const {json} = await world.must(desk, 'GET', '/v1/complaints?limit=200', {}, 200);
    const id = json.items.map((each) => each.id).find((each) => !world.byId.has(each));
    world.byId.set(id, null);
    model.complaints.push({n, id, token, open: true, messages: 1, deleteBy: model.now + TERMS.complaintMs, c: null});
    return [];
}

/** The desk finds whose delivery it was: a case, which tells the recipient why and never who. */
async function matchComplaint(world, random) {
    const {model} = world;
    const complaint = random.pick(model.complaints), d = complaint && choose(random, live(world, (each) => model.kept(each).length > 0), model.deliveries);
    const agent = d && random.pick(supportOf(world, d));
    if (!agent) return null;
    const body = {delivery_id: d.id, reason: word('c', d.n)}, wanted = complaint.c ? 'conflict' : 'ok';
    if (random.chance(0.5)) await does(world, agent, ['POST', `/v1/complaints/${complaint.id}/match`, {json: body}], wanted, 201);
    else await does(world, agent, ['POST', `/desk/complaints/${complaint.id}/match`, {form: body}], wanted, 303);
    if (wanted !== 'ok') return [d];
    const c = model.openCase(d, 'agent');
    c.kind = 'privacy';
    c.id = (await world.must(agent, 'GET', `/v1/complaints/${complaint.id}`, {}, 200)).json.case_id;
    complaint.c = c;
    world.byId.set(c.id, d);
    return [d];
}

async function answerComplaint(world, random) {
    const {model} = world;
    const complaint = random.pick(model.complaints), agent = random.pick(signedIn(world, 'agent').filter(({role}) => role !== 'dispatcher'));
    if (!complaint || !agent) return null;
    const text = word('q', complaint.n), how = random.pick(['answer', 'resolve', 'again']);
    if (how === 'again') await does(world, world.stranger, ['POST', `/complaints/${complaint.token}`, {form: {message: text}}], 'ok', 200);
    else if (how === 'answer') await does(world, agent, ['POST', `/v1/complaints/${complaint.id}/messages`, {json: {text}}], 'ok', 201);
    else await does(world, agent, ['POST', `/v1/complaints/${complaint.id}/resolve`, {json: {}}], complaint.open ? 'ok' : 'case-resolved', 200);
    if (how !== 'resolve') complaint.messages++;
    if (how !== 'resolve' || complaint.open) complaint.deleteBy = model.now + TERMS.complaintMs;
    if (how !== 'answer') complaint.open = how === 'again';
    return [];
}

// ---- all at once ----

/** A delivery as it mostly goes: made, taken along, photographed, left. */
async function deliver(world, random) {
    const shop = random.pick(world.of('shipper'));
    const drivers = [...world.model.drivers.values()].filter(({shipper}) => shipper === shop.shipper);
    const [d] = await create(world, random, {shipper: shop.shipper, want: random.chance(0.9) ? 'required' : 'optional', driver: random.pick(drivers).name});
    const device = world.of('device').find((each) => each.driver === d.driver && !each.revoked);
    if (!device) return [d];
    await does(world, device, ['POST', '/v1/driver/round/start'], 'ok', 200);
    world.model.setOut(d.driver);
    await upload(world, random, d);
    if (random.chance(0.7)) await atTheDoor(world, random, d);
    return [d];
}

/** A case about a photo that is there, and a look at it. */
async function investigate(world, random) {
    const d = choose(random, live(world, (each) => world.model.kept(each).length > 0), world.model.deliveries);
    if (!d || await openCase(world, random, d) === null) return null;
    await look(world, random, world.model.casesOf(d).at(-1));
    return [d];
}

// ---- everybody ----

async function signIn(world, random) {
    const out = [...world.of('person'), ...world.of('agent')].filter((actor) => !world.model.isSignedIn(actor));
    const actor = random.pick(out);
    if (!actor) return null;
    await (actor.kind === 'person' ? world.signIn(actor) : world.signInAgent(actor));
    return live(world, (d) => actor.kind === 'agent' || world.model.relation(actor, d) !== 'nobody').slice(-2);
}

async function signOut(world, random) {
    const actor = random.pick([...signedIn(world, 'person'), ...signedIn(world, 'agent')]);
    if (!actor) return null;
    await does(world, actor, ['POST', actor.kind === 'person' ? '/v1/auth/sign-out' : '/v1/desk/sign-out'], 'ok', 204);
    actor.session = null; // the cookie stays with it: it must open nothing any more
    return live(world, (d) => actor.kind === 'agent' || world.model.relation(actor, d) !== 'nobody').slice(-2);
}

/** Somebody deletes their account, and mostly comes back. */
async function leave(world, random) {
    const {model} = world;
    const person = random.pick(signedIn(world, 'person'));
    if (!person) return null;
    const forget = random.chance(0.4), concerned = live(world, (d) => ['recipient', 'buyer'].includes(model.relation(person, d)));
    const byPage = random.chance(0.4), wrong = random.pick(world.of('person').filter((each) => each !== person)).email;
    await does(world, person, ['DELETE', '/v1/me', {json: {confirm: wrong}}], 'invalid-field');
    const answer = byPage ? await does(world, person, ['POST', '/account/delete', {form: {confirm: person.email, ...(forget && {forget_refusal: 'yes'})}}], 'ok', 303)
        : await does(world, person, ['DELETE', '/v1/me', {json: {confirm: person.email, forget_refusal: forget}}], 'ok', 200);
    const {erased, held, kept} = model.leave(person, forget);
    const said = answer.json && [answer.json.photos_erased, answer.json.photos_held, answer.json.refusal_kept];
    if (said && String(said) !== String([erased, held, kept])) throw new Violation('what an account takes along', `${said}, and so is ${[erased, held, kept]}`);
    await new Promise((done) => setTimeout(done, SETTLE_MS)); // what was not over is asked again
    if (random.chance(0.7)) await world.signIn(person);
    return concerned.slice(-4);
}

/** A backup; somebody deletes a photo; the machine dies; the backup comes back, and what was deleted does not. */
async function restore(world, random) {
    const folder = (what) => join(world.server.folder, `${what}-${world.restores}`);
    world.restores++;
    await world.server.run('backup', folder('data'));
    await world.server.run('backup-keys', folder('keys'));
    const touched = await erase(world, random) ?? [];
    await world.restart('kill', async () => {
        await rm(world.server.data, {recursive: true, force: true});
        await world.server.run('restore', folder('data'));
    });
    return [...new Set([...touched, ...live(world, isNamed).slice(-3)])];
}

async function restart(world, random) {
    await world.restart(random.chance(0.6) ? 'kill' : 'stop');
    return live(world, () => true).slice(-3);
}

/** Waits until the server's sweep has done what the model says it must. */
async function settle(world, {changed, held}) {
    const states = async () => {
        for (const d of changed) {
            const {json} = await world.must(shopOf(world, d), 'GET', `/v1/deliveries/${d.id}`, {}, 200);
            if (json.photo.state !== world.model.standing(d)[0]) return false;
        }
        return true;
    };
    try {
        if (changed.size > 0) await until(states, {ms: 6000, what: 'the sweep'});
    } catch {
        return; // what is wrong is found by asking
    }
    if (changed.size + held.size > 0) await new Promise((done) => setTimeout(done, SETTLE_MS));
}

/** What has run out opens nothing any more. */
async function judgeSessions(world) {
    const over = [...world.of('person'), ...world.of('agent')].filter((actor) => !world.model.isSignedIn(actor));
    await Promise.all(over.map((actor) => does(world, actor, ['GET', actor.kind === 'person' ? '/v1/me' : '/v1/cases'], 'unauthorized')));
}

async function time(world, random) {
    const leap = random.pick([9 * MINUTE, 17 * MINUTE, 17 * MINUTE, 11 * HOUR, 26 * HOUR, 3 * DAY, 3 * DAY, 3 * DAY, 12 * DAY, 33 * DAY, 95 * DAY]);
    world.clock.forward(leap);
    for (const d of world.model.deliveries) d.uploads = d.uploads.filter(({at}) => world.clock.now() - at < 40 * HOUR); // kept for 48
    await judgeSessions(world); // before the sweep can have taken them away
    const due = world.model.complaints.length, swept = world.model.sweep();
    if (world.model.complaints.length < due || live(world, (d) => !d.blank && world.model.mayBlank(d)).length > 0) swept.held.add(null);
    await settle(world, swept);
    swept.held.delete(null);
    const back = [...world.of('person'), ...world.of('agent')].filter((actor) => !world.model.isSignedIn(actor));
    for (const actor of back.filter(() => random.chance(0.85))) await (actor.kind === 'person' ? world.signIn(actor) : world.signInAgent(actor));
    return [...new Set([...swept.changed, ...swept.held, ...random.sample(world.model.deliveries, 2)])].slice(0, 6);
}

/** What a step made overdue is missing a sweep later. */
export async function settleOverdue(world) {
    const changed = new Set(live(world, (d) => world.model.misses(d)));
    if (changed.size > 0) await settle(world, {changed, held: new Set()});
}

/** Names that may be gone are, or they are not yet; where their day is long past they must be. */
export async function learnBlanks(world) {
    for (const d of live(world, (each) => !each.blank && world.model.mayBlank(each))) {
        const {json} = await world.must(shopOf(world, d), 'GET', `/v1/deliveries/${d.id}`, {}, 200);
        if (json.personal_data === 'deleted') world.model.makeBlank(d);
        else if (world.model.mustBlank(d)) throw new Violation('names that are kept past their day', `#${d.n} ${d.id} ${d.state}`);
    }
}

// ---- letters ----

const isAdministrator = (world, email) => world.of('agent').some(({login, role}) => role === 'administrator' && login.email === email);

/** R12: a letter names an order by its link, and nobody and nothing else; it goes to whom the order concerns. */
export async function readMail(world) {
    await world.readMail();
    for (const letter of world.letters.filter(({read}) => !read)) {
        letter.read = true;
        for (const {kind, n, text} of found(`${letter.subject}\n${letter.text}\n${letter.html}`)) {
            const d = world.byId.get(n);
            if (kind !== 'D' && kind !== 'T') throw new Violation('what a letter gives away', `${text} stands in "${letter.subject}"`);
            if (d && !d.everKnown.has(letter.to) && !isAdministrator(world, letter.to)) throw new Violation('whom a letter goes to', `${letter.to}: "${letter.subject}"`);
        }
        const token = linkIn(letter, '/r/')?.slice(3);
        const d = world.byId.get(/dlv_\w{26}/.exec(letter.text)?.[0]);
        if (token && d) d.letters.push({d, to: letter.to, token, version: d.version});
    }
    world.letters = world.letters.filter(({subject}) => /code|Code/.test(subject)).slice(-50);
}

/** R1, R2, D27: what a shop's webhook is told is thin: ids of its own deliveries, states and reasons. */
export function readHooks(world) {
    for (const {shop, text} of world.hooks.calls.splice(0)) {
        for (const {kind, n, text: piece} of found(text)) {
            const d = world.byId.get(n);
            if (!['D', 'C', 'L', 'P', 'r'].includes(kind) || (d && d.shipper !== shop)) throw new Violation('what a webhook gives away', `${piece} stands in ${text.slice(0, 400)}`);
        }
    }
}

/** How often each comes. */
export const STEPS = {
    create: [4, create], deliver: [10, deliver], investigate: [7, investigate], mark: [7, mark], want: [1.5, want], reassign: [2, reassign], readdress: [3, readdress], settings: [3, settings], end: [2, end], renew: [2, renew],
    sayForAll: [3, sayForAll], say: [5, say], refuseByLink: [2, refuseByLink], erase: [4, erase], report: [4, report],
    setOut: [6, setOut], upload: [16, upload], atTheDoor: [10, atTheDoor], phones: [1.5, phones],
    openCase: [3, openCase], message: [3, message], look: [7, look], resolve: [5, resolve],
    refusal: [6, refusal], share: [7, share], terms: [3, terms], breakGlass: [4, breakGlass], question: [3, question],
    complain: [2, complain], matchComplaint: [1.5, matchComplaint], answerComplaint: [1.5, answerComplaint], leave: [1.2, leave], restore: [0.4, restore],
    signIn: [4, signIn], signOut: [1.5, signOut], restart: [1, restart], time: [5, time],
};
