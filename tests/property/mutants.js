// SPDX-License-Identifier: Apache-2.0
//
// Mutations of the policy and of the few places that obey it: each drops one check, as a slip of the hand would. The property
// test must catch every one; one that is not caught is a rule that nobody holds. A mutation is an exact text that must occur in its file
// once, so a change of the file that makes it moot is noticed. Only the changed file is compiled, and linked before the
// libraries of the build folder, into a folder of its own.
//
//     node tests/property/mutants.js [NAME …]     builds, plays, prints the table; all of them when none is named
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {buildFolder} from '../e2e/support/server.js';
import {Violation} from './ask.js';
import {makeHistory, play} from './play.js';

const run = promisify(execFile);
const top = fileURLToPath(new URL('../..', import.meta.url));

/** The seeds of the histories that mutations are hunted with, in turn. The program itself must keep the rules in them (tests/soak), or whatever is caught proves nothing. */
export const SEEDS = [1, 2, 3, 4];

/** Steps in which a mutation must be caught. */
export const STEPS_AT_MOST = 250;

const POLICY = 'src/domain/policy.c', SUBJECT = 'src/api/subject.c', PHOTOS = 'src/api/photos.c', ADMIT = 'src/api/admit.c', SWEEP = 'src/jobs/sweep_steps.c', SHAPES = 'src/api/shapes.c';
const HOLD = 'return step->now < open->opened_at + POLICY_HOLD_DAYS * CLOCK_DAY;';
const PHOTO_OF = 'case ACTOR_RECIPIENT:\n        if (facts->confidential != NOT_CONFIDENTIAL ||';
const SHARED = 'allow_when(facts->shared_buyer && is_shown(facts))';
const allowed = (purpose, before, after) => [`case ${purpose}:\n        return allow_when(${before}`, `case ${purpose}:\n        return allow_when(${after} || ${before}`];

/** An edit is [before, after], or several such of which one applies. */
export const mutants = /** @type {{name: string, rule: string, file: string, edits: any[][], also?: {file: string, edits: any[][]}}[]} */ ([
    {name: 'buyer-sees-photo', rule: 'R1', file: POLICY, edits: [[[SHARED, 'allow_when(exists(facts->photo))'], [PHOTO_OF, `case ACTOR_BUYER:\n    ${PHOTO_OF}`]]]},
    {name: 'any-account-sees-photo', rule: 'R1', file: POLICY, edits: [[PHOTO_OF, `case ACTOR_OTHER_ACCOUNT:\n    ${PHOTO_OF}`]]},
    {name: 'buyer-is-recipient', rule: 'R1', file: SUBJECT, edits: [['delivery->buyer_email) ? ACTOR_BUYER', 'delivery->buyer_email) ? ACTOR_RECIPIENT']]},
    {name: 'any-account-reads-status', rule: 'R1', file: POLICY, edits: [['return allow_when(actor == ACTOR_LINK_HOLDER ||', 'return allow_when(actor == ACTOR_OTHER_ACCOUNT || actor == ACTOR_LINK_HOLDER ||']]},
    {name: 'buyer-reads-order', rule: 'R1', file: SHAPES, edits: [['if (!recipient) /* a buyer', 'if (false) /* a buyer']]},
    {name: 'old-link-opens', rule: 'R1', file: 'src/api/tracking.c', edits: [['if (result == 0 && !tracking_is_valid(', 'if (result == 0 && false && !tracking_is_valid(']]},
    {name: 'contact-changes-with-photo', rule: 'R1', file: 'src/api/deliveries.c', edits: [['if (subject->live.count > 0 || cases.count > 0) {', 'if (false) {']]},
    {name: 'sign-out-ends-nothing', rule: 'R1', file: 'src/store/session.c', edits: [['"DELETE FROM session WHERE token_hash = ?1"', '"UPDATE session SET seen_at = seen_at WHERE token_hash = ?1"']]},
    {name: 'withheld-is-shown', rule: 'R2', file: POLICY, edits: [
        ['if (facts->confidential != NOT_CONFIDENTIAL || facts->photo == PHOTO_WITHHELD)', 'if (false)'],
        ['return facts->photo == PHOTO_POSTED ? POLICY_ALLOW : POLICY_NO_PHOTO;', 'return exists(facts->photo) ? POLICY_ALLOW : POLICY_NO_PHOTO;']]},
    {name: 'late-mark-withdraws-nothing', rule: 'R2', file: POLICY, edits: [['if (!exists(now.state))\n        return now;', 'if (true)\n        return now;']]},
    {name: 'confidential-is-posted', rule: 'R2', file: POLICY, edits: [['return facts->confidential == NOT_CONFIDENTIAL ? PHOTO_POSTED : PHOTO_WITHHELD;', 'return PHOTO_POSTED;']]},
    {name: 'unwanted-is-taken', rule: 'R2', file: POLICY, edits: [['if (unwanted(facts))\n        return POLICY_UNWANTED;', 'if (false)\n        return POLICY_UNWANTED;']]},
    {name: 'driver-reads-withheld', rule: 'R2', file: SHAPES, edits: [['case PHOTO_POSTED:\n    case PHOTO_WITHHELD:\n    case PHOTO_ERASED:', 'case PHOTO_WITHHELD:\n        return "received";\n    case PHOTO_POSTED:\n    case PHOTO_ERASED:']]},
    {name: 'other-driver-reports', rule: 'R3', file: POLICY, edits: [allowed('PURPOSE_STOP', 'actor == ACTOR_DRIVER', 'actor == ACTOR_OTHER_DRIVER')]},
    {name: 'two-photos-an-attempt', rule: 'R3', file: POLICY, edits: [['default:\n        return POLICY_SPENT;', 'default:\n        return POLICY_ALLOW;']]},
    {name: 'revoked-phone-goes-on', rule: 'R3', file: ADMIT, edits: [['if (call->actor.revoked &&', 'if (false && call->actor.revoked &&']]},
    {name: 'look-without-case', rule: 'R4', file: POLICY, edits: [['    if (!facts->case_open)\n        return POLICY_NEEDS_CASE;\n    return exists', '    return exists']]},
    {name: 'photo-without-case', rule: 'R4', file: POLICY, edits: [[['        if (!facts->case_open)\n            return POLICY_NEEDS_CASE;\n', ''], ['        if (!may_look(facts))\n            return POLICY_NEEDS_CASE;\n', '']]]},
    {name: 'photo-without-look', rule: 'R4', file: POLICY, edits: [[['return facts->look_live ? POLICY_ALLOW : POLICY_NEEDS_LOOK;', 'return POLICY_ALLOW;'],
        ['return facts->look_live && facts->look_kind == kind ? POLICY_ALLOW : POLICY_NEEDS_LOOK;', 'return POLICY_ALLOW;']]]},
    {name: 'look-for-every-session', rule: 'R4', file: PHOTOS, edits: [['text_same_secret(look->session_hash, call->actor.credential, TOKEN_HASH);', 'true;']]},
    {name: 'look-never-ends', rule: 'R4', file: PHOTOS, edits: [['        call->now < look->expires_at &&\n', '']]},
    {name: 'look-of-every-agent', rule: 'R4', file: PHOTOS, edits: [['strcmp(look->agent_id, call->actor.id) != 0', 'false']]},
    {name: 'agents-of-every-shop', rule: 'R4', file: SUBJECT, edits: [['store_agent_serves(&actor->shippers, shipper_id)', 'true']]},
    {name: 'any-agent-opens-cases', rule: 'R4', file: POLICY, edits: [allowed('PURPOSE_OPEN_CASE', 'actor == ACTOR_RECIPIENT', 'actor == ACTOR_OTHER_AGENT')]},
    {name: 'dispatchers-read-cases', rule: 'R4', file: ADMIT, edits: [['((who & WHO_SUPPORT) && role == ROLE_DISPATCHER)', 'false']]},
    {name: 'signature-outlives-case', rule: 'R4', file: 'src/api/cases.c', edits: [['int result = row->state == CASE_OPEN ? store_proof_get', 'int result = true ? store_proof_get']]},
    {name: 'other-shop-reads-facts', rule: 'R5', file: POLICY, edits: [allowed('PURPOSE_FACTS', 'actor == ACTOR_SHIPPER', 'actor == ACTOR_OTHER_SHIPPER')]},
    {name: 'other-shop-changes', rule: 'R5', file: POLICY, edits: [allowed('PURPOSE_CHANGE', 'actor == ACTOR_SHIPPER', 'actor == ACTOR_OTHER_SHIPPER')]},
    {name: 'refused-is-taken', rule: 'R6', file: POLICY, edits: [['if (policy_refused(facts))\n        return POLICY_DECLINED;', 'if (false)\n        return POLICY_DECLINED;']]},
    {name: 'word-for-all-is-ignored', rule: 'R6', file: POLICY, edits: [[['word = facts->account_consent;', 'word = CONSENT_UNSET;'], [': facts->account_consent;', ': CONSENT_UNSET;']]]},
    {name: 'buyer-says-about-photos', rule: 'R6', file: POLICY, edits: [['case PURPOSE_CONSENT:\n    case PURPOSE_LOOKS:', 'case PURPOSE_CONSENT:\n        return allow_when(actor == ACTOR_RECIPIENT || actor == ACTOR_BUYER);\n    case PURPOSE_LOOKS:']]},
    {name: 'buyer-erases', rule: 'R9', file: POLICY, edits: [['static enum policy_answer decide_erase(const struct policy_facts *facts)\n{\n    if (facts->actor != ACTOR_RECIPIENT)', 'static enum policy_answer decide_erase(const struct policy_facts *facts)\n{\n    if (facts->actor != ACTOR_RECIPIENT && facts->actor != ACTOR_BUYER)']]},
    {name: 'kept-past-its-day', rule: 'R9', file: SWEEP, edits: [[['if (!can_be || photo.delete_by == 0 ||', 'if (true || photo.delete_by == 0 ||'], ['if (!wished && (!can_be ||', 'if (!wished && (true ||']]]},
    {name: 'nothing-is-held', rule: 'R9', file: SWEEP, edits: [[HOLD, 'return 0;']]},
    {name: 'shared-though-withheld', rule: 'R2', file: POLICY, edits: [['return facts->photo == PHOTO_POSTED && facts->confidential == NOT_CONFIDENTIAL && !facts->going;', 'return exists(facts->photo) && !facts->going;']]},
    {name: 'buyer-shares', rule: 'R5', file: POLICY, edits: [['decide_share(const struct policy_facts *facts)\n{\n    if (facts->actor != ACTOR_RECIPIENT)', 'decide_share(const struct policy_facts *facts)\n{\n    if (facts->actor != ACTOR_RECIPIENT && facts->actor != ACTOR_BUYER)']]},
    {name: 'any-look-shows-evidence', rule: 'R4', file: POLICY, edits: [['return facts->look_live && facts->look_kind == kind ?', 'return facts->look_live ?']]},
    {name: 'every-agent-breaks-glass', rule: 'R4', file: POLICY, edits: [['if (facts->actor != ACTOR_AGENT || !facts->administrator)', 'if (facts->actor != ACTOR_AGENT)']],
        also: {file: ADMIT, edits: [['((who & WHO_ADMINISTRATOR) && role != ROLE_ADMINISTRATOR)', 'false']]}},
    {name: 'word-for-address-is-ignored', rule: 'R6', file: POLICY, edits: [['return facts->address_consent != CONSENT_UNSET ? facts->address_consent', 'return false ? facts->address_consent']]},
    {name: 'shops-policy-is-ignored', rule: 'R6', file: POLICY, edits: [['return facts->shipper_refused_address ||', 'return']]},
    {name: 'agents-of-several-serve-all', rule: 'R4', file: 'src/store/agent.c', edits: [['serves = strcmp(shippers->ids[i], shipper_id) == 0;', 'serves = true;']]},
    {name: 'other-shops-admin-breaks-glass', rule: 'R4', file: POLICY, edits: [['if (facts->actor != ACTOR_AGENT || !facts->administrator)', 'if ((facts->actor != ACTOR_AGENT && facts->actor != ACTOR_OTHER_AGENT) || !facts->administrator)']]},
    {name: 'shares-are-not-asked-for', rule: 'R5', file: SUBJECT, edits: [['return share->shown;\n    }\n    return false;', 'return share->shown;\n    }\n    return true;']]},
    {name: 'shown-after-unsharing', rule: 'R5', file: SUBJECT, edits: [['return share->shown;\n    }', 'return true;\n    }']]},
    {name: 'withheld-in-the-export', rule: 'R2', file: 'src/api/export.c', edits: [['if (photos.items[i].state == PHOTO_POSTED)', 'if (photos.items[i].state == PHOTO_POSTED || photos.items[i].state == PHOTO_WITHHELD)'],
        ['subject_ask(&subject, PURPOSE_PHOTO) != POLICY_ALLOW)', 'false)']]},
    {name: 'shared-in-the-buyers-export', rule: 'R1', file: 'src/api/export.c', edits: [['subject_ask(&subject, PURPOSE_ORDER) != POLICY_ALLOW ||', '']]},
    {name: 'buyer-reads-pin', rule: 'R6', file: SHAPES, edits: [['if (subject->facts.actor != ACTOR_RECIPIENT)\n        return shape_order_item(subject);',
        'if (subject->facts.actor != ACTOR_RECIPIENT)\n        return with(shape_order_item(subject), json_pack("{s:o}", "reference", pin_json(call->api, &subject->delivery)));']]},
    {name: 'receipts-for-every-account', rule: 'R9', file: POLICY, edits: [['    case PURPOSE_RECEIPT:\n        return allow_when(actor == ACTOR_RECIPIENT);', '        return allow_when(actor == ACTOR_RECIPIENT);\n    case PURPOSE_RECEIPT:\n        return allow_when(actor == ACTOR_RECIPIENT || actor == ACTOR_BUYER || actor == ACTOR_OTHER_ACCOUNT);']]},
    {name: 'names-are-kept', rule: 'R9', file: 'src/jobs/sweep_personal.c', edits: [['    return store_personal_blank(tx, row->id);', '    return 0;']]},
    {name: 'words-of-cases-are-kept', rule: 'R9', file: 'src/jobs/sweep_personal.c', edits: [['    return store_words_blank(tx, due->id, step->now);', '    return 0;']]},
    {name: 'leaving-erases-nothing', rule: 'R9', file: 'src/api/leave.c', edits: [['return erase_photo(&erasure, tx, photo);', 'return 0;']]},
]);

/**
 * The mutated texts of its files; throws where a mutation does not apply any more.
 * @param {{name: string, file: string, edits: any[][], also?: {file: string, edits: any[][]}}} mutant
 * @returns {Promise<{file: string, text: string}[]>}
 */
export async function mutated({name, file, edits, also = undefined}) {
    let text = await readFile(join(top, file), 'utf8');
    for (const edit of edits) {
        const [before, after] = Array.isArray(edit[0]) ? edit.find(([each]) => text.split(each).length === 2) ?? edit[0] : edit;
        const parts = text.split(before);
        if (parts.length !== 2) throw new Error(`${name}: in ${file} there is ${parts.length - 1} times what it changes:\n${before}`);
        text = parts.join(after);
    }
    return [{file, text}, ...(also ? await mutated({name, ...also}) : [])];
}

let plan;
/** How the build folder compiles each file, and links the program. */
async function buildPlan() {
    if (plan) return plan;
    const build = resolve(top, buildFolder);
    const {stdout} = await run('ninja', ['-C', build, '-t', 'commands', 'porchlight'], {maxBuffer: 1 << 26});
    const lines = stdout.split('\n').filter((line) => !line.startsWith('ninja:'));
    plan = {build, compile: (file) => lines.find((line) => line.endsWith(` -c ../${file}`)), link: lines.find((line) => / -o porchlight /.test(line))};
    return plan;
}

/** Builds a mutant into a folder of its own: its program. */
export async function build(mutant, folder) {
    const {build: at, compile, link} = await buildPlan();
    const program = join(folder, 'porchlight'), objects = [];
    for (const {file, text} of await mutated(mutant)) {
        const source = join(folder, basename(file)), object = `${source}.o`;
        await writeFile(source, text);
        const command = compile(file)?.replace(/ -MD .* -c \S+$/, '').replace(/^ccache /, '');
        if (!command || !link) throw new Error(`${mutant.name}: ${at} does not say how ${file} is compiled`);
        await run('sh', ['-c', `${command} -w -o '${object}' -c '${source}'`], {cwd: at});
        objects.push(`'${object}'`);
    }
    await run('sh', ['-c', link.replace(' -o porchlight ', ` -o '${program}' ${objects.join(' ')} `)], {cwd: at});
    for (const helper of ['porchlight-photo', 'porchlight-paper']) await symlink(join(at, helper), join(folder, helper));
    return program;
}

/** Plays histories against a mutant until it is caught. @returns {Promise<{steps: number, answers: number, check: string|null, message: string}>} */
export async function hunt(mutant, {seed = 1, steps = STEPS_AT_MOST} = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-mutant-'));
    try {
        const program = await build(mutant, folder);
        const {violation, at, answers} = await play(makeHistory(seed, steps), {program, seed});
        if (violation && !(violation instanceof Violation)) throw violation;
        return {steps: at + 1, answers, check: violation?.check ?? null, message: violation?.message ?? ''};
    } finally {
        await rm(folder, {recursive: true, force: true});
    }
}

async function main(names) {
    const chosen = mutants.filter(({name}) => names.length === 0 || names.includes(name));
    let missed = 0;
    for (const [i, mutant] of chosen.entries()) {
        const {steps, answers, check, message} = await hunt(mutant, {seed: SEEDS[i % SEEDS.length]});
        missed += check === null ? 1 : 0;
        console.log(`${mutant.rule}  ${mutant.name.padEnd(30)} ${check === null ? `NOT CAUGHT in ${steps} steps` : `caught after ${String(steps).padStart(3)} steps, ${String(answers).padStart(6)} answers, by: ${check}`}`);
        if (process.env.PORCHLIGHT_SHOW_LOG) console.log(`    ${message.slice(0, 300)}`);
    }
    console.log(`${chosen.length - missed} of ${chosen.length} mutations caught`);
    return missed === 0;
}

if (process.argv[1]?.endsWith('mutants.js')) process.exitCode = await main(process.argv.slice(2)) ? 0 : 1;
