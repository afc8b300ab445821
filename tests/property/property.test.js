// SPDX-License-Identifier: Apache-2.0
//
// The rules hold: a random history of all actors, and after each step every operation asked as everybody. `make test` plays one
// history, always the same; `make soak` plays many, and hunts mutations of the policy (tests/soak). A history of one's own:
// tests/property/play.js. PORCHLIGHT_SEED and PORCHLIGHT_STEPS play another one here.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {operations} from '../contract/contract.js';
import {listOperations, Violation} from './ask.js';
import {library} from './clock.js';
import {mutants, mutated} from './mutants.js';
import {found, mailOf, phoneOf, word} from './needles.js';
import {playOrExplain, readHistory, writeHistory, makeHistory} from './play.js';

const seed = Number(process.env.PORCHLIGHT_SEED ?? 20), count = Number(process.env.PORCHLIGHT_STEPS ?? 20);
const absent = library ? false : 'libfaketime is not installed';

test('the rules hold in a random history of all actors', {skip: absent}, async (t) => {
    const result = await playOrExplain({seed, count, budgetMs: 60_000, tell: (text) => t.diagnostic(text)});
    t.diagnostic(`seed ${seed}: ${result.steps} steps, ${result.answers} answers of ${result.operations} operations checked`);
    assert.ok(result.answers > 300 * count, `only ${result.answers} answers were checked`);
    const asked = listOperations().filter(({not}) => !not).length;
    assert.ok(result.operations > asked * 0.8, `only ${result.operations} of ${asked} operations were asked`);
});

test('every operation of the document is known to the model', () => {
    assert.equal(listOperations().length, operations().length);
    for (const {key, not, each} of listOperations()) assert.ok(not || each, `${key} is neither asked nor said why not`);
});

test('every mutation still applies', async () => {
    assert.ok(mutants.length >= 12);
    for (const mutant of mutants) await mutated(mutant);
});

test('what is private is found wherever it stands', () => {
    const text = `<p>${word('n', 12)}</p> dlv_${'0'.repeat(26)} ${phoneOf(7)} ${mailOf('ann').toUpperCase()} /t/${'A'.repeat(43)}`;
    assert.deepEqual(found(text).map(({kind, n}) => [kind, n]), [['n', '12'], ['D', `dlv_${'0'.repeat(26)}`], ['h', '7'], ['p', 'ann'], ['T', 'A'.repeat(43)]]);
    assert.deepEqual(readHistory(writeHistory(makeHistory(3, 5))), makeHistory(3, 5));
    assert.ok(new Violation('a check', 'a message').message.startsWith('a check: '));
});
