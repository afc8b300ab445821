// SPDX-License-Identifier: Apache-2.0
//
// An authenticator in software, with the browser around it: it makes passkeys and signs in with them as Web Authentication
// (level 2, §6) has it. Every part of what it says can be replaced, so that a test can send what no honest one would.
import {createHash, generateKeyPairSync, randomBytes, sign as signBytes} from 'node:crypto';

const UP = 0x01, UV = 0x04, BE = 0x08, BS = 0x10, AT = 0x40, ED = 0x80;
export const FLAGS = {UP, UV, BE, BS, AT, ED};

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

// ---- CBOR (RFC 8949), as much as authenticators write ----

function head(kind, number) {
    if (number < 24) return Buffer.from([kind << 5 | number]);
    if (number < 256) return Buffer.from([kind << 5 | 24, number]);
    if (number < 65536) return Buffer.from([kind << 5 | 25, number >> 8, number & 255]);
    const long = Buffer.from([kind << 5 | 26, 0, 0, 0, 0]);
    long.writeUInt32BE(number, 1);
    return long;
}

/** Numbers, texts, bytes, booleans, arrays and Maps. @param {any} value @returns {Buffer} */
export function cbor(value) {
    if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
    if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4]);
    if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
    if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
    if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, member]) => [cbor(name), cbor(member)])]);
}

// ---- keys ----

const fromJwk = (text) => Buffer.from(text, 'base64url');

const KINDS = {
    [-7]: {
        pair: () => generateKeyPairSync('ec', {namedCurve: 'P-256'}),
        cose: ({x, y}) => new Map(/** @type {[number, any][]} */ ([[1, 2], [3, -7], [-1, 1], [-2, fromJwk(x)], [-3, fromJwk(y)]])),
        hash: 'sha256',
    },
    [-8]: {
        pair: () => generateKeyPairSync('ed25519'),
        cose: ({x}) => new Map(/** @type {[number, any][]} */ ([[1, 1], [3, -8], [-1, 6], [-2, fromJwk(x)]])),
        hash: null,
    },
    [-257]: {
        pair: () => generateKeyPairSync('rsa', {modulusLength: 2048}),
        cose: ({n, e}) => new Map(/** @type {[number, any][]} */ ([[1, 3], [3, -257], [-1, fromJwk(n)], [-2, fromJwk(e)]])),
        hash: 'sha256',
    },
};

/**
 * @typedef {object} Changes what is said otherwise than an honest authenticator and browser would
 * @property {number} [flags]
 * @property {number} [counter]
 * @property {string} [rpId]
 * @property {string} [challenge]
 * @property {Record<string, any>} [client] members of clientDataJSON
 * @property {Buffer} [clientJson] all of it
 * @property {Map<any, any>} [cose]
 * @property {Buffer} [data] authenticator data
 * @property {Buffer} [object] the attestation object
 * @property {string} [format]
 * @property {any} [statement]
 * @property {Buffer} [extensions] CBOR
 * @property {Buffer} [signature]
 * @property {string | null} [userHandle]
 * @property {Buffer} [id]
 */

export class Authenticator {
    /** @param {string} origin @param {{algorithm?: number, flags?: number}} [kind] */
    constructor(origin, {algorithm = -7, flags = UP | UV | BE | BS} = {}) {
        this.origin = origin;
        this.kind = KINDS[algorithm];
        this.algorithm = algorithm;
        this.flags = flags;
        this.counter = 0;
        this.id = randomBytes(32);
        this.userHandle = /** @type {string | null} */ (null);
        this.pair = this.kind.pair();
    }

    /** @param {string} type @param {string} challenge @param {Changes} changes */
    clientData(type, challenge, {client = {}, clientJson, challenge: other}) {
        return clientJson ?? Buffer.from(JSON.stringify({type, challenge: other ?? challenge, origin: this.origin, crossOrigin: false, ...client}));
    }

    /** @param {string} rpId @param {Buffer} attested @param {Changes} changes */
    authenticatorData(rpId, attested, {flags = this.flags, counter = this.counter, rpId: other, extensions = Buffer.alloc(0)}) {
        const fixed = Buffer.alloc(5);
        fixed[0] = flags | (attested.length ? AT : 0) | (extensions.length ? ED : 0);
        fixed.writeUInt32BE(counter, 1);
        return Buffer.concat([sha256(other ?? rpId), fixed, attested, extensions]);
    }

    sign(bytes) {
        return signBytes(this.kind.hash, bytes, this.pair.privateKey);
    }

    /** A new passkey, as navigator.credentials.create() answers. @param {any} options @param {Changes} [changes] */
    create(options, changes = {}) {
        const client = this.clientData('webauthn.create', options.challenge, changes);
        const id = changes.id ?? this.id;
        const length = Buffer.from([id.length >> 8, id.length & 255]);
        const key = cbor(changes.cose ?? this.kind.cose(this.pair.publicKey.export({format: 'jwk'})));
        const data = changes.data ?? this.authenticatorData(options.rp.id, Buffer.concat([Buffer.alloc(16), length, id, key]), changes);
        const self = () => new Map(/** @type {[string, any][]} */ ([['alg', this.algorithm], ['sig', this.sign(Buffer.concat([data, sha256(client)]))]]));
        const statement = changes.statement ?? (changes.format === 'packed' ? self() : new Map());
        const object = changes.object ?? cbor(new Map(/** @type {[string, any][]} */ ([['fmt', changes.format ?? 'none'], ['attStmt', statement], ['authData', data]])));
        this.userHandle = options.user.id;
        return {id: base64url(id), rawId: base64url(id), type: 'public-key', response: {clientDataJSON: base64url(client), attestationObject: base64url(object)}};
    }

    /** A sign-in, as navigator.credentials.get() answers. @param {any} options @param {Changes} [changes] */
    get(options, changes = {}) {
        const client = this.clientData('webauthn.get', options.challenge, changes);
        const data = changes.data ?? this.authenticatorData(options.rpId, Buffer.alloc(0), changes);
        const signature = changes.signature ?? this.sign(Buffer.concat([data, sha256(client)]));
        const userHandle = changes.userHandle === undefined ? this.userHandle : changes.userHandle;
        const id = base64url(changes.id ?? this.id);
        return {id, rawId: id, type: 'public-key',
            response: {clientDataJSON: base64url(client), authenticatorData: base64url(data), signature: base64url(signature), ...(userHandle !== null && {userHandle})}};
    }
}
