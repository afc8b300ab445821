// SPDX-License-Identifier: Apache-2.0
//
// Dispatch has shut this phone out. What was not sent is of no use to it any more; with a new code it can be paired again.
import {t} from '../words.js';
import {go, Heading, Screen} from './parts.jsx';

export function Revoked() {
    return (
        <Screen primary={<button type="button" class="primary" onClick={() => go('#/pair')}>{t('Pair again')}</button>}>
            <Heading>{t('This phone is no longer paired')}</Heading>
            <p>{t('Dispatch has ended its access, or it was paired too long ago. Your round cannot be seen here any more.')}</p>
            <p>{t('Ask dispatch for a new pairing code if this is a mistake.')}</p>
        </Screen>
    );
}
