/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that lets the complaints be found that led to a case, for whoever's delivery it is on.
 */
#include "store/schema.h"

const char schema_found[] = "CREATE INDEX complaint_of_case ON complaint (case_id);";
