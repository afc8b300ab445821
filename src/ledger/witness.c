/* SPDX-License-Identifier: Apache-2.0
 *
 * A witness that knows the log further than we thought says how far, and is asked once more.
 */
#include "ledger/witness.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"
#include "ledger/peer.h"

enum { REQUEST_CEILING = NOTE_CEILING + (16 << 10) };

int witness_request(const struct witness_checkpoint *checkpoint, uint64_t known, struct buf *out)
{
    struct tree_proof proof = {.count = 0};
    char text[BASE64_ROOM(TREE_HASH)];
    int result =
        known > 0 ? tree_prove_growth(checkpoint->reader, known, checkpoint->head.size, &proof) : 0;
    if (result != 0)
        return result;
    buf_printf(out, "old %llu\n", (unsigned long long)known);
    for (int i = 0; i < proof.count; i++) {
        text_base64(proof.hashes[i], TREE_HASH, text);
        buf_printf(out, "%s\n", text);
    }
    buf_byte(out, '\n');
    buf_add(out, checkpoint->note.data, checkpoint->note.len);
    return out->failed ? log_fault("witness.request", -ENOMEM, "what=memory") : 0;
}

bool witness_read_size(struct span body, uint64_t *size_out)
{
    char line[24];
    const uint8_t *at = body.data, *end = body.data + body.len;
    return checkpoint_line(&at, end, line, sizeof line) && at == end &&
           text_to_u64(line, 0, UINT64_C(1) << TREE_HEIGHT, size_out);
}

bool witness_read_lines(struct span body, const struct witness_checkpoint *checkpoint,
                        const struct note_key *witness, struct buf *out)
{
    struct buf whole AUTO_BUF;
    struct note *note = malloc(sizeof *note);
    buf_init(&whole, NOTE_CEILING);
    buf_add(&whole, checkpoint->note.data, checkpoint->note.len);
    buf_add(&whole, body.data, body.len);
    bool ok = note && !whole.failed && note_parse((struct span){whole.data, whole.len}, note) &&
              note_is_signed(note, witness, NULL);
    for (int i = 0; ok && i < note->count; i++) {
        const struct note_line *line = &note->lines[i];
        if (line->name.len == strlen(witness->name) &&
            memcmp(line->name.data, witness->name, line->name.len) == 0 &&
            memcmp(line->id, witness->id, NOTE_KEY_ID) == 0) {
            note_add_line(out, witness, (struct span){line->signature, line->len});
            break;
        }
    }
    free(note);
    return ok && !out->failed;
}

/* One request and its answer: the status, or a fault. */
static int send(const struct tlog_member *witness, const struct witness_checkpoint *checkpoint,
                uint64_t known, struct buf *answer)
{
    char url[TLOG_POLICY_URL + 20];
    size_t len = strlen(witness->url);
    struct buf body AUTO_BUF;
    buf_init(&body, REQUEST_CEILING);
    buf_init(answer, WITNESS_ANSWER_CEILING);
    int result = witness_request(checkpoint, known, &body);
    if (result != 0)
        return result;
    snprintf(url, sizeof url, "%s%sadd-checkpoint", witness->url,
             len && witness->url[len - 1] == '/' ? "" : "/");
    return peer_post(
        &(struct peer_call){url, "text/plain; charset=utf-8", NULL, {body.data, body.len}}, answer);
}

int witness_ask(const struct tlog_member *witness, const struct witness_checkpoint *checkpoint,
                uint64_t *known, struct buf *out)
{
    uint64_t size = checkpoint->head.size, theirs;
    for (int tries = 0; tries < 2; tries++) {
        struct buf answer AUTO_BUF;
        int status = send(witness, checkpoint, *known <= size ? *known : 0, &answer);
        struct span body = {answer.data, answer.len};
        if (status < 0)
            return WITNESS_UNREACHED;
        if (status == 200 && witness_read_lines(body, checkpoint, &witness->key, out)) {
            *known = size;
            return 0;
        }
        if (status != 409 || !witness_read_size(body, &theirs)) {
            log_event(LOG_WARN, "witness.refused", "status=%d", status);
            return WITNESS_REFUSED;
        }
        if (theirs > size || (theirs == *known && tries > 0) || (theirs == size && *known == size))
            return WITNESS_SEEN_MORE;
        *known = theirs;
    }
    return WITNESS_REFUSED;
}
