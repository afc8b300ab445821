// SPDX-License-Identifier: Apache-2.0
//
// The judge itself: right answers pass, and each way to be wrong is seen.
import assert from 'node:assert/strict';
import test from 'node:test';
import {checkAnswer, checkRequest, templateOf} from './contract.js';

const ID = '0'.repeat(26);
const request = `req_${ID}`;
const headers = {'X-Request-Id': request, 'Cache-Control': 'no-store'};
const json = {...headers, 'Content-Type': 'application/json'};
const problem = {...headers, 'Content-Type': 'application/problem+json'};
const notFound = {type: '/problems/not-found', title: 'There is nothing here', status: 404, instance: request};

test('a right answer passes and comes back parsed', () => {
    assert.deepEqual(checkAnswer('GET', '/healthz', 200, json, '{"status":"ok"}'), {status: 'ok'});
    assert.deepEqual(checkAnswer('GET', '/healthz', 200, new Headers(json), {status: 'ok'}), {status: 'ok'});
});

test('a right problem passes', () => {
    assert.equal(checkAnswer('GET', '/v1/deliveries/{id}', 404, problem, notFound).status, 404);
    assert.equal(checkAnswer('GET', `/v1/deliveries/dlv_${ID}`, 404, problem, notFound).status, 404);
    assert.equal(checkAnswer('GET', '/no/such/path', 404, problem, notFound).status, 404);
});

test('wrong answers', async (t) => {
    const wrong = {
        'a status that is not described': () => checkAnswer('GET', '/healthz', 201, json, {status: 'ok'}),
        'a member that is not described': () => checkAnswer('GET', '/healthz', 200, json, {status: 'ok', more: 1}),
        'a member that is missing': () => checkAnswer('GET', '/healthz', 200, json, {}),
        'no request id': () => checkAnswer('GET', '/healthz', 200, {...json, 'X-Request-Id': undefined}, {status: 'ok'}),
        'an answer that may be stored': () => checkAnswer('GET', '/healthz', 200, {...json, 'Cache-Control': 'private'}, {status: 'ok'}),
        'another type': () => checkAnswer('GET', '/healthz', 200, {...json, 'Content-Type': 'text/plain'}, 'ok'),
        'a problem that this operation does not name': () => checkAnswer('GET', '/healthz', 404, problem, notFound),
        'a problem with another status': () => checkAnswer('GET', '/v1/deliveries/{id}', 401, problem, {...notFound, status: 401}),
        'a problem with another title': () => checkAnswer('GET', '/v1/deliveries/{id}', 404, problem, {...notFound, title: 'Gone'}),
        'a problem of another request': () => checkAnswer('GET', '/v1/deliveries/{id}', 404, problem, {...notFound, instance: `req_${'1'.repeat(26)}`}),
        'a body after HEAD': () => checkAnswer('HEAD', '/healthz', 200, json, {status: 'ok'}),
        'a required header that is missing': () => checkAnswer('DELETE', '/v1/driver/uploads/{id}', 204, headers, undefined),
        'a method that does not exist': () => checkAnswer('PUT', '/healthz', 200, json, {status: 'ok'}),
    };
    for (const [name, check] of Object.entries(wrong)) await t.test(name, () => assert.throws(check, assert.AssertionError));
});

test('plain text wins over a parameter', () => {
    assert.equal(templateOf('/v1/driver/uploads?x=1'), '/v1/driver/uploads');
    assert.equal(templateOf('/orders/dlv_1'), '/orders/{id}');
    assert.equal(templateOf('/v1/me/orders/dlv_1/photo?size=preview'), '/v1/me/orders/{id}/photo');
    assert.equal(templateOf('/nowhere'), undefined);
});

test('a request that the document does not allow', () => {
    checkRequest('POST', '/v1/drivers', {name: 'Dana'});
    checkRequest('POST', '/v1/drivers/drv_1/revoke', undefined);
    assert.throws(() => checkRequest('POST', '/v1/drivers', {name: 'Dana', colour: 'red'}));
    assert.throws(() => checkRequest('POST', '/v1/drivers', undefined));
    assert.throws(() => checkRequest('POST', '/v1/drivers/drv_1/revoke', {}));
});
