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

/** A message as {file, headers (names in lower case), to (an address), subject, text}. */
export function parseMessage(raw, file = '') {
    const [head, ...rest] = raw.split(/\r?\n\r?\n/);
    const headers = {};
    for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
        const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
        if (name) headers[name.toLowerCase()] = value;
    }
    const body = raw.slice(raw.indexOf(rest[0] ?? '', head.length));
    const to = /<([^>]+)>/.exec(headers.to ?? '')?.[1] ?? headers.to ?? '';
    return {file, headers, to, subject: headers.subject ?? '', text: decoded(body, headers['content-transfer-encoding'] ?? '')};
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

/** The messages to an address, oldest first. */
export async function messagesTo(server, address) {
    return (await messages(server)).filter(({to}) => to.toLowerCase() === address.toLowerCase());
}

/** The eight digits of a message, or undefined. */
export function codeIn(message) {
    return /(?<!\d)(\d{4})[ -]?(\d{4})(?!\d)/.exec(`${message.subject}\n${message.text}`)?.slice(1).join('');
}

/** Waits for a sign-in code to an address beyond the first `before` messages to it. */
export async function newestCode(server, address, before = 0) {
    return until(async () => {
        const found = (await messagesTo(server, address)).slice(before).map(codeIn).filter(Boolean);
        return found.at(-1);
    }, {what: `a code for ${address}`});
}
