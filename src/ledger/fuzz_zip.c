/* SPDX-License-Identifier: Apache-2.0
 *
 * Archives, and evidence in them: nothing but an archive of ours is taken, and no evidence holds
 * under a key that signed nothing.
 */
#include <assert.h>

#include "base/zip.h"
#include "crypto/crypto.h"
#include "ledger/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nobody[SIGN_PUBLIC] = {1};
    static struct note_key key;
    static struct evidence_found found;
    struct zip zip;
    if (!key.name[0] && (crypto_init() != 0 || !note_key_make("nobody", NOTE_LOG, nobody, &key)))
        abort();
    if (!zip_read((struct span){data, size}, &zip))
        return 0;
    assert(zip.count > 0 && zip.count <= ZIP_FILES);
    for (int i = 0; i < zip.count; i++)
        assert(zip.files[i].bytes.data >= data &&
               zip.files[i].bytes.data + zip.files[i].bytes.len <= data + size);
    assert(evidence_check((struct span){data, size}, &key, &found) != EVIDENCE_HOLDS);
    return 0;
}
