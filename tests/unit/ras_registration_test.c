/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras_registration_test.c  GRQ and RRQ
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <SupportedPrefix.h>
#include <SupportedProtocols.h>
#include <VoiceCaps.h>
#include <GatewayInfo.h>
#include <GatekeeperInfo.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "tests/unit/ras_util.h"

static struct util u;

#define RCF RasMessage_PR_registrationConfirm
#define RRJ RasMessage_PR_registrationReject
#define REASON(r) RegistrationRejectReason_PR_##r


static void assert_refused(RegistrationRejectReason_PR reason)
{
	assert_int_equal(util_send(&u), RRJ);
	assert_int_equal(u.m->choice.registrationReject.rejectReason.present,
			 reason);
}


/* ---- discovery ---- */

static GatekeeperRequest_t *grq(const char *from, const char *ras)
{
	GatekeeperRequest_t *g =
		util_request(&u, RasMessage_PR_gatekeeperRequest);
	struct addr a;

	g->requestSeqNum = 5;
	assert_int_equal(h225_version_set(&g->protocolIdentifier, u.out, 4),
			 0);
	assert_int_equal(addr_parse_hostport(&a, ras), 0);
	assert_int_equal(h225_addr_set(&g->rasAddress, u.out, &a), 0);
	util_from(&u, from);

	return g;
}


static void test_discovery(void **state)
{
	const GatekeeperConfirm_t *gcf;
	char buf[ADDR_STRLEN];
	(void)state;

	(void)grq("192.0.2.1:4000", "192.0.2.1:4000");
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperConfirm);
	gcf = &u.m->choice.gatekeeperConfirm;
	assert_int_equal(gcf->requestSeqNum, 5);
	util_assert_addr(&gcf->rasAddress, "192.0.2.254:1719");
	assert_true(addr_eq(&u.answer.to, &u.src.from));

	/* another port of the same host, but never another host */
	(void)grq("192.0.2.1:4000", "192.0.2.1:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperConfirm);
	assert_string_equal(addr_str(&u.answer.to, buf), "192.0.2.1:5000");
	(void)grq("192.0.2.1:4000", "192.0.2.2:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperConfirm);
	assert_string_equal(addr_str(&u.answer.to, buf), "192.0.2.1:4000");

	/* behind an agent: its address there, and back the way it came */
	(void)grq("127.0.0.1:40000", "127.0.0.1:5000");
	strcpy(u.src.agent, "office");
	(void)addr_parse(&u.src.local_ras, "192.168.1.2", 1719);
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperConfirm);
	util_assert_addr(&u.m->choice.gatekeeperConfirm.rasAddress,
		    "192.168.1.2:1719");
	assert_true(addr_eq(&u.answer.to, &u.src.from));
}


static void test_discovery_refused(void **state)
{
	GatekeeperRequest_t *g = grq("192.0.2.1:4000", "192.0.2.1:4000");
	(void)state;

	g->gatekeeperIdentifier =
		util_zalloc(&u, sizeof(*g->gatekeeperIdentifier));
	util_bmp(&u, g->gatekeeperIdentifier, "gate");
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperConfirm);
	util_bmp(&u, g->gatekeeperIdentifier, "other");
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperReject);
	assert_int_equal(u.m->choice.gatekeeperReject.rejectReason.present,
			 GatekeeperRejectReason_PR_terminalExcluded);
	/* somebody else is meant, and all were asked */
	u.src.multicast = true;
	assert_int_equal(util_send(&u), 0);
	assert_int_equal(u.answer.result, RAS_SILENT);

	u.deny[RAS_DISCOVER] = true;
	(void)grq("192.0.2.1:4000", "192.0.2.1:4000");
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperReject);
	u.deny[RAS_DISCOVER] = false;
	u.authentic = EACCES;
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperReject);
	assert_int_equal(u.m->choice.gatekeeperReject.rejectReason.present,
			 GatekeeperRejectReason_PR_securityDenial);
	u.authentic = EPERM;
	assert_int_equal(util_send(&u), 0);
	u.authentic = 0;
	g = grq("192.0.2.1:4000", "192.0.2.1:4000");
	assert_int_equal(oid_set(&g->protocolIdentifier, u.out, "0.0.8.245.0.7"),
			 0);
	assert_int_equal(util_send(&u), RasMessage_PR_gatekeeperReject);
	assert_int_equal(u.m->choice.gatekeeperReject.rejectReason.present,
			 GatekeeperRejectReason_PR_invalidRevision);
}


/* ---- registration ---- */

static void test_register(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", "1001");
	const RegistrationConfirm_t *rcf = &u.m->choice.registrationConfirm;
	struct alias a;
	(void)state;

	assert_int_equal(rcf->requestSeqNum, 7);
	assert_int_equal(*rcf->timeToLive, 300);
	assert_int_equal(rcf->terminalAlias->list.count, 2);
	assert_true(alias_get(&a, rcf->terminalAlias->list.array[0]));
	assert_string_equal(a.text, "anna");
	util_assert_addr(rcf->callSignalAddress.list.array[0], "192.0.2.254:1720");
	assert_int_equal(u.registered, 1);
	assert_int_equal(ep->expires, u.now + 300000);
	assert_int_equal(ep->version, 4);
	assert_int_equal(ep->type, ENDPOINT_TERMINAL);
	assert_false(ep->at.nat);

	/* the same again, from another port: it takes its own place */
	u.now += 1000;
	(void)util_rrq(&u, "192.0.2.1", "anna", "1002");
	addr_set_port(&u.src.from, 6000);
	assert_int_equal(util_send(&u), RCF);
	assert_int_equal(zone_count(u.zone), 1);
	assert_int_equal(u.dropped, 1);
	assert_ptr_equal(zone_by_id(u.zone, ep->id), ep);
	assert_int_equal(ep->aliasc, 2);
	assert_int_equal(ep->expires, u.now + 300000);
}


static void test_register_by_identifier(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", NULL);
	RegistrationRequest_t *rrq;
	(void)state;

	/* from another address, but it says who it is */
	rrq = util_rrq(&u, "192.0.2.77", "anna", NULL);
	rrq->endpointIdentifier =
		util_zalloc(&u, sizeof(*rrq->endpointIdentifier));
	util_bmp(&u, rrq->endpointIdentifier, ep->id);
	assert_int_equal(util_send(&u), RCF);
	assert_int_equal(zone_count(u.zone), 1);
	assert_true(addr_ip_eq(&ep->at.seen, &u.src.from));

	/* not from behind somebody's agent */
	strcpy(u.src.agent, "office");
	assert_refused(REASON(duplicateAlias));
}


static void test_duplicate(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", "1001");
	const struct RegistrationRejectReason__duplicateAlias *list;
	struct alias a;
	(void)state;

	(void)util_rrq(&u, "192.0.2.2", "anna", "1002");
	assert_refused(REASON(duplicateAlias));
	list = &u.m->choice.registrationReject.rejectReason.choice
			.duplicateAlias;
	assert_int_equal(list->list.count, 1);
	assert_true(alias_get(&a, list->list.array[0]));
	assert_string_equal(a.text, "anna");
	assert_int_equal(zone_count(u.zone), 1);
	assert_null(zone_by_address(u.zone, "", &u.src.from, &u.src.from));

	u.conf.replace = true;
	assert_int_equal(ras_conf_set(u.ras, &u.conf), 0);
	assert_int_equal(util_send(&u), RCF);
	assert_string_equal(u.why, "replaced");
	assert_int_equal(u.unregistered, 1);
	assert_int_equal(zone_count(u.zone), 1);
	(void)ep;
}


static void test_refused(void **state)
{
	RegistrationRequest_t *rrq;
	(void)state;

	rrq = util_rrq(&u, "192.0.2.1", "anna", NULL);
	rrq->callSignalAddress.list.count = 0;
	assert_refused(REASON(invalidCallSignalAddress));
	rrq = util_rrq(&u, "192.0.2.1", "anna", NULL);
	rrq->rasAddress.list.count = 0;
	assert_refused(REASON(invalidRASAddress));
	rrq = util_rrq(&u, "192.0.2.1", "anna", NULL);
	rrq->terminalType.gatekeeper =
		util_zalloc(&u, sizeof(*rrq->terminalType.gatekeeper));
	assert_refused(REASON(invalidTerminalType));
	rrq = util_rrq(&u, "192.0.2.1", "anna", NULL);
	rrq->gatekeeperIdentifier =
		util_zalloc(&u, sizeof(*rrq->gatekeeperIdentifier));
	util_bmp(&u, rrq->gatekeeperIdentifier, "other");
	assert_refused(REASON(discoveryRequired));

	u.deny[RAS_REGISTER] = true;
	(void)util_rrq(&u, "192.0.2.1", "anna", NULL);
	assert_refused(REASON(securityDenial));
	u.deny[RAS_REGISTER] = false;
	u.authentic	     = EACCES;
	assert_refused(REASON(securityDenial));
	u.authentic	  = 0;
	u.deny[RAS_ENTER] = true;
	assert_refused(REASON(resourceUnavailable));
	u.deny[RAS_ENTER]  = false;
	u.conf.aliases_max = 1;
	assert_int_equal(ras_conf_set(u.ras, &u.conf), 0);
	(void)util_rrq(&u, "192.0.2.1", "anna", "1001");
	assert_refused(REASON(invalidAlias));
	assert_int_equal(zone_count(u.zone), 0);
	assert_int_equal(u.registered, 0);
}


/* what is registered stays when an RRQ of its own is refused */
static void test_refused_again(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", NULL);
	(void)state;

	(void)util_register(&u, "192.0.2.2", "bert", NULL);
	(void)util_rrq(&u, "192.0.2.1", "bert", NULL);
	assert_refused(REASON(duplicateAlias));
	assert_string_equal(ep->aliases->text, "anna");
	u.deny[RAS_ENTER] = true; /* there is no room for others */
	(void)util_rrq(&u, "192.0.2.1", "anna", NULL);
	assert_int_equal(util_send(&u), RCF);
}


static void test_full(void **state)
{
	RegistrationRequest_t *rrq;
	char ip[32];
	(void)state;

	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(ip, sizeof(ip), "192.0.2.%u", i + 1);
		(void)util_register(&u, ip, NULL, NULL);
	}
	rrq = util_rrq(&u, "192.0.3.1", "anna", NULL);
	(void)rrq;
	assert_refused(REASON(resourceUnavailable));
}


static void test_behind_nat(void **state)
{
	struct endpoint *ep;
	RegistrationRequest_t *rrq;
	char buf[ADDR_STRLEN];
	(void)state;

	(void)util_rrq(&u, "192.168.1.5", "anna", NULL);
	util_from(&u, "198.51.100.1:61000");
	assert_int_equal(util_send(&u), RCF);
	assert_true(addr_eq(&u.answer.to, &u.src.from));
	ep = zone_overdue(u.zone, INT64_MAX);
	assert_true(ep->at.nat);
	assert_int_equal(ep->ttl, 30);
	assert_string_equal(addr_str(&ep->at.signalling, buf),
			    "192.168.1.5:1720");

	/* the same address behind another NAT is somebody else */
	(void)util_rrq(&u, "192.168.1.5", "bert", NULL);
	util_from(&u, "198.51.100.2:61000");
	assert_int_equal(util_send(&u), RCF);
	assert_int_equal(zone_count(u.zone), 2);

	/* its NAT has another port for it now */
	rrq = util_rrq(&u, "192.168.1.5", NULL, NULL);
	rrq->keepAlive = util_bool(&u, true);
	rrq->endpointIdentifier =
		util_zalloc(&u, sizeof(*rrq->endpointIdentifier));
	util_bmp(&u, rrq->endpointIdentifier, ep->id);
	util_from(&u, "198.51.100.1:62000");
	assert_int_equal(util_send(&u), RCF);
	assert_true(addr_eq(&ep->at.ras, &u.src.from));
}


static void test_behind_agent(void **state)
{
	const RegistrationConfirm_t *rcf;
	struct endpoint *ep;
	char buf[ADDR_STRLEN];
	(void)state;

	(void)util_rrq(&u, "192.168.1.5", "anna", NULL);
	util_from(&u, "127.0.0.1:40001");
	strcpy(u.src.agent, "office");
	(void)addr_parse(&u.src.seen, "192.168.1.5", 5000);
	(void)addr_parse(&u.src.local, "192.168.1.2", 1720);
	(void)addr_parse(&u.src.local_ras, "192.168.1.2", 1719);
	assert_int_equal(util_send(&u), RCF);
	rcf = &u.m->choice.registrationConfirm;
	util_assert_addr(rcf->callSignalAddress.list.array[0], "192.168.1.2:1720");
	ep = zone_overdue(u.zone, INT64_MAX);
	assert_false(ep->at.nat);
	assert_int_equal(ep->ttl, 300);

	/* what it says is elsewhere is not connected to */
	(void)util_rrq(&u, "192.168.1.66", "eve", NULL);
	util_from(&u, "127.0.0.1:40002");
	strcpy(u.src.agent, "office");
	(void)addr_parse(&u.src.seen, "192.168.1.7", 5000);
	assert_int_equal(util_send(&u), RCF);
	ep = zone_by_id(u.zone, ep->id)
		     ? zone_by_alias(u.zone, &(struct alias){ALIAS_H323_ID, 0,
							     "eve"})
		     : NULL;
	assert_non_null(ep);
	assert_string_equal(addr_str(&ep->at.signalling, buf),
			    "192.168.1.7:1720");
}


static void test_several_addresses(void **state)
{
	RegistrationRequest_t *rrq = util_rrq(&u, "10.0.0.1", "anna", NULL);
	struct endpoint *ep;
	char buf[ADDR_STRLEN];
	(void)state;

	util_addr(&u, &rrq->callSignalAddress.list, "192.0.2.1:1721");
	util_addr(&u, &rrq->rasAddress.list, "192.0.2.1:1719");
	util_from(&u, "192.0.2.1:5000");
	assert_int_equal(util_send(&u), RCF);
	ep = zone_overdue(u.zone, INT64_MAX);
	assert_string_equal(addr_str(&ep->at.signalling, buf),
			    "192.0.2.1:1721");
	assert_string_equal(addr_str(&ep->at.ras, buf), "192.0.2.1:1719");
	assert_false(ep->at.nat);
}


static void test_ttl(void **state)
{
	static const struct {
		unsigned long wanted, granted;
	} cases[] = {{60, 60}, {3600, 300}, {1, RAS_TTL_MIN}};
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		RegistrationRequest_t *rrq =
			util_rrq(&u, "192.0.2.1", "anna", NULL);

		rrq->timeToLive	 = util_zalloc(&u, sizeof(*rrq->timeToLive));
		*rrq->timeToLive = cases[i].wanted;
		assert_int_equal(util_send(&u), RCF);
		assert_int_equal(*u.m->choice.registrationConfirm.timeToLive,
				 cases[i].granted);
	}
}


static RegistrationRequest_t *light(const struct endpoint *ep, const char *from)
{
	RegistrationRequest_t *rrq = util_rrq(&u, "192.0.2.1", NULL, NULL);

	rrq->keepAlive = util_bool(&u, true);
	rrq->endpointIdentifier =
		util_zalloc(&u, sizeof(*rrq->endpointIdentifier));
	util_bmp(&u, rrq->endpointIdentifier, ep ? ep->id : "nobody");
	util_from(&u, from);

	return rrq;
}


static void test_light(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", NULL);
	(void)state;

	u.now += 100000;
	(void)light(ep, "192.0.2.1:5000");
	assert_int_equal(util_send(&u), RCF);
	assert_int_equal(u.refreshed, 1);
	assert_int_equal(u.registered, 1);
	assert_int_equal(ep->expires, u.now + 300000);
	assert_string_equal(ep->aliases->text, "anna");
	assert_null(u.m->choice.registrationConfirm.terminalAlias);

	(void)light(NULL, "192.0.2.1:5000");
	assert_refused(REASON(fullRegistrationRequired));
	(void)light(ep, "192.0.2.2:5000");
	assert_refused(REASON(fullRegistrationRequired));
	u.authentic = EACCES;
	(void)light(ep, "192.0.2.1:5000");
	assert_refused(REASON(securityDenial));
}


static void test_additive(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", NULL);
	RegistrationRequest_t *rrq;
	(void)state;

	rrq = util_rrq(&u, "192.0.2.1", NULL, "1001");
	rrq->additiveRegistration =
		util_zalloc(&u, sizeof(*rrq->additiveRegistration));
	rrq->endpointIdentifier =
		util_zalloc(&u, sizeof(*rrq->endpointIdentifier));
	util_bmp(&u, rrq->endpointIdentifier, ep->id);
	assert_int_equal(util_send(&u), RCF);
	assert_int_equal(ep->aliasc, 2);
	assert_int_equal(u.m->choice.registrationConfirm.terminalAlias->list
				 .count, 2);

	rrq = util_rrq(&u, "192.0.2.2", NULL, "1002");
	rrq->additiveRegistration =
		util_zalloc(&u, sizeof(*rrq->additiveRegistration));
	assert_refused(REASON(fullRegistrationRequired));
}


static void test_gateway(void **state)
{
	const struct alias number = {ALIAS_DIALLED_DIGITS, 0, "94940"};
	RegistrationRequest_t *rrq = util_rrq(&u, "192.0.2.9", "gw", NULL);
	SupportedProtocols_t *sp   = util_zalloc(&u, sizeof(*sp));
	SupportedPrefix_t *prefix  = util_zalloc(&u, sizeof(*prefix));
	struct alias nine	   = {ALIAS_DIALLED_DIGITS, 0, "9"};
	GatewayInfo_t *gateway	   = util_zalloc(&u, sizeof(*gateway));
	ResourcesAvailableIndicate_t *rai;
	struct endpoint *ep;
	(void)state;

	rrq->terminalType.terminal = NULL;
	rrq->terminalType.gateway  = gateway;
	gateway->protocol = util_zalloc(&u, sizeof(*gateway->protocol));
	sp->present	  = SupportedProtocols_PR_voice;
	sp->choice.voice.supportedPrefixes =
		util_zalloc(&u, sizeof(*sp->choice.voice.supportedPrefixes));
	assert_int_equal(alias_set(&prefix->prefix, u.out, &nine), 0);
	assert_int_equal(per_msg_append(u.out,
		&sp->choice.voice.supportedPrefixes->list, prefix), 0);
	assert_int_equal(per_msg_append(u.out, &gateway->protocol->list, sp),
			 0);
	assert_int_equal(util_send(&u), RCF);
	ep = zone_by_prefix(u.zone, &number);
	assert_non_null(ep);
	assert_int_equal(ep->type, ENDPOINT_GATEWAY);

	rai = util_request(&u, RasMessage_PR_resourcesAvailableIndicate);
	assert_int_equal(h225_version_set(&rai->protocolIdentifier, u.out, 4),
			 0);
	util_bmp(&u, &rai->endpointIdentifier, ep->id);
	rai->almostOutOfResources = true;
	assert_int_equal(util_send(&u),
			 RasMessage_PR_resourcesAvailableConfirm);
	assert_null(zone_by_prefix(u.zone, &number));
	util_from(&u, "192.0.2.8:1");
	assert_int_equal(util_send(&u), 0);
}


static void test_restart(void **state)
{
	RegistrationRequest_t *rrq;
	(void)state;

	(void)util_register(&u, "192.0.2.1", "anna", NULL);
	rrq	     = util_rrq(&u, "192.0.2.1", "anna", NULL);
	rrq->restart = util_zalloc(&u, sizeof(*rrq->restart));
	assert_int_equal(util_send(&u), RCF);
	assert_int_equal(u.gone, 1);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		UTIL_TEST(test_discovery),
		UTIL_TEST(test_discovery_refused),
		UTIL_TEST(test_register),
		UTIL_TEST(test_register_by_identifier),
		UTIL_TEST(test_duplicate),
		UTIL_TEST(test_refused),
		UTIL_TEST(test_refused_again),
		UTIL_TEST(test_full),
		UTIL_TEST(test_behind_nat),
		UTIL_TEST(test_behind_agent),
		UTIL_TEST(test_several_addresses),
		UTIL_TEST(test_ttl),
		UTIL_TEST(test_light),
		UTIL_TEST(test_additive),
		UTIL_TEST(test_gateway),
		UTIL_TEST(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
