/* SPDX-License-Identifier: Apache-2.0
 *
 * Every item begins with three bits of kind and five of a number, or of the number's length. The
 * shortest form is asked for, as CTAP2 has it.
 */
#include "crypto/cbor.h"

enum kind { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum { LEVELS = 4, FALSE = 20, NIL = 22, ONE_BYTE = 24, EIGHT_BYTES = 27 };

static bool head(struct cbor *in, enum kind *kind, uint64_t *number)
{
    static const uint64_t least[] = {24, 1 << 8, 1 << 16, UINT64_C(1) << 32};
    if (in->at >= in->end)
        return false;
    uint8_t first = *in->at++;
    unsigned low = first & 31;
    *kind = (enum kind)(first >> 5);
    *number = low;
    if (low < ONE_BYTE)
        return true;
    if (low > EIGHT_BYTES)
        return false;
    size_t len = (size_t)1 << (low - ONE_BYTE);
    if ((size_t)(in->end - in->at) < len)
        return false;
    *number = 0;
    for (size_t i = 0; i < len; i++)
        *number = *number << 8 | *in->at++;
    return *number >= least[low - ONE_BYTE];
}

/* The bytes of a string whose head said `number`. */
static bool content(struct cbor *in, uint64_t number, struct span *out)
{
    if (number > (size_t)(in->end - in->at))
        return false;
    *out = (struct span){in->at, (size_t)number};
    in->at += number;
    return true;
}

static bool string(struct cbor *in, enum kind wanted, struct span *out)
{
    enum kind kind;
    uint64_t number;
    return head(in, &kind, &number) && kind == wanted && content(in, number, out);
}

bool cbor_text(struct cbor *in, struct span *out)
{
    return string(in, TEXT, out);
}

bool cbor_bytes(struct cbor *in, struct span *out)
{
    return string(in, BYTES, out);
}

bool cbor_map(struct cbor *in, size_t *pairs_out)
{
    enum kind kind;
    uint64_t number;
    if (!head(in, &kind, &number) || kind != MAP || number > (size_t)(in->end - in->at) / 2)
        return false;
    *pairs_out = (size_t)number;
    return true;
}

bool cbor_skip(struct cbor *in, struct span *out)
{
    uint64_t left[LEVELS + 1] = {1}; /* items still to come, level by level */
    const uint8_t *from = in->at;
    for (int level = 0; level >= 0;) {
        enum kind kind;
        uint64_t number;
        struct span inside;
        if (left[level] == 0) {
            level--;
            continue;
        }
        left[level]--;
        if (!head(in, &kind, &number))
            return false;
        if (kind == TAG || (kind == SIMPLE && (number < FALSE || number > NIL)))
            return false;
        if ((kind == BYTES || kind == TEXT) && !content(in, number, &inside))
            return false;
        if (kind == ARRAY || kind == MAP) {
            if (level == LEVELS || number > (size_t)(in->end - in->at))
                return false;
            left[++level] = kind == MAP ? 2 * number : number;
        }
    }
    if (out)
        *out = (struct span){from, (size_t)(in->at - from)};
    return true;
}
