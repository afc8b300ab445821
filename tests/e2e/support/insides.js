// SPDX-License-Identifier: Apache-2.0
//
// Behind the server's back: its folders as a thief finds them, its database as an administrator reads it, its processes.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
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

/** Holds the database as another program may, so that nothing can be written: the function that lets go. */
export async function holdDatabase(server) {
    const script = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1],timeout=20,isolation_level=None)\nc.execute("begin immediate")\nprint("held",flush=True)\nsys.stdin.read()';
    const child = spawn('python3', ['-c', script, join(server.data, 'porchlight.db')], {stdio: ['pipe', 'pipe', 'inherit']});
    await once(child.stdout, 'data');
    return async () => {
        child.stdin.end();
        await once(child, 'exit');
    };
}

/** Key slots that hold a key. */
export async function keysInUse(server) {
    const slots = await readFile(join(server.keys, 'slots'));
    let used = 0;
    for (let at = 0; at < slots.length; at += 128) if (slots.subarray(at, at + 128).some((byte) => byte !== 0)) used++;
    return used;
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
