#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the templates of letters part of the program: embed.py OUT.c TOP FILE...

Each is named by its stem: all of them in English first, then in each other language of TOP/po, put there by po/templates.py.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(sys.argv[2]).resolve() / 'po'))
import catalogue  # noqa: E402, found in TOP
import templates  # noqa: E402


def main(out, files):
    files = [pathlib.Path(file) for file in files]
    with open(out, 'w', encoding='ascii') as c:
        c.write('/* Made by embed.py. */\n#include "notify/letter_templates.h"\n\n')
        rows = []
        for language in catalogue.languages():
            for file in files:
                text = templates.translated(file.read_text(encoding='utf-8'), f'{file.name} in {language.code}', language)
                data = text.encode()
                lines = [', '.join(f'0x{b:02x}' for b in data[i:i + 20]) for i in range(0, len(data), 20)]
                c.write(f'static const unsigned char bytes_{len(rows)}[] = {{\n' + ',\n'.join(lines) + ', 0};\n')
                rows.append(f'    {{"{file.stem}", (const char *)bytes_{len(rows)}, {len(data)}}},\n')
        c.write('\nconst struct template_source letter_templates[] = {\n' + ''.join(rows) + '};\n')
        c.write(f'const size_t letter_template_count = {len(files)};\n')


main(sys.argv[1], sys.argv[3:])
