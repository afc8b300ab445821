#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that a program can check, over the tree as it is:

    sql         SQL stands in src/store/ (and in src/db/, for the connection itself) only
    length      a function of more than 80 lines is named, one of more than 120 fails; a file of
                more than 400 is named, one of more than 500 fails (a test: 1000)
    parameters  a function has five at most, but for those that another library calls
    licence     every source begins with its SPDX line, and a C file tells its story
    settings    every setting of settings.def is used by a file outside src/settings/
    tests       every test_*.c and fuzz_*.c is in its folder's meson.build
    words       nothing is left half-done: no TODO, FIXME or XXX
    buffers     a buffer that frees itself begins before anything returns
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SRC = TOP / "src"
LONG_FUNCTION, LONGEST_FUNCTION = 80, 120
LONG_FILE, LONGEST_FILE, LONGEST_TEST = 400, 500, 1000
MOST_PARAMETERS = 5
# Functions that may have more, and why.
MORE_PARAMETERS = {
    "subject_need": "loads and asks in one, so that nobody forgets to ask",
    "list_states": "fills a page of two runs of cases",
}

faults, warnings = [], []


def sources(*patterns):
    return [path for pattern in patterns for path in sorted(SRC.rglob(pattern))]


def name(path):
    return str(path.relative_to(TOP))


def read(path):
    return path.read_text(errors="replace")


def check_sql():
    sql = re.compile(r'"\s*(SELECT\b.+|INSERT\s+(OR\s+\w+\s+)?INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b|'
                     r'CREATE\s+(UNIQUE\s+)?(TABLE|INDEX)\b|ALTER\s+TABLE\b|PRAGMA\b)')
    for path in sources("*.c", "*.h"):
        if path.relative_to(SRC).parts[0] in ("store", "db"):
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            if sql.search(line):
                faults.append(f"{name(path)}:{number}: SQL belongs into src/store/")


def check_length():
    for path in sources("*.c"):
        lines = read(path).splitlines()
        test = path.name.startswith("test_")
        most = LONGEST_TEST if test else LONGEST_FILE
        if len(lines) > most:
            faults.append(f"{name(path)}: {len(lines)} lines; would it be two rooms? (at most {most})")
        elif len(lines) > LONG_FILE and not test:
            warnings.append(f"{name(path)}: {len(lines)} lines (up to {LONG_FILE} are better)")
        start = None
        for number, line in enumerate(lines, 1):
            # clang-format puts a function's braces, and no other's but a table's, into the first column.
            if line == "{":
                start = number
            elif line == "}" and start is not None:
                length, start = number - start - 1, None
                if length > LONG_FUNCTION:
                    (faults if length > LONGEST_FUNCTION else warnings).append(
                        f"{name(path)}:{number - length - 1}: a function of {length} lines (a screen is better)")


def check_parameters():
    # A definition as clang-format sets it: in the first column, its brace alone on the line after it.
    definition = re.compile(r"^(?!typedef\b)([A-Za-z_][\w *]*?)\b(\w+)\(((?:[^(){};]|\([^(){};]*\))*)\)\s*\n\{", re.M)
    for path in sources("*.c", "*.h"):
        text = read(path)
        for found in definition.finditer(text):
            result, function, parameters = found.groups()
            count = len(re.sub(r"\([^()]*\)", "", parameters).split(","))
            # libmicrohttpd says what its callbacks are given.
            if count > MOST_PARAMETERS and "enum MHD_Result" not in result and function not in MORE_PARAMETERS:
                line = text.count("\n", 0, found.start()) + 1
                faults.append(f"{name(path)}:{line}: {function} has {count} parameters (at most {MOST_PARAMETERS})")


def check_licence():
    places = sources("*.c", "*.h", "*.def", "meson.build")
    places += [path for folder in ("tools", "bench", "tests", "web") for path in sorted((TOP / folder).rglob("*"))
               if path.is_file() and path.suffix in (".js", ".mjs", ".py", ".sh", ".css", "") and
               not {"seeds", "node_modules", "photos"} & set(path.parts)]
    for path in places:
        head = path.read_bytes()[:400].decode("utf-8", "replace")
        if "SPDX-License-Identifier: Apache-2.0" not in head:
            faults.append(f"{name(path)}:1: no SPDX line")
        elif path.suffix == ".c" and not path.name.startswith("test_") and head.count(" *\n") + head.count("\n\n/*") == 0:
            faults.append(f"{name(path)}:1: the file does not tell its story")


def check_settings():
    table = SRC / "settings" / "settings.def"
    rest = "\n".join(read(path) for path in sources("*.c", "*.h") if path.parent != table.parent)
    for section, setting in re.findall(r"^SETTING\((\w+), (\w+),", read(table), re.M):
        if setting not in ("config",) and not re.search(rf"\b{section}\.{setting}\b", rest):
            faults.append(f"src/settings/settings.def: [{section}] {setting} is used nowhere")


def check_tests():
    for path in sources("test_*.c", "fuzz_*.c"):
        if path.name == "fuzz_replay.c":
            continue
        build = path.parent / "meson.build"
        if not build.exists() or path.stem.split("_", 1)[1] not in read(build):
            faults.append(f"{name(path)}: is not in its folder's meson.build")


def check_words():
    word = re.compile(r"\b(TODO|FIXME|XXX)\b")
    for path in sources("*.c", "*.h", "*.def"):
        for number, line in enumerate(read(path).splitlines(), 1):
            if word.search(line):
                faults.append(f"{name(path)}:{number}: left half-done")


def check_buffers():
    declared = re.compile(r"^\s+(?:AUTO_BUF struct buf (\w+)|struct buf (\w+) AUTO_BUF);")
    for path in sources("*.c"):
        waiting = {}
        for number, line in enumerate(read(path).splitlines(), 1):
            found = declared.match(line)
            if found:
                waiting[found.group(1) or found.group(2)] = number
            elif line == "}":
                waiting = {}
            elif re.search(r"\b(return|goto)\b", line):
                for buffer, begun in waiting.items():
                    if f"&{buffer}" not in line:
                        faults.append(f"{name(path)}:{begun}: {buffer} is freed on a way out on which it never began")
                waiting = {}
            else:
                waiting = {buffer: begun for buffer, begun in waiting.items() if f"&{buffer}" not in line}


checks = {"sql": check_sql, "length": check_length, "parameters": check_parameters, "licence": check_licence,
          "settings": check_settings, "tests": check_tests, "words": check_words, "buffers": check_buffers}
for wanted in sys.argv[1:] or checks:
    checks[wanted]()
for warning in warnings:
    print(warning)
print("\n".join(faults) if faults else "house rules: kept")
sys.exit(1 if faults else 0)
