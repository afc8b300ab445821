/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids: a three-letter prefix, '_' and 26 lower-case Crockford base-32 characters: 48 bits of
 * milliseconds, 16 that count within the millisecond, and 64 random bits. New rows land at the end
 * of an index, a later id of this process sorts later even when the clock steps back, and nothing
 * can be guessed. An id is a name, not a permission.
 */
#ifndef PORCHLIGHT_ID_H
#define PORCHLIGHT_ID_H

#include "base/base.h"

#define ID_TEXT_LEN 30
#define ID_ROOM     (ID_TEXT_LEN + 1)

/* Kinds of id; the prefix is the word's first letters as the API shows them. */
#define ID_DELIVERY     "dlv"
#define ID_PHOTO        "pho"
#define ID_SHIPPER      "shp"
#define ID_DRIVER       "drv"
#define ID_DEVICE       "dev"
#define ID_UPLOAD       "upl"
#define ID_ACCOUNT      "acc"
#define ID_AGENT        "agt"
#define ID_CASE         "cas"
#define ID_MESSAGE      "msg"
#define ID_LOOK         "lok"
#define ID_JOB          "job"
#define ID_WEBHOOK      "whk"
#define ID_REQUEST      "req"
#define ID_EVENT        "evt"
#define ID_NOTICE       "ntc"
#define ID_ATTEMPT      "wat"
#define ID_SUBSCRIPTION "sub"
#define ID_TEXT_MESSAGE "txt"
#define ID_REFUSAL      "rfs"
#define ID_VIEW         "viw"
#define ID_PASSKEY      "pky"
#define ID_COMPLAINT    "cmp"

/* Writes a fresh id of a kind to `out` (ID_ROOM bytes). */
void id_new(const char *prefix, char out[ID_ROOM]);

/* True when `text` is exactly an id of this kind. */
bool id_is(const char *prefix, const char *text);

/* The 16 bytes behind an id, and back. id_to_bytes is false when `text` is not an id. */
bool id_to_bytes(const char *text, uint8_t out[16]);
void id_from_bytes(const char *prefix, const uint8_t bytes[16], char out[ID_ROOM]);

#endif
