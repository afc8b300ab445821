/* SPDX-License-Identifier: Apache-2.0
 *
 * Judges one photo: is it a whole, honest JPEG; what does the world get to see of it; and what can
 * be measured on it.
 *
 * judge_photo is a pure function from bytes to bytes. It opens nothing, logs nothing and makes no
 * system call but those of malloc (brk, mmap, munmap, mremap), so that it runs under the tightest
 * seccomp filter. It never writes outside the room it is given, keeps nothing between calls, and is
 * safe from several threads at once. Its input is a stranger's: call it in the sandboxed worker
 * only (or in tests).
 *
 * For the worker's owner: libjpeg takes and gives back a few large blocks for every picture. With
 * malloc's usual threshold each of them is an mmap, a page fault for every 4 KB and a munmap, which
 * doubles the cost. Call judge_warm once in the zygote, before it forks: it raises the thresholds
 * and runs one tiny picture through, so that every child starts with the code paged in and the
 * lazily bound symbols bound.
 */
#ifndef PORCHLIGHT_JUDGE_H
#define PORCHLIGHT_JUDGE_H

#include "base/base.h"
#include "photo/facts.h"

/* Ceilings. A limit is met by a named verdict, never by a crash. */
struct judge_limits {
    uint32_t pixels_max;       /* width times height as stored; beyond it PHOTO_TOO_LARGE */
    uint32_t side_max;         /* longer side as stored; beyond it PHOTO_TOO_LARGE */
    uint32_t side_min;         /* shorter side as stored, and as posted; below it PHOTO_TOO_SMALL */
    uint32_t scans_max;        /* scans in the file; beyond it PHOTO_TOO_MANY_SCANS */
    uint32_t posted_side_max;  /* longer side of the posted photo */
    uint32_t preview_side_max; /* longer side of the preview */
    uint32_t preview_bytes_max; /* bytes of the preview */
    size_t memory_max;          /* heap bytes while judging, input and output not counted; beyond it
                                   PHOTO_TOO_LARGE */
};

#define JUDGE_LIMITS_DEFAULT                                                                       \
    {                                                                                              \
        .pixels_max = 100000000, .side_max = 20000, .side_min = 32, .scans_max = 20,               \
        .posted_side_max = 2016, .preview_side_max = 640, .preview_bytes_max = 50 * 1000,          \
        .memory_max = (size_t)128 << 20                                                            \
    }

/* Where the two pictures are written. A posted photo that does not fit is PHOTO_TOO_LARGE: give it
 * the input's size plus JUDGE_ROOM_EXTRA; the preview needs preview_bytes_max. */
struct judge_room {
    uint8_t *posted;
    size_t posted_room;
    uint8_t *preview;
    size_t preview_room;
};
#define JUDGE_ROOM_EXTRA ((size_t)256 << 10)

/* Judges `jpeg` and fills *facts_out in every case. 0: the photo is good, posted and preview are
 * written, their lengths are in the facts. Positive: the verdict (enum photo_verdict), nothing in
 * `room` counts. -ENOMEM: memory was short below memory_max, try again; the facts are zero. */
int judge_photo(struct span jpeg, const struct judge_limits *limits, const struct judge_room *room,
                struct photo_facts *facts_out) MUST_CHECK;

/* Prepares this process and those it forks: see above. Call it before threads and sandbox. */
void judge_warm(void);

#endif
