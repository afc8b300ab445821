#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns files into one C source: embed.py OUT.c TOP FILE...

Templates (.html) become embedded_templates[], named by their stem: all of them in English first, then in each other language
of TOP/po, put there by po/templates.py. All other files become embedded_assets[], with a path that changes when their bytes
do: /style/<stem>.<hash>.<suffix>.
"""
import hashlib
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(sys.argv[2]).resolve() / 'po'))
import catalogue  # noqa: E402, found in TOP
import templates  # noqa: E402

TYPES = {'.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml'}


def c_bytes(name, data):
    rows = [', '.join(f'0x{b:02x}' for b in data[i:i + 20]) for i in range(0, len(data), 20)]
    return f'static const unsigned char {name}[] = {{\n' + ',\n'.join(rows) + ', 0};\n'


def served(file):
    """A file's bytes; a stylesheet's without what only its readers here need."""
    data = file.read_bytes()
    return re.sub(rb'\n\s*', b'\n', re.sub(rb'/\*.*?\*/', b'', data, flags=re.S)).lstrip() if file.suffix == '.css' else data


def main(out, files):
    files = [pathlib.Path(file) for file in files]
    arrays, rows, assets = [], [], []

    def add(data):
        name = f'bytes_{len(arrays)}'
        arrays.append(c_bytes(name, data))
        return name
    pages = [file for file in files if file.suffix == '.html']
    for language in catalogue.languages():
        for file in pages:
            data = templates.translated(file.read_text(encoding='utf-8'), f'{file.name} in {language.code}', language).encode()
            rows.append(f'    {{"{file.stem}", (const char *){add(data)}, {len(data)}}},\n')
    for file in files:
        if file in pages:
            continue
        data = served(file)
        digest = hashlib.sha256(data).hexdigest()[:16]
        assets.append(f'    {{"{file.name}", {{"/style/{file.stem}.{digest}{file.suffix}", "{TYPES[file.suffix]}",\n'
                      f'      "\\"{digest}\\"", {{{add(data)}, {len(data)}}}}}}},\n')
    with open(out, 'w', encoding='ascii') as c:
        c.write('/* Made by embed.py. */\n#include "pages/embedded.h"\n\n')
        c.writelines(arrays)
        c.write('\nconst struct template_source embedded_templates[] = {\n' + ''.join(rows) + '};\n')
        c.write(f'const size_t embedded_template_count = {len(pages)};\n')
        c.write('\nconst struct embedded_asset embedded_assets[] = {\n' + ''.join(assets) + '};\n')
        c.write(f'const size_t embedded_asset_count = {len(assets)};\n')


main(sys.argv[1], sys.argv[3:])
