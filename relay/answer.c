/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file answer.c  Sessions and legs as the control protocol shows them
 *
 * Builds JSON from what stands in session, stream and leg, once the kernel has
 * been asked what it knows.
 * A builder that runs out of memory gives NULL, which jansson's setters pass
 * on as an error; each public function checks once, at its end.
 */
#include "config.h"
#include <errno.h>
#include "agent_leg.h"
#include "answer.h"
#include "relay.h"
#include "session.h"
#include "tcp_agent.h"
#include "token_leg.h"


static int set(json_t *obj, const char *name, json_t *value)
{
	return json_object_set_new_nocheck(obj, name, value);
}


static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}


static json_t *transport(const char *ip, uint16_t port, uint16_t rtcp)
{
	json_t *j = json_object();
	int err	  = 0;

	err |= set(j, "address", json_string(ip));
	if (port)
		err |= set(j, "port", number(port));
	if (rtcp)
		err |= set(j, "rtcpPort", number(rtcp));

	if (err) {
		json_decref(j);
		return NULL;
	}

	return j;
}


/* Two addresses of one party: null, or with the ports that are known */
static json_t *pair(const struct addr *rtp, const struct addr *rtcp)
{
	const bool has_rtp = addr_is_set(rtp), has_rtcp = addr_is_set(rtcp);
	char buf[ADDR_STRLEN];

	if (!has_rtp && !has_rtcp)
		return json_null();

	return transport(addr_ip_str(has_rtp ? rtp : rtcp, buf),
			 has_rtp ? addr_port(rtp) : 0,
			 has_rtcp ? addr_port(rtcp) : 0);
}


static json_t *leg_local(const struct leg *leg)
{
	return transport(leg->ifc->advertised, leg->port, leg_rtcp_port(leg));
}


static json_t *leg_refused_json(const struct leg *leg)
{
	json_t *j = json_object();
	int err	  = 0;
	unsigned i;

	for (i = LATCH_R_CLOSED; i < LATCH_REASONS; i++)
		err |= set(j, latch_reason_name((enum latch_reason)i),
			   number(leg->n.refused[i]));

	err |= set(j, "bandwidth", number(leg->n.refused_bandwidth));
	err |= set(j, "agentBandwidth", number(leg->n.refused_agent));

	if (err) {
		json_decref(j);
		return NULL;
	}

	return j;
}


static int leg_counters(json_t *j, const struct leg *leg)
{
	int err = 0;

	err |= set(j, "packets", number(leg->n.packets));
	err |= set(j, "bytes", number(leg->n.bytes));
	err |= set(j, "rtcpPackets", number(leg->n.rtcp_packets));
	err |= set(j, "rtcpBytes", number(leg->n.rtcp_bytes));
	err |= set(j, "dropped", number(leg_dropped(leg)));
	err |= set(j, "lost", number(media_seq_lost(&leg->seq)));
	err |= set(j, "refused", leg_refused_json(leg));

	return err;
}


static int latch_members(json_t *j, const struct latch *l)
{
	int err = 0;

	err |= set(j, "policy",
		   json_string(latch_policy_name(l->conf.policy)));
	err |= set(j, "state", json_string(latch_state_name(latch_state(l))));
	err |= set(j, "source", pair(latch_source(l, LATCH_RTP),
				     latch_source(l, LATCH_RTCP)));

	return err;
}


static int agent_members(json_t *j, const struct agent_leg *al)
{
	const struct addr none = {0};
	const bool ready       = agent_leg_ready(al, LATCH_RTP);
	const bool inside      = al->token ? al->token->way[0].lane >= 0
					   : al->in_tunnel;
	const struct addr *rtp = al->token ? &al->token->way[0].source
					   : &al->source;
	const struct addr *rtcp = al->token ? &al->token->way[1].source
					    : &none;
	int err = 0;

	err |= set(j, "agent",
		   json_string(al->agent ? al->agent->name : "gone"));
	err |= set(j, "policy", json_string(al->token ? "token" : "sealed"));
	err |= set(j, "state",
		   json_string(ready ? "latched" : "learning"));
	err |= set(j, "source", pair(ready && !inside ? rtp : &none,
				     inside ? &none : rtcp));
	if (ready)
		err |= set(j, "way",
			   json_string(inside ? "tunnel" : "udp"));
	err |= set(j, "moved", number(al->moved));

	return err;
}


static int tcp_members(json_t *j, const struct tcp_leg *tl)
{
	const struct addr none = {0};
	int err		       = 0;

	if (tl->agents)
		err |= set(j, "agent",
			   json_string(tl->agent ? tl->agent->name : "gone"));
	err |= set(j, "policy", json_string("tcp"));
	err |= set(j, "setup", json_string(tcp_leg_setup_name(tl->setup)));
	err |= set(j, "state", json_string(tcp_leg_state_name(tl)));
	err |= set(j, "source", pair(tl->connected ? &tl->source : &none,
				     &none));
	err |= set(j, "held", number(tl->held));

	return err;
}


/* what a leg tells is true of this moment */
static void refresh(const struct session *se)
{
	struct le *le;

	for (le = list_head(&se->streams); le; le = le->next) {
		struct stream *st = le->data;

		kpath_refresh(&st->leg[0]);
		kpath_refresh(&st->leg[1]);
		tcp_leg_refresh(&st->leg[0], se->relay->now());
		tcp_leg_refresh(&st->leg[1], se->relay->now());
	}
}


static json_t *leg_json(const struct leg *leg)
{
	const bool v6 = addr_family(&leg->ifc->address) == AF_INET6;
	const struct latch *l = &leg->latch;
	json_t *j = json_object();
	int err	  = 0;

	err |= set(j, "family", json_string(v6 ? "ipv6" : "ipv4"));
	err |= set(j, "interface", json_string(leg->ifc->name));
	err |= set(j, "rtcp", json_string(leg_rtcp_name(leg->rtcp)));
	err |= set(j, "path", json_string(kpath_is_live(leg) ? "kernel"
							     : "user"));
	if (leg->tcp)
		err |= tcp_members(j, leg->tcp);
	else if (leg->agent)
		err |= agent_members(j, leg->agent);
	else
		err |= latch_members(j, l);
	err |= set(j, "local", leg_local(leg));
	err |= set(j, "remote", pair(&leg->remote, &leg->remote_rtcp));
	err |= set(j, "latchedAt", leg->latched_at ? number(leg->latched_at)
						   : json_null());
	err |= leg_counters(j, leg);

	if (err) {
		json_decref(j);
		return NULL;
	}

	return j;
}


static json_t *leg_opened(const struct leg *leg)
{
	json_t *j = json_object();

	if (set(j, "local", leg_local(leg))) {
		json_decref(j);
		return NULL;
	}

	return j;
}


static json_t *stream_json(const struct stream *st,
			   json_t *(*legh)(const struct leg *leg), bool media)
{
	json_t *j = json_object();
	int err	  = 0;

	err |= set(j, "index", number(st->index));
	if (media)
		err |= set(j, "media", json_string(st->media));
	if (media && st->tcp)
		err |= set(j, "transport", json_string("tcp"));
	err |= set(j, "a", legh(&st->leg[0]));
	err |= set(j, "b", legh(&st->leg[1]));

	if (err) {
		json_decref(j);
		return NULL;
	}

	return j;
}


static json_t *streams_json(const struct session *se,
			    json_t *(*legh)(const struct leg *leg), bool media)
{
	json_t *v = json_array();
	struct le *le;

	for (le = list_head(&se->streams); le; le = le->next) {
		if (json_array_append_new(v, stream_json(le->data, legh,
							 media))) {
			json_decref(v);
			return NULL;
		}
	}

	return v;
}


static int finish(json_t **jp, json_t *j, int err)
{
	if (err || !j) {
		json_decref(j);
		return ENOMEM;
	}

	*jp = j;

	return 0;
}


/**
 * The answer to session.open and session.update
 *
 * @param jp      Result, new reference
 * @param se      Session
 * @param created Whether it is new
 *
 * @return 0 or ENOMEM
 */
int answer_opened(json_t **jp, const struct session *se, bool created)
{
	json_t *j = json_object();
	int err	  = 0;

	err |= set(j, "id", json_string(se->id));
	err |= set(j, "created", json_boolean(created));
	err |= set(j, "streams", streams_json(se, leg_opened, false));

	return finish(jp, j, err);
}


/**
 * The final counters of the streams that a request is about to take away
 *
 * @param jp  Array as session.get's streams, new reference; NULL: none go
 * @param se  Session, its worker parked
 * @param req Request
 *
 * @return 0 or ENOMEM
 */
int answer_removed(json_t **jp, const struct session *se,
		   const struct session_req *req)
{
	json_t *v = NULL;
	int err	  = 0;
	size_t i;

	for (i = 0; i < req->streamc; i++) {
		const struct stream_req *sr = &req->streamv[i];
		const struct stream *st	    = session_stream(se, sr->index);

		if (!sr->remove || !st)
			continue;
		if (!v) {
			refresh(se);
			v = json_array();
		}
		err |= json_array_append_new(v, stream_json(st, leg_json,
							    true));
	}
	*jp = NULL;

	return v ? finish(jp, v, err) : 0;
}


/**
 * A session with everything, as session.get answers
 *
 * @param jp  Result, new reference
 * @param se  Session
 * @param now Milliseconds
 *
 * @return 0 or ENOMEM
 */
int answer_session(json_t **jp, const struct session *se, uint64_t now)
{
	json_t *j = json_object();
	int err	  = 0;

	refresh(se);
	err |= set(j, "id", json_string(se->id));
	err |= set(j, "owner", json_string(se->owner));
	err |= set(j, "label", json_string(se->label));
	err |= set(j, "created", number(se->created));
	err |= set(j, "idle", number(session_idle(se, now) / 1000));
	err |= set(j, "hold", json_boolean(se->hold));
	err |= set(j, "timeout", number(se->timeout));
	err |= set(j, "streams", streams_json(se, leg_json, true));

	return finish(jp, j, err);
}


static json_t *iface_json(const struct iface *ifc)
{
	char buf[ADDR_STRLEN];
	json_t *j = json_object();
	int err	  = 0;

	err |= set(j, "name", json_string(ifc->name));
	err |= set(j, "address", json_string(addr_ip_str(&ifc->address, buf)));
	err |= set(j, "advertised", json_string(ifc->advertised));
	err |= set(j, "portMin", number(ifc->port_min));
	err |= set(j, "portMax", number(ifc->port_max));
	err |= set(j, "free", number(iface_free(ifc)));

	if (err) {
		json_decref(j);
		return NULL;
	}

	return j;
}


/**
 * The answer to relay.status
 *
 * @param jp Result, new reference
 * @param r  Relay
 *
 * @return 0 or ENOMEM
 */
int answer_status(json_t **jp, const struct relay *r)
{
	json_t *j = json_object(), *v = json_array();
	struct le *le;
	int err = 0;

	for (le = list_head(&r->ifaces); le; le = le->next)
		err |= json_array_append_new(v, iface_json(le->data));

	err |= set(j, "name", json_string(r->conf.name));
	err |= set(j, "version", json_string(POSTERN_VERSION));
	err |= set(j, "instance", json_string(r->instance));
	err |= set(j, "startedAt", number(r->started));
	err |= set(j, "sessions", number(r->sessionc));
	err |= set(j, "streams", number(r->streamc));
	err |= set(j, "portsFree", number(iface_ports_free(&r->ifaces)));
	err |= set(j, "draining", json_boolean(r->draining));
	err |= set(j, "workers", number(r->threads ? r->workerc : 0));
	err |= set(j, "kernel", json_string(kpath_devices(r->kpath)));
	err |= set(j, "ioUring", json_boolean(r->workerv[0]->uring));
	err |= set(j, "interfaces", v);

	return finish(jp, j, err);
}
