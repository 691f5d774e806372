/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file request.c  session.open and session.update, read from JSON
 *
 * The members are described in doc/relay-protocol.md. Owns no state.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "request.h"


/** Where we are in the request, and where to complain */
struct reader {
	const json_t *obj;
	char at[48]; /* "streams[31].a.remote." */
	struct rpc_error *err;
};

struct word {
	const char *name;
	int value;
};


static int refuse(const struct reader *rd, const char *name, const char *what)
{
	rpc_error_set(rd->err, RPC_INVALID_PARAMS, "%s%s: %s", rd->at, name,
		      what);
	return EINVAL;
}


/* Is the member there? Notes it, and whether it is null. */
static bool has(const struct reader *rd, const char *name, uint32_t bit,
		struct leg_req *leg)
{
	const json_t *v = json_object_get(rd->obj, name);

	if (!v)
		return false;

	leg->set |= bit;
	if (json_is_null(v))
		leg->clear |= bit;

	return !json_is_null(v);
}


static int read_object(struct reader *sub, const struct reader *rd,
		       const char *name)
{
	sub->obj = json_object_get(rd->obj, name);
	sub->err = rd->err;

	if (!json_is_object(sub->obj))
		return refuse(rd, name, "must be an object");

	(void)snprintf(sub->at, sizeof(sub->at), "%.30s%s.", rd->at, name);

	return 0;
}


static int read_word(const struct reader *rd, const char *name,
		     const struct word *wordv, size_t wordc, int *value)
{
	const char *s = NULL;
	char list[96] = "";
	size_t i, n = 0;

	if (param_str(rd->obj, rd->at, name, 64, &s, rd->err))
		return EINVAL;

	for (i = 0; s && i < wordc; i++) {
		if (!strcmp(s, wordv[i].name)) {
			*value = wordv[i].value;
			return 0;
		}
	}

	for (i = 0; i < wordc; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      i ? ", " : "must be one of ",
				      wordv[i].name);

	return refuse(rd, name, list);
}


static int read_port(const struct reader *rd, const char *name, uint16_t *port)
{
	uint64_t v = *port;
	int err;

	err  = param_uint(rd->obj, rd->at, name, 1, 65535, &v, rd->err);
	*port = (uint16_t)v;

	return err;
}


static int read_ip(const struct reader *rd, const char *name, struct addr *a)
{
	const char *s = NULL;

	if (param_str(rd->obj, rd->at, name, ADDR_STRLEN, &s, rd->err))
		return EINVAL;

	if (!s)
		return refuse(rd, name, "is missing");

	if (addr_parse(a, s, 0))
		return refuse(rd, name, "must be a numeric IPv4 or IPv6 "
					"address");

	return 0;
}


static int read_remote(const struct reader *rd, struct leg_req *leg)
{
	struct reader sub;
	uint16_t port = 0, rtcp = 0;

	if (read_object(&sub, rd, "remote") ||
	    read_ip(&sub, "address", &leg->remote) ||
	    read_port(&sub, "port", &port) ||
	    read_port(&sub, "rtcpPort", &rtcp))
		return EINVAL;

	if (!port)
		return refuse(&sub, "port", "is missing");

	leg->remote_rtcp = leg->remote;
	addr_set_port(&leg->remote, port);
	/* RFC 3550 §11, unless a=rtcp said otherwise */
	if (!rtcp && port < 65535)
		rtcp = (uint16_t)(port + 1);
	addr_set_port(&leg->remote_rtcp, rtcp);

	return 0;
}


static int read_hint(const struct reader *rd, struct leg_req *leg)
{
	struct reader sub;

	if (read_object(&sub, rd, "remoteHint") ||
	    read_port(&sub, "port", &leg->hint) ||
	    read_port(&sub, "rtcpPort", &leg->hint_rtcp))
		return EINVAL;

	if (!leg->hint)
		return refuse(&sub, "port", "is missing");

	if (!leg->hint_rtcp && leg->hint < 65535)
		leg->hint_rtcp = (uint16_t)(leg->hint + 1);

	return 0;
}


static int read_ice(const struct reader *rd, struct ice_req *ice)
{
	struct reader sub;

	if (read_object(&sub, rd, "ice") ||
	    param_str(sub.obj, sub.at, "ufrag", ICE_UFRAG_MAX, &ice->ufrag,
		      rd->err) ||
	    param_str(sub.obj, sub.at, "pwd", ICE_PWD_MAX, &ice->pwd,
		      rd->err) ||
	    param_str(sub.obj, sub.at, "remoteUfrag", ICE_UFRAG_MAX,
		      &ice->remote_ufrag, rd->err) ||
	    param_str(sub.obj, sub.at, "remotePwd", ICE_PWD_MAX,
		      &ice->remote_pwd, rd->err))
		return EINVAL;

	if (!ice->ufrag)
		return refuse(&sub, "ufrag", "is missing");
	if (!ice->pwd)
		return refuse(&sub, "pwd", "is missing");

	return 0;
}


static int read_local(const struct reader *rd, struct leg_req *leg)
{
	struct reader sub;

	if (read_object(&sub, rd, "local") ||
	    read_port(&sub, "port", &leg->local) ||
	    read_port(&sub, "rtcpPort", &leg->local_rtcp))
		return EINVAL;

	if (!leg->local)
		return refuse(&sub, "port", "is missing");

	if (leg->local & 1)
		return refuse(&sub, "port", "must be even");

	if (leg->local_rtcp && leg->local_rtcp != leg->local &&
	    leg->local_rtcp != leg->local + 1)
		return refuse(&sub, "rtcpPort", "must be port or port + 1");

	return 0;
}


static int read_numbers(const struct reader *rd, struct leg_req *leg)
{
	uint64_t v = 0;

	if (has(rd, "dscp", LEG_DSCP, leg)) {
		if (param_uint(rd->obj, rd->at, "dscp", 0, 63, &v, rd->err))
			return EINVAL;
		leg->dscp = (uint8_t)v;
	}

	if (has(rd, "bandwidth", LEG_BANDWIDTH, leg) &&
	    param_uint(rd->obj, rd->at, "bandwidth", 0, 100000000000ull,
		       &leg->bandwidth, rd->err))
		return EINVAL;

	return 0;
}


static int read_words(const struct reader *rd, struct leg_req *leg)
{
	static const struct word family[] = {{"ipv4", AF_INET},
					     {"ipv6", AF_INET6}};
	static const struct word rtcp[] = {{"separate", RTCP_SEPARATE},
					   {"mux", RTCP_MUX},
					   {"none", RTCP_NONE}};
	static const struct word policy[] = {{"constrained",
					      LATCH_CONSTRAINED},
					     {"stun", LATCH_STUN},
					     {"fixed", LATCH_FIXED}};
	static const struct word setup[] = {{"passive", SETUP_PASSIVE},
					    {"active", SETUP_ACTIVE},
					    {"holdconn", SETUP_HOLDCONN}};
	int v = 0;

	leg->family = AF_INET;

	if (has(rd, "setup", LEG_SETUP, leg)) {
		if (read_word(rd, "setup", setup, 3, &v))
			return EINVAL;
		leg->setup = (enum leg_setup)v;
		v = 0;
	}

	if (has(rd, "family", LEG_FAMILY, leg) &&
	    read_word(rd, "family", family, 2, &leg->family))
		return EINVAL;

	if (has(rd, "rtcp", LEG_RTCP, leg)) {
		if (read_word(rd, "rtcp", rtcp, 3, &v))
			return EINVAL;
		leg->rtcp = (enum leg_rtcp)v;
	}

	if (has(rd, "policy", LEG_POLICY, leg)) {
		if (read_word(rd, "policy", policy, 3, &v))
			return EINVAL;
		leg->policy = (enum latch_policy)v;
	}

	return 0;
}


static int read_leg(const struct reader *rd, const char *name,
		    struct leg_req *leg)
{
	struct reader sub;

	leg->family    = AF_INET;
	leg->interface = "default";

	if (!json_object_get(rd->obj, name))
		return 0;

	if (read_object(&sub, rd, name) || read_words(&sub, leg) ||
	    read_numbers(&sub, leg))
		return EINVAL;

	if (has(&sub, "interface", LEG_INTERFACE, leg) &&
	    param_str(sub.obj, sub.at, "interface", IFACE_NAME_MAX,
		      &leg->interface, rd->err))
		return EINVAL;
	if (has(&sub, "agent", LEG_AGENT, leg) &&
	    param_str(sub.obj, sub.at, "agent", AGENT_NAME_MAX, &leg->agent,
		      rd->err))
		return EINVAL;
	if (has(&sub, "path", LEG_PATH, leg) &&
	    param_str(sub.obj, sub.at, "path", PATH_LEN_MAX, &leg->path,
		      rd->err))
		return EINVAL;
	if (has(&sub, "signalling", LEG_SIGNALLING, leg) &&
	    read_ip(&sub, "signalling", &leg->signalling))
		return EINVAL;
	if (has(&sub, "remote", LEG_REMOTE, leg) && read_remote(&sub, leg))
		return EINVAL;
	if (has(&sub, "remoteHint", LEG_HINT, leg) && read_hint(&sub, leg))
		return EINVAL;
	if (has(&sub, "ice", LEG_ICE, leg) && read_ice(&sub, &leg->ice))
		return EINVAL;
	if (has(&sub, "local", LEG_LOCAL, leg) && read_local(&sub, leg))
		return EINVAL;

	return 0;
}


static int read_stream(struct session_req *r, const json_t *v, size_t i,
		       struct rpc_error *err)
{
	static const struct word transport[] = {{"udp", 0}, {"tcp", 1}};
	struct stream_req *st = &r->streamv[i];
	struct reader rd = {.obj = v, .err = err};
	uint64_t index = UINT64_MAX;
	size_t j;

	(void)snprintf(rd.at, sizeof(rd.at), "streams[%u]", (unsigned)i);
	if (!json_is_object(v))
		return refuse(&rd, "", "must be an object");
	(void)snprintf(rd.at, sizeof(rd.at), "streams[%u].", (unsigned)i);

	if (param_uint(v, rd.at, "index", 0, STREAM_INDEX_MAX, &index, err) ||
	    param_bool(v, rd.at, "remove", &st->remove, err) ||
	    param_str(v, rd.at, "media", MEDIA_LEN_MAX, &st->media, err))
		return EINVAL;

	st->tcp = -1;
	if (json_object_get(v, "transport") &&
	    read_word(&rd, "transport", transport, 2, &st->tcp))
		return EINVAL;

	if (index == UINT64_MAX)
		return refuse(&rd, "index", "is missing");

	st->index = (unsigned)index;

	for (j = 0; j < i; j++) {
		if (r->streamv[j].index == st->index)
			return refuse(&rd, "index", "stands here twice");
	}

	if (read_leg(&rd, "a", &st->leg[0]) ||
	    read_leg(&rd, "b", &st->leg[1]))
		return EINVAL;

	return 0;
}


static int read_streams(struct session_req *r, const json_t *params,
			struct rpc_error *err)
{
	const json_t *v = json_object_get(params, "streams");
	size_t i;

	if (!v || json_is_null(v))
		return 0;

	if (!json_is_array(v)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "streams: must be an array");
		return EINVAL;
	}

	if (json_array_size(v) > STREAMS_MAX) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "streams: must have at most %d", STREAMS_MAX);
		return EINVAL;
	}

	for (i = 0; i < json_array_size(v); i++) {
		if (read_stream(r, json_array_get(v, i), i, err))
			return EINVAL;
	}

	r->streamc = i;

	return 0;
}


/**
 * Read the parameters of session.open or session.update
 *
 * @param r      Result; strings are borrowed from params
 * @param params Parameters, may be NULL
 * @param err    Error
 *
 * @return 0, or EINVAL with *err
 */
int session_req_decode(struct session_req *r, const json_t *params,
		       struct rpc_error *err)
{
	const json_t *v;
	uint64_t timeout = UINT64_MAX;
	bool hold = false;

	memset(r, 0, sizeof(*r));
	r->timeout = r->hold = -1;

	if (param_id(params, &r->id, err) ||
	    param_str(params, "", "owner", OWNER_LEN_MAX, &r->owner, err) ||
	    param_str(params, "", "label", LABEL_LEN_MAX, &r->label, err) ||
	    param_uint(params, "", "timeout", 0, TIMEOUT_MAX, &timeout, err) ||
	    param_bool(params, "", "hold", &hold, err))
		return EINVAL;

	if (timeout != UINT64_MAX)
		r->timeout = (int)timeout;

	v = json_object_get(params, "hold");
	if (v && !json_is_null(v))
		r->hold = hold;

	return read_streams(r, params, err);
}
