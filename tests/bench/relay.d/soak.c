/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file soak.c  Takes all the time a core has left, and counts it
 *
 *	soak FILE
 *
 * Runs at idle priority. The count in FILE grows at a rate that is the core's
 * when nothing else runs there; what is missing from it was taken by others,
 * interrupts and softirq too, whatever the kernel accounts them to. It keeps a
 * virtual core from halting as well, from which waking is slow.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>

enum {
	STEPS = 2000,
};


int main(int argc, char *argv[])
{
	const struct sched_param sp = {0};
	volatile uint64_t *count;
	uint64_t x = 1;
	int fd, i;

	fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
	if (fd < 0 || ftruncate(fd, 4096) ||
	    sched_setscheduler(0, SCHED_IDLE, &sp)) {
		perror("soak");
		return 1;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (count == MAP_FAILED)
		return 1;

	for (;;) {
		for (i = 0; i < STEPS; i++)
			x = x * 6364136223846793005u + 1442695040888963407u;
		count[1] = x;
		++count[0];
	}
}
