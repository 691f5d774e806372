/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file device.c  A device's MAC address, and a program at its ingress
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "device.h"


/** 0 or an errno */
int device_mac(uint8_t mac[6], const char *device)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = {0};
	int err = 0;

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr))
		err = errno;
	else
		memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	if (fd >= 0)
		(void)close(fd);

	return err;
}


/** Hang a program on a device's ingress (TC); 0 or an errno */
int device_attach(struct bpf_tc_hook *hook, int prog, unsigned ifindex)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog);
	int err;

	hook->sz	   = sizeof(*hook);
	hook->ifindex	   = (int)ifindex;
	hook->attach_point = BPF_TC_INGRESS;

	err = -bpf_tc_hook_create(hook);
	if (err && err != EEXIST)
		return err;

	return -bpf_tc_attach(hook, &opts);
}


/** Take it away, and all else that hangs there; nothing if there is none */
void device_detach(struct bpf_tc_hook *hook)
{
	hook->attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	if (hook->ifindex)
		(void)bpf_tc_hook_destroy(hook);
}
