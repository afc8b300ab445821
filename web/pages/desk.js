// SPDX-License-Identifier: Apache-2.0
//
// The desk's keys: / goes to the search, j and k go down and up in what a page lists. Nothing needs them.

/** @param {EventTarget | null} target Whether keys are text there. */
const types = (target) => target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable);

/** What can be gone to: the first link or opener of each card. */
const stops = () => [...document.querySelectorAll('main li.card')]
    .map((card) => /** @type {HTMLElement | null} */ (card.querySelector('a, summary, button'))).filter((stop) => stop !== null);

/** @param {number} by */
function step(by) {
    const all = stops();
    const at = all.findIndex((stop) => stop.closest('li.card')?.contains(document.activeElement));
    all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || types(event.target)) return;
    if (event.key === '/') {
        const search = /** @type {HTMLInputElement | null} */ (document.getElementById('q'));
        search?.focus();
        search?.select();
    } else if (event.key === 'j') step(1);
    else if (event.key === 'k') step(-1);
    else return;
    event.preventDefault();
});

// ---- the age of what is shown ----

const ages = new Intl.RelativeTimeFormat(document.documentElement.lang, {numeric: 'always', style: 'short'});
setInterval(() => {
    for (const time of document.querySelectorAll('time[data-age]')) {
        const seconds = Math.round((Date.now() - Date.parse(time.getAttribute('datetime') ?? '')) / 1000);
        if (seconds >= 0) time.textContent = seconds < 120 ? ages.format(-seconds, 'second') : ages.format(-Math.round(seconds / 60), 'minute');
    }
}, 1000);

// ---- a file that is chosen stands in its field ----

const choose = document.getElementById('choose');
if (choose) {
    const chosen = /** @type {HTMLInputElement} */ (document.getElementById('chosen'));
    const field = /** @type {HTMLTextAreaElement} */ (document.getElementById('file'));
    choose.hidden = false;
    chosen.addEventListener('change', async () => {
        const text = await chosen.files?.[0]?.text();
        if (text !== undefined) field.value = text;
    });
}
