/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file trim.h  Memory that only a beginning needed
 */
#ifndef POSTERN_AGENT_TRIM_H
#define POSTERN_AGENT_TRIM_H

void trim_memory(void);

#endif
