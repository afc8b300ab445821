#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns files into one C source: embed.py OUT.c TOP FILE...

Templates (.html) become embedded_templates[], named by their stem: all of them in English first, then in each other language
of TOP/po, put there by po/templates.py. All other files become embedded_assets[], with a path that changes when their bytes
do: /style/<stem>.<hash>.<suffix>, or /script/… for a script. Browsers know a service worker, a web app and a notification's
picture by paths that never change, so those files stand at the top as they are: /sw.js.
"""
import hashlib
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(sys.argv[2]).resolve() / 'po'))
import catalogue  # noqa: E402, found in TOP
import templates  # noqa: E402

TYPES = {'.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.js': 'text/javascript; charset=utf-8',
         '.webmanifest': 'application/manifest+json', '.png': 'image/png'}
AT_TOP = ('sw.js', 'app.webmanifest', 'icon-192.png')


def c_bytes(name, data):
    rows = [', '.join(f'0x{b:02x}' for b in data[i:i + 20]) for i in range(0, len(data), 20)]
    return f'static const unsigned char {name}[] = {{\n' + ',\n'.join(rows) + ', 0};\n'


def served(file):
    """A file's bytes; a stylesheet's without what only its readers here need, the worker's with its words."""
    data = file.read_bytes()
    if file.name == 'sw.js':
        return with_catalogues(data)
    return re.sub(rb'\n\s*', b'\n', re.sub(rb'/\*.*?\*/', b'', data, flags=re.S)).lstrip() if file.suffix == '.css' else data


def with_catalogues(data):
    """The worker with what it says in all languages but English, which it has, and those for tests: no page tells it of them."""
    said = [message for message in catalogue.template() if 'web/recipient/sw.js' in message.places]
    known = {language.code: {message.id: language.translate(None, message.id) for message in said}
             for language in catalogue.languages() if language.translate and not language.pseudo}
    known = {code: {id: forms[0] for id, forms in texts.items() if forms} for code, texts in known.items()}
    place = b'const CATALOGUES = {};'
    if data.count(place) != 1:
        sys.exit('sw.js: there is no one place for the catalogues')
    return data.replace(place, f'const CATALOGUES = {json.dumps(known, ensure_ascii=False)};'.encode())


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
        folder = 'script' if file.suffix == '.js' else 'style'
        path = f'/{file.name}' if file.name in AT_TOP else f'/{folder}/{file.stem}.{digest}{file.suffix}'
        assets.append(f'    {{"{file.name}", {{"{path}", "{TYPES[file.suffix]}",\n'
                      f'      "\\"{digest}\\"", {{{add(data)}, {len(data)}}}}}}},\n')
    with open(out, 'w', encoding='ascii') as c:
        c.write('/* Made by embed.py. */\n#include "pages/embedded.h"\n\n')
        c.writelines(arrays)
        c.write('\nconst struct template_source embedded_templates[] = {\n' + ''.join(rows) + '};\n')
        c.write(f'const size_t embedded_template_count = {len(pages)};\n')
        c.write('\nconst struct embedded_asset embedded_assets[] = {\n' + ''.join(assets) + '};\n')
        c.write(f'const size_t embedded_asset_count = {len(assets)};\n')


main(sys.argv[1], sys.argv[3:])
