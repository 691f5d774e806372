/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loopback for one test program alone: no other holds its ports.
 */
#ifndef TESTS_UNIT_OWN_NETWORK_H
#define TESTS_UNIT_OWN_NETWORK_H

/* From now on this thread, and what it starts, are in a network of their own,
 * where only loopback is. Where that takes rights it has not, they stay where
 * they are. 0 or an errno */
int own_network(void);

#endif
