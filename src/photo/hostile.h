/* SPDX-License-Identifier: Apache-2.0
 *
 * The words a photo can say to the hostile worker: the whole input is one of them. What each does,
 * and how it must end for the caller, stands here once for the worker and for its test.
 */
#ifndef PORCHLIGHT_PHOTO_HOSTILE_H
#define PORCHLIGHT_PHOTO_HOSTILE_H

/* Forbidden calls: the kernel kills the worker with SIGSYS. */
#define HOSTILE_CALLS(X)                                                                           \
    X(open_file)                                                                                   \
    X(read_descriptor)                                                                             \
    X(write_descriptor)                                                                            \
    X(make_socket)                                                                                 \
    X(connect_out)                                                                                 \
    X(fork_off)                                                                                    \
    X(execute)                                                                                     \
    X(trace)                                                                                       \
    X(map_code)                                                                                    \
    X(map_descriptor)                                                                              \
    X(make_code)                                                                                   \
    X(use_io_uring)                                                                                \
    X(kill_zygote)                                                                                 \
    X(kill_everyone)                                                                               \
    X(raise_limit)                                                                                 \
    X(wait_asleep)                                                                                 \
    X(abort_itself)

/* Other ends of its own making. */
#define HOSTILE_ENDS(X)                                                                            \
    X(touch_nothing, POOL_CRASHED)                                                                 \
    X(recurse, POOL_CRASHED)                                                                       \
    X(write_past_room, POOL_CRASHED)                                                               \
    X(write_to_input, POOL_CRASHED)                                                                \
    X(take_all_memory, POOL_CRASHED)                                                               \
    X(exit_with_code, POOL_CRASHED)                                                                \
    X(exit_silently, POOL_GARBLED)                                                                 \
    X(exit_with_garbage, POOL_GARBLED)                                                             \
    X(never_answer, POOL_DEADLINE)

/* Answers that do not hold together: a good answer with one thing changed. */
#define HOSTILE_LIES(X)                                                                            \
    X(posted_too_long, posted_len, UINT32_MAX)                                                     \
    X(posted_over_room, posted_len, room->posted_room + 1)                                         \
    X(posted_empty, posted_len, 0)                                                                 \
    X(posted_cut, posted_len, facts->posted_len - 1)                                               \
    X(preview_too_long, preview_len, UINT32_MAX)                                                   \
    X(preview_over_room, preview_len, room->preview_room + 1)                                      \
    X(preview_cut, preview_len, facts->preview_len - 1)                                            \
    X(no_such_verdict, verdict, PHOTO_VERDICT_COUNT)                                               \
    X(refused_with_picture, verdict, PHOTO_DAMAGED)                                                \
    X(no_such_path, path, PHOTO_PATH_COUNT)                                                        \
    X(no_such_note, notes, PHOTO_NOTES_ALL + 1)                                                    \
    X(no_width, width, 0)                                                                          \
    X(too_wide, width, limits->posted_side_max + 1)                                                \
    X(preview_wider, preview_width, facts->width + 1)                                              \
    X(source_too_wide, source_width, limits->side_max + 1)                                         \
    X(too_dark, darkness, PHOTO_MEASURE_MAX + 1)                                                   \
    X(no_orientation, orientation, 9)                                                              \
    X(reserved_used, reserved[2], 1)

/* The same of a marked photo. */
#define HOSTILE_MARK_LIES(X)                                                                       \
    X(marked_too_long, posted_len, UINT32_MAX)                                                     \
    X(marked_over_room, posted_len, (uint32_t)room.len + 1)                                        \
    X(marked_empty, posted_len, 0)                                                                 \
    X(marked_cut, posted_len, facts->posted_len - 1)                                               \
    X(marked_no_such_verdict, verdict, PHOTO_VERDICT_COUNT)                                        \
    X(marked_no_width, width, 0)                                                                   \
    X(marked_wider, width, facts->width + 1)                                                       \
    X(marked_too_high, height, limits->posted_side_max + 1)                                        \
    X(marked_reserved_used, reserved[0], 1)

/* And of its bytes: those at `at` of a good picture are another one. */
#define HOSTILE_MARK_BYTES(X)                                                                      \
    X(marked_no_jpeg, 1, 0xd9)                                                                     \
    X(marked_comment, 3, 0xfe) /* where the frame is to be */                                      \
    X(marked_segment_too_long, 4, 0xff)                                                            \
    X(marked_two_pictures, 26, 0xd9) /* an end before the end */                                   \
    X(marked_no_end, 29, 0)

#endif
