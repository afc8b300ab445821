// SPDX-License-Identifier: Apache-2.0
//
// Ten thousand open pages: what their streams cost the server in memory, and how long it takes until all of them have been
// told of one event. They are all of one order, which is the longest list that an event can meet.
import net from 'node:net';
import {rssOf} from './machine.js';
import {addShipper, signIn, wait} from './world.js';

const STREAMS = 10_000;
const AT_ONCE = 64;
const NEWS = Buffer.from('event: change');

/** One stream, open: `told` is a promise of its next event. */
function open(port, path, cookie) {
    return new Promise((done, fail) => {
        const socket = net.connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCookie: ${cookie}\r\n\r\n`));
        let hear = (/** @type {any} */ _) => {};
        const stream = {socket, told: new Promise((resolve) => { hear = resolve; })};
        socket.once('data', (head) => (head.includes(' 200 OK') ? done(stream) : fail(new Error(`a stream was refused: ${head.subarray(0, 60)}`))));
        socket.on('data', (chunk) => { if (chunk.includes(NEWS)) hear(undefined); });
        socket.on('error', fail);
        socket.on('close', () => fail(new Error('a stream ended')));
    });
}

/**
 * @param {Awaited<ReturnType<typeof import('./world.js').startPorchlight>>} server
 * @param {(name: string, value: number) => void} print
 */
export async function live(server, print) {
    const shipper = await addShipper(server, 'Live');
    const robin = await signIn(server, 'live@example.org');
    const {json: delivery} = await shipper.client.post('/v1/deliveries', {
        reference: 'live', recipient: {name: 'Robin Vale', email: robin.email}, address: {lines: ['12 Lantern Lane'], lat: 52.5, lon: 13.4}, time_zone: 'Europe/Berlin',
    }, {status: 201});
    await wait(1000);
    const idle = rssOf(server.pid);
    const {text} = await robin.client.get(`/orders/${delivery.id}`, {status: 200, judge: false});
    const path = `/orders/${delivery.id}/live?after=${/data-seen="(\d+)"/.exec(text)[1]}`;
    const {cookie} = robin.client.headersFor('GET', {});
    const streams = [];
    const begun = performance.now();
    await Promise.all(Array.from({length: AT_ONCE}, async (_, i) => {
        for (let n = i; n < STREAMS; n += AT_ONCE) streams.push(await open(server.port, path, cookie));
    }));
    print('live-10000-open-ms', performance.now() - begun);
    await wait(1000);
    print('live-10000-mb', rssOf(server.pid) - idle);
    const told = Promise.all(streams.map((stream) => stream.told));
    const asked = performance.now();
    await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'other', text: 'Where is it?'}, {status: 201});
    await told;
    print('live-10000-told-ms', performance.now() - asked);
    print('live-10000-told-mb', rssOf(server.pid) - idle);
    for (const {socket} of streams) socket.removeAllListeners('close').destroy();
}
