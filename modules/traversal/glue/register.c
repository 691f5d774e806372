/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file register.c  What a REGISTER needs before registrar saves it
 */
#include <stdio.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/ip_addr.h"
#include "core/pvar.h"
#include "core/usr_avp.h"
#include "glue/nat_facts.h"
#include "glue/register.h"
#include "glue/stats.h"

enum {
	URI_SIZE = 96,
};

static unsigned signs;
static bool have_avp;
static int_str avp_name;
static unsigned short avp_type;

static char **registrar_param(void)
{
	sr_module_t *m = find_module_by_name("registrar");
	modparam_t type = 0;

	return m ? find_param_export(m, "received_avp", PARAM_STRING, &type) : NULL;
}

/* Modules' parameters are set before the first of them starts: one that was
 * loaded before us gets it here, one that comes later in our mod_init */
void register_default_avp(void)
{
	static char avp[] = "$avp(RECEIVED)";
	char **value = registrar_param();

	if(value && !*value)
		*value = avp;
}

static int avp_of_registrar(void)
{
	char **value = registrar_param();
	pv_spec_t spec;
	str name;

	if(!value)
		return 0;
	name.s = *value;
	name.len = (int)strlen(name.s);
	if(!pv_parse_spec(&name, &spec) || spec.type != PVT_AVP
			|| pv_get_avp_name(0, &spec.pvp, &avp_name, &avp_type) < 0) {
		LM_ERR("registrar's received_avp: \"%s\" is no AVP\n", *value);
		return -1;
	}
	have_avp = true;
	return 0;
}

int register_mod_init(unsigned nat_signs)
{
	signs = nat_signs;
	register_default_avp();
	return avp_of_registrar();
}

void register_force_rport(sip_msg_t *msg)
{
	msg->msg_flags |= FL_FORCE_RPORT;
}

/* "sip:192.0.2.1:40001;transport=tcp" */
static int source_uri(char buf[URI_SIZE], const sip_msg_t *msg)
{
	static const char *const transports[] = {
			[PROTO_TCP] = ";transport=tcp",
			[PROTO_TLS] = ";transport=tls",
			[PROTO_SCTP] = ";transport=sctp",
			[PROTO_WS] = ";transport=ws",
			[PROTO_WSS] = ";transport=ws",
	};
	int proto = msg->rcv.proto;
	bool v6 = msg->rcv.src_ip.af == AF_INET6;
	const char *transport = "";

	if(proto > 0 && proto < (int)(sizeof(transports) / sizeof(transports[0]))
			&& transports[proto])
		transport = transports[proto];
	return snprintf(buf, URI_SIZE, "sip:%s%s%s:%d%s", v6 ? "[" : "",
			ip_addr2a((struct ip_addr *)(uintptr_t)&msg->rcv.src_ip),
			v6 ? "]" : "", msg->rcv.src_port, transport);
}

int register_request(sip_msg_t *msg)
{
	char buf[URI_SIZE];
	int_str value;

	register_force_rport(msg);
	if(!nat_facts_natted(msg, signs))
		return 2;
	if(!have_avp)
		return -1;

	value.s.s = buf;
	value.s.len = source_uri(buf, msg);
	if(add_avp(avp_type | AVP_VAL_STR, avp_name, value) < 0) {
		LM_ERR("no memory for the AVP\n");
		return -1;
	}
	stats_inc(registers_natted);
	return 1;
}
