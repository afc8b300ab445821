/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts that lie in every evidence archive, made of src/ledger/evidence/ at build.
 */
#ifndef PORCHLIGHT_EVIDENCE_TEXTS_H
#define PORCHLIGHT_EVIDENCE_TEXTS_H

#include "base/base.h"

extern const uint8_t evidence_verify_md[], evidence_verify_sh[];
extern const size_t evidence_verify_md_len, evidence_verify_sh_len;

#endif
