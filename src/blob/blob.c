/* SPDX-License-Identifier: Apache-2.0
 *
 * The interface itself: checks what every store would have to check, and hands on.
 */
#include "blob/blob.h"

#include <assert.h>

static bool is_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name[len] == '\0' && len >= BLOB_NAME_LEAST && len <= BLOB_NAME_CEILING;
}

int blob_put(struct blob_store *store, const char *name, const struct blob_source *source)
{
    return is_name(name) ? store->ops->put(store, name, source) : BLOB_BAD_NAME;
}

static int next_only(void *context, struct span *piece_out)
{
    struct span *rest = context;
    *piece_out = *rest;
    *rest = (struct span){NULL, 0};
    return 0;
}

int blob_put_bytes(struct blob_store *store, const char *name, struct span bytes)
{
    struct span rest = bytes;
    return blob_put(store, name, &(struct blob_source){bytes.len, next_only, &rest});
}

int blob_open(struct blob_store *store, const char *name, struct blob *blob_out)
{
    *blob_out = (struct blob){0};
    return is_name(name) ? store->ops->open(store, name, blob_out) : BLOB_BAD_NAME;
}

int blob_read(struct blob *blob, uint64_t offset, const struct iovec *parts, int count)
{
    assert(count > 0 && count <= BLOB_PARTS_CEILING);
    size_t wanted = 0;
    for (int i = 0; i < count; i++)
        wanted += parts[i].iov_len;
    if (offset > blob->size || wanted > blob->size - offset)
        return BLOB_SHORT;
    return wanted == 0 ? 0 : blob->store->ops->read(blob, offset, parts, count);
}

void blob_close(struct blob *blob)
{
    if (blob->store)
        blob->store->ops->close(blob);
    *blob = (struct blob){0};
}

int blob_remove(struct blob_store *store, const char *name, enum blob_removal how)
{
    return is_name(name) ? store->ops->remove(store, name, how) : BLOB_BAD_NAME;
}

int blob_each(struct blob_store *store, blob_visit *visit, void *context)
{
    return store->ops->each(store, visit, context);
}

int blob_free_space(struct blob_store *store, uint64_t *bytes_out)
{
    return store->ops->free_space(store, bytes_out);
}

void blob_store_free(struct blob_store **store)
{
    if (*store)
        (*store)->ops->free(*store);
    *store = NULL;
}
