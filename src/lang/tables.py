#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the catalogues part of the program: tables.py OUT.c TOP

Writes the messages of the C sources, sorted as strcmp does, with their texts in each language of TOP/po, and the languages
with their plural rules. The words of the templates and of the driver's app are put in elsewhere (src/pages/embed.py,
web/driver/build.js).
"""
import pathlib
import sys

sys.dont_write_bytecode = True
out, top = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
sys.path.insert(0, str(top / 'po'))
import catalogue  # noqa: E402, found in TOP


def c_string(text):
    """A C string; bytes that are not plain are written in octal, three digits each."""
    return '"' + ''.join(chr(b) if 0x20 <= b < 0x7f and b not in b'"\\?' else f'\\{b:03o}' for b in text.encode()) + '"'


def key(message):
    return f'{message.context}\4{message.id}' if message.context else message.id


def checked(language, message):
    """The forms, one after the other with a NUL between, or NULL. A form that does not fit would say nonsense."""
    forms = language.translate(message.context, message.id)
    if not forms:
        return 'NULL'
    if len(forms) != (language.plurals if message.plural is not None else 1):
        catalogue.fail(f'{language.code}: "{message.id}" has {len(forms)} forms')
    for form in forms:
        wrong = catalogue.complaint(message, form, message.plural or message.id)
        if wrong:
            catalogue.fail(f'{language.code}: "{form}" {wrong}')
    return c_string('\0'.join(forms))


def main():
    messages = sorted((message for message in catalogue.template() if any(place.startswith('src/') and place.endswith(('.c', '.h'))
                                                                          for place in message.places)),
                      key=lambda message: key(message).encode())
    languages = catalogue.languages()
    with open(out, 'w', encoding='ascii') as c:
        c.write('/* Made by tables.py. */\n#include "lang/tables.h"\n\nconst char *const lang_messages[] = {\n')
        c.writelines(f'    {c_string(key(message))},\n' for message in messages)
        c.write(f'    NULL}};\nconst size_t lang_message_count = {len(messages)};\n')
        for number, language in enumerate(languages):
            c.write(f'\nstatic unsigned plural_{number}(unsigned long long n)\n{{\n'
                    f'    unsigned form = (unsigned)({language.rule});\n    return form < {language.plurals} ? form : 0;\n}}\n')
            if language.translate:
                c.write(f'static const char *const texts_{number}[] = {{\n')
                c.writelines(f'    {checked(language, message)},\n' for message in messages)
                c.write('    NULL};\n')
        c.write('\nconst struct lang lang_all[] = {\n')
        for number, language in enumerate(languages):
            texts = f'texts_{number}' if language.translate else 'NULL'
            c.write(f'    {{{c_string(language.code)}, {c_string(language.name)}, {c_string(language.dir)}, '
                    f'{str(language.pseudo).lower()}, {number}, {language.plurals}, plural_{number}, {texts}}},\n')
        c.write(f'}};\nconst int lang_all_count = {len(languages)};\n')


main()
