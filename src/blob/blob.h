/* SPDX-License-Identifier: Apache-2.0
 *
 * A store of named, unchanging objects. Several stores stand behind this one interface: files
 * (blob_files.h), and in tests one that breaks on purpose (blob_fault.h). A store knows nothing of
 * what it holds; sealing is the layer above (seal.h).
 *
 * A name is 3 to 63 characters of a-z, 0-9 and '_', such as an id. Thread-safe, but a `struct blob`
 * belongs to one thread at a time.
 */
#ifndef PORCHLIGHT_BLOB_H
#define PORCHLIGHT_BLOB_H

#include <sys/uio.h>

#include "base/base.h"

enum { BLOB_NAME_LEAST = 3, BLOB_NAME_CEILING = 63, BLOB_PARTS_CEILING = 8 };

enum blob_outcome {
    BLOB_ABSENT = 1, /* no object of that name */
    BLOB_FULL,       /* the store has no room; nothing was kept */
    BLOB_SHORT,      /* the object ends before the bytes asked for */
    BLOB_BAD_NAME,
};

struct blob_store {
    const struct blob_ops *ops; /* each store's own struct begins with this one */
};

/* An open object, on the caller's stack. Close it with blob_close. */
struct blob {
    struct blob_store *store;
    uint64_t size;
    intptr_t handle; /* the store's own */
};

/* Where the bytes of a put come from. `next` gives the next piece, valid until the next call; an
 * empty piece is the end. A non-zero result ends the put, keeps nothing, and is returned. The
 * pieces must add up to `size`. */
struct blob_source {
    uint64_t size;
    int (*next)(void *context, struct span *piece_out);
    void *context;
};

enum blob_removal { BLOB_REMOVE_LAZY, BLOB_REMOVE_DURABLY };

typedef int blob_visit(void *context, const char *name);

struct blob_ops {
    int (*put)(struct blob_store *store, const char *name, const struct blob_source *source);
    int (*open)(struct blob_store *store, const char *name, struct blob *blob_out);
    int (*read)(struct blob *blob, uint64_t offset, const struct iovec *parts, int count);
    void (*close)(struct blob *blob);
    int (*remove)(struct blob_store *store, const char *name, enum blob_removal how);
    int (*each)(struct blob_store *store, blob_visit *visit, void *context);
    int (*free_space)(struct blob_store *store, uint64_t *bytes_out);
    void (*free)(struct blob_store *store);
};

/* Keeps an object under `name`, whole or not at all, replacing one that was there; durable when it
 * returns 0. BLOB_FULL, BLOB_BAD_NAME, what the source returned, or a fault. */
int blob_put(struct blob_store *store, const char *name,
             const struct blob_source *source) MUST_CHECK;

/* The same for bytes already in memory. */
int blob_put_bytes(struct blob_store *store, const char *name, struct span bytes) MUST_CHECK;

/* Opens an object for reading; blob_out->size is its size. 0, BLOB_ABSENT, BLOB_BAD_NAME or a
 * fault. An object that is replaced while open stays readable; one that is removed may be cut
 * short, or read as another's bytes, which do not open under its key. */
int blob_open(struct blob_store *store, const char *name, struct blob *blob_out) MUST_CHECK;

/* Fills all parts, at most BLOB_PARTS_CEILING, from `offset` on. 0, BLOB_SHORT, or a fault. */
int blob_read(struct blob *blob, uint64_t offset, const struct iovec *parts, int count) MUST_CHECK;

/* Harmless on a zeroed or closed blob. */
void blob_close(struct blob *blob);

/* Removes an object; BLOB_ABSENT when there is none. A lazy removal may come back after a power
 * loss. */
int blob_remove(struct blob_store *store, const char *name, enum blob_removal how) MUST_CHECK;

/* Calls `visit` with each name; non-zero ends the round and is returned. `visit` may remove the
 * object it is shown. */
int blob_each(struct blob_store *store, blob_visit *visit, void *context) MUST_CHECK;

/* How many bytes may still be put. */
int blob_free_space(struct blob_store *store, uint64_t *bytes_out) MUST_CHECK;

/* Closes a store; *store becomes NULL. NULL is harmless. All blobs must be closed. */
void blob_store_free(struct blob_store **store);

#endif
