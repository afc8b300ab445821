/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocked in every thread, and taken by the one that waits.
 */
#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/base.h"

static sigset_t ending(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void signals_hold(void)
{
    sigset_t set = ending();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int signals_wait(int ms)
{
    sigset_t set = ending();
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    int signal;
    do
        signal = ms == SIGNALS_FOR_EVER ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &time);
    while (signal < 0 && ms == SIGNALS_FOR_EVER);
    return signal < 0 ? 0 : signal;
}

void signals_let_go(void)
{
    sigset_t set = ending();
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
