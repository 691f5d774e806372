/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ip.h  IP packets: from their header down to what UDP or TCP carry
 */
#ifndef H323GW_DUMP_IP_H
#define H323GW_DUMP_IP_H

#include "capture.h"
#include "fragment.h"

bool ip_read(struct packet *p, bool v6, const uint8_t *buf, size_t len,
	     struct fragments *fs);

#endif
