// SPDX-License-Identifier: Apache-2.0
//
// Doorsteps drawn by the project itself, each seed another place, with whatever a camera puts around a picture.
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {buildFolder} from './server.js';

const run = promisify(execFile);
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const drawn = new Map();

/**
 * Draws a doorstep; the same options give the same bytes.
 * @param {{seed?: number, size?: string, orientation?: number, quality?: number, sampling?: string, profile?: string, exif?: boolean,
 *   gps?: boolean, thumbnail?: boolean, clutter?: boolean, progressive?: boolean, restarts?: boolean, gray?: boolean, rgb?: boolean,
 *   dark?: boolean, blurred?: boolean, 'no-parcel'?: boolean}} [options] size "1632x1224"
 * @returns {Promise<Buffer>}
 */
export async function draw(options = {}) {
    const args = Object.entries(options).flatMap(([name, value]) => (value === true ? [`--${name}`] : value === false ? [] : [`--${name}`, String(value)]));
    const key = args.join(' ');
    if (!drawn.has(key)) drawn.set(key, drawInto(args));
    return drawn.get(key);
}

const program = join(buildFolder, 'src/picture/draw-picture');
const KEPT = 2000; // pictures of one program; tests draw a few hundred that are the same every time

/** Where a picture lies that another file of tests, or an earlier run, had drawn by the same program; null where no more are kept. */
async function placeOf(args) {
    const folder = join(buildFolder, 'src/picture/drawn', String((await stat(program)).mtimeMs));
    await mkdir(folder, {recursive: true});
    const place = join(folder, `${sha256(args.join(' '))}.jpg`);
    return (await readdir(folder)).length < KEPT ? place : null;
}

async function drawInto(args) {
    const place = await placeOf(args);
    const kept = place && await readFile(place).catch(() => null);
    if (kept) return kept;
    const folder = await mkdtemp(join(place ? dirname(place) : tmpdir(), 'porchlight-picture-'));
    try {
        const file = join(folder, 'picture.jpg');
        await run(program, [file, ...args]);
        const picture = await readFile(file);
        if (place) await rename(file, place); // whole or not at all: others may draw the same now
        return picture;
    } finally {
        await rm(folder, {recursive: true, force: true});
    }
}

/** A small one, for tests that are not about pictures: quick to draw, to send and to judge. */
export function smallPicture(seed = 1) {
    return draw({seed, size: '320x240'});
}

/** Width and height as the JPEG's frame header says; null when there is none. */
export function sizeOf(jpeg) {
    for (let at = 2; at + 9 < jpeg.length;) {
        if (jpeg[at] !== 0xff) return null;
        const marker = jpeg[at + 1];
        if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return {width: jpeg.readUInt16BE(at + 7), height: jpeg.readUInt16BE(at + 5)};
        at += 2 + jpeg.readUInt16BE(at + 2);
    }
    return null;
}
