// SPDX-License-Identifier: Apache-2.0
//
// The server's signed answer to an upload (docs/openapi.yaml, Porchlight-Receipt), checked before a picture is deleted for it:
// signature, form, and that it speaks of this delivery and of these very bytes. Whatever does not hold in every point is no
// receipt, and the picture stays. Ed25519 comes from the browser, or where it lacks it from @noble/ed25519, fetched then.

/**
 * @typedef {object} Receipt
 * @property {'stored'|'pending'|'refused'} verdict
 * @property {string} [reason] of a refusal
 * @property {string} delivery
 * @property {number} attempt
 * @property {string} [photo] not in a refusal
 * @property {string} sha256
 * @property {number} size
 * @property {string} captured_at
 * @property {string} received_at
 */

const LONGEST = 800;
const TIME = '\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z';
const TEXT = new RegExp('^porchlight-receipt/v1\\n' +
    '(?:verdict (?<kept>stored|pending)\\n|verdict (?<refused>refused)\\nreason (?<reason>[a-z_]+)\\n)' +
    'delivery (?<delivery>dlv_[0-9a-z]{26})\\nattempt (?<attempt>[1-9]\\d*)\\n(?:photo (?<photo>pho_[0-9a-z]{26})\\n)?' +
    `sha256 (?<sha256>[0-9a-f]{64})\\nsize (?<size>\\d+)\\ncaptured_at (?<captured_at>${TIME})\\nreceived_at (?<received_at>${TIME})\\n$`);

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer> | null} */
function decoded(text) {
    if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array<ArrayBuffer>} signature @param {Uint8Array<ArrayBuffer>} text @param {Uint8Array<ArrayBuffer>} key */
async function isSigned(signature, text, key) {
    let imported;
    try {
        imported = await crypto.subtle.importKey('raw', key, {name: 'Ed25519'}, false, ['verify']);
    } catch {
        const {verifyAsync} = await import('@noble/ed25519');
        return verifyAsync(signature, text, key);
    }
    return crypto.subtle.verify({name: 'Ed25519'}, imported, signature, text);
}

/** The fields of a receipt's text; null when it is none. @param {string} text @returns {Receipt | null} */
function fieldsOf(text) {
    const found = TEXT.exec(text)?.groups;
    if (!found || (found.photo === undefined) !== (found.refused !== undefined)) return null;
    const {kept, refused, attempt, size, ...rest} = found;
    return /** @type {Receipt} */ ({...rest, verdict: kept ?? refused, attempt: Number(attempt), size: Number(size)});
}

/**
 * @param {string | null | undefined} header
 * @param {string} key the server's public key, base64url, as it came with the pairing
 * @param {{delivery_id: string, attempt: number, sha256: string, size: number}} photo what was sent
 * @returns {Promise<Receipt | null>} null: nothing may be deleted for it
 */
export async function checkReceipt(header, key, photo) {
    try {
        if (!header || header.length > LONGEST) return null;
        const [text, signature, ...more] = header.split('.').map(decoded);
        const raw = decoded(key);
        if (!text || signature?.length !== 64 || more.length > 0 || raw?.length !== 32) return null;
        if (!await isSigned(signature, text, raw)) return null;
        const receipt = fieldsOf(new TextDecoder('utf-8', {fatal: true}).decode(text));
        const same = receipt && receipt.delivery === photo.delivery_id && receipt.attempt === photo.attempt &&
            receipt.sha256 === photo.sha256 && receipt.size === photo.size;
        return same ? receipt : null;
    } catch {
        return null;
    }
}
