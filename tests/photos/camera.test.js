// SPDX-License-Identifier: Apache-2.0
//
// Photographs of real cameras, where a folder of them is at hand: each comes through upright and bare, sent by tus-js-client.
// The folder is PORCHLIGHT_PHOTOS, or shared/photos beside the project; its sub-folder odd/ may be refused, with a reason.
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {assertBare, assertUpright, tagsOf} from '../e2e/support/eyes.js';
import {filesBelow} from '../e2e/support/insides.js';
import {readReceipt} from '../e2e/support/receipt.js';
import {upload, UploadRefused} from '../e2e/support/tus.js';
import {photoState, reportDelivered, sendOut, setStage, signIn} from '../e2e/support/world.js';

const folder = process.env.PORCHLIGHT_PHOTOS ?? fileURLToPath(new URL('../../../shared/photos', import.meta.url));
const files = existsSync(folder) ? (await filesBelow(folder)).filter((file) => /\.jpe?g$/i.test(file)).sort() : [];

test('camera photographs come through upright and bare', {skip: files.length ? false : `no photographs in ${folder}`}, async (t) => {
    const stage = await setStage({after});
    const {client} = await signIn(stage.server, 'camera@example.org');
    for (const file of files) await t.test(`${basename(dirname(file))}/${basename(file)}`, (s) => seen(s, stage, client, file));
});

/** Carries one photograph from the door to its recipient's eyes. */
async function seen(t, stage, client, file) {
    const picture = await readFile(file);
    const {delivery, stop} = await sendOut(stage, 'camera@example.org');
    let receipt;
    try {
        ({receipt} = await upload(stage.driver.client, stop, picture));
    } catch (error) {
        assert.ok(error instanceof UploadRefused && error.status === 422, String(error));
        assert.match(file, /\/odd\//, `refused: ${error.problem.detail}`);
        t.diagnostic(`refused as ${error.problem.reason}`);
        return;
    }
    assert.equal(readReceipt(receipt, stage.driver.receiptKey).verdict, 'stored');
    await reportDelivered(stage.driver, delivery.id);
    await photoState(stage.shipper, delivery.id, 'posted');
    const {bytes} = await client.get(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    const profile = (await tagsOf(picture)).some((tag) => tag.startsWith('ICC'));
    await assertUpright(picture, bytes, basename(file));
    await assertBare(bytes, {profile, what: basename(file)});
    const preview = await client.get(`/v1/me/orders/${delivery.id}/photo?size=preview`, {status: 200});
    await assertBare(preview.bytes, {profile, what: `the preview of ${basename(file)}`});
    assert.ok(preview.bytes.length <= 50_000);
}
