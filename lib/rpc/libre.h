/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/libre.h  libre's headers beside jansson's
 *
 * re_json.h and jansson.h both define JSON_STRING and its like, so a file that
 * needs libre and rpc.h includes this instead of <re.h>.
 */
#ifndef POSTERN_RPC_LIBRE_H
#define POSTERN_RPC_LIBRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* without it re_types.h makes _Bool a signed char */
#ifndef HAVE_STDBOOL_H
#define HAVE_STDBOOL_H 1
#endif

#include <re_types.h>
#include <re_fmt.h>
#include <re_mbuf.h>
#include <re_list.h>
#include <re_sa.h>
#include <re_mem.h>
#include <re_hash.h>
#include <re_tmr.h>
#include <re_main.h>
#include <re_sys.h>
#include <re_net.h>
#include <re_udp.h>
#include <re_stun.h>
#include <re_mqueue.h>

#endif
