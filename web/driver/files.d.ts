// SPDX-License-Identifier: Apache-2.0
//
// What build.js puts into the bundles, told to the type checker.

/** A file of its own beside the bundle: its address. */
declare module '*.wasm' {
    const address: string;
    export default address;
}

/** The catalogues: [language, its own name, the catalogue's address; '' for English, which needs none]. */
declare const CATALOGUES: [string, string, string][];

/** The address of the worker that develops pictures. */
declare const DEVELOPER: string;

/** For sw.js: the files without which the app does not work, those that it fetches later, and a name for both together. */
declare const NEEDED: string[];
declare const REST: string[];
declare const VERSION: string;
