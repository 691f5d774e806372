/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file print.h  Messages for people, and for programs
 */
#ifndef H323GW_DUMP_PRINT_H
#define H323GW_DUMP_PRINT_H

#include <stdio.h>
#include "message.h"

void print_summary(FILE *f, const struct message *m, const struct per *per);
void print_text(FILE *f, const struct message *m, const struct per *per);
/* 0 or ENOMEM */
int print_json(FILE *f, const struct message *m, const struct per *per);

#endif
