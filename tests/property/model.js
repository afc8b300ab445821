// SPDX-License-Identifier: Apache-2.0
//
// What is so, and who may see it, written down from rules R1 to R9 of docs/design.md §3. Nothing of this is taken from
// src/domain or src/api: a delivery is remembered as what was done to it, and each question is answered from that with the words of
// the rule. Where a rule leaves no freedom the answer is one word: 'ok', or the slug of a problem. `unsure` marks what the rules
// leave to a moment's chance (a sweep that is under way); such a delivery is not judged until it has settled.
//
// A history tells the model what it does after the server has answered (steps.js); ask.js asks both and compares.
import {DAY, HOUR, MINUTE} from './clock.js';

/** The settings the server runs with that rules depend on. */
export const TERMS = {lookMs: 15 * MINUTE, agentSessionMs: 10 * HOUR, sessionMs: 20 * DAY, photoDeadlineMs: 48 * HOUR, endedStopMs: 24 * HOUR, holdMs: 90 * DAY,
    freshMs: 30 * MINUTE, namesMs: 20 * DAY, idleMs: 60 * DAY, wordsMs: 10 * DAY, complaintMs: 40 * DAY};

const UNDER_WAY = ['created', 'out_for_delivery', 'attempted'];
const MAY_FOLLOW = {
    created: ['out_for_delivery', 'delivered', 'attempted', 'cancelled'],
    out_for_delivery: ['delivered', 'attempted', 'returned', 'cancelled'],
    attempted: ['out_for_delivery', 'returned', 'cancelled'],
    delivered: [], returned: [], cancelled: [],
};

export class Model {
    /** @param {import('./clock.js').Clock} clock */
    constructor(clock) {
        this.clock = clock;
        this.shippers = new Map(); // name → {name, retentionDays, takesConfidential, refusesDark}
        this.people = new Map(); // name → {name, email, word, session}
        this.drivers = new Map(); // name → {name, shipper}
        this.deliveries = []; // in the order they were made
        this.cases = [];
        this.looks = [];
        this.complaints = []; // {n, id, token, open, messages, deleteBy, c}
        this.refusals = []; // {id, by: 'recipient'|'note'|'shop', email?, address?, n?, shipper?}
    }

    get now() {
        return this.clock.now();
    }

    // ---- who asks ----

    /** How whoever asks stands to an operation for such people: 'ok', 'out' (not signed in as one), 'role' or 'revoked'. */
    admits(actor, who) {
        if (who === 'anyone') return 'ok';
        const [kind, role] = who.split('/');
        if (actor.kind !== kind || !this.isSignedIn(actor)) return 'out';
        if (actor.kind === 'device' && actor.revoked) return 'revoked';
        if (role === 'support' && actor.role === 'dispatcher') return 'role';
        if (role === 'dispatch' && actor.role === 'agent') return 'role';
        if (role === 'admin' && actor.role !== 'administrator') return 'role';
        return 'ok';
    }

    /** A session has an end; keys and devices last. */
    isSignedIn(actor) {
        return !['person', 'agent'].includes(actor.kind) || (actor.session !== null && this.now < actor.session.until);
    }

    /** What is asked only of who signed in within the half hour. */
    isFresh(actor) {
        return this.now - actor.session.since < TERMS.freshMs;
    }

    /** Whether an agent works for a shop: one of theirs, or all (null). */
    worksFor(actor, shipper) {
        return actor.shippers === null || actor.shippers.includes(shipper);
    }

    /** What somebody is to a delivery: recipient, buyer, shipper, driver, agent, or nobody. */
    relation(actor, d) {
        switch (actor.kind) {
            case 'person': return actor.email === d.to ? 'recipient' : actor.email === d.buyer ? 'buyer' : 'nobody';
            case 'shipper': return actor.shipper === d.shipper ? 'shipper' : 'nobody';
            case 'device': return actor.driver === d.driver ? 'driver' : 'nobody';
            case 'agent': return actor.role !== 'dispatcher' && this.worksFor(actor, d.shipper) ? 'agent' : 'nobody';
            default: return 'nobody';
        }
    }

    // ---- what may be read ----

    /**
     * The pieces of a delivery that somebody may find in any answer at all. Letters of needles.js.
     * R1: a link shows the state alone; a buyer the state and what was ordered. R3: a driver what the door needs, while it does.
     * R4: agents what a case is about. R5: a shipper the facts it gave. Nobody: not even that it exists.
     */
    readable(actor, d) {
        if (this.isDispatcherOf(actor, d)) return d.blank ? 'Dr' : 'Dnarh';
        switch (this.isSignedIn(actor) && !actor.revoked ? this.relation(actor, d) : 'nobody') {
            case 'recipient': return 'DCLPnarilckhs';
            case 'buyer': return 'Drs';
            case 'shipper': return d.blank ? 'DCLPTr' : 'DCLPTnarilh';
            case 'agent': return `DCLPdr${d.blank ? '' : 'nailkh'}${this.casesOf(d).some((c) => !c.blank) ? 'c' : ''}${this.openCases(d).length > 0 ? 'f' : ''}`;
            case 'driver': return d.blank ? 'Dr' : this.isOnRound(d) ? `Dnaril${UNDER_WAY.includes(d.state) ? 'h' : ''}` : '';
            default: return '';
        }
    }

    /** Dispatchers find deliveries by what somebody knows of them: whom and where they are for, nothing of photos and cases. */
    isDispatcherOf(actor, d) {
        return actor.kind === 'agent' && actor.role === 'dispatcher' && this.isSignedIn(actor) && this.worksFor(actor, d.shipper);
    }

    /** Whose mail addresses somebody may read: one's own; a shipper those it was given; agents those of recipients. */
    mayReadPerson(actor, email) {
        if (!this.isSignedIn(actor)) return false;
        if (actor.kind === 'person') return actor.email === email;
        if (actor.kind === 'shipper') return this.deliveries.some((d) => d.shipper === actor.shipper && !d.blank && d.everKnown.has(email)) || this.refusals.some((r) => r.shipper === actor.shipper && r.email === email);
        if (actor.kind === 'agent') return this.deliveries.some((d) => (this.relation(actor, d) === 'agent' || this.isDispatcherOf(actor, d)) && d.to === email);
        return false;
    }

    /** A driver's name: its shipper, itself, whoever plans there, and agents (with a case on its delivery). */
    mayReadDriver(actor, driver) {
        const {shipper} = this.drivers.get(driver);
        if (actor.kind === 'device') return actor.driver === driver;
        return actor.kind === 'agent' ? this.worksFor(actor, shipper) : actor.kind === 'shipper' && actor.shipper === shipper;
    }

    // ---- the delivery ----

    openCases(d) {
        return this.cases.filter((c) => c.d === d && c.open);
    }

    casesOf(d) {
        return this.cases.filter((c) => c.d === d);
    }

    looksOf(d) {
        return this.looks.filter((l) => l.d === d);
    }

    kept(d) {
        return d.photos.filter((p) => !p.gone);
    }

    /** The kept photo of an attempt; without one the newest. */
    photo(d, attempt) {
        return this.kept(d).filter((p) => attempt === undefined || p.attempt === attempt).sort((a, b) => a.attempt - b.attempt).at(-1);
    }

    /** Where a delivery goes, as refusals at an address know it. */
    addressOf(d) {
        return `${d.n} ${d.line}`;
    }

    refusesAtAddress(d) {
        return this.refusals.some((r) => r.by === 'recipient' && r.email === d.to && r.address === this.addressOf(d));
    }

    /** What the shop noted of its recipient, or decided of the address: 'for_you', 'for_address' or null. */
    shopsWord(d) {
        const own = this.refusals.filter(({shipper}) => shipper === d.shipper);
        if (own.some((r) => r.by === 'shop' && r.address === this.addressOf(d))) return 'for_address';
        return this.isNoted(d) ? 'for_you' : null;
    }

    isNoted(d) {
        return this.refusals.some((r) => r.by === 'note' && r.shipper === d.shipper && r.email === d.to);
    }

    /** R6: the recipient's nearest word: about this delivery, about the address, for all. */
    ownWord(d) {
        if (d.word !== 'unset') return d.word;
        if (this.refusesAtAddress(d)) return 'refused';
        return [...this.people.values()].find(({email}) => email === d.to)?.word ?? 'unset';
    }

    /** And a shop's: what it was told counts until the recipient speaks of this delivery; what it decided of an address always does. */
    isRefused(d) {
        return this.ownWord(d) === 'refused' || this.shopsWord(d) === 'for_address' || (d.word === 'unset' && this.isNoted(d));
    }

    /** The shipper asks for none, or (R2) takes none of a confidential address. */
    isUnwanted(d) {
        return d.want === 'none' || (d.marking !== null && !this.shippers.get(d.shipper).takesConfidential);
    }

    /** Where the photo of an attempt begins: [state, reason]. */
    beginning(d) {
        if (d.want === 'none') return ['none', 'not_asked'];
        if (this.isUnwanted(d)) return ['none', d.marking];
        return this.isRefused(d) ? ['declined', this.ownWord(d) === 'refused' ? 'by_recipient' : 'by_shipper'] : ['expected', null];
    }

    /** After something was said: a photo that is still to come follows it; after the door only one that is still expected ceases to be. */
    follow(d) {
        if (this.isComing(d)) d.coming = this.beginning(d);
    }

    isComing(d) {
        const [state] = d.coming;
        const open = UNDER_WAY.includes(d.state) && ['expected', 'none', 'declined'].includes(state);
        return open || (d.state === 'delivered' && state === 'expected');
    }

    /** The photo of the present attempt as those who may know it read it: [state, reason]. */
    standing(d) {
        const photo = d.photos.find((p) => p.attempt === d.attempt);
        if (!photo) return this.isComing(d) ? this.beginning(d) : d.coming; // every reading asks the policy
        if (photo.gone) return ['erased', photo.gone];
        return d.marking === null ? ['posted', null] : ['withheld', d.marking];
    }

    /** Whether a stop is on its driver's round: open, or not long ended. */
    isOnRound(d) {
        return UNDER_WAY.includes(d.state) || (d.state === 'delivered' && this.now < d.reportedAt + TERMS.endedStopMs);
    }

    // ---- the picture ----

    /** R1, R2: the recipient's question for a picture. */
    recipientsPhoto(actor, d, attempt) {
        if (this.relation(actor, d) === 'buyer') return this.sharedPhoto(d, 'buyer', attempt) ? 'ok' : 'not-found';
        if (this.relation(actor, d) !== 'recipient') return 'not-found';
        if (d.marking !== null) return 'photo-withheld';
        return this.photo(d, attempt) ? 'ok' : 'no-photo';
    }

    /** The photo that a recipient shows to buyer or shipper: of an attempt, else the newest. Not while it is withheld, nor once it is to go. */
    sharedPhoto(d, whom, attempt) {
        if (d.marking !== null) return undefined;
        return this.kept(d).filter((p) => p.shared.has(whom) && !p.going && (attempt === undefined || p.attempt === attempt)).sort((a, b) => a.attempt - b.attempt).at(-1);
    }

    /** R5: the shipper's question for a picture. */
    shippersPhoto(actor, d, attempt) {
        if (this.relation(actor, d) !== 'shipper') return 'not-found';
        return this.sharedPhoto(d, 'shipper', attempt) ? 'ok' : 'not-shared';
    }

    /** R4: a look is its agent's and its case's; open case, photo still there, not run out, in the session that began it. */
    looksPhoto(actor, c, look) {
        return this.lookedAt(actor, look, 'photo');
    }

    /** What a look is at: the picture, or the evidence; under its case, or (break-glass) without one while one is an administrator. */
    lookedAt(actor, look, kind) {
        if (look.agent !== actor.agent || this.relation(actor, look.d) !== 'agent') return 'not-found';
        if (look.c && !look.c.open) return 'needs-case';
        if (look.photo.gone) return 'no-photo';
        return this.isLive(actor, look) && look.kind === kind ? 'ok' : 'needs-look';
    }

    isLive(actor, look) {
        return look.session === actor.session && this.now < look.until && (look.c === null || look.c.open) && !look.photo.gone;
    }

    // ---- what may be done ----

    /** R3, R6: an upload for a stop by a device, with a challenge that it was given for an attempt; one that is over may still bring its photo. */
    upload(actor, d, attempt) {
        if (actor.revoked) return 'device-revoked';
        if (this.relation(actor, d) !== 'driver') return 'photo-unwanted';
        if (['cancelled', 'returned'].includes(d.state)) return 'delivery-ended';
        if (this.isRefused(d)) return 'photo-declined';
        if (this.isUnwanted(d)) return 'photo-unwanted';
        return d.photos.some((p) => p.attempt === attempt) ? 'challenge-spent' : 'ok';
    }

    mayBecome(d, state) {
        return MAY_FOLLOW[d.state].includes(state);
    }

    /** With a photo or a case a delivery is its recipient's: the contact stays. */
    mayChangeContact(d) {
        return this.kept(d).length === 0 && this.casesOf(d).length === 0;
    }

    // ---- what was done ----

    create(facts) {
        const d = {n: this.deliveries.length, word: 'unset', state: 'created', attempt: 1, version: 1, oldTokens: [], photos: [], proof: null, line: '10115 Berlin', reportedAt: 0,
            mail: null, blank: false, left: false, pin: null, madeAt: this.now, touchedAt: this.now, endedAt: 0, everKnown: new Set([facts.to, facts.buyer]), ...facts};
        this.heed(d);
        d.coming = this.beginning(d);
        this.deliveries.push(d);
        return d;
    }

    say(d, word) {
        d.word = word;
        this.follow(d);
    }

    sayForAll(person, word) {
        person.word = word;
        this.followAll((d) => d.to === person.email);
    }

    /** After a word that is about many: those whose photo it moves. */
    followAll(fits) {
        for (const d of this.deliveries.filter(fits)) {
            const [before] = d.coming, was = d.coming;
            this.follow(d);
            if (d.coming[0] === before) d.coming = was;
        }
    }

    /** Whom or what a refusal is about. */
    concerns(r, d) {
        return (r.by === 'recipient' || r.shipper === d.shipper) && (r.by === 'shop' || r.email === d.to) && (r.by === 'note' || r.address === this.addressOf(d));
    }

    refuse(r) {
        this.refusals.push(r);
        this.followAll((d) => this.concerns(r, d));
    }

    lift(r) {
        this.refusals.splice(this.refusals.indexOf(r), 1);
        this.followAll((d) => this.concerns(r, d));
    }

    /** A shipper's change; recipient and driver by what they are now. */
    change(d, changes) {
        const before = d.to, refused = this.ownWord(d) === 'refused' || (d.word === 'unset' && this.isNoted(d));
        Object.assign(d, changes);
        if (d.marking !== null) for (const photo of d.photos) photo.shared.clear(); // for good: unmarked later, it is shown to nobody
        if (d.to !== before) {
            d.everKnown.add(d.to);
            d.pin = null;
            if (refused) d.word = 'refused'; // of whatever reach it was, a refusal stays
            else if (d.word === 'allowed') d.word = 'unset'; // the leave was another's
        }
        this.heed(d);
        this.follow(d);
    }

    /** Who refused everything and left is heard with each delivery that comes meanwhile. */
    heed(d) {
        const person = [...this.people.values()].find(({email}) => email === d.to);
        if (d.word === 'unset' && person?.gone && person.word === 'refused') d.word = 'refused';
    }

    setOut(driver) {
        for (const d of this.deliveries.filter((each) => each.driver === driver && this.mayBecome(each, 'out_for_delivery'))) {
            this.follow(d); // the policy is asked, by what the shop has set now
            if (d.state === 'attempted') {
                d.attempt++;
                d.coming = this.beginning(d);
                d.reportedAt = 0;
            }
            d.state = 'out_for_delivery';
        }
    }

    report(d, state, {otherProof = false, kept = null} = {}) {
        this.follow(d); // what is written is what every reading said until then
        d.state = state;
        d.reportedAt = this.now;
        if (state === 'delivered' && otherProof && ['expected', 'missing'].includes(d.coming[0])) d.coming = ['missing', 'other_proof'];
        if (kept) d.proof = {value: kept, deleteBy: this.now + this.shippers.get(d.shipper).retentionDays * DAY};
    }

    end(d, state) {
        this.follow(d);
        d.state = state;
        d.endedAt = this.now;
        if (['expected', 'missing'].includes(d.coming[0])) d.coming = ['none', 'cancelled'];
    }

    store(d, attempt) {
        d.photos.push({attempt, gone: null, shared: new Set(), going: null, deleteBy: this.now + this.shippers.get(d.shipper).retentionDays * DAY});
    }

    erase(d, photos, reason) {
        for (const photo of photos) {
            photo.gone = reason;
            if (photo.attempt === d.attempt) d.proof = null;
        }
    }

    /** R9: what an open case holds goes when it lets go; what was shared is shared no more. True: it is gone now. */
    askToErase(d, photos) {
        if (!this.isHeld(d)) {
            this.erase(d, photos, 'by_recipient');
            return true;
        }
        const until = Math.max(...this.openCases(d).map(({openedAt}) => openedAt)) + TERMS.holdMs;
        for (const photo of photos) {
            photo.going ??= until;
            photo.shared.clear();
        }
        return false;
    }

    /** What waited for a case that has ended: gives whether something went. */
    letGo(d) {
        const going = this.kept(d).filter((p) => p.going !== null && (!this.isHeld(d) || this.now >= p.going));
        this.erase(d, going, 'by_recipient');
        return going.length > 0;
    }

    openCase(d, by) {
        const c = {n: this.cases.length, d, open: true, by, openedAt: this.now, messages: by === 'recipient' ? 1 : 0, id: null, blank: false, resolvedAt: 0, kind: null};
        this.cases.push(c);
        return c;
    }

    /** A look of a kind, under a case or (null) without one. */
    look(d, c, actor, photo, kind = 'photo') {
        const look = {n: this.looks.length, c, d, kind, photo, agent: actor.agent, session: actor.session, until: this.now + TERMS.lookMs, id: null};
        this.looks.push(look);
        return look;
    }

    // ---- time ----

    /** R9: an open case holds what there is of a delivery, 90 days at most. */
    isHeld(d) {
        return this.openCases(d).some(({openedAt}) => this.now < openedAt + TERMS.holdMs);
    }

    /** R9: the account ends: photos as if each were deleted, what is under way is refused, and a refusal alone outlives it, unless that goes too. */
    leave(person, forget) {
        const tally = {erased: 0, held: 0, kept: !forget && (person.word === 'refused' || this.refusals.some((r) => r.by === 'recipient' && r.email === person.email))};
        for (const d of this.deliveries.filter((each) => each.to === person.email)) {
            const photos = this.kept(d);
            tally[this.isHeld(d) ? 'held' : 'erased'] += photos.length;
            this.askToErase(d, photos);
            if (UNDER_WAY.includes(d.state) && d.word !== 'refused') this.say(d, 'refused');
            d.left = true;
        }
        for (const d of this.deliveries.filter(({buyer}) => buyer === person.email)) {
            d.buyer = null;
            for (const photo of d.photos) photo.shared.delete('buyer');
        }
        if (forget) for (const r of this.refusals.filter(({email}) => email === person.email)) this.lift(r);
        if (forget || person.word === 'allowed') person.word = 'unset';
        Object.assign(person, {session: null, gone: true});
        return tally;
    }

    /** Whether the names of a delivery may be gone by now: after its end, or when its recipient has left; not while a photo or words of a case are there. */
    mayBlank(d) {
        const isOver = !UNDER_WAY.includes(d.state), ended = d.state === 'delivered' ? d.reportedAt : d.endedAt;
        if (this.kept(d).length > 0) return false;
        if (d.left) return isOver && !this.isHeld(d);
        return this.now >= (isOver ? ended + TERMS.namesMs : d.madeAt + TERMS.idleMs) && this.casesOf(d).every((c) => c.blank);
    }

    /** And whether they must be: each day is asked once. */
    mustBlank(d) {
        const isOver = !UNDER_WAY.includes(d.state);
        return this.mayBlank(d) && isOver && this.now >= d.touchedAt + (d.left ? 0 : TERMS.namesMs) + 3 * DAY && this.casesOf(d).every((c) => this.now >= c.resolvedAt + TERMS.wordsMs + 3 * DAY);
    }

    /** Nothing of people is in it any more. */
    makeBlank(d) {
        Object.assign(d, {blank: true, to: null, buyer: null, phone: null, proof: null, pin: null});
        this.looks = this.looks.filter((look) => look.d !== d);
    }

    /** The words of a case go after its end, or after that of its hold. */
    sweepWords(changed) {
        for (const c of this.cases.filter((each) => !each.blank && this.now >= (each.open ? each.openedAt + TERMS.holdMs : each.resolvedAt) + TERMS.wordsMs)) {
            if (c.open) this.resolve(c);
            Object.assign(c, {blank: true, messages: 0});
            changed.add(c.d);
        }
    }

    resolve(c) {
        c.open = false;
        c.resolvedAt = this.now;
    }

    /** One that is still expected after its deadline is missing, also when it is expected again after it. */
    misses(d) {
        const isOverdue = d.coming[0] === 'expected' && !d.photos.some((p) => p.attempt === d.attempt) && d.reportedAt > 0 && this.now - d.reportedAt > TERMS.photoDeadlineMs;
        if (isOverdue) d.coming = ['missing', 'deadline_passed'];
        return isOverdue;
    }

    /** What a sweep at this moment does: gives the deliveries that it changes, and those whose photos it passes over because they are held. */
    sweep() {
        const changed = new Set(), held = new Set();
        for (const d of this.deliveries) {
            if (this.misses(d)) changed.add(d);
            if (this.letGo(d)) changed.add(d);
            if (d.proof && d.proof.deleteBy <= this.now) {
                if (this.isHeld(d)) d.proof.deleteBy = this.now + DAY;
                else d.proof = null;
            }
            for (const photo of this.kept(d).filter((p) => p.deleteBy <= this.now)) {
                if (this.isHeld(d)) {
                    photo.deleteBy = this.now + DAY;
                    held.add(d);
                } else {
                    this.erase(d, [photo], 'retention');
                    changed.add(d);
                }
            }
        }
        this.sweepWords(changed);
        this.complaints = this.complaints.filter(({deleteBy}) => this.now < deleteBy);
        return {changed, held};
    }
}
