// SPDX-License-Identifier: Apache-2.0
//
// The desk with many deliveries: node tests/soak/desk.mjs [COUNT]. Imports so many (100,000) on a server of its own, then prints how long
// searches and the board take, in milliseconds: median and slowest of twenty. What is wanted: a search in 100 ms, the board in one second.
import {addShipper, signInAgent} from '../e2e/support/world.js';
import {startServer} from '../e2e/support/server.js';

const count = Number(process.argv[2] ?? 100_000), ROWS = 1000, TIMES = 20;
const FIRST = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Finn', 'Greta', 'Hugo', 'Ida', 'Jonas'];
const LAST = Array.from({length: 200}, (_, i) => `${['Berg', 'Feld', 'Stein', 'Bach', 'Wald'][i % 5]}${String.fromCharCode(97 + (i / 5) % 26)}er${Math.floor(i / 50)}`);
const jobs = [];
const server = await startServer({after: (job) => jobs.push(job)}, {api: {requests_per_minute: 0}});

/** One line of the file: everything but the reference comes again and again, as in life. */
function row(i) {
    const window = new Date(Date.now() + (i % 7 - 2) * 3_600_000).toISOString();
    return `R-${String(i).padStart(7, '0')},${FIRST[i % 10]} ${LAST[Math.floor(i / 10) % 200]},u${i}@example.org,+49170${String(i).padStart(7, '0')},${i % 90 + 1} Long Lane,`
        + `${10000 + i % 300} Berlin,Europe/Berlin,${new Date(Date.parse(window) - 3_600_000).toISOString()},${window}\n`;
}

async function fill(shipper) {
    const head = 'reference,name,email,phone,address_1,address_2,time_zone,window_from,window_to\n';
    const began = Date.now();
    for (let from = 0; from < count; from += ROWS) {
        const body = head + Array.from({length: Math.min(ROWS, count - from)}, (_, i) => row(from + i)).join('');
        await shipper.client.request('POST', '/v1/deliveries/import', {body: Buffer.from(body), headers: {'content-type': 'text/csv', 'idempotency-key': `"fill-${from}"`}, status: 201, judge: false});
    }
    console.log(`${count} deliveries imported in ${Date.now() - began} ms`);
}

async function measure(what, client, path) {
    const took = [];
    for (let i = 0; i < TIMES; i++) {
        const began = performance.now();
        await client.request('GET', path, {status: 200, judge: false});
        took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    console.log(`${what.padEnd(42)} ${took[TIMES / 2].toFixed(1)} ms, at most ${took.at(-1).toFixed(1)} ms`);
}

try {
    const shipper = await addShipper(server);
    await fill(shipper);
    const agent = await signInAgent(server, {...await server.admin('agent-add', 'ada@example.org', '--shipper', shipper.id), lastStep: 0});
    for (const q of [`R-${String(count - 1).padStart(7, '0')}`, 'r-00', '1700000042', '0042', 'anna', 'anna bergaer0', 'anna 10017', 'finn feld', 'u4242@example.org', 'nobody at all'])
        await measure(`search "${q}"`, agent, `/v1/desk/deliveries?q=${encodeURIComponent(q)}`);
    await measure('search as a page', agent, '/desk/search?q=anna');
    await measure('board', agent, '/v1/desk/board');
    await measure('board as a page', agent, '/desk/board');
} finally {
    for (const job of jobs.reverse()) await job();
}
