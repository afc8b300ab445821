// SPDX-License-Identifier: Apache-2.0
//
// A download that stands still early: over a connection with small buffers a picture of some 100 KB does what one of many
// megabytes does over the kernel's own, and is drawn, sent and judged in a fraction of the time.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {standstill} from './insides.js';
import {draw} from './pictures.js';
import {RawConnection} from './raw.js';
import {until} from './server.js';

/* Node cannot set a socket's options before it connects, and both sides' buffers follow from them: ours from what we say,
   the server's from the segments that we take. So another program connects, and hands its socket over as node's own do. */
const CONNECT = `import array, os, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
s.connect(("127.0.0.1", int(sys.argv[1])))
c = socket.socket(fileno=int(os.environ["NODE_CHANNEL_FD"]))
c.sendmsg([b'{"cmd":"NODE_HANDLE","type":"net.Socket","msg":"connected"}\\n'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
c.recv(100)
`;

/** A connection with small buffers. @param {import('./server.js').Server} server */
async function openNarrow(server) {
    const child = spawn('python3', ['-I', '-S', '-c', CONNECT, String(server.port)], {stdio: ['ignore', 'ignore', 'inherit', 'ipc']});
    const [, socket] = await once(child, 'message');
    if (child.exitCode === null) await once(child, 'exit');
    return new RawConnection(/** @type {import('node:net').Socket} */ (socket));
}

/** A photo that those buffers do not hold, nor once it is marked for an agent. */
export const longPicture = (seed) => draw({seed, size: '640x640', quality: 100, sampling: '444'});

/**
 * A download of which the beginning was read; then nothing more is, until the server can send no more: `arrived` bytes
 * are on our side.
 * @param {import('./client.js').Client} client
 */
export async function slowDownload(client, path) {
    const raw = await openNarrow(client.server);
    raw.socket.once('data', () => raw.socket.pause());
    const {cookie, authorization} = client.headersFor('GET', {});
    await raw.head('GET', path, {Connection: 'close', ...(cookie && {Cookie: cookie}), ...(authorization && {Authorization: authorization})});
    await until(() => raw.received.includes('\r\n\r\n'), {what: 'the beginning of the answer'});
    const length = Number(/content-length: (\d+)/i.exec(raw.received.subarray(0, 2000).toString('latin1'))?.[1] ?? Infinity);
    const arrived = raw.received.length + await standstill(raw.socket);
    assert.ok(arrived < length, `all ${length} bytes arrived before anything was withdrawn`);
    return {raw, arrived};
}

/** Reads on until the other side has closed: of what had not arrived by then, nothing may come any more. */
export async function assertBrokenOff({raw, arrived}) {
    raw.socket.resume();
    await raw.end();
    assert.ok(raw.received.length <= arrived, `${raw.received.length - arrived} bytes came after the answer`);
}
