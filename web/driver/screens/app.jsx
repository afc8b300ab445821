// SPDX-License-Identifier: Apache-2.0
//
// Which screen is shown. The address after the # says it all, so a reload, the phone's own way back and a crash lead to where
// the driver was: #/ today, #/stop/ID, #/stop/ID/where, /proof/PLACE, /photo/PLACE, /cannot, /damage/REASON, /retake, /scan, #/pair
// and #/settings. A phone that is not paired sees only the pairing, a revoked one is told so. The stops, what is still to be sent and
// the driver's choices are watched here once, and handed to all screens.
import {useEffect, useRef, useState} from 'preact/hooks';
import {isOpen, together} from '../round.js';
import {t} from '../words.js';
import {useSignalOfAgain} from './again.jsx';
import {Heading, Porch, Screen} from './parts.jsx';
import {Revoked} from './revoked.jsx';
import {Stop} from './stop.jsx';
import {Today} from './today.jsx';

const LOOK_MS = 10_000;

/** The screens of one stop, by the word after its id; each gets `stop` and `detail`, the word after that. */
const OF_STOP = /** @type {const} */ ({where: 'Where', proof: 'Proof', photo: 'Photo', damage: 'Photo', retake: 'Photo', cannot: 'Attempt', scan: 'ScanParcels'});

/** @param {{store: import('../store.js').Store, outbox: import('../outbox.js').Outbox}} props */
export function App({store, outbox}) {
    const known = useKnown(store);
    const state = useOutbox(outbox);
    const door = useDoor();
    const hash = useHash();
    if (!known) return null;
    return (
        <Porch.Provider value={{store, outbox, state, ...known}}>
            <Chosen {...{known, state, door, hash, outbox}} />
        </Porch.Provider>
    );
}

function Chosen({known: {device, stops, prefs}, state, door, hash, outbox}) {
    useSignalOfAgain(state.acts, prefs.silent);
    const [, id, act = '', detail = ''] = hash.slice(2).split('/');
    const stop = stops.find(({delivery_id: each}) => each === id);
    useLook(outbox, stop && isOpen(stop) ? together(stops, stop).map(({delivery_id: each}) => each) : [], hash);
    const pairing = /^#(pair=|\/pair$)/.test(hash);
    if (device?.ended && !pairing) return <Revoked />;
    if (!device || pairing) return <Later key="pair" door={door} name="Pair" />;
    if (hash === '#/settings') return <Later key={hash} door={door} name="Settings" />;
    if (!stop) return <Today />;
    return OF_STOP[act] ? <Later key={hash} door={door} name={OF_STOP[act]} stop={stop} act={act} detail={detail} /> : <Stop key={hash} stop={stop} />;
}

/**
 * While the driver is at a door, its stops are asked for at each screen, when the app comes to the front, and every few seconds: who
 * refuses a photo now is obeyed now, if there is a network. @param {string[]} ids
 */
function useLook(outbox, ids, hash) {
    const busy = useRef(false);
    useEffect(() => {
        if (ids.length === 0) return undefined;
        const look = async () => {
            if (busy.current || document.visibilityState !== 'visible') return;
            busy.current = true;
            await outbox.look(ids).catch(() => {}); // what the phone knows stays
            busy.current = false;
        };
        look();
        document.addEventListener('visibilitychange', look);
        const timer = setInterval(look, LOOK_MS);
        return () => {
            document.removeEventListener('visibilitychange', look);
            clearInterval(timer);
        };
    }, [outbox, ids.join(), hash]);
}

/** A screen of door.js, or a word until that is there. */
function Later({door, name, ...props}) {
    if (!door) return <Screen back="#/"><Heading>{t('One moment …')}</Heading></Screen>;
    const Shown = door[name];
    return <Shown {...props} />;
}

/** door.js, once it is there; asked for again when there is a network. */
function useDoor() {
    const [door, setDoor] = useState(null);
    useEffect(() => {
        const fetchIt = () => import('./door.js').then(setDoor, () => addEventListener('online', fetchIt, {once: true}));
        fetchIt();
    }, []);
    return door;
}

/** Device, stops and choices, read again after each change, and by `reread`. Null until they are first read. */
function useKnown(store) {
    const [known, setKnown] = useState(null);
    useEffect(() => {
        let turn = 0, newest = /** @type {Promise<void>} */ (null);
        const read = async (mine) => {
            const [device, stops, prefs] = await Promise.all([store.device(), store.stops(), store.prefs()]);
            if (mine === turn) setKnown({device, stops, prefs, reread});
            else await newest; // which knows more
        };
        const reread = () => (newest = read(++turn));
        reread();
        return store.watch(reread);
    }, [store]);
    return known;
}

function useOutbox(outbox) {
    const [state, setState] = useState(outbox.state());
    useEffect(() => outbox.watch(() => setState(outbox.state())), [outbox]);
    return state;
}

function useHash() {
    const [hash, setHash] = useState(location.hash);
    useEffect(() => {
        const read = () => setHash(location.hash);
        addEventListener('hashchange', read);
        addEventListener('popstate', read);
        return () => {
            removeEventListener('hashchange', read);
            removeEventListener('popstate', read);
        };
    }, []);
    return hash;
}
