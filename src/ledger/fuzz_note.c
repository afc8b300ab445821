/* SPDX-License-Identifier: Apache-2.0
 *
 * Notes, keys, checkpoints and policies on the same bytes; what is accepted must keep its own
 * promises.
 */
#include <assert.h>

#include "crypto/crypto.h"
#include "ledger/erasure.h"
#include "ledger/tile.h"
#include "ledger/tlog_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const char *text)
{
    struct note_key key;
    struct tile tile;
    char again[NOTE_KEY_ROOM], path[TILE_PATH_ROOM];
    if (note_key_parse(text, &key)) {
        note_key_format(&key, again);
        assert(strcmp(again, text) == 0);
    }
    if (tile_parse(text, &tile)) {
        tile_format(&tile, path);
        assert(strcmp(path, text) == 0 && tile.width >= 1 && tile.width <= TILE_WIDTH);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct note note;
    static struct tlog_policy policy;
    static bool ready;
    struct checkpoint checkpoint;
    struct tlog_seen seen;
    if (!ready && crypto_init() != 0)
        abort();
    ready = true;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    try_text(text);
    bool is_note = note_parse((struct span){data, size}, &note);
    if (is_note) {
        assert(note.text.len > 0 && note.text.data[note.text.len - 1] == '\n');
        assert(note.count <= NOTE_SIGNATURES);
    }
    if (is_note && checkpoint_parse(note.text, &checkpoint))
        assert(checkpoint.origin[0] && checkpoint.head.size <= UINT64_C(1) << TREE_HEIGHT);
    struct erasure_receipt receipt;
    struct note_key key;
    if (is_note && note_key_make("x/erasures", NOTE_LOG, (uint8_t[SIGN_PUBLIC]){1}, &key))
        assert(erasure_check((struct span){data, size}, &key, &receipt) != ERASURE_HOLDS);
    if (tlog_policy_parse((struct span){data, size}, &policy) == 0) {
        assert(policy.quorum < policy.member_count);
        if (is_note)
            tlog_policy_ask(&policy, &note, &seen);
    }
    free(text);
    return 0;
}
