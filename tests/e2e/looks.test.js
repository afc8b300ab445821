// SPDX-License-Identifier: Apache-2.0
//
// R4: what an agent sees is marked with who sees it; looks without a case are an administrator's, and everybody is told;
// every look can be proven by its recipient. One server for all.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {decode, difference} from './support/eyes.js';
import {sql, zygoteOf} from './support/insides.js';
import {evidenceOf, porchlightVerify, readLog, scriptVerify, unzip} from './support/log.js';
import {messagesTo} from './support/mail.js';
import {assertBrokenOff, longPicture, slowDownload} from './support/narrow.js';
import {smallPicture} from './support/pictures.js';
import {until} from './support/server.js';
import {addAgent, addShipper, anyone, nextSeed, photograph, photoState, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after}, {ledger: {interval_ms: 20}, photo: {deadline_ms: 800}});
const {server, shipper} = stage;
const [one, other] = [await addAgent(server, shipper), await addAgent(server, shipper)];
const [desk, colleague] = [await signInAgent(server, one), await signInAgent(server, other)];
const chief = await addAgent(server, shipper, undefined, 'administrator');
const admin = await signInAgent(server, chief);
const everywhere = {...await server.admin('agent-add', `all-${unique()}@example.org`, '--role', 'administrator'), lastStep: 0};
const overall = await signInAgent(server, everywhere);

const WORDS = 'A neighbour says that their child is in the picture.';

/** A posted photo, its recipient, and a case. */
async function posted(more = {}) {
    const email = `looks-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email, {picture: await smallPicture(nextSeed()), ...more});
    await photoState(shipper, delivery.id, 'posted', 'withheld');
    const robin = await signIn(server, email);
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'The recipient called.'}, {status: 201});
    return {delivery, robin, email, opened};
}

const look = async (client, opened, more = {}) => (await client.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_location', note: 'Which door is it?', ...more}, {status: 201})).json;
const breakGlass = (client, delivery, more = {}) => client.post('/v1/break-glass', {delivery_id: delivery.id, reason: 'privacy_complaint', text: WORDS, ...more}, {status: 201});

/** The part of the pixels, 0 to 1, that differ by so much that an eye sees it. */
async function changed(a, b) {
    const [left, right] = [await decode(a), await decode(b)];
    assert.deepEqual([left.width, left.height], [right.width, right.height]);
    let count = 0;
    for (let i = 0; i < left.rgb.length; i += 3) count += Math.abs(left.rgb[i + 1] - right.rgb[i + 1]) > 40 ? 1 : 0;
    return count / (left.rgb.length / 3);
}

test('R4 what an agent sees is marked, each with their own number, whole and preview; the recipient\'s is not', async () => {
    const {delivery, robin, opened} = await posted();
    assert.equal(other.number, one.number + 1);
    const [mine, theirs] = [await look(desk, opened), await look(colleague, opened)];
    assert.deepEqual([mine.agent_number, theirs.agent_number, mine.kind, mine.evidence_url], [one.number, other.number, 'photo', null]);
    for (const size of ['full', 'preview']) {
        const own = (await robin.client.get(`/v1/me/orders/${delivery.id}/photo?size=${size}`, {status: 200})).bytes;
        const [a, b] = [(await desk.get(`${mine.photo_url}?size=${size}`, {status: 200})).bytes, (await colleague.get(`${theirs.photo_url}?size=${size}`, {status: 200})).bytes];
        const share = await changed(own, a);
        assert.ok(share > 0.02 && share < 0.35, `${size}: ${share} of the pixels are marked`);
        assert.ok(await changed(a, b) > 0.0005, `${size}: the two agents' numbers differ`);
        assert.ok(await difference(own, a) < 25, `${size}: the picture is still to be seen`);
    }
});

test('R4 a marked photo answers HEAD, ranges and its tag as one thing', async () => {
    const {opened} = await posted();
    const {photo_url: path} = await look(desk, opened);
    const {bytes, headers} = await desk.get(path, {status: 200});
    const head = await desk.head(path, {status: 200});
    assert.deepEqual([head.headers.etag, Number(head.headers['content-length'])], [headers.etag, bytes.length]);
    const part = await desk.get(path, {status: 206, headers: {range: 'bytes=100-199', 'if-range': headers.etag}});
    assert.ok(part.bytes.equals(bytes.subarray(100, 200)));
    await desk.get(path, {status: 304, headers: {'if-none-match': headers.etag}});
    const preview = await desk.get(`${path}?size=preview`, {status: 200});
    const again = await look(colleague, opened);
    const foreign = await colleague.get(again.photo_url, {status: 200});
    assert.equal(new Set([headers.etag, preview.headers.etag, foreign.headers.etag]).size, 3);
});

test('R4 where the photo cannot be marked there is no photo', async () => {
    const {opened} = await posted();
    const {photo_url: path} = await look(desk, opened);
    const zygote = await zygoteOf(server);
    process.kill(zygote, 'SIGSTOP');
    try {
        const {headers, bytes} = await desk.refused('photo-unmarked', 'GET', path);
        assert.ok(headers['retry-after'] && bytes.length < 2000);
    } finally {
        try {
            process.kill(zygote, 'SIGCONT');
        } catch {
            // it was given up, and another is there
        }
    }
    await until(async () => (await desk.get(path)).status === 200, {what: 'another worker'});
});

test('R4 only an administrator looks without a case, in words, and not at others\' deliveries', async () => {
    const {delivery} = await posted();
    const body = {delivery_id: delivery.id, reason: 'privacy_complaint', text: WORDS};
    await desk.refused('role-needed', 'POST', '/v1/break-glass', {json: body});
    await desk.refused('role-needed', 'GET', '/v1/break-glass');
    await desk.get('/desk/break-glass', {status: 403});
    const dispatcher = await signInAgent(server, await addAgent(server, shipper, undefined, 'dispatcher'));
    await dispatcher.refused('role-needed', 'POST', '/v1/break-glass', {json: body});
    await anyone(server).refused('unauthorized', 'POST', '/v1/break-glass', {json: body});
    for (const wrong of [{text: undefined}, {text: 'Too short.'}, {text: ' \u200b '.repeat(20)}, {reason: undefined}, {reason: 'curious'}, {attempt: 0}])
        await admin.refused('invalid-field', 'POST', '/v1/break-glass', {json: {...body, ...wrong}});
    await admin.refused('no-photo', 'POST', '/v1/break-glass', {json: {...body, attempt: 2}});
    const stranger = await signInAgent(server, await addAgent(server, await addShipper(server), undefined, 'administrator'));
    const [foreign, unknown] = [
        await stranger.refused('not-found', 'POST', '/v1/break-glass', {json: body}),
        await stranger.refused('not-found', 'POST', '/v1/break-glass', {json: {...body, delivery_id: `dlv_${'0'.repeat(26)}`}}),
    ];
    assert.deepEqual(Object.keys(foreign.json).sort(), Object.keys(unknown.json).sort());
    assert.deepEqual((await stranger.get('/v1/break-glass', {status: 200})).json.items, []);
    assert.equal((await sql(server, 'SELECT count(*) FROM look WHERE case_id IS NULL'))[0][0], 0);
});

test('R4 a look without a case: on record first, marked, one session\'s, and told to the recipient and all administrators', async () => {
    const {delivery, robin, email} = await posted();
    const {email: elsewhere} = await addAgent(server, await addShipper(server), undefined, 'administrator');
    await robin.client.put('/v1/me/preferences', {notices: {look: {mail: false, push: false}}}, {status: 200});
    const {json: broken} = await breakGlass(admin, delivery);
    assert.match(broken.photo_url, /^\/v1\/break-glass\/lok_/);
    const {json: looks} = await robin.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200}); // nothing was fetched yet
    const [{id, by, agent_number: number, reason, text, case_number: ofCase, break_glass: glass, kind}] = looks.items;
    assert.deepEqual([id, by, number, reason, text, ofCase, glass, kind], [broken.id, 'administrator', chief.number, 'privacy_complaint', WORDS, null, true, 'photo']);
    assert.equal((await sql(server, `SELECT count(*) FROM ledger_entry JOIN look ON entry = seq WHERE case_id IS NULL AND step = 'looked'`))[0][0], 1);
    const {json: events} = await shipper.client.get('/v1/events?limit=200', {status: 200});
    assert.deepEqual(events.items.filter(({type, delivery_id: of}) => type === 'photo.looked' && of === delivery.id).map(({data}) => [data.break_glass, data.case_id]), [[true, undefined]]);

    const own = (await robin.client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200})).bytes;
    const seen = (await admin.get(broken.photo_url, {status: 200})).bytes;
    assert.ok(await changed(own, seen) > 0.02);
    await admin.get(`/v1/cases/cas_${'0'.repeat(26)}/looks/${broken.id}/photo`, {status: 404});
    const again = await signInAgent(server, chief);
    await again.refused('needs-look', 'GET', broken.photo_url);
    await overall.refused('not-found', 'GET', broken.photo_url);

    const told = async (address, subject) => (await messagesTo(server, address, subject)).length;
    await until(async () => await told(email, /administrator looked at your photo/) === 1, {what: 'the recipient\'s mail'});
    for (const address of [chief.email, everywhere.email])
        await until(async () => await told(address, /looked without a case/) === 1, {what: 'an administrator\'s mail'});
    assert.equal(await told(elsewhere, /./), 0);
    assert.equal(await told(one.email, /./), 0);
    const {json: past} = await admin.get('/v1/break-glass', {status: 200});
    assert.deepEqual([past.items[0].id, past.items[0].delivery.id], [broken.id, delivery.id]);

    await sql(server, `UPDATE look SET expires_at = 1 WHERE case_id IS NULL`);
    await admin.refused('needs-look', 'GET', broken.photo_url);
    assert.match((await admin.get(`/desk/break-glass/${broken.id}`, {status: 200})).text, /This look has ended/);
});

test('R4 R2 R9 it shows a withheld photo, and none that was erased', async () => {
    const {delivery, robin, opened} = await posted();
    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200});
    const {json: broken} = await breakGlass(admin, delivery);
    assert.equal((await admin.get(broken.photo_url, {status: 200})).headers['content-type'], 'image/jpeg');
    await robin.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 202}); // an open case holds it
    assert.equal((await admin.get(broken.photo_url, {status: 200})).headers['content-type'], 'image/jpeg');
    await desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});
    await admin.refused('no-photo', 'GET', broken.photo_url);
    await admin.refused('no-photo', 'POST', '/v1/break-glass', {json: {delivery_id: delivery.id, reason: 'other', text: WORDS}});
});

test('R4 the desk\'s page: find, be warned, say why, see the photo until the look ends', async () => {
    const {delivery} = await posted();
    const found = await admin.get(`/desk/break-glass?find=${delivery.id}`, {status: 200});
    assert.match(found.text, /every administrator are told at once/);
    assert.match((await admin.get('/desk/break-glass?find=nothing', {status: 200})).text, /No delivery has this/);
    for (const finder of [admin, overall]) // one of this shop, and one of all
        assert.match((await finder.get(`/desk/break-glass?find=${delivery.reference}`, {status: 200})).text, new RegExp(delivery.id));
    const short = await admin.form('/desk/break-glass', {delivery_id: delivery.id, reason: 'other', text: 'Short.'}, {status: 422});
    assert.match(short.text, /id="text-error"[^]*Short\.|Short\.[^]*id="text-error"/);
    const {headers} = await admin.form('/desk/break-glass', {delivery_id: delivery.id, reason: 'other', text: WORDS}, {status: 303});
    const page = await admin.get(headers.location, {status: 200});
    assert.ok(Number(page.headers.refresh) > 60);
    const [, picture] = /<img src="(\/v1\/break-glass\/[^"]+)"/.exec(page.text);
    await admin.get(picture, {status: 200});
    await desk.get(headers.location, {status: 403});
    assert.match((await admin.get('/desk/break-glass', {status: 200})).text, /their child is in the picture/);
});

test('R4 R11 the recipient proves each look, also at what they may not see', async () => {
    const {delivery, robin, opened} = await posted();
    const seen = await look(desk, opened);
    const {json: broken} = await breakGlass(admin, delivery);
    const pathOf = ({id}) => `/v1/me/orders/${delivery.id}/looks/${id}/evidence`;
    const {bytes, headers} = await evidenceOf(robin.client, pathOf(seen));
    assert.match(headers['content-disposition'], new RegExp(`evidence-${seen.id}\\.zip`));
    const files = unzip(bytes);
    assert.equal(files['photo.jpg'], undefined);
    const manifest = files['manifest.txt'].toString();
    for (const line of ['step looked', `agent ${one.number}`, `look ${seen.id}`, `case_number ${opened.number}`, 'reason verify_location']) assert.ok(manifest.split('\n').includes(line), line);
    assert.ok(!manifest.includes(one.id) && !manifest.includes(one.email));
    const {keyText} = await readLog(server);
    const said = await porchlightVerify(server.folder, bytes, keyText);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /proves that someone looked/);
    assert.equal((await scriptVerify(server.folder, files, keyText)).code, 0);
    // Evidence of the photo itself without the photo is none.
    const {bytes: whole} = await evidenceOf(robin.client, `/v1/me/orders/${delivery.id}/evidence`);
    const {'photo.jpg': gone, ...rest} = unzip(whole);
    assert.ok(gone);
    assert.equal((await scriptVerify(server.folder, rest, keyText)).code, 1);

    await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'registry'}, {status: 200});
    assert.match(unzip((await evidenceOf(robin.client, pathOf(broken))).bytes)['manifest.txt'].toString(), /^break_glass yes$/m);
    const another = await posted();
    await another.robin.client.refused('not-found', 'GET', pathOf(seen));
    await another.robin.client.refused('not-found', 'GET', `/v1/me/orders/${another.delivery.id}/looks/${seen.id}/evidence`);
    await robin.client.refused('not-found', 'GET', pathOf({id: `lok_${'0'.repeat(26)}`}));
});

test('R4 who an agent is that recipients read of as a number, an administrator of the machine can say', async () => {
    const {agents} = await server.admin('agent-list');
    assert.deepEqual(agents.map(({number}) => number), agents.map((_, i) => i + 1));
    assert.deepEqual(agents.filter(({id}) => id === one.id).map(({email, role, number}) => [email, role, number]), [[one.email, 'agent', one.number]]);
});

test('R4 whoever is shut out, reset or given another role gets not one more byte of what they look at', async () => {
    const {delivery, opened} = await posted({picture: await longPicture(nextSeed())});
    const acts = {
        disable: (agent) => overall.post(`/v1/desk/agents/${agent.id}/disable`, undefined, {status: 200}),
        reset: (agent) => overall.post(`/v1/desk/agents/${agent.id}/reset`, undefined, {status: 201}),
        role: (agent) => overall.patch(`/v1/desk/agents/${agent.id}`, {role: 'dispatcher'}, {status: 200}),
    };
    for (const [act, shutOut] of Object.entries(acts)) {
        const glass = act === 'disable';
        const agent = await addAgent(server, shipper, undefined, glass ? 'administrator' : 'agent');
        const session = await signInAgent(server, agent);
        const {photo_url: url} = glass ? (await breakGlass(session, delivery)).json : await look(session, opened);
        const download = await slowDownload(session, url);
        await shutOut(agent);
        await assertBrokenOff(download);
        await session.refused('unauthorized', 'GET', url);
    }
});
