/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file functions.h  The functions scripts call: configuration and KEMI
 */
#ifndef TRAVERSAL_GLUE_FUNCTIONS_H
#define TRAVERSAL_GLUE_FUNCTIONS_H

#include "glue/compat.h"

extern cmd_export_t functions_exports[];

/* what traversal_is_natted() looks for when it isn't told */
void functions_conf_set(unsigned nat_signs);
/* KEMI's; in mod_register */
int functions_register(void);

#endif
