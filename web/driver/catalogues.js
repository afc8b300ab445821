// SPDX-License-Identifier: Apache-2.0
//
// Catalogues, as gettext has them: what po/*.po say of the app becomes JSON for words.js.
//
//     node web/driver/catalogues.js          prints the app's messages as a .pot, of which tools/catalogues makes its part
//
// A message is English text; what is in {braces} is filled in by words.js. One with two forms (tn) is a gettext plural. The
// pseudo-language en-XA is made of English: longer and with accents, so that a text that was forgotten, or that needs more
// room than it has, can be seen.
import {readdir, readFile} from 'node:fs/promises';
import {basename, dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import gettext from 'gettext-parser';

const HERE = dirname(fileURLToPath(import.meta.url));
const TOP = join(HERE, '../..');
/** What words.js can count by: one, and more. Another rule would have to be taught to it first. */
const PLURALS = /nplurals=2; *plural=\(?n *!= *1\)?;?/;

/** @typedef {{id: string, plural: string|null, places: string[]}} Message */

const STRING = /'((?:[^'\\\n]|\\.)*)'/.source;
const CALL = new RegExp(`\\bt\\(\\s*${STRING}|\\btn\\(\\s*${STRING},\\s*${STRING}`, 'g');

const unescaped = (text) => text.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter));

async function sources(folder) {
    const found = [];
    for (const entry of await readdir(folder, {withFileTypes: true})) {
        if (entry.isDirectory()) found.push(...await sources(join(folder, entry.name)));
        else if (/\.jsx?$/.test(entry.name)) found.push(join(folder, entry.name));
    }
    return found.sort();
}

/** What the sources say, in the order of files and lines. @returns {Promise<Message[]>} */
export async function messagesOf(folder = HERE) {
    /** @type {Map<string, Message>} */
    const found = new Map();
    for (const file of await sources(folder)) {
        const text = await readFile(file, 'utf8');
        for (const {index, 1: only, 2: one, 3: many} of text.matchAll(CALL)) {
            const lineStart = text.lastIndexOf('\n', index) + 1;
            if (/^\s*(\/\/|\*|\/\*)/.test(text.slice(lineStart, index))) continue;
            const id = unescaped(only ?? one);
            const known = found.get(id) ?? {id, plural: null, places: []};
            const place = relative(TOP, file);
            if (many !== undefined) known.plural = unescaped(many);
            if (!known.places.includes(place)) known.places.push(place);
            found.set(id, known);
        }
    }
    return [...found.values()];
}

/** A language's catalogue as read: {language, name, messages: Map of id to forms}. */
export async function readCatalogue(file) {
    const language = basename(file, '.po');
    const parsed = gettext.po.parse(await readFile(file));
    if (!PLURALS.test(parsed.headers['Plural-Forms'] ?? '')) throw new Error(`${file}: Plural-Forms must be nplurals=2; plural=(n != 1);`);
    const messages = new Map(Object.values(parsed.translations['']).filter(({msgid, comments}) => msgid && !/fuzzy/.test(comments?.flag ?? ''))
        .map(({msgid, msgstr}) => [msgid, msgstr]));
    return {language, name: new Intl.DisplayNames([language], {type: 'language'}).of(language), messages};
}

const ACCENTS = {a: 'à', b: 'ƀ', c: 'ç', d: 'ð', e: 'é', f: 'ƒ', g: 'ĝ', h: 'ĥ', i: 'î', j: 'ĵ', k: 'ķ', l: 'ļ', n: 'ñ', o: 'ö', p: 'þ', r: 'ŕ', s: 'š', t: 'ţ', u: 'û', w: 'ŵ', y: 'ý', z: 'ž'};

/** English as a foreign language: accented and half as long again, with what is in braces left alone. */
function pseudo(text) {
    const accented = text.replace(/\{\w+\}|[a-z]/g, (part) => ACCENTS[part] ?? part);
    return `[${accented}${'~'.repeat(Math.ceil(text.length / 2))}]`;
}

const capital = (text, language) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);

/** Each language's JSON: {message: text, or [one, many]}. */
export async function compileCatalogues(folder) {
    const messages = await messagesOf();
    const files = (await readdir(folder)).filter((name) => name.endsWith('.po')).sort();
    const compiled = [];
    for (const file of files) {
        const {language, name, messages: known} = await readCatalogue(join(folder, file));
        const texts = {};
        for (const {id, plural} of messages) {
            const forms = known.get(id);
            if (forms?.every(Boolean)) texts[id] = plural === null ? forms[0] : forms;
        }
        compiled.push({language, name: capital(name, language), json: JSON.stringify(texts)});
    }
    const strange = Object.fromEntries(messages.map(({id, plural}) => [id, plural === null ? pseudo(id) : [pseudo(id), pseudo(plural)]]));
    compiled.push({language: 'en-XA', name: pseudo('English'), json: JSON.stringify(strange)});
    return compiled;
}

async function printTemplate() {
    const messages = await messagesOf();
    const translations = Object.fromEntries(messages.map(({id, plural, places}) => [id, {
        msgid: id, ...(plural !== null && {msgid_plural: plural}), msgstr: plural === null ? [''] : ['', ''], comments: {reference: places.join('\n')},
    }]));
    const headers = {'Content-Type': 'text/plain; charset=UTF-8', 'Content-Transfer-Encoding': '8bit', 'Plural-Forms': 'nplurals=2; plural=(n != 1);'};
    process.stdout.write(gettext.po.compile({charset: 'utf-8', headers, translations: {'': translations}}, {foldLength: 120}));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await printTemplate();
