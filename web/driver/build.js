// SPDX-License-Identifier: Apache-2.0
//
//     node web/driver/build.js OUT_FOLDER
//
// Makes the driver's app: bundles it with esbuild under names that hold a hash of what is in them, compiles the catalogues
// of po/, compresses each file ahead, and writes manifest.json, which tells the server what there is and how to serve it.
// The shell (what must come before anything is seen: html, style, script and what that imports at once) must fit SHELL_MOST.
// Scripts that are imported later come with the worker, before the app counts as installed; wasm, pictures and other languages
// follow when there is time. Fails with one sentence where something is missing.
import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {basename, dirname, extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import zlib from 'node:zlib';
import esbuild from 'esbuild';
import {compileCatalogues} from './catalogues.js';

const SHELL_MOST = 30 * 1024; // bytes, gzipped
const BASE = '/drive/';
const HERE = dirname(fileURLToPath(import.meta.url));
const PO = join(HERE, '../../po');
const TYPES = {
    '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
    '.json': 'application/json', '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png',
};
/** @type {import('esbuild').BuildOptions & {write: false}} */
const COMMON = {
    bundle: true, write: false, minify: true, charset: 'utf8', legalComments: 'none', target: ['chrome110', 'firefox115', 'safari16'],
    jsx: 'automatic', jsxImportSource: 'preact', loader: {'.wasm': 'file', '.svg': 'file', '.png': 'file'},
};
const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

/** @typedef {{name: string, bytes: Buffer, immutable: boolean}} Made a file of the app */

const pathOf = (name) => (name === 'index.html' ? BASE : BASE + name);
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 10);

/** A file under a name with its hash. @returns {Made} */
function hashed(name, bytes) {
    const ending = extname(name);
    return {name: `${basename(name, ending)}.${hashOf(bytes)}${ending}`, bytes, immutable: true};
}

/** The catalogues as files, and what words.js is told of them. */
async function words() {
    const files = [];
    const list = [['en', 'English', '']];
    for (const {language, name, json} of await compileCatalogues(PO)) {
        const file = hashed(`words-${language}.json`, Buffer.from(json));
        files.push(file);
        list.push([language, name, BASE + file.name]);
    }
    return {files, list};
}

/** The bundles of script and style: their files, the first of each, and what the script imports at once. */
async function bundles(catalogues, developer) {
    const result = await esbuild.build({
        ...COMMON, entryPoints: [join(HERE, 'main.jsx'), join(HERE, 'drive.css')], outdir: HERE, publicPath: BASE, metafile: true,
        format: 'esm', splitting: true, entryNames: '[name].[hash]', chunkNames: '[name].[hash]', assetNames: '[name].[hash]',
        define: {CATALOGUES: JSON.stringify(catalogues), DEVELOPER: JSON.stringify(BASE + developer)},
    });
    const outputs = Object.entries(result.metafile.outputs).map(([path, output]) => ({name: basename(path), ...output}));
    const entry = (source) => outputs.find(({entryPoint}) => entryPoint?.endsWith(source)).name;
    const atOnce = new Set();
    const follow = (name) => {
        if (atOnce.has(name)) return;
        atOnce.add(name);
        for (const {path, kind} of outputs.find((output) => output.name === name).imports) if (kind === 'import-statement') follow(basename(path));
    };
    follow(entry('main.jsx'));
    return {
        files: result.outputFiles.map(({path, contents}) => ({name: basename(path), bytes: Buffer.from(contents), immutable: true})),
        script: entry('main.jsx'), style: entry('drive.css'), atOnce: [...atOnce],
    };
}

/** The worker that makes a picture a JPEG, beside the app's own scripts. @returns {Promise<Made>} */
async function developing() {
    const result = await esbuild.build({...COMMON, entryPoints: [join(HERE, 'develop.js')], outdir: HERE, format: 'iife'});
    return hashed('develop.js', Buffer.from(result.outputFiles[0].contents));
}

/** The icons, which the page and the web manifest name. */
async function pictures() {
    const names = (await readdir(HERE)).filter((name) => /^icon.*\.(svg|png)$/.test(name));
    return Promise.all(names.map(async (name) => ({source: name, ...hashed(name, await readFile(join(HERE, name)))})));
}

/** A text with the names of our files replaced by addresses; a name that leads nowhere is an error. */
function addressed(text, of, pattern, addresses) {
    return text.replace(pattern, (whole, before, name, after) => {
        if (!addresses.has(name)) throw new Error(`${of} names ${name}, which is not there`);
        return before + addresses.get(name) + after;
    });
}

/** The worker, told what to keep: it changes with every file of the app, so that phones learn of a new one. @param {Made[]} files */
async function worker(files) {
    const needed = ({name}) => ['.html', '.css', '.js', '.svg', '.webmanifest'].includes(extname(name));
    const paths = (some) => JSON.stringify(some.map(({name}) => pathOf(name)));
    const version = hashOf(Buffer.concat(files.map(({name, bytes}) => Buffer.concat([Buffer.from(name), bytes]))));
    const result = await esbuild.build({
        ...COMMON, entryPoints: [join(HERE, 'sw.js')], outdir: HERE, format: 'iife',
        define: {NEEDED: paths(files.filter(needed)), REST: paths(files.filter((file) => !needed(file))), VERSION: JSON.stringify(version)},
    });
    return {name: 'sw.js', bytes: Buffer.from(result.outputFiles[0].contents), immutable: false};
}

/** @returns {Promise<{files: Made[], shell: string[]}>} everything; shell: the names of what must come first */
async function makeApp() {
    const catalogues = await words();
    const developer = await developing();
    const code = await bundles(catalogues.list, developer.name);
    const icons = await pictures();
    const addresses = new Map(icons.map(({source, name}) => [source, BASE + name]));
    addresses.set('main.jsx', BASE + code.script).set('drive.css', BASE + code.style).set('app.webmanifest', `${BASE}app.webmanifest`);

    const manifest = addressed(await readFile(join(HERE, 'app.webmanifest'), 'utf8'), 'app.webmanifest', /("src":\s*")([^"/]+)(")/g, addresses);
    const preloads = code.atOnce.filter((name) => name !== code.script).map((name) => `<link rel="modulepreload" href="${BASE}${name}">\n`).join('');
    const html = addressed(await readFile(join(HERE, 'index.html'), 'utf8'), 'index.html', /(\b(?:href|src)=")([^"/#]+)(")/g, addresses)
        .replace('</head>', `${preloads}</head>`);

    const files = [
        {name: 'index.html', bytes: Buffer.from(html), immutable: false},
        {name: 'app.webmanifest', bytes: Buffer.from(manifest), immutable: false},
        ...code.files, developer, ...catalogues.files, ...icons.map(({name, bytes, immutable}) => ({name, bytes, immutable})),
    ];
    const shell = ['index.html', code.style, ...code.atOnce];
    files.push(await worker(files));
    return {files, shell};
}

/** Writes a file and its compressed sisters, and gives its entry of the manifest. @param {string} out @param {Made} made */
async function write(out, {name, bytes, immutable}) {
    const encodings = {};
    await writeFile(join(out, name), bytes);
    if (extname(name) !== '.png') {
        const params = {[zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length};
        const packed = {br: await brotli(bytes, {params}), gzip: await gzip(bytes, {level: 9})};
        for (const [encoding, ending] of [['br', 'br'], ['gzip', 'gz']]) {
            if (packed[encoding].length >= bytes.length) continue;
            encodings[encoding] = `${name}.${ending}`;
            await writeFile(join(out, encodings[encoding]), packed[encoding]);
        }
    }
    return {path: pathOf(name), file: name, type: TYPES[extname(name)], immutable, encodings};
}

async function main(out) {
    if (!out) throw new Error('usage: node web/driver/build.js OUT_FOLDER');
    await mkdir(out, {recursive: true});
    const {files, shell} = await makeApp();
    const entries = await Promise.all(files.map((file) => write(out, file)));
    const sizes = await Promise.all(files.filter(({name}) => shell.includes(name)).map(async ({bytes}) => (await gzip(bytes, {level: 9})).length));
    const size = sizes.reduce((sum, each) => sum + each, 0);
    console.log(`drive-shell-kb ${(size / 1024).toFixed(1)}`);
    if (size > SHELL_MOST) throw new Error(`the shell is larger than ${SHELL_MOST / 1024} KB (${shell.join(' ')}); what is not seen first can be imported later`);
    await writeFile(join(out, 'manifest.json'), `${JSON.stringify({version: 1, shell_bytes: size, files: entries}, null, 1)}\n`);
}

try {
    await main(process.argv[2]);
} catch (error) {
    console.error(`web/driver/build.js: ${error.message}`);
    process.exit(1);
}
