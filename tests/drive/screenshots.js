// SPDX-License-Identifier: Apache-2.0
//
// The driver's app as pictures, a phone's screen each: every face by day, and some by night, on a narrow phone and on a tablet.
import {PHONE} from './support/hand.js';
import {walk} from './support/walk.js';

const ALSO = /** @type {const} */ ([
    {suffix: 'night', size: PHONE, scheme: 'dark', of: ['today', 'stop', 'where', 'settings', 'today-offline', 'proof-signature']},
    {suffix: 'narrow', size: {width: 320, height: 640}, scheme: 'light', of: ['today', 'stop-scan', 'scan-wrong', 'photo-anyway', 'stop-large-left']},
    {suffix: 'tablet', size: {width: 820, height: 1180}, scheme: 'light', of: ['today', 'stop', 'settings']},
    {suffix: 'lying', size: {width: 844, height: 390}, scheme: 'light', of: ['camera', 'photo', 'scan-right', 'stop']},
]);

/**
 * @param {{server: import('../e2e/support/server.js').Server, shipper: any}} stage
 * @param {(page: import('playwright-core').Page, name: string) => Promise<void>} shoot
 */
export async function shootDrive(stage, shoot) {
    await walk(stage, {colorScheme: 'light'}, async (page, name) => {
        await page.waitForTimeout(250); // a camera's first frames
        await shoot(page, `drive-${name}`);
        for (const {suffix, size, scheme, of} of ALSO) {
            if (!(/** @type {readonly string[]} */ (of).includes(name))) continue;
            await page.emulateMedia({colorScheme: scheme});
            await page.setViewportSize(size);
            await page.waitForTimeout(250);
            await shoot(page, `drive-${name}-${suffix}`);
        }
        await page.emulateMedia({colorScheme: 'light'});
        await page.setViewportSize(PHONE);
    });
}
