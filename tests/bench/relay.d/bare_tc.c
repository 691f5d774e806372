/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bare_tc.c  Loads the bare TC forwarder, fills its table, and waits
 *
 *	bare_tc OBJECT PLAN DEVICE-A MAC-A DEVICE-B MAC-B
 *
 * A device is the relay's towards a party, a MAC address that party's. Prints
 * "ready"; on SIGTERM or SIGINT the program is detached. Owns all its state.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/types.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "bare_tc.h"
#include "device.h"
#include "plan.h"


/** The way out to one party */
struct side {
	unsigned ifindex;
	uint8_t dmac[6], smac[6];
};


static int open_side(struct side *s, const char *device, const char *mac)
{
	const struct ether_addr *ea = ether_aton(mac);

	s->ifindex = if_nametoindex(device);
	if (!s->ifindex || !ea)
		return EINVAL;

	memcpy(s->dmac, ea->ether_addr_octet, 6);

	return device_mac(s->smac, device);
}


static int add_rule(int map, const struct sockaddr_in *in,
		    const struct sockaddr_in *from,
		    const struct sockaddr_in *to, const struct side *out)
{
	struct bare_rule r = {
		.saddr	 = from->sin_addr.s_addr,
		.daddr	 = to->sin_addr.s_addr,
		.sport	 = from->sin_port,
		.dport	 = to->sin_port,
		.ifindex = out->ifindex,
	};
	const uint32_t port = ntohs(in->sin_port);

	memcpy(r.dmac, out->dmac, 6);
	memcpy(r.smac, out->smac, 6);

	return bpf_map_update_elem(map, &port, &r, BPF_ANY) ? errno : 0;
}


static int fill(int map, const struct side side[2], const char *path)
{
	struct plan_stream *sv;
	size_t i, n;
	int err, k;

	err = plan_read(&sv, &n, path);
	if (err)
		return err;

	for (i = 0; i < 2 * n && !err; i++) {
		const struct plan_stream *s = &sv[i / 2];

		k   = (int)(i & 1);
		err = add_rule(map, &s->relay[k], &s->relay[1 - k],
			       &s->party[1 - k], &side[1 - k]);
	}
	free(sv);

	return err;
}


static int load(struct bpf_object **objp, int *progp, char *argv[],
		const struct side side[2])
{
	struct bpf_object *obj = bpf_object__open_file(argv[1], NULL);
	struct bpf_program *prog;
	int err, map;

	if (!obj)
		return errno;

	*objp = obj;
	err   = -bpf_object__load(obj);
	if (err)
		return err;

	map  = bpf_object__find_map_fd_by_name(obj, "rules");
	prog = bpf_object__find_program_by_name(obj, "bare_forward");
	if (map < 0 || !prog)
		return ENOENT;

	*progp = bpf_program__fd(prog);

	return fill(map, side, argv[2]);
}


int main(int argc, char *argv[])
{
	struct bpf_tc_hook hook[2] = {0};
	struct bpf_object *obj = NULL;
	struct side side[2] = {0};
	sigset_t stop;
	int err, i, prog = -1, sig;

	err = argc == 7 ? open_side(&side[0], argv[3], argv[4]) ?:
			  open_side(&side[1], argv[5], argv[6])
			: EINVAL;
	if (!err)
		err = load(&obj, &prog, argv, side);
	for (i = 0; i < 2 && !err; i++)
		err = device_attach(&hook[i], prog, side[i].ifindex);

	if (err) {
		(void)fprintf(stderr, "bare_tc: %s\n", strerror(err));
	}
	else {
		(void)sigemptyset(&stop);
		(void)sigaddset(&stop, SIGTERM);
		(void)sigaddset(&stop, SIGINT);
		(void)sigprocmask(SIG_BLOCK, &stop, NULL);
		(void)puts("ready");
		(void)fflush(stdout);
		(void)sigwait(&stop, &sig);
	}

	for (i = 0; i < 2; i++)
		device_detach(&hook[i]);
	bpf_object__close(obj);

	return err ? 1 : 0;
}
