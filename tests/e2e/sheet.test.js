// SPDX-License-Identifier: Apache-2.0
//
// The printable proof of delivery, read by other programs than the one that draws it: poppler's and qpdf.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {promisify} from 'node:util';
import {until} from './support/server.js';
import {addAgent, addDelivery, addDriver, addShipper, photograph, setStage, signIn, signInAgent, unique} from './support/world.js';

const run = promisify(execFile);
const stage = await setStage({after}, {ledger: {interval_ms: 50}, server: {pseudo_languages: 'yes'}, sheet: {at_once: 1}});
const {server} = stage;
const folder = await mkdtemp(join(tmpdir(), 'porchlight-sheet-'));
after(() => rm(folder, {recursive: true, force: true}));

/** The sheet at a path, once the log has taken the photo up. */
async function sheetAt(client, path, headers = {}) {
    return until(async () => {
        const answer = await client.get(path, {headers});
        if (answer.status === 503) return false;
        assert.equal(answer.status, 200, answer.text.slice(0, 300));
        return answer;
    }, {what: 'the sheet'});
}

/** What other programs read in a PDF: {text, pages, fonts, pictures}. */
async function read(bytes) {
    const file = join(folder, `${unique()}.pdf`), name = join(folder, `p${unique()}`);
    await writeFile(file, bytes);
    await run('qpdf', ['--check', file]);
    const [{stdout: text}, {stdout: facts}] = await Promise.all([run('pdftotext', ['-layout', file, '-']), run('pdfinfo', [file])]);
    await run('pdfimages', ['-j', file, name]);
    const files = (await readdir(folder)).filter((one) => join(folder, one).startsWith(`${name}-`));
    return {text: text.replaceAll(/\s+/g, ' '), facts, pictures: await Promise.all(files.map((one) => readFile(join(folder, one))))};
}

const robin = await signIn(server);
const {delivery} = await photograph(stage, robin.email, {more: {reference: 'Grüße-4711'}, metadata: {lat: '52.5321', lon: '13.385', accuracy: '8'}});
const path = `/v1/me/orders/${delivery.id}/proof.pdf`;

test('the sheet says what was delivered, holds the very bytes of the photo, and is one page', async () => {
    const answer = await sheetAt(robin.client, path);
    assert.match(answer.headers['content-type'], /application\/pdf/);
    assert.match(answer.headers['cache-control'], /no-store/);
    const {bytes: photo} = await robin.client.get(`/v1/me/orders/${delivery.id}/photo?size=full`, {status: 200});
    const sheet = await read(answer.bytes);
    assert.match(sheet.facts, /Pages: +1\n/);
    assert.match(sheet.facts, /A4/);
    assert.equal(sheet.pictures.length, 1);
    assert.ok(sheet.pictures[0].equals(photo), 'the picture is not the photo, byte for byte');
    const hash = createHash('sha256').update(photo).digest('hex');
    assert.ok(sheet.text.replaceAll(' ', '').includes(hash));
    for (const words of [/Delivered on \d+ \w+ \d{4} at \d\d:\d\d, by the front door/, /Grüße-4711/, /Taken \(phone’s clock\) on/, /Received \(our clock\) on/, /Times are those of Europe\/Berlin/,
        /Entry in the log \d+ · /, /Checkpoint \d+ · [A-Za-z0-9+/]{43}=/, /Attested by others by nobody so far/, /Place Taken within \d+ m of the address/, /How to check it/, /What it does not prove/, /It belongs to the person the parcel was for/])
        assert.match(sheet.text, words);
    for (const secret of ['Robin Vale', 'Lantern Lane', robin.email, 'blue bench']) assert.ok(!sheet.text.includes(secret), secret);
    assert.doesNotMatch(sheet.text, /case \d/);
    const page = await robin.client.get(`/orders/${delivery.id}`, {status: 200});
    assert.ok(page.text.includes(`${path}?attempt=1`));
});

test('the same sheet twice is the same file', async () => {
    const [a, b] = [await sheetAt(robin.client, path), await sheetAt(robin.client, path)];
    assert.ok(a.bytes.equals(b.bytes));
    assert.match((await read(a.bytes)).text, /Our copy will be deleted on \d+ \w+ \d{4}/);
    assert.doesNotMatch((await read(a.bytes)).text, /shared it when/);
    await robin.client.post(`/v1/me/orders/${delivery.id}/share`, {with: 'shipper'}, {status: 200});
    assert.match((await read((await sheetAt(robin.client, path)).bytes)).text.replace(/\s+/g, ' '), /shared it when this sheet was made/);
    await robin.client.delete(`/v1/me/orders/${delivery.id}/share?with=shipper`, {status: 200});
});

test('it speaks its reader’s language, from right to left too, and long names keep it on one page', async () => {
    const german = await read((await sheetAt(robin.client, path, {'accept-language': 'de'})).bytes);
    assert.match(german.text, /Grüße-4711/);
    assert.doesNotMatch(german.text, /How to check it/);
    const name = `متجر الهدايا ${'Straßenbahnhaltestellenbücherei '.repeat(3)}`.trim();
    const shop = await addShipper(server, name.slice(0, 110));
    const driver = await addDriver(server, shop);
    const second = await photograph({...stage, shipper: shop, driver}, robin.email, {more: {reference: 'Ö'.repeat(60)}});
    const arabic = await sheetAt(robin.client, `/v1/me/orders/${second.delivery.id}/proof.pdf`, {'accept-language': 'ar-XB'});
    const sheet = await read(arabic.bytes);
    assert.match(sheet.facts, /Pages: +1\n/);
    assert.ok(/[\u0600-\u06ff\ufb50-\ufeff]/.test(sheet.text), 'no Arabic letter');
    assert.ok(sheet.text.includes('Ö'.repeat(20)));
    assert.equal(sheet.pictures.length, 1);
});

test('support has it under a look at the evidence only, with agent and case written over the picture', async () => {
    const agent = await addAgent(server, stage.shipper);
    const desk = await signInAgent(server, agent);
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'The recipient called us about it.'}, {status: 201});
    const {json: plain} = await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_delivery', note: 'To see where it was left.'}, {status: 201});
    assert.equal(plain.proof_url, null);
    await desk.refused('needs-look', 'GET', `/v1/cases/${opened.id}/looks/${plain.id}/proof.pdf`);
    const {json: look} = await desk.post(`/v1/cases/${opened.id}/looks`, {kind: 'evidence', reason: 'verify_delivery', note: 'For the insurer of the shop.'}, {status: 201});
    const sheet = await read((await sheetAt(desk, look.proof_url)).bytes);
    assert.match(sheet.text, new RegExp(`Agent ${look.agent_number}, case ${opened.number}`));
    assert.match(sheet.text, new RegExp(`took this sheet out for case ${opened.number}`));
    assert.match((await desk.get(`/desk/cases/${opened.id}`, {status: 200})).text, /proof\.pdf/);
    assert.equal((await robin.client.get(`/v1/me/orders/${delivery.id}/looks`, {status: 200})).json.items.length, 2);
    await desk.post(`/v1/cases/${opened.id}/resolve`, {}, {status: 200});
    await desk.refused('needs-case', 'GET', look.proof_url);
    assert.ok(!server.log.includes('Grüße'));
});

test('strangers, withheld and deleted photos get the answer that the photo gets', async () => {
    const other = await signIn(server);
    await other.client.refused('not-found', 'GET', path);
    await other.client.refused('not-found', 'GET', `/v1/me/orders/dlv_${'0'.repeat(26)}/proof.pdf`);
    const none = await addDelivery(stage.shipper, robin.email);
    await robin.client.refused('no-photo', 'GET', `/v1/me/orders/${none.id}/proof.pdf`);
    const {delivery: hidden} = await photograph(stage, robin.email, {more: {confidential: 'wish_list'}});
    await robin.client.refused('photo-withheld', 'GET', `/v1/me/orders/${hidden.id}/proof.pdf`);
    await robin.client.request('DELETE', `/v1/me/orders/${delivery.id}/photo`);
    await robin.client.refused('no-photo', 'GET', path);
});
