/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts, and otherwise only hands on. An open blob is the inner store's own with our store written
 * over its own, so that reading comes past us; it is put back for each call.
 */
#include "blob/blob_fault.h"

struct fault {
    struct blob_store store;
    struct blob_store *inner;
    unsigned steps, at;
    int result;
};

static struct fault *fault_of(struct blob_store *store)
{
    return (struct fault *)store;
}

/* The result this step is to have, 0 for that of the inner store. */
static int step(struct fault *fault)
{
    fault->steps++;
    if (fault->at == 0 || --fault->at > 0)
        return 0;
    return fault->result;
}

struct passed_on {
    struct fault *fault;
    const struct blob_source *source;
};

static int fault_next(void *context, struct span *piece_out)
{
    struct passed_on *passed = context;
    int result = step(passed->fault);
    return result != 0 ? result : passed->source->next(passed->source->context, piece_out);
}

static int fault_put(struct blob_store *store, const char *name, const struct blob_source *source)
{
    struct passed_on passed = {fault_of(store), source};
    int result = step(passed.fault);
    if (result != 0)
        return result;
    return blob_put(passed.fault->inner, name,
                    &(struct blob_source){source->size, fault_next, &passed});
}

static int fault_open(struct blob_store *store, const char *name, struct blob *blob_out)
{
    int result = step(fault_of(store));
    if (result == 0)
        result = blob_open(fault_of(store)->inner, name, blob_out);
    if (result == 0)
        blob_out->store = store;
    return result;
}

static int fault_read(struct blob *blob, uint64_t offset, const struct iovec *parts, int count)
{
    struct blob inner = *blob;
    inner.store = fault_of(blob->store)->inner;
    int result = step(fault_of(blob->store));
    return result != 0 ? result : blob_read(&inner, offset, parts, count);
}

static void fault_close(struct blob *blob)
{
    blob->store = fault_of(blob->store)->inner;
    blob_close(blob);
}

static int fault_remove(struct blob_store *store, const char *name, enum blob_removal how)
{
    int result = step(fault_of(store));
    return result != 0 ? result : blob_remove(fault_of(store)->inner, name, how);
}

static int fault_each(struct blob_store *store, blob_visit *visit, void *context)
{
    int result = step(fault_of(store));
    return result != 0 ? result : blob_each(fault_of(store)->inner, visit, context);
}

static int fault_free_space(struct blob_store *store, uint64_t *bytes_out)
{
    int result = step(fault_of(store));
    return result != 0 ? result : blob_free_space(fault_of(store)->inner, bytes_out);
}

static void fault_free(struct blob_store *store)
{
    free(store);
}

static const struct blob_ops fault_ops = {
    .put = fault_put,
    .open = fault_open,
    .read = fault_read,
    .close = fault_close,
    .remove = fault_remove,
    .each = fault_each,
    .free_space = fault_free_space,
    .free = fault_free,
};

struct blob_store *blob_fault_new(struct blob_store *inner)
{
    struct fault *fault = calloc(1, sizeof *fault);
    if (!fault)
        return NULL;
    fault->store.ops = &fault_ops;
    fault->inner = inner;
    return &fault->store;
}

void blob_fault_at(struct blob_store *store, unsigned n, int result)
{
    fault_of(store)->at = n;
    fault_of(store)->result = result;
}

unsigned blob_fault_steps(const struct blob_store *store)
{
    return ((const struct fault *)store)->steps;
}
