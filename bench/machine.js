// SPDX-License-Identifier: Apache-2.0
//
// What the bench starts and looks at: programs, their processor time and their memory, as /proc tells them. Everything that
// is started here is ended by its process id when the bench ends, however it ends.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, readdirSync} from 'node:fs';
import {cpus, release} from 'node:os';

const TICK_US = 10_000; // USER_HZ is 100 on every Linux that we know
const started = new Set();

/** Ends what still runs. */
export function endAll() {
    for (const child of started) child.kill('SIGKILL');
}

/** Starts a program; its life is the bench's. @param {import('node:child_process').SpawnOptions} [options] */
export function start(program, args, options = {}) {
    const child = spawn(program, args, {stdio: ['ignore', 'ignore', 'inherit'], ...options});
    started.add(child);
    child.once('exit', () => started.delete(child));
    child.once('error', (error) => { started.delete(child); process.stderr.write(`${program}: ${error.message}\n`); });
    return child;
}

/** Runs a program to its end, which must be good, and gives what it printed. */
export async function run(program, args) {
    const child = start(program, args, {stdio: ['ignore', 'pipe', 'inherit']});
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}\n${text}`);
    return text;
}

/** The same for a program that prints one line of JSON. */
export const runJson = async (program, args) => JSON.parse(await run(program, args.map(String)));

// ---- /proc ----

function statOf(pid) {
    try {
        const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return text.slice(text.lastIndexOf(')') + 2).split(' '); // from the state on: field 3 of proc(5)
    } catch {
        return null; // it has ended
    }
}

function childrenOf(pid) {
    try {
        return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
            readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number));
    } catch {
        return [];
    }
}

/** A process and all that came from it and still live. */
export function family(pid) {
    return [pid, ...childrenOf(pid).flatMap(family)];
}

/** Processor time of a family so far, children that have ended included, in microseconds. */
export function cpuOf(pid) {
    const ticks = family(pid).map(statOf).filter(Boolean).map((stat) => stat.slice(11, 15).reduce((sum, field) => sum + Number(field), 0));
    return ticks.reduce((sum, ticksOfOne) => sum + ticksOfOne, 0) * TICK_US;
}

/** Resident memory of a family in MB; pages that two of them share count twice. */
export function rssOf(pid) {
    const kilobytes = family(pid).map((one) => {
        try {
            return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${one}/status`, 'latin1'))?.[1] ?? 0);
        } catch {
            return 0;
        }
    });
    return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Watches a family's memory until the returned function is called, which gives the most there was. */
export function watchRss(pid) {
    let most = 0;
    const timer = setInterval(() => { most = Math.max(most, rssOf(pid)); }, 100);
    return () => {
        clearInterval(timer);
        return Math.max(most, rssOf(pid));
    };
}

/** What the figures were measured on. */
export function machineLine() {
    const cores = cpus();
    return `machine ${cores.length} cores, ${cores[0].model.trim().replace(/\s+/g, ' ')}, Linux ${release()}`;
}
