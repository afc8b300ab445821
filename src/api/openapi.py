#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes of docs/openapi.yaml the bytes that GET /openapi.json answers: openapi.py IN.yaml OUT.c

The YAML is read as version 1.2 means it: `yes` is a text, and so is a date."""
import json
import re
import sys

import yaml


class Loader(yaml.SafeLoader):
    pass


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag not in ('tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:bool')]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile(r'^(?:true|True|TRUE|false|False|FALSE)$'), list('tTfF'))

with open(sys.argv[1], encoding='utf-8') as file:
    data = json.dumps(yaml.load(file, Loader), ensure_ascii=False, separators=(',', ':')).encode()

rows = ',\n'.join(','.join(map(str, data[at:at + 40])) for at in range(0, len(data), 40))
with open(sys.argv[2], 'w', encoding='utf-8') as file:
    file.write(f'/* Made of docs/openapi.yaml. */\n#include "api/public.h"\n\n'
               f'const unsigned char public_openapi_json[] = {{\n{rows}}};\n'
               f'const unsigned long public_openapi_json_len = {len(data)};\n')
