#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the documents say against what is there:

    - every relative link and picture of README.md, CONTRIBUTING.md, docs/ and deploy/ leads to a file
    - every `make` verb that a document names exists, and every verb of the Makefile is in README.md
    - every path in back-quotes that begins with a folder of this tree exists
    - docs/openapi.yaml reads as YAML with an operation's id used once (the routes are compared by a test)
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
DOCUMENTS = [path for path in [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md")),
                               *sorted((TOP / "deploy").rglob("*.md"))] if path.exists()]
VERBS = set(re.findall(r"^([a-z]+):.*##", (TOP / "Makefile").read_text(), re.M))
FOLDERS = "src|tools|deploy|docs|man|tests|bench|web"

faults = []


def say(path, number, what):
    faults.append(f"{path.relative_to(TOP)}:{number}: {what}")


for path in DOCUMENTS:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                say(path, number, f"the link to {target} leads nowhere")
        for quoted in re.findall(r"`([^`]+)`", line):
            verb = re.fullmatch(r"(?:\$ )?make ([a-z]+)(?: [a-z]+)*", quoted)
            if verb and not set(quoted.removeprefix("$ ").split()[1:]) <= VERBS:
                say(path, number, f"`{quoted}` is no verb of the Makefile")
            if re.fullmatch(rf"({FOLDERS})/[\w./-]*\w", quoted) and not (TOP / quoted).exists():
                say(path, number, f"`{quoted}` does not exist")

readme = TOP / "README.md"
if readme.exists():
    for verb in sorted(VERBS - {"help"}):
        if f"make {verb}" not in readme.read_text():
            say(readme, 1, f"`make {verb}` is missing")

openapi = TOP / "docs" / "openapi.yaml"
if openapi.exists():
    seen = {}
    for number, line in enumerate(openapi.read_text().splitlines(), 1):
        if "\t" in line:
            say(openapi, number, "a tab")
        if operation := re.match(r"\s+operationId:\s*(\S+)", line):
            if operation[1] in seen:
                say(openapi, number, f"operationId {operation[1]} was used in line {seen[operation[1]]}")
            seen[operation[1]] = number

print("\n".join(faults) if faults else "documents: links, verbs and paths are right")
sys.exit(1 if faults else 0)
