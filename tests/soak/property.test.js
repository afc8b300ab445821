// SPDX-License-Identifier: Apache-2.0
//
// The property test for long (tests/property): histories of new seeds, and a hunt for every mutation of the policy, whose table it
// prints. PORCHLIGHT_SOAK_HISTORIES says how many histories; PORCHLIGHT_SEED is the first one's seed.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hunt, mutants, SEEDS, STEPS_AT_MOST} from '../property/mutants.js';
import {playOrExplain} from '../property/play.js';

const first = Number(process.env.PORCHLIGHT_SEED ?? Date.now() % 1e6);
const histories = Number(process.env.PORCHLIGHT_SOAK_HISTORIES ?? 20), count = 300;

test('the rules hold in many random histories', async (t) => {
    let answers = 0;
    const seeds = [...SEEDS, ...Array.from({length: histories}, (_, i) => first + i)];
    for (const seed of seeds) {
        const result = await playOrExplain({seed, count, tell: (text) => t.diagnostic(text)});
        answers += result.answers;
    }
    t.diagnostic(`seeds ${first} to ${first + histories - 1} and ${SEEDS.join(', ')}: ${seeds.length * count} steps, ${answers} answers checked`);
});

test('every mutation of the policy is caught', async (t) => {
    const missed = [];
    for (const [i, mutant] of mutants.entries()) {
        const {steps, answers, check} = await hunt(mutant, {seed: SEEDS[i % SEEDS.length]});
        t.diagnostic(`${mutant.rule} ${mutant.name}: ${check === null ? `not caught in ${STEPS_AT_MOST} steps` : `caught after ${steps} steps and ${answers} answers by "${check}"`}`);
        if (check === null) missed.push(mutant.name);
    }
    assert.deepEqual(missed, []);
});
