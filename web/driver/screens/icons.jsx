// SPDX-License-Identifier: Apache-2.0
//
// The few drawings of the app, as lines of one width. Each is decoration: the text beside it, or its button's label, says it.

const DRAWN = {
    back: 'M15 5l-7 7 7 7',
    call: 'M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z',
    camera: 'M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
    close: 'M6 6l12 12M18 6L6 18',
    door: 'M6 21V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v17M3 21h18M14.5 12v1',
    flip: 'M4 9a8 8 0 0 1 14-3l2 2M20 3v5h-5M20 15a8 8 0 0 1-14 3l-2-2M4 21v-5h5',
    gear: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
    hand: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0',
    house: 'M3 11l9-8 9 8M5 9.5V21h14V9.5M10 21v-6h4v6',
    locker: 'M4 3h16v18H4zM4 9h16M4 15h16M12 3v18',
    mail: 'M3 6h18v12H3zM3 7l9 6 9-6',
    map: 'M21 3L3 10.5l7.5 3L13.5 21z',
    next: 'M9 5l7 7-7 7',
    pen: 'M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4',
    people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2 20a7 7 0 0 1 14 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14a7 7 0 0 1 4 6',
    pin: 'M5 4h14v16H5zM9 9h.01M12 9h.01M15 9h.01M9 13h.01M12 13h.01M15 13h.01M9 17h6',
    safe: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5',
    scan: 'M3 8V4h4M17 4h4v4M21 16v4h-4M7 20H3v-4M7 8v8M11 8v8M14 8v8M17 8v8',
    sent: 'M4 13l5 5L20 6',
    torch: 'M13 2L5 14h6l-1 8 9-13h-6z',
    wait: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
};

/** @param {{of: keyof typeof DRAWN}} props */
export function Icon({of}) {
    return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={DRAWN[of]} /></svg>;
}

/** Which drawing stands for a place. */
export const PLACE_ICONS = /** @type {const} */ ({
    front_door: 'door', handed_over: 'hand', safe_place: 'safe', neighbour: 'people', mailbox: 'mail', reception: 'house', locker: 'locker',
});
