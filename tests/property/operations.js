// SPDX-License-Identifier: Apache-2.0
//
// Every operation of docs/openapi.yaml: whom it is for, what it is about, and what the model says of an answer. An operation that is
// in the document and not here fails the run, so a new one cannot be forgotten.
//
//   who    the actors it is for, as Model.admits reads them: 'shipper', 'agent/support', 'anyone' …
//   each   what it is asked about: 'once', or each 'delivery', 'case', 'look', 'driver', 'device', 'webhook', 'upload', 'link', 'letter', 'complaint'
//   word   (model, actor, subject) → 'ok' or the slug of the problem that an admitted actor must get; left out: always 'ok'
//   judge  ({json, text, model, actor, subject, same}) → looks into an answer that is 'ok'; same(what, got, wanted) compares
//   page   a person without a session is led to sign in
//   send   for what changes something: a body that would succeed. It is asked only of those who must be refused
//   echoes a page that shows again what was typed
//   seldom asked of those who may only now and then, because it costs
//   not    why it is not asked here at all
import {createHash} from 'node:crypto';
import {encodeMetadata} from '../e2e/support/tus.js';
import {filesOf} from './archive.js';
import {found, word as needle} from './needles.js';

const ZERO = '0'.repeat(26);
const SECRET_WORDS = /registry|wish_list|protected|by_recipient|withheld|declined|confidential|consent|posted|erased|rejected|retention/;

// ---- words ----

const ofDelivery = (...relations) => (model, actor, d) => (relations.includes(model.relation(actor, d)) ? 'ok' : 'not-found');
const ofCase = (model, actor, c) => (model.relation(actor, c.d) === 'agent' ? 'ok' : 'not-found');
const ofOwnCase = (model, actor, c) => (model.relation(actor, c.d) === 'recipient' ? 'ok' : 'not-found');
const ofRefusal = (model, actor, r) => (r.email === actor.email ? 'ok' : 'not-found');
const ofOwnLook = (model, actor, look) => (model.relation(actor, look.d) === 'recipient' ? 'ok' : 'not-found');
const ofShop = (model, actor, {shipper}) => ((actor.kind === 'agent' ? model.worksFor(actor, shipper) : actor.shipper === shipper) ? 'ok' : 'not-found');
const nobodys = () => 'not-found';

// ---- what an answer says ----

function delivery({json, model, subject: d, same}) {
    const [state, reason] = model.standing(d);
    same('state', json.state, d.state);
    same('reference', json.reference, needle('r', d.n));
    same('whether names are there', json.personal_data, d.blank ? 'deleted' : 'kept');
    same('recipient', json.recipient && [json.recipient.name, json.recipient.email, json.recipient.phone], d.blank ? null : [needle('n', d.n), d.to, d.phone]);
    if (d.blank) same('what is left of it', [json.address, json.instructions], [null, null]);
    same('buyer', json.buyer?.email ?? null, d.buyer);
    same('marking', json.confidential, d.marking);
    same('attempt', json.attempt, d.attempt);
    same('driver', json.driver_id, d.driver === null ? null : model.drivers.get(d.driver).id);
    same('photo', [json.photo.want, json.photo.state, json.photo.reason], [d.want, state, reason]);
    same('whether it is shared', json.photo.shared, model.sharedPhoto(d, 'shipper', d.attempt) !== undefined);
    same('tracking link', json.tracking_url.split('/t/')[1], d.token);
}

function relationItem(json, model, actor, d, same) {
    const relation = model.relation(actor, d);
    same('relation', json.relation, relation);
    same('state', json.state, d.state);
    same('reference', json.reference, needle('r', d.n));
    if (relation === 'buyer') {
        if (json.photo !== undefined) same('a photo that a buyer reads of', json.photo.attempt, model.sharedPhoto(d, 'buyer')?.attempt);
        same('what a buyer reads', Object.keys(json).filter((name) => name !== 'photo').sort(), ['captured_at', 'changed_at', 'created_at', 'id', 'out_for_delivery_at', 'received_at', 'reference', 'relation', 'shipper', 'state', 'time_zone', 'window']);
        same('words that a buyer may not read', SECRET_WORDS.exec(JSON.stringify(json)), null);
    } else {
        same('photo', [json.photo.state, json.photo.reason], model.standing(d));
    }
}

function order({json, model, actor, subject: d, same, world}) {
    relationItem(json, model, actor, d, same);
    if (model.relation(actor, d) !== 'recipient') return;
    const person = [...model.people.values()].find(({email}) => email === d.to);
    const earlier = model.kept(d).filter(({attempt}) => attempt !== d.attempt);
    same('earlier photos', json.earlier_photos.map(({attempt, state}) => [attempt, state]).sort(), earlier.map(({attempt}) => [attempt, d.marking === null ? 'posted' : 'withheld']).sort());
    if (json.pin !== null) {
        same('a PIN', /^\d{6}$/.test(json.pin) && (d.pin ?? json.pin) === json.pin, true);
        d.pin = json.pin;
        world.pins.set(json.pin, d);
    }
    same('consent', [json.consent.account, json.consent.delivery], [person.word, d.word]);
    same('refusals that count', [json.consent.address, json.consent.shipper], [model.refusesAtAddress(d) ? 'refused' : 'unset', model.shopsWord(d)]);
    same('cases', json.cases.map(({id, state}) => [id, state]).sort(), model.casesOf(d).map(({id, open}) => [id, open ? 'open' : 'resolved']).sort());
    same('looks', json.looks.map(({id}) => id).sort(), model.looksOf(d).map(({id}) => id).sort());
    const photo = model.photo(d, d.attempt);
    same('whether it is shown when the photo is deleted', json.photo.delete_by !== null, photo !== undefined);
    same('the size of a photo that is seen', json.photo.width !== null, photo !== undefined && d.marking === null);
    same('with whom it is shared', [...json.photo.shared].sort(), photo && d.marking === null ? [...photo.shared].sort() : []);
    same('whether its deletion waits', json.photo.erase_requested_at !== null, photo !== undefined && photo.going !== null);
    same('address', json.address.lines[0], needle('a', d.n));
}

function orders({json, model, actor, same}) {
    const own = model.deliveries.filter((d) => ['recipient', 'buyer'].includes(model.relation(actor, d)));
    same('orders', json.items.map(({id}) => id).sort(), own.map(({id}) => id).sort());
    for (const item of json.items) relationItem(item, model, actor, own.find(({id}) => id === item.id), same);
}

function orderPage({text, model, actor, subject: d, same}) {
    const pictures = [...text.matchAll(/<img src="([^"]*\/photo[^"]*)"/g)].map(([, path]) => Number(/attempt=(\d+)/.exec(path)?.[1])).sort();
    const shared = model.relation(actor, d) === 'buyer' ? model.sharedPhoto(d, 'buyer') : undefined;
    const seen = model.relation(actor, d) === 'recipient' && d.marking === null ? model.kept(d).map(({attempt}) => attempt).sort() : shared ? [shared.attempt] : [];
    same('pictures on the page', pictures, seen);
}

function status({json, model, subject: {d}, same}) {
    same('what a link tells', Object.keys(json).sort(), ['captured_at', 'changed_at', 'created_at', 'out_for_delivery_at', 'received_at', 'shipper', 'state', 'time_zone', 'window']);
    same('state', json.state, d.state);
    same('words that nobody may read by a link', SECRET_WORDS.exec(JSON.stringify(json)), null);
}

function stops({json, model, actor, same}) {
    const own = model.deliveries.filter((d) => model.relation(actor, d) === 'driver' && model.isOnRound(d));
    same('stops', json.items.map(({delivery_id: id}) => id).sort(), own.map(({id}) => id).sort());
    same('words that a driver may not read', SECRET_WORDS.exec(JSON.stringify(json).replaceAll('"upload":"rejected"', '').replaceAll('"state":"declined"', '')), null);
    for (const stop of json.items) {
        const d = own.find(({id}) => id === stop.delivery_id);
        const camera = !model.isRefused(d) && !model.isUnwanted(d);
        same('whether a photo is wanted', stop.photo.state, !camera ? 'declined' : d.want === 'required' ? 'wanted' : 'optional');
        const [state] = model.standing(d);
        same('what became of the upload', stop.photo.upload, ['posted', 'withheld', 'erased'].includes(state) ? 'stored' : state === 'rejected' ? 'rejected' : 'none');
    }
}

/** Whether this session has a look at a case's newest photo. Where another case of the delivery has one too, either may be shown: undefined. */
function liveLook(model, actor, c) {
    const live = model.looks.filter((look) => look.d === c.d && look.photo === model.photo(c.d) && look.session === actor.session && look.kind === 'photo' && model.now < look.until);
    if (!live.some((look) => look.c === c && model.isLive(actor, look))) return false;
    return live.every((look) => look.c === c) || undefined;
}

function oneCase({json, model, actor, subject: c, same}) {
    const [state, reason] = model.standing(c.d);
    same('state', json.state, c.open ? 'open' : 'resolved');
    same('photo', [json.delivery.photo.state, json.delivery.photo.reason], [state, reason]);
    same('whether one can look', json.can_look, c.open && model.kept(c.d).length > 0);
    const live = liveLook(model, actor, c);
    same('whether a look is under way', json.look !== null, live ?? json.look !== null);
    same('name or signature', json.kept_proof?.value ?? null, c.open && c.d.proof ? c.d.proof.value : null);
    same('looks', json.looks.map(({id}) => id).sort(), model.looksOf(c.d).map(({id}) => id).sort());
    same('messages', json.messages.length, c.messages);
}

function casePage({text, model, actor, subject: c, same}) {
    const live = liveLook(model, actor, c), shown = /<img src="\/v1\/cases\/[^"]*\/photo/.test(text);
    same('whether the picture is on the page', shown, live ?? shown);
}

/** R4: what a search at the desk tells; of photos and cases a dispatcher reads nothing. */
function searched({json, model, actor, subject: d, same}) {
    same('what is found', json.items.map(({id}) => id), model.worksFor(actor, d.shipper) ? [d.id] : []);
    for (const item of json.items) {
        const mayKnow = actor.role !== 'dispatcher';
        same('state', [item.reference, item.state], [needle('r', d.n), d.state]);
        same('photo', item.photo && [item.photo.state, item.photo.reason], mayKnow ? model.standing(d) : null);
        same('whether a case is open', item.case_id === null || model.openCases(d).some(({id}) => id === item.case_id), true);
        same('whether there is a case to read', item.case_id !== null, mayKnow && model.openCases(d).length > 0);
    }
}

function cases({json, model, actor, same}) {
    const open = model.cases.filter((c) => c.open && model.relation(actor, c.d) === 'agent');
    same('open cases', json.items.map(({id}) => id).sort(), open.map(({id}) => id).sort());
}

function deliveries({json, model, actor, same}) {
    same('deliveries', json.items.map(({id}) => id).sort(), model.deliveries.filter(({shipper}) => shipper === actor.shipper).map(({id}) => id).sort());
    for (const item of json.items) delivery({json: item, model, subject: model.deliveries.find(({id}) => id === item.id), same});
}

function round({json, model, subject: {name}, same}) {
    const items = json.items ?? json.stops ?? [];
    const own = model.deliveries.filter((d) => d.driver === name && ['created', 'out_for_delivery', 'attempted'].includes(d.state));
    same('stops of the round', items.map(({delivery_id: id, id: other}) => id ?? other).sort(), own.map(({id}) => id).sort());
}

function settings({json, model, actor, same}) {
    const shop = model.shippers.get(actor.shipper);
    same('settings', [json.retention_days, json.confidential_photos, json.refuse_dark], [shop.retentionDays, shop.takesConfidential ? 'withhold' : 'do_not_take', shop.refusesDark]);
}

const count = (list) => ({json, model, subject, same}) => same('how many there are', json.items.length, list(model, subject));

/** R12, D35: a link, and a buyer, hear of the delivery alone. */
const quietStream = ({text, same}) => same('what a stream tells', /photo\.|case\.|look/.exec(text), null);
/** @param {any} asked */
const orderStream = (asked) => asked.model.relation(asked.actor, asked.subject) === 'buyer' && quietStream(asked);

// ---- bodies that would succeed ----

const json = (make) => (...asked) => ({json: make(...asked)});
const form = (make) => (...asked) => ({form: make(...asked)});
const nothing = () => ({});
const at = (model) => model.clock.text();

/** The other's challenge, stolen: whoever else sends it. */
function stolenUpload(model, actor, d) {
    const metadata = {delivery_id: d.id, challenge: [...d.challenges ?? []].find(([device]) => device !== actor)?.[1].challenge ?? 'A'.repeat(43), sha256: 'a'.repeat(64), captured_at: at(model)};
    return {headers: {'tus-resumable': '1.0.0', 'upload-length': '1000', 'upload-metadata': encodeMetadata(metadata)}};
}

function stolenUploadWord(model, actor, d) {
    return model.relation(actor, d) === 'driver' ? 'challenge-invalid' : 'not-found';
}

/** Everything about somebody: every file of the archive is read, and each photo in it is one that they may see. */
function exported({bytes, model, actor, same, world, fail}) {
    const files = filesOf(bytes), names = Object.keys(files);
    same('what is in the archive', ['account.json', 'deliveries.json', 'index.html'].filter((name) => !files[name]), []);
    const own = model.deliveries.filter((d) => ['recipient', 'buyer'].includes(model.relation(actor, d)));
    const {items} = JSON.parse(files['deliveries.json'].toString());
    same('deliveries in the archive', items.map(({id}) => id).sort(), own.map(({id}) => id).sort());
    const seen = own.filter((d) => d.to === actor.email && d.marking === null).flatMap((d) => model.kept(d));
    const pictures = names.filter((name) => name.startsWith('photos/'));
    same('photos in the archive', pictures.length, seen.length);
    for (const name of pictures) {
        const photo = world.pictures.get(createHash('sha256').update(files[name]).digest('base64'));
        if (photo && !seen.includes(photo)) fail('a photo in the archive', `${name} is one that they may not see`);
    }
    const text = names.filter((name) => !name.startsWith('photos/')).map((name) => files[name].toString()).join('\n');
    for (const piece of found(text)) {
        const d = world.byId.get(piece.n) ?? (/^\d+$/.test(piece.n) ? model.deliveries[Number(piece.n)] : undefined);
        const isOwnProof = piece.kind === 'f' && d?.to === actor.email, isRejected = piece.kind === 'P' && !d;
        const isOwnAddress = (piece.kind === 'p' && piece.n === actor.name) || (piece.kind === 'a' && model.refusals.some((r) => r.email === actor.email && r.n === d?.n));
        if (piece.kind !== 's' && !isOwnProof && !isRejected && !isOwnAddress && !(d && model.readable(actor, d).includes(piece.kind))) fail('what an archive gives away', `${piece.text} stands in it`);
    }
}

function receipt({json, model, subject: d, attempt, same}) {
    same('whose receipt it is', [json.delivery_id, json.attempt], [d.id, attempt ?? Math.max(...d.photos.filter(({gone}) => gone).map((p) => p.attempt))]);
    same('why it was deleted', json.reason, d.photos.find((p) => p.attempt === json.attempt).gone);
}

/** @param {any} asked */
const sheet = ({bytes, same}) => same('what a sheet begins with', bytes.subarray(0, 5).toString(), '%PDF-');
const erased = (model, actor, d, attempt) => (model.relation(actor, d) !== 'recipient' ? 'not-found' : d.photos.some((p) => p.gone && (attempt === undefined || p.attempt === attempt)) ? 'ok' : 'no-erasure');
const ofEveryShop = (word) => (model, actor) => (actor.shippers === null ? word : 'role-needed');
const ofComplaint = (model, actor, complaint) => (complaint.open ? 'ok' : 'case-resolved');
const matches = (model, actor, complaint) => (complaint.c ? 'conflict' : 'ok');
const STRANGERS_KEY = {credential: {id: 'AAAA', type: 'public-key', response: {clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA', userHandle: null}}};
const PASSKEY = {id: `pky_${ZERO}`}, AGENT = {id: `agt_${ZERO}`};

const TUS = {'tus-resumable': '1.0.0'};
const ofUpload = (model, actor, upload) => (upload.by === actor ? 'ok' : 'not-found');
const PAGE = {page: true};

/** @type {Record<string, any>} */
export const operationsOf = {
    // ---- shipper
    'POST /v1/deliveries': {who: 'shipper', each: 'once', send: json((model) => ({reference: 'x', recipient: {name: 'x', email: 'x@example.org'}, address: {lines: ['x']}, time_zone: 'UTC'}))},
    'GET /v1/deliveries': {who: 'shipper', each: 'once', query: '?limit=200', judge: deliveries},
    'POST /v1/deliveries/import': {who: 'shipper', each: 'once', send: () => ({body: Buffer.from('reference\nx\n'), headers: {'content-type': 'text/csv'}})},
    'GET /v1/deliveries/{id}': {who: 'shipper', each: 'delivery', word: ofDelivery('shipper'), judge: delivery},
    'GET /v1/deliveries/{id}/photo': {who: 'shipper', each: 'delivery', variants: 'attempts', picture: true, photo: (model, d, attempt) => model.sharedPhoto(d, 'shipper', attempt),
        word: (model, actor, d, attempt) => model.shippersPhoto(actor, d, attempt)},
    'PATCH /v1/deliveries/{id}': {who: 'shipper', each: 'delivery', word: ofDelivery('shipper'), send: json(() => ({confidential: 'protected'}))},
    'POST /v1/deliveries/{id}/cancel': {who: 'shipper', each: 'delivery', word: ofDelivery('shipper'), send: nothing},
    'POST /v1/deliveries/{id}/returned': {who: 'shipper', each: 'delivery', word: ofDelivery('shipper'), send: nothing},
    'POST /v1/deliveries/{id}/tracking': {who: 'shipper', each: 'delivery', word: ofDelivery('shipper'), send: nothing},
    'GET /v1/shipper/settings': {who: 'shipper', each: 'once', judge: settings},
    'PUT /v1/shipper/settings': {who: 'shipper', each: 'once', send: json(() => ({refuse_dark: true}))},
    'GET /v1/events': {who: 'shipper', each: 'once', query: '?limit=200'},
    'POST /v1/drivers': {who: 'shipper', each: 'once', send: json(() => ({name: 'x'}))},
    'GET /v1/drivers': {who: 'shipper', each: 'once', judge: ({json: {items}, model, actor, same}) =>
        same('drivers', items.map(({id}) => id).sort(), [...model.drivers.values()].filter(({shipper}) => shipper === actor.shipper).map(({id}) => id).sort())},
    'GET /v1/drivers/{id}/devices': {who: 'shipper', each: 'driver', word: ofShop},
    'POST /v1/drivers/{id}/devices/{device_id}/revoke': {who: 'shipper', each: 'device', word: ofShop, send: nothing},
    'GET /v1/drivers/{id}/round': {who: 'shipper', each: 'driver', word: ofShop, judge: round},
    'PUT /v1/drivers/{id}/round': {who: 'shipper', each: 'driver', word: ofShop, send: json(() => ({delivery_ids: []}))},
    'POST /v1/drivers/{id}/pairing-code': {who: 'shipper', each: 'driver', word: ofShop, send: nothing},
    'POST /v1/drivers/{id}/revoke': {who: 'shipper', each: 'driver', word: ofShop, send: nothing},
    'POST /v1/webhooks': {who: 'shipper', each: 'once', send: json(() => ({url: 'https://hooks.example/x'}))},
    'GET /v1/webhooks': {who: 'shipper', each: 'once'},
    'GET /v1/webhooks/{id}': {who: 'shipper', each: 'webhook', word: ofShop},
    'PATCH /v1/webhooks/{id}': {who: 'shipper', each: 'webhook', word: ofShop, send: json(() => ({events: ['photo.posted']}))},
    'DELETE /v1/webhooks/{id}': {who: 'shipper', each: 'webhook', word: ofShop, send: nothing},
    'POST /v1/webhooks/{id}/rotate': {who: 'shipper', each: 'webhook', word: ofShop, send: json(() => ({}))},
    'POST /v1/webhooks/{id}/ping': {who: 'shipper', each: 'webhook', word: ofShop, send: nothing},
    'GET /v1/webhooks/{id}/attempts': {who: 'shipper', each: 'webhook', word: ofShop},
    'POST /v1/webhooks/{id}/resend': {who: 'shipper', each: 'webhook', word: ofShop, send: json(() => ({event_id: `evt_${ZERO}`}))},
    'POST /v1/webhooks/{id}/replay': {who: 'shipper', each: 'webhook', word: ofShop, send: json(() => ({from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z'}))},
    // ---- driver
    'POST /v1/driver/pair': {who: 'anyone', not: 'a code is needed; a wrong one is counted'},
    'GET /v1/driver/stops': {who: 'device', each: 'once', judge: stops},
    'POST /v1/driver/round/start': {who: 'device', each: 'once', send: nothing},
    'POST /v1/driver/stops/{delivery_id}/delivered': {who: 'device', each: 'delivery', word: ofDelivery('driver'), send: json((model) => ({left_at: 'front_door', captured_at: at(model)}))},
    'POST /v1/driver/stops/{delivery_id}/attempted': {who: 'device', each: 'delivery', word: ofDelivery('driver'), send: json((model) => ({reason: 'nobody_home', captured_at: at(model)}))},
    'OPTIONS /v1/driver/uploads': {who: 'anyone', each: 'once', status: 204},
    'POST /v1/driver/uploads': {who: 'device', each: 'delivery', word: stolenUploadWord, revokedToo: true, send: stolenUpload},
    'HEAD /v1/driver/uploads/{id}': {who: 'device', each: 'upload', word: ofUpload, revokedToo: true, headers: TUS, judge: ({headers, subject, same}) =>
        same('length and offset', [headers['upload-length'], headers['upload-offset']], [subject.length, subject.length])},
    'PATCH /v1/driver/uploads/{id}': {who: 'device', each: 'upload', word: ofUpload, revokedToo: true,
        send: () => ({body: Buffer.from('x'), headers: {...TUS, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream'}})},
    'DELETE /v1/driver/uploads/{id}': {who: 'device', each: 'upload', word: ofUpload, revokedToo: true, send: () => ({headers: TUS})},
    // ---- refusals
    'GET /v1/refusals': {who: 'shipper', each: 'once', query: '?limit=200', judge: ({json: {items}, model, actor, same}) =>
        same('refusals', items.map(({id}) => id).sort(), model.refusals.filter(({shipper}) => shipper === actor.shipper).map(({id}) => id).sort())},
    'POST /v1/refusals': {who: 'shipper', each: 'once', send: json(() => ({address: {lines: ['x']}}))},
    'DELETE /v1/refusals/{id}': {who: 'shipper', each: 'refusal', send: nothing,
        word: (model, actor, r) => (r.shipper !== actor.shipper ? 'not-found' : r.by === 'note' ? 'recipients-word' : 'ok')},
    'GET /v1/me/refusals': {who: 'person', each: 'once', judge: ({json: {items}, model, actor, same}) =>
        same('refusals', items.map(({id}) => id).sort(), model.refusals.filter(({email}) => email === actor.email).map(({id}) => id).sort())},
    'POST /v1/me/refusals': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: json((model, actor, d) => ({order_id: d.id}))},
    'DELETE /v1/me/refusals/{id}': {who: 'person', each: 'refusal', word: ofRefusal, send: nothing},
    'POST /orders/{id}/refusal': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: nothing},
    'POST /account/refusals/{id}/remove': {who: 'person', each: 'refusal', ...PAGE, word: ofRefusal, send: nothing},
    // ---- signing in
    'POST /v1/auth/start': {who: 'anyone', not: 'it mails a code: a step does'},
    'POST /v1/auth/verify': {who: 'anyone', not: 'wrong codes are counted'},
    'POST /v1/auth/sign-out': {who: 'person', each: 'once', send: nothing},
    'POST /v1/desk/sign-in': {who: 'anyone', not: 'wrong passwords are counted'},
    'POST /v1/desk/sign-out': {who: 'agent', each: 'once', send: nothing},
    // ---- recipient
    'GET /v1/me': {who: 'person', each: 'once', judge: ({json: me, actor, same}) => same('account', [me.email, me.consent], [actor.email, actor.word])},
    'PUT /v1/me/preferences': {who: 'person', each: 'once', send: json(() => ({photos: 'refused'}))},
    'POST /v1/me/notices/test': {who: 'person', each: 'once', send: json(() => ({channel: 'mail'}))},
    'GET /v1/me/orders': {who: 'person', each: 'once', query: '?limit=200', judge: orders},
    'GET /v1/me/orders/{id}': {who: 'person', each: 'delivery', word: ofDelivery('recipient', 'buyer'), judge: order},
    'GET /v1/me/orders/{id}/photo': {who: 'person', each: 'delivery', variants: 'attempts', picture: true, word: (model, actor, d, attempt) => model.recipientsPhoto(actor, d, attempt)},
    'DELETE /v1/me/orders/{id}/photo': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: nothing},
    'GET /v1/me/orders/{id}/evidence': {who: 'person', each: 'delivery', variants: 'attempts', pending: true,
        word: (model, actor, d, attempt) => (model.relation(actor, d) === 'recipient' ? model.recipientsPhoto(actor, d, attempt) : 'not-found')},
    'PUT /v1/me/orders/{id}/photo': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: json((model) => ({delete_by: at(model)}))},
    'POST /v1/me/orders/{id}/keep-photo': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: nothing},
    'POST /v1/me/orders/{id}/share': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: json(() => ({with: 'shipper'}))},
    'DELETE /v1/me/orders/{id}/share': {who: 'person', each: 'delivery', query: '?with=shipper', word: ofDelivery('recipient'), send: nothing},
    'POST /v1/me/orders/{id}/looks/{look_id}/question': {who: 'person', each: 'look', word: ofOwnLook, send: json(() => ({text: 'x'}))},
    'POST /orders/{id}/looks/{look_id}/question': {who: 'person', each: 'look', ...PAGE, word: ofOwnLook, send: form(() => ({question: 'x'}))},
    'POST /orders/{id}/photo/sooner': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({when: '1'}))},
    'POST /orders/{id}/photo/keep': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({}))},
    'POST /orders/{id}/share': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({with: 'shipper'}))},
    'POST /orders/{id}/unshare': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({with: 'shipper'}))},
    'GET /v1/me/orders/{id}/looks/{look_id}/evidence': {who: 'person', each: 'look', pending: true,
        word: (model, actor, look) => (ofOwnLook(model, actor, look) !== 'ok' ? 'not-found' : look.photo.gone ? 'no-evidence' : 'ok')},
    'GET /v1/me/orders/{id}/looks': {who: 'person', each: 'delivery', query: '?limit=200', word: ofDelivery('recipient'), judge: count((model, d) => model.looksOf(d).length)},
    'POST /v1/me/orders/{id}/refuse-photo': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: nothing},
    'POST /v1/me/orders/{id}/allow-photo': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: nothing},
    'POST /v1/me/orders/{id}/problem': {who: 'person', each: 'delivery', word: ofDelivery('recipient'), send: json(() => ({kind: 'other', text: 'x'}))},
    'GET /v1/me/push': {who: 'person', each: 'once'},
    'POST /v1/me/push': {who: 'person', each: 'once', send: json(() => ({endpoint: 'https://push.example/x', keys: {p256dh: 'x', auth: 'x'}}))},
    'PUT /v1/me/push': {who: 'person', each: 'once', send: json(() => ({picture: true}))},
    'DELETE /v1/me/push/{id}': {who: 'person', each: 'once', ids: {id: `sub_${ZERO}`}, word: nobodys, send: nothing},
    'POST /v1/me/push/{id}/test': {who: 'person', each: 'once', ids: {id: `sub_${ZERO}`}, word: nobodys, send: nothing},
    'GET /v1/me/cases/{id}/messages': {who: 'person', each: 'case', query: '?limit=200', word: ofOwnCase, judge: count((model, c) => c.messages)},
    'POST /v1/me/cases/{id}/messages': {who: 'person', each: 'case', word: ofOwnCase, send: json(() => ({text: 'x'}))},
    // ---- agent
    'GET /v1/cases': {who: 'agent/support', each: 'once', query: '?limit=200', judge: cases},
    'POST /v1/cases': {who: 'agent/support', each: 'delivery', word: ofDelivery('agent'), send: json((model, actor, d) => ({delivery_id: d.id, reason: 'x'}))},
    'GET /v1/cases/{id}': {who: 'agent/support', each: 'case', word: ofCase, judge: oneCase},
    'POST /v1/cases/{id}/messages': {who: 'agent/support', each: 'case', word: ofCase, send: json(() => ({text: 'x'}))},
    'POST /v1/cases/{id}/looks': {who: 'agent/support', each: 'case', send: json(() => ({reason: 'verify_delivery', note: 'Is it the right door?'})),
        word: (model, actor, c) => (ofCase(model, actor, c) !== 'ok' ? 'not-found' : !c.open ? 'needs-case' : model.kept(c.d).length === 0 ? 'no-photo' : 'ok')},
    'GET /v1/cases/{id}/looks/{look_id}/photo': {who: 'agent/support', each: 'look', picture: true, word: (model, actor, look) => model.looksPhoto(actor, look.c, look)},
    'GET /v1/cases/{id}/looks/{look_id}/evidence': {who: 'agent/support', each: 'look', pending: true, word: (model, actor, look) => model.lookedAt(actor, look, 'evidence')},
    'POST /v1/break-glass': {who: 'agent/admin', each: 'delivery', send: json((model, actor, d) => ({delivery_id: d.id, reason: 'other', text: 'Nobody can be reached just now.'})),
        word: (model, actor, d) => (model.relation(actor, d) !== 'agent' ? 'not-found' : model.kept(d).length === 0 ? 'no-photo' : 'ok')},
    'GET /v1/break-glass': {who: 'agent/admin', each: 'once', query: '?limit=200', judge: ({json: {items}, model, actor, same}) =>
        same('looks without a case', items.map(({id}) => id).sort(), model.looks.filter((look) => look.c === null && model.relation(actor, look.d) === 'agent').map(({id}) => id).sort())},
    'GET /v1/break-glass/{look_id}/photo': {who: 'agent/admin', each: 'glass', picture: true, word: (model, actor, look) => model.lookedAt(actor, look, 'photo')},
    'GET /desk/break-glass': {who: 'agent/admin', each: 'once', ...PAGE},
    'POST /desk/break-glass': {who: 'agent/admin', each: 'delivery', ...PAGE, send: form((model, actor, d) => ({delivery_id: d.id, reason: 'other', text: 'Nobody can be reached just now.'})),
        word: (model, actor, d) => (model.relation(actor, d) !== 'agent' ? 'not-found' : model.kept(d).length === 0 ? 'no-photo' : 'ok')},
    'GET /desk/break-glass/{look_id}': {who: 'agent/admin', each: 'glass', ...PAGE,
        word: (model, actor, look) => (look.agent === actor.agent && model.relation(actor, look.d) === 'agent' ? 'ok' : 'not-found')},
    'POST /v1/cases/{id}/resolve': {who: 'agent/support', each: 'case', word: (model, actor, c) => (ofCase(model, actor, c) !== 'ok' ? 'not-found' : c.open ? 'ok' : 'case-resolved'), send: json(() => ({}))},
    'GET /v1/cases/{id}/looks/{look_id}/proof.pdf': {who: 'agent/support', each: 'look', pending: true, seldom: true, word: (model, actor, look) => model.lookedAt(actor, look, 'evidence'), judge: sheet},
    'GET /v1/complaints': {who: 'agent/support', each: 'once', query: '?limit=200', judge: ({json: {items}, model, same}) =>
        same('open complaints', items.map(({id}) => id).sort(), model.complaints.filter(({open}) => open).map(({id}) => id).sort())},
    'GET /v1/complaints/{id}': {who: 'agent/support', each: 'complaint', judge: ({json, subject, model, actor, same}) => {
        same('a complaint', [json.state, json.messages.length], [subject.open ? 'open' : 'resolved', subject.messages]);
        same('the case that it led to', json.case_id, subject.c && model.relation(actor, subject.c.d) === 'agent' ? subject.c.id : null);
    }},
    'POST /v1/complaints/{id}/messages': {who: 'agent/support', each: 'complaint', send: json(() => ({text: 'x'}))},
    'POST /v1/complaints/{id}/match': {who: 'agent/support', each: 'complaint', word: matches, send: json(() => ({delivery_id: `dlv_${ZERO}`, reason: 'x'}))},
    'POST /v1/complaints/{id}/resolve': {who: 'agent/support', each: 'complaint', word: ofComplaint, send: json(() => ({}))},
    // ---- what somebody at the desk looks for: facts, for whoever works for the shop in whatever role
    'GET /v1/desk/deliveries': {who: 'agent', each: 'delivery', query: (d) => `?q=${d.id}`, judge: searched},
    'GET /desk/search': {who: 'agent', each: 'delivery', ...PAGE, echoes: true, query: (d) => `?q=${d.id}`, judge: ({text, model, actor, subject: d, same}) =>
        same('whether it is found', text.includes(needle('r', d.n)), model.worksFor(actor, d.shipper))},
    'GET /v1/desk/board': {who: 'agent', each: 'once'},
    'GET /desk/board': {who: 'agent', each: 'once', ...PAGE},
    'GET /desk/board/live': {who: 'agent', each: 'once'},
    'GET /desk/import': {who: 'agent/dispatch', each: 'once', ...PAGE},
    'POST /desk/import': {who: 'agent/dispatch', not: 'whoever may would import: rounds.test.js does'},
    'GET /desk/rounds/{id}': {who: 'agent/dispatch', each: 'driver', ...PAGE, word: ofShop},
    'POST /desk/rounds/{id}': {who: 'agent/dispatch', each: 'driver', ...PAGE, word: ofShop, send: form(() => ({act: 'x'}))},
    // ---- who works at the desk
    'GET /v1/desk/agents': {who: 'agent/admin', each: 'once', query: '?limit=200', word: ofEveryShop('ok')},
    'POST /v1/desk/agents': {who: 'agent/admin', each: 'once', word: ofEveryShop('ok'), send: json(() => ({email: 'x@example.org'}))},
    'PATCH /v1/desk/agents/{id}': {who: 'agent/admin', each: 'once', ids: AGENT, word: ofEveryShop('not-found'), send: json(() => ({role: 'agent'}))},
    'POST /v1/desk/agents/{id}/reset': {who: 'agent/admin', each: 'once', ids: AGENT, word: ofEveryShop('not-found'), send: nothing},
    'POST /v1/desk/agents/{id}/disable': {who: 'agent/admin', each: 'once', ids: AGENT, word: ofEveryShop('not-found'), send: nothing},
    'GET /desk/agents': {who: 'agent/admin', each: 'once', ...PAGE, word: ofEveryShop('ok')},
    'POST /desk/agents': {who: 'agent/admin', each: 'once', ...PAGE, word: ofEveryShop('ok'), send: form(() => ({email: 'x@example.org'}))},
    'POST /desk/agents/{id}/role': {who: 'agent/admin', each: 'once', ...PAGE, ids: AGENT, word: ofEveryShop('not-found'), send: form(() => ({role: 'agent'}))},
    'POST /desk/agents/{id}/reset': {who: 'agent/admin', each: 'once', ...PAGE, ids: AGENT, word: ofEveryShop('not-found'), send: nothing},
    'POST /desk/agents/{id}/disable': {who: 'agent/admin', each: 'once', ...PAGE, ids: AGENT, word: ofEveryShop('not-found'), send: nothing},
    'GET /desk/home': {who: 'agent', each: 'once', ...PAGE, status: 303},
    'GET /desk/account': {who: 'agent', each: 'once', ...PAGE},
    'GET /desk/welcome': {who: 'anyone', each: 'once'},
    'GET /desk/complaints': {who: 'agent/support', each: 'once', ...PAGE},
    'GET /desk/complaints/{id}': {who: 'agent/support', each: 'complaint', ...PAGE},
    'POST /desk/complaints/{id}/messages': {who: 'agent/support', each: 'complaint', ...PAGE, send: form(() => ({message: 'x'}))},
    'POST /desk/complaints/{id}/match': {who: 'agent/support', each: 'complaint', ...PAGE, word: matches, send: form(() => ({delivery_id: `dlv_${ZERO}`, reason: 'x'}))},
    'POST /desk/complaints/{id}/resolve': {who: 'agent/support', each: 'complaint', ...PAGE, word: ofComplaint, send: form(() => ({}))},
    // ---- passkeys, and the operator's provider, of which there is none here
    'POST /v1/auth/passkey/options': {who: 'anyone', each: 'once', send: nothing},
    'POST /v1/auth/passkey': {who: 'anyone', each: 'once', word: () => 'bad-sign-in', send: json(() => STRANGERS_KEY)},
    'POST /v1/desk/passkey/options': {who: 'anyone', each: 'once', send: nothing},
    'POST /v1/desk/passkey': {who: 'anyone', each: 'once', word: () => 'bad-sign-in', send: json(() => STRANGERS_KEY)},
    'POST /v1/desk/invitation/options': {who: 'anyone', not: 'an invitation is needed: passkeys.test.js has them'},
    'POST /v1/desk/invitation': {who: 'anyone', not: 'an invitation is needed: passkeys.test.js has them'},
    'GET /v1/me/passkeys': {who: 'person', each: 'once', judge: count(() => 0)},
    'POST /v1/me/passkeys': {who: 'person', each: 'once', send: json(() => STRANGERS_KEY)},
    'POST /v1/me/passkeys/options': {who: 'person', each: 'once', send: nothing},
    'DELETE /v1/me/passkeys/{id}': {who: 'person', each: 'once', ids: PASSKEY, word: nobodys, send: nothing},
    'POST /account/passkeys/{id}/remove': {who: 'person', each: 'once', ...PAGE, ids: PASSKEY, word: nobodys, send: nothing},
    'GET /v1/desk/passkeys': {who: 'agent', each: 'once', judge: count(() => 0)},
    'POST /v1/desk/passkeys': {who: 'agent', each: 'once', send: json(() => STRANGERS_KEY)},
    'POST /v1/desk/passkeys/options': {who: 'agent', each: 'once', send: nothing},
    'DELETE /v1/desk/passkeys/{id}': {who: 'agent', each: 'once', ids: PASSKEY, word: nobodys, send: nothing},
    'POST /desk/account/passkeys/{id}/remove': {who: 'agent', each: 'once', ...PAGE, ids: PASSKEY, word: nobodys, send: nothing},
    'POST /desk/sign-in/oidc': {who: 'anyone', each: 'once', word: nobodys, send: nothing},
    'GET /desk/oidc/callback': {who: 'anyone', each: 'once', query: '?code=x&state=x', word: nobodys},
    // ---- complaints without an account
    'POST /v1/complaints': {who: 'anyone', not: 'a step does'},
    'POST /privacy': {who: 'anyone', not: 'a step does'},
    'GET /complaints/{token}': {who: 'anyone', each: 'complaint', faces: true},
    'POST /complaints/{token}': {who: 'anyone', each: 'complaint', send: form(() => ({message: 'x'}))},
    // ---- the account's end
    'GET /v1/me/export': {who: 'person', each: 'once', seldom: true, judge: exported},
    'DELETE /v1/me': {who: 'person', each: 'once', send: json((model, actor) => ({confirm: actor.email ?? 'ann@example.org'}))},
    'GET /account/delete': {who: 'person', each: 'once', ...PAGE},
    'POST /account/delete': {who: 'person', each: 'once', ...PAGE, send: form((model, actor) => ({confirm: actor.email ?? 'ann@example.org'}))},
    'GET /goodbye': {who: 'anyone', each: 'once'},
    'GET /v1/me/orders/{id}/erasure': {who: 'person', each: 'delivery', variants: 'erased', word: erased, judge: receipt},
    'GET /v1/me/orders/{id}/proof.pdf': {who: 'person', each: 'delivery', variants: 'erased', pending: true, seldom: true,
        word: (model, actor, d, attempt) => (model.relation(actor, d) === 'recipient' ? model.recipientsPhoto(actor, d, attempt) : 'not-found'), judge: sheet},
    // ---- the gateway of text messages
    'POST /v1/sms/status/{id}': {who: 'anyone', not: 'there is no gateway here'},
    'POST /v1/sms/incoming': {who: 'anyone', not: 'there is no gateway here'},
    // ---- anyone
    'GET /t/{token}': {who: 'anyone', each: 'link', faces: true, word: (model, actor, link) => (link.d.token === link.token ? 'ok' : 'not-found'), judge: status},
    'GET /t/{token}/live': {who: 'anyone', each: 'link', word: (model, actor, link) => (link.d.token === link.token ? 'ok' : 'not-found'), judge: quietStream},
    'GET /u/{token}': {who: 'anyone', each: 'once', faces: true, ids: {token: 'A'.repeat(43)}, word: nobodys},
    'POST /u/{token}': {who: 'anyone', each: 'once', ids: {token: 'A'.repeat(43)}, word: nobodys, send: form(() => ({'List-Unsubscribe': 'One-Click'}))},
    'GET /r/{token}': {who: 'anyone', each: 'letter', faces: true, word: (model, actor, letter) => (letter.to === letter.d.to && letter.version === letter.d.version ? 'ok' : 'not-found'),
        judge: ({json: said, subject: {d}, model, same}) => {
            const [state] = model.standing(d);
            const words = {expected: 'expected', declined: 'refused', posted: 'taken', withheld: 'taken'};
            same('what may be refused', [Object.keys(said).sort(), said.photo], [['order_id', 'photo', 'pin'], words[state] ?? 'none']);
        }},
    'POST /r/{token}': {who: 'anyone', each: 'letter', word: (model, actor, letter) => (letter.to === letter.d.to && letter.version === letter.d.version ? 'ok' : 'not-found'), send: nothing},
    'GET /log/key': {who: 'anyone', each: 'once'},
    'GET /log/checkpoint': {who: 'anyone', each: 'once', status: [200, 404]},
    'GET /log/tile/{path}': {who: 'anyone', each: 'once', ids: {path: 'x'}, word: nobodys},
    'GET /healthz': {who: 'anyone', each: 'once'},
    'GET /readyz': {who: 'anyone', each: 'once'},
    'GET /openapi.json': {who: 'anyone', each: 'once'},
    'GET /': {who: 'anyone', each: 'once', status: 303},
    'GET /privacy': {who: 'anyone', each: 'once'},
    'GET /style/{file}': {who: 'anyone', each: 'once', ids: {file: 'x'}, word: nobodys},
    'GET /script/{file}': {who: 'anyone', each: 'once', ids: {file: 'x'}, word: nobodys},
    'GET /sw.js': {who: 'anyone', each: 'once'},
    'GET /app.webmanifest': {who: 'anyone', each: 'once'},
    'GET /icon-192.png': {who: 'anyone', each: 'once'},
    'GET /drive': {who: 'anyone', each: 'once', status: 303},
    'GET /drive/': {who: 'anyone', each: 'once'},
    'GET /drive/{file}': {who: 'anyone', each: 'once', ids: {file: 'x'}, word: nobodys},
    // ---- pages
    'GET /sign-in': {who: 'anyone', each: 'once'},
    'POST /sign-in': {who: 'anyone', not: 'it mails a code'},
    'POST /sign-in/code': {who: 'anyone', not: 'wrong codes are counted'},
    'POST /sign-out': {who: 'person', each: 'once', ...PAGE, send: form(() => ({}))},
    'GET /orders': {who: 'person', each: 'once', ...PAGE},
    'GET /orders/{id}': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient', 'buyer'), judge: orderPage},
    'GET /orders/{id}/live': {who: 'person', each: 'delivery', word: ofDelivery('recipient', 'buyer'), judge: orderStream},
    'POST /orders/{id}/photo/delete': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({sure: 'yes'}))},
    'POST /orders/{id}/consent': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({photo: 'refused'}))},
    'POST /orders/{id}/problem': {who: 'person', each: 'delivery', ...PAGE, word: ofDelivery('recipient'), send: form(() => ({kind: 'other', text: 'x'}))},
    'POST /orders/{id}/cases/{case}/messages': {who: 'person', each: 'case', ...PAGE, word: ofOwnCase, send: form(() => ({message: 'x'}))},
    'GET /account': {who: 'person', each: 'once', ...PAGE},
    'POST /account/consent': {who: 'person', each: 'once', ...PAGE, send: form(() => ({photo: 'refused'}))},
    'POST /account/notices': {who: 'person', each: 'once', ...PAGE, send: form(() => ({}))},
    'POST /account/reach': {who: 'person', each: 'once', ...PAGE, send: form(() => ({}))},
    'POST /account/test': {who: 'person', each: 'once', ...PAGE, send: form(() => ({channel: 'mail'}))},
    'POST /account/push': {who: 'person', each: 'once', ...PAGE, send: form(() => ({picture: 'yes'}))},
    'POST /account/push/{id}/remove': {who: 'person', each: 'once', ids: {id: `sub_${ZERO}`}, ...PAGE, word: nobodys, send: nothing},
    'GET /desk/sign-in': {who: 'anyone', each: 'once'},
    'POST /desk/sign-in': {who: 'anyone', not: 'wrong passwords are counted'},
    'POST /desk/sign-out': {who: 'agent', each: 'once', ...PAGE, send: form(() => ({}))},
    'GET /desk': {who: 'agent/support', each: 'delivery', ...PAGE, echoes: true, query: (d) => `?find=${d.id}&show=all`, judge: ({text, model, actor, subject: d, same}) =>
        same('whether it is found', text.includes(needle('r', d.n)), model.relation(actor, d) === 'agent')},
    'GET /desk/live': {who: 'agent/support', each: 'once'},
    'GET /desk/drivers': {who: 'agent/dispatch', each: 'once', ...PAGE},
    'POST /desk/drivers': {who: 'agent/dispatch', each: 'once', ...PAGE, send: form(() => ({name: 'x'}))},
    'POST /desk/drivers/{id}/pairing-code': {who: 'agent/dispatch', each: 'driver', ...PAGE, word: ofShop, send: nothing},
    'POST /desk/drivers/{id}/revoke': {who: 'agent/dispatch', each: 'driver', ...PAGE, word: ofShop, send: nothing},
    'POST /desk/drivers/{id}/devices/{device_id}/revoke': {who: 'agent/dispatch', each: 'device', ...PAGE, word: ofShop, send: nothing},
    'POST /desk/cases': {who: 'agent/support', each: 'delivery', ...PAGE, word: ofDelivery('agent'), send: form((model, actor, d) => ({delivery_id: d.id, reason: 'x'}))},
    'GET /desk/cases/{id}': {who: 'agent/support', each: 'case', ...PAGE, word: ofCase, judge: casePage},
    'GET /desk/cases/{id}/live': {who: 'agent/support', each: 'case', word: ofCase},
    'POST /desk/cases/{id}/looks': {who: 'agent/support', each: 'case', ...PAGE, send: form(() => ({reason: 'verify_delivery', note: 'Is it the right door?'})),
        word: (model, actor, c) => (ofCase(model, actor, c) !== 'ok' ? 'not-found' : !c.open ? 'needs-case' : model.kept(c.d).length === 0 ? 'no-photo' : 'ok')},
    'POST /desk/cases/{id}/messages': {who: 'agent/support', each: 'case', ...PAGE, word: ofCase, send: form(() => ({message: 'x'}))},
    'POST /desk/cases/{id}/resolve': {who: 'agent/support', each: 'case', ...PAGE, word: (model, actor, c) => (ofCase(model, actor, c) !== 'ok' ? 'not-found' : c.open ? 'ok' : 'case-resolved'), send: form(() => ({}))},
};
