// SPDX-License-Identifier: Apache-2.0
//
// What a driver can set: how it looks, which hand, which language, whether it sounds, how long Undo stands. Each change holds
// at once. Nothing here can lose a photo; a phone is unpaired by dispatch.
import {useState} from 'preact/hooks';
import {languages, language, t} from '../words.js';
import {Heading, Screen, usePorch} from './parts.jsx';

const THEMES = () => /** @type {const} */ ([['auto', t('As the phone')], ['light', t('Day')], ['dark', t('Night')]]);

export function Settings() {
    const {store, prefs: stored, device} = usePorch();
    const [prefs, setPrefs] = useState(stored);
    const set = (more) => {
        const next = {...prefs, ...more};
        setPrefs(next); // a touch is seen at once, whatever the store is busy with
        store.setPrefs(next);
    };
    const flip = (name, label) => (
        <label class="choice">
            <span>{label}</span>
            <input type="checkbox" role="switch" checked={Boolean(prefs[name])} onChange={({currentTarget}) => set({[name]: currentTarget.checked})} />
        </label>
    );
    return (
        <Screen back="#/">
            <Heading>{t('Settings')}</Heading>
            <fieldset class="card choices">
                <legend>{t('Look')}</legend>
                {THEMES().map(([value, label]) => (
                    <label class="choice" key={value}>
                        <input type="radio" name="theme" checked={prefs.theme === value} onChange={() => set({theme: value})} />
                        <span>{label}</span>
                    </label>
                ))}
            </fieldset>
            <div class="card choices">
                {flip('large_text', t('Larger text'))}
                {flip('left_hand', t('Left hand'))}
                {flip('silent', t('Sound off'))}
                {flip('slow', t('20 seconds to undo, not 5'))}
            </div>
            <div class="field">
                <label for="language">{t('Language')}</label>
                <select id="language" value={prefs.language ?? language()} onChange={({currentTarget}) => set({language: currentTarget.value})}>
                    {languages.map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
                </select>
            </div>
            {device && <p class="soft small">{t('Paired as {driver} for {shipper}.', {driver: device.driver.name, shipper: device.shipper.name})}</p>}
        </Screen>
    );
}
