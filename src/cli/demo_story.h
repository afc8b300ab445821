/* SPDX-License-Identifier: Apache-2.0
 *
 * The story that the demo tells: four deliveries, what becomes of their photos, and which rule made
 * it so. Everything it says happened was asked of the running server just before.
 */
#ifndef PORCHLIGHT_DEMO_STORY_H
#define PORCHLIGHT_DEMO_STORY_H

#include "cli/demo_cast.h"

/* Plays and tells it. False: demo->failure says what did not go as it must. */
bool demo_story(struct demo *demo);

/* The pages to open and how to sign in. */
void demo_story_pages(struct demo *demo);

#endif
