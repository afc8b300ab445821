/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests: a store that hands everything on to another one and fails when told. Every call of the
 * interface, and every piece that a put takes from its source, counts as one step.
 */
#ifndef PORCHLIGHT_BLOB_FAULT_H
#define PORCHLIGHT_BLOB_FAULT_H

#include "blob/blob.h"

/* Wraps `inner`, which stays the caller's. NULL when memory is short. */
struct blob_store *blob_fault_new(struct blob_store *inner);

/* The n-th step from now (1: the very next) returns `result`, such as -EIO or BLOB_FULL, once. 0
 * turns it off. */
void blob_fault_at(struct blob_store *store, unsigned n, int result);

/* Steps taken so far. */
unsigned blob_fault_steps(const struct blob_store *store);

#endif
