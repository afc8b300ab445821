/* SPDX-License-Identifier: Apache-2.0
 *
 * Every problem of Porchlight's own, once; http/problem.h has those that any server needs. The type
 * is stable: clients decide by it. Each stands in docs/openapi.yaml too, and a test compares.
 */
#ifndef PORCHLIGHT_API_PROBLEMS_H
#define PORCHLIGHT_API_PROBLEMS_H

#include "http/problem.h"

#define API_PROBLEMS(X)                                                                            \
    X(api_invalid_field, "invalid-field", 422, MSG("A field is not right"))                        \
    X(api_bad_origin, "bad-origin", 403, "The request came from another site")                     \
    X(api_role_needed, "role-needed", 403, "This is not for your role")                            \
    X(api_bad_code, "bad-code", 422, MSG("The code is wrong or no longer valid"))                  \
    X(api_bad_sign_in, "bad-sign-in", 401, MSG("The sign-in is not right"))                        \
    X(api_sign_in_again, "sign-in-again", 403, MSG("Sign in anew before you change this"))         \
    X(api_passkey_refused, "passkey-refused", 422, MSG("The passkey was not accepted"))            \
    X(api_challenge_over, "challenge-over", 409, MSG("This took too long, or was done before"))    \
    X(api_invitation_over, "invitation-over", 404, MSG("The invitation is not good any more"))     \
    X(api_reference_taken, "reference-taken", 409, "There is a delivery with this reference")      \
    X(api_webhook_limit, "webhook-limit", 409, "There are as many webhooks as there may be")       \
    X(api_webhook_stopped, "webhook-stopped", 409, "The webhook is stopped")                       \
    X(api_wrong_state, "wrong-state", 409, MSG("The delivery's state does not allow this"))        \
    X(api_no_photo, "no-photo", 404, "There is no photo to see")                                   \
    X(api_no_erasure, "no-erasure", 404, "No photo of this order was deleted")                     \
    X(api_no_evidence, "no-evidence", 404, "Nothing of this photo was recorded")                   \
    X(api_evidence_pending, "evidence-pending", 503, "The log has not taken it up yet")            \
    X(api_photo_withheld, "photo-withheld", 403, "This photo is not shown")                        \
    X(api_not_shared, "not-shared", 403, "The recipient does not share the photo")                 \
    X(api_photo_going, "photo-going", 409, MSG("You asked for this photo to be deleted"))          \
    X(api_needs_case, "needs-case", 403, "A look needs an open case")                              \
    X(api_needs_look, "needs-look", 403, "The look has run out or was never begun")                \
    X(api_photo_unmarked, "photo-unmarked", 503, "The photo cannot be marked just now")            \
    X(api_case_resolved, "case-resolved", 409, MSG("The case is resolved"))                        \
    X(api_idempotency_reused, "idempotency-key-reused", 422,                                       \
      "The key was used for another request")                                                      \
    X(api_photo_declined, "photo-declined", 403, "No photo may be taken here")                     \
    X(api_photo_unwanted, "photo-unwanted", 403, "No photo is wanted here")                        \
    X(api_delivery_ended, "delivery-ended", 409, MSG("The delivery was cancelled or returned"))    \
    X(api_challenge_invalid, "challenge-invalid", 403, "The challenge is not this stop's")         \
    X(api_challenge_spent, "challenge-spent", 409, "This attempt has its photo already")           \
    X(api_photo_rejected, "photo-rejected", 422, "The picture cannot be used")                     \
    X(api_offset_mismatch, "offset-mismatch", 409, "The upload stands at another offset")          \
    X(api_checksum_mismatch, "checksum-mismatch", 460,                                             \
      "The bytes are not those that were announced")                                               \
    X(api_upload_gone, "upload-gone", 410, "The upload has ended or expired")                      \
    X(api_uploads_busy, "uploads-busy", 503, "Too many photos are waiting; come back")             \
    X(api_upload_busy, "upload-busy", 503, "The upload is being worked on")                        \
    X(api_tus_version, "tus-version", 412, "Only tus 1.0.0 is spoken here")                        \
    X(api_device_revoked, "device-revoked", 401, "This device may no longer be used")              \
    X(api_wrong_pin, "wrong-pin", 422, "The PIN is not right")                                     \
    X(api_refusal_limit, "refusal-limit", 409, MSG("There are as many refusals as there may be"))  \
    X(api_recipients_word, "recipients-word", 409, "Only the recipient may lift this")             \
    X(api_bad_signature, "bad-signature", 403, "The signature is not right")

#define API_PROBLEM_DECLARE(name, slug, status, title) extern const struct http_problem name;
API_PROBLEMS(API_PROBLEM_DECLARE)
#undef API_PROBLEM_DECLARE

#endif
