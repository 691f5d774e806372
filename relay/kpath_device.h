/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_device.h  The network devices the relay's addresses are on
 */
#ifndef POSTERN_RELAY_KPATH_DEVICE_H
#define POSTERN_RELAY_KPATH_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include "addr/addr.h"

size_t devices_of(unsigned *v, size_t max, const struct addr *a);
bool device_is_ethernet(unsigned ifindex);
bool device_forwarding_on(void);

#endif
