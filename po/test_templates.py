#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What templates.py finds in a template, refuses, and puts back in another language. Speaks TAP."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import catalogue  # noqa: E402
import templates  # noqa: E402

TEMPLATES = sorted((pathlib.Path(__file__).resolve().parent.parent / 'src').glob('*/templates/*.html'))
ENGLISH = catalogue.Language('en', 'English', 'ltr', False, *catalogue.ENGLISH_PLURAL, None)


def speaking(texts, plurals=2):
    """A language that says these texts: {English: forms}."""
    return catalogue.Language('xx', 'X', 'ltr', False, plurals, 'n != 1', lambda context, id: texts.get((context, id), texts.get(id)))


def said(text):
    return [id for _, id, _ in templates.messages(text, 'test')]


def refused(text, language=None):
    try:
        templates.translated(text, 'test', language or ENGLISH)
    except SystemExit as why:
        return str(why)
    return None


def texts_and_attributes_are_found():
    assert said('<h1>One</h1><p class="no">Two.</p><img alt="Three" src="no.png">') == ['One', 'Two.', 'Three']
    assert said('<p>{{name}} · <b>{{.}}</b></p>\n<p>Porchlight</p> ·') == []
    assert said('<label>{{#x}}Open{{/x}}{{^x}}Shut{{/x}}</label>') == ['Open', 'Shut']


def inline_elements_and_variables_are_part_of_the_sentence():
    text = '<p>\n You are <b class="x">{{user.name}}</b> and <b>{{o}}</b>, <a href="/x">leave</a>. </p>'
    assert said(text) == ['You are <b>{user.name}</b> and <b2>{o}</b2>, <a>leave</a>.']
    assert said('<p><span class="tag">Lit</span></p>') == ['Lit']


def elements_side_by_side_are_messages_of_their_own():
    assert said('<p><a href="/x">One</a> <a href="/y">Two <b>{{n}}</b></a></p>') == ['One', 'Two <b>{n}</b>']
    assert said('<p><b>One</b> and <b>two</b></p>') == ['<b>One</b> and <b2>two</b2>']


def a_style_says_nothing():
    assert said('<style>\nbody { font: 16px/1.5 "A b"; } /* Words */\n</style><p>One</p>') == ['One']


def what_is_english_stays_as_it_is():
    for path in TEMPLATES:
        text = path.read_text(encoding='utf-8')
        if not templates.COUNT.search(text):
            assert templates.translated(text, path.name, ENGLISH) == text, path.name


def a_translation_takes_the_place_of_its_english():
    text = '<p class="a">Hi <b class="x">{{name}}</b>, <a href="/{{id}}">go</a>!</p>'
    own = speaking({'Hi <b>{name}</b>, <a>go</a>!': ['<a>Geh</a>, <b>{name}</b> & du!']})
    assert templates.translated(text, 'test', own) == '<p class="a"><a href="/{{id}}">Geh</a>, <b class="x">{{name}}</b> &amp; du!</p>'
    assert templates.translated('<i title="It">x</i>', 'test', speaking({'It': ['"so"']})).startswith('<i title="&quot;so&quot;">')


def counts_become_the_forms_of_the_language():
    text = '{{#n_one}}<b>{{n}} day</b>{{/n_one}}{{^n_one}}<b>{{n}} days</b>{{/n_one}}'
    assert list(templates.messages(text, 'test')) == [(None, '{n} day', '{n} days')]
    three = speaking({'{n} day': ['{n} a', '{n} b', 'c']}, plurals=3)
    assert templates.translated(text, 'test', three) == ''.join(
        f'{{{{#n_form.{number}}}}}<b>{form}</b>{{{{/n_form.{number}}}}}' for number, form in enumerate(['{{n}} a', '{{n}} b', 'c']))
    assert 'n_form.1' in templates.translated(text, 'test', ENGLISH)


def a_context_tells_two_apart():
    text = '<p>{{!in door}}Open</p><p>Open</p>'
    assert [(context, id) for context, id, _ in templates.messages(text, 'test')] == [('door', 'Open'), (None, 'Open')]


def pieces_of_sentences_are_refused():
    assert 'piece' in refused('<p>{{#a}}Paid{{/a}}{{#b}}, late{{/b}}</p>')
    assert 'piece' in refused('<p>{{#a}}Paid{{/a}}.</p>')
    assert 'pieces' in refused('<p>You have {{#a}}many{{/a}} parcels</p>')
    assert refused('<p>{{#a}}Paid{{/a}}{{^a}}Due{{/a}}</p><p>{{#a}}Paid.{{/a}}{{#b}} Late.{{/b}}</p>') is None
    assert 'section' in refused('<img alt="A{{#b}} b{{/b}}">')
    assert 'same but for' in refused('{{#n_one}}<b>one</b>{{/n_one}}{{^n_one}}<i>many</i>{{/n_one}}')


def a_translation_brings_nothing_of_its_own():
    assert '{b}' in refused('<p>Hi {{a}}</p>', speaking({'Hi {a}': ['{b}']}))
    assert '<i>' in refused('<p>Hi {{a}}</p>', speaking({'Hi {a}': ['<i>{a}</i>']}))


TESTS = [texts_and_attributes_are_found, inline_elements_and_variables_are_part_of_the_sentence,
         elements_side_by_side_are_messages_of_their_own, a_style_says_nothing, what_is_english_stays_as_it_is,
         a_translation_takes_the_place_of_its_english, counts_become_the_forms_of_the_language, a_context_tells_two_apart,
         pieces_of_sentences_are_refused, a_translation_brings_nothing_of_its_own]
print(f'1..{len(TESTS)}')
for number, case in enumerate(TESTS, 1):
    try:
        case()
        print(f'ok {number} - {case.__name__}')
    except AssertionError as wrong:
        line = wrong.__traceback__.tb_next.tb_lineno
        print(f'not ok {number} - {case.__name__}\n# line {line}: {wrong}')
