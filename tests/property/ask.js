// SPDX-License-Identifier: Apache-2.0
//
// Asks the server and the model the same questions: every operation, as every actor, about the deliveries that a step touched and
// a few others. An answer is right when its status and problem are those of the model's word, it says what is so, it gives nothing away that
// this actor may not read, and an answer to somebody else's id cannot be told from one to an id that nobody has.
import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';
import {operations, problems} from '../contract/contract.js';
import {found} from './needles.js';
import {operationsOf} from './operations.js';

const ZERO = '0'.repeat(26);
/** What is asked about one delivery; the rest is about the world. */
const ABOUT_DELIVERY = new Set(['delivery', 'case', 'look', 'link', 'letter', 'upload', 'glass', 'erasure']);
const UNKNOWN = {
    delivery: {id: `dlv_${ZERO}`, delivery_id: `dlv_${ZERO}`}, case: {id: `cas_${ZERO}`, case: `cas_${ZERO}`}, look: {id: `cas_${ZERO}`, look_id: `lok_${ZERO}`},
    glass: {look_id: `lok_${ZERO}`}, link: {token: 'A'.repeat(43)}, letter: {token: 'A'.repeat(60)}, upload: {id: `upl_${ZERO}`}, driver: {id: `drv_${ZERO}`},
    device: {id: `drv_${ZERO}`, device_id: `dev_${ZERO}`}, webhook: {id: `whk_${ZERO}`}, refusal: {id: `rfs_${ZERO}`}, complaint: {id: `cmp_${ZERO}`, token: 'A'.repeat(43)},
};

/** A PIN, and no part of anything longer. */
const PIN = /(?<![\w.+:-])\d{6}(?![\w.:-])/g;

/** How many subjects of a kind are asked about at once: the newest, and one other. */
const NEWEST = 3;
/** The share of what changes things, of conditional questions, and of HEAD, that is asked each time. */
const UNSAFE_SHARE = 0.3, CONDITION_SHARE = 0.3, HEAD_SHARE = 0.12, WORLD_SHARE = 0.15, UNKNOWN_SHARE = 0.08, ANYONE_SHARE = 0.2, SELDOM_SHARE = 0.08;

/** What was found to be wrong. `check` names the kind of check in a few words. */
export class Violation extends Error {
    constructor(check, message) {
        super(`${check}: ${message}`);
        this.check = check;
    }
}

/** Every operation of the document with what operations.js says of it; throws where either lacks one. */
export function listOperations() {
    const all = operations().map(({method, template}) => ({key: `${method} ${template}`, method, template, ...operationsOf[`${method} ${template}`]}));
    const strange = all.filter(({who}) => !who).map(({key}) => key);
    const gone = Object.keys(operationsOf).filter((key) => !all.some((each) => each.key === key));
    if (strange.length > 0) throw new Violation('an operation that the model does not know', `say in tests/property/operations.js who may do what with: ${strange.join(', ')}`);
    if (gone.length > 0) throw new Violation('an operation that the document does not know', gone.join(', '));
    return all;
}

export class Asker {
    /** @param {import('./world.js').World} world @param {import('./random.js').Random} random */
    constructor(world, random) {
        this.world = world;
        this.random = random;
        this.operations = listOperations().filter(({not}) => !not);
        this.answers = 0;
        this.met = new Set();
        this.notFound = new Map(); // how nothing looks, to each actor
    }

    // ---- what to ask ----

    subjects(each, d) {
        const {model} = this.world;
        const few = (list) => [...new Set([...list.slice(-NEWEST), ...this.random.sample(list, 1)])];
        switch (each) {
            case 'once': return [{}];
            case 'delivery': return [d];
            case 'case': return few(model.casesOf(d));
            case 'look': return few(model.looksOf(d).filter(({c}) => c !== null));
            case 'glass': return few(model.looksOf(d).filter(({c}) => c === null));
            case 'link': return few([...d.oldTokens, d.token].map((token) => ({d, token})));
            case 'letter': return few(d.letters);
            case 'upload': return few(d.uploads);
            case 'driver': return [...model.drivers.values()];
            case 'device': return this.world.of('device');
            case 'refusal': return few(model.refusals);
            case 'complaint': return few(model.complaints);
            case 'webhook': return [...this.world.webhooks].map(([shipper, id]) => ({shipper, id}));
            default: throw new Error(`subjects: ${each}`);
        }
    }

    idsOf({each, template, ids}, subject) {
        switch (each) {
            case 'delivery': return {id: subject.id, delivery_id: subject.id};
            case 'case': return {id: template.startsWith('/orders/') ? subject.d.id : subject.id, case: subject.id};
            case 'look': return {id: /orders/.test(template) ? subject.d.id : subject.c.id, look_id: subject.id};
            case 'glass': return {look_id: subject.id};
            case 'complaint': return {id: subject.id, token: subject.token};
            case 'device': return {id: this.world.model.drivers.get(subject.driver).id, device_id: subject.id};
            default: return ids ?? subject;
        }
    }

    /** The questions about one thing that an actor may be asked in several ways: [{query, attempt, headers, status}]. */
    variants(operation, actor, subject) {
        const plain = [{}];
        if (operation.faces) plain.push({headers: {accept: 'text/html'}, html: true});
        if (operation.variants) {
            if (operation.variants === 'attempts') plain.push({query: '?size=preview'});
            for (let attempt = 1; attempt <= Math.min(subject.attempt + 1, 3); attempt++) plain.push({query: `?attempt=${attempt}`, attempt});
        }
        if (!operation.picture || !this.random.chance(CONDITION_SHARE)) return operation.picture ? this.random.sample(plain, 2) : plain;
        const {model} = this.world;
        const etag = this.world.etags.get(subject.photo ? subject : model.photo(subject) ?? subject.photos.at(-1));
        const conditional = this.random.chance(0.5) ? [{headers: {range: 'bytes=0-99'}, status: 206}] : etag ? [{headers: {'if-none-match': etag}, status: 304}] : [];
        return [...this.random.sample(plain, 1), ...conditional];
    }

    /** What must come of it: a word, 'sign-in', or null where it would have an effect or is left open. */
    expected(operation, actor, subject, {attempt, unknown} = /** @type {any} */ ({})) {
        const {model} = this.world;
        const admission = model.admits(actor, operation.who);
        if (admission === 'out') return operation.page ? 'sign-in' : 'unauthorized';
        if (admission === 'role') return 'role-needed';
        if (admission === 'revoked' && !operation.revokedToo) return 'device-revoked';
        const word = unknown ? 'not-found' : operation.word ? operation.word(model, actor, subject, attempt) : 'ok';
        if (word === 'ok' && (operation.send || admission === 'revoked')) return null;
        return word;
    }

    questionsOf(operation, d) {
        const questions = [];
        for (const subject of this.subjects(operation.each, d)) this.addQuestions(questions, operation, subject, false);
        if (UNKNOWN[operation.each] && operation.template.includes('{') && (!this.met.has(operation.key) || this.random.chance(UNKNOWN_SHARE))) this.addQuestions(questions, operation, d, true);
        return questions;
    }

    addQuestions(questions, operation, subject, unknown) {
        const {world, random} = this;
        for (const actor of world.actors) {
            if (operation.who === 'anyone' && actor !== world.stranger && !random.chance(ANYONE_SHARE)) continue;
            if (operation.send && !random.chance(UNSAFE_SHARE)) continue;
            for (const variant of unknown ? [{}] : this.variants(operation, actor, subject)) {
                const word = this.expected(operation, actor, subject, {...variant, unknown});
                if (word === null || (operation.seldom && word === 'ok' && this.met.has(operation.key) && !random.chance(SELDOM_SHARE))) continue;
                const ids = unknown ? UNKNOWN[operation.each] : this.idsOf(operation, subject);
                const path = operation.template.replace(/\{(\w+)\}/g, (_, name) => ids[name]);
                const query = variant.query ?? (typeof operation.query === 'function' ? operation.query(unknown ? ids : subject) : operation.query) ?? '';
                const asHead = operation.method === 'GET' && !path.endsWith('/live') && random.chance(HEAD_SHARE);
                const sent = operation.send ? operation.send(world.model, actor, unknown ? {...subject, ...ids} : subject) : {};
                const question = world.question(actor, asHead ? 'HEAD' : operation.method, path + query, {...sent, headers: {...operation.headers, ...variant.headers, ...sent.headers}});
                questions.push({operation, actor, subject, word, variant, question, unknown});
            }
        }
    }

    // ---- asking ----

    /** Asks everything about deliveries. @param {any[]} deliveries */
    async askAbout(deliveries) {
        const list = this.operations.filter(({each}) => ABOUT_DELIVERY.has(each));
        await this.askAll(deliveries.flatMap((d) => list.flatMap((operation) => this.questionsOf(operation, d))));
    }

    /** Asks about what is no delivery: a share of it, or all. */
    async askWorld(all = false) {
        const list = this.operations.filter(({each}) => !ABOUT_DELIVERY.has(each)).filter(() => all || this.random.chance(WORLD_SHARE));
        await this.askAll(list.flatMap((operation) => this.questionsOf(operation)));
    }

    async askAll(questions) {
        await Promise.all(questions.map(async (asked) => {
            const answer = await this.world.wire.ask(asked.question);
            this.answers++;
            this.met.add(asked.operation.key);
            this.judge(asked, answer);
        }));
    }

    // ---- judging ----

    judge(asked, answer) {
        const {operation, actor, word, question} = asked;
        const fail = (check, detail) => {
            throw new Violation(check, `${actor.name}: ${question.method} ${question.path}${question.headers.range || question.headers['if-none-match'] ? ' (conditional)' : ''}: ${detail}`);
        };
        this.judgeStatus(asked, answer, fail);
        this.judgePicture(asked, answer, fail);
        this.judgeLeaks(asked, answer, fail);
        if (word === 'not-found') this.judgeNotFound(asked, answer, fail);
        const whole = word === 'ok' && answer.status === 200 && question.method !== 'HEAD';
        if (!operation.judge || !(whole || (word === 'ok' && operation.method === 'HEAD')) || asked.variant.html) return;
        const same = (what, got, wanted) => {
            if (!isDeepStrictEqual(got, wanted)) fail(what, `it says ${JSON.stringify(got)}, and so is ${JSON.stringify(wanted)}`);
        };
        operation.judge({world: this.world, fail, bytes: answer.bytes, attempt: asked.variant.attempt, json: answer.json, text: answer.text, headers: answer.headers, model: this.world.model, actor, subject: asked.subject, same});
    }

    judgeStatus({operation, word, variant}, answer, fail) {
        const seen = `it answers ${answer.status} ${answer.json?.type ?? ''}`;
        if (word === 'sign-in') {
            if (answer.status !== 303 || !/sign-in$/.test(answer.headers.location)) fail('who is not signed in', `${seen}, and should lead to sign in`);
        } else if (word === 'ok') {
            const wanted = [variant.status ?? operation.status ?? 200].flat();
            if (operation.pending) wanted.push(503);
            if (!wanted.includes(answer.status)) fail('status', `${seen}, and should ${wanted}`);
        } else {
            if (answer.status !== problems[word].status) fail('status', `${seen}, and should ${problems[word].status} ${word}`);
            if (answer.json && answer.json.type !== `/problems/${word}`) fail('problem', `${seen}, and should ${word}`);
        }
    }

    judgePicture({operation, actor, subject, word, variant, question}, answer, fail) {
        const isPicture = answer.bytes[0] === 0xff && answer.bytes[1] === 0xd8;
        const shown = operation.picture && word === 'ok';
        if (isPicture && !shown) fail('a picture', 'it gives a picture');
        if (!shown || answer.status !== 200 || question.method === 'HEAD') return;
        if (!isPicture) fail('a picture', 'it gives none');
        const {model, pictures, etags} = this.world;
        const photo = subject.photo ?? operation.photo?.(model, subject, variant.attempt) ?? (actor.email === subject.buyer ? model.sharedPhoto(subject, 'buyer', variant.attempt) : model.photo(subject, variant.attempt));
        const hash = createHash('sha256').update(answer.bytes).digest('base64');
        if ((pictures.get(hash) ?? photo) !== photo) fail('a picture', 'it gives that of another');
        pictures.set(hash, photo);
        if (!variant.query?.includes('preview')) etags.set(subject.photo ? subject : photo, answer.headers.etag);
    }

    judgeLeaks({operation, actor, word, subject, question}, answer, fail) {
        const {world} = this;
        const text = `${answer.text}\n${answer.headers.location ?? ''}\n${answer.headers['content-disposition'] ?? ''}`;
        for (const pin of text.match(PIN) ?? []) {
            const d = world.pins.get(pin);
            if (d && d.pin === pin && actor.email !== d.to && !(operation.each === 'letter' && d.to === null)) fail('whose PIN it is', `${pin} stands in it`);
        }
        for (const piece of found(text)) {
            if (word === 'ok' && operation.each === 'complaint' && piece.n === String(subject.n)) continue; // by its link
            if (piece.kind === 'p' && world.model.people.get(piece.n)?.email === actor.email && actor.email) continue; // who is signed in, in a page's head
            if (operation.echoes && question.path.includes(piece.text)) continue; // what was typed is shown again
            if (word === 'ok' && operation.each === 'link') {
                if (piece.kind !== 's' && piece.n !== subject.token) fail('what a link gives away', `${piece.text} stands in it`);
            } else if (!(word === 'ok' && operation.each === 'letter' && piece.n === subject.d.id) && !this.mayRead(actor, piece)) {
                fail('what it gives away', `${piece.text} stands in it`);
            }
        }
    }

    mayRead(actor, {kind, n}) {
        const {model, byId, tokens} = this.world;
        if (kind === 's') return true;
        if (kind === 'g') return actor.kind === 'agent' && model.isSignedIn(actor);
        if (kind === 'q' || kind === 'Q') return actor.kind === 'agent' && actor.role !== 'dispatcher' && model.isSignedIn(actor);
        if (kind === 'd') return model.mayReadDriver(actor, n);
        if (kind === 'p') return model.people.has(n) && model.mayReadPerson(actor, model.people.get(n).email);
        if (kind === 'T') {
            const d = tokens.get(n);
            return !d || (d.token === n && model.readable(actor, d).includes('T'));
        }
        if (['D', 'C', 'L', 'P'].includes(kind)) {
            const d = byId.get(n);
            if (kind === 'P' && !d) return ['shipper', 'agent'].includes(actor.kind); // of a photo that was rejected, which nobody was told
            return n.endsWith(ZERO) || (d !== undefined && model.readable(actor, d).includes(kind));
        }
        const d = model.deliveries[Number(n)];
        if (kind === 'a' && actor.email && model.refusals.some((r) => r.email === actor.email && r.n === Number(n))) return true; // what they refused at themselves
        return d !== undefined && model.readable(actor, d).includes(kind);
    }

    /** Nothing is nothing: an id that is somebody else's and one that nobody has look the same. */
    judgeNotFound({operation, actor, question}, answer, fail) {
        if (question.method === 'HEAD') return;
        const isJson = answer.json !== undefined;
        const strip = (text) => text.replace(/req_[0-9a-z]{26}/g, 'req');
        const names = Object.keys(answer.headers).filter((name) => !['date', 'content-length', 'connection', 'keep-alive', 'transfer-encoding'].includes(name)).sort();
        const look = JSON.stringify([strip(answer.text), names]);
        const under = `${operation.key} ${isJson ? 'json' : `page ${actor.name} ${actor.session?.until}`}`;
        if ((this.notFound.get(under) ?? look) !== look) fail('unknown or somebody else\'s', `it can be told: ${look.slice(0, 600)} is not ${this.notFound.get(under).slice(0, 600)}`);
        this.notFound.set(under, look);
    }
}
