/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wake.h  Noticing that this machine, or this process, has slept
 */
#ifndef POSTERN_AGENT_WAKE_H
#define POSTERN_AGENT_WAKE_H

#include <stdint.h>

struct wake;

/** It has slept, for so many ms */
typedef void(wake_h)(uint64_t ms, void *arg);

int wake_alloc(struct wake **wp, wake_h *h, void *arg);

#endif
