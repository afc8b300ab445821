// SPDX-License-Identifier: Apache-2.0
//
// A whole day without a network: 180 stops, each with its picture, captured offline, then sent in order; the browser's heap is
// as flat in the evening as it was at noon.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {openBrowser} from '../browser/browser.js';
import {patience} from '../e2e/support/server.js';
import {setStage} from '../e2e/support/world.js';
import {removeApp} from './support/app.js';
import {openPhone, setOut} from './support/phone.js';
import {startProxy} from './support/proxy.js';

const STOPS = 180;
/** What the page's heap may grow by, from the first stops to the last. */
const FLAT_BYTES = 3_000_000;

const stage = await setStage({after}, {intake: {waiting_photos: 20}});
const browser = await openBrowser({after});
after(removeApp);

test(`${STOPS} stops offline, then drained, in order and with a flat heap`, async (t) => {
    const proxy = await startProxy(t, stage.server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    const ids = await setOut(phone, stage, STOPS);
    const cdp = await phone.page.context().newCDPSession(phone.page);
    const heap = async () => {
        await cdp.send('HeapProfiler.collectGarbage');
        return (await cdp.send('Runtime.getHeapUsage')).usedSize;
    };
    const capture = (some, from) => phone.run(async (porch, [list, first]) => {
        for (const [i, id] of list.entries())
            await porch.outbox.capture(id, {kind: 'delivered', left_at: 'front_door', photo: await porch.drawn(first + i), place: {lat: 52.5, lon: 13.4, accuracy: 9}});
    }, /** @type {[string[], number]} */ ([some, from]));

    const back = proxy.play({on: () => true, drop: true});
    await capture(ids.slice(0, 20), 0);
    const morning = await heap();
    await capture(ids.slice(20), 20);
    const evening = await heap();
    assert.equal((await phone.state()).waiting, STOPS);
    assert.equal(await phone.pictures(), STOPS);
    assert.ok(evening - morning < FLAT_BYTES, `the heap grew from ${morning} to ${evening} while capturing`);

    await phone.page.reload();
    await phone.begin();
    assert.equal((await phone.state()).waiting, STOPS);
    back();
    proxy.seen.length = 0;
    const before = await heap();
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(ids[STOPS - 1], 'sent', 90_000 * patience);
    const {acts, waiting} = await phone.state();
    assert.equal(waiting, 0);
    assert.ok(acts.every(({state}) => state === 'sent'), JSON.stringify(acts.filter(({state}) => state !== 'sent')));
    assert.equal(await phone.pictures(), 0);
    const after = await heap();
    assert.ok(after - before < FLAT_BYTES, `the heap grew from ${before} to ${after} while sending`);

    const reports = proxy.requests('POST', /delivered$/).filter(({status}) => status === 200).map(({path}) => path.split('/')[4]);
    assert.deepEqual(reports, ids, 'not once each, in order');
    assert.equal(proxy.requests('PATCH').filter(({status}) => status === 204).length, STOPS);
    await phone.run((porch) => porch.outbox.refresh());
    const deliveries = await stage.shipper.client.all('/v1/deliveries', 200);
    assert.ok(deliveries.every(({state, photo}) => state === 'delivered' && photo.state === 'posted'));
});
