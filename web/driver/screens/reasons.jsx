// SPDX-License-Identifier: Apache-2.0
//
// Why a dark or blurred picture is the best that can be had. One is chosen, or the picture is not used.
import {t} from '../words.js';
import {ANYWAY, sayAnyway} from './said.js';

/** @param {{reason: string, setReason: (reason: string) => void}} props */
export function Reasons({reason, setReason}) {
    return (
        <fieldset>
            <legend>{t('Use it anyway, because')}</legend>
            {ANYWAY.map((each) => (
                <label class="choice" key={each}>
                    <input type="radio" name="anyway" value={each} checked={each === reason} onChange={() => setReason(each)} />
                    <span>{sayAnyway(each)}</span>
                </label>
            ))}
        </fieldset>
    );
}
