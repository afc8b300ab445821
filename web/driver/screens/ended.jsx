// SPDX-License-Identifier: Apache-2.0
//
// What became of a stop that is over. A photo that was sent is told of and never shown: it is not on the phone any more. One that
// the server rejected can be taken again (the stop's amber button), sent all the same with a reason, or given up, here.
import {useState} from 'preact/hooks';
import {t} from '../words.js';
import {usePorch} from './parts.jsx';
import {Reasons} from './reasons.jsx';
import {sayAct, sayPlace, sayReason, sayRefusal, sayVerdict} from './said.js';

/** @param {{stop: import('../types.js').Stop, act: import('../types.js').ActView | undefined}} props */
export function Ended({stop, act}) {
    const headline = stop.state === 'attempted'
        ? t('Not delivered: {reason}', {reason: sayReason(stop.attempt_reason ?? '')})
        : t('Delivered: {place}', {place: sayPlace(stop.left_at ?? '')});
    return (
        <div class={act?.state === 'retake' || act?.state === 'refused' ? 'callout wrong' : 'card'}>
            <h2>{headline}</h2>
            <p>{sayEnd(stop, act)}</p>
        </div>
    );
}

function sayEnd(stop, act) {
    if (act?.state === 'retake') return sayVerdict(act.reason);
    if (act?.state === 'refused') return sayRefusal(act.reason);
    if (act && act.state !== 'sent') return sayAct(act);
    return stop.photo.upload === 'none' && !act?.has_photo ? t('Sent.') : t('Sent. The photo is no longer on this phone; it belongs to the recipient.');
}

/** What else can be done with a rejected picture. @param {{act: import('../types.js').ActView}} props */
export function Otherwise({act}) {
    const {outbox} = usePorch();
    const [asking, setAsking] = useState(false);
    const [reason, setReason] = useState('');
    if (asking) {
        return (
            <div class="card">
                <Reasons reason={reason} setReason={setReason} />
                <button type="button" class="wide" disabled={!reason} onClick={() => outbox.sendAnyway(act.id, reason)}>{t('Use it anyway')}</button>
            </div>
        );
    }
    return (
        <div class="stack">
            {act.can_send_anyway && <button type="button" onClick={() => setAsking(true)}>{t('Use the same picture anyway')}</button>}
            <button type="button" onClick={() => outbox.dropPhoto(act.id)}>{t('Leave it without a photo')}</button>
        </div>
    );
}
