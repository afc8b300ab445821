// SPDX-License-Identifier: Apache-2.0
//
// Porchlight-Receipt as a phone checks it: signature first, then every line, in its order.
import assert from 'node:assert/strict';
import {createPublicKey, verify} from 'node:crypto';

const SPKI = Buffer.from('302a300506032b6570032100', 'hex'); // what stands before an Ed25519 key in DER
const TIME = '\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z';
const TEXT = new RegExp('^porchlight-receipt/v1\\n' +
    '(?:verdict (?<verdict>stored|pending)\\n|verdict (?<refused>refused)\\nreason (?<reason>[a-z_]+)\\n)' +
    'delivery (?<delivery>dlv_[0-9a-z]{26})\\nattempt (?<attempt>[1-9]\\d*)\\n(?:photo (?<photo>pho_[0-9a-z]{26})\\n)?' +
    'sha256 (?<sha256>[0-9a-f]{64})\\nsize (?<size>\\d+)\\n' +
    `captured_at (?<captured_at>${TIME})\\nreceived_at (?<received_at>${TIME})\\n$`);

/**
 * Asserts that a header is a receipt signed by `key` (base64url) and gives its fields.
 * @returns {{verdict: string, reason?: string, delivery: string, attempt: number, photo?: string, sha256: string, size: number, captured_at: string, received_at: string}}
 */
export function readReceipt(header, key) {
    assert.ok(header, 'there is no Porchlight-Receipt');
    const [text, signature] = header.split('.').map((part) => Buffer.from(part, 'base64url'));
    const publicKey = createPublicKey({key: Buffer.concat([SPKI, Buffer.from(key, 'base64url')]), format: 'der', type: 'spki'});
    assert.ok(verify(null, text, publicKey, signature), 'the receipt is not signed by this key');
    const fields = TEXT.exec(text.toString('latin1'))?.groups;
    assert.ok(fields, `not a receipt: ${text}`);
    const {refused, verdict, ...rest} = fields;
    assert.equal(rest.photo === undefined, refused !== undefined, 'a receipt names a photo unless it refuses one');
    return /** @type {any} */ ({...rest, verdict: verdict ?? refused, attempt: Number(rest.attempt), size: Number(rest.size)});
}
