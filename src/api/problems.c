/* SPDX-License-Identifier: Apache-2.0
 *
 * The constants of problems.h.
 */
#include "api/problems.h"

#define API_PROBLEM_DEFINE(name, slug, status, title)                                              \
    const struct http_problem name = {"/problems/" slug, status, title};
API_PROBLEMS(API_PROBLEM_DEFINE)
