/* SPDX-License-Identifier: Apache-2.0
 *
 * A size has one way to be written: digits without leading zeros.
 */
#include "ledger/checkpoint.h"

#include "base/text.h"

void checkpoint_format(const struct checkpoint *checkpoint, char out[CHECKPOINT_ROOM])
{
    char root[BASE64_ROOM(TREE_HASH)];
    text_base64(checkpoint->head.root, TREE_HASH, root);
    snprintf(out, CHECKPOINT_ROOM, "%s\n%llu\n%s\n", checkpoint->origin,
             (unsigned long long)checkpoint->head.size, root);
}

bool checkpoint_line(const uint8_t **at, const uint8_t *end, char *out, size_t room)
{
    const uint8_t *stop = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    size_t len = stop ? (size_t)(stop - *at) : 0;
    if (!stop || len >= room || memchr(*at, 0, len))
        return false;
    memcpy(out, *at, len);
    out[len] = '\0';
    *at = stop + 1;
    return true;
}

bool checkpoint_parse(struct span text, struct checkpoint *checkpoint_out)
{
    char size[24], root[BASE64_ROOM(TREE_HASH)];
    const uint8_t *at = text.data, *end = text.data + text.len;
    size_t root_len;
    struct checkpoint found = {.origin = ""};
    if (!checkpoint_line(&at, end, found.origin, sizeof found.origin) || !*found.origin ||
        !checkpoint_line(&at, end, size, sizeof size) ||
        !checkpoint_line(&at, end, root, sizeof root))
        return false;
    if (!text_to_u64(size, 0, UINT64_C(1) << TREE_HEIGHT, &found.head.size) ||
        (size[0] == '0' && size[1]) ||
        !text_unbase64(root, strlen(root), found.head.root, TREE_HASH, &root_len) ||
        root_len != TREE_HASH)
        return false;
    *checkpoint_out = found;
    return true;
}

bool checkpoint_open(struct span bytes, const struct note_key *log, struct note *note_out,
                     struct checkpoint *checkpoint_out)
{
    return note_parse(bytes, note_out) && checkpoint_parse(note_out->text, checkpoint_out) &&
           strcmp(checkpoint_out->origin, log->name) == 0 && note_is_signed(note_out, log, NULL);
}
