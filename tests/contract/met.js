// SPDX-License-Identifier: Apache-2.0
//
// Whether a run of the tests met every operation of docs/openapi.yaml: node tests/contract/met.js FILE..., the files being what
// PORCHLIGHT_MET named during the runs. Prints the operations that no test met with a success, and ends with 1 when there are any.
import {readFileSync} from 'node:fs';
import {operations} from './contract.js';

const lines = new Set(process.argv.slice(2).flatMap((file) => readFileSync(file, 'utf8').split('\n')).filter(Boolean));
const seen = new Set([...lines].filter((line) => Number(line.split(' ')[1]) < 400).map((line) => line.split(' ')[0]));
const all = operations().map(({operation}) => operation.operationId);
const never = all.filter((id) => !seen.has(id));
console.log(`${all.length - never.length} of ${all.length} operations were met with a success, ${lines.size} answers in all`);
for (const id of never) console.log(`never met: ${id}`);
process.exit(never.length ? 1 : 0);
