/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_aware.c  A terminal's messages through the line of aware.c
 *
 * Where the agent knows SIP, what comes by the terminal's channel and what goes
 * there is as the registrar sees it; this room is where terminal and line meet.
 * Owns nothing.
 */
#include "sip_priv.h"
#include <string.h>
#include "aware.h"


static void on_up(const uint8_t *p, size_t len, void *arg)
{
	terminal_send(arg, p, len);
}


/* what is said to the terminal is what the policy has to know */
static void on_down(const uint8_t *p, size_t len, size_t credit, void *arg)
{
	struct terminal *tm = arg;

	policy_message(tm->sip->policy, POLICY_SERVER, p, len);
	terminal_deliver(tm, p, len, credit);
}


static void on_dropped(size_t credit, void *arg)
{
	struct terminal *tm = arg;

	terminal_dropped(tm, "what the server has for it is not to be read");
	if (tm->ch)
		channel_consumed(tm->ch, credit);
}


/** 0 or ENOMEM; where the agent does not know SIP nothing happens */
int terminal_line_open(struct terminal *tm)
{
	static const struct aware_line_handlers h = {
		.uph	  = on_up,
		.downh	  = on_down,
		.droppedh = on_dropped,
	};

	return tm->sip->aware
		       ? aware_line_alloc(&tm->line, tm->sip->aware, &h, tm)
		       : 0;
}


/** The terminal goes: its line says nothing more to it */
void terminal_line_close(struct terminal *tm)
{
	if (tm->line)
		aware_line_lost(tm->line);
	tm->line = mem_deref(tm->line);
}


static bool read_addr(struct addr *a, const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && !addr_parse_hostport(a, text) && addr_port(a);
}


/** The relay says where the terminal is to the registrar: `address`,
 *  `registrar` */
void terminal_place(struct terminal *tm, const json_t *o)
{
	struct edge e = {
		.door	   = tm->sip->doors[tm->transport].local,
		.terminal  = tm->addr,
		.transport = (enum edge_transport)tm->transport,
		.hides	   = tm->sip->hides,
	};

	memcpy(e.hide, tm->sip->hide, sizeof(e.hide));
	if (tm->line && read_addr(&e.channel, o, "address") &&
	    read_addr(&e.self, o, "registrar"))
		aware_line_place(tm->line, &e);
}


/** sip.local: likewise, for the terminal it names */
void sip_local(struct sip *s, const json_t *params)
{
	const char *transport =
		json_string_value(json_object_get(params, "transport"));
	struct terminal *tm;
	struct addr a;
	unsigned i = 0;

	while (transport && i < SIP_TRANSPORTS &&
	       strcmp(transport, sip_transport_name((enum sip_transport)i)))
		++i;
	if (!transport || i == SIP_TRANSPORTS ||
	    !read_addr(&a, params, "terminal"))
		return;
	tm = terminal_find(s, (enum sip_transport)i, &a);
	if (tm)
		terminal_place(tm, params);
}
