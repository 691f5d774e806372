/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.h  Which datagrams are RAS
 */
#ifndef H323GW_DUMP_RAS_H
#define H323GW_DUMP_RAS_H

#include "capture.h"
#include "known.h"
#include "sorter.h"

struct ras;

int ras_alloc(struct ras **rp, const struct per *per, struct known *known,
	      sorter_h *h, sorter_note_h *noteh, void *arg);
void ras_free(struct ras *r);
int ras_packet(struct ras *r, const struct packet *p);

#endif
