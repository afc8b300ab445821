// SPDX-License-Identifier: Apache-2.0
//
// Plays random histories against a running server, asks after each step, and on a failure looks for a shorter history that
// fails in the same way. From the command line:
//
//     node tests/property/play.js [--seed N] [--steps N] [--history STEP,STEP,…] [--no-shrink] [--all]
//
// The same seed and number of steps is the same history; a history that was printed is played again with --history.
import {Asker, listOperations, Violation} from './ask.js';
import {library} from './clock.js';
import {found} from './needles.js';
import {Random} from './random.js';
import {learnBlanks, readHooks, readMail, settleOverdue, STEPS} from './steps.js';
import {makeWorld} from './world.js';

const OTHERS = 1; // deliveries asked about beside those that a step touched
const LIVELY = 30; // deliveries beyond which few more are made

/** Steps by their weight: [{kind, seed}]. */
export function makeHistory(seed, count) {
    const random = new Random(seed);
    const kinds = /** @type {[string, any][]} */ (Object.entries(STEPS));
    const total = kinds.reduce((sum, [, [weight]]) => sum + weight, 0);
    const step = () => {
        let at = random.next() * total;
        const [kind] = kinds.find(([, [weight]]) => (at -= weight) < 0) ?? kinds[0];
        return {kind, seed: Math.floor(random.next() * 1e6)};
    };
    let made = 0;
    return Array.from({length: count}, (_, i) => {
        let next = i < 3 ? {kind: 'create', seed: step().seed} : step();
        if (['create', 'deliver'].includes(next.kind) && ++made > LIVELY && random.chance(0.7)) next = {kind: 'upload', seed: next.seed};
        return next;
    });
}

export const writeHistory = (steps) => steps.map(({kind, seed}) => `${kind}:${seed}`).join(',');
export const readHistory = (text) => text.split(',').map((each) => ({kind: each.split(':')[0], seed: Number(each.split(':')[1])}));

/** What the model remembers of a delivery, in one line. */
function describe({n, id, shipper, to, buyer, state, attempt, marking, want, word, coming, left, blank, line, photos}) {
    const kept = photos.map((p) => `${p.attempt}${p.gone ?? ''}${p.going ? ' going' : ''} ${[...p.shared]}`);
    return `#${n} ${id} ${JSON.stringify({shipper, to, buyer, state, attempt, marking, want, word, coming, left, blank, line, kept})}`;
}

/** R12: a log line holds ids only. */
function judgeLog(log) {
    const piece = found(log).find(({kind}) => !['D', 'C', 'L', 'P'].includes(kind));
    if (piece) throw new Violation('what the log gives away', `${piece.text} in ${log.split('\n').find((line) => line.includes(piece.text))?.slice(0, 300)}`);
}

/**
 * Plays one history on a server of its own.
 * @param {{kind: string, seed: number}[]} steps
 * @param {{program?: string, seed?: number, onStep?: (text: string) => void, until?: number}} [options] until: a time at which it ends in any case
 * @returns {Promise<{steps: number, done: number, answers: number, operations: number, violation: any, at: number, log: string}>}
 */
export async function play(steps, {program, seed = 1, onStep, until = Infinity} = {}) {
    listOperations(); // before a server is there that would have to be stopped
    const world = await makeWorld({program});
    const asker = new Asker(world, new Random(seed ^ 0x5eed));
    const result = {steps: 0, done: 0, answers: 0, operations: 0, violation: null, at: -1, log: ''};
    try {
        for (const [i, {kind, seed: own}] of steps.entries()) {
            if (Date.now() > until) break;
            result.at = i;
            await readMail(world);
            readHooks(world);
            const touched = await STEPS[kind][1](world, new Random(own));
            result.steps++;
            if (touched === null) continue; // there was nobody or nothing for it
            result.done++;
            for (const d of touched) d.touchedAt = world.model.now;
            await settleOverdue(world);
            await learnBlanks(world);
            onStep?.(`${i}: ${kind} ${touched.map(({n}) => `#${n} ${world.model.deliveries[n].state}/${world.model.standing(world.model.deliveries[n])[0]}`).join(' ')} (${asker.answers} answers)`);
            const others = asker.random.sample(world.model.deliveries.filter((d) => !touched.includes(d)), OTHERS);
            await asker.askAbout([...new Set(touched)].concat(others));
            await asker.askWorld();
        }
        result.at = steps.length;
        await asker.askAbout(world.model.deliveries);
        await asker.askWorld(true);
        await readMail(world);
        readHooks(world);
        judgeLog(world.server.log);
    } catch (error) {
        if (!(error instanceof Violation) && world.server.isRunning()) error.message += `\n${world.server.log.slice(-2000)}`;
        result.violation = error;
        if (onStep) for (const d of world.model.deliveries) onStep(describe(d));
    } finally {
        result.answers = asker.answers;
        result.operations = asker.met.size;
        result.log = world.server.log.slice(-200_000);
        await world.close();
    }
    return result;
}

/** Delta debugging: leaves out ever smaller pieces while it still fails in the same way. */
export async function shrink(steps, check, options, {budgetMs = 120_000, tell = (_) => {}} = {}) {
    const end = Date.now() + budgetMs;
    const fails = async (list) => {
        const {violation} = await play(list, options);
        return violation !== null && violation.check === check;
    };
    let best = steps;
    for (let size = Math.max(1, best.length >> 1); size >= 1 && Date.now() < end; size = size === 1 ? 0 : size >> 1) {
        for (let at = 0; at < best.length && Date.now() < end;) {
            const shorter = [...best.slice(0, at), ...best.slice(at + size)];
            if (shorter.length > 0 && await fails(shorter)) {
                best = shorter;
                tell(`${best.length} steps still fail`);
            } else {
                at += size;
            }
        }
    }
    return best;
}

/** Plays, and on a failure shrinks and throws with all that is needed to play it again. */
export async function playOrExplain({seed, count, options = {}, budgetMs = 120_000, tell = console.log}) {
    const steps = makeHistory(seed, count);
    const result = await play(steps, {seed, ...options});
    const {violation} = result;
    if (!violation) return result;
    tell(`seed ${seed}: after ${result.at + 1} steps and ${result.answers} answers: ${violation.message}`);
    if (process.env.PORCHLIGHT_SHOW_LOG) tell(result.log);
    const cut = steps.slice(0, result.at + 1);
    const least = violation instanceof Violation && budgetMs > 0 ? await shrink(cut, violation.check, {seed, ...options}, {budgetMs, tell}) : cut;
    violation.message += `\nThe shortest history found: node tests/property/play.js --seed ${seed} --history ${writeHistory(least)}\nThe whole: node tests/property/play.js --seed ${seed} --steps ${count}`;
    throw violation;
}

function argument(name, otherwise) {
    const at = process.argv.indexOf(name);
    return at < 0 ? otherwise : process.argv[at + 1];
}

async function main() {
    if (!library) throw new Error('libfaketime is missing: tools/install test');
    const seed = Number(argument('--seed', Date.now() % 1e6)), count = Number(argument('--steps', 200)), history = argument('--history');
    const onStep = process.argv.includes('--verbose') ? console.log : undefined;
    console.log(`seed ${seed}, ${history ? 'a history that was given' : `${count} steps`}`);
    const started = Date.now();
    const result = history ? await play(readHistory(history), {seed, onStep}) : await playOrExplain({seed, count, options: {onStep}, budgetMs: process.argv.includes('--no-shrink') ? 0 : 300_000});
    if (result.violation) throw result.violation;
    console.log(`${result.steps} steps (${result.done} with an effect), ${result.answers} answers of ${result.operations} operations checked in ${((Date.now() - started) / 1000).toFixed(1)} s: the rules held`);
}

if (process.argv[1]?.endsWith('play.js'))
    main().catch((error) => {
        console.error(error instanceof Violation ? error.message : error);
        process.exitCode = 1;
    });
