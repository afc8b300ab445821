/* SPDX-License-Identifier: Apache-2.0
 *
 * Every parser of tus.h on the same bytes; what is accepted must keep its own promises.
 */
#include <assert.h>

#include "intake/tus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An accepted header is safe to echo and its struct is in range. */
static void check_metadata(const char *text, const struct tus_metadata *metadata)
{
    for (const char *c = text; *c; c++)
        assert(*c >= ' ' && *c <= '~');
    assert(id_is(ID_DELIVERY, metadata->delivery_id));
    assert(strlen(metadata->challenge) > 0 && strlen(metadata->challenge) <= TUS_CHALLENGE_CEILING);
    assert(metadata->lat >= -90 && metadata->lat <= 90 && metadata->lon >= -180 &&
           metadata->lon <= 180);
    assert(strlen(metadata->anyway) <= TUS_REASON_CEILING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';

    struct tus_metadata metadata;
    struct tus_checksum checksum;
    uint64_t number = 0;
    const char *key = NULL;
    if (tus_parse_metadata(text, &metadata, &key) == 0)
        check_metadata(text, &metadata);
    assert(key);
    if (tus_checksum_start(text, &checksum) == 0) {
        tus_checksum_add(&checksum, (struct span){data, size});
        assert(tus_checksum_compare(&checksum) == TUS_MISMATCH);
    }
    if (tus_parse_offset(text, &number) == 0)
        assert(number <= INT64_MAX);
    if (tus_parse_length(text, NULL, 1000, &number) == 0)
        assert(number <= 1000);
    if (tus_parse_length(NULL, text, 1000, &number) == 0)
        assert(number == TUS_DEFERRED);
    (void)!tus_check_type(text);
    (void)!tus_check_version(text);
    free(text);
    return 0;
}
