// SPDX-License-Identifier: Apache-2.0
//
// Reads an archive of stored files by its directory: the sizes of what was sent while it was made stand there alone.
const END = 0x06054b50, ENTRY = 0x02014b50, END_LENGTH = 22, ENTRY_LENGTH = 46, HEAD_LENGTH = 30;

/** The files by their names. @param {Buffer} bytes @returns {Record<string, Buffer>} */
export function filesOf(bytes) {
    const files = /** @type {Record<string, Buffer>} */ ({});
    const end = bytes.length - END_LENGTH;
    if (end < 0 || bytes.readUInt32LE(end) !== END) throw new Error('an archive without its directory');
    let at = bytes.readUInt32LE(end + 16);
    for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
        if (bytes.readUInt32LE(at) !== ENTRY || bytes.readUInt16LE(at + 10) !== 0) throw new Error('a directory of something else');
        const [size, name, extra, comment, head] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
        const begin = head + HEAD_LENGTH + bytes.readUInt16LE(head + 26) + bytes.readUInt16LE(head + 28);
        files[bytes.subarray(at + ENTRY_LENGTH, at + ENTRY_LENGTH + name).toString()] = bytes.subarray(begin, begin + size);
        at += ENTRY_LENGTH + name + extra + comment;
    }
    return files;
}
