// SPDX-License-Identifier: Apache-2.0
//
// The photo: of the delivery, of an attempt or a damage, or once more after the server refused one. Space on the phone is looked
// at before the camera opens. A picture that is dark or blurred is said at once; from the third on it may be used all the same,
// with the reason. A picture lives in this screen's memory until it is used, then in the outbox, and nowhere else.
import {useEffect, useRef, useState} from 'preact/hooks';
import {fromFile, hasCamera} from '../camera.js';
import {develop, prepare} from '../darkroom.js';
import {isOpen, rule, takesPhoto, together} from '../round.js';
import {t} from '../words.js';
import {Check} from './check.jsx';
import {finish} from './finish.js';
import {Icon} from './icons.jsx';
import {Live} from './live.jsx';
import {go, Heading, Screen, usePorch} from './parts.jsx';

export function Photo({stop, act, detail}) {
    const porch = usePorch();
    const group = act === 'retake' ? [stop] : together(porch.stops, stop);
    const rejected = porch.state.acts.findLast(({delivery_id: id, state}) => id === stop.delivery_id && state === 'retake');
    const [room, setRoom] = useState(/** @type {boolean | null} */ (null));
    const [camera, setCamera] = useState(hasCamera());
    const [taken, setTaken] = useState(/** @type {import('./check.jsx').Taken | null} */ (null));
    const tries = useRef(0);
    const place = usePlace();
    const allowed = group.some(takesPhoto);
    useEffect(prepare, []);
    useEffect(() => { if (!allowed) setTaken(null); }, [allowed]);
    useEffect(() => { porch.outbox.room().then(({enough}) => setRoom(enough), () => setRoom(true)); }, []);

    const back = act === 'damage' ? `#/stop/${stop.delivery_id}/cannot` : act === 'retake' ? `#/stop/${stop.delivery_id}` : `#/stop/${stop.delivery_id}/where`;
    const without = act === 'photo' ? withoutPhoto(porch, group, stop, detail) : null;
    const take = async (canvas) => {
        const captured_at = new Date().toISOString();
        const {verdict, jpeg} = develop(canvas);
        tries.current += 1;
        const mayKeep = tries.current >= 3;
        setTaken({canvas, jpeg, captured_at, verdict: await verdict, mayKeep});
    };
    const use = async (anyway) => {
        const photo = await taken.jpeg;
        const {captured_at} = taken;
        const common = {photo, anyway, captured_at, place: place.current};
        if (act === 'retake') {
            await porch.outbox.retake(rejected.id, common);
            go('#/', true);
        } else {
            await finish(porch, group, act === 'damage' ? {kind: 'attempted', reason: detail, ...common} : {kind: 'delivered', left_at: detail, ...common});
        }
    };
    if (!allowed || (act === 'retake' ? !rejected : !isOpen(stop))) return <Refused back={back} />;
    if (taken) return <Check taken={taken} use={use} again={() => setTaken(null)} back={back} />;
    if (room === null) return null;
    if (!room) return <Full back={back} without={without} />;
    if (!camera) return <Dialog {...{take, back, without}} />;
    return <Live {...{take, back, without}} damage={act === 'damage'} failed={() => setCamera(false)} />;
}

/** The way on that needs no picture: {label, go}. */
function withoutPhoto(porch, group, stop, left_at) {
    if (rule(group, left_at) === 'may_photo') return {label: t('Without a photo'), go: () => finish(porch, group, {kind: 'delivered', left_at})};
    return {label: t('No photo possible'), go: () => go(`#/stop/${stop.delivery_id}/proof/${left_at}`, true)};
}

/** Where the phone is, as far as it is known when the picture is taken. */
function usePlace() {
    const place = useRef(/** @type {{lat: number, lon: number, accuracy: number} | null} */ (null));
    useEffect(() => {
        const watch = navigator.geolocation?.watchPosition(({coords}) => {
            place.current = {lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy};
        }, () => {}, {enableHighAccuracy: true, maximumAge: 30_000});
        return () => navigator.geolocation?.clearWatch(watch);
    }, []);
    return place;
}

/** The recipient's wish came while the driver was on the way here. */
function Refused({back}) {
    return (
        <Screen back={back} primary={<button type="button" class="primary" onClick={() => go(back, true)}>{t('Back to the stop')}</button>}>
            <Heading>{t('No photo here')}</Heading>
            <p>{t('No photo may be taken of this delivery.')}</p>
        </Screen>
    );
}

function Full({back, without}) {
    const {outbox} = usePorch();
    return (
        <Screen back={back} primary={<button type="button" class="primary" onClick={() => { outbox.kick('room'); go(back, true); }}>{t('Send first, then try again')}</button>}>
            <Heading>{t('The phone is full')}</Heading>
            <p>{t('There is no room for another photo. Photos that are sent make room; so does deleting apps or videos.')}</p>
            {without && <button type="button" class="wide" onClick={without.go}>{without.label}</button>}
        </Screen>
    );
}

/** No live camera: the phone's own camera dialog, whose picture is taken only when it was made just now. */
function Dialog({take, back, without}) {
    const [stale, setStale] = useState(false);
    const input = useRef(/** @type {HTMLInputElement | null} */ (null));
    const chosen = async () => {
        const [file] = input.current.files;
        input.current.value = '';
        const canvas = file && await fromFile(file);
        setStale(Boolean(file) && !canvas);
        if (canvas) take(canvas);
    };
    return (
        <Screen back={back} primary={<button type="button" class="primary" onClick={() => input.current.click()}><Icon of="camera" />{t('Open the camera')}</button>}>
            <Heading>{t('Photo')}</Heading>
            <p>{t('Show the parcel and the door: no people, no other house numbers.')}</p>
            <p class="soft">{t('The camera could not be opened in the app. Allow it in the browser’s settings, or use the phone’s camera.')}</p>
            {stale && <p class="error" role="alert">{t('Only a picture taken just now counts.')}</p>}
            <input ref={input} hidden type="file" aria-label={t('Photo')} accept="image/jpeg" capture="environment" onChange={chosen} />
            {without && <button type="button" class="wide" onClick={without.go}>{without.label}</button>}
        </Screen>
    );
}
