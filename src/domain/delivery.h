/* SPDX-License-Identifier: Apache-2.0
 *
 * A delivery, its photo and the people around it, as plain data. Texts belong to the arena that the
 * row was read into; an absent text is NULL, an absent id is "". Times are milliseconds UTC, 0 =
 * never.
 */
#ifndef PORCHLIGHT_DELIVERY_H
#define PORCHLIGHT_DELIVERY_H

#include "base/id.h"
#include "domain/words.h"

enum {
    DELIVERY_LINES = 6,   /* most lines an address has */
    DELIVERY_PARCELS = 20 /* most parcels */
};

struct address {
    const char *lines[DELIVERY_LINES]; /* `line_count` of them, each not empty */
    int line_count;
    bool located; /* lat and lon are known, degrees */
    double lat, lon;
};

/* One of the parcels: what stands on its label to be scanned, and what people call it. */
struct parcel {
    const char *code, *label; /* one of them may be NULL */
};

struct delivery {
    char id[ID_ROOM];
    char shipper_id[ID_ROOM];
    char driver_id[ID_ROOM];
    const char *reference; /* the shipper's own number; unique for the shipper */
    const char *recipient_name;
    const char *recipient_email; /* lower case, or NULL */
    const char *recipient_phone; /* E.164, or NULL */
    const char *buyer_email;     /* lower case, or NULL: the recipient ordered */
    struct address address;
    const char *time_zone;                   /* IANA name, checked */
    const char *instructions;                /* for the driver, or NULL */
    struct parcel parcels[DELIVERY_PARCELS]; /* `parcel_count` of them, 1 at least */
    int parcel_count;
    int position; /* on the driver's round, from 1; 0 = none was said */
    enum confidentiality confidential;
    enum photo_want photo_want;
    enum consent consent; /* the recipient's word for this delivery */
    int64_t window_from, window_to;

    enum delivery_state state;
    int attempt; /* 1 for the first; grows when it goes out again */
    enum attempt_reason attempt_reason;
    enum left_at left_at;
    enum proof proof;
    int64_t delivered_captured_at,
        delivered_received_at; /* the phone's clock and ours, of delivered or attempted */

    /* Of the present attempt; the photos of earlier ones that are there stand in their own rows. */
    enum photo_state photo_state;
    const char *photo_reason; /* a PHOTO_REASONS word or a verdict, or NULL */
    char photo_id[ID_ROOM];

    int token_version; /* of the tracking link; a higher one revokes the older links */
    int64_t created_at, changed_at;
    int64_t out_at; /* when it last set out; 0: never */
    enum proof_check proof_check;
};

/* Invariants, whenever no transaction is under way:
 * 1. One photo of an attempt is received, posted, withheld or set aside at most.
 * 2. posted, of whichever attempt, implies that the delivery is NOT_CONFIDENTIAL.
 * 3. staging_slot is in use until the verdict; key_slot from posting or withholding until erasure.
 */
struct photo {
    char id[ID_ROOM];
    char delivery_id[ID_ROOM];
    char driver_id[ID_ROOM];
    char device_id[ID_ROOM];
    char upload_id[ID_ROOM]; /* names the sealed staging file */
    int attempt;
    enum photo_state state;
    const char *reason;
    uint8_t sha256[32]; /* of the bytes as the phone sent them */
    int64_t size;
    int64_t captured_at, received_at, posted_at, delete_by;
    uint8_t posted_sha256[32];
    int64_t posted_size, preview_size;
    int width, height;
    enum place place;
    unsigned flags; /* 1 << enum photo_flag */
    uint64_t fingerprint;
    int darkness, sharpness; /* the judge's measures, see photo/facts.h */
    const char *anyway;      /* the driver's reason to keep a dark or blurred picture, or NULL */
    int64_t staging_slot, key_slot; /* in the key folder; -1 = none */
};

/* A shipper's choices; the defaults are the server's settings. */
struct shipper {
    char id[ID_ROOM];
    const char *name;
    int retention_days;
    int far_metres;
    enum confidential_photos confidential_photos;
    bool refuse_dark, refuse_blurred;
    enum photo_want photo_default;
    int64_t created_at;
};

/* True when its names, contacts and address were deleted: an address has a line, as long as there
 * is one. */
bool delivery_is_blank(const struct delivery *delivery);

/* Distance in metres between two points in degrees (haversine on a sphere of 6371 km). */
double delivery_distance(double lat_a, double lon_a, double lat_b, double lon_b);

#endif
