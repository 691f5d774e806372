/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_load.c  The program and its tables, got into the kernel
 *
 * Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, or CAP_SYS_ADMIN before Linux
 * 5.8; once loaded, none to use the tables from Linux 5.19 on. Owns struct
 * kpath_prog.
 */
#include "config.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "kpath_load.h"
#include "log/log.h"
#include "kpath.skel.h"


#define ROOM "kernel"

enum {
	PRIORITY = 1000, /* of our filters among others' */
	PORTS	 = 65536,
};


/* The verifier's reasons are thousands of lines in one */
static int print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text, *line, *rest;

	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;

	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_debug(ROOM, "%s", line);
	free(text);

	return 0;
}


static void *map_memory(int fd, size_t *size, size_t octets)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p;

	*size = (octets + page - 1) / page * page;
	p     = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}


static int sizes_set(struct kpath_bpf *skel, uint32_t streams, unsigned addrc)
{
	int err;

	err = bpf_map__set_max_entries(skel->maps.ports, addrc * PORTS / 2);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.legs, 2 * streams);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.passed, 2 * streams);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.gates, 2 * streams);

	return -err;
}


static unsigned count(const struct kpath_prog *p, int af)
{
	unsigned i, n = 0;

	for (i = 0; i < p->addrc; i++)
		n += addr_family(&p->addrv[i]) == af;

	return n;
}


/**
 * Packets to this address of ours may be the program's; before prog_load()
 *
 * @param p Zero but for other addresses
 * @param a Address; its port is of no interest. One may be named again.
 *
 * @return 0, or ENOSPC: there are KP_ADDRESSES of its family
 */
int prog_address(struct kpath_prog *p, const struct addr *a)
{
	const int af = addr_family(a);
	unsigned i;

	for (i = 0; i < p->addrc; i++)
		if (addr_ip_eq(&p->addrv[i], a))
			return 0;
	if (count(p, af) == KP_ADDRESSES)
		return ENOSPC;

	/* IPv4 comes first */
	i = af == AF_INET ? count(p, AF_INET) : p->addrc;
	memmove(&p->addrv[i + 1], &p->addrv[i],
		(p->addrc - i) * sizeof(p->addrv[0]));
	p->addrv[i] = *a;
	++p->addrc;

	return 0;
}


/**
 * The entry of one of our ports in the program's table
 *
 * @param p  Loaded
 * @param at Address and port
 *
 * @return Entry, to be changed atomically; NULL: no such address of ours
 */
uint32_t *prog_port(const struct kpath_prog *p, const struct addr *at)
{
	unsigned i;

	for (i = 0; i < p->addrc; i++)
		if (addr_ip_eq(&p->addrv[i], at))
			return &p->ports[i * PORTS + addr_port(at)];

	return NULL;
}


static void addresses_set(struct kpath_prog *p)
{
	struct kpath_bpf__rodata *ro = p->skel->rodata;
	unsigned i;

	ro->ours4c = count(p, AF_INET);
	ro->ours6c = p->addrc - ro->ours4c;
	for (i = 0; i < ro->ours4c; i++)
		ro->ours4[i] = p->addrv[i].u.in.sin_addr.s_addr;
	for (i = 0; i < ro->ours6c; i++)
		memcpy(ro->ours6[i], &p->addrv[ro->ours4c + i].u.in6.sin6_addr,
		       sizeof(ro->ours6[i]));
}


/* Ours are milliseconds and a second; the finer clock costs some 20 ns */
static void clock_choose(struct kpath_bpf *skel)
{
	skel->rodata->coarse = libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS,
				BPF_FUNC_ktime_get_coarse_ns, NULL) == 1;
}


static int memory_map(struct kpath_prog *p)
{
	p->ports = map_memory(bpf_map__fd(p->skel->maps.ports), &p->ports_size,
			      p->addrc * PORTS * sizeof(*p->ports));
	p->gates = map_memory(bpf_map__fd(p->skel->maps.gates), &p->gates_size,
			      p->slots * sizeof(*p->gates));
	p->alive = map_memory(bpf_map__fd(p->skel->maps.alive), &p->alive_size,
			      sizeof(*p->alive));

	return p->ports && p->gates && p->alive ? 0 : ENOMEM;
}


/**
 * Load the program; it is attached nowhere yet
 *
 * @param p       Zero but for our addresses; prog_close() it, whatever comes
 *                back
 * @param streams How many streams there may be
 * @param why     Result: what failed
 * @param size    Its size
 *
 * @return 0 or an errno
 */
int prog_load(struct kpath_prog *p, uint32_t streams, char *why, size_t size)
{
	const char *what = "opening the program";
	int err = 0;

	(void)libbpf_set_print(print);

	p->slots = 2 * streams;
	p->skel	 = kpath_bpf__open();
	if (!p->skel)
		err = errno;
	if (!err)
		err = sizes_set(p->skel, streams, p->addrc);
	if (!err) {
		clock_choose(p->skel);
		addresses_set(p);
		what = "loading the program";
		err  = -kpath_bpf__load(p->skel);
	}
	if (!err) {
		what = "mapping its tables";
		err  = memory_map(p);
	}
	if (err) {
		(void)snprintf(why, size, "%s: %s", what, strerror(err));
		return err;
	}

	p->legs	  = bpf_map__fd(p->skel->maps.legs);
	p->passed = bpf_map__fd(p->skel->maps.passed);

	return 0;
}


/**
 * Let the program see what comes in on a device. A filter that a relay with
 * the same handle left there is replaced.
 *
 * @param p       Loaded
 * @param ifindex Device
 *
 * @return 0 or an errno
 */
int prog_attach(struct kpath_prog *p, unsigned ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = p->handle,
		    .priority = PRIORITY, .flags = BPF_TC_F_REPLACE,
		    .prog_fd = bpf_program__fd(p->skel->progs.postern_kpath));
	int err;

	if (p->devicec == KPATH_DEVICES)
		return ENOSPC;

	err = -bpf_tc_hook_create(&hook);
	if (err && err != EEXIST)
		return err;

	err = -bpf_tc_attach(&hook, &opts);
	if (!err)
		p->devicev[p->devicec++] = ifindex;

	return err;
}


/**
 * Take the filters away; what others have attached stays
 *
 * @param ifindexv Devices
 * @param n        How many
 * @param handle   Of our filter
 */
void prog_detach(const unsigned *ifindexv, size_t n, uint32_t handle)
{
	size_t i;

	for (i = 0; i < n; i++) {
		LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindexv[i],
			    .attach_point = BPF_TC_INGRESS);
		LIBBPF_OPTS(bpf_tc_opts, opts, .handle = handle,
			    .priority = PRIORITY);

		(void)bpf_tc_detach(&hook, &opts);
	}
}


/** Give the tables back; a program that is still attached passes all up */
void prog_close(struct kpath_prog *p)
{
	if (p->alive) {
		*p->alive = 0;
		(void)munmap(p->alive, p->alive_size);
	}
	if (p->gates)
		(void)munmap(p->gates, p->gates_size);
	if (p->ports)
		(void)munmap(p->ports, p->ports_size);
	kpath_bpf__destroy(p->skel);
	memset(p, 0, sizeof(*p));
}
