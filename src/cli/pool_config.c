/* SPDX-License-Identifier: Apache-2.0
 *
 * From settings to the pool's own terms.
 */
#include "cli/pool_config.h"

#include "cli/cli.h"

struct photo_pool_config pool_config(const struct settings *settings)
{
    return (struct photo_pool_config){
        .worker_path = settings->photo.worker_path,
        .slots = (unsigned)settings->photo.slots,
        .mark_slots = (unsigned)settings->photo.mark_slots,
        .deadline_ms = (unsigned)settings->photo.deadline_ms,
        .nice = (unsigned)settings->photo.worker_nice,
        .flags = settings->photo.allow_weaker_sandbox ? POOL_ALLOW_WEAKER_SANDBOX : 0,
        .worker_memory = (uint64_t)settings->photo.worker_memory,
        .input_ceiling = (uint64_t)settings->photo.max_bytes,
        .limits =
            {
                .pixels_max = (uint32_t)settings->photo.max_pixels,
                .side_max = (uint32_t)settings->photo.max_side,
                .side_min = (uint32_t)settings->photo.min_side,
                .scans_max = (uint32_t)settings->photo.max_scans,
                .posted_side_max = (uint32_t)settings->photo.long_side,
                .preview_side_max = (uint32_t)settings->photo.preview_side,
                .preview_bytes_max = (uint32_t)settings->photo.preview_bytes,
                .memory_max = (size_t)settings->photo.decode_memory,
            },
    };
}

const char *pool_trouble(int result)
{
    switch (result) {
    case POOL_WEAK_SANDBOX:
        return "this machine cannot give the photo worker its whole sandbox: `porchlight doctor` "
               "says what is missing (--photo-allow-weaker-sandbox starts without it)";
    case POOL_NO_WORKER:
        return "the photo worker, porchlight-photo, cannot be started: it should lie beside this "
               "program, or where --photo-worker-path says";
    default:
        return cli_fault_text(result);
    }
}
