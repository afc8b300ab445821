/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines in one order, each written in one way only.
 */
#include "ledger/tlog_proof.h"

#include "base/text.h"

static const char first_line[] = "c2sp.org/tlog-proof@v1";
enum { LINE = 8 << 10 }; /* an extra line is the longest */

void tlog_proof_write(const struct tlog_proof *proof, struct buf *out)
{
    char text[BASE64_ROOM(TREE_HASH)];
    buf_printf(out, "%s\nindex %llu\n", first_line, (unsigned long long)proof->index);
    for (int i = 0; i < proof->path.count; i++) {
        text_base64(proof->path.hashes[i], TREE_HASH, text);
        buf_printf(out, "%s\n", text);
    }
    buf_byte(out, '\n');
    buf_add(out, proof->checkpoint.data, proof->checkpoint.len);
}

static bool is_extra(const char *line)
{
    uint8_t bytes[LINE];
    size_t len;
    return strncmp(line, "extra ", 6) == 0 &&
           text_unbase64(line + 6, strlen(line + 6), bytes, sizeof bytes, &len);
}

static bool read_index(const char *line, uint64_t *out)
{
    return strncmp(line, "index ", 6) == 0 &&
           text_to_u64(line + 6, 0, (UINT64_C(1) << TREE_HEIGHT) - 1, out) &&
           (line[6] != '0' || !line[7]);
}

static bool read_hash(const char *line, struct tree_proof *path)
{
    size_t len;
    return path->count < TREE_PROOF_MAX &&
           text_unbase64(line, strlen(line), path->hashes[path->count++], TREE_HASH, &len) &&
           len == TREE_HASH;
}

bool tlog_proof_parse(struct span bytes, struct tlog_proof *proof_out)
{
    char line[LINE];
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.len;
    proof_out->path.count = 0;
    if (bytes.len == 0 || bytes.len > TLOG_PROOF_CEILING ||
        !checkpoint_line(&at, end, line, sizeof line) || strcmp(line, first_line) != 0 ||
        !checkpoint_line(&at, end, line, sizeof line))
        return false;
    if (is_extra(line) && !checkpoint_line(&at, end, line, sizeof line))
        return false;
    if (!read_index(line, &proof_out->index))
        return false;
    for (;;) {
        if (!checkpoint_line(&at, end, line, sizeof line))
            return false;
        if (!*line)
            break;
        if (!read_hash(line, &proof_out->path))
            return false;
    }
    proof_out->checkpoint = (struct span){at, (size_t)(end - at)};
    return at < end;
}
