// SPDX-License-Identifier: Apache-2.0
//
// What is mailed: the first message and its link, one mail for a delivery and its photo, what people switch off, and how
// messages leave: signed, over TLS, to servers that refuse, break off or never answer.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {promisify} from 'node:util';
import {dkimVerify} from 'mailauth/lib/dkim/verify.js';
import {CODES, linkIn, messageTo, messages, messagesTo} from './support/mail.js';
import {certificate, credentials, signingKeys, startDoor, startPost} from './support/post.js';
import {program, startServer, until} from './support/server.js';
import {addAgent, addDelivery, addShipper, anyone, photograph, reportDelivered, sendOut, setStage, signIn, signInAgent, stopOf, unique} from './support/world.js';

const run = promisify(execFile);
const FIRST = /^A parcel is on its way/, DELIVERED = /^Your parcel was delivered/, ATTEMPTED = /could not be delivered/, OUT = /out for delivery/;
const LOOKED = /looked at your photo/, OPENED = /case was opened/, ANSWERED = /answer in your case/, RESOLVED = /case is resolved/;
const address = () => `robin-${unique()}@example.org`;

/** @type {Awaited<ReturnType<typeof setStage>>} */
let stage;
/** @type {{after: (fn: () => any) => void}} */
let whole;
before(async (t) => {
    whole = /** @type {any} */ (t);
    stage = await setStage(whole, {mail: {together_seconds: 1}, auth: {codes_per_hour: 100}});
});

/** A POST as a mail service sends it: neither cookie nor Origin. */
const bare = () => anyone(stage.server).with({origin: null});

function rightLines(raw) {
    assert.ok(!/(^|[^\r])\n/.test(raw), 'a bare LF');
    assert.ok(!/\r(?!\n)/.test(raw), 'a bare CR');
    assert.ok(raw.split('\r\n').every((line) => Buffer.byteLength(line) <= 998), 'a long line');
}

// ---- the first message ----

test('the first message says what will be done, as text and as HTML, and names nothing', async () => {
    const email = address();
    const delivery = await addDelivery(stage.shipper, email);
    const message = await messageTo(stage.server, email, FIRST);
    rightLines(message.raw);
    assert.match(message.headers['content-type'], /^multipart\/alternative/);
    assert.equal(message.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click');
    assert.match(message.headers['list-unsubscribe'], new RegExp(`^<${stage.server.origin}/u/[\\w-]+>$`));
    for (const words of [message.text.replace(/\s+/g, ' '), message.html]) {
        assert.match(words, /only you see it/);
        assert.match(words, /30 days/);
        for (const link of [`${stage.server.origin}/privacy`, `${stage.server.origin}/orders/${delivery.id}`]) assert.ok(words.includes(link), link);
        for (const secret of ['Robin', 'Lantern', 'bench', stage.shipper.name, delivery.reference]) assert.ok(!words.includes(secret), secret);
    }
    assert.ok(message.html.includes(linkIn(message, '/r/')));
    assert.doesNotMatch(message.html, /<img|<script|src=/);
});

test('its link refuses the photo without an account: a GET changes nothing, a POST does, and again does no more', async () => {
    const email = address();
    const {delivery, stop} = await sendOut(stage, email);
    assert.equal(stop.photo.state, 'wanted');
    const link = linkIn(await messageTo(stage.server, email, FIRST), '/r/');
    const page = await bare().get(link, {status: 200, headers: {accept: 'text/html'}});
    assert.match(page.text, /<form method="post" action="\/r\//);
    for (const secret of ['Robin', 'Lantern', email, delivery.reference]) assert.ok(!page.text.includes(secret), secret);
    assert.deepEqual((await bare().get(link, {status: 200})).json, {photo: 'expected', order_id: delivery.id, pin: null});
    assert.equal((await stopOf(stage.driver, delivery.id)).photo.state, 'wanted');
    for (const times of ['once', 'again']) {
        const {json} = await bare().post(link, undefined, {status: 200});
        assert.equal(json.photo, 'refused', times);
        assert.equal((await stopOf(stage.driver, delivery.id)).photo.state, 'declined', times);
    }
    assert.match((await bare().request('POST', link, {headers: {accept: 'text/html'}, status: 200})).text, /No photo will be taken/);
    // It is taken back only by signing in.
    const robin = await signIn(stage.server, email);
    await robin.client.post(`/v1/me/orders/${delivery.id}/allow-photo`, undefined, {status: 200});
    assert.equal((await bare().get(link, {status: 200})).json.photo, 'expected');
});

test('a link that is forged, renewed or of another address opens nothing', async () => {
    const email = address();
    const delivery = await addDelivery(stage.shipper, email);
    const link = linkIn(await messageTo(stage.server, email, FIRST), '/r/');
    for (const wrong of ['/r/x', `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`, `${link}A`])
        for (const method of ['GET', 'POST']) await bare().refused('not-found', method, wrong);
    await bare().get(link, {status: 200});
    await stage.server.admin('tracking-renew', delivery.id);
    await bare().refused('not-found', 'POST', link);
    const stop = (await messageTo(stage.server, email, FIRST)).headers['list-unsubscribe'].match(/(\/u\/[\w-]+)/)[1];
    await bare().refused('not-found', 'GET', stop.replace('/u/', '/r/'));
    await bare().refused('not-found', 'GET', link.replace('/r/', '/u/'));
});

test('where no photo comes, the first message says so and has no link to refuse', async () => {
    const cases = [[{photo: 'none'}, /No photo will be taken/, false], [{confidential: 'protected'}, /shown to nobody/, true]];
    for (const [more, says, link] of /** @type {[any, RegExp, boolean][]} */ (cases)) {
        const email = address();
        await addDelivery(stage.shipper, email, more);
        const message = await messageTo(stage.server, email, FIRST);
        assert.match(message.text.replace(/\s+/g, ' '), says);
        assert.equal(Boolean(linkIn(message, '/r/')), link);
    }
    const robin = await signIn(stage.server);
    await robin.client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    await addDelivery(stage.shipper, robin.email);
    const message = await messageTo(stage.server, robin.email, FIRST);
    assert.match(message.text, /You said that you want no photos/);
    assert.ok(!linkIn(message, '/r/'));
});

test('the first message can be switched off, and other mail goes on', async (t) => {
    const own = await setStage(t, {mail: {first_message: 'no', together_seconds: 0}});
    const {delivery} = await sendOut(own, 'robin@example.org', {photo: 'none'});
    await reportDelivered(own.driver, delivery.id);
    await messageTo(own.server, 'robin@example.org', DELIVERED);
    assert.equal((await messagesTo(own.server, 'robin@example.org')).length, 1);
});

// ---- the course of a delivery ----

test('a delivery and its photo are one mail, which says that there is a picture and holds none', async () => {
    const email = address();
    const {delivery} = await photograph(stage, email);
    const message = await messageTo(stage.server, email, DELIVERED);
    rightLines(message.raw);
    assert.match(message.text, /There is a photo of it/);
    assert.match(message.text, new RegExp(`/orders/${delivery.id}`));
    assert.doesNotMatch(message.raw, /image\/|\/photo\?|base64/);
    const other = address();
    const {delivery: bareOne} = await sendOut(stage, other, {photo: 'none'});
    await reportDelivered(stage.driver, bareOne.id);
    assert.doesNotMatch((await messageTo(stage.server, other, DELIVERED)).text, /photo of it/);
    assert.equal((await messagesTo(stage.server, email)).length, 2); // with the first
});

test('an attempt, a return and a cancelled delivery are mailed; setting out only to who asks for it', async () => {
    const robin = await signIn(stage.server);
    const {delivery} = await sendOut(stage, robin.email);
    await stage.driver.client.post(`/v1/driver/stops/${delivery.id}/attempted`, {reason: 'nobody_home', captured_at: new Date().toISOString()}, {status: 200});
    await messageTo(stage.server, robin.email, ATTEMPTED);
    await stage.shipper.client.post(`/v1/deliveries/${delivery.id}/returned`, undefined, {status: 200});
    await messageTo(stage.server, robin.email, /goes back/);
    assert.equal((await messagesTo(stage.server, robin.email, OUT)).length, 0);
    await robin.client.put('/v1/me/preferences', {notices: {out_for_delivery: {mail: true}}}, {status: 200});
    const {delivery: second} = await sendOut(stage, robin.email);
    await messageTo(stage.server, robin.email, OUT);
    await stage.shipper.client.post(`/v1/deliveries/${second.id}/cancel`, undefined, {status: 200});
    await messageTo(stage.server, robin.email, /was cancelled/);
});

test('a case and a look are mailed to whose photo it is, and say no more', async () => {
    const email = address();
    const {delivery} = await photograph(stage, email);
    const desk = await signInAgent(stage.server, await addAgent(stage.server, stage.shipper));
    const {json: opened} = await desk.post('/v1/cases', {delivery_id: delivery.id, reason: 'A neighbour called.'}, {status: 201});
    const found = [await messageTo(stage.server, email, OPENED)];
    await desk.post(`/v1/cases/${opened.id}/messages`, {text: 'Is it the green door?'}, {status: 201});
    found.push(await messageTo(stage.server, email, ANSWERED));
    await until(async () => (await stage.shipper.client.get(`/v1/deliveries/${delivery.id}`)).json.photo.state === 'posted');
    await desk.post(`/v1/cases/${opened.id}/looks`, {reason: 'verify_location', note: 'Which door is it?'}, {status: 201});
    found.push(await messageTo(stage.server, email, LOOKED));
    await desk.post(`/v1/cases/${opened.id}/resolve`, {text: 'It was next door.'}, {status: 200});
    found.push(await messageTo(stage.server, email, RESOLVED));
    for (const message of found)
        for (const secret of ['neighbour', 'green door', 'next door', 'Robin', 'Lantern', opened.id, delivery.id, stage.shipper.name, 'verify'])
            assert.ok(!`${message.subject}${message.text}${message.html}`.includes(secret), `${message.subject}: ${secret}`);
});

// ---- unsubscribing ----

test('one click stops a class of mail without a sign-in, in both forms, and can be taken back', async () => {
    const email = address();
    await addDelivery(stage.shipper, email);
    const first = await messageTo(stage.server, email, FIRST);
    const link = first.headers['list-unsubscribe'].match(/(\/u\/[\w-]+)/)[1];
    assert.match((await bare().get(link, {status: 200, headers: {accept: 'text/html'}})).text, /Stop messages of this kind\?/);
    assert.deepEqual((await bare().get(link, {status: 200})).json, {class: 'announced', stopped: false, all_stopped: false});
    const multipart = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    const {json} = await bare().request('POST', link, {body: multipart, headers: {'content-type': 'multipart/form-data; boundary=x'}, status: 200});
    assert.deepEqual(json, {class: 'announced', stopped: true, all_stopped: false});
    await bare().form(link, {'List-Unsubscribe': 'One-Click'}, {status: 200});
    const {delivery} = await sendOut(stage, email, {photo: 'none'});
    await reportDelivered(stage.driver, delivery.id);
    await messageTo(stage.server, email, DELIVERED); // another class
    assert.equal((await messagesTo(stage.server, email, FIRST)).length, 1);
    // The account that is made later has the same word.
    const robin = await signIn(stage.server, email);
    assert.equal((await robin.client.get('/v1/me', {status: 200})).json.notices.announced.mail, false);
    assert.deepEqual((await bare().form(link, {again: 'yes'}, {status: 200})).json, {class: 'announced', stopped: false, all_stopped: false});
    const {text: page} = await bare().request('POST', link, {form: {all: 'yes'}, status: 200, headers: {accept: 'text/html'}});
    assert.match(page, /All messages about deliveries are stopped/);
    assert.doesNotMatch(page, /name="all"/);
    const {json: me} = await robin.client.get('/v1/me', {status: 200});
    assert.ok(Object.values(me.notices).every(({mail}) => !mail));
    assert.equal(me.notices.delivered.push, true);
});

test('what is no unsubscribing stops nothing', async () => {
    const email = address();
    await addDelivery(stage.shipper, email);
    const link = (await messageTo(stage.server, email, FIRST)).headers['list-unsubscribe'].match(/(\/u\/[\w-]+)/)[1];
    for (const body of ['', 'List-Unsubscribe=Two-Clicks', '{"List-Unsubscribe":"One-Click"}']) {
        const answer = await bare().refused('invalid-field', 'POST', link, {body, headers: {'content-type': 'application/x-www-form-urlencoded'}});
        assert.equal(answer.json.field, 'List-Unsubscribe');
    }
    await bare().refused('not-found', 'POST', '/u/nonsense', {form: {'List-Unsubscribe': 'One-Click'}});
    assert.equal((await bare().get(link, {status: 200})).json.stopped, false);
});

test('a code to sign in cannot be unsubscribed, and is mailed all the same', async () => {
    const email = address();
    await addDelivery(stage.shipper, email);
    const link = (await messageTo(stage.server, email, FIRST)).headers['list-unsubscribe'].match(/(\/u\/[\w-]+)/)[1];
    await bare().form(link, {all: 'yes'}, {status: 200});
    await signIn(stage.server, email);
    const code = await messageTo(stage.server, email, CODES);
    assert.equal(code.headers['list-unsubscribe'], undefined);
});

// ---- preferences ----

test('preferences are said in JSON and on the page, and what is not named stays', async () => {
    const robin = await signIn(stage.server);
    const get = async () => (await robin.client.get('/v1/me', {status: 200})).json;
    assert.deepEqual((await get()).channels.includes('mail'), true);
    assert.deepEqual([(await get()).language, (await get()).quiet], [null, null]);
    const quiet = {from: '22:00', to: '06:30', time_zone: 'America/New_York'};
    await robin.client.put('/v1/me/preferences', {quiet, language: 'de', notices: {look: {mail: false, sms: true}, case: {push: false}}}, {status: 200});
    await robin.client.put('/v1/me/preferences', {photos: 'refused'}, {status: 200});
    const me = await get();
    assert.deepEqual([me.quiet, me.language, me.consent], [quiet, 'de', 'refused']);
    assert.deepEqual([me.notices.look.mail, me.notices.case.push, me.notices.case.mail, me.notices.attempted.mail], [false, false, true, true]);
    const page = (await robin.client.get('/account', {status: 200, headers: {accept: 'text/html'}})).text;
    assert.match(page, /name="case\.mail" value="yes"[^>]* checked/);
    assert.match(page, /name="look\.mail" value="yes" aria-label="[^"]*">/);
    assert.match(page, /value="America\/New_York"/);
    // A box that is not ticked is off; other channels stay.
    await robin.client.form('/account/notices', {'look.mail': 'yes'}, {status: 303});
    const {notices} = await get();
    assert.deepEqual([notices.look.mail, notices.case.mail, notices.delivered.push, notices.look.sms], [true, false, false, true]);
    await robin.client.form('/account/reach', {language: 'es'}, {status: 303});
    assert.deepEqual([(await get()).language, (await get()).quiet], ['es', null]);
    const wrong = await robin.client.form('/account/reach', {quiet: 'yes', from: '22:00', to: '07:00', time_zone: 'Moon/Base'}, {status: 422, headers: {accept: 'text/html'}});
    assert.match(wrong.text, /una zona horaria, como/); // the account speaks Spanish by now
    for (const body of [{quiet: {...quiet, from: '24:00'}}, {quiet: {...quiet, time_zone: '../etc/passwd'}}, {quiet: {from: '1'}}, {language: 'fr'}, {notices: {look: {mail: 'no'}}}, {notices: {look: {webhook: true}}}, {notices: {other: {}}}, {}])
        assert.equal((await robin.client.request('PUT', '/v1/me/preferences', {json: body})).status, 422, JSON.stringify(body));
});

test('in quiet hours a notice waits, and a test message and a code do not', async () => {
    const robin = await signIn(stage.server);
    const now = new Date();
    const at = (minutes) => new Date(now.getTime() + minutes * 60_000).toISOString().slice(11, 16);
    await robin.client.put('/v1/me/preferences', {quiet: {from: at(-120), to: at(120), time_zone: 'UTC'}}, {status: 200});
    await addDelivery(stage.shipper, robin.email);
    const other = address();
    await addDelivery(stage.shipper, other); // one that came later and waits for nobody
    await messageTo(stage.server, other, FIRST);
    await robin.client.post('/v1/me/notices/test', {channel: 'mail'}, {status: 202});
    await messageTo(stage.server, robin.email, /^A test message/);
    await signIn(stage.server, robin.email);
    assert.equal((await messagesTo(stage.server, robin.email, FIRST)).length, 0);
    assert.equal((await robin.client.post('/v1/me/notices/test', {channel: 'relay'})).status, 409);
    await robin.client.form('/account/test', {channel: 'mail'}, {status: 303});
    await messageTo(stage.server, robin.email, /^A test message/, 1);
});

test('who has tried the test too often can still sign in', async (t) => {
    const own = await startServer(t, {auth: {codes_per_hour: 2}});
    const robin = await signIn(own);
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await robin.client.post('/v1/me/notices/test', {channel: 'mail'})).status);
    assert.deepEqual(answers, [202, 202, 429]);
    await signIn(own, robin.email);
});

// ---- how messages leave ----

/** A server that mails to a post, with its certificate trusted or not. */
async function mailingTo(t, post, {cert, mail = {}, notify = {}} = /** @type {any} */ ({})) {
    const known = process.env.SSL_CERT_FILE;
    if (cert) process.env.SSL_CERT_FILE = cert.file;
    const server = await startServer(t, {
        mail: {folder: '', smtp_url: post.url, from: 'post@shop.example', together_seconds: 0, timeout_ms: 2000, ...mail},
        notify: {look_ms: 200, target_pause_ms: 300, ...notify}, jobs: {backoff_ms: 200},
    }).finally(() => {
        if (known === undefined) delete process.env.SSL_CERT_FILE;
        else process.env.SSL_CERT_FILE = known;
    });
    return {server, shipper: await addShipper(server)};
}

async function passwordFile(t, server, text) {
    const file = join(server, 'password');
    await writeFile(file, `${text}\n`, {mode: 0o600});
    return file;
}

test('messages leave over TLS, signed in, and their DKIM signatures hold for an independent verifier', async (t) => {
    const cert = await certificate(t);
    const keys = await signingKeys(t, 'shop.example');
    const post = await startPost(t, {cert, auth: true});
    const file = await passwordFile(t, join(cert.file, '..'), credentials.password);
    const {server, shipper} = await mailingTo(t, post, {cert, mail: {
        smtp_user: credentials.user, smtp_password_file: file, dkim_domain: 'shop.example', dkim_selectors: keys.selectors.join(','), dkim_key_files: keys.files.join(','),
    }});
    await addDelivery(shipper, 'robin@example.org');
    await anyone(server).post('/v1/auth/start', {email: 'robin@example.org'}, {status: 202});
    for (const subject of [FIRST, CODES]) {
        const message = await post.messageTo('robin@example.org', subject);
        assert.ok(message.secure, 'in the clear');
        assert.equal(message.user, credentials.user);
        assert.equal(message.from, 'post@shop.example');
        rightLines(message.raw);
        const resolver = async (name) => [[keys.records.get(name) ?? assert.fail(`no record ${name}`)]];
        const {results} = await dkimVerify(Buffer.from(message.raw, 'latin1'), {resolver});
        assert.deepEqual(results.map(({status, selector}) => [selector, status.result]).sort(), [['ed', 'pass'], ['rsa', 'pass']], JSON.stringify(results.map(({status}) => status)));
        const tampered = message.raw.replace('Subject: ', 'Subject: Re: ');
        for (const {status} of (await dkimVerify(Buffer.from(tampered, 'latin1'), {resolver})).results) assert.equal(status.result, 'fail');
        const second = `From: Eve <eve@evil.example>\r\n${message.raw}`; // one more From breaks it too
        for (const {status} of (await dkimVerify(Buffer.from(second, 'latin1'), {resolver})).results) assert.notEqual(status.result, 'pass');
        for (const header of message.raw.replace(/\r\n[ \t]+/g, ' ').split('\r\n').filter((line) => line.startsWith('DKIM-Signature')))
            assert.match(header, /h=.*List-Unsubscribe:\s*List-Unsubscribe-Post/);
    }
    const {stdout} = await run(program, ['doctor', '--data', server.data, '--config', server.config]).catch((error) => error); // it has complaints
    for (const [name, record] of keys.records) assert.ok(stdout.includes(`${name} TXT "${record}"`), stdout);
});

test('a key that cannot sign stops the start, with a word about it', async (t) => {
    const keys = await signingKeys(t, 'shop.example');
    const start = (mail) => startServer(null, {mail: {dkim_domain: 'shop.example', dkim_selectors: 'a', dkim_key_files: keys.files[0], ...mail}});
    const started = await start({});
    await started.remove();
    for (const wrong of [{dkim_selectors: 'a,b'}, {dkim_domain: ''}, {dkim_key_files: '/no/such/key.pem'}])
        await assert.rejects(start(wrong), /the server ended at its start[\s\S]*(dkim|pem)\./);
});

test('nothing is said in the clear: without STARTTLS, or with a certificate that nobody vouches for', async (t) => {
    const cert = await certificate(t);
    for (const [post, why] of /** @type {[any, string][]} */ ([[await startPost(t), 'no STARTTLS'], [await startPost(t, {cert}), 'a strange certificate']])) {
        const {server, shipper} = await mailingTo(t, post);
        await addDelivery(shipper, 'robin@example.org');
        await until(() => /notice\.failed .*channel=mail .*reason=tls/.test(server.log), {what: why});
        assert.equal(post.taken.length, 0, why);
        assert.equal(post.tries.length, 0, why);
        assert.doesNotMatch(server.log, /robin@example/);
    }
});

test('a 4xx is tried again, a 5xx is not: the mailbox rests, and a code still goes out', async (t) => {
    const post = await startPost(t);
    const {server, shipper} = await mailingTo(t, post, {mail: {smtp_plain: 'yes'}});
    let busy = 1;
    post.refuse = (email) => (email === 'later@example.org' && busy-- > 0 ? {code: 450} : email === 'dead@example.org' ? {code: 550} : undefined);
    await addDelivery(shipper, 'later@example.org');
    await addDelivery(shipper, 'dead@example.org');
    const tries = (email) => post.tries.filter((each) => each === email).length;
    await until(() => /notice\.set_aside .*reason=status_550/.test(server.log), {what: 'the refusal'});
    await addDelivery(shipper, 'dead@example.org');
    await until(() => /notice\.set_aside .*reason=mailbox_rests/.test(server.log), {what: 'the rest'});
    assert.equal(tries('dead@example.org'), 1);
    await anyone(server).post('/v1/auth/start', {email: 'dead@example.org'}, {status: 202});
    await until(() => tries('dead@example.org') === 2, {what: 'the code'});
    await until(() => post.taken.some(({to}) => to === 'later@example.org'), {ms: 40_000, what: 'what was put off'});
    assert.equal(tries('later@example.org'), 2);
    // The mailbox lives again: a code is taken, and notices go on.
    post.refuse = () => undefined;
    await anyone(server).post('/v1/auth/start', {email: 'dead@example.org'}, {status: 202});
    await post.messageTo('dead@example.org', CODES);
    await until(async () => {
        await addDelivery(shipper, 'dead@example.org');
        return post.taken.some(({to, subject}) => to === 'dead@example.org' && FIRST.test(subject));
    }, {every: 300, what: 'a notice again'});
});

test('a server that says garbage, hangs, resets, drips or is busy costs a message nothing but time', async (t) => {
    await Promise.all(['garbage', 'hang', 'reset', 'drip', 'busy'].map(async (how) => {
        const door = await startDoor(t, how);
        const {server, shipper} = await mailingTo(t, door, {mail: {smtp_plain: 'yes', timeout_ms: 1000}});
        await addDelivery(shipper, 'robin@example.org');
        await until(() => /notice\.failed .*channel=mail/.test(server.log), {what: how});
        await door.close();
        const post = await startPost(t, {port: door.port});
        const message = await post.messageTo('robin@example.org', FIRST);
        assert.match(message.headers['message-id'], /^<ntc_/, how);
        await post.close();
        assert.equal((await server.stop()).code, 0, how);
    }));
});

test('what is mailed survives kill -9, and comes again under the same Message-ID', async (t) => {
    const post = await startPost(t);
    post.refuse = () => ({code: 451});
    const {server, shipper} = await mailingTo(t, post, {mail: {smtp_plain: 'yes'}});
    for (let n = 0; n < 5; n++) await addDelivery(shipper, `robin${n}@example.org`);
    await until(() => post.tries.length >= 5, {what: 'the first tries'});
    await server.kill();
    post.refuse = () => undefined;
    await server.start();
    for (let n = 0; n < 5; n++) await post.messageTo(`robin${n}@example.org`, FIRST);
    const ids = post.taken.map(({headers}) => headers['message-id']);
    assert.ok(ids.every((id) => /^<ntc_/.test(id)));
    assert.ok((await messages(stage.server)).length > 0);
    assert.doesNotMatch(server.log, /@example|\/r\/|\/u\//);
});
