// SPDX-License-Identifier: Apache-2.0
//
// The rounds of tests/faults, about an hour of them: 6000 uploads, more than 1500 kills of the server and hundreds of its
// workers' parent. PORCHLIGHT_SOAK_ROUNDS says how many rounds; PORCHLIGHT_SEED repeats a run.
import {test} from 'node:test';
import {playRounds, RANDOM} from '../faults/support/rounds.js';

test('kill -9 at random moments, for long', (t) => playRounds(t, Number(process.env.PORCHLIGHT_SOAK_ROUNDS ?? 1500), RANDOM));
