/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of an upload: whether it may begin, how it stands, the one transaction in which a
 * whole photo is accepted, and the signed answers. Of tus it knows the metadata, in which a phone
 * says what it sends; headers, offsets and statuses are api/uploads.c's.
 */
#ifndef PORCHLIGHT_ACCEPT_H
#define PORCHLIGHT_ACCEPT_H

#include "api/subject.h"
#include "intake/tus.h"
#include "jobs/verdicts.h"
#include "ledger/receipt.h"
#include "store/job.h"
#include "store/upload.h"

/* One upload request on its way; lives in the request's arena and hangs on call->work. */
struct upload_call {
    struct tus_metadata metadata; /* of a POST */
    const char *metadata_text;    /* as sent */
    int64_t announced;            /* the length that a POST gives; -1 = deferred */
    struct store_upload row;
    bool is_new; /* a POST that found no upload to go on with */
    bool had_body;
    bool learns_length; /* a PATCH with Upload-Length */
    struct store_upload
        replaced; /* an open upload of the same stop with another picture; id "" = none */
    struct upload_body *body; /* under way; NULL when there is none */
    uint64_t offset;          /* acknowledged */
    char photo_id[ID_ROOM];   /* once accepted */
    int64_t received_at;
};

/* The upload of a call. */
static inline struct upload_call *accept_call(const struct call *call)
{
    return call->work;
}

/* How an upload stands, told from its rows. */
enum standing {
    STANDING_OPEN,
    STANDING_JUDGING,  /* whole; the verdict is awaited: come back */
    STANDING_PENDING,  /* whole, and not judged in time: a pending receipt */
    STANDING_STORED,   /* a receipt */
    STANDING_REJECTED, /* the picture is no use; row.answer says why */
    STANDING_REFUSED,  /* a signed refusal; row.answer says why */
    STANDING_GONE,     /* terminated, expired, or lost on our side: begin anew */
};

/* Reads how `row` stands; the photo's reason goes to *reason_out where it was rejected or refused.
 * 0 or a fault. */
int accept_standing(struct call *call, struct db_tx *tx, const struct store_upload *row,
                    enum standing *standing_out, const char **reason_out) MUST_CHECK;

/* May this device begin (or go on with) an upload for the stop that the metadata names? 0: yes, and
 * call->work has the row to go on with, or is_new. CALL_REFUSE: the answer has the problem, and
 * *refusal_out the word to sign, or NULL where nothing is signed. */
int accept_begin(struct call *call, struct db_tx *tx, struct answer *answer,
                 const char **refusal_out) MUST_CHECK;

/* The transaction of a whole photo whose bytes are durable (design 4): asks the policy again, then
 * photo, job, delivery and upload rows together. CALL_COMMIT with answer->problem set: refused, and
 * *refusal_out is the word to sign. `job_out` is to be handed over when *accepted_out. */
struct acceptance {
    bool accepted;
    const char *refusal; /* a word to sign, or NULL */
    struct store_job job;
    char payload[128];
};
int accept_whole(struct call *call, struct db_tx *tx, struct answer *answer,
                 struct acceptance *out) MUST_CHECK;

/* Ends an open upload in the same transaction: state, why, and a job that destroys its staging. 0,
 * ACCEPT_OVERTAKEN when it is not open any more (nothing was changed), or a fault. */
enum { ACCEPT_OVERTAKEN = 1 };
int accept_end_upload(struct call *call, struct db_tx *tx, const struct store_upload *row,
                      const char *why) MUST_CHECK;

/* Sets Porchlight-Receipt. A refusal needs no photo; `word` NULL is a receipt. */
void accept_sign(struct call *call, enum receipt_verdict verdict, const char *word);

/* The word for the driver that belongs to a policy's refusal: declined, unwanted, cancelled, spent;
 * NULL for others. */
const char *accept_refusal_word(enum policy_answer policy);

#endif
