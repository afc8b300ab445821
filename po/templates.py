# SPDX-License-Identifier: Apache-2.0
"""The words of the templates. A template says everything in English, as plain Mustache; this file finds what it says and
says it in another language, at build, so that rendering knows nothing of languages.

What is found: the text between two breaks, and the values of SPOKEN attributes. A break is any tag of HTML that is not
INLINE, any section tag and the dot `·`. What is left is a message when it has letters: its variables become {names}, its
inline elements <tags> without their attributes, the second of a kind <tag2>:

    <p>You are <b class="x">{{name}}</b>.</p>       You are <b>{name}</b>.

A number is told by two sections, {{#days_one}}…{{days}} day…{{/days_one}}{{^days_one}}…{{days}} days…{{/days_one}}: they become
one message with a plural, and as many sections as the language has forms (pages/model.h, model_put_count). A comment
{{!in CONTEXT}} right before a text tells it from another with the same English.

A piece of a sentence, such as ", and then", is refused: other languages order their words differently.
"""
import html
import re

INLINE = {'a', 'abbr', 'b', 'bdi', 'code', 'em', 'small', 'span', 'strong', 'time'}
SPOKEN = ('alt', 'aria-label', 'data-news', 'placeholder', 'title')
UNSPOKEN = {'Porchlight'}

TOKEN = re.compile(r'<style>.*?</style>|\{\{.*?\}\}|<(?:[^<>{}]|\{\{.*?\}\})*>|·|[^<{·]+|.', re.S)
VARIABLE = re.compile(r'\{\{\s*([\w.-]+)\s*\}\}')
TAG = re.compile(r'<(/?)([a-z0-9]+)')
COUNT = re.compile(r'\{\{#(\w+)_one\}\}(.*?)\{\{/\1_one\}\}\s*\{\{\^\1_one\}\}(.*?)\{\{/\1_one\}\}', re.S)
CONTEXT = re.compile(r'\{\{!in (.*?)\}\}')
ATTRIBUTE = re.compile(r'\b(' + '|'.join(SPOKEN) + r')="([^"]*)"')


class Unit:
    """A message as it stands in a template: its English, and how to say a translation in the same place."""

    def __init__(self, english, pieces, quoted=False, context=None):
        self.english, self.pieces, self.quoted, self.context = english, pieces, quoted, context

    def put(self, text, where):
        """The template's text for a translation."""
        def piece(part):
            if part in self.pieces:
                return self.pieces[part]
            if re.fullmatch(r'\{[\w.-]+\}|</?[a-z]+\d*>', part):
                raise SystemExit(f'{where}: "{text}" has {part}, which "{self.english}" has not')
            return html.escape(part, quote=self.quoted)
        return ''.join(piece(part) for part in re.split(r'(\{[\w.-]+\}|</?[a-z]+\d*>)', text))


def inline_tag(token):
    found = TAG.match(token)
    return found if found and found[2] in INLINE else None


def unbalanced(tokens):
    """Places of the inline tags whose other half is not among the tokens."""
    open_, lone = [], set()
    for place, token in enumerate(tokens):
        tag = inline_tag(token)
        if tag and not tag[1]:
            open_.append((tag[2], place))
        elif tag and open_ and open_[-1][0] == tag[2]:
            open_.pop()
        elif tag:
            lone.add(place)
    return lone | {place for _, place in open_}


def wraps(tokens):
    """Is the first token a tag that the last one closes?"""
    if len(tokens) < 2 or not inline_tag(tokens[0]) or inline_tag(tokens[0])[1]:
        return False
    depth = 0
    for place, token in enumerate(tokens):
        tag = inline_tag(token)
        if tag:
            depth += -1 if tag[1] else 1
            if depth == 0:
                return place == len(tokens) - 1
    return False


def elements(tokens):
    """Inline elements side by side, such as two buttons, with the spaces between them; [] where anything else is there."""
    found, depth = [], 0
    for token in tokens:
        tag = inline_tag(token)
        if depth == 0 and not tag and token.strip() or tag and tag[1] and depth == 0:
            return []
        if depth == 0:
            found.append([])
        found[-1].append(token)
        depth += 0 if not tag else -1 if tag[1] else 1
    return found


def unit_of(tokens, where, quoted=False):
    """The message of tokens without breaks; None where nothing is said."""
    english, pieces, seen, stack = '', {}, {}, []
    for token in tokens:
        tag, variable = inline_tag(token), VARIABLE.fullmatch(token)
        if variable:
            part = '{' + variable[1] + '}'
            pieces[part] = token
        elif tag:
            if tag[1]:
                part = f'</{stack.pop()}>'
            else:
                seen[tag[2]] = seen.get(tag[2], 0) + 1
                stack.append(tag[2] + (str(seen[tag[2]]) if seen[tag[2]] > 1 else ''))
                part = f'<{stack[-1]}>'
            pieces[part] = token
        else:
            part = re.sub(r'\s+', ' ', html.unescape(token))
        english += part
    said = re.sub(r'\{[\w.-]+\}|</?[a-z]+\d*>', '', english)
    if english in UNSPOKEN or not re.search(r'[^\W\d_]|[^\s\w]', said):
        return None
    if not re.search(r'[^\W\d_]', said) and english.count('{') < 2 or re.match(r'[,.;:!?)]', english):
        raise SystemExit(f'{where}: "{english}" is a piece of a sentence; give it whole')
    return Unit(english, pieces, quoted)


def run(tokens, where):
    """Literal texts and units of tokens without breaks."""
    lone = unbalanced(tokens)
    if lone:
        place = min(lone)
        yield from run(tokens[:place], where)
        yield tokens[place]
        yield from run(tokens[place + 1:], where)
        return
    before, after = [], []
    while tokens:
        if not tokens[0].strip():
            before.append(tokens[0])
            tokens = tokens[1:]
        elif not tokens[-1].strip():
            after.insert(0, tokens[-1])
            tokens = tokens[:-1]
        elif wraps(tokens):
            before.append(tokens[0])
            after.insert(0, tokens[-1])
            tokens = tokens[1:-1]
        elif tokens[0][0].isspace():
            before.append(tokens[0][:len(tokens[0]) - len(tokens[0].lstrip())])
            tokens = [tokens[0].lstrip(), *tokens[1:]]
        elif tokens[-1][-1].isspace():
            after.insert(0, tokens[-1][len(tokens[-1].rstrip()):])
            tokens = [*tokens[:-1], tokens[-1].rstrip()]
        else:
            break
    yield from before
    apart = elements(tokens)
    if len(apart) > 1:
        for part in apart:
            yield from run(part, where)
        yield from after
        return
    unit = unit_of(tokens, where) if tokens else None
    if unit:
        yield unit
    else:
        yield from tokens
    yield from after


def attributes(token, where):
    """A tag of HTML, cut at what its attributes say."""
    at = 0
    for found in ATTRIBUTE.finditer(token):
        tokens = TOKEN.findall(found[2])
        if any(part.startswith('{{') and not VARIABLE.fullmatch(part) for part in tokens):
            raise SystemExit(f'{where}: a section in {found[1]} cannot be translated')
        unit = unit_of(tokens, where, quoted=True) if found[2] else None
        if unit:
            yield token[at:found.start(2)]
            yield unit
            at = found.end(2)
    yield token[at:]


def segments(text, where):
    """Literal texts and units of a template's text without counts; joined they are the text."""
    context, pending = None, []

    def flush():
        for segment in run(pending, where):
            if isinstance(segment, Unit):
                segment.context = context
            yield segment
    for token in TOKEN.findall(text):
        is_tag = token.startswith('<') and len(token) > 1 or token.startswith('{{')
        if not is_tag and token != '·' or VARIABLE.fullmatch(token) or inline_tag(token) and not ATTRIBUTE.search(token):
            pending.append(token)
            continue
        yield from flush()
        pending = []
        marked = CONTEXT.fullmatch(token)
        context = marked[1] if marked else None
        yield from attributes(token, where) if token.startswith('<') else [token]
    yield from flush()


class Count:
    """A message with a plural: one unit for one, one for more, and the same around both."""

    def __init__(self, name, one, many, where):
        self.name, self.where = name, where
        self.one, self.many = list(segments(one, where)), list(segments(many, where))
        units = [segment for segment in self.one + self.many if isinstance(segment, Unit)]
        around = [[segment for segment in side if not isinstance(segment, Unit)] for side in (self.one, self.many)]
        if len(units) != 2 or around[0] != around[1]:
            raise SystemExit(f'{where}: both sections of {name}_one must be the same but for one text')
        self.units = units

    def put(self, forms):
        unit = self.units[1]
        sections = []
        for number, form in enumerate(forms):
            texts = [unit.put(form, self.where) if isinstance(segment, Unit) else segment for segment in self.many]
            sections.append(f'{{{{#{self.name}_form.{number}}}}}{"".join(texts)}{{{{/{self.name}_form.{number}}}}}')
        return ''.join(sections)


SECTIONS = re.compile(r'(?:\{\{[#^/][^}]*\}\}|\s)+')
EITHER = re.compile(r'\{\{/([\w.-]+)\}\}\s*\{\{[#^]\1\}\}')


def parts(text, where):
    """Literal texts, units and counts of a template. Two units with nothing but sections between them are sentences, or one
    stands where the other does not; else they would be glued."""
    before, between = None, ''
    for part in cut(text, where):
        if isinstance(part, Unit) and before and SECTIONS.fullmatch(between) and not EITHER.fullmatch(between) \
                and not re.search(r'[.!?:]$', before.english):
            raise SystemExit(f'{where}: "{before.english}" and "{part.english}" are pieces of a sentence; give it whole')
        if isinstance(part, str):
            between += part
        else:
            before, between = part if isinstance(part, Unit) else None, ''
        yield part


def cut(text, where):
    at = 0
    for found in COUNT.finditer(text):
        yield from segments(text[at:found.start()], where)
        yield Count(found[1], found[2], found[3], where)
        at = found.end()
    yield from segments(text[at:], where)


def messages(text, where):
    """(context, id, plural or None) of a template, in order."""
    for part in parts(text, where):
        if isinstance(part, Count):
            yield part.units[0].context, part.units[0].english, part.units[1].english
        elif isinstance(part, Unit):
            yield part.context, part.english, None


def translated(text, where, language):
    """The template in a language of catalogue.languages(); what it lacks stays English."""
    said = []
    for part in parts(text, where):
        if isinstance(part, Count):
            one, many = part.units
            forms = language.translate and language.translate(one.context, one.english)
            known = forms and len(forms) == language.plurals
            said.append(part.put(forms if known else [one.english] + [many.english] * (language.plurals - 1)))
        elif isinstance(part, Unit):
            forms = language.translate and language.translate(part.context, part.english)
            said.append(part.put(forms[0] if forms else part.english, where))
        else:
            said.append(part)
    return ''.join(said)
