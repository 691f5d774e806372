/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hide.h  The key that private addresses in signalling are hidden under
 */
#ifndef POSTERN_AGENT_HIDE_H
#define POSTERN_AGENT_HIDE_H

#include "settings.h"

int hide_make(struct settings *s);

#endif
