/* SPDX-License-Identifier: Apache-2.0
 *
 * The states follow the HTML standard's tokenizer by name, without its error recovery: a template
 * that would need recovery is refused.
 */
#include "html/markup.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void add(char word[MARKUP_WORD_ROOM], char c)
{
    size_t len = strlen(word);
    if (len + 1 < MARKUP_WORD_ROOM) {
        word[len] = c;
        word[len + 1] = '\0';
    }
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static bool holds_address(const char *attribute)
{
    static const char *const addresses[] = {"href", "src",  "action",     "formaction", "poster",
                                            "cite", "data", "background", "xlink:href", NULL};
    return is_one_of(attribute, addresses);
}

/* An attribute's name is complete. */
static const char *judge_name(const struct markup *markup)
{
    if (strncmp(markup->attribute, "on", 2) == 0)
        return "an on… attribute is script";
    if (strcmp(markup->attribute, "style") == 0)
        return "a style attribute is refused by the page's policy";
    return NULL;
}

static void end_tag(struct markup *markup)
{
    static const char *const raw[] = {"script", "style", NULL};
    bool opens_raw = !markup->end_tag && is_one_of(markup->element, raw);
    markup->place = opens_raw ? MARKUP_RAW : MARKUP_TEXT;
    markup->matched = 0;
}

static void begin_name(struct markup *markup, char c)
{
    markup->place = MARKUP_NAME;
    markup->attribute[0] = '\0';
    add(markup->attribute, lower(c));
}

static void begin_value(struct markup *markup, enum markup_place place)
{
    markup->place = place;
    markup->prefix[0] = '\0';
}

static const char *feed_between(struct markup *markup, char c)
{
    if (markup->glued && !is_space(c) && c != '>' && c != '/')
        return "a name goes on after a tag";
    markup->glued = false;
    if (c == '>')
        end_tag(markup);
    else if (c == '=' || c == '"' || c == '\'' || c == '<')
        return "an attribute's name is expected";
    else if (!is_space(c) && c != '/')
        begin_name(markup, c);
    else
        markup->place = MARKUP_IN_TAG;
    return NULL;
}

static const char *feed_name(struct markup *markup, char c)
{
    if (c == '=' || is_space(c) || c == '>' || c == '/') {
        const char *complaint = judge_name(markup);
        if (complaint)
            return complaint;
    }
    if (c == '=')
        markup->place = MARKUP_BEFORE_VALUE;
    else if (is_space(c))
        markup->place = MARKUP_AFTER_NAME;
    else if (c == '>' || c == '/')
        return feed_between(markup, c);
    else if (c == '"' || c == '\'' || c == '<')
        return "a stray character in an attribute's name";
    else
        add(markup->attribute, lower(c));
    return NULL;
}

static const char *feed_value(struct markup *markup, char c)
{
    if (markup->place == MARKUP_BARE) {
        if (c == '>')
            end_tag(markup);
        else if (is_space(c))
            markup->place = MARKUP_IN_TAG;
        return NULL;
    }
    char quote = markup->place == MARKUP_DOUBLE ? '"' : '\'';
    if (c == quote) {
        markup->place = MARKUP_IN_TAG;
        return NULL;
    }
    add(markup->prefix, c);
    return NULL;
}

/* Begins and ends of tags: everything outside attributes. */
static const char *feed_outside(struct markup *markup, char c)
{
    switch (markup->place) {
    case MARKUP_OPENING:
        if (is_letter(c) || c == '/' || c == '!') {
            markup->end_tag = c == '/';
            markup->element[0] = markup->prefix[0] = '\0';
            markup->place = c == '/'   ? MARKUP_CLOSING
                            : c == '!' ? MARKUP_DECLARATION
                                       : MARKUP_TAG_NAME;
            if (is_letter(c))
                add(markup->element, lower(c));
        } else {
            markup->place = c == '<' ? MARKUP_OPENING : MARKUP_TEXT;
        }
        return NULL;
    case MARKUP_CLOSING:
        if (!is_letter(c))
            return "an element's name is expected after </";
        markup->place = MARKUP_TAG_NAME;
        add(markup->element, lower(c));
        return NULL;
    case MARKUP_TAG_NAME:
        if (is_space(c) || c == '>' || c == '/')
            return feed_between(markup, c);
        add(markup->element, lower(c));
        return NULL;
    default:
        if (c == '<')
            markup->place = MARKUP_OPENING;
        return NULL;
    }
}

/* In <!…>: a comment, when it begins with --, ends at -->; a doctype at >. The prefix keeps two
 * bytes of the beginning and the last two seen. */
static void feed_declaration(struct markup *markup, char c)
{
    char *seen = markup->prefix;
    size_t len = strlen(seen);
    bool comment = len >= 2 && seen[0] == '-' && seen[1] == '-';
    if (c == '>' && (!comment || (len == 4 && seen[2] == '-' && seen[3] == '-'))) {
        markup->place = MARKUP_TEXT;
    } else if (len < 4) {
        add(seen, c);
    } else {
        seen[2] = seen[3];
        seen[3] = c;
    }
}

static void feed_raw(struct markup *markup, char c)
{
    char want;
    if (markup->matched < 2)
        want = "</"[markup->matched];
    else
        want = markup->element[markup->matched - 2];
    if (lower(c) != want) {
        markup->matched = c == '<';
    } else if (++markup->matched == strlen(markup->element) + 2) {
        markup->place = MARKUP_TAG_NAME;
        markup->end_tag = true;
    }
}

static const char *feed_byte(struct markup *markup, char c)
{
    switch (markup->place) {
    case MARKUP_AFTER_NAME:
        if (c == '=') {
            markup->place = MARKUP_BEFORE_VALUE;
            return NULL;
        }
        return feed_between(markup, c);
    case MARKUP_IN_TAG:
        return feed_between(markup, c);
    case MARKUP_NAME:
        return feed_name(markup, c);
    case MARKUP_BEFORE_VALUE:
        if (c == '>')
            return "an attribute's value is expected";
        if (!is_space(c))
            begin_value(markup, c == '"' ? MARKUP_DOUBLE : c == '\'' ? MARKUP_SINGLE : MARKUP_BARE);
        return NULL;
    case MARKUP_DOUBLE:
    case MARKUP_SINGLE:
    case MARKUP_BARE:
        return feed_value(markup, c);
    case MARKUP_DECLARATION:
        feed_declaration(markup, c);
        return NULL;
    case MARKUP_RAW:
        feed_raw(markup, c);
        return NULL;
    default:
        return feed_outside(markup, c);
    }
}

const char *markup_feed(struct markup *markup, const char *text, size_t len)
{
    const char *complaint = NULL;
    for (size_t i = 0; i < len && !complaint; i++)
        complaint = feed_byte(markup, text[i]);
    return complaint;
}

/* Does the literal beginning of an address fix where it leads, whatever follows? */
static bool prefix_is_safe(const char *prefix)
{
    if (prefix[0] == '/')
        return prefix[1] && prefix[1] != '/' && prefix[1] != '\\';
    size_t folder = strspn(prefix, "abcdefghijklmnopqrstuvwxyz");
    if (folder > 0 && prefix[folder] == '/') /* beside the page: no scheme has a slash in it */
        return true;
    return prefix[0] == '#' || prefix[0] == '?' || strncmp(prefix, "mailto:", 7) == 0;
}

const char *markup_variable(const struct markup *markup, bool may_be_url, enum markup_use *use_out)
{
    *use_out = MARKUP_USE_TEXT;
    if (markup->place == MARKUP_TEXT)
        return NULL;
    if (markup->place != MARKUP_DOUBLE && markup->place != MARKUP_SINGLE)
        return "a variable may stand in text or in a quoted value only";
    if (strcmp(markup->attribute, "srcset") == 0)
        return "a variable in srcset cannot be checked";
    if (!holds_address(markup->attribute))
        return NULL;
    *use_out = markup->prefix[0] ? MARKUP_USE_PIECE : MARKUP_USE_URL;
    if (!markup->prefix[0] && !may_be_url)
        return "an address begins with literal text, or its variable's name ends in url";
    if (markup->prefix[0] && !prefix_is_safe(markup->prefix))
        return "an address begins with a path of our own, a folder/, #, ? or mailto:";
    return NULL;
}

/* A name that ends at a template's tag is complete. */
static const char *settle(struct markup *markup)
{
    switch (markup->place) {
    case MARKUP_NAME: {
        const char *complaint = judge_name(markup);
        if (complaint)
            return complaint;
        markup->glued = true;
        markup->place = MARKUP_IN_TAG;
        return NULL;
    }
    case MARKUP_TAG_NAME:
        markup->glued = true;
        markup->place = MARKUP_IN_TAG;
        return NULL;
    case MARKUP_AFTER_NAME:
        markup->place = MARKUP_IN_TAG;
        return NULL;
    case MARKUP_TEXT:
    case MARKUP_IN_TAG:
    case MARKUP_DOUBLE:
    case MARKUP_SINGLE:
        return NULL;
    default:
        return "a section may stand between elements, between attributes or in a quoted value only";
    }
}

const char *markup_begin_section(struct markup *markup)
{
    return settle(markup);
}

const char *markup_end_section(struct markup *markup, const struct markup *begin)
{
    const char *complaint = settle(markup);
    if (complaint)
        return complaint;
    bool in_value = markup->place == MARKUP_DOUBLE || markup->place == MARKUP_SINGLE;
    if (markup->place != begin->place ||
        (markup->place != MARKUP_TEXT && strcmp(markup->element, begin->element) != 0) ||
        (in_value && strcmp(markup->attribute, begin->attribute) != 0))
        return "a section ends at another place of the HTML than it began";
    bool glued = markup->glued || begin->glued;
    *markup = *begin; /* what it added to an address is not there when it is not rendered */
    markup->glued = glued;
    return NULL;
}

const char *markup_boundary(const struct markup *markup)
{
    return markup->place == MARKUP_TEXT ? NULL
                                        : "a partial or the end may stand between elements only";
}
