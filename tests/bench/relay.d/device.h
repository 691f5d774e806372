/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file device.h  A device's MAC address, and a program at its ingress
 *
 * Devices are those of the namespace the caller is in.
 */
#ifndef POSTERN_BENCH_DEVICE_H
#define POSTERN_BENCH_DEVICE_H

#include <stdint.h>
#include <bpf/libbpf.h>

int  device_mac(uint8_t mac[6], const char *device);
int  device_attach(struct bpf_tc_hook *hook, int prog, unsigned ifindex);
void device_detach(struct bpf_tc_hook *hook);

#endif
