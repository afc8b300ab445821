/* SPDX-License-Identifier: Apache-2.0
 *
 * A staging file as a crash, a bad disk or an attacker may leave it. The seeds are whole files of
 * one upload under one key, holding the bytes 0, 1, 2 … : whatever the scan keeps of a spoilt one
 * must be the beginning of those bytes, and must read back the same.
 */
#include <assert.h>
#include <sys/mman.h>

#include "intake/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char upload[] = "upl_01jd3yx9rkq8w2h5t7m4n6p0ab";
static const uint8_t key[STAGING_KEY] = "the key of every seed of this";

static void check_read(const struct scan_request *scanned, const struct staging_state *good)
{
    struct staging_state again;
    uint8_t *plain = malloc(good->offset ? (size_t)good->offset : 1);
    if (!plain)
        return;
    struct scan_request request = *scanned;
    request.stop_at = good->file_end;
    request.out = plain;
    request.room = (size_t)good->offset;
    assert(scan_file(&request, &again) == 0);
    assert(again.offset == good->offset && again.file_end == good->file_end);
    for (uint64_t i = 0; i < good->offset; i++)
        assert(plain[i] == (uint8_t)i);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t id[16];
    AUTO_CLOSE int fd = memfd_create("staging", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || !id_to_bytes(upload, id))
        return 0;
    struct scan_request request = {.fd = fd, .id = id, .key = key, .stop_at = INT64_MAX};
    struct staging_state good;
    int result = scan_file(&request, &good);
    assert(result == 0 || result == STAGING_DAMAGED);
    if (result == 0) {
        assert(good.file_end <= size && good.offset < good.file_end);
        check_read(&request, &good);
    }
    return 0;
}
