// SPDX-License-Identifier: Apache-2.0
//
// The API's words in the driver's language. A word that is not known here is shown as it is rather than hidden.
import {t} from '../words.js';

/** @param {string} place */
export const sayPlace = (place) => ({
    front_door: t('Front door'),
    handed_over: t('Handed over'),
    safe_place: t('Safe place'),
    neighbour: t('Neighbour'),
    mailbox: t('Mailbox'),
    reception: t('Reception'),
    locker: t('Parcel locker'),
}[place] ?? place);

/** @param {string} reason */
export const sayReason = (reason) => ({
    nobody_home: t('Nobody home'),
    no_access: t('No way in'),
    wrong_address: t('Wrong address'),
    refused: t('Refused by the recipient'),
    unsafe: t('Not safe here'),
    damaged: t('Parcel damaged'),
    other: t('Another reason'),
}[reason] ?? reason);

/** @param {string} proof */
export const sayProof = (proof) => ({
    pin: t('PIN of the recipient'),
    scan: t('Scan the parcel'),
    name: t('Name of who took it'),
    signature: t('Signature on the glass'),
}[proof] ?? proof);

/** What is wrong with a picture, as a sentence. @param {string | null} verdict */
export const sayVerdict = (verdict) => ({
    dark: t('The picture is too dark.'),
    blurred: t('The picture is blurred.'),
}[verdict ?? ''] ?? t('The picture cannot be used.'));

/** Why the server did not take a photo or a report, as a sentence. @param {string | null} reason */
export const sayRefusal = (reason) => ({
    declined: t('No photo may be taken of this delivery. It was deleted.'),
    unwanted: t('No photo may be taken of this delivery. It was deleted.'),
    cancelled: t('The delivery was cancelled. The photo was deleted.'),
    spent: t('This attempt has its photo already; this one was deleted.'),
    'wrong-state': t('Dispatch has already recorded something else for this stop.'),
    'not-found': t('This stop is no longer on your round.'),
}[reason ?? ''] ?? t('The server did not take it. Tell dispatch.'));

/** Why a dark or blurred picture is the best there is. The server keeps the English words. */
export const ANYWAY = ['It is dark here', 'The light dazzles', 'It rains on the lens', 'The camera is damaged'];

/** @param {string} reason */
export const sayAnyway = (reason) => ({
    'It is dark here': t('It is dark here'),
    'The light dazzles': t('The light dazzles'),
    'It rains on the lens': t('It rains on the lens'),
    'The camera is damaged': t('The camera is damaged'),
}[reason] ?? reason);

/** Where a stop's act is. @param {import('../types.js').ActView | undefined} act */
export function sayAct(act) {
    switch (act?.state) {
        case 'undo':
        case 'waiting': return t('Waiting');
        case 'sending': return t('Sending {percent} %', {percent: Math.round(act.progress * 100)});
        case 'sent': return t('Sent');
        case 'retake': return t('Photo again');
        case 'pin': return t('PIN again');
        case 'refused': return t('Refused');
        default: return '';
    }
}

/** The line that is always there. @param {import('../types.js').OutboxState} state */
export function sayState({online, waiting, sending}) {
    if (!online) return waiting > 0 ? t('Offline, {n} waiting', {n: waiting}) : t('Offline');
    if (sending) return t('Sending, {n} left', {n: waiting});
    return waiting > 0 ? t('Online, {n} waiting', {n: waiting}) : t('Online');
}
