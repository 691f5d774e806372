/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file warm.c  Takes all the time a core has left
 *
 * Runs at idle priority, so that a virtual core does not halt: waking from that
 * is slow, and would be in some figures more than in others.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>


int main(void)
{
	const struct sched_param sp = {0};
	volatile unsigned long x = 1;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_IDLE, &sp)) {
		perror("warm");
		return 1;
	}

	for (;;)
		++x;
}
