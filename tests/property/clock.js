// SPDX-License-Identifier: Apache-2.0
//
// A clock that a history moves. The server runs under Debian's libfaketime, which adds an offset from a file to the wall
// clock; its steady clock is left alone, so that pauses and deadlines last as long as they do. The product knows nothing of it.
import {existsSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib/arm-linux-gnueabihf', '/usr/lib64', '/usr/lib']
    .map((folder) => join(folder, 'faketime/libfaketime.so.1'));

export const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** Where the library is, or undefined. */
export const library = LIBRARIES.find((file) => existsSync(file));

export class Clock {
    /** @param {string} folder where its file may be */
    constructor(folder) {
        this.file = join(folder, 'clock');
        this.offset = 0; // whole seconds
        this.write();
    }

    write() {
        writeFileSync(`${this.file}.new`, `+${this.offset}\n`);
        renameSync(`${this.file}.new`, this.file); // a reader never sees half of it
    }

    /** What the server's processes need in their environment. */
    get env() {
        return {LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: this.file, FAKETIME_NO_CACHE: '1', NO_FAKE_STAT: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_FORCE_MONOTONIC_FIX: '0'}; // else waits by the steady clock end at once
    }

    /** Milliseconds since 1970, as the server has them. */
    now() {
        return Date.now() + this.offset * 1000;
    }

    /** RFC 3339. */
    text() {
        return new Date(this.now()).toISOString();
    }

    forward(ms) {
        this.offset += Math.round(ms / 1000);
        this.write();
    }
}
