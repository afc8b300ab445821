// SPDX-License-Identifier: Apache-2.0
//
// What every screen is made of: the bar on top with the way back and what is still to be sent, a heading that takes the focus
// so that a screen reader says where one is, and a foot that holds the one amber button and, for a few seconds, Undo.
import {createContext} from 'preact';
import {useContext, useEffect, useRef, useState} from 'preact/hooks';
import {t} from '../words.js';
import {Icon} from './icons.jsx';
import {sayState} from './said.js';

/**
 * @typedef {object} Shared what all screens know
 * @property {import('../store.js').Store} store
 * @property {import('../outbox.js').Outbox} outbox
 * @property {import('../types.js').Device | null} device
 * @property {import('../types.js').Stop[]} stops
 * @property {import('../types.js').OutboxState} state
 * @property {import('../types.js').Prefs} prefs
 * @property {() => Promise<void>} reread what stands on the phone now, in all screens
 */

export const Porch = createContext(/** @type {Shared} */ (null));
export const usePorch = () => useContext(Porch);

/** To another screen; `instead` leaves no way back to this one. */
export function go(hash, instead = false) {
    if (instead) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
}

/** In place of a screen whose stop is over: leads to the round. */
export function Over() {
    useEffect(() => go('#/', true), []);
    return null;
}

/** A screen's heading: focused when it appears, so it is read out, and the page begins at its top. */
export function Heading({children, ...rest}) {
    const ref = useRef(/** @type {HTMLHeadingElement | null} */ (null));
    useEffect(() => {
        scrollTo(0, 0);
        ref.current.focus({preventScroll: true});
    }, []);
    return <h1 ref={ref} tabIndex={-1} {...rest}>{children}</h1>;
}

/** A round button with a drawing and a name that is only heard. */
export function Round({icon, label, onClick, ...rest}) {
    return <button type="button" class="round" aria-label={label} title={label} onClick={onClick} {...rest}><Icon of={icon} /></button>;
}

/** What is still to be sent: always in sight, read out when it changes from one sentence to another, but not at each number. */
function Sent() {
    const {state} = usePorch();
    return (
        <p class={`sent${state.online ? state.sending ? ' busy' : '' : ' off'}`}>
            <span>{sayState(state)}</span>
            <span class="unseen" role="status">{state.online ? '' : t('Offline')}</span>
        </p>
    );
}

/**
 * A whole screen. `back`: where the arrow leads; without it the lantern stands there. `primary`: the one amber button.
 * @param {{back?: string, primary?: import('preact').ComponentChildren, settings?: boolean, children: import('preact').ComponentChildren}} props
 */
export function Screen({back, primary, settings, children}) {
    return (
        <>
            <header class="top">
                <div class="bar">
                    {back ? <Round icon="back" label={t('Back')} onClick={() => go(back, true)} /> : <Lantern />}
                    <Sent />
                    {settings && <Round icon="gear" label={t('Settings')} onClick={() => go('#/settings')} />}
                </div>
            </header>
            <main>{children}</main>
            <Foot>{primary}</Foot>
        </>
    );
}

function Foot({children}) {
    const {outbox, state} = usePorch();
    const undoable = lastDone(state.acts);
    if (!children && undoable.length === 0) return null;
    return (
        <footer class="foot">
            {undoable.length > 0 && <Undo acts={undoable} outbox={outbox} />}
            {children && <div>{children}</div>}
        </footer>
    );
}

/** The acts of the stop that was finished last, while they can be undone: all have the moment of one touch. */
function lastDone(acts) {
    const open = acts.filter((act) => act.state === 'undo');
    return open.filter((act) => act.captured_at === open.at(-1).captured_at);
}

/** The last seconds in which nothing has been sent yet. */
function Undo({acts, outbox}) {
    const {stops} = usePorch();
    const left = useSecondsTo(Math.min(...acts.map(({undo_until: end}) => end)));
    const [{delivery_id: id, kind}] = acts;
    const name = stops.find((stop) => stop.delivery_id === id)?.name ?? '';
    const undo = async () => {
        for (const act of acts) await outbox.undo(act.id);
        go(`#/stop/${id}`);
    };
    return (
        <div class="undo">
            <p role="status">{kind === 'attempted' ? t('Not delivered: {name}', {name}) : t('Delivered: {name}', {name})}</p>
            <button type="button" onClick={undo}>{t('Undo')} <span aria-hidden="true">{left}</span></button>
        </div>
    );
}

function useSecondsTo(end) {
    const [now, setNow] = useState(Date.now());
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), 250);
        return () => clearInterval(timer);
    }, []);
    return Math.max(0, Math.ceil((end - now) / 1000));
}

/** The project's mark, as in icon.svg. */
function Lantern() {
    return (
        <svg class="brand" viewBox="0 0 32 32" role="img" aria-label="Porchlight">
            <path d="M16 1.5 29 11v19.5H3V11z" fill="#6e5641" />
            <path d="M16 8 7 30.5h18z" fill="#f2a33a" fill-opacity=".35" />
            <path d="M11.5 17h9v13.5h-9z" fill="#f7c778" />
            <circle cx="16" cy="10.5" r="3.2" fill="#ffd98f" />
            <circle cx="18.3" cy="24" r=".9" fill="#3d342c" />
        </svg>
    );
}

/** A button with a drawing and words, over the whole width: one of several to pick from. */
export function Pick({icon, label, note, onClick}) {
    return (
        <button type="button" class="pick" onClick={onClick}>
            <Icon of={icon} /><span>{label}{note && <small>{note}</small>}</span><Icon of="next" />
        </button>
    );
}
