// SPDX-License-Identifier: Apache-2.0
//
// What a stop tells the driver's app, and what the app tells of the door: parcels, whom to call, what kind of picture will be
// refused, and the proofs that stand in for a photo, of which two are kept for a while.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {dump, sql} from './support/insides.js';
import {smallPicture} from './support/pictures.js';
import {until} from './support/server.js';
import {uploadAtOnce} from './support/tus.js';
import {addAgent, addDelivery, addDriver, addShipper, deliveryFor, nextSeed, reportDelivered, sendOut, setStage, signIn, signInAgent, stopOf, unique} from './support/world.js';

const stage = await setStage({after}, {jobs: {sweep_seconds: 1}});
const {server, shipper, driver} = stage;
const desk = await signInAgent(server, await addAgent(server, shipper));

const SIGNATURE = 'M12 90L40.5 20l-3,4 m1 1L80 -7';
const now = () => new Date().toISOString();
const pathOf = (id, kind = 'delivered') => `/v1/driver/stops/${id}/${kind}`;

/** Opens a case on a delivery, as an agent: its id. */
async function openCase(id) {
    return (await desk.post('/v1/cases', {delivery_id: id, reason: 'The recipient asks who took it.'}, {status: 201})).json.id;
}
const keptProof = async (caseId) => (await desk.get(`/v1/cases/${caseId}`, {status: 200})).json.kept_proof;

// ---- parcels ----

test('a delivery without parcels is one, under its reference', async () => {
    const delivery = await addDelivery(shipper, 'one@example.org', {driver_id: driver.id});
    assert.deepEqual(delivery.parcels, [{code: delivery.reference, label: null}]);
    assert.deepEqual((await stopOf(driver, delivery.id)).parcels, delivery.parcels);
    const {json: again} = await shipper.client.patch(`/v1/deliveries/${delivery.id}`, {instructions: null}, {status: 200});
    assert.deepEqual(again.parcels, delivery.parcels);
});

test('parcels are as they were announced, and change until the end', async () => {
    const parcels = [{code: 'JD-1', label: 'The long box'}, {code: 'JD-2', label: null}, {code: null, label: 'Flowers'}];
    const delivery = await addDelivery(shipper, 'three@example.org', {parcels, driver_id: driver.id});
    assert.deepEqual(delivery.parcels, parcels);
    assert.deepEqual((await stopOf(driver, delivery.id)).parcels, parcels);
    const change = (json) => shipper.client.patch(`/v1/deliveries/${delivery.id}`, json, {status: 200});
    assert.deepEqual((await change({parcels: [{code: 'JD-3'}]})).json.parcels, [{code: 'JD-3', label: null}]);
    assert.deepEqual((await change({photo: 'optional'})).json.parcels, [{code: 'JD-3', label: null}]);
    assert.deepEqual((await change({parcels: null})).json.parcels, [{code: delivery.reference, label: null}]);
});

test('parcels that cannot be told apart, or are none, are refused by name', async () => {
    const wrong = [
        ['parcels', []], ['parcels', {}], ['parcels', 'JD-1'], ['parcels', ['JD-1']], ['parcels', Array(21).fill({label: 'x'})],
        ['parcels[0].code', [{}]], ['parcels[0].code', [{code: null, label: null}]], ['parcels[0].code', [{code: ''}]],
        ['parcels[0].code', [{code: 7}]], ['parcels[0].code', [{code: 'x'.repeat(81)}]], ['parcels[0].code', [{code: 'a\tb'}]],
        ['parcels[1].label', [{code: 'a'}, {label: 'two\nlines'}]], ['parcels[1].colour', [{code: 'a'}, {code: 'b', colour: 'red'}]],
        ['parcels[2].code', [{code: 'a'}, {code: 'b'}, {code: 'a', label: 'another'}]],
    ];
    for (const [field, parcels] of wrong) {
        const {json} = await shipper.client.refused('invalid-field', 'POST', '/v1/deliveries', {json: deliveryFor('p@example.org', {parcels})});
        assert.equal(json.field, field, JSON.stringify(parcels));
    }
});

// ---- what the driver is told ----

test('the phone number is there while the stop is open, and not afterwards', async () => {
    const more = {recipient: {name: 'Robin Vale', email: `call-${unique()}@example.org`, phone: '+4930123456'}};
    const {stop} = await sendOut(stage, 'unused@example.org', more);
    assert.equal(stop.phone, '+4930123456');
    const {json: tried} = await driver.client.post(pathOf(stop.delivery_id, 'attempted'), {reason: 'nobody_home', captured_at: now()}, {status: 200});
    assert.equal(tried.phone, '+4930123456');
    await driver.client.post('/v1/driver/round/start', undefined, {status: 200});
    assert.equal((await reportDelivered(driver, stop.delivery_id)).phone, null);
    assert.equal((await stopOf(driver, stop.delivery_id)).phone, null);
    assert.equal((await sendOut(stage, 'nophone@example.org')).stop.phone, null);
});

test('what the shipper refuses is said beforehand', async () => {
    const shop = await addShipper(server);
    const dana = await addDriver(server, shop);
    const delivery = await addDelivery(shop, 'dark@example.org', {driver_id: dana.id});
    const refused = async (settings) => {
        await shop.client.put('/v1/shipper/settings', settings, {status: 200});
        return (await stopOf(dana, delivery.id)).photo.refuse;
    };
    assert.deepEqual(await refused({}), []);
    assert.deepEqual(await refused({refuse_blurred: true}), ['blurred']);
    assert.deepEqual(await refused({refuse_dark: true}), ['dark', 'blurred']);
});

// ---- proofs ----

test('every proof is taken; a PIN and a scan are kept nowhere', async () => {
    const values = {pin: `48${process.pid}15`, scan: `SCANNED-${unique()}`, name: 'Mrs Baumgärtner', signature: SIGNATURE};
    for (const [kind, value] of Object.entries(values)) {
        const {stop} = await sendOut(stage, `${kind}@example.org`);
        assert.deepEqual(stop.proofs, ['pin', 'scan', 'name', 'signature']);
        const report = {left_at: 'handed_over', proof: {kind, value, ...(kind === 'pin' && {late: true})}, captured_at: now()};
        const {json: first} = await driver.client.post(pathOf(stop.delivery_id), report, {status: 200});
        const {json: again} = await driver.client.post(pathOf(stop.delivery_id), report, {status: 200});
        assert.deepEqual(again, first);
        assert.equal((await shipper.client.get(`/v1/deliveries/${stop.delivery_id}`)).json.proof, kind);
        const kept = kind === 'name' || kind === 'signature';
        assert.equal((await sql(server, `select value from kept_proof where value = '${value}'`)).length, kept ? 1 : 0, kind);
        if (!kept) assert.ok(!(await dump(server)).includes(value), kind);
        assert.ok(!server.log.includes(value), `${kind} in the log`);
    }
});

test('a proof that is none is refused by name', async () => {
    const {stop} = await sendOut(stage, 'proofs@example.org');
    const wrong = [
        ['proof', 'signed'], ['proof.kind', {}], ['proof.kind', {kind: 'photo', value: 'x'}], ['proof.kind', {kind: '', value: 'x'}],
        ['proof.value', {kind: 'pin'}], ['proof.value', {kind: 'pin', value: ''}], ['proof.value', {kind: 'name', value: ' Kim'}],
        ['proof.value', {kind: 'name', value: 'x'.repeat(121)}], ['proof.value', {kind: 'scan', value: 'a\nb'}],
        ['proof.value', {kind: 'signature', value: 'L1 1'}], ['proof.value', {kind: 'signature', value: 'M1 1C2 2 3 3 4 4'}],
        ['proof.value', {kind: 'signature', value: 'M1 1"/><script>'}], ['proof.value', {kind: 'signature', value: 'M1e9 1'}],
        ['proof.value', {kind: 'signature', value: `M0 0${'L1 1'.repeat(1000)}`}], ['proof.value', {kind: 'signature', value: 'M1 1\nL2 2'}],
        ['proof.colour', {kind: 'pin', value: '1', colour: 'red'}],
    ];
    for (const [field, proof] of wrong) {
        const {json} = await driver.client.refused('invalid-field', 'POST', pathOf(stop.delivery_id), {json: {left_at: 'handed_over', proof, captured_at: now()}});
        assert.equal(json.field, field, JSON.stringify(proof).slice(0, 80));
    }
    assert.equal((await stopOf(driver, stop.delivery_id)).state, 'out_for_delivery');
    await reportDelivered(driver, stop.delivery_id, {proof: {kind: 'signature', value: `M0 0${'L1 1'.repeat(999)}`}});
});

test('a kept name or signature is read under an open case only, and by agents of the shipper only', async () => {
    const {stop} = await sendOut(stage, 'kept@example.org');
    await reportDelivered(driver, stop.delivery_id, {left_at: 'neighbour', proof: {kind: 'signature', value: SIGNATURE}});
    const caseId = await openCase(stop.delivery_id);
    const kept = await keptProof(caseId);
    assert.equal(kept.kind, 'signature');
    assert.equal(kept.value, SIGNATURE);
    assert.ok(Math.abs(Date.parse(kept.delete_by) - Date.now() - 30 * 86_400_000) < 60_000);
    const page = (await desk.get(`/desk/cases/${caseId}`, {status: 200})).text;
    assert.ok(page.includes(`<path d="${SIGNATURE}">`));
    const other = await signInAgent(server, await addAgent(server, await addShipper(server)));
    await other.refused('not-found', 'GET', `/v1/cases/${caseId}`);
    const {json: resolved} = await desk.post(`/v1/cases/${caseId}/resolve`, {}, {status: 200});
    assert.equal(resolved.kept_proof, null);
    assert.ok(!(await desk.get(`/desk/cases/${caseId}`)).text.includes(SIGNATURE));
    for (const {text} of [await shipper.client.get(`/v1/deliveries/${stop.delivery_id}`), await driver.client.get('/v1/driver/stops')])
        assert.ok(!text.includes(SIGNATURE));
});

test('what is kept goes with the photo when the recipient deletes it', async () => {
    const robin = await signIn(server);
    const {delivery, stop} = await sendOut(stage, robin.email);
    await reportDelivered(driver, delivery.id, {left_at: 'neighbour', proof: {kind: 'name', value: 'Mr Fox'}});
    await uploadAtOnce(driver.client, stop, await smallPicture(nextSeed()));
    const caseId = await openCase(delivery.id);
    assert.equal((await keptProof(caseId))?.value, 'Mr Fox');
    await robin.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 202}); // the case holds both
    assert.equal((await keptProof(caseId))?.value, 'Mr Fox');
    await desk.post(`/v1/cases/${caseId}/resolve`, {}, {status: 200});
    assert.equal(await keptProof(await openCase(delivery.id)), null);
});

test('what is kept goes when its day comes, unless an open case holds it', async () => {
    const give = async (value) => {
        const {stop} = await sendOut(stage, 'due@example.org');
        await reportDelivered(driver, stop.delivery_id, {left_at: 'handed_over', proof: {kind: 'name', value}});
        return stop.delivery_id;
    };
    await give('Goes Soon');
    const caseId = await openCase(await give('Is Held'));
    await sql(server, `update kept_proof set delete_by = ${Date.now() - 1000} where value in ('Goes Soon', 'Is Held')`);
    await until(async () => (await sql(server, "select 1 from kept_proof where value = 'Goes Soon'")).length === 0, {what: 'the end of a name'});
    const held = await until(async () => {
        const kept = await keptProof(caseId);
        return kept && Date.parse(kept.delete_by) > Date.now() && kept;
    });
    assert.equal(held.value, 'Is Held');
    assert.ok(Date.parse(held.delete_by) < Date.now() + 2 * 86_400_000);
});

test('a report that contradicts is refused, one of another\'s stop finds nothing, one of a revoked device is told', async () => {
    const {stop} = await sendOut(stage, 'contradict@example.org');
    const report = {left_at: 'front_door', captured_at: now()};
    await driver.client.post(pathOf(stop.delivery_id), report, {status: 200});
    await driver.client.refused('wrong-state', 'POST', pathOf(stop.delivery_id), {json: {...report, proof: {kind: 'name', value: 'Kim'}}});
    await driver.client.refused('wrong-state', 'POST', pathOf(stop.delivery_id, 'attempted'), {json: {reason: 'other', captured_at: now()}});
    const dana = await addDriver(server, shipper);
    await dana.client.refused('not-found', 'POST', pathOf(stop.delivery_id), {json: report});
    await shipper.client.post(`/v1/drivers/${dana.id}/revoke`, undefined, {status: 200});
    await dana.client.refused('device-revoked', 'POST', pathOf(stop.delivery_id), {json: report});
});
