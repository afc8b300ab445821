#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the texts of an evidence archive part of the program: embed.py OUT.c VERIFY.md verify.sh"""
import pathlib
import sys

out = ['/* Made of VERIFY.md and verify.sh. */\n#include "ledger/evidence_texts.h"\n']
for path in map(pathlib.Path, sys.argv[2:]):
    data = path.read_bytes()
    name = 'evidence_' + path.name.lower().replace('.', '_')
    rows = ',\n'.join(','.join(map(str, data[at:at + 40])) for at in range(0, len(data), 40))
    out.append(f'const uint8_t {name}[] = {{\n{rows}}};\nconst size_t {name}_len = {len(data)};\n')
pathlib.Path(sys.argv[1]).write_text('\n'.join(out), encoding='utf-8')
