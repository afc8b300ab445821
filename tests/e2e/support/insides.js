// SPDX-License-Identifier: Apache-2.0
//
// Behind the server's back: its folders as a thief finds them, its database as an administrator reads it, its processes.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** Every file below a folder. @returns {Promise<string[]>} */
async function allFilesBelow(folder) {
    const entries = await readdir(folder, {withFileTypes: true, recursive: true});
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** The same without those that wait, empty, to be used again. */
export async function filesBelow(folder) {
    return (await allFilesBelow(folder)).filter((file) => !/\/spare\.\d+$/.test(file));
}

/** The files below a folder in which any of these pieces stands: ["file: piece 3", …]. */
export async function findPieces(folder, pieces) {
    const found = [];
    for (const file of await allFilesBelow(folder)) {
        const bytes = await readFile(file).catch(() => Buffer.alloc(0)); // gone meanwhile
        pieces.forEach((piece, i) => { if (bytes.includes(piece)) found.push(`${file}: piece ${i}`); });
    }
    return found;
}

/** Pieces of a picture that would give it away: its first bytes, and 24 at many places of its body. */
export function piecesOf(jpeg, count = 40) {
    const step = Math.floor((jpeg.length - 1000) / count);
    return [jpeg.subarray(0, 20), ...Array.from({length: count}, (_, i) => jpeg.subarray(800 + i * step, 824 + i * step))];
}

/** Permission bits of everything below a folder and of itself: [path, mode]. */
export async function modesBelow(folder) {
    const entries = await readdir(folder, {withFileTypes: true, recursive: true});
    const paths = [folder, ...entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name))];
    return Promise.all(paths.map(async (path) => [path, (await stat(path)).mode & 0o777]));
}

/** Runs SQL in a server's database, running or stopped; rows as arrays, blobs in hexadecimal. */
export async function sql(server, text) {
    const script = 'import json,sqlite3,sys\nc=sqlite3.connect(sys.argv[1],timeout=20)\nrows=c.execute(sys.argv[2]).fetchall()\nc.commit()\n' +
        'print(json.dumps([[v.hex() if isinstance(v,bytes) else v for v in r] for r in rows]))';
    return JSON.parse((await run('python3', ['-c', script, join(server.data, 'porchlight.db'), text], {maxBuffer: 1 << 28})).stdout);
}

/** A connection of one's own to a server's database, for what must stay open: transactions that another must wait for. */
export class SqlSession {
    /** Use openSql. */
    constructor(server) {
        const script = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1],timeout=20,isolation_level=None)\n' +
            'for line in sys.stdin:\n  for s in line.split(";"): c.execute(s)\n  print("done",flush=True)';
        this.child = spawn('python3', ['-c', script, join(server.data, 'porchlight.db')], {stdio: ['pipe', 'pipe', 'inherit']});
        this.answers = createInterface({input: this.child.stdout})[Symbol.asyncIterator]();
    }

    /** Runs statements, parted by semicolons, on one line. */
    async run(text) {
        this.child.stdin.write(`${text}\n`);
        const {value} = await this.answers.next();
        if (value !== 'done') throw new Error(`the database refused: ${text}`);
    }

    /** Ends it; what was not committed is undone. */
    async close() {
        const ended = once(this.child, 'exit');
        this.child.kill();
        await ended;
    }
}

/** @param {import('./server.js').Server} server */
export const openSql = (server) => new SqlSession(server);

/** Holds the database as another program may, so that nothing can be written: the function that lets go. */
export async function holdDatabase(server) {
    const session = openSql(server);
    await session.run('begin immediate');
    return () => session.close();
}

/** Key slots that hold a key. */
export async function keysInUse(server) {
    const slots = await readFile(join(server.keys, 'slots'));
    let used = 0;
    for (let at = 0; at < slots.length; at += 128) if (slots.subarray(at, at + 128).some((byte) => byte !== 0)) used++;
    return used;
}

/** Bytes that the kernel holds for our end of a connection, from /proc/net/tcp: they arrived, and nobody has read them. */
async function unreadBytes(socket) {
    const hex = (port) => port.toString(16).toUpperCase().padStart(4, '0');
    for (const line of (await readFile('/proc/net/tcp', 'latin1')).split('\n')) {
        const [, local, remote, , queues] = line.trim().split(/\s+/);
        if (local?.endsWith(`:${hex(socket.localPort)}`) && remote.endsWith(`:${hex(socket.remotePort)}`)) return parseInt(queues.split(':')[1], 16);
    }
    throw new Error('the connection is not there');
}

/** Waits until a connection that nobody reads stands still: how many bytes have arrived and were not read. */
export async function standstill(socket) {
    for (let before = -1, still = 0, tries = 0; tries < 600; tries++) {
        const now = await unreadBytes(socket) + socket.readableLength;
        still = now === before ? still + 1 : 0;
        if (still === 6 && now > 0) return now;
        before = now;
        await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('bytes do not cease to arrive');
}

/** The whole database as text. */
export async function dump(server) {
    const script = 'import sqlite3,sys\nc=sqlite3.connect("file:"+sys.argv[1]+"?mode=ro",uri=True,timeout=20)\n' +
        'for (t,) in c.execute("select name from sqlite_master where type=\'table\' order by 1").fetchall():\n' +
        '  for r in c.execute(f"select * from {t} order by 1,2").fetchall(): print(t,r)';
    return (await run('python3', ['-c', script, join(server.data, 'porchlight.db')], {maxBuffer: 1 << 28})).stdout;
}

/** Processes whose parent is `pid`, from /proc. @returns {Promise<number[]>} */
export async function childrenOf(pid) {
    const found = [];
    for (const name of await readdir('/proc')) {
        if (!/^\d+$/.test(name)) continue;
        const text = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
        if (Number(/\) \S (\d+)/.exec(text)?.[1]) === pid) found.push(Number(name));
    }
    return found;
}

/** The warmed worker that the server forks photos from. */
export async function zygoteOf(server) {
    const [guard] = await childrenOf(server.pid); // outside the worker's pid namespace; its child is the zygote
    const [zygote] = await childrenOf(guard);
    return zygote ?? guard;
}
