// SPDX-License-Identifier: Apache-2.0
//
// What is in a JPEG, asked of programs that are not ours: djpeg for the pixels, exiftool for whatever hides beside them.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);
const GRID = 24; // cells along each side of what is compared

/** Runs a program on a picture that lies in a file of its own. */
async function ask(program, args, jpeg) {
    const folder = await mkdtemp(join(tmpdir(), 'porchlight-eyes-'));
    try {
        const file = join(folder, 'picture.jpg');
        await writeFile(file, jpeg);
        return (await run(program, [...args, file], {encoding: 'buffer', maxBuffer: 1 << 30})).stdout;
    } finally {
        await rm(folder, {recursive: true, force: true});
    }
}

const askText = async (program, args, jpeg) => (await ask(program, args, jpeg)).toString('utf8');

/** The pixels, as they lie in the file: {width, height, rgb}. */
export async function decode(jpeg) {
    const ppm = await ask('djpeg', ['-rgb', '-pnm'], jpeg);
    const [header, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.subarray(0, 40).toString('latin1'));
    return {width: Number(width), height: Number(height), rgb: ppm.subarray(header.length)};
}

/** Where a place of the upright picture lies in the stored one, both as parts of 1, for EXIF's eight orientations. */
const STORED = [null, (x, y) => [x, y], (x, y) => [1 - x, y], (x, y) => [1 - x, 1 - y], (x, y) => [x, 1 - y],
    (x, y) => [y, x], (x, y) => [y, 1 - x], (x, y) => [1 - y, 1 - x], (x, y) => [1 - y, x]];

/** A picture seen from afar, upright: the mean colours of a grid's cells. */
function glance({width, height, rgb}, orientation = 1) {
    const sums = new Float64Array(GRID * GRID * 4);
    const steps = GRID * 12;
    for (let v = 0; v < steps; v++) {
        for (let u = 0; u < steps; u++) {
            const [x, y] = STORED[orientation]((u + 0.5) / steps, (v + 0.5) / steps);
            const at = 3 * (Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width)));
            const cell = 4 * (Math.floor(v / 12) * GRID + Math.floor(u / 12));
            for (let c = 0; c < 3; c++) sums[cell + c] += rgb[at + c];
            sums[cell + 3]++;
        }
    }
    return sums.map((sum, i) => (i % 4 === 3 ? 0 : sum / sums[i - (i % 4) + 3]));
}

/** How far two pictures are apart at a glance, 0 to 255; `orientation` is the EXIF one of the first. */
export async function difference(one, other, orientation = 1) {
    const a = glance(await decode(one), orientation);
    const b = glance(await decode(other));
    return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / (GRID * GRID * 3);
}

/** Asserts that `posted` is `source` upright: near at a glance, and nearer than any other way up; of the same shape. */
export async function assertUpright(source, posted, what = 'the photo') {
    const near = (await tagsOf(source)).some((tag) => tag.startsWith('ICC')) ? 25 : 8; // colours of another profile are converted
    const orientation = await orientationOf(source);
    const stored = await decode(source);
    const seen = await decode(posted);
    const turned = orientation >= 5;
    const [width, height] = turned ? [stored.height, stored.width] : [stored.width, stored.height];
    assert.ok(Math.abs(width / height - seen.width / seen.height) < 0.02 * (width / height), `${what}: ${seen.width}x${seen.height} of ${width}x${height}`);
    const far = glance(seen);
    const away = STORED.map((_, way) => (way === 0 ? Infinity
        : glance(stored, way).reduce((sum, value, i) => sum + Math.abs(value - far[i]), 0) / (GRID * GRID * 3)));
    assert.ok(away[orientation] < near, `${what} is ${away[orientation].toFixed(1)} from its source (orientation ${orientation})`);
    assert.ok(away[orientation] <= Math.min(...away) + 0.5, `${what} is not upright: ${away.slice(1).map((d) => d.toFixed(1))} for orientation ${orientation}`);
}

const told = new WeakMap();

/** All that exiftool finds, {"group:name": value}, numbers as numbers; a picture is asked about once. */
function readTags(jpeg) {
    if (!told.has(jpeg)) told.set(jpeg, askText('exiftool', ['-a', '-G1', '-j', '-n', '-u', '-ee3'], jpeg).then((json) => JSON.parse(json)[0]));
    return told.get(jpeg);
}

/** EXIF's orientation, as exiftool reads it; 1 where there is none. */
export async function orientationOf(jpeg) {
    const value = Number((await readTags(jpeg))['IFD0:Orientation']);
    return value >= 1 && value <= 8 ? value : 1;
}

/** Every tag that exiftool finds, as "group:name". */
export async function tagsOf(jpeg) {
    return Object.keys(await readTags(jpeg));
}

/** Of a picture's own size and encoding; the first two lines are of the file that exiftool was given. */
const PLAIN = [/^SourceFile$/, /^ExifTool:ExifToolVersion$/, /^System:/,
    /^File:(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess|BitsPerSample|ColorComponents|YCbCrSubSampling)$/,
    /^JFIF:(JFIFVersion|ResolutionUnit|[XY]Resolution)$/, /^Composite:(ImageSize|Megapixels)$/];

/** Asserts that nothing is in a JPEG but the picture (R7). `profile`: how its colours are coded may be described (Display P3, RGB). */
export async function assertBare(jpeg, {profile = false, what = 'the photo'} = {}) {
    const more = (await tagsOf(jpeg)).filter((tag) => !PLAIN.some((plain) => plain.test(tag)) && !(profile && /^(ICC|Adobe:)/.test(tag)));
    assert.deepEqual(more, [], `${what} carries more than itself`);
    assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8], `${what} does not begin as a JPEG`);
    assert.deepEqual([...jpeg.subarray(-2)], [0xff, 0xd9], `${what} does not end with its picture`);
}
