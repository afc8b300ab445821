// SPDX-License-Identifier: Apache-2.0
//
// Every face of the driver's app as a browser draws it: axe-core finds nothing, by day and by night, on a narrow phone and on a tablet,
// and nothing needs to be scrolled sideways or is smaller than a thumb.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {after, test} from 'node:test';
import {setStage} from '../e2e/support/world.js';
import {draw} from '../e2e/support/pictures.js';
import {openApp, openBrowserWithCamera, roundsOf} from './support/hand.js';
import {walk} from './support/walk.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']; // what the night can change: the elements are those of the day
const SIZES = [{width: 320, height: 640}, {width: 820, height: 1180}];
const LEAST_TOUCH = 44; // pixels
const LEAST_PRIMARY = 56;

const stage = await setStage({after});

/** What axe finds, as one line each. @param {import('playwright-core').Page} page @param {string[]} rules */
async function violations(page, rules) {
    if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe);
    return page.evaluate(async (wanted) => {
        // @ts-ignore: axe was just put there
        const result = await globalThis.axe.run(document, {resultTypes: ['violations'], runOnly: wanted});
        return result.violations.map(({id, nodes}) => `${id} ${nodes.map(({html}) => html.slice(0, 120)).slice(0, 3).join(' | ')}`);
    }, rules);
}

/** What is too wide, or too small for a glove. @param {import('playwright-core').Page} page @param {number} width */
function misfits(page, width) {
    return page.evaluate(([most, touch, primary]) => {
        const found = [];
        if (document.documentElement.scrollWidth > most) found.push(`${document.documentElement.scrollWidth} pixels wide`);
        const touched = document.querySelectorAll('button, a.button, label.choice, select, input:not([type=radio], [type=checkbox], [type=file])');
        for (const each of touched) {
            const {height, left, right} = each.getBoundingClientRect();
            const least = each.classList.contains('primary') ? primary : touch;
            if (height > 0 && height < least) found.push(`${height} pixels high: ${each.outerHTML.slice(0, 80)}`);
            if (height > 0 && (left < 0 || right > most)) found.push(`clipped: ${each.outerHTML.slice(0, 80)}`);
        }
        if (document.querySelectorAll('.primary').length > 1) found.push('more than one primary button');
        return found;
    }, [width, LEAST_TOUCH, LEAST_PRIMARY]);
}

test('every face, by day and by night, narrow and wide', async () => {
    const faults = [];
    let seen = 0;
    await walk(stage, {bypassCSP: true, serviceWorkers: 'block'}, async (page, name) => {
        const before = page.viewportSize();
        for (const scheme of /** @type {const} */ (['light', 'dark'])) {
            await page.emulateMedia({colorScheme: scheme, reducedMotion: 'reduce'});
            await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, scheme);
            for (const size of SIZES) {
                await page.setViewportSize(size);
                const found = [...await misfits(page, size.width), ...await violations(page, scheme === 'light' ? RULES : COLOUR_RULES)];
                faults.push(...found.map((fault) => `${name}, ${scheme}, ${size.width}: ${fault}`));
            }
        }
        await page.setViewportSize(before);
        seen++;
    });
    assert.deepEqual(faults, []);
    assert.ok(seen > 30, `only ${seen} faces were seen`);
});

test('long words, larger text and the left hand on a narrow phone: nothing sticks out, and Undo leaves room', async (t) => {
    const browser = await openBrowserWithCamera(t, await draw({seed: 11}));
    const {driver} = await roundsOf(stage, browser).newRound([{}, {}]);
    const {page} = await openApp(browser, stage.server, {locale: 'de-DE', viewport: SIZES[0], serviceWorkers: 'block'});
    await page.getByLabel('Kopplungscode').fill(driver.pairing_code);
    await page.keyboard.press('Enter');
    await page.getByRole('button', {name: 'Tour beginnen'}).click();
    await page.goto('/drive/#/settings');
    for (const name of [/^Gr/, 'Linke Hand', /^20/]) await page.getByRole('switch', {name}).check();
    const sticksOut = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await sticksOut(), 0);
    await page.goto('/drive/#/');
    await page.getByRole('link', {name: 'Robin 1'}).click();
    await page.getByRole('button', {name: 'Nicht zustellbar'}).click();
    await page.getByLabel('Niemand zu Hause').check();
    await page.getByRole('button', {name: 'Melden'}).click();
    const {height} = await page.locator('.undo').boundingBox();
    assert.ok(height < SIZES[0].height / 3, `Undo is ${height} pixels high`);
    assert.equal(await sticksOut(), 0);
});
