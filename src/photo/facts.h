/* SPDX-License-Identifier: Apache-2.0
 *
 * What the judging of one photo found out, in a record of fixed width that crosses from the worker
 * to the server as it stands. The worker has read a stranger's bytes, so the server treats every
 * field as a claim and checks it again (photo_facts_plausible, and the two lengths against what it
 * mapped).
 *
 * A verdict has a slug (API, log, metrics) and one plain sentence that the driver reads at the
 * door.
 */
#ifndef PORCHLIGHT_FACTS_H
#define PORCHLIGHT_FACTS_H

#include "base/base.h"
#include "lang/msg.h"

#define PHOTO_VERDICTS(X)                                                                          \
    X(PHOTO_OK, "ok", MSG("The picture is fine."))                                                 \
    X(PHOTO_NOT_JPEG, "not_jpeg", MSG("The picture is not a JPEG."))                               \
    X(PHOTO_TRUNCATED, "truncated", MSG("The picture is cut off before its end."))                 \
    X(PHOTO_DAMAGED, "damaged", MSG("The picture is damaged."))                                    \
    X(PHOTO_TOO_LARGE, "too_large", MSG("The picture has too many pixels."))                       \
    X(PHOTO_TOO_SMALL, "too_small", MSG("The picture is too small to show anything."))             \
    X(PHOTO_TOO_MANY_SCANS, "too_many_scans", MSG("The picture is built up in too many steps."))   \
    X(PHOTO_CMYK, "cmyk", MSG("The picture is in print colours (CMYK)."))                          \
    X(PHOTO_DEEP, "deep", MSG("The picture has more than 8 bits a colour."))                       \
    X(PHOTO_UNSUPPORTED, "unsupported", MSG("The picture is a kind of JPEG that cannot be shown."))

enum photo_verdict {
#define X(name, slug, sentence) name,
    PHOTO_VERDICTS(X)
#undef X
        PHOTO_VERDICT_COUNT
};

/* How the posted photo was made from the one that came in. */
#define PHOTO_PATHS(X)                                                                             \
    X(PHOTO_REBUILT, "rebuilt")       /* the same entropy data in a structure of our own */        \
    X(PHOTO_TRANSCODED, "transcoded") /* the same coefficients, turned upright and coded again */  \
    X(PHOTO_REENCODED, "reencoded")   /* from pixels: scaled, converted, or turned without a trim */

enum photo_path {
#define X(name, slug) name,
    PHOTO_PATHS(X)
#undef X
        PHOTO_PATH_COUNT
};

/* Bits of photo_facts.notes: what came with the photo and did not leave with it. */
enum photo_note {
    PHOTO_HAD_EXIF = 1u << 0,
    PHOTO_HAD_GPS = 1u << 1,       /* an EXIF place */
    PHOTO_HAD_C2PA = 1u << 2,      /* a signed history of the picture (JUMBF) */
    PHOTO_HAD_THUMBNAIL = 1u << 3, /* in EXIF or JFIF */
    PHOTO_HAD_SECOND =
        1u << 4, /* bytes after the picture's end: a second image, a film, anything */
    PHOTO_HAD_PROFILE = 1u << 5, /* a colour profile, known or not */
    PHOTO_CONVERTED = 1u << 6,   /* its colours were brought to sRGB */
    PHOTO_WIDE_GAMUT = 1u << 7,  /* Display P3, kept and marked as such */
    PHOTO_SCALED = 1u << 8,      /* posted smaller than it came */
    PHOTO_MENDED = 1u << 9,      /* a missing end marker or padding was put right */
    PHOTO_NOTES_ALL = (1u << 10) - 1,
};

/* Thousandths. From which darkness and below which sharpness a picture counts as dark or blurred,
 * [photo] dark_from and blurred_below say; what follows, the shipper's setting. */
enum { PHOTO_MEASURE_MAX = 1000 };

/*
 * Invariants, as judge_photo leaves it:
 * 1. verdict != PHOTO_OK: all else is 0, but for source_width and source_height where they could be
 * read, and notes.
 * 2. verdict == PHOTO_OK: width, height, posted_len, preview_* are at least 1; orientation is 1
 * to 8.
 */
struct photo_facts {
    uint64_t fingerprint;    /* of the upright picture; see fingerprint.h */
    uint32_t verdict;        /* enum photo_verdict */
    uint32_t path;           /* enum photo_path */
    uint32_t width;          /* of the posted photo, upright, in pixels */
    uint32_t height;         /* likewise */
    uint32_t source_width;   /* as the file stored it */
    uint32_t source_height;  /* likewise */
    uint32_t posted_len;     /* bytes of the posted JPEG */
    uint32_t preview_len;    /* bytes of the preview JPEG */
    uint32_t preview_width;  /* upright */
    uint32_t preview_height; /* likewise */
    uint32_t notes;          /* bits of enum photo_note */
    uint16_t darkness;       /* 0 bright .. 1000 black */
    uint16_t sharpness;      /* 0 without any edge .. 1000 crisp */
    uint16_t orientation;    /* EXIF's value that was baked in, 1 to 8 */
    uint16_t reserved[3];    /* 0 */
};
_Static_assert(sizeof(struct photo_facts) == 64, "the record has no holes");

/* The slug and the sentence; those of PHOTO_UNSUPPORTED for a number that is no verdict. */
static inline const char *photo_verdict_slug(uint32_t verdict)
{
    switch (verdict) {
#define X(name, slug, sentence)                                                                    \
    case name:                                                                                     \
        return slug;
        PHOTO_VERDICTS(X)
#undef X
    default:
        return "unsupported";
    }
}

static inline const char *photo_verdict_sentence(uint32_t verdict)
{
    switch (verdict) {
#define X(name, slug, sentence)                                                                    \
    case name:                                                                                     \
        return sentence;
        PHOTO_VERDICTS(X)
#undef X
    default:
        return "The picture is a kind of JPEG that cannot be shown.";
    }
}

static inline const char *photo_path_slug(uint32_t path)
{
    switch (path) {
#define X(name, slug)                                                                              \
    case name:                                                                                     \
        return slug;
        PHOTO_PATHS(X)
#undef X
    default:
        return "unknown";
    }
}

/* False when a record from the other side of the sandbox breaks an invariant or names something
 * that does not exist. */
static inline bool photo_facts_plausible(const struct photo_facts *facts)
{
    enum { SIDE_MAX = 65535 };
    if (facts->verdict >= PHOTO_VERDICT_COUNT || facts->path >= PHOTO_PATH_COUNT ||
        facts->notes > PHOTO_NOTES_ALL || facts->source_width > SIDE_MAX ||
        facts->source_height > SIDE_MAX)
        return false;
    if (facts->verdict != PHOTO_OK)
        return facts->posted_len == 0 && facts->preview_len == 0;
    return facts->width >= 1 && facts->width <= SIDE_MAX && facts->height >= 1 &&
           facts->height <= SIDE_MAX && facts->posted_len >= 1 && facts->preview_len >= 1 &&
           facts->preview_width >= 1 && facts->preview_width <= facts->width &&
           facts->preview_height >= 1 && facts->preview_height <= facts->height &&
           facts->darkness <= PHOTO_MEASURE_MAX && facts->sharpness <= PHOTO_MEASURE_MAX &&
           facts->orientation >= 1 && facts->orientation <= 8;
}

#endif
