/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stream.h  Two legs: what comes in on one goes out on the other
 */
#ifndef POSTERN_RELAY_STREAM_H
#define POSTERN_RELAY_STREAM_H

#include "leg.h"
#include "kpath.h"

struct joint;
struct session;

struct stream {
	struct le le;
	struct session *session;
	unsigned index;
	char media[MEDIA_LEN_MAX + 1];
	struct leg *leg;	/**< two */
	bool tcp;
	struct joint *joint;	/**< of both legs' connections */
	struct kpath_stream kernel;
};

int stream_open(struct stream **sp, struct relay *r, struct session *se,
		const struct stream_req *req, struct rpc_error *err);
int stream_check(const struct stream *st, const struct stream_req *req,
		 struct rpc_error *err);
int stream_prepare(struct stream *st, const struct stream_req *req,
		   struct rpc_error *err);
int stream_start(struct stream *st);
void stream_apply(struct stream *st, const struct stream_req *req);

#endif
