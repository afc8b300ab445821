// SPDX-License-Identifier: Apache-2.0
//
// One stop: who, where, what to know, what to leave there. The one amber button says what comes next: scan, deliver, take the
// photo again, go on. "Can't deliver" stands in the page, away from it. Deliveries of one person at one door are one stop here.
import {isDelivered, isOpen, mapLink, nextOf, scansFirst, takesPhoto, together} from '../round.js';
import {t, tn} from '../words.js';
import {Again} from './again.jsx';
import {Ended, Otherwise} from './ended.jsx';
import {Icon} from './icons.jsx';
import {go, Heading, Screen, usePorch} from './parts.jsx';
import {isTicked} from './ticks.js';

export function Stop({stop}) {
    const {stops, state} = usePorch();
    const group = together(stops, stop);
    const act = state.acts.findLast(({delivery_id: id}) => id === stop.delivery_id);
    return (
        <Screen back="#/" primary={<Onward stop={stop} group={group} act={act} />}>
            <Again but={stop.delivery_id} />
            <Heading class="name">{stop.name}</Heading>
            <address class="address">{stop.address.lines.map((line) => <span class="line" key={line}>{line}</span>)}</address>
            <Tags stop={stop} />
            {stop.instructions && isOpen(stop) && <div class="callout"><h2>{t('Note')}</h2><p class="notes">{stop.instructions}</p></div>}
            {isOpen(stop) && <NoPhoto group={group} />}
            {!isOpen(stop) && <Ended stop={stop} act={act} />}
            {act?.state === 'retake' && <Otherwise act={act} />}
            {isOpen(stop) && <Ways stop={stop} />}
            <Parcels group={group} />
            {isOpen(stop) && <button type="button" class="plain cannot" onClick={() => go(`#/stop/${stop.delivery_id}/cannot`)}>{t('Can’t deliver')}</button>}
        </Screen>
    );
}

/** What the amber button does now. */
function Onward({stop, group, act}) {
    const {stops, prefs} = usePorch();
    const {delivery_id: id} = stop;
    const key = (text, hash) => <button type="button" class="primary" onClick={() => go(hash)}>{text}</button>;
    if (act?.state === 'retake') return key(t('Take the photo again'), `#/stop/${id}/retake`);
    if (!isOpen(stop)) {
        const next = nextOf(stops);
        return next ? key(t('Next stop'), `#/stop/${next.delivery_id}`) : key(t('To the round'), '#/');
    }
    if (!scanIsNext(prefs, group)) return key(t('Deliver'), `#/stop/${id}/where`);
    return (
        <>
            {key(t('Scan parcels'), `#/stop/${id}/scan`)}
            <button type="button" class="plain wide" onClick={() => go(`#/stop/${id}/where`)}>{t('Deliver without scanning')}</button>
        </>
    );
}

/** Parcels that can be told apart by their codes are scanned before they are left. */
const scanIsNext = (prefs, group) => group.some((stop) => scansFirst(stop) && stop.parcels.some(({code}) => code !== null && !isTicked(prefs, stop, code)));

function Tags({stop: {window: span, reference, time_zone: zone}}) {
    const clock = (time) => new Date(time).toLocaleTimeString(document.documentElement.lang, {hour: '2-digit', minute: '2-digit', timeZone: zone});
    return (
        <p class="tags">
            <span class="tag">{reference}</span>
            {span?.from && span?.to && <span class="tag">{t('{from} to {to}', {from: clock(span.from), to: clock(span.to)})}</span>}
            {!span?.from && span?.to && <span class="tag">{t('By {time}', {time: clock(span.to)})}</span>}
            {span?.from && !span?.to && <span class="tag">{t('From {time}', {time: clock(span.from)})}</span>}
        </p>
    );
}

/** Two equal ways to find the person. */
function Ways({stop}) {
    return (
        <div class="pair">
            {stop.phone
                ? <a class="button" href={`tel:${stop.phone}`}><Icon of="call" />{t('Call')}</a>
                : <button type="button" disabled><Icon of="call" />{t('No number')}</button>}
            <a class="button" href={mapLink(stop, navigator.userAgent)} target="_blank" rel="noreferrer"><Icon of="map" />{t('Navigate')}</a>
        </div>
    );
}

function Parcels({group}) {
    const {prefs} = usePorch();
    const [stop] = group;
    const all = group.flatMap((each) => each.parcels.map((parcel) => ({...parcel, stop: each})));
    const codes = all.some(({code}) => code !== null);
    return (
        <section class="card" aria-labelledby="parcels">
            <h2 id="parcels">{tn('{n} parcel', '{n} parcels', {n: all.length})}</h2>
            {group.length > 1 && <p class="soft small">{t('{n} deliveries for this person are finished together.', {n: group.length})}</p>}
            <ul class="parcels">
                {all.map((parcel, at) => <Parcel key={at} parcel={parcel} at={at} ticked={isTicked(prefs, parcel.stop, parcel.code) || isDelivered(parcel.stop)} />)}
            </ul>
            {isOpen(stop) && codes && !scanIsNext(prefs, group) && (
                <button type="button" class="wide" onClick={() => go(`#/stop/${stop.delivery_id}/scan`)}><Icon of="scan" />{t('Scan')}</button>
            )}
        </section>
    );
}

function Parcel({parcel: {label, code}, at, ticked}) {
    return (
        <li>
            <span class={`tick${ticked ? ' on' : ''}`}>{ticked && <Icon of="sent" />}</span>
            <span>{label ?? code ?? t('Parcel {n}', {n: at + 1})}{label && code && <span class="soft small line">{code}</span>}</span>
            {ticked && <span class="unseen">{t('checked')}</span>}
        </li>
    );
}

function NoPhoto({group}) {
    if (group.some(takesPhoto)) return null;
    return <div class="callout"><h2>{t('No photo here')}</h2><p>{t('Show the delivery in another way: by a scan, a PIN or a name.')}</p></div>;
}
