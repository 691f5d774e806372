/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/conn.h  What a server needs of a connection; internal to lib/rpc
 */
#ifndef POSTERN_RPC_CONN_H
#define POSTERN_RPC_CONN_H

struct le *rpc_conn_le(struct rpc_conn *rc);

#endif
