// SPDX-License-Identifier: Apache-2.0
//
// A day at the doors: stop after stop with the camera, and neither the page's heap nor what it keeps of old screens grows. (The day's
// 180 stops are day.test.js's, without the screens.)
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {draw} from '../e2e/support/pictures.js';
import {setStage} from '../e2e/support/world.js';
import {button, deliverWithPhoto, openBrowserWithCamera, roundsOf} from './support/hand.js';

const FIRST = 4, THEN = 14;
/** What may be added from the first stops to the last: each stop adds a row with its act, and no picture. */
const FLAT_BYTES = 1_000_000;
const FLAT_NODES = 1500;

const stage = await setStage({after});
const browser = await openBrowserWithCamera({after}, await draw({seed: 11, size: '1512x2016'}));

test(`${THEN} doors with the camera leave the page as light as ${FIRST} did`, async () => {
    const {page, context, complaints} = await roundsOf(stage, browser).setOut(Array.from({length: FIRST + THEN}, () => ({})));
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable');
    const measure = async () => {
        for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
        const {metrics} = await cdp.send('Performance.getMetrics');
        const of = (name) => metrics.find((each) => each.name === name).value;
        return {bytes: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners')};
    };
    const deliver = async (count) => {
        for (let i = 0; i < count; i++) {
            await button(page, 'Next stop').click();
            await deliverWithPhoto(page);
        }
        await page.getByText('Online', {exact: true}).first().waitFor();
    };
    await deliver(FIRST);
    const morning = await measure();
    await deliver(THEN);
    const evening = await measure();
    const grown = JSON.stringify({morning, evening});
    assert.ok(evening.bytes - morning.bytes < FLAT_BYTES, `the heap grew: ${grown}`);
    assert.ok(evening.nodes - morning.nodes < FLAT_NODES, `old screens are kept: ${grown}`);
    assert.ok(evening.listeners - morning.listeners < 50, `listeners are kept: ${grown}`);
    assert.deepEqual(complaints, []);
    await context.close();
});
