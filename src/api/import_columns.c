/* SPDX-License-Identifier: Apache-2.0
 *
 * One table. A cell becomes a member of the object as its kind says; whether it is right is decided
 * by who reads the object (api/announce.c), so that a file is held to nothing else than a body is.
 */
#include "api/import_columns.h"

#include <strings.h>

#include "base/text.h"

enum kind {
    TEXT,    /* a text */
    NUMBER,  /* a number; what is none goes on as a text, to be refused by its field's name */
    LINE,    /* one more line of a list */
    PARCELS, /* codes parted by '|': a list of objects */
};

static const struct {
    const char *name, *object, *member; /* `object`: the one it is in, or NULL */
    enum kind kind;
    bool needed;
} columns[] = {
    {"reference", NULL, "reference", TEXT, true},
    {"name", "recipient", "name", TEXT, true},
    {"email", "recipient", "email", TEXT, false},
    {"phone", "recipient", "phone", TEXT, false},
    {"buyer_email", "buyer", "email", TEXT, false},
    {"address_1", "address", "lines", LINE, true},
    {"address_2", "address", "lines", LINE, false},
    {"address_3", "address", "lines", LINE, false},
    {"address_4", "address", "lines", LINE, false},
    {"lat", "address", "lat", NUMBER, false},
    {"lon", "address", "lon", NUMBER, false},
    {"time_zone", NULL, "time_zone", TEXT, true},
    {"window_from", "window", "from", TEXT, false},
    {"window_to", "window", "to", TEXT, false},
    {"instructions", NULL, "instructions", TEXT, false},
    {"confidential", NULL, "confidential", TEXT, false},
    {"photo", NULL, "photo", TEXT, false},
    {"parcels", NULL, "parcels", PARCELS, false},
    {"driver_id", NULL, "driver_id", TEXT, false},
};

/* ---- the header ---- */

static int find_column(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (strcasecmp(columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* A stranger's text is named only when it is a plain word. */
static const char *plain(const char *name)
{
    bool is_plain =
        strlen(name) < 40 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
    return is_plain ? name : "";
}

const char *import_columns_read(struct import_columns *out, const struct csv_row *header,
                                const char **name_out)
{
    bool there[ARRAY_LEN(columns)] = {false};
    for (int i = 0; i < header->count; i++) {
        int column = find_column(header->cells[i]);
        *name_out = column < 0 ? plain(header->cells[i]) : columns[column].name;
        if (column < 0)
            return "There is no such column.";
        if (there[column])
            return "This column stands there twice.";
        there[column] = true;
        out->of_cell[i] = column;
    }
    out->count = header->count;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        *name_out = columns[i].name;
        if (columns[i].needed && !there[i])
            return "This column is needed.";
    }
    return NULL;
}

/* ---- a row ---- */

static json_t *parcels_of(char *cell)
{
    json_t *parcels = json_array();
    char *rest = NULL;
    for (char *code = strtok_r(cell, "|", &rest); code; code = strtok_r(NULL, "|", &rest)) {
        code += strspn(code, " ");
        size_t len = strlen(code);
        while (len > 0 && code[len - 1] == ' ')
            code[--len] = 0;
        json_array_append_new(parcels, json_pack("{s:s}", "code", code));
    }
    return parcels;
}

static json_t *value_of(enum kind kind, char *cell)
{
    double number;
    if (kind == NUMBER && text_to_double(cell, -1e9, 1e9, &number))
        return json_real(number);
    return kind == PARCELS ? parcels_of(cell) : json_string(cell);
}

/* The object that a column's member is in, made where it is not there yet. */
static json_t *object_of(json_t *row, const char *name)
{
    json_t *object = name ? json_object_get(row, name) : row;
    if (object)
        return object;
    return json_object_set_new(row, name, json_object()) == 0 ? json_object_get(row, name) : NULL;
}

static int set_cell(json_t *row, int column, char *cell)
{
    json_t *object = object_of(row, columns[column].object);
    json_t *value = value_of(columns[column].kind, cell);
    const char *member = columns[column].member;
    if (columns[column].kind != LINE)
        return json_object_set_new(object, member, value);
    json_t *lines = json_object_get(object, member);
    if (lines)
        return json_array_append_new(lines, value);
    return json_object_set_new(object, member, json_pack("[o]", value));
}

json_t *import_columns_object(const struct import_columns *of, const struct csv_row *row)
{
    /* Person and door are there, however empty, so that what is missing of them is named. */
    json_t *object = json_pack("{s:{}, s:{}}", "recipient", "address");
    for (int i = 0; object && i < row->count && i < of->count; i++) {
        if (*row->cells[i] && set_cell(object, of->of_cell[i], row->cells[i]) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

/* ---- and back ---- */

const char *import_columns_of_field(const char *field)
{
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        char path[64];
        size_t len = (size_t)snprintf(path, sizeof path, "%s%s%s",
                                      columns[i].object ? columns[i].object : "",
                                      columns[i].object ? "." : "", columns[i].member);
        if (strncmp(field, path, len) == 0 && (!field[len] || field[len] == '['))
            return columns[i].name;
    }
    /* Of the person as a whole: how to be reached. */
    return strcmp(field, "recipient") == 0 ? "email" : "";
}
