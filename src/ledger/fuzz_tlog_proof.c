/* SPDX-License-Identifier: Apache-2.0
 *
 * A proof that is accepted, and has no extra line, is written back as it was.
 */
#include <assert.h>

#include "ledger/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char extra[] = "c2sp.org/tlog-proof@v1\nextra ";
    struct tlog_proof proof;
    if (!tlog_proof_parse((struct span){data, size}, &proof))
        return 0;
    assert(proof.path.count <= TREE_PROOF_MAX && proof.checkpoint.len > 0);
    if (size >= sizeof extra - 1 && memcmp(data, extra, sizeof extra - 1) == 0)
        return 0;
    struct buf out AUTO_BUF;
    buf_init(&out, TLOG_PROOF_CEILING + 1024);
    tlog_proof_write(&proof, &out);
    assert(!out.failed && out.len == size && memcmp(out.data, data, size) == 0);
    return 0;
}
