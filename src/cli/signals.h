/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGTERM and SIGINT as something the main thread waits for, instead of something that interrupts.
 */
#ifndef PORCHLIGHT_SIGNALS_H
#define PORCHLIGHT_SIGNALS_H

enum { SIGNALS_FOR_EVER = -1 };

/* From now on both wait for signals_wait; call it before the first thread is started, since all
 * threads inherit it. */
void signals_hold(void);

/* The next of the two, or 0 when none came within `ms`. */
int signals_wait(int ms);

/* From now on either ends the process at once. */
void signals_let_go(void);

#endif
