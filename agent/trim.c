/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file trim.c  Memory that only a beginning needed
 *
 * Most code of the libraries that the kernel has mapped when a connection to
 * the server is made was for that, or lay near to what was: handshakes,
 * certificates, tables of algorithms. It is let go of, and comes back by itself
 * from the page cache where it is called again. Owns no state.
 */
#include "rpc/libre.h"
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "trim.h"


/* Code is never written to, so what the kernel forgets is in the file */
static int forget(struct dl_phdr_info *info, size_t size, void *arg)
{
	const uintptr_t page = *(const uintptr_t *)arg;
	(void)size;

	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t begin	     = info->dlpi_addr + ph->p_vaddr;
		uintptr_t end	     = begin + ph->p_memsz;

		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X) ||
		    ph->p_flags & PF_W || ph->p_filesz != ph->p_memsz)
			continue;
		begin = (begin + page - 1) & ~(page - 1);
		end &= ~(page - 1);
		/* if it can't be, it is as it was */
		if (begin < end)
			(void)madvise((void *)begin, end - begin,
				      MADV_DONTNEED);
	}

	return 0;
}


/** Let go of it */
void trim_memory(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)malloc_trim(0);
	(void)dl_iterate_phdr(forget, &page);
}
