// SPDX-License-Identifier: Apache-2.0
//
// The document by itself and against the source: it is whole and consistent, and its closed lists (problems, words,
// verdicts, routes) are those of the code. Needs no server.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import test from 'node:test';
import {openapi, operations, problems, resolve, validator} from './contract.js';

/** A file of the source, the lines of each macro joined. */
const source = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').replace(/\s*\\\n\s*/g, ' ');

/** Calls visit(object, path) for every object in the document. */
function walk(value, visit, path = '#') {
    if (value === null || typeof value !== 'object') return;
    if (!Array.isArray(value)) visit(value, path);
    for (const [key, inner] of Object.entries(value)) walk(inner, visit, `${path}/${key}`);
}

const all = operations();
const named = ({method, template}) => `${method} ${template}`;
const responsesOf = ({operation}) => Object.entries(operation.responses).map(([status, response]) => [status, resolve(response)]);
const securityOf = ({operation}) => operation.security.map((kind) => Object.keys(kind)[0]);

test('the document is OpenAPI 3.1 with its fixed parts', () => {
    assert.match(openapi.openapi, /^3\.1\.\d+$/);
    assert.ok(openapi.info.title && openapi.info.version);
    for (const template of Object.keys(openapi.paths)) assert.match(template, /^\//);
    for (const name of Object.values(openapi.components).flatMap((section) => Object.keys(section))) assert.match(name, /^[A-Za-z0-9._-]+$/);
});

test('every reference leads somewhere', () => {
    walk(openapi, (object, path) => {
        if (typeof object.$ref === 'string') assert.ok(resolve(object), `${path}: ${object.$ref}`);
    });
});

test('every component is used', () => {
    const used = new Set();
    walk(openapi, (object) => used.add(object.$ref));
    for (const section of ['schemas', 'responses', 'parameters', 'headers'])
        for (const name of Object.keys(openapi.components[section])) assert.ok(used.has(`#/components/${section}/${name}`), `${section}/${name}`);
});

test('operations have ids of their own, known tags, known security', () => {
    const tags = new Set(openapi.tags.map(({name}) => name));
    const ids = all.map(({operation}) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const each of all) {
        assert.match(each.operation.operationId, /^[a-z][A-Za-z]+$/, named(each));
        assert.ok(each.operation.summary, named(each));
        assert.ok(each.operation.tags.every((tag) => tags.has(tag)), named(each));
        for (const kind of securityOf(each)) assert.ok(openapi.components.securitySchemes[kind], `${named(each)}: ${kind}`);
    }
});

test('path parameters are those of the template, and all parameters are told once', () => {
    for (const each of all) {
        const wanted = [...each.template.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
        const given = each.parameters.filter((parameter) => parameter.in === 'path');
        assert.deepEqual(given.map(({name}) => name).sort(), wanted.sort(), named(each));
        assert.ok(given.every(({required}) => required), named(each));
        const keys = each.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
        assert.equal(new Set(keys).size, keys.length, named(each));
    }
});

test('every schema compiles', () => {
    for (const name of Object.keys(openapi.components.schemas)) validator({$ref: `#/components/schemas/${name}`});
    for (const each of all) for (const parameter of each.parameters) validator(parameter.schema);
    walk(openapi.paths, (object) => object.schema && validator(object.schema));
    walk(openapi.components.responses, (object) => object.schema && validator(object.schema));
    walk(openapi.components.headers, (object) => object.schema && validator(object.schema));
});

test('objects are closed: no member that is not described', () => {
    walk(openapi.components.schemas, (object, path) => {
        const isObject = object.type === 'object' || (Array.isArray(object.type) && object.type.includes('object'));
        if (isObject) assert.equal(object.additionalProperties, false, path);
    });
});

test('what is required is described', () => {
    walk(openapi.components.schemas, (object, path) => {
        if (Array.isArray(object.required) && object.properties)
            for (const name of object.required) assert.ok(object.properties[name], `${path}: ${name}`);
    });
});

test('every response has a description; a problem of it has its status', () => {
    for (const each of all)
        for (const [status, response] of responsesOf(each)) {
            const where = `${named(each)} ${status}`;
            assert.ok(response.description, where);
            for (const slug of response['x-problems'] ?? []) {
                assert.ok(problems[slug], `${where}: ${slug}`);
                if (status !== 'default') assert.equal(String(problems[slug].status), status, `${where}: ${slug}`);
            }
            if (/^[45]/.test(status) && each.method !== 'HEAD') assert.ok(response['x-problems']?.length, `${where} names no problem`);
        }
});

test('every problem is told of, and may happen', () => {
    const told = new Set(all.flatMap((each) => responsesOf(each).flatMap(([, response]) => response['x-problems'] ?? [])));
    told.add('locked'); // HEAD has no body
    for (const [slug, {status, title, when}] of Object.entries(problems)) {
        assert.ok(status >= 400 && status <= 599 && title && when, slug);
        assert.ok(told.has(slug) || when === 'Kept for later use.', slug);
    }
});

test('the problems are those of the code', () => {
    const row = /X\(\w+,\s*"([a-z-]+)",\s*(\d+),\s*(?:MSG\()?"([^"]+)"\)/g;
    const rows = ['src/http/problem.h', 'src/api/problems.h'].flatMap((path) => [...source(path).matchAll(row)]);
    assert.ok(rows.length > 30);
    const fromCode = Object.fromEntries(rows.map(([, slug, status, title]) => [slug, `${status} ${title}`]));
    const fromHere = Object.fromEntries(Object.entries(problems).map(([slug, {status, title}]) => [slug, `${status} ${title}`]));
    assert.equal(Object.keys(fromCode).length, rows.length, 'a slug stands twice in the code');
    assert.deepEqual(fromHere, fromCode);
});

test('the words are those of the code', () => {
    const words = source('src/domain/words.h');
    const list = (name) => {
        const body = words.match(new RegExp(`#define ${name}\\(X\\)(.*)`))[1];
        return [...body.matchAll(/X\((?:\w+, )?"([a-z_.]*)"/g)].map(([, word]) => word).filter(Boolean);
    };
    const verdicts = [...source('src/photo/facts.h').matchAll(/X\(PHOTO_\w+, "([a-z_]+)",\s*(?:MSG\()?"/g)].map(([, word]) => word).filter((word) => word !== 'ok');
    const expected = {
        DeliveryState: list('DELIVERY_STATES'),
        PhotoState: list('PHOTO_STATES'),
        PhotoWant: list('PHOTO_WANTS'),
        Confidentiality: [...list('CONFIDENTIALITIES'), null],
        Consent: list('CONSENTS'),
        LeftAt: list('LEFT_ATS'),
        ProofKind: list('PROOFS'),
        AttemptReason: list('ATTEMPT_REASONS'),
        Place: list('PLACES'),
        PhotoFlag: list('PHOTO_FLAGS'),
        CaseKind: list('CASE_KINDS'),
        CaseState: list('CASE_STATES'),
        AgentRole: list('AGENT_ROLES'),
        LookReason: list('LOOK_REASONS'),
        EventType: list('EVENT_KINDS'),
        EndpointStop: [...list('ENDPOINT_STOPS'), null],
        Verdict: [...verdicts, 'dark', 'blurred'],
        PhotoReason: [...list('PHOTO_REASONS'), ...verdicts, 'dark', 'blurred', null],
    };
    const sorted = (items) => [...new Set(items)].map(String).sort();
    for (const [name, items] of Object.entries(expected)) assert.deepEqual(sorted(openapi.components.schemas[name].enum), sorted(items), name);
});

test('the routes are those of the code', (t) => {
    const path = 'src/api/routes.c';
    if (!existsSync(new URL(`../../${path}`, import.meta.url))) return t.skip(`there is no ${path}`);
    const text = source(path).replace(/^#define.*$/gm, '');
    const rows = [...text.matchAll(/(?:HTTP_(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS),\s*|\b(GET|QUIET|FETCH|POST|ACT|PUT)\()"(\/[^"]*)"/g)]
        .map(([, method, macro, template]) => `${method ?? ({QUIET: 'GET', FETCH: 'GET', ACT: 'POST'}[macro] ?? macro)} ${template}`);
    const parameterless = (text) => text.replace(/\{[^}]*\}/g, '{}');
    assert.deepEqual(rows.map(parameterless).sort(), all.map(named).map(parameterless).sort());
});

test('whoever needs a credential is told so, and an Origin where it is a cookie', () => {
    for (const each of all) {
        const kinds = securityOf(each);
        const page = each.operation.tags.includes('pages');
        const slugs = (status) => resolve(each.operation.responses[status])?.['x-problems'] ?? [];
        if (kinds.length && !page && each.method !== 'HEAD') assert.ok(slugs('401').includes('unauthorized'), named(each));
        // A page sends to sign in; its stream, which no person sees, says 401.
        if (kinds.length && page) assert.ok(each.operation.responses['303'] || slugs('401').includes('unauthorized'), named(each));
        const byCookie = kinds.some((kind) => kind.endsWith('Session')) || page;
        if (byCookie && !['GET', 'HEAD'].includes(each.method)) assert.ok(slugs('403').includes('bad-origin'), named(each));
    }
});

test('every POST by somebody takes an Idempotency-Key', () => {
    const except = /^\/(v1\/(driver\/uploads|auth\/|desk\/(sign-|passkey$|passkey\/|invitation)|sms\/)|[ur]\/|complaints\/)/; // links in mail do no more when they come again; a word in a complaint is a form
    for (const each of all.filter(({method, operation}) => method === 'POST' && !operation.tags.includes('pages'))) {
        const takes = each.parameters.some(({name}) => name === 'Idempotency-Key');
        assert.equal(takes, !except.test(each.template), named(each));
        if (takes) assert.ok(resolve(each.operation.responses['422'])['x-problems'].includes('idempotency-key-reused'), named(each));
    }
});
