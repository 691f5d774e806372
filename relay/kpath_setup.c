/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_setup.c  The kernel path's beginning and end
 *
 * Owns struct kpath.
 */
#include "config.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <net/if.h>
#include "kpath_device.h"
#include "kpath_guard.h"
#include "iface.h"
#include "kpath_priv.h"


#define ROOM "kernel"


static void destructor(void *arg)
{
	struct kpath *k = arg;

	tmr_cancel(&k->tmr);
	list_clear(&k->pending);
	if (k->guard >= 0)
		(void)close(k->guard);
	prog_close(&k->prog);
	free(k->freev);
}


static int slots_make(struct kpath *k)
{
	uint32_t i;

	k->freev = calloc(k->prog.slots, sizeof(*k->freev));
	if (!k->freev)
		return ENOMEM;

	/* low numbers first: neighbours are read together each second */
	for (i = 0; i < k->prog.slots; i++)
		k->freev[i] = k->prog.slots - 1 - i;
	k->freec = k->prog.slots;

	return 0;
}


static bool attached(const struct kpath *k, unsigned ifindex)
{
	size_t i;

	for (i = 0; i < k->prog.devicec; i++) {
		if (k->prog.devicev[i] == ifindex)
			return true;
	}

	return false;
}


static int attach(struct kpath *k, unsigned ifindex, char *why, size_t size)
{
	const size_t used = strlen(k->devices);
	char name[IF_NAMESIZE] = "?";
	int err;

	if (attached(k, ifindex))
		return 0;

	(void)if_indextoname(ifindex, name);
	err = prog_attach(&k->prog, ifindex);
	if (err)
		(void)re_snprintf(why, size, "device %s: %m", name, err);
	else
		(void)re_snprintf(k->devices + used, NAMES_MAX - used, "%s%s",
				  used ? " " : "", name);

	return err;
}


static int attach_all(struct kpath *k, char *why, size_t size)
{
	struct le *le;
	int err = 0;

	for (le = list_head(&k->relay->ifaces); le && !err; le = le->next) {
		const struct iface *ifc = le->data;
		unsigned v[KPATH_DEVICES];
		size_t i, n = devices_of(v, KPATH_DEVICES, &ifc->address);

		for (i = 0; i < n && !err; i++)
			err = attach(k, v[i], why, size);
	}

	return err;
}


static bool has_device(const struct relay *r)
{
	struct le *le;

	for (le = list_head(&r->ifaces); le; le = le->next) {
		const struct iface *ifc = le->data;
		unsigned v[1];

		if (devices_of(v, 1, &ifc->address))
			return true;
	}

	return false;
}


static int addresses_tell(struct kpath *k)
{
	struct le *le;
	int err = 0;

	for (le = list_head(&k->relay->ifaces); le && !err; le = le->next) {
		const struct iface *ifc = le->data;

		err = prog_address(&k->prog, &ifc->address);
	}

	return err;
}


static int setup(struct kpath *k, char *why, size_t size)
{
	struct relay *r = k->relay;
	int err;

	if (!has_device(r)) {
		(void)re_snprintf(why, size, "no address of ours is on an "
				  "Ethernet device");
		return ENODEV;
	}
	if (!device_forwarding_on()) {
		(void)re_snprintf(why, size, "net.ipv4.conf.lo.forwarding and "
				  "net.ipv6.conf.lo.forwarding must be 1");
		return EPERM;
	}

	k->prog.handle = hash_joaat_str(r->conf.socket) | 1;
	err = addresses_tell(k);
	if (!err)
		err = prog_load(&k->prog, r->conf.kernel_streams, why, size);
	if (!err)
		err = slots_make(k);
	if (!err)
		err = attach_all(k, why, size);
	if (!err) {
		err = guard_start(&k->guard, &k->prog, r->conf.user);
		if (err)
			(void)re_snprintf(why, size, "fork: %m", err);
	}

	return err;
}


/**
 * Load the program and attach it to the devices the relay's addresses are on.
 * To be called with all rights, before sockets are opened.
 *
 * @param kp   Result; NULL where it can't be had, which the log says
 * @param r    Relay with its interfaces
 * @param keep Result: capabilities (1 << CAP_...) that must be kept
 *
 * @return 0, or an errno where the configuration insists on it
 */
int kpath_alloc(struct kpath **kp, struct relay *r, uint64_t *keep)
{
	struct kpath *k;
	char why[256] = "out of memory";
	int err = ENOMEM;

	*keep = 0;
	if (r->conf.kernel == PATH_OFF)
		return 0;

	k = mem_zalloc(sizeof(*k), destructor);
	if (k) {
		k->relay = r;
		k->guard = -1;
		err	 = setup(k, why, sizeof(why));
	}
	if (err) {
		mem_deref(k);
		if (r->conf.kernel == PATH_ON)
			log_error(ROOM, "no kernel path: %s", why);
		else
			log_line(err == ENODEV ? LOG_LEVEL_INFO
					       : LOG_LEVEL_NOTICE,
				 ROOM, "no kernel path, media goes through "
				 "sockets: %s", why);
		return r->conf.kernel == PATH_ON ? err : 0;
	}

	if (!guard_tables_open(&k->prog, r->conf.user))
		*keep = 1ull << CAP_BPF;

	log_notice(ROOM, "kernel path on %s", k->devices);
	*kp = k;

	return 0;
}
