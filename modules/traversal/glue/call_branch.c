/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_branch.c  The initial INVITE, as it goes to one branch of a call
 *
 * A session begins: who its parties are, of which families, behind which
 * agents, at which relay.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/parse_uri.h"
#include "core/resolve.h"
#include "glue/agents.h"
#include "glue/call_priv.h"
#include "glue/clock.h"
#include "glue/monitor.h"
#include "glue/relays.h"
#include "glue/sessions.h"

static void random_text(char *to, size_t len)
{
	static const char digits[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char b[64];

	if(getrandom(b, len, 0) != (ssize_t)len)
		memset(b, 0, sizeof(b));
	for(size_t i = 0; i < len; i++)
		to[i] = digits[b[i] & 63];
	to[len] = '\0';
}

/* RFC 8839 §5.4: at least 4 and 22 characters, of at least 24 and 128 bits */
static void ice_credentials(struct session *s)
{
	for(int i = 0; i < SESSION_SIDES; i++) {
		random_text(s->ufrag[i], 8);
		random_text(s->pwd[i], 24);
	}
}

static unsigned family_of_host(str *host)
{
	if(host->len == 0)
		return 0;
	if(host->s[0] == '[' || str2ip6(host))
		return 6;
	return str2ip(host) ? 4 : 0;
}

/* the family of who gets the message: the next hop, as far as it is known */
static unsigned next_family(sip_msg_t *msg)
{
	str *uri = msg->dst_uri.len ? &msg->dst_uri : GET_RURI(msg);
	struct sip_uri u;
	unsigned family = 0;

	if(parse_uri(uri->s, uri->len, &u) == 0)
		family = family_of_host(&u.host);
	if(!family && msg->force_send_socket)
		family = msg->force_send_socket->address.af == AF_INET6 ? 6 : 4;
	return family;
}

/* where the message goes, if that is an address */
static bool next_addr(sip_msg_t *msg, struct addr *a)
{
	str *uri = msg->dst_uri.len ? &msg->dst_uri : GET_RURI(msg);
	struct sip_uri u;
	char host[ADDR_STRLEN];

	if(parse_uri(uri->s, uri->len, &u) || u.host.len >= (int)sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", u.host.len, u.host.s);
	if(host[0] == '[') {
		host[strcspn(host, "]")] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	return addr_parse(a, host, u.port_no ? u.port_no : 5060) == 0;
}

/* 0, or -1: their agents are at different relays */
static int set_agents(struct session *s, sip_msg_t *msg)
{
	struct addr a[SESSION_SIDES] = {0};
	bool found = false;

	(void)addr_from_sockaddr(&a[SESSION_A], &msg->rcv.src_su.s);
	(void)next_addr(msg, &a[SESSION_B]);
	for(int i = 0; i < SESSION_SIDES; i++) {
		const struct agent_peer *p =
				addr_is_set(&a[i]) ? agents_peer(&a[i]) : NULL;

		if(!p)
			continue;
		if(found && s->relay != p->relay) {
			LM_ERR("call %s: its parties' agents are at different relays: "
				   "%s and %s\n",
					s->callid, relays_name(s->relay), relays_name(p->relay));
			return -1;
		}
		found = true;
		s->relay = p->relay;
		s->family[i] = addr_family(&p->door) == AF_INET6 ? 6 : 4;
		memcpy(s->agent[i], p->name, sizeof(s->agent[i]));
	}
	return 0;
}

static void set_options(
		struct session *s, struct call_step *st, const struct call_options *o)
{
	if(!o)
		return;
	memcpy(s->iface, o->iface, sizeof(s->iface));
	if(o->ice_lite >= 0)
		st->facts.ice_lite = o->ice_lite;
}

static int branch_init(struct session *s, struct call_step *st, const char *call,
		int branch, const struct call_options *o)
{
	struct session_dialog d;
	unsigned family;

	memset(s, 0, session_size(SESSION_STREAMS_MAX));
	s->offerer = SESSION_NOBODY;
	if(call_dialog(st->msg, &d) < 0
			|| session_set_callid(s, d.callid, d.callid_len)
			|| session_set_tag(s, SESSION_A, d.from_tag, d.from_tag_len))
		return EINVAL;

	(void)snprintf(s->call, sizeof(s->call), "%s", call);
	table_id(sessions_table(), s->id, d.callid, d.callid_len, call, branch);
	s->branch = branch;
	s->created = clock_wall_ms();
	set_options(s, st, o);
	if(st->facts.ice_lite)
		ice_credentials(s);

	family = st->found == 0 ? media_family(st->body.sdp) : 0;
	if(!family)
		family = st->msg->rcv.src_ip.af == AF_INET6 ? 6 : 4;
	s->family[SESSION_A] = (uint8_t)family;
	family = next_family(st->msg);
	s->family[SESSION_B] = family ? (uint8_t)family : s->family[SESSION_A];
	return set_agents(s, st->msg) ? ENETDOWN : 0;
}

/* where next_family() knew nothing it does not matter: the far end's own SDP
 * tells its family only after the relay has opened the ports */
int call_branch(sip_msg_t *msg, const char *call, int branch,
		const struct call_options *o)
{
	struct call_step st;
	int err, result = CALL_DONE;

	call_step_begin(&st, msg);
	st.from = SESSION_A;
	err = branch_init(call_after, &st, call, branch, o);
	if(err == ENETDOWN)
		return call_step_end(&st, CALL_NO_RELAY);
	if(err) {
		LM_NOTICE("an INVITE whose Call-ID or From tag is missing or too long "
				  "has its media left alone\n");
		return call_step_end(&st, CALL_NOTHING);
	}
	call_after->late = st.found == ENOENT;
	session_copy(call_before, call_after);
	if(st.found == 0)
		result = call_apply_sdp(call_before, call_after, &st);
	if(result == CALL_DONE && st.found != EBADMSG && st.found != E2BIG) {
		err = table_add(sessions_table(), call_after);
		if(err == EEXIST)
			err = 0;
		if(err) {
			monitor_close(call_after, "no-memory");
			result = CALL_NO_RELAY;
		}
	}
	return call_step_end(&st, result);
}
