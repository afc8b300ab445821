// SPDX-License-Identifier: Apache-2.0
//
// Which language people are answered in: pages, what is wrong with their forms, problems and mail by what their browser asks
// for, else by the server's setting; programs in English.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {after, test} from 'node:test';
import {promisify} from 'node:util';
import {linkIn, messageTo, messagesTo, newestCode} from './support/mail.js';
import {program, startServer} from './support/server.js';
import {addAgent, addDelivery, addShipper, anyone, photograph, photoState, reportDelivered, sendOut, setStage, signIn, signInAgent, unique} from './support/world.js';

const stage = await setStage({after}, {mail: {together_seconds: 0}});
const {server, shipper, driver} = stage;

const wants = (language, more = {}) => ({headers: {'accept-language': language, accept: 'text/html', ...more}});
/** The page's language as header and markup say it. */
const languageOf = ({headers, text}) => [headers['content-language'], /<html lang="([^"]+)" dir="([^"]+)">/.exec(text).slice(1).join(' ')];

test('pages are in the language that the browser asks for, and say so', async () => {
    const somebody = anyone(server);
    const cases = [['de-CH, fr;q=0.9', 'de', 'Anmelden'], ['es-419', 'es', 'Iniciar sesión'], ['fr, en;q=0.1', 'en', 'Sign in'], ['fr', 'en', 'Sign in'],
        ['de;q=0.1, es;q=0.2', 'es', 'Iniciar sesión'], ['en-XA', 'en', 'Sign in'], [';;;', 'en', 'Sign in']];
    for (const [header, language, title] of cases) {
        const answer = await somebody.get('/sign-in', {status: 200, ...wants(header)});
        assert.deepEqual(languageOf(answer), [language, `${language} ltr`], header);
        assert.equal(answer.headers.vary, 'Accept-Language');
        assert.match(answer.text, new RegExp(`<title>${title} · Porchlight</title>`));
    }
    assert.deepEqual(languageOf(await somebody.get('/sign-in', {status: 200})), ['en', 'en ltr']);
});

test('a problem\'s page, and what is wrong with a form, are in that language; JSON is in English', async () => {
    const somebody = anyone(server);
    const nowhere = await somebody.get('/nowhere', {status: 404, ...wants('de')});
    assert.deepEqual(languageOf(nowhere), ['de', 'de ltr']);
    assert.match(nowhere.text, /Hier ist nichts/);
    const wrong = await somebody.request('POST', '/sign-in', {form: {email: 'robin'}, status: 422, ...wants('es')});
    assert.match(wrong.text, /Debe ser una dirección de correo electrónico\./);
    const short = await somebody.request('POST', '/sign-in', {form: {email: 'x'}, status: 422, ...wants('de')});
    assert.match(short.text, /Das müssen 3 bis 254 Zeichen sein\./);
    const {json} = await somebody.get('/v1/nowhere', {status: 404, headers: {'accept-language': 'de'}});
    assert.equal(json.title, 'There is nothing here');
    const failed = await somebody.post('/v1/auth/start', {email: 'x'}, {status: 422, headers: {'accept-language': 'de'}});
    assert.equal(failed.json.detail, 'This must have 3 to 254 characters.');
    const delivery = await addDelivery(shipper, `robin-${unique()}@example.org`);
    const path = new URL(delivery.tracking_url).pathname;
    const page = await somebody.get(path, {status: 200, ...wants('de')});
    assert.equal(page.headers.vary, 'Accept, Accept-Language');
    assert.match(page.text, /Vom Absender angekündigt/);
});

test('the code is mailed in the language of the page that asked for it', async () => {
    /** @type {[string, RegExp][]} */
    const cases = [['de', /^Ihr Code zum Anmelden$/], ['es', /^Su código para iniciar sesión$/], ['fr', /^Your code to sign in$/]];
    for (const [language, subject] of cases) {
        const email = `robin-${unique()}@example.org`;
        await anyone(server).request('POST', '/sign-in', {form: {email}, status: 200, ...wants(language)});
        assert.match(await newestCode(server, email), /^\d{8}$/);
        const [message] = await messagesTo(server, email);
        assert.match(message.subject, subject);
        assert.doesNotMatch(message.text, /\{\w+\}/);
    }
});

test('an order and its case, in German for the recipient and in Spanish at the desk', async () => {
    const email = `robin-${unique()}@example.org`;
    const {delivery} = await photograph(stage, email);
    await photoState(shipper, delivery.id, 'posted');
    const {client: recipient} = await signIn(server, email);
    const form = {kind: 'not_my_door', text: 'Unsere Tür ist grün.'};
    await recipient.request('POST', `/orders/${delivery.id}/problem`, {form, status: 303, ...wants('de')});
    const order = await recipient.get(`/orders/${delivery.id}?done=problem_reported`, {status: 200, ...wants('de')});
    for (const said of [/Zugestellt heute um \d\d:\d\d\u00a0Uhr, an der Haustür/, /Dieses Foto gehört Ihnen\./, /Das ist nicht meine Tür/, /Ihre Meldung ist gesendet\./])
        assert.match(order.text, said);
    const agent = await signInAgent(server, await addAgent(server, shipper));
    const desk = await agent.get(`/desk?find=${delivery.id}`, {status: 200, ...wants('es')});
    assert.match(desk.text, /Esa no es mi puerta/);
    assert.match(desk.text, /Entregado hoy a las?\u00a0\d\d:\d\d, junto a la puerta/);
});

/** A recipient whose account has chosen a language, by the form of its page. */
async function speaker(language) {
    const robin = await signIn(server);
    const {headers} = await robin.client.form('/account/reach', {language}, {status: 303});
    assert.match(headers.location, /^\/account\?done=notices_saved$/);
    return robin;
}

test('what the account chose goes before what the browser asks for, until it is taken back', async () => {
    const {client} = await speaker('de');
    for (const path of ['/account?done=notices_saved', '/orders', '/privacy', '/orders/nowhere']) {
        const page = await client.get(path, wants('es'));
        assert.deepEqual(languageOf(page), ['de', 'de ltr'], path);
    }
    const {text} = await client.get('/account?done=notices_saved', {status: 200, ...wants('es')});
    assert.match(text, /Gespeichert\. So benachrichtigen wir Sie von jetzt an\./);
    assert.match(text, /<option value="de" selected>Deutsch<\/option>/);
    const wrong = await client.form('/account/reach', {language: 'de', quiet: 'yes', from: '25:99', to: '07:00', time_zone: 'UTC'}, {status: 422, ...wants('es')});
    assert.match(wrong.text, /Dies muss eine Uhrzeit sein, etwa 22:30\./);
    assert.match(wrong.text, /value="25:99"/);
    await client.form('/account/reach', {language: ''}, {status: 303});
    assert.deepEqual(languageOf(await client.get('/account', {status: 200, ...wants('es')})), ['es', 'es ltr']);
    await client.form('/account/reach', {language: 'en'}, {status: 303});
    assert.deepEqual(languageOf(await client.get('/account', {status: 200, ...wants('es')})), ['en', 'en ltr']);
});

test('letters are in the language that the recipient chose, and lead to pages in the browser\'s', async () => {
    /** @type {[string, RegExp, RegExp, RegExp][]} */
    const cases = [
        ['de', /^Ein Paket ist zu Ihnen unterwegs$/, /Nach 30 Tagen wird es von selbst gelöscht\./, /^Ihr Paket wurde zugestellt$/],
        ['es', /^Un paquete va de camino hacia usted$/, /al cabo de 30 días\./, /^Su paquete se ha entregado$/],
    ];
    for (const [language, first, says, delivered] of cases) {
        const {email} = await speaker(language);
        const {delivery} = await sendOut(stage, email);
        const message = await messageTo(server, email, first);
        for (const words of [message.text.replace(/\s+/g, ' '), message.html]) assert.match(words, says);
        assert.ok(message.html.includes(`<html lang="${language}" dir="ltr">`));
        assert.doesNotMatch(message.text, /\{\w+\}/);
        await reportDelivered(driver, delivery.id);
        await messageTo(server, email, delivered);
        const stop = message.headers['list-unsubscribe'].match(/(\/u\/[\w-]+)/)[1];
        assert.match((await anyone(server).get(stop, {status: 200, ...wants('es')})).text, /¿Dejar de recibir mensajes de este tipo\?/);
        assert.match((await anyone(server).get(linkIn(message, '/r/'), {status: 200, ...wants('de')})).text, /Kein Foto dieser Zustellung\?/);
    }
});

test('the recipients\' worker knows German and Spanish, and no other words', async () => {
    const {text} = await anyone(server).get('/sw.js', {status: 200});
    const catalogues = JSON.parse(/const CATALOGUES = (\{.*\});/.exec(text)[1]);
    assert.deepEqual(Object.keys(catalogues), ['de', 'es']);
    const said = [...text.matchAll(/MSG\('([^']+)'\)/g)].map(([, english]) => english);
    assert.ok(said.length > 10);
    for (const words of Object.values(catalogues)) assert.deepEqual(Object.keys(words).sort(), [...new Set(said)].sort());
});

test('who wants none of ours is spoken to as the setting says; a language without words is refused at the start', async (t) => {
    const spanish = await startServer(t, {server: {language: 'es'}});
    assert.deepEqual(languageOf(await anyone(spanish).get('/sign-in', {status: 200, ...wants('fr')})), ['es', 'es ltr']);
    assert.deepEqual(languageOf(await anyone(spanish).get('/sign-in', {status: 200, ...wants('en')})), ['en', 'en ltr']);
    const shop = await addShipper(spanish);
    const email = `robin-${unique()}@example.org`;
    const {id} = await addDelivery(shop, email);
    const agent = await signInAgent(spanish, await addAgent(spanish, shop));
    await agent.post('/v1/cases', {delivery_id: id, reason: 'A question.'}, {status: 201});
    const {text} = await messageTo(spanish, email, /^Se ha abierto un caso sobre un pedido suyo$/);
    assert.match(text, /Atención al cliente ha abierto un caso/);
    for (const language of ['xx', 'en-XA'])
        await assert.rejects(promisify(execFile)(program, ['settings', '--language', language]), /\[server\] language|--language/);
});
