#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the driver's app and makes it part of the program: embed.py NODE TOP OUT.c OUT.bin OUT.d FOLDER

Runs TOP/web/driver/build.js into FOLDER, puts the bytes of all files that its manifest.json lists one after the other into
OUT.bin, and writes OUT.c: the table drive_files[], whose bytes the assembler takes from OUT.bin as they are (a megabyte as C
numbers would cost seconds in every build). OUT.d tells ninja what the app is made of.
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

ENCODINGS = ('br', 'gzip', 'identity')
ALIGN = 16


def build(node, top, folder):
    """Runs the app's own build; gives the manifest's list of files."""
    shutil.rmtree(folder, ignore_errors=True)
    said = subprocess.run([node, 'web/driver/build.js', folder], cwd=top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if said.returncode != 0:
        sys.exit(f'{said.stdout}the driver\'s app was not built; `tools/install build` installs what it needs')
    return json.loads((folder / 'manifest.json').read_text(encoding='utf-8'))['files']


def text(value):
    """A C string; what comes from the manifest is plain."""
    if not value.isascii() or any(c in value for c in '"\\\n'):
        sys.exit(f'{value!r} is no plain text')
    return f'"{value}"'


def versions(folder, file, blob):
    """The rows of a file's encodings, the smallest first; their bytes go to the end of `blob`."""
    names = {'identity': file['file'], **file['encodings']}
    found = []
    for encoding in ENCODINGS:
        if encoding in names:
            found.append((encoding, (folder / names[encoding]).read_bytes()))
    found.sort(key=lambda each: (each[0] == 'identity', len(each[1])))
    rows = []
    for encoding, data in found:
        digest = hashlib.sha256(data).hexdigest()[:20]
        rows.append(f'{{{text(encoding)}, "\\"{digest}\\"", {{drive_bytes + {len(blob)}, {len(data)}}}}}')
        blob += data + bytes(-len(data) % ALIGN)
    return rows


def main(node, top, out_c, out_bin, out_d, folder):
    top, folder = pathlib.Path(top).resolve(), pathlib.Path(folder).resolve()
    blob, table = bytearray(), []
    for file in build(node, top, folder):
        rows = versions(folder, file, blob)
        table.append(f'    {{{text(file["path"])}, {text(file["type"])}, {"true" if file["immutable"] else "false"},\n'
                     f'     {{{", ".join(rows)}}}, {len(rows)}}},\n')
    pathlib.Path(out_bin).write_bytes(blob)
    pathlib.Path(out_c).write_text(
        '/* Made by embed.py. */\n#include "drive/drive.h"\n\n'
        'extern const unsigned char drive_bytes[];\n'
        f'__asm__(".section .rodata\\n.balign {ALIGN}\\n.globl drive_bytes\\n.hidden drive_bytes\\ndrive_bytes:\\n"\n'
        f'        ".incbin \\"{pathlib.Path(out_bin).resolve()}\\"\\n.previous\\n");\n\n'
        'const struct drive_file drive_files[] = {\n' + ''.join(table) + '};\n'
        f'const size_t drive_file_count = {len(table)};\n', encoding='ascii')
    # A folder among the parts: its time changes when a file comes or goes.
    parts = [top / 'package-lock.json']
    for source in (top / 'web' / 'driver', top / 'po'):
        parts += [source, *source.rglob('*')]
    names = ' '.join(str(part).replace(' ', '\\ ') for part in parts if part.exists())
    pathlib.Path(out_d).write_text(f'{out_c}: {names}\n', encoding='utf-8')


main(*sys.argv[1:])
