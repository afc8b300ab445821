// SPDX-License-Identifier: Apache-2.0
//
// The messages a server wrote to its mail folder, read back.
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {until} from './server.js';

/** Undoes quoted-printable or base64, whichever the message says. */
function decoded(body, encoding) {
    if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString('utf8');
    if (!/quoted-printable/i.test(encoding)) return body;
    const bytes = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The headers at the beginning, names in lower case, and where they end. */
function readHeaders(raw) {
    const [head] = raw.split(/\r?\n\r?\n/, 1);
    const headers = {};
    for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
        const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
        if (name) headers[name.toLowerCase()] = value;
    }
    return {headers, body: raw.slice(head.length).replace(/^\r?\n\r?\n/, '')};
}

/** Every part that is no multipart itself: {type, text}. */
function partsOf(raw) {
    const {headers, body} = readHeaders(raw);
    const boundary = /^multipart\/.*boundary="([^"]+)"/i.exec(headers['content-type'] ?? '')?.[1];
    if (!boundary) return [{type: headers['content-type'] ?? 'text/plain', text: decoded(body, headers['content-transfer-encoding'] ?? '')}];
    return body.split(`--${boundary}`).slice(1, -1).flatMap((part) => partsOf(part.replace(/^\r?\n/, '')));
}

/** A header's text, its encoded words (RFC 2047, as the program writes them) undone. */
const words = (header) => header.replace(/\?=\s+=\?UTF-8\?B\?/gi, '').replace(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, text) => Buffer.from(text, 'base64').toString('utf8'));

/** A message as {file, raw, headers (names in lower case), to (an address), subject, text, html}. */
export function parseMessage(raw, file = '') {
    const {headers} = readHeaders(raw);
    const parts = partsOf(raw);
    const part = (type) => parts.find((each) => each.type.startsWith(type))?.text ?? '';
    const to = /<([^>]+)>/.exec(headers.to ?? '')?.[1] ?? headers.to ?? '';
    return {file, raw, headers, to, subject: words(headers.subject ?? ''), text: part('text/plain'), html: part('text/html')};
}

/** All messages, oldest first; those that are still being written have another ending than .eml. */
export async function messages(server) {
    const names = (await readdir(server.mail)).filter((name) => name.endsWith('.eml'));
    const files = await Promise.all(names.map(async (name) => {
        const file = join(server.mail, name);
        return {file, at: (await stat(file)).mtimeMs};
    }));
    files.sort((a, b) => a.at - b.at || (a.file < b.file ? -1 : 1));
    return Promise.all(files.map(async ({file}) => parseMessage(await readFile(file, 'utf8'), file)));
}

/** The messages to an address, oldest first; with a subject (a pattern), those of that kind. */
export async function messagesTo(server, address, subject = /./) {
    return (await messages(server)).filter((message) => message.to.toLowerCase() === address.toLowerCase() && subject.test(message.subject));
}

/** The subject of a message with a code, in any language. */
export const CODES = /^(Your code to sign in|Ihr Code zum Anmelden|Su código para iniciar sesión)$/;

/** Waits for a message of a kind to an address, beyond the first `before` of them. */
export async function messageTo(server, address, subject, before = 0) {
    return until(async () => (await messagesTo(server, address, subject))[before], {what: `a message ${subject} to ${address}`});
}

/** The link in a message whose path begins so: its path. */
export function linkIn(message, begins) {
    return new RegExp(`https?://[^\\s/]+(${begins}[\\w-]+)`).exec(message.text)?.[1];
}

/** The eight digits of a message, or undefined. */
export function codeIn(message) {
    if (!CODES.test(message.subject)) return undefined;
    return /(?<!\d)(\d{4})[ -]?(\d{4})(?!\d)/.exec(`${message.subject}\n${message.text}`)?.slice(1).join('');
}

/** Waits for a sign-in code to an address beyond the first `before` messages with one. */
export async function newestCode(server, address, before = 0) {
    return until(async () => {
        const found = (await messagesTo(server, address, CODES)).slice(before).map(codeIn).filter(Boolean);
        return found.at(-1);
    }, {what: `a code for ${address}`});
}
