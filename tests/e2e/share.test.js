// SPDX-License-Identifier: Apache-2.0
//
// What a recipient decides about a photo that is there: whom it is shown to, when it is deleted, and questions about who looked;
// and the terms that stand beside it for everyone. Each test begins with the rule it holds.
import assert from 'node:assert/strict';
import {gzipSync} from 'node:zlib';
import {after, test} from 'node:test';
import {sql} from './support/insides.js';
import {assertBrokenOff, longPicture, slowDownload} from './support/narrow.js';
import {until} from './support/server.js';
import {openStream} from './support/stream.js';
import {addAgent, addShipper, anyone, photograph, photoState, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after}, {jobs: {sweep_seconds: 1}});
const {server, shipper} = stage;
const desk = await signInAgent(server, await addAgent(server, shipper));
const isJpeg = (bytes) => bytes.subarray(0, 2).equals(Buffer.from([0xff, 0xd8]));
const DAY = 86_400_000;
const inDays = (days) => new Date(Date.now() + days * DAY).toISOString();
const html = {status: 200, headers: {accept: 'text/html'}};

/** A gift: its posted photo, its recipient and its buyer, and the paths of each. */
async function gift(picture) {
    const robin = await signIn(server, `robin-${unique()}@example.org`);
    const buyer = await signIn(server, `buyer-${unique()}@example.org`);
    const {delivery} = await photograph(stage, robin.email, {picture, more: {buyer: {email: buyer.email}}});
    await photoState(shipper, delivery.id, 'posted');
    const own = `/v1/me/orders/${delivery.id}`;
    return {
        delivery, robin: robin.client, buyer: buyer.client, own, photo: `${own}/photo`, shops: `/v1/deliveries/${delivery.id}/photo`,
        share: (who) => robin.client.post(`${own}/share`, {with: who}, {status: 200}),
        unshare: (who) => robin.client.delete(`${own}/share?with=${who}`, {status: 200}),
        order: async () => (await robin.client.get(own, {status: 200})).json,
        page: async (client = robin.client) => (await client.get(`/orders/${delivery.id}`, html)).text,
    };
}

/** A case that the recipient opens. */
const openCase = async ({robin, own}, kind = 'damaged') => (await robin.post(`${own}/problem`, {kind, text: 'Please look.'}, {status: 201})).json;

const resolve = (opened) => desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});

// ---- R5, R1: sharing ----

test('R5 the shop sees the picture while its recipient shares it, and the recipient reads that it did', async () => {
    const g = await gift();
    await shipper.client.refused('not-shared', 'GET', g.shops);
    const {json: shared} = await g.share('shipper');
    assert.deepEqual([shared.photo.shared, shared.photo.terms.shared_with], [['shipper'], ['shipper']]);
    const {json: facts} = await shipper.client.get(`/v1/deliveries/${g.delivery.id}`, {status: 200});
    assert.equal(facts.photo.shared, true);
    assert.deepEqual([facts.photo.terms.belongs_to, facts.photo.terms.shared_with, facts.photo.terms.seen_by], ['recipient', ['shipper'], []]);
    for (const size of ['preview', 'full', 'preview']) assert.ok(isJpeg((await shipper.client.get(`${g.shops}?size=${size}`, {status: 200})).bytes));
    await shipper.client.head(g.shops, {status: 200}); // shows nothing, and counts as nothing
    const [seen, ...more] = (await g.order()).photo.terms.seen_by;
    assert.deepEqual([seen.by, seen.times, more], ['shipper', 3, []]);
    assert.match(await g.page(), /The shop, with whom you shared it, <time[^>]*>[^<]*<\/time>\. It was fetched 3 times/);
    await g.buyer.refused('not-found', 'GET', g.photo); // it was not shared with the buyer
    await (await addShipper(server)).client.refused('not-found', 'GET', g.shops);
    await anyone(server).refused('unauthorized', 'GET', g.shops);
    const {json: back} = await g.unshare('shipper');
    assert.deepEqual(back.photo.shared, []);
    await shipper.client.refused('not-shared', 'GET', g.shops);
    assert.equal((await shipper.client.get(`/v1/deliveries/${g.delivery.id}`, {status: 200})).json.photo.shared, false);
    const {json: {items}} = await shipper.client.get(`/v1/events?delivery_id=${g.delivery.id}`, {status: 200});
    assert.deepEqual(items.map(({type}) => type).slice(-3), ['photo.shared', 'photo.terms', 'photo.unshared']);
});

test('R1 the buyer of a gift sees the picture while it is shared with them: on the page, and not its evidence', async () => {
    const g = await gift();
    assert.doesNotMatch(await g.page(g.buyer), /<img[^>]*\/photo/);
    await g.share('buyer');
    const {json: order} = await g.buyer.get(g.own, {status: 200});
    assert.deepEqual(Object.keys(order.photo).sort(), ['attempt', 'captured_at', 'height', 'received_at', 'terms', 'width']);
    assert.deepEqual([order.relation, order.photo.terms.shared_with, order.photo.terms.held], ['buyer', ['buyer'], null]);
    const page = await g.page(g.buyer);
    assert.match(page, /<img[^>]*\/photo\?size=preview/);
    assert.match(page, /belongs to the recipient[\s\S]*The recipient can see that you looked/);
    assert.ok(isJpeg((await g.buyer.get(`${g.photo}?size=preview`, {status: 200})).bytes));
    assert.ok(isJpeg((await g.buyer.get(g.photo, {status: 206, headers: {range: 'bytes=0-99'}})).bytes));
    for (const [method, path, options] of /** @type {const} */ ([
        ['GET', `${g.own}/evidence`, {headers: {accept: 'application/json'}}], ['DELETE', g.photo, {}], ['PUT', g.photo, {json: {delete_by: inDays(1)}}], ['GET', `${g.own}/looks`, {}],
        ['POST', `${g.own}/share`, {json: {with: 'shipper'}}], ['DELETE', `${g.own}/share?with=buyer`, {}], ['POST', `${g.own}/keep-photo`, {}]]))
        await g.buyer.refused('not-found', method, path, options);
    const seen = (await g.order()).photo.terms.seen_by;
    assert.deepEqual(seen.map(({by, times}) => [by, times]), [['buyer', 2]]);
    // The shop and support hear nothing of that.
    assert.deepEqual((await shipper.client.get(`/v1/deliveries/${g.delivery.id}`, {status: 200})).json.photo.terms, null);
    assert.doesNotMatch((await shipper.client.get(`/v1/events?delivery_id=${g.delivery.id}`, {status: 200})).text, /buyer/);
    const opened = await openCase(g);
    assert.deepEqual((await desk.get(`/v1/cases/${opened.id}`, {status: 200})).json.delivery.photo.terms.seen_by, []);
});

test('R1 what is taken back leaves an open page of the buyer at once; a page that never had it hears nothing', async () => {
    const g = await gift(), other = await gift();
    const [stream, quiet] = await Promise.all([g, other].map(async ({buyer, delivery}) => {
        const seen = /data-seen="(\d+)"/.exec((await buyer.get(`/orders/${delivery.id}`, html)).text)[1];
        return openStream(buyer, `/orders/${delivery.id}/live?after=${seen}`);
    }));
    await other.share('shipper');
    await other.robin.put(other.photo, {delete_by: inDays(2)}, {status: 200});
    await g.share('buyer');
    await until(() => stream.events.length === 1, {what: 'the news that it is shared'});
    await g.unshare('buyer');
    await until(() => stream.events.length === 2, {what: 'the news that it is taken back'});
    assert.deepEqual(stream.events.map(({data}) => data.type), ['changed', 'changed']);
    assert.doesNotMatch(await g.page(g.buyer), /<img[^>]*\/photo/);
    await g.share('buyer');
    await until(() => stream.events.length === 3);
    await shipper.client.patch(`/v1/deliveries/${g.delivery.id}`, {confidential: 'registry'}, {status: 200});
    await until(() => stream.events.length === 4, {what: 'the news that it is withheld'});
    await g.buyer.refused('not-found', 'GET', g.photo);
    await shipper.client.patch(`/v1/deliveries/${g.delivery.id}`, {confidential: null}, {status: 200});
    await g.buyer.refused('not-found', 'GET', g.photo); // posted again, and shared with nobody
    assert.deepEqual(quiet.events, []);
    stream.close();
    quiet.close();
});

test('R5 taking back stops a download that is under way, and nobody else\'s', async () => {
    const g = await gift(await longPicture(61));
    await g.share('shipper');
    await g.share('buyer');
    const [theirs, buyers, own] = await Promise.all([slowDownload(shipper.client, g.shops), slowDownload(g.buyer, g.photo), slowDownload(g.robin, g.photo)]);
    await g.robin.refused('invalid-field', 'DELETE', `${g.own}/share?with=everybody`);
    await g.robin.refused('invalid-field', 'DELETE', `${g.own}/share`);
    await g.unshare('shipper');
    await assertBrokenOff(theirs);
    for (const {raw} of [buyers, own]) {
        raw.socket.resume();
        assert.equal((await raw.answer())?.status, 200);
    }
});

test('R5 what cannot be shared is refused in words: no buyer, a withheld photo, none, one that is going', async () => {
    const kim = await signIn(server, `kim-${unique()}@example.org`);
    const {delivery} = await photograph(stage, kim.email, {more: {buyer: {email: kim.email}}});
    await photoState(shipper, delivery.id, 'posted');
    const path = `/v1/me/orders/${delivery.id}/share`;
    const {json: problem} = await kim.client.refused('invalid-field', 'POST', path, {json: {with: 'buyer'}});
    assert.match(`${problem.field} ${problem.detail}`, /^with Nobody else ordered this/);
    assert.equal((await kim.client.form(`/orders/${delivery.id}/share`, {with: 'buyer'})).status, 422);
    assert.doesNotMatch((await kim.client.get(`/orders/${delivery.id}`, html)).text, /Share with who ordered/);
    await kim.client.refused('no-photo', 'POST', `${path}?attempt=2`, {json: {with: 'shipper'}});
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    await kim.client.refused('photo-withheld', 'POST', path, {json: {with: 'shipper'}});
    await shipper.client.refused('unauthorized', 'POST', path, {json: {with: 'shipper'}});
});

test('R5 the forms of the page share and take back', async () => {
    const g = await gift();
    assert.match(await g.page(), /Share with who ordered/);
    const {headers} = await g.robin.form(`/orders/${g.delivery.id}/share?attempt=1`, {with: 'buyer'}, {status: 303});
    assert.match(headers.location, /done=photo_shared$/);
    assert.match(await g.page(), /You share it with the person who ordered\./);
    await g.robin.form(`/orders/${g.delivery.id}/unshare?attempt=1`, {with: 'buyer'}, {status: 303});
    assert.deepEqual((await g.order()).photo.shared, []);
});

// ---- R9: sooner, and while a case holds it ----

test('R9 a photo can be deleted sooner, never later', async () => {
    const g = await gift();
    const before = (await g.order()).photo.delete_by;
    for (const {delete_by, why} of [{delete_by: inDays(-1), why: /past/}, {delete_by: new Date(Date.parse(before) + 1000).toISOString(), why: /not later/}]) {
        const {json} = await g.robin.refused('invalid-field', 'PUT', g.photo, {json: {delete_by}});
        assert.equal(json.field, 'delete_by');
        assert.match(json.detail, why);
    }
    const soon = inDays(3);
    const {json: order} = await g.robin.put(g.photo, {delete_by: soon}, {status: 200});
    assert.deepEqual([order.photo.delete_by, order.photo.terms.delete_by], [soon, soon]);
    assert.equal((await g.robin.form(`/orders/${g.delivery.id}/photo/sooner`, {when: '7'})).status, 422);
    assert.equal((await g.robin.form(`/orders/${g.delivery.id}/photo/sooner`, {when: 'date', date: 'soon'})).status, 422);
    await g.robin.form(`/orders/${g.delivery.id}/photo/sooner`, {when: 'date', date: inDays(1).slice(0, 10)}, {status: 303});
    const dated = Date.parse((await g.order()).photo.delete_by);
    assert.ok(dated < Date.parse(soon) && (dated + 1000) % (DAY / 24) === 0, new Date(dated).toISOString()); // the end of a day in Berlin
    await sql(server, `update photo set delete_by = ${Date.now() - 1} where delivery_id = (select id from delivery where reference = '${g.delivery.reference}')`);
    await photoState(shipper, g.delivery.id, 'erased');
});

test('R9 asked for under an open case, a deletion waits for it: shares end, support may look, and it can be withdrawn', async () => {
    const g = await gift();
    await g.share('shipper');
    await g.share('buyer');
    const opened = await openCase(g);
    const {json: pending} = await g.robin.delete(g.photo, {status: 202});
    assert.deepEqual([pending.state, Date.parse(pending.pending_until) - Date.parse(opened.opened_at)], ['pending', 90 * DAY]);
    const {photo} = await g.order();
    assert.deepEqual([photo.state, photo.shared, photo.pending_until, photo.terms.held.until], ['posted', [], pending.pending_until, pending.pending_until]);
    assert.ok(photo.erase_requested_at);
    await shipper.client.refused('not-shared', 'GET', g.shops);
    await g.buyer.refused('not-found', 'GET', g.photo);
    await g.robin.refused('photo-going', 'POST', `${g.own}/share`, {json: {with: 'buyer'}});
    assert.match(await g.page(), new RegExp(`will be deleted when case ${opened.number} is closed, at the latest`));
    const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'assess_damage', note: 'How wet is the box?'}, {status: 201});
    assert.ok(isJpeg((await desk.get(look.photo_url, {status: 200})).bytes));
    assert.equal(look.terms.held.erase_requested_at, photo.erase_requested_at);
    assert.match((await desk.get(`/desk/cases/${opened.id}`, html)).text, /The recipient asked for its deletion/);
    const {json: kept} = await g.robin.post(`${g.own}/keep-photo`, undefined, {status: 200});
    assert.deepEqual([kept.photo.pending_until, kept.photo.shared], [null, []]);
    await resolve(opened);
    assert.equal((await g.order()).photo.state, 'posted'); // it was withdrawn, so it stays
});

test('R9 what waited for a case is erased when the last one is resolved, or when its time has come, cases or not', async () => {
    const g = await gift(), late = await gift();
    const opened = await openCase(g), second = await openCase(g, 'privacy');
    await g.robin.form(`/orders/${g.delivery.id}/photo/delete?attempt=1`, {sure: 'yes'}, {status: 303});
    await resolve(opened);
    assert.equal((await g.order()).photo.state, 'posted');
    await resolve(second);
    const {photo} = await g.order();
    assert.deepEqual([photo.state, photo.reason, photo.pending_until], ['erased', 'by_recipient', null]);
    await openCase(late);
    await late.robin.delete(late.photo, {status: 202});
    await late.robin.form(`/orders/${late.delivery.id}/photo/keep`, {}, {status: 303});
    await late.robin.delete(late.photo, {status: 202});
    await sql(server, `update erase_wish set due = ${Date.now() - 1}`);
    const erased = await photoState(shipper, late.delivery.id, 'erased');
    assert.equal(erased.photo.reason, 'by_recipient');
});

test('R9 R2 a withheld photo under a case is asked for, and goes, like any other', async () => {
    const g = await gift();
    await shipper.client.patch(`/v1/deliveries/${g.delivery.id}`, {confidential: 'registry'}, {status: 200});
    const opened = await openCase(g);
    await g.robin.delete(g.photo, {status: 202});
    assert.match(await g.page(), /This photo is going/);
    await resolve(opened);
    assert.equal((await g.order()).photo.state, 'erased');
});

// ---- R4: asking about a look ----

test('R4 a recipient asks about a look: in its case, and in one about privacy once that is resolved', async () => {
    const g = await gift();
    const opened = await openCase(g);
    const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'other', note: 'The label of it.'}, {status: 201});
    const path = `${g.own}/looks/${look.id}/question`;
    const {json: asked} = await g.robin.post(path, {text: 'Why the label?'}, {status: 201});
    assert.deepEqual([asked.case_id, asked.case_number, asked.look_id], [opened.id, opened.number, look.id]);
    const {json: seen} = await desk.get(`/v1/cases/${opened.id}`, {status: 200});
    assert.deepEqual([seen.messages.at(-1).text, seen.messages.at(-1).look_id], ['Why the label?', look.id]);
    assert.match((await desk.get(`/desk/cases/${opened.id}`, html)).text, /About the look of/);
    assert.match(await g.page(), new RegExp(`Under case ${opened.number}\\.[\\s\\S]*Ask about this`));
    const wrong = await g.robin.form(`/orders/${g.delivery.id}/looks/${look.id}/question`, {question: ''});
    assert.equal(wrong.status, 422);
    await g.buyer.refused('not-found', 'POST', path, {json: {text: 'x'}});
    await g.robin.refused('not-found', 'POST', `${g.own}/looks/lok_${'0'.repeat(26)}/question`, {json: {text: 'x'}});
    await (await gift()).robin.refused('not-found', 'POST', path, {json: {text: 'x'}});
    await resolve(opened);
    await g.robin.form(`/orders/${g.delivery.id}/looks/${look.id}/question`, {question: 'And still?'}, {status: 303});
    const {json: again} = await g.robin.post(path, {text: 'Hello?'}, {status: 201});
    const {cases} = await g.order();
    assert.deepEqual([cases[0].kind, cases[0].state, cases[0].id, cases[0].messages.length, cases.length], ['privacy', 'open', again.case_id, 2, 2]);
    // A look that was under no case.
    await sql(server, `update look set case_id = null where delivery_id = (select id from delivery where reference = '${g.delivery.reference}')`);
    await resolve({id: again.case_id});
    assert.notEqual((await g.robin.post(path, {text: 'Who was it?'}, {status: 201})).json.case_id, again.case_id);
    assert.match(await g.page(), /Without a case\./);
});

test('the order\'s page with all of it stays within 14 KB', async () => {
    const g = await gift();
    await g.share('shipper');
    await shipper.client.get(g.shops, {status: 200});
    const opened = await openCase(g);
    await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'assess_damage', note: 'How wet is the box?'}, {status: 201});
    assert.ok(gzipSync(await g.page()).length < 14 * 1024);
});
