#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the templates of letters part of the program: embed.py OUT.c FILE... Each is named by its stem."""
import pathlib
import sys


def main(out, files):
    with open(out, 'w', encoding='ascii') as c:
        c.write('/* Made by embed.py. */\n#include "notify/letter_templates.h"\n\n')
        names = []
        for number, file in enumerate(map(pathlib.Path, files)):
            data = file.read_bytes()
            rows = [', '.join(f'0x{b:02x}' for b in data[i:i + 20]) for i in range(0, len(data), 20)]
            c.write(f'static const unsigned char bytes_{number}[] = {{\n' + ',\n'.join(rows) + ', 0};\n')
            names.append(f'    {{"{file.stem}", (const char *)bytes_{number}, {len(data)}}},\n')
        c.write('\nconst struct template_source letter_templates[] = {\n' + ''.join(names) + '};\n')
        c.write(f'const size_t letter_template_count = {len(names)};\n')


main(sys.argv[1], sys.argv[2:])
