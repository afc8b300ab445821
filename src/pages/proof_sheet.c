/* SPDX-License-Identifier: Apache-2.0
 *
 * "Today" is two years later than each moment, so that each is told with its year.
 */
#include "pages/proof_sheet.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "lang/dates.h"

enum { TEXT_MAX = 2048, LATER_DAYS = 731 };

static json_t *taken(struct buf *text)
{
    json_t *out = text->failed ? NULL : json_string(buf_string(text));
    buf_free(text);
    return out;
}

static json_t *say(const struct proof_sheet *sheet, const char *message,
                   const struct lang_part *parts)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    lang_say(sheet->lang, &text, message, parts);
    return taken(&text);
}

static void add_moment(const struct proof_sheet *sheet, int64_t at, struct buf *out)
{
    const struct lang_when when = {at, sheet->delivery->time_zone, at + LATER_DAYS * CLOCK_DAY};
    lang_moment(sheet->lang, &when, out);
}

static json_t *moment(const struct proof_sheet *sheet, int64_t at)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    add_moment(sheet, at, &text);
    return taken(&text);
}

/* A row; one without a value is left away. */
static void row(const struct proof_sheet *sheet, json_t *rows, const char *label, json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || !*text)
        json_decref(value);
    else
        json_array_append_new(rows, json_pack("[s, o]", lang_text(sheet->lang, label), value));
}

/* ---- its parts ---- */

static struct say_delivery facts_of(const struct delivery *delivery)
{
    return (struct say_delivery){
        .state = delivery->state,
        .zone = delivery->time_zone,
        .created_at = delivery->created_at,
        .changed_at = delivery->changed_at,
        .captured_at = delivery->delivered_captured_at,
        .received_at = delivery->delivered_received_at,
        .left_at = delivery->left_at,
        .attempt_reason = delivery->attempt_reason,
    };
}

static void put_head(const struct proof_sheet *sheet, json_t *out)
{
    struct say_delivery facts = facts_of(sheet->delivery);
    struct say_reader reader = {SAY_TO_RECIPIENT, sheet->lang,
                                say_event_time(&facts) + LATER_DAYS * CLOCK_DAY};
    struct buf text;
    json_t *lines = json_array();
    buf_init(&text, TEXT_MAX);
    say_state(&facts, &reader, &text);
    json_object_set_new(out, "heading", taken(&text));
    buf_init(&text, TEXT_MAX);
    say_clocks(&facts, &reader, &text);
    if (text.len)
        json_array_append_new(lines, json_string(buf_string(&text)));
    buf_free(&text);
    buf_init(&text, TEXT_MAX);
    say_zone(sheet->delivery->time_zone, &text);
    json_array_append_new(lines, say(sheet, MSG("Times are those of {zone}."),
                                     LANG_PARTS({"zone", buf_string(&text)})));
    buf_free(&text);
    json_object_set_new(out, "lines", lines);
}

static void put_facts(const struct proof_sheet *sheet, json_t *out)
{
    const struct photo *photo = sheet->photo;
    json_t *rows = json_array();
    struct buf text;
    row(sheet, rows, MSG("Order"), json_string(sheet->delivery->reference));
    row(sheet, rows, MSG("Sent by"), json_string(sheet->shipper));
    row(sheet, rows, MSG("Delivery"), json_string(sheet->delivery->id));
    if (photo->attempt > 1)
        row(sheet, rows, MSG("Attempt"), json_sprintf("%d", photo->attempt));
    row(sheet, rows, MSG("Taken (phone’s clock)"), moment(sheet, photo->captured_at));
    row(sheet, rows, MSG("Received (our clock)"), moment(sheet, photo->received_at));
    buf_init(&text, TEXT_MAX);
    say_taken_where(sheet->lang, photo->place, sheet->far_metres, &text);
    row(sheet, rows, MSG("Place"), taken(&text));
    json_object_set_new(out, "facts", rows);
}

static void put_proof(const struct proof_sheet *sheet, json_t *out)
{
    char hex[2 * HASH_SHA256_LEN + 1];
    json_t *rows = json_array();
    text_hex(sheet->photo->posted_sha256, HASH_SHA256_LEN, hex);
    row(sheet, rows, MSG("SHA-256 of the photo"), json_string(hex));
    row(sheet, rows, MSG("Entry in the log"),
        json_sprintf("%llu · %s", (unsigned long long)sheet->index, sheet->origin));
    row(sheet, rows, MSG("Checkpoint"),
        json_sprintf("%llu · %s", (unsigned long long)sheet->size, sheet->root));
    row(sheet, rows, MSG("Attested by others"),
        say(sheet,
            sheet->stamped && sheet->cosigned ? MSG("with a time stamp and by a witness")
            : sheet->stamped                  ? MSG("with a time stamp")
            : sheet->cosigned                 ? MSG("by a witness")
                                              : MSG("by nobody so far"),
            NULL));
    json_object_set_new(out, "proof", rows);
}

static void section(const struct proof_sheet *sheet, json_t *sections, const char *name,
                    json_t *text)
{
    json_array_append_new(sections, json_pack("[s, o]", lang_text(sheet->lang, name), text));
}

/* When our copy goes, in a sentence: its day, or what holds it longer. */
static json_t *when_deleted(const struct proof_sheet *sheet)
{
    struct buf day;
    const int64_t at = sheet->held_until ? sheet->held_until : sheet->photo->delete_by;
    const struct lang_when when = {at, sheet->delivery->time_zone, at + LATER_DAYS * CLOCK_DAY};
    if (!at)
        return NULL;
    buf_init(&day, TEXT_MAX);
    lang_day(sheet->lang, &when, &day);
    json_t *out =
        say(sheet,
            sheet->held_until
                ? MSG("An open case holds our copy; it will be deleted {day} at the latest. "
                      "This sheet is yours to keep.")
                : MSG("Our copy will be deleted {day}. This sheet is yours to keep."),
            LANG_PARTS({"day", buf_string(&day)}));
    buf_free(&day);
    return out;
}

/* The terms of the photo, as they stand beside it everywhere. */
static void put_terms(const struct proof_sheet *sheet, json_t *sections)
{
    json_t *deleted = sheet->case_number ? NULL : when_deleted(sheet);
    section(
        sheet, sections, MSG("Whose photo it is"),
        sheet->case_number
            ? say(sheet,
                  MSG("It belongs to the person the parcel was for. Support took this sheet out "
                      "for case {number}, which that person can read, and may use it for that "
                      "case only."),
                  LANG_PARTS({"number", LANG_NUMBER(sheet->case_number)}))
            : say(sheet,
                  MSG("It belongs to the person the parcel was for, and was taken to show where "
                      "the parcel was left, for nothing else."),
                  NULL));
    if (deleted)
        section(sheet, sections, MSG("When it is deleted"), deleted);
    if (sheet->shared)
        section(sheet, sections, MSG("Who else may see it"),
                say(sheet,
                    MSG("The person it belongs to shared it when this sheet was made, and can take "
                        "that back."),
                    NULL));
}

static void put_sections(const struct proof_sheet *sheet, json_t *out)
{
    json_t *sections = json_array();
    section(
        sheet, sections, MSG("How to check it"),
        say(sheet,
            MSG("The picture is in this file exactly as it was recorded: taken out unchanged "
                "(pdfimages -j), its SHA-256 is the one above. The evidence archive of the same "
                "photo shows that this hash is in the log, with no trust in us but in the log’s "
                "key: `porchlight verify` checks it, or the script inside with nothing but "
                "openssl. The log stands at {url}/log/checkpoint."),
            LANG_PARTS({"url", sheet->url})));
    section(sheet, sections, MSG("What it does not prove"),
            say(sheet,
                MSG("That the picture shows the truth, or that no other photo was taken. Without a "
                    "witness, that there is one log only; without a time stamp, when all this was "
                    "recorded. And a sheet by itself can be made by anyone: the archive cannot."),
                NULL));
    put_terms(sheet, sections);
    json_object_set_new(out, "sections", sections);
}

json_t *proof_sheet_json(const struct proof_sheet *sheet)
{
    char created[CLOCK_TEXT_ROOM];
    const struct photo *photo = sheet->photo;
    clock_format(photo->received_at, created);
    if (strlen(created) > 20) /* whole seconds, as a PDF's dates are */
        snprintf(created + 19, 2, "Z");
    json_t *out = json_pack("{s:s, s:s, s:s, s:i, s:i, s:n}", "lang", sheet->lang->code, "dir",
                            sheet->lang->dir, "created", created, "width", photo->width, "height",
                            photo->height, "mark");
    json_object_set_new(out, "title", say(sheet, MSG("Proof of delivery"), NULL));
    json_object_set_new(
        out, "brand",
        json_sprintf("Porchlight · %s", lang_text(sheet->lang, MSG("Proof of delivery"))));
    json_object_set_new(
        out, "caption",
        json_string(lang_text(sheet->lang, MSG("The photo of the delivery, as it was recorded"))));
    if (sheet->case_number)
        json_object_set_new(out, "mark",
                            say(sheet, MSG("Agent {agent}, case {number}"),
                                LANG_PARTS({"agent", LANG_NUMBER(sheet->agent_number)},
                                           {"number", LANG_NUMBER(sheet->case_number)})));
    put_head(sheet, out);
    put_facts(sheet, out);
    put_proof(sheet, out);
    put_sections(sheet, out);
    return out;
}
