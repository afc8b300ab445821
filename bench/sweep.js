// SPDX-License-Identifier: Apache-2.0
//
// The retention sweep: a million photos whose day has come at once (PORCHLIGHT_BENCH_DUE for another number), erased with
// their keys, files and records, while photos come in as fast as they can. What is printed: erasures a second until the last
// key is destroyed, the intake's rate meanwhile over its quiet rate, and its p99 in both.
import {join} from 'node:path';
import {buildFolder} from '../tests/e2e/support/server.js';
import {sql} from '../tests/e2e/support/insides.js';
import {addDriver, addShipper} from '../tests/e2e/support/world.js';
import {run} from './machine.js';
import {startPorchlight, wait} from './world.js';

const DUE = Number(process.env.PORCHLIGHT_BENCH_DUE ?? 1_000_000);
const SLICE = {links: 32, ms: 4000, warm: 700};
const LONGEST_MS = 30 * 60_000;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** What is still to be erased, and the keys that are still to be destroyed. */
async function left(server) {
    const [[due, jobs]] = await sql(server, `SELECT (SELECT count(*) FROM photo WHERE delete_by IS NOT NULL AND state IN ('posted', 'withheld', 'set_aside') AND delete_by <= ${Date.now()}),
        (SELECT count(*) FROM job WHERE kind = 'destroy')`);
    return due + jobs;
}

/**
 * @param {number} port
 * @param {(server: any, shipper: any, count: number, doors: string[], list: string) => Promise<any>} makeStops
 * @param {string[]} doors
 * @param {{print: (name: string, value: number) => void, progress: (text: string) => void}} say
 */
export async function sweep(port, makeStops, doors, {print, progress}) {
    const server = await startPorchlight(port, {jobs: {sweep_seconds: 3600}});
    const shipper = await addShipper(server, 'Bench due');
    const driver = await addDriver(server, shipper);
    const stops = await makeStops(server, shipper, Number(process.env.PORCHLIGHT_BENCH_STOPS ?? 20_000), doors, 'stops-sweep');
    const quiet = [];
    for (let i = 0; i < 3; i++) quiet.push(await stops.upload(server, SLICE));
    await server.stop();
    progress(`making ${DUE} photos whose day has come`);
    await run(join(buildFolder, 'bench/bench-due'), [server.data, server.keys, shipper.id, driver.id, DUE]);
    server.settings.ledger = {...server.settings.ledger, interval_ms: 1000};
    const begun = Date.now();
    await server.start(); // the first sweep begins at once
    const busy = [];
    let took = 0;
    while (took === 0 && Date.now() - begun < LONGEST_MS) {
        if (stops.count - stops.used > 2500) busy.push(await stops.upload(server, SLICE));
        else await wait(500); // no stops are left to upload to: the sweep goes on alone
        if (await left(server) === 0) took = Date.now() - begun;
    }
    if (took === 0) throw new Error('the sweep did not come to its end');
    print('sweep-photos', DUE);
    print('sweep-rate', DUE * 1000 / took);
    print('sweep-intake/quiet-intake', median(busy.map(({rate}) => rate)) / median(quiet.map(({rate}) => rate)));
    print('sweep-intake-rate', median(busy.map(({rate}) => rate)));
    print('sweep-intake-p99-ms', median(busy.map(({p99_us}) => p99_us)) / 1000);
    print('quiet-intake-p99-ms', median(quiet.map(({p99_us}) => p99_us)) / 1000);
    const {code} = await server.stop();
    if (code !== 0) throw new Error(`the server ended with ${code}`);
}
