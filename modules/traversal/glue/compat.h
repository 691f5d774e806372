/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file compat.h  Kamailio 5.6 to 6.x behind one header
 *
 * What changed between these versions and matters here, and nothing else; no
 * other file of the module asks which Kamailio it is built for. Owns nothing.
 */
#ifndef TRAVERSAL_GLUE_COMPAT_H
#define TRAVERSAL_GLUE_COMPAT_H

#include "core/sr_module.h"

/* -DVERSIONVAL=5006003 is 5.6.3; m4/kamailio.m4 derives it */
#ifndef VERSIONVAL
#error "VERSIONVAL is not set: configure with m4/kamailio.m4"
#endif
#if VERSIONVAL < 5006000
#error "Kamailio 5.6 or later is needed"
#endif

/* renamed in 5.7: a return value of the extended kind for KEMI scripts */
#if VERSIONVAL >= 5007000
#define COMPAT_VERSION_GE_5_7 1
#else
#define COMPAT_VERSION_GE_5_7 0
#endif

/* A process of the module's own that may send SIP and run event routes. The
 * rank makes every module's child_init() run in it. */
#ifdef PROC_XWORKER
#define COMPAT_PROC_WORKER PROC_XWORKER
#else
#define COMPAT_PROC_WORKER PROC_RPC
#endif

#endif
