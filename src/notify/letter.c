/* SPDX-License-Identifier: Apache-2.0
 *
 * From a template to a letter: rendered once as HTML, of which plain.h makes the three parts.
 */
#include "notify/letter.h"

#include <errno.h>

#include "base/buf.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "notify/letter_templates.h"
#include "notify/plain.h"

enum { LETTER_CEILING = 64 << 10 };

#define NAME(symbol, name) name,
static const char *const names[LETTER_COUNT] = {LETTERS(NAME)};
#undef NAME

struct letters {
    const char *base_url;
    int templates[LETTER_COUNT]; /* the same in every set */
    struct template_set *sets[]; /* one a language, in the order of lang_all */
};

/* Compiles the letters of one language. */
static int add_set(struct letters *letters, int language)
{
    struct template_error error = {0};
    const struct template_source *from = letter_templates + language * letter_template_count;
    int result = template_set_new(from, letter_template_count, &letters->sets[language], &error);
    if (result > 0)
        return log_fault("letter.new", -EINVAL, "language=%s template=\"%s\"",
                         lang_all[language].code, error.text);
    return result;
}

int letters_new(const char *base_url, struct letters **letters_out)
{
    int result = 0;
    struct letters *letters =
        calloc(1, sizeof *letters + (size_t)lang_all_count * sizeof(struct template_set *));
    *letters_out = NULL;
    if (!letters)
        return log_fault("letter.new", -ENOMEM, "memory is short");
    letters->base_url = base_url;
    for (int i = 0; i < lang_all_count && result == 0; i++)
        result = add_set(letters, i);
    for (int i = 0; i < LETTER_COUNT && result == 0; i++) {
        letters->templates[i] = template_find(letters->sets[0], names[i]);
        if (letters->templates[i] < 0)
            result = log_fault("letter.new", -EINVAL, "missing=%s", names[i]);
    }
    if (result != 0)
        letters_free(&letters);
    *letters_out = letters;
    return result;
}

void letters_free(struct letters **letters)
{
    if (!*letters)
        return;
    for (int i = 0; i < lang_all_count; i++)
        template_set_free(&(*letters)->sets[i]);
    free(*letters);
    *letters = NULL;
}

/* Which form of the language the number takes: {"0": false, "1": true}. */
static json_t *form_of(const struct lang *lang, json_int_t number)
{
    unsigned form = lang->plural(number < 0 ? 0 : (unsigned long long)number);
    json_t *forms = json_object();
    for (unsigned i = 0; i < lang->plurals; i++)
        json_object_set_new(forms, LANG_NUMBER(i), json_boolean(i == form));
    return forms;
}

/* What the templates ask beside what was given: a number's form, one section for each word of
 * `photo`, and what is absent as null. */
static void complete(json_t *data, const struct lang *lang)
{
    static const char *const numbers[] = {"minutes", "days"};
    static const char *const photos[] = {"asked", "withheld", "declined", "none"};
    const char *photo = json_string_value(json_object_get(data, "photo"));
    char key[32];
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        json_int_t n = json_integer_value(json_object_get(data, numbers[i]));
        snprintf(key, sizeof key, "%s_form", numbers[i]);
        json_object_set_new(data, key, form_of(lang, n));
    }
    for (size_t i = 0; photo && i < ARRAY_LEN(photos); i++) {
        snprintf(key, sizeof key, "photo_%s", photos[i]);
        json_object_set_new(data, key, json_boolean(strcmp(photo, photos[i]) == 0));
    }
    json_object_set_new(data, "lang", json_string(lang->code));
    json_object_set_new(data, "dir", json_string(lang->dir));
    if (!json_object_get(data, "unsubscribe_url"))
        json_object_set_new(data, "unsubscribe_url", json_null());
}

/* The bytes of a buffer in the arena; NULL when either is short. The buffer is wiped: a code may be
 * in it. */
static char *take(struct arena *arena, struct buf *buf)
{
    char *text = NULL;
    if (!buf->failed)
        text = arena_strndup(arena, buf->data ? (const char *)buf->data : "", buf->len);
    if (buf->data)
        crypto_wipe(buf->data, buf->len);
    buf_free(buf);
    return text;
}

static int make_parts(const struct letters *letters, struct span html, struct arena *arena,
                      struct letter_words *out)
{
    struct buf subject, text, whole;
    buf_init(&subject, LETTER_CEILING);
    buf_init(&text, LETTER_CEILING);
    buf_init(&whole, 2 * LETTER_CEILING);
    plain_title(html, &subject);
    plain_text(html, letters->base_url, &text);
    plain_addresses(html, letters->base_url, &whole);
    out->subject = take(arena, &subject);
    out->text = take(arena, &text);
    out->html = take(arena, &whole);
    return out->subject && out->text && out->html
               ? 0
               : log_fault("letter.write", -ENOMEM, "memory is short");
}

int letters_write(const struct letters *letters, const struct letter_wanted *wanted,
                  struct arena *arena, struct letter_words *out)
{
    struct template_error error;
    struct buf html;
    if (!wanted->data)
        return log_fault("letter.write", -ENOMEM, "letter=%s", names[wanted->letter]);
    complete(wanted->data, wanted->lang);
    buf_init(&html, LETTER_CEILING);
    int result = template_render(letters->sets[wanted->lang->index],
                                 letters->templates[wanted->letter], wanted->data, &html, &error);
    json_decref(wanted->data);
    if (result != 0)
        result = log_fault("letter.write", -EINVAL, "letter=%s wrong=\"%s\"", names[wanted->letter],
                           error.text);
    else
        result = make_parts(letters, (struct span){html.data, html.len}, arena, out);
    if (html.data)
        crypto_wipe(html.data, html.len);
    buf_free(&html);
    return result;
}
