/* SPDX-License-Identifier: Apache-2.0
 *
 * Sources and destinations over memory for libjpeg, which knows files and streams only. A source
 * that runs dry is the end of the picture, never a wait; a destination that is full is a named
 * verdict, never a larger buffer.
 */
#include "photo/jpeg_io.h"

#include <errno.h>
#include <jerror.h>

#include "photo/facts.h"

static void source_begin(j_decompress_ptr d)
{
    (void)d;
}

static boolean source_fill(j_decompress_ptr d)
{
    static const JOCTET end[2] = {0xFF, JPEG_EOI};
    d->src->next_input_byte = end;
    d->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void source_skip(j_decompress_ptr d, long count)
{
    if (count <= 0)
        return;
    if ((size_t)count >= d->src->bytes_in_buffer) {
        source_fill(d);
        return;
    }
    d->src->next_input_byte += count;
    d->src->bytes_in_buffer -= (size_t)count;
}

void jpeg_io_from(struct jpeg_decompress_struct *d, struct jpeg_source_mgr *source,
                  struct span bytes)
{
    *source = (struct jpeg_source_mgr){
        .next_input_byte = bytes.data,
        .bytes_in_buffer = bytes.len,
        .init_source = source_begin,
        .fill_input_buffer = source_fill,
        .skip_input_data = source_skip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = source_begin,
    };
    d->src = source;
}

static void destination_begin(j_compress_ptr c)
{
    (void)c;
}

static boolean destination_full(j_compress_ptr c)
{
    ERREXIT(c, JERR_FILE_WRITE);
    return FALSE;
}

void jpeg_io_into(struct jpeg_compress_struct *c, struct jpeg_destination_mgr *destination,
                  struct jpeg_room room)
{
    *destination = (struct jpeg_destination_mgr){
        .next_output_byte = room.data,
        .free_in_buffer = room.len,
        .init_destination = destination_begin,
        .empty_output_buffer = destination_full,
        .term_destination = destination_begin,
    };
    c->dest = destination;
}

int jpeg_io_verdict(int code)
{
    switch (code) {
    case 0:
        return 0;
    case JERR_OUT_OF_MEMORY:
        return -ENOMEM;
    case JERR_NO_BACKING_STORE: /* memory_max is reached */
    case JERR_FILE_WRITE:       /* our own: the room is */
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
        return PHOTO_TOO_LARGE;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_MISMATCHED_QUANT_TABLE:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        return PHOTO_UNSUPPORTED;
    default:
        return PHOTO_DAMAGED;
    }
}
