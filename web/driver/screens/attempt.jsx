// SPDX-License-Identifier: Apache-2.0
//
// It could not be delivered: why, and a photo of the attempt or of the damage if the driver wants one and the recipient lets it
// be taken.
import {useState} from 'preact/hooks';
import {isOpen, REASONS, takesPhoto, together} from '../round.js';
import {t} from '../words.js';
import {finish} from './finish.js';
import {Icon} from './icons.jsx';
import {go, Heading, Over, Screen, usePorch} from './parts.jsx';
import {sayReason} from './said.js';

export function Attempt({stop}) {
    const porch = usePorch();
    const [reason, setReason] = useState('');
    const [missing, setMissing] = useState(false);
    const [failed, setFailed] = useState(false);
    const group = together(porch.stops, stop);
    if (!isOpen(stop)) return <Over />;
    const then = (next) => () => {
        if (reason) next();
        else setMissing(true);
    };
    const report = then(() => finish(porch, group, {kind: 'attempted', reason}).catch(() => setFailed(true)));
    const picture = then(() => go(`#/stop/${stop.delivery_id}/damage/${reason}`));
    return (
        <Screen back={`#/stop/${stop.delivery_id}`} primary={<button type="button" class="primary" onClick={report}>{t('Report it')}</button>}>
            <Heading>{t('Why can’t you deliver?')}</Heading>
            <p class="soft">{stop.name}</p>
            {missing && !reason && <p class="error" role="alert">{t('Choose a reason first.')}</p>}
            {failed && <p class="error" role="alert">{t('The phone could not keep it. Try again.')}</p>}
            <fieldset class="card choices">
                <legend class="unseen">{t('Reason')}</legend>
                {REASONS.map((each) => (
                    <label class="choice" key={each}>
                        <input type="radio" name="reason" value={each} checked={each === reason} onChange={() => setReason(each)} />
                        <span>{sayReason(each)}</span>
                    </label>
                ))}
            </fieldset>
            {group.some(takesPhoto) && <button type="button" class="wide" onClick={picture}><Icon of="camera" />{t('With a photo')}</button>}
        </Screen>
    );
}
