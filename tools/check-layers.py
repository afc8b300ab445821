#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The arrows point down: a file of src/ includes its own folder or a lower layer. Reads the #include lines and prints
each one that goes up or sideways. docs/architecture.md draws the same order."""
import re
import sys
from pathlib import Path

# From the ground up; the folders of one line know nothing of each other.
LAYERS = [
    ["base"],
    ["lang"],
    ["crypto", "settings", "html", "http", "db", "sandbox", "domain", "drive"],
    ["keys", "picture", "oidc"],
    ["blob", "store", "photo", "paper"],
    ["ledger"],
    ["intake"],
    ["notify"],
    ["jobs"],
    ["pages"],
    ["api"],
    ["cli"],
]
RANK = {folder: rank for rank, folders in enumerate(LAYERS) for folder in folders}

SRC = Path(__file__).resolve().parent.parent / "src"


def faults_of(path):
    relative = path.relative_to(SRC)
    folder = relative.parts[0] if len(relative.parts) > 1 else None  # None: main.c, above all
    if folder is not None and folder not in RANK:
        yield f"src/{relative}:1: the folder {folder}/ has no layer; add it to tools/check-layers.py"
        return
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not include:
            continue
        parts = include[1].split("/")
        if len(parts) != 2 or not (SRC / include[1]).exists():
            yield f'src/{relative}:{number}: "{include[1]}" is no file of src/ named from there'
        elif parts[0] not in RANK:
            yield f"src/{relative}:{number}: the folder {parts[0]}/ has no layer"
        elif folder not in (None, parts[0]) and RANK[parts[0]] >= RANK[folder]:
            yield f"src/{relative}:{number}: {folder}/ must not know {parts[0]}/"


faults = [fault for pattern in ("*.c", "*.h") for path in sorted(SRC.rglob(pattern)) for fault in faults_of(path)]
print("\n".join(faults) if faults else "layers: every include goes down")
sys.exit(1 if faults else 0)
