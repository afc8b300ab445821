/* SPDX-License-Identifier: Apache-2.0
 *
 * The generic problems, from their table.
 */
#include "http/problem.h"

#define HTTP_PROBLEM_DEFINE(name, slug, status, title)                                             \
    const struct http_problem name = {"/problems/" slug, status, title};
HTTP_PROBLEMS(HTTP_PROBLEM_DEFINE)
