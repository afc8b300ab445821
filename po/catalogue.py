# SPDX-License-Identifier: Apache-2.0
"""The catalogues of this folder, read: porchlight.pot says what there is to say, LINGUAS names the languages, and each has
a .po. Beside them stand the pseudo-languages, made of English for tests: en-XA is accented and longer, so that a text that
was forgotten, or needs more room than it has, is seen; ar-XB runs from right to left.

Used at build (src/lang/tables.py, src/pages/embed.py) and by tools/catalogues. Nothing but Python is needed.
"""
import ast
import collections
import pathlib
import re
import unicodedata

FOLDER = pathlib.Path(__file__).resolve().parent
NAMES = {'en': 'English', 'es': 'Español', 'de': 'Deutsch'}
RIGHT_TO_LEFT = {'ar', 'fa', 'he', 'ur'}
ENGLISH_PLURAL = (2, 'n != 1')

# A message: `context` and `plural` may be None. `places` are file names.
Message = collections.namedtuple('Message', 'context id plural forms places fuzzy')
# translate(context, id) gives a list of forms, or None where there is none.
Language = collections.namedtuple('Language', 'code name dir pseudo plurals rule translate')


def fail(sentence):
    raise SystemExit(sentence)


def read(path):
    """The messages of a .po or .pot in order; the header is the one whose id is empty."""
    messages = []
    for block in re.split(r'\n\s*\n', path.read_text(encoding='utf-8')):
        fields, places, fuzzy, current = {}, [], False, None
        for line in block.splitlines():
            if line.startswith('#:'):
                places += [place.split(':')[0] for place in line[2:].split()]
            elif line.startswith('#,'):
                fuzzy = fuzzy or 'fuzzy' in line
            elif not line.startswith('#') and line.strip():
                word, _, rest = line.partition('"')
                if word.strip():
                    current = word.strip()
                    fields[current] = ''
                fields[current] += ast.literal_eval(f'"{rest}')
        if 'msgid' not in fields:
            continue
        forms = [fields[name] for name in sorted(fields) if name.startswith('msgstr')]
        messages.append(Message(fields.get('msgctxt'), fields['msgid'], fields.get('msgid_plural'), forms, places, fuzzy))
    return messages


def rule_of(header, path):
    """(number of forms, C expression) of a Plural-Forms header."""
    found = re.search(r'nplurals=(\d+);\s*plural=([n0-9()!=<>&|?:%+\-*/ ]+);', header)
    return (int(found[1]), found[2]) if found else fail(f'{path}: no Plural-Forms that can be read')


def read_language(code):
    path = FOLDER / f'{code}.po'
    messages = read(path)
    header = next((message.forms[0] for message in messages if message.id == ''), '')
    plurals, rule = rule_of(header, path)
    known = {(message.context, message.id): message.forms for message in messages
             if message.id and all(message.forms) and not message.fuzzy}
    direction = 'rtl' if code.split('-')[0] in RIGHT_TO_LEFT else 'ltr'
    return Language(code, NAMES.get(code, code), direction, False, plurals, rule, lambda context, id: known.get((context, id)))


# ---- the pseudo-languages ----

ACCENTS = {'a': 'à', 'b': 'ƀ', 'c': 'ç', 'd': 'ð', 'e': 'é', 'f': 'ƒ', 'g': 'ĝ', 'h': 'ĥ', 'i': 'î', 'j': 'ĵ', 'k': 'ķ', 'l': 'ļ', 'n': 'ñ',
           'o': 'ö', 'p': 'þ', 'r': 'ŕ', 's': 'š', 't': 'ţ', 'u': 'û', 'w': 'ŵ', 'y': 'ý', 'z': 'ž'}
KEPT = re.compile(r'(\{[\w.]+\}|</?[a-z]+\d*>)')


def accented(text):
    parts = [part if KEPT.fullmatch(part) else ''.join(ACCENTS.get(letter, letter) for letter in part) for part in KEPT.split(text)]
    visible = KEPT.sub('', text)
    return '[' + ''.join(parts) + ' ~~~~' * max(1, len(visible) // 10) + ']'


def turned(text):
    """Each word as a right-to-left word: between RIGHT-TO-LEFT OVERRIDE and POP DIRECTIONAL FORMATTING."""
    def turn(part):
        return part if KEPT.fullmatch(part) else re.sub(r'\w[\w’-]*', lambda word: f'\u202e{word[0]}\u202c', part)
    return '\u200f[' + ''.join(turn(part) for part in KEPT.split(text)) + ']'


def pseudo(code, name, direction, change, messages):
    plurals = {(message.context, message.id): message.plural for message in messages}

    def translate(context, id):
        plural = plurals.get((context, id))
        return [change(id)] if plural is None else [change(id), change(plural)]
    return Language(code, name, direction, True, *ENGLISH_PLURAL, translate)


def template():
    """What there is to say, without the header."""
    return [message for message in read(FOLDER / 'porchlight.pot') if message.id]


def languages():
    """All of them, English first."""
    messages = template()
    codes = (FOLDER / 'LINGUAS').read_text(encoding='ascii').split()
    return [Language('en', NAMES['en'], 'ltr', False, *ENGLISH_PLURAL, None), *map(read_language, codes),
            pseudo('en-XA', accented('English'), 'ltr', accented, messages),
            pseudo('ar-XB', turned('English'), 'rtl', turned, messages)]


def placeholders(text):
    """What a translation must have too: {names} (each at least once) and <tags> (each as often)."""
    return set(re.findall(r'\{[\w.]+\}', text)), collections.Counter(re.findall(r'</?[a-z]+\d*>', text))


def complaint(message, form, english):
    """Why this form does not fit its English, or None."""
    names, tags = placeholders(form)
    wanted_names, wanted_tags = placeholders(english)
    if names != wanted_names and not (message.plural is not None and names <= wanted_names):
        return f'has {sorted(names)} where {sorted(wanted_names)} are wanted'
    if tags != wanted_tags:
        return f'has {sorted(tags)} where {sorted(wanted_tags)} are wanted'
    if '{{' in form or '}}' in form:
        return 'has doubled braces'
    if unicodedata.normalize('NFC', form) != form:
        return 'is not in the normal form NFC'
    return None
