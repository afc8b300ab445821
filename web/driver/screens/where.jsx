// SPDX-License-Identifier: Apache-2.0
//
// Where it was left. The answer leads to what proves it: the camera at a door, a name where a person took it, another proof
// where no photo may be taken.
import {isOpen, PLACES, proofsFor, rule, together} from '../round.js';
import {t} from '../words.js';
import {PLACE_ICONS} from './icons.jsx';
import {go, Heading, Over, Pick, Screen, usePorch} from './parts.jsx';
import {sayPlace} from './said.js';

export function Where({stop}) {
    const {stops} = usePorch();
    const group = together(stops, stop);
    const {delivery_id: id} = stop;
    if (!isOpen(stop)) return <Over />;
    const pick = (place) => go(`#/stop/${id}/${rule(group, place) === 'proof' ? 'proof' : 'photo'}/${place}`);
    return (
        <Screen back={`#/stop/${id}`}>
            <Heading>{t('Where did you leave it?')}</Heading>
            <p class="soft">{stop.name}</p>
            <div class="stack">
                {PLACES.map((place) => (
                    <Pick key={place} icon={PLACE_ICONS[place]} label={sayPlace(place)} note={noteOf(rule(group, place), proofsFor(group, place))}
                        onClick={() => pick(place)} />
                ))}
            </div>
        </Screen>
    );
}

/** @param {string} needed @param {string[]} proofs */
function noteOf(needed, [likeliest]) {
    if (needed === 'photo') return t('with a photo');
    if (needed === 'may_photo') return t('with a photo, if you like');
    return {name: t('with a name or a signature'), signature: t('with a name or a signature'), scan: t('with a scan or a PIN'), pin: t('with a scan or a PIN')}[likeliest];
}
