#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the documents say against what is there:

    - every relative link and picture of README.md, CONTRIBUTING.md, docs/ and deploy/ leads to a file
    - every `make` verb that a document names exists, and every verb of the Makefile is in README.md
    - every path in back-quotes that begins with a folder of this tree exists
    - every test that docs/design.md's table of rules names exists, as often as it says: `file › case`, where a case
      that ends in … is the beginning of one or more
    - docs/openapi.yaml reads as YAML with no key twice in one place, and an operation's id used once (the routes are
      compared by a test)
"""
import re
import sys
from pathlib import Path

import yaml

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

CASES = {".c": r"\b(?:\w+_)?TEST\((\w+)\)", ".js": r"""^test\((?:'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"|`([^`]*)`)"""}


def cases_of(file):
    """The names of a test file's tests."""
    found = re.findall(CASES[file.suffix], file.read_text(), re.M)
    return ["".join(case).replace("\\'", "'") for case in found]


def check_held_by(path, number, named, often):
    """One `file` or `file › case` of the table of rules, `often` what the bracket behind it says, if anything."""
    file, _, case = named.partition(" › ")
    places = [place for folder in ("src", "tests") for place in (TOP / folder).rglob(file)
              if "node_modules" not in place.parts]
    if not places:
        say(path, number, f"there is no {file}")
        return
    begins = case.removesuffix("…")
    met = [name for place in places for name in cases_of(place)
           if not case or name == case or (case.endswith("…") and name.startswith(begins))]
    if not met:
        say(path, number, f"{file} has no test `{case}`" if case else f"{file} has no test")
    elif often and len(met) != int(often):
        say(path, number, f"`{named}` are {len(met)} tests, not {often}")


design = TOP / "docs" / "design.md"
if design.exists():
    rules = 0
    for number, line in enumerate(design.read_text().splitlines(), 1):
        if not re.match(r"\| \*\*R\d+\*\* \|", line):
            continue
        rules += 1
        held_by = line.split("|")[3]
        named = re.findall(r"`([^`]+)`(?: \((\d+)\b[^)]*\))?", held_by)
        if not named:
            say(design, number, "a rule that no test holds")
        for test, often in named:
            check_held_by(design, number, test, often)
    if rules == 0:
        say(design, 1, "the table of rules is gone")

class Strict(yaml.SafeLoader):
    """Takes no key twice, as most readers of the document do not."""

    def construct_mapping(self, node, deep=False):
        seen = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if seen.setdefault(key.value, line) != line:
                say(openapi, line, f"`{key.value}` stands in line {seen[key.value]} already")
        return super().construct_mapping(node, deep)


openapi = TOP / "docs" / "openapi.yaml"
if openapi.exists():
    try:
        yaml.load(openapi.read_text(), Strict)
    except yaml.YAMLError as fault:
        say(openapi, 1, f"does not read as YAML: {fault}")
    seen = {}
    for number, line in enumerate(openapi.read_text().splitlines(), 1):
        if "\t" in line:
            say(openapi, number, "a tab")
        if operation := re.match(r"\s+operationId:\s*(\S+)", line):
            if operation[1] in seen:
                say(openapi, number, f"operationId {operation[1]} was used in line {seen[operation[1]]}")
            seen[operation[1]] = number

print("\n".join(faults) if faults else "documents: links, verbs, paths and tests are right")
sys.exit(1 if faults else 0)
