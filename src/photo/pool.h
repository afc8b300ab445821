/* SPDX-License-Identifier: Apache-2.0
 *
 * The parent's side of the photo worker: a stranger's JPEG goes in, facts and clean pictures come
 * out, and whatever the JPEG does to the process that reads it costs that one photo.
 *
 * The pool starts `porchlight-photo` with an empty environment and one socket. That program is a
 * warmed keeper (the zygote) inside a sandbox; for each photo it forks a child that maps the photo
 * and the room for the answer, locks itself down, judges and ends. No descriptor, key or byte of
 * another photo is ever within its reach.
 *
 * What comes back is a stranger's answer: the pool copies the worker's record once, checks every
 * size, count and enum in it, and gives out the pictures only after the worker is dead and its room
 * has been sealed against writing.
 *
 * A zygote that dies is started again, after a pause that doubles up to ten seconds; the photos it
 * held are answered POOL_LOST. All functions but _new and _free may be called from any thread at
 * any time.
 */
#ifndef PORCHLIGHT_PHOTO_POOL_H
#define PORCHLIGHT_PHOTO_POOL_H

#include "base/base.h"
#include "photo/facts.h"
#include "photo/judge.h"
#include "sandbox/look.h"
#include "sandbox/sandbox.h"

struct photo_pool;

enum { POOL_SLOTS_MAX = 64, POOL_MARK_SLOTS_MAX = 16 };

enum photo_pool_flags {
    POOL_ALLOW_WEAKER_SANDBOX = 1, /* start without a required layer, and say so in the log */
    POOL_KEEP_STDERR = 2,          /* the zygote's stderr is ours, for debugging */
};

struct photo_pool_config {
    const char *worker_path; /* NULL or "": beside the running program, else installed */
    unsigned slots;          /* photos judged at once, 1 to POOL_SLOTS_MAX */
    unsigned mark_slots;     /* and marked at once, to POOL_MARK_SLOTS_MAX; 0: 2 */
    unsigned deadline_ms;    /* wall clock for one photo, 100 to 600000 */
    unsigned nice;           /* added to our own for workers, 0 to 19 */
    unsigned flags;          /* enum photo_pool_flags */
    uint64_t worker_memory;  /* bytes beside its input and output; 0: what the limits need */
    uint64_t input_ceiling;  /* longest photo in bytes; 0: POOL_INPUT_CEILING; at most _MAX */
    struct sandbox_identity identity; /* who workers are when we are root; 0: SANDBOX_DEFAULT_ID */
    struct judge_limits limits;       /* pixels_max 0: JUDGE_LIMITS_DEFAULT */
};

#define POOL_INPUT_CEILING     (UINT64_C(32) << 20)
#define POOL_INPUT_CEILING_MAX (UINT64_C(512) << 20)

enum photo_pool_result {
    POOL_CRASHED = 1,  /* the worker died, or never wrote an answer */
    POOL_DEADLINE,     /* it took too long and was killed */
    POOL_GARBLED,      /* it answered, and its answer does not hold together */
    POOL_WEAK_SANDBOX, /* photo_pool_new: a required layer is missing; the log names it */
    POOL_NO_WORKER,    /* photo_pool_new: no worker program, or it does not answer as ours would */
    POOL_CLOSING,      /* the pool is being freed */
    POOL_TOO_LARGE,    /* photo_input_open: over the ceiling, or empty */
    POOL_DOWN,         /* no worker could be started just now; the photo was not tried: try later */
    POOL_LOST,         /* the zygote ended under it, with all that it held: try later */
    POOL_BUSY,         /* photo_pool_mark: too many are waiting for theirs: try later */
};

/* "crashed", "deadline" … for logs; "done" for 0 and "fault" for a negative result. */
const char *photo_pool_result_name(int result);

/* Starts the zygote and waits (10 s at most) until it is warm. 0 and *out, POOL_WEAK_SANDBOX,
 * POOL_NO_WORKER or a fault. */
int photo_pool_new(const struct photo_pool_config *config, struct photo_pool **out) MUST_CHECK;

/* Lets photos under way end (each has its deadline), then ends the zygote. NULL is harmless. A call
 * that waits for a slot gets POOL_CLOSING; none may begin after this one. */
void photo_pool_free(struct photo_pool **pool);

/* A photo on its way in: memory that only we can name. Fill data[0..size), then judge. After the
 * first judge call it is sealed: `data` is NULL, and the same input may be judged again (after a
 * crash). */
struct photo_input {
    int fd;
    uint8_t *data;
    size_t size;
};

/* Room for a photo of exactly `size` bytes. 0, POOL_TOO_LARGE or a fault; on success
 * photo_input_close it. */
int photo_input_open(struct photo_pool *pool, size_t size, struct photo_input *out) MUST_CHECK;
/* Gives the memory back. Harmless on an input that is zeroed or closed already. */
void photo_input_close(struct photo_input *input);

/* A checked answer. `posted` and `preview` are JPEGs, empty unless facts.verdict is PHOTO_OK, and
 * live until photo_outcome_free. The figures are filled on POOL_CRASHED, POOL_DEADLINE and
 * POOL_GARBLED too, as far as known. */
struct photo_outcome {
    struct photo_facts facts;
    struct span posted;
    struct span preview;
    uint64_t cpu_us;      /* the worker's, user and system */
    uint32_t peak_rss_kb; /* the worker's, mappings included */
    int signal;           /* what killed it, 0 when it ended by itself */
    void *room;           /* private: the mapping */
    size_t room_size;
};

/* Judges a photo: waits for a free slot, then at most for the deadline. 0 (any verdict),
 * POOL_CRASHED, POOL_DEADLINE, POOL_GARBLED, POOL_DOWN, POOL_LOST, POOL_CLOSING or a fault. Always
 * photo_outcome_free afterwards. */
int photo_pool_judge(struct photo_pool *pool, struct photo_input *input,
                     struct photo_outcome *outcome) MUST_CHECK;
void photo_outcome_free(struct photo_outcome *outcome);

/* Marking (mark.h), with slots of its own: whoever looks does not wait behind photos that come in,
 * and takes no slot from them. photo_mark_open: room for a photo of `size` bytes behind its text,
 * which is at most PHOTO_MARK_TEXT bytes; then fill data[PHOTO_MARK_TEXT..). photo_pool_mark: as
 * photo_pool_judge, with the marked picture in outcome.posted where facts.verdict is PHOTO_OK; or
 * POOL_BUSY. */
enum { PHOTO_MARK_TEXT = 64 };
int photo_mark_open(struct photo_pool *pool, const char *text, size_t size,
                    struct photo_input *out) MUST_CHECK;
int photo_pool_mark(struct photo_pool *pool, struct photo_input *input,
                    struct photo_outcome *outcome) MUST_CHECK;

/* Since the pool was made: for metrics. */
struct photo_pool_figures {
    uint64_t judged, marked, crashed, deadline, garbled, restarts;
    unsigned busy; /* slots of judging taken now */
};
void photo_pool_figures(struct photo_pool *pool, struct photo_pool_figures *out);

/* What the kernel says of a worker: a child locks itself down exactly as for a photo and waits; we
 * look at it in /proc and kill it. 0, POOL_CRASHED, POOL_DEADLINE, POOL_DOWN, POOL_LOST,
 * POOL_CLOSING or a fault. */
struct photo_probe {
    struct sandbox_state state; /* as the zygote says */
    struct sandbox_view view;   /* as the kernel says */
};
int photo_pool_probe(struct photo_pool *pool, struct photo_probe *out) MUST_CHECK;

#endif
