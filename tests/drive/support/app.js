// SPDX-License-Identifier: Apache-2.0
//
// The driver's app as build.js makes it, and the engine of it alone on a page: both built once for each file of tests.
import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import esbuild from 'esbuild';

const run = promisify(execFile);
const top = fileURLToPath(new URL('../../..', import.meta.url));

let folder;
let page;

/** Where build.js put the app. @returns {Promise<string>} */
export function appFolder() {
    folder ??= build();
    return folder;
}

async function build() {
    const out = await mkdtemp(join(tmpdir(), 'porchlight-app-'));
    await run(process.execPath, [join(top, 'web/driver/build.js'), out]);
    return out;
}

/** The engine's modules on a page of their own, by path. @returns {Promise<Map<string, Buffer>>} */
export function enginePage() {
    page ??= bundle();
    return page;
}

async function bundle() {
    const {outputFiles} = await esbuild.build({
        entryPoints: [join(top, 'tests/drive/support/engine-page.js')], bundle: true, write: false, format: 'esm', splitting: true, outdir: top, define: {CATALOGUES: '[["en","English",""]]', DEVELOPER: '""'},
    });
    return new Map(outputFiles.map(({path, contents}) => [`/drive/engine/${basename(path)}`, Buffer.from(contents)]));
}

/** Removes what was built. */
export async function removeApp() {
    if (folder) await rm(await folder, {recursive: true, force: true});
}
