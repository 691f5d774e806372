/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sorter.h  Which packets of a capture are H.323, and which of it
 */
#ifndef H323GW_DUMP_SORTER_H
#define H323GW_DUMP_SORTER_H

#include "capture.h"
#include "message.h"

struct sorter;

/** A message, read or not (m->why) */
typedef void(sorter_h)(const struct message *m, void *arg);
/** Something that could not be looked at */
typedef void(sorter_note_h)(unsigned long frame, const char *what, void *arg);

int sorter_alloc(struct sorter **sp, const struct per *per, sorter_h *h,
		 sorter_note_h *noteh, void *arg);
void sorter_free(struct sorter *s);
int sorter_packet(struct sorter *s, const struct packet *p);

#endif
