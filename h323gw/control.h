/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h323gw/control.h  The control socket: what operators ask of h323gw
 */
#ifndef H323GW_CONTROL_H
#define H323GW_CONTROL_H

#include "rpc/rpc.h"

rpc_request_h gw_control; /* arg: struct gw */

#endif
