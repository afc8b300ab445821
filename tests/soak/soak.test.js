// SPDX-License-Identifier: Apache-2.0
//
// The rounds of tests/faults, many of them. PORCHLIGHT_SOAK_ROUNDS says how many; PORCHLIGHT_SEED repeats a run.
import {test} from 'node:test';
import {playRounds} from '../faults/support/rounds.js';

test('kill -9 at random moments, for long', (t) => playRounds(t, Number(process.env.PORCHLIGHT_SOAK_ROUNDS ?? 300)));
