// SPDX-License-Identifier: Apache-2.0
//
// The round: how much of it is done, the next stop on top, all others below in their order, with a filter and a search. What has
// to be done again (a photo that was refused) comes before everything else, since the driver may still be near.
import {useState} from 'preact/hooks';
import {isDelivered, isOpen, nextOf, search, together} from '../round.js';
import {t, tn} from '../words.js';
import {Again} from './again.jsx';
import {Icon} from './icons.jsx';
import {go, Heading, Screen, usePorch} from './parts.jsx';
import {sayAct} from './said.js';

const FILTERS = /** @type {const} */ (['open', 'done', 'all']);

export function Today() {
    const {stops, state, outbox} = usePorch();
    const [filter, setFilter] = useState(/** @type {typeof FILTERS[number]} */ ('open'));
    const [query, setQuery] = useState('');
    const next = nextOf(stops);
    const waits = stops.some((stop) => stop.state === 'created');
    const listed = search(stops, query).filter((stop) => filter === 'all' || isOpen(stop) === (filter === 'open'));
    const onTop = query === '' && filter === 'open' ? next : null; // it is not listed again, nor what goes to the same door
    const above = onTop ? together(stops, onTop) : [];
    const rest = listed.filter((stop) => !above.includes(stop));
    return (
        <Screen settings primary={next && <Onward {...{next, waits, outbox, online: state.online}} />}>
            <Heading>{t('Today')}</Heading>
            <Tally stops={stops} />
            <Again />
            {onTop && <Next stop={onTop} stops={stops} />}
            {stops.length === 0 ? <Empty /> : <Sieve {...{filter, setFilter, query, setQuery}} />}
            {stops.length > 0 && !(onTop && rest.length === 0) && <List stops={rest} acts={state.acts} query={query} />}
        </Screen>
    );
}

/** The one button: set out, or go on. */
function Onward({next, waits, outbox, online}) {
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState(false);
    const start = async () => {
        setBusy(true);
        setFailed(false);
        try {
            await outbox.startRound();
        } catch {
            setFailed(true);
        }
        setBusy(false);
    };
    if (!waits || next.state === 'out_for_delivery')
        return <button type="button" class="primary" onClick={() => go(`#/stop/${next.delivery_id}`)}>{t('Next stop')}</button>;
    return (
        <>
            {failed && <p class="error" role="alert">{online ? t('The round could not be started. Try again.') : t('Starting the round needs a network once.')}</p>}
            <button type="button" class="primary" disabled={busy} onClick={start}>{t('Start the round')}</button>
        </>
    );
}

function Tally({stops}) {
    const done = stops.filter(isDelivered).length;
    if (stops.length === 0) return null;
    return (
        <div class="tally">
            <p id="tally">{t('{done} of {all} delivered', {done, all: stops.length})}</p>
            <progress value={done} max={stops.length} aria-labelledby="tally" />
        </div>
    );
}

function Next({stop, stops}) {
    const parcels = together(stops, stop).reduce((sum, each) => sum + each.parcels.length, 0);
    return (
        <section class="card next" aria-labelledby="next">
            <p class="soft small">{t('Next')}</p>
            <h2 id="next"><a href={`#/stop/${stop.delivery_id}`}>{stop.name}</a></h2>
            <p class="address">{stop.address.lines.map((line) => <span class="line" key={line}>{line}</span>)}</p>
            <p class="soft small">{tn('{n} parcel', '{n} parcels', {n: parcels})}</p>
        </section>
    );
}

function Empty() {
    const {outbox} = usePorch();
    return (
        <div class="empty">
            <p>{t('No stops yet. They appear here when dispatch gives you a round.')}</p>
            <button type="button" onClick={() => outbox.refresh().catch(() => {})}>{t('Look again')}</button>
        </div>
    );
}

function Sieve({filter, setFilter, query, setQuery}) {
    const words = {open: t('To do'), done: t('Done'), all: t('All')};
    return (
        <div class="sieve">
            <label><span class="unseen">{t('Search')}</span>
                <input type="search" value={query} placeholder={t('Name, street or parcel')} enterkeyhint="search" onInput={({currentTarget}) => setQuery(currentTarget.value)} />
            </label>
            <div class="tabs" role="group" aria-label={t('Show')}>
                {FILTERS.map((each) => <button type="button" key={each} aria-pressed={each === filter} onClick={() => setFilter(each)}>{words[each]}</button>)}
            </div>
        </div>
    );
}

function List({stops, acts, query}) {
    if (stops.length === 0) return <p class="soft" role="status">{query ? t('Nothing found.') : t('Nothing here.')}</p>;
    return (
        <ul class="stops" aria-label={t('Stops')}>
            {stops.map((stop) => <Row key={stop.delivery_id} stop={stop} act={acts.findLast(({delivery_id: id}) => id === stop.delivery_id)} />)}
        </ul>
    );
}

function Row({stop, act}) {
    return (
        <li>
            <span class="at">{stop.position ?? '·'}</span>
            <span><a href={`#/stop/${stop.delivery_id}`}>{stop.name}</a><span class="where">{stop.address.lines.join(', ')}</span></span>
            <StateOf stop={stop} act={act} />
        </li>
    );
}

/** The act's state while there is one, else the stop's. */
function StateOf({stop, act}) {
    if (stop.state === 'attempted' || act?.kind === 'attempted') return <span class="state bad">{act && act.state !== 'sent' ? sayAct(act) : t('Not delivered')}</span>;
    if (act && act.state !== 'sent') return <span class={`state${act.state === 'retake' || act.state === 'pin' ? ' bad' : ''}`}><Icon of="wait" />{sayAct(act)}</span>;
    if (isDelivered(stop)) return <span class="state good"><Icon of="sent" />{act ? t('Sent') : t('Delivered')}</span>;
    return <span class="state"><Icon of="next" /></span>;
}
