// SPDX-License-Identifier: Apache-2.0
//
// docs/openapi.yaml as a judge of real exchanges. Every end-to-end test sends its requests through a client that hands
// each answer to checkAnswer (tests/e2e/support/client.js does), so that an undocumented status, header, member or
// problem fails the test that met it, whatever that test was about.
//
// An answer is right when its operation lists its status (or has it covered by `default`), every required header is there
// and every described one fits, the body is of a described type and fits its schema, and a problem is one of those named
// in `x-problems`, with the status and title that the one list of problems gives it.
import assert from 'node:assert/strict';
import {appendFileSync, readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import {parse} from 'yaml';

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];

/** The document. Parsing refuses a key that stands twice. */
export const openapi = parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'), {uniqueKeys: true});

/** The problems by slug: {status, title, when}. */
export const problems = openapi.components['x-problems'];

/** What a reference (or the thing itself) stands for. */
export function resolve(thing) {
    while (thing && thing.$ref !== undefined) {
        const path = thing.$ref.replace(/^#\//, '').split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
        thing = path.reduce((at, part) => at?.[part], openapi);
    }
    return thing;
}

/** Every operation: {method, template, operation, parameters}. */
export function operations() {
    return Object.entries(openapi.paths).flatMap(([template, item]) =>
        METHODS.filter((method) => item[method]).map((method) => ({
            method: method.toUpperCase(),
            template,
            operation: item[method],
            parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolve),
        })));
}

// ---- schemas ----

/** A copy in which references lead into one schema's $defs, which is how Ajv gets them. */
function rebased(value) {
    if (Array.isArray(value)) return value.map(rebased);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) =>
        [key, key === '$ref' ? inner.replace('#/components/schemas/', 'porchlight#/$defs/') : rebased(inner)]));
}

const ajv = new Ajv2020({strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true, allErrors: true, verbose: true});
ajv.addSchema({$id: 'porchlight', $defs: rebased(openapi.components.schemas)});
const compiled = new Map();

/** Compiles a schema of the document; the same object is compiled once. */
export function validator(schema) {
    if (!compiled.has(schema)) compiled.set(schema, ajv.compile(rebased(schema)));
    return compiled.get(schema);
}

function explain(errors) {
    return errors.map((error) => {
        const extra = error.params.additionalProperty ?? error.params.missingProperty ?? '';
        return `${error.instancePath || '(whole)'} ${error.message} ${extra}`.trim();
    }).join('; ');
}

/** Asserts that a value fits a schema of the document, by name or as an object. */
export function checkValue(schema, value, what = 'value') {
    const validate = validator(typeof schema === 'string' ? {$ref: `#/components/schemas/${schema}`} : schema);
    assert.ok(validate(value), `${what} does not fit: ${explain(validate.errors ?? [])}\n${JSON.stringify(value, null, 1)}`);
}

// ---- finding the operation ----

/** Parameters that take the rest of a path, slashes included: the ones that the document marks `x-slashes`. */
const takesSlashes = (template, name) =>
    (openapi.paths[template].parameters ?? []).map(resolve).some((parameter) => parameter.name === name && parameter['x-slashes']);

const templates = Object.keys(openapi.paths).map((template) => ({
    template,
    plain: !template.includes('{'),
    pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
        .replace(/\{([^}]*)\}/g, (_, name) => takesSlashes(template, name) ? '.+' : '[^/]+')}$`),
}));

/** The template that a path (with or without its query) belongs to; undefined when there is none. Plain text wins. */
export function templateOf(path) {
    const bare = path.split('?')[0];
    const found = templates.filter(({pattern}) => pattern.test(bare));
    return (found.find(({plain}) => plain) ?? found[0])?.template;
}

/** The operation that answers a method on a template; HEAD falls back on GET. */
function operationOf(method, template) {
    const item = openapi.paths[template];
    assert.ok(item, `${template} is not in the document`);
    return item[method.toLowerCase()] ?? (method === 'HEAD' ? item.get : undefined);
}

// ---- what was met ----

const met = new Set();
if (process.env.PORCHLIGHT_MET)
    process.on('exit', () => appendFileSync(process.env.PORCHLIGHT_MET, [...met].map((line) => `${line}\n`).join('')));

// ---- checking ----

/** @param {Headers|Record<string, any>} headers */
function headerReader(headers) {
    if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined;
    const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]));
    return (name) => lower.get(name.toLowerCase());
}

function checkHeaders(response, header, what) {
    for (const [name, reference] of Object.entries(response.headers ?? {})) {
        const described = resolve(reference);
        const value = header(name);
        assert.ok(value !== undefined || !described.required, `${what}: the header ${name} is missing`);
        if (value !== undefined) checkValue(described.schema, value, `${what}: the header ${name}`);
    }
}

function checkProblem(problem, status, response, fallback, header, what) {
    const slug = problem.type.replace('/problems/', '');
    const listed = problems[slug];
    assert.ok(listed, `${what}: the problem ${slug} is not in the list`);
    const allowed = [...(response['x-problems'] ?? []), ...(fallback?.['x-problems'] ?? [])];
    assert.ok(allowed.includes(slug), `${what}: the problem ${slug} is not among ${allowed}`);
    assert.equal(problem.status, status, `${what}: status in the problem`);
    assert.equal(listed.status, status, `${what}: status of ${slug}`);
    assert.equal(problem.title, listed.title, `${what}: title of ${slug}`);
    assert.equal(problem.instance, header('x-request-id'), `${what}: instance and X-Request-Id`);
    if (status === 405) assert.ok(header('allow'), `${what}: Allow is missing`);
    if (status === 429 || status === 503) assert.match(header('retry-after') ?? '', /^[1-9][0-9]*$/, `${what}: Retry-After`);
}

/** What any path answers to a method that it does not have. */
function checkOtherMethod(method, status, header, what) {
    assert.ok(header('allow'), `${what}: Allow is missing`);
    assert.equal(status, method === 'OPTIONS' ? 204 : 405, what);
}

function bytesOf(body) {
    if (body === undefined || body === null) return Buffer.alloc(0);
    if (typeof body === 'string' || body instanceof Uint8Array || body instanceof ArrayBuffer) return Buffer.from(/** @type {any} */ (body));
    return Buffer.from(JSON.stringify(body));
}

/**
 * Asserts that an answer is one the document describes.
 * @param {string} method GET, HEAD, …
 * @param {string} template the path as it stands in the document, "/v1/deliveries/{id}", or any path that matches one
 * @param {number} status
 * @param {Headers|Record<string, any>} headers
 * @param {any} body bytes, text, or JSON that was parsed already; nothing for none
 * @returns {any} parsed JSON, or the text of text/*, or the bytes; undefined without a body
 */
export function checkAnswer(method, template, status, headers, body) {
    const what = `${method} ${template} ${status}`;
    const header = headerReader(headers);
    const bytes = bytesOf(body);
    assert.match(header('x-request-id') ?? '', /^req_[0-9a-hjkmnp-tv-z]{26}$/, `${what}: X-Request-Id`);
    const known = openapi.paths[template] ? template : templateOf(template);
    if (!known) return checkUnknownPath(method, status, header, bytes, what);
    const operation = operationOf(method, known);
    if (!operation && status !== 405) return checkOtherMethod(method, status, header, what);
    if (operation?.operationId) met.add(`${operation.operationId} ${status}`);
    const fallback = resolve(operation ? operation.responses.default : openapi.components.responses.Anytime);
    const response = resolve(operation?.responses[status]) ?? (status >= 400 ? fallback : undefined);
    assert.ok(response, `${what} is not in the document`);
    checkHeaders(response, header, what);
    const cached = /^\/(style|script|drive)\/|^\/(sw\.js|app\.webmanifest|icon-192\.png)$/.test(known) || (status === 200 && /^\/log\/(checkpoint|tile)/.test(known));
    if (!cached) assert.match(header('cache-control') ?? '', /no-store/, `${what}: Cache-Control`);
    return checkBody(method, status, response, fallback, header, bytes, what);
}

function checkUnknownPath(method, status, header, bytes, what) {
    assert.equal(status, 404, `${what}: no such path`);
    return checkBody(method, status, openapi.components.responses.PageNotFound, undefined, header, bytes, what);
}

function checkBody(method, status, response, fallback, header, bytes, what) {
    const type = (header('content-type') ?? '').split(';')[0].trim();
    if (method === 'HEAD' || !response.content) {
        assert.equal(bytes.length, 0, `${what}: a body where none is described`);
        return undefined;
    }
    const wanted = resolve(response.content[type] ?? response.content['*/*']);
    assert.ok(wanted, `${what}: the type "${type}" is not among ${Object.keys(response.content)}`);
    if (!/json$/.test(type) || !wanted.schema) return type.startsWith('text/') ? bytes.toString('utf8') : bytes;
    const json = JSON.parse(bytes.toString('utf8'));
    checkValue(wanted.schema, json, `${what}: the body`);
    if (type === 'application/problem+json') checkProblem(json, status, response, fallback, header, what);
    return json;
}

/**
 * Asserts that a request which succeeded is one the document allows, so that it never promises less than the server takes.
 * @param {string} method
 * @param {string} path
 * @param {any} body parsed JSON, or the members of a form; nothing for none
 */
export function checkRequest(method, path, body) {
    const template = templateOf(path);
    const operation = template && operationOf(method, template);
    const described = resolve(operation?.requestBody);
    if (!described || body === undefined) {
        assert.ok(body === undefined || !operation, `${method} ${path}: a body was taken where none is described`);
        assert.ok(!described?.required, `${method} ${path}: a body is described as needed, and was not`);
        return;
    }
    const content = described.content['application/json'] ?? described.content['application/x-www-form-urlencoded'];
    if (content) checkValue(content.schema, body, `${method} ${path}: the request`);
}
