/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pv.h  $trav(NAME): what the module knows of the message at hand
 */
#ifndef TRAVERSAL_GLUE_PV_H
#define TRAVERSAL_GLUE_PV_H

#include "glue/compat.h"
#include "core/pvar.h"

extern pv_export_t pv_exports[];

/* signs that make $trav(nat) 1 */
void pv_conf_set(unsigned nat_signs);

#endif
