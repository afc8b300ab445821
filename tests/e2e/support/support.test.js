// SPDX-License-Identifier: Apache-2.0
//
// The helpers themselves, where they decide anything; needs no server.
import assert from 'node:assert/strict';
import {generateKeyPairSync, sign} from 'node:crypto';
import {once} from 'node:events';
import http from 'node:http';
import test from 'node:test';
import {codeIn, parseMessage} from './mail.js';
import {draw, sizeOf} from './pictures.js';
import {openRaw} from './raw.js';
import {readReceipt} from './receipt.js';
import {checksum, encodeMetadata} from './tus.js';
import {totpCode} from './world.js';

const {publicKey, privateKey} = generateKeyPairSync('ed25519');
const key = publicKey.export({format: 'der', type: 'spki'}).subarray(-32).toString('base64url');
const ID = '0'.repeat(26);
const time = '2026-11-23T20:26:10.344Z';

function receipt(verdict, photo = `photo pho_${ID}\n`) {
    const text = Buffer.from(`porchlight-receipt/v1\nverdict ${verdict}\ndelivery dlv_${ID}\nattempt 1\n${photo}sha256 ${'ab'.repeat(32)}\nsize 12\ncaptured_at ${time}\nreceived_at ${time}\n`);
    return `${text.toString('base64url')}.${sign(null, text, privateKey).toString('base64url')}`;
}

test('a receipt is read', () => {
    assert.equal(readReceipt(receipt('stored'), key).verdict, 'stored');
    assert.equal(readReceipt(receipt('pending'), key).size, 12);
    assert.equal(readReceipt(receipt('refused\nreason declined', ''), key).reason, 'declined');
});

test('a receipt that is not right is seen', () => {
    const good = receipt('stored');
    const last = good.at(-3);
    assert.throws(() => readReceipt(`${good.slice(0, -3)}${last === 'A' ? 'B' : 'A'}${good.slice(-2)}`, key));
    assert.throws(() => readReceipt(receipt('posted'), key));
    assert.throws(() => readReceipt(receipt('refused', ''), key));
    assert.throws(() => readReceipt(receipt('stored', ''), key));
    assert.throws(() => readReceipt(undefined, key));
});

test('mail is read: folded headers, quoted-printable, the code', () => {
    const raw = 'To: Robin\r\n <robin@example.org>\r\nSubject: Your code to sign in\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nYour code is 1234=\r\n 5678.\r\n\r\nGr=C3=BC=C3=9Fe\r\n';
    const message = parseMessage(raw);
    assert.equal(message.to, 'robin@example.org');
    assert.match(message.text, /Grüße/);
    assert.equal(codeIn(message), '12345678');
    assert.equal(codeIn({subject: 'Order 123456789', text: 'of 2026'}), undefined);
});

test('authenticator codes are those of RFC 6238', () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    assert.equal(totpCode(secret, Math.floor(59 / 30)), '287082');
    assert.equal(totpCode(secret, Math.floor(1111111109 / 30)), '081804');
});

test('tus headers are written', () => {
    assert.equal(encodeMetadata({a: 'x', b: ''}), 'a eA==,b');
    assert.equal(checksum('', 'sha1'), 'sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=');
});

test('a picture is drawn, the same for the same seed', async () => {
    const picture = await draw({seed: 3, size: '64x48'});
    assert.deepEqual(sizeOf(picture), {width: 64, height: 48});
    assert.equal(await draw({seed: 3, size: '64x48'}), picture);
    assert.notDeepEqual(await draw({seed: 4, size: '64x48'}), picture);
});

test('a raw connection sends in pieces, reads answers, and knows when it was closed', async () => {
    const server = http.createServer((request, response) => {
        let size = 0;
        request.on('data', (chunk) => { size += chunk.length; });
        request.on('end', () => (request.url === '/close' ? request.socket.destroy() : response.end(`got ${size}`)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
    const raw = await openRaw(/** @type {any} */ ({port}));
    await raw.head('POST', '/', {'Content-Length': 4});
    await raw.write('ab');
    await raw.write(Buffer.from('cd'));
    assert.equal((await raw.answer()).bytes.toString(), 'got 4');
    await raw.head('GET', '/close');
    assert.equal(await raw.answer(), null);
    raw.close();
    server.close();
});
