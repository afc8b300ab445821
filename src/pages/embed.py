#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns files into one C source: embed.py OUT.c FILE...

Templates (.html) become embedded_templates[], named by their stem; all other files become
embedded_assets[], with a path that changes when their bytes do: /style/<stem>.<hash>.<suffix>.
"""
import hashlib
import pathlib
import sys

TYPES = {'.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.js': 'text/javascript; charset=utf-8'}


def c_bytes(name, data):
    rows = [', '.join(f'0x{b:02x}' for b in data[i:i + 20]) for i in range(0, len(data), 20)]
    return f'static const unsigned char {name}[] = {{\n' + ',\n'.join(rows) + ', 0};\n'


def main(out, files):
    arrays, templates, assets = [], [], []
    for number, file in enumerate(map(pathlib.Path, files)):
        data = file.read_bytes()
        arrays.append(c_bytes(f'bytes_{number}', data))
        if file.suffix == '.html':
            templates.append(f'    {{"{file.stem}", (const char *)bytes_{number}, {len(data)}}},\n')
            continue
        digest = hashlib.sha256(data).hexdigest()[:16]
        assets.append(f'    {{"{file.name}", {{"/style/{file.stem}.{digest}{file.suffix}", "{TYPES[file.suffix]}",\n'
                      f'      "\\"{digest}\\"", {{bytes_{number}, {len(data)}}}}}}},\n')
    with open(out, 'w', encoding='ascii') as c:
        c.write('/* Made by embed.py. */\n#include "pages/embedded.h"\n\n')
        c.writelines(arrays)
        c.write('\nconst struct template_source embedded_templates[] = {\n' + ''.join(templates) + '};\n')
        c.write(f'const size_t embedded_template_count = {len(templates)};\n')
        c.write('\nconst struct embedded_asset embedded_assets[] = {\n' + ''.join(assets) + '};\n')
        c.write(f'const size_t embedded_asset_count = {len(assets)};\n')


main(sys.argv[1], sys.argv[2:])
