/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream_test.c  Our endpoints at another gatekeeper, without sockets
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <AlternateGK.h>
#include <ReleaseCompleteReason.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/text.h"
#include "h323gw/security/token.h"
#include "upstream_util.h"

static const uint8_t call_id[GUID_LEN]	     = {1, 2, 3};
static const uint8_t conference_id[GUID_LEN] = {4, 5, 6};


static enum upstream_state state(const struct world *w)
{
	return world_info(w).state;
}


static const RegistrationRequest_t *rrq(const struct world *w)
{
	assert_non_null(w->m);
	assert_int_equal(w->m->present, RasMessage_PR_registrationRequest);

	return &w->m->choice.registrationRequest;
}


static bool is_light(const struct world *w)
{
	return rrq(w)->keepAlive && *rrq(w)->keepAlive;
}


static void registered(struct world *w, bool additive, const char *name)
{
	world_open(w, additive);
	world_name(w, name);
	world_confirm(w, "one", 60);
	assert_int_equal(state(w), UPSTREAM_REGISTERED);
}


/* ---- a registration's life ---- */

static void test_life(void **s)
{
	struct upstream_info i;
	struct addr a;
	struct world w;
	(void)s;

	world_open(&w, false);
	assert_int_equal(state(&w), UPSTREAM_IDLE);
	world_names(&w, (const char *const[]){"1001", "anna", NULL});
	assert_int_equal(state(&w), UPSTREAM_REGISTERING);
	assert_true(addr_eq(&w.to, &w.above));
	assert_string_equal(world_asked_names(&w), "1001 anna");
	assert_false(is_light(&w));
	assert_null(rrq(&w)->endpointIdentifier);
	assert_non_null(rrq(&w)->terminalType.terminal);
	assert_true(h225_addr_get(
		&a, rrq(&w)->callSignalAddress.list.array[0]));
	assert_true(addr_eq(&a, &w.own));
	assert_true(h225_addr_get(&a, rrq(&w)->rasAddress.list.array[0]));
	assert_true(addr_eq(&a, &w.own));
	assert_int_equal(*rrq(&w)->timeToLive, 60);

	world_confirm(&w, "one", 40);
	i = world_info(&w);
	assert_int_equal(i.state, UPSTREAM_REGISTERED);
	assert_string_equal(i.endpointIdentifier, "one");
	assert_int_equal(i.ttl, 40);
	assert_int_equal(i.toldc, 2);
	assert_int_equal(w.timer, 20000);

	upstream_timeout(w.reg);
	assert_true(is_light(&w));
	assert_non_null(rrq(&w)->endpointIdentifier);
	assert_string_equal(world_asked_names(&w), "");
	world_confirm(&w, "one", 60);
	assert_int_equal(w.timer, 30000);

	upstream_reg_leave(w.reg);
	assert_int_equal(w.m->present, RasMessage_PR_unregistrationRequest);
	assert_int_equal(state(&w), UPSTREAM_LEAVING);
	world_silence(&w);
	assert_int_equal(state(&w), UPSTREAM_GONE);
	world_close(&w);
}


static void test_discovery(void **s)
{
	GatekeeperConfirm_t *gcf;
	struct reply r;
	struct world w;
	struct addr other;
	(void)s;

	world_open(&w, false);
	w.conf.discover = true;
	upstream_conf_set(w.up, &w.conf);
	world_name(&w, "1001");
	assert_int_equal(w.m->present, RasMessage_PR_gatekeeperRequest);
	assert_int_equal(state(&w), UPSTREAM_DISCOVERING);
	gcf = reply_make(&r, &w, RasMessage_PR_gatekeeperConfirm);
	assert_int_equal(addr_parse(&other, "192.0.2.98", 2719), 0);
	assert_int_equal(h225_addr_set(&gcf->rasAddress, r.msg, &other), 0);
	gcf->gatekeeperIdentifier = field_bmp(r.msg, "above");
	reply_send(&r);
	assert_true(rrq(&w)->discoveryComplete);
	assert_true(addr_eq(&w.to, &other));
	assert_non_null(rrq(&w)->gatekeeperIdentifier);

	/* once is enough */
	world_reject(&w, RegistrationRejectReason_PR_discoveryRequired, NULL);
	assert_int_equal(state(&w), UPSTREAM_REFUSED);
	world_close(&w);

	/* it was not asked for, but is needed */
	world_open(&w, false);
	world_name(&w, "1001");
	world_reject(&w, RegistrationRejectReason_PR_discoveryRequired, NULL);
	assert_int_equal(w.m->present, RasMessage_PR_gatekeeperRequest);
	world_close(&w);
}


static void test_silence(void **s)
{
	static const uint64_t waits[] = {5000,	 10000,	 20000,	 40000,
					 80000, 160000, 300000, 300000};
	struct world w;
	size_t i;
	(void)s;

	world_open(&w, false);
	world_name(&w, "1001");
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		world_silence(&w);
		assert_int_equal(state(&w), UPSTREAM_SILENT);
		assert_int_equal(w.timer, waits[i]);
		assert_null(w.m);
		upstream_timeout(w.reg);
		assert_string_equal(world_asked_names(&w), "1001");
	}
	world_confirm(&w, "one", 60);
	assert_int_equal(state(&w), UPSTREAM_REGISTERED);

	/* a lightweight one that is not answered: all over again */
	upstream_timeout(w.reg);
	world_silence(&w);
	assert_int_equal(state(&w), UPSTREAM_SILENT);
	assert_int_equal(w.timer, 5000);
	assert_int_equal(world_info(&w).toldc, 0);
	upstream_timeout(w.reg);
	assert_false(is_light(&w));
	assert_null(rrq(&w)->endpointIdentifier);

	/* too many requests wait already: as if it had been lost */
	world_silence(&w);
	w.full = true;
	upstream_timeout(w.reg);
	assert_int_equal(w.timer, 20000);
	world_close(&w);
}


static void test_alternates(void **s)
{
	static const char *const ips[] = {"192.0.2.50", "192.0.2.51"};
	RegistrationConfirm_t *rcf;
	struct addr a;
	struct reply r;
	struct world w;
	size_t i;
	(void)s;

	world_open(&w, false);
	world_name(&w, "1001");
	rcf = reply_make(&r, &w, RasMessage_PR_registrationConfirm);
	assert_int_equal(h225_bmp_set(&rcf->endpointIdentifier, r.msg, "one"),
			 0);
	rcf->alternateGatekeeper =
		per_msg_zalloc(r.msg, sizeof(*rcf->alternateGatekeeper));
	for (i = 0; i < 2; i++) {
		AlternateGK_t *alt = per_msg_zalloc(r.msg, sizeof(*alt));

		assert_int_equal(addr_parse(&a, ips[i], 1719), 0);
		assert_int_equal(h225_addr_set(&alt->rasAddress, r.msg, &a),
				 0);
		assert_int_equal(per_msg_append(
			r.msg, &rcf->alternateGatekeeper->list, alt), 0);
	}
	reply_send(&r);
	upstream_timeout(w.reg);
	for (i = 0; i < 2; i++) {
		world_silence(&w);
		assert_int_equal(addr_parse(&a, ips[i], 1719), 0);
		assert_true(addr_eq(&w.to, &a));
		assert_string_equal(world_asked_names(&w), "1001");
	}
	world_silence(&w);
	assert_null(w.m);
	upstream_timeout(w.reg);
	assert_true(addr_eq(&w.to, &w.above));
	world_close(&w);
}


static void test_rejects(void **s)
{
	struct world w;
	(void)s;

	registered(&w, false, "1001");
	upstream_timeout(w.reg);
	world_reject(&w, RegistrationRejectReason_PR_fullRegistrationRequired,
		     NULL);
	assert_false(is_light(&w));
	assert_string_equal(world_asked_names(&w), "1001");
	/* what it asked for is what it gets: no more at once */
	world_reject(&w, RegistrationRejectReason_PR_fullRegistrationRequired,
		     NULL);
	assert_int_equal(state(&w), UPSTREAM_REFUSED);
	assert_int_equal(w.timer, 5000);
	upstream_timeout(w.reg);
	world_reject(&w, RegistrationRejectReason_PR_securityDenial, NULL);
	assert_int_equal(w.timer, 10000);
	assert_string_equal(upstream_reason_name(world_info(&w).reason),
			    "securityDenial");
	world_close(&w);
}


/* ---- names ---- */

static void test_duplicate(void **s)
{
	struct world w;
	(void)s;

	/* one of two is somebody else's: the other is registered alone */
	world_open(&w, false);
	world_names(&w, (const char *const[]){"1001", "anna", NULL});
	world_reject(&w, RegistrationRejectReason_PR_duplicateAlias, "anna");
	assert_string_equal(w.refused, "anna");
	assert_string_equal(world_asked_names(&w), "1001");
	world_confirm(&w, "one", 60);
	assert_int_equal(world_info(&w).toldc, 1);
	assert_int_equal(w.timer, 30000);

	/* with the next lightweight one it is tried again */
	upstream_timeout(w.reg);
	assert_true(is_light(&w));
	world_confirm(&w, "one", 60);
	assert_string_equal(world_asked_names(&w), "1001 anna");
	world_confirm(&w, "one", 60);
	assert_int_equal(world_info(&w).toldc, 2);
	world_close(&w);

	/* both are */
	world_open(&w, false);
	world_name(&w, "1001");
	world_reject(&w, RegistrationRejectReason_PR_duplicateAlias, "1001");
	assert_int_equal(state(&w), UPSTREAM_REFUSED);
	assert_int_equal(w.timer, 5000);
	world_close(&w);
}


static void test_changes(void **s)
{
	struct world w;
	(void)s;

	registered(&w, false, "1001");
	world_names(&w, (const char *const[]){"1001", "1002", NULL});
	assert_false(is_light(&w));
	assert_null(rrq(&w)->additiveRegistration);
	assert_non_null(rrq(&w)->endpointIdentifier);
	assert_string_equal(world_asked_names(&w), "1001 1002");
	/* and again, before that is answered */
	world_name(&w, "1002");
	world_confirm(&w, "one", 60);
	assert_string_equal(world_asked_names(&w), "1002");
	world_confirm(&w, "one", 60);
	assert_null(w.m);
	assert_int_equal(world_info(&w).namec, 1);

	/* nobody is left, then somebody is */
	world_names(&w, (const char *const[]){NULL});
	assert_int_equal(w.m->present, RasMessage_PR_unregistrationRequest);
	world_name(&w, "1003");
	world_silence(&w);
	assert_int_equal(state(&w), UPSTREAM_SILENT);
	world_close(&w);
}


static void test_addresses(void **s)
{
	static const char *const texts[] = {"anna@10.0.0.5", "h323:10.0.0.5",
					    "10.0.0.5:1720"};
	struct alias a;
	struct world w;
	size_t i;
	(void)s;

	world_open(&w, false);
	upstream_names_begin(&w.owner);
	for (i = 0; i < 3; i++) {
		assert_int_equal(alias_guess(&a, texts[i]), 0);
		assert_int_equal(upstream_name_put(w.reg, &w.owner, &a, false),
				 EINVAL);
	}
	upstream_names_end(w.reg, &w.owner);
	upstream_reg_start(w.reg, 0);
	assert_int_equal(state(&w), UPSTREAM_IDLE);
	world_close(&w);
}


static void test_additive(void **s)
{
	struct upstream_owner bert = {.names = LIST_INIT};
	UnregistrationConfirm_t *ucf;
	const UnregistrationRequest_t *urq;
	struct alias a;
	struct reply r;
	struct world w;
	(void)s;

	registered(&w, true, "1001");
	assert_int_equal(alias_guess(&a, "2001"), 0);
	upstream_names_begin(&bert);
	assert_int_equal(upstream_name_put(w.reg, &bert, &a, false), 0);
	upstream_names_end(w.reg, &bert);
	assert_string_equal(world_asked_names(&w), "2001");
	assert_non_null(rrq(&w)->additiveRegistration);
	assert_non_null(rrq(&w)->terminalType.gateway);
	world_confirm(&w, "one", 60);
	assert_int_equal(world_info(&w).toldc, 2);

	/* one goes */
	upstream_names_begin(&bert);
	upstream_names_end(w.reg, &bert);
	assert_int_equal(w.m->present, RasMessage_PR_unregistrationRequest);
	urq = &w.m->choice.unregistrationRequest;
	assert_int_equal(urq->endpointAlias->list.count, 1);
	ucf = reply_make(&r, &w, RasMessage_PR_unregistrationConfirm);
	assert_non_null(ucf);
	reply_send(&r);
	assert_int_equal(state(&w), UPSTREAM_REGISTERED);
	assert_int_equal(world_info(&w).namec, 1);

	/* a gatekeeper that knows no such thing gets all in one */
	upstream_names_begin(&bert);
	assert_int_equal(upstream_name_put(w.reg, &bert, &a, false), 0);
	upstream_names_end(w.reg, &bert);
	world_reject(&w,
		RegistrationRejectReason_PR_additiveRegistrationNotSupported,
		NULL);
	assert_null(rrq(&w)->additiveRegistration);
	assert_string_equal(world_asked_names(&w), "1001 2001");
	world_close(&w);
}


static void test_many(void **s)
{
	struct alias a = {.type = ALIAS_DIALLED_DIGITS};
	unsigned asked = 0;
	struct world w;
	int i;
	(void)s;

	world_open(&w, true);
	upstream_names_begin(&w.owner);
	for (i = 0; i < 100; i++) {
		(void)snprintf(a.text, sizeof(a.text), "%d", 1000 + i);
		assert_int_equal(upstream_name_put(w.reg, &w.owner, &a, false),
				 0);
	}
	upstream_names_end(w.reg, &w.owner);
	upstream_reg_start(w.reg, 0);
	/* the one that is no good is found, whoever does not say which */
	while (w.ask && asked++ < 100) {
		if (strstr(world_asked_names(&w), "1050"))
			world_reject(&w,
				     RegistrationRejectReason_PR_invalidAlias,
				     NULL);
		else
			world_confirm(&w, "one", 60);
	}
	assert_int_equal(world_info(&w).toldc, 99);
	assert_int_equal(w.refusals, 1);
	assert_string_equal(w.refused, "1050");
	world_close(&w);
}


static void test_prefixes(void **s)
{
	struct world w;
	(void)s;

	world_open(&w, false);
	upstream_reg_type(w.reg, ENDPOINT_GATEWAY);
	world_names(&w, (const char *const[]){"gw", "*49", NULL});
	assert_string_equal(world_asked_names(&w), "gw");
	assert_non_null(rrq(&w)->terminalType.gateway->protocol);
	world_confirm(&w, "one", 60);
	assert_int_equal(world_info(&w).toldc, 2);
	world_close(&w);
}


/* ---- what the gatekeeper asks ---- */

static void test_urq(void **s)
{
	UnregistrationRequest_t *urq;
	struct addr stranger;
	struct reply r;
	struct world w;
	(void)s;

	registered(&w, false, "1001");
	urq = reply_make(&r, &w, RasMessage_PR_unregistrationRequest);
	assert_int_equal(field_addr_append(
		r.msg, &urq->callSignalAddress.list, &w.own), 0);
	assert_int_equal(addr_parse(&stranger, "192.0.2.66", 1719), 0);
	assert_int_equal(reply_receive(&r, &stranger), EPERM);
	assert_int_equal(w.said, 0);

	urq = reply_make(&r, &w, RasMessage_PR_unregistrationRequest);
	assert_int_equal(field_addr_append(
		r.msg, &urq->callSignalAddress.list, &w.own), 0);
	urq->endpointIdentifier = field_bmp(r.msg, "another");
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_unregistrationReject);
	assert_int_equal(state(&w), UPSTREAM_REGISTERED);

	urq = reply_make(&r, &w, RasMessage_PR_unregistrationRequest);
	assert_int_equal(field_addr_append(
		r.msg, &urq->callSignalAddress.list, &w.own), 0);
	urq->endpointIdentifier = field_bmp(r.msg, "one");
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_unregistrationConfirm);
	assert_int_equal(state(&w), UPSTREAM_REGISTERING);
	assert_int_equal(w.timer, 1000);
	upstream_timeout(w.reg);
	assert_string_equal(world_asked_names(&w), "1001");
	world_close(&w);
}


static void test_junk(void **s)
{
	static const uint8_t junk[] = {0xff, 0xff, 0xff};
	LocationRequest_t *lrq;
	GatekeeperConfirm_t *gcf;
	struct reply r;
	struct world w;
	(void)s;

	registered(&w, false, "1001");
	assert_int_equal(upstream_receive(w.reg, &w.above, junk, sizeof(junk)),
			 EBADMSG);
	lrq = reply_make(&r, &w, RasMessage_PR_locationRequest);
	assert_int_equal(h225_addr_set(&lrq->replyAddress, r.msg, &w.above),
			 0);
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_unknownMessageResponse);
	gcf = reply_make(&r, &w, RasMessage_PR_gatekeeperConfirm);
	gcf->requestSeqNum = 65000;
	assert_int_equal(h225_version_set(&gcf->protocolIdentifier, r.msg,
					  H225_VERSION), 0);
	assert_int_equal(h225_addr_set(&gcf->rasAddress, r.msg, &w.above), 0);
	assert_int_equal(reply_receive(&r, &w.above), ENOENT);
	assert_int_equal(state(&w), UPSTREAM_REGISTERED);
	world_close(&w);
}


/* ---- proofs ---- */

static void test_proofs(void **s)
{
	static const enum token_method all[] = {TOKEN_HMAC, TOKEN_MD5,
						TOKEN_CAT};
	struct token v[TOKENS_MAX];
	unsigned seen = 0;
	struct world w;
	size_t i, n;
	(void)s;

	world_open(&w, false);
	w.proof = (struct upstream_proof){.name = "1001", .password = "secret",
					  .methods = 7};
	world_name(&w, "1001");
	n = tokens_read(v, w.m);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++) {
		assert_string_equal(v[i].name, "1001");
		assert_true(token_proves(&v[i], "secret", w.per,
					 per_msg_octets(w.msg),
					 per_msg_len(w.msg)));
		assert_false(token_proves(&v[i], "other", w.per,
					  per_msg_octets(w.msg),
					  per_msg_len(w.msg)));
		seen |= 1U << v[i].method;
	}
	for (i = 0; i < 3; i++)
		assert_true(seen & 1U << all[i]);

	/* registered it is known by what it is called there */
	world_confirm(&w, "one", 60);
	upstream_timeout(w.reg);
	n = tokens_read(v, w.m);
	for (i = 0; i < n; i++) {
		if (v[i].method != TOKEN_HMAC)
			continue;
		assert_string_equal(v[i].name, "one");
		assert_string_equal(v[i].to, "above");
	}
	world_close(&w);
}


/* ---- calls ---- */

static int call_begin(struct world *w, bool answer)
{
	static struct alias called, caller;
	const struct upstream_call_query q = {
		.call_id       = call_id,
		.conference_id = conference_id,
		.answer	       = answer,
		.called	       = &called,
		.calledc       = 1,
		.caller	       = &caller,
		.callerc       = 1,
		.bandwidth     = 1280,
	};

	assert_int_equal(alias_guess(&called, "3001"), 0);
	assert_int_equal(alias_guess(&caller, "1001"), 0);

	return upstream_call_alloc(&w->call, w->reg, &q, w);
}


static const AdmissionRequest_t *arq(const struct world *w)
{
	assert_non_null(w->m);
	assert_int_equal(w->m->present, RasMessage_PR_admissionRequest);

	return &w->m->choice.admissionRequest;
}


static void admit(struct world *w, unsigned long bandwidth)
{
	AdmissionConfirm_t *acf;
	struct addr dest;
	struct reply r;

	acf = reply_make(&r, w, RasMessage_PR_admissionConfirm);
	acf->bandWidth = (BandWidth_t)bandwidth;
	assert_int_equal(addr_parse(&dest, "192.0.2.99", 1720), 0);
	assert_int_equal(h225_addr_set(&acf->destCallSignalAddress, r.msg,
				       &dest), 0);
	reply_send(&r);
}


static void test_call(void **s)
{
	const DisengageRequest_t *drq;
	uint8_t guid[GUID_LEN];
	struct addr a;
	struct world w;
	(void)s;

	world_open(&w, false);
	assert_int_equal(call_begin(&w, false), ENOTCONN);
	world_close(&w);

	registered(&w, false, "1001");
	assert_int_equal(call_begin(&w, false), 0);
	assert_false(arq(&w)->answerCall);
	assert_true(guid_get(guid, &arq(&w)->callIdentifier->guid));
	assert_memory_equal(guid, call_id, GUID_LEN);
	assert_int_equal(arq(&w)->destinationInfo->list.count, 1);
	assert_int_equal(arq(&w)->srcInfo.list.count, 1);
	assert_true(h225_addr_get(&a, arq(&w)->srcCallSignalAddress));
	assert_true(addr_eq(&a, &w.own));
	admit(&w, 640);
	assert_int_equal(w.admissions, 1);
	assert_int_equal(w.admission.reason, 0);
	assert_int_equal(w.admission.bandwidth, 640);
	assert_int_equal(addr_port(&w.admission.dest), 1720);
	assert_string_equal(upstream_call_endpoint(w.call), "one");

	upstream_call_bandwidth(w.call, 320);
	assert_int_equal(w.m->present, RasMessage_PR_bandwidthRequest);
	w.call = mem_deref(w.call);
	assert_int_equal(w.m->present, RasMessage_PR_disengageRequest);
	drq = &w.m->choice.disengageRequest;
	assert_true(guid_get(guid, &drq->callIdentifier->guid));
	assert_memory_equal(guid, call_id, GUID_LEN);
	assert_false(*drq->answeredCall);
	world_close(&w);
}


static void test_refused(void **s)
{
	static const struct {
		AdmissionRejectReason_PR arj;
		ReleaseCompleteReason_PR reason;
		bool lost;
	} v[] = {
		{AdmissionRejectReason_PR_calledPartyNotRegistered,
		 ReleaseCompleteReason_PR_calledPartyNotRegistered, false},
		{AdmissionRejectReason_PR_requestDenied,
		 ReleaseCompleteReason_PR_noBandwidth, false},
		{AdmissionRejectReason_PR_invalidPermission,
		 ReleaseCompleteReason_PR_noPermission, false},
		{AdmissionRejectReason_PR_routeCallToSCN,
		 ReleaseCompleteReason_PR_undefinedReason, false},
		{AdmissionRejectReason_PR_callerNotRegistered,
		 ReleaseCompleteReason_PR_gatekeeperResources, true},
	};
	AdmissionReject_t *arj;
	struct reply r;
	struct world w;
	size_t i;
	(void)s;

	registered(&w, false, "1001");
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(call_begin(&w, false), 0);
		arj = reply_make(&r, &w, RasMessage_PR_admissionReject);
		arj->rejectReason.present = v[i].arj;
		reply_send(&r);
		assert_int_equal(w.admission.reason, v[i].reason);
		/* what was never admitted is not told as over */
		assert_null(w.m);
		assert_int_equal(state(&w), v[i].lost ? UPSTREAM_REGISTERING
						      : UPSTREAM_REGISTERED);
	}
	world_close(&w);

	registered(&w, false, "1001");
	assert_int_equal(call_begin(&w, false), 0);
	world_silence(&w);
	assert_int_equal(w.admission.reason,
			 ReleaseCompleteReason_PR_unreachableGatekeeper);
	/* given up before it is answered: the answer might have been yes */
	assert_int_equal(call_begin(&w, false), 0);
	w.call = mem_deref(w.call);
	assert_int_equal(w.forgotten, 1);
	assert_int_equal(w.m->present, RasMessage_PR_disengageRequest);
	world_close(&w);
}


static void disengage_make(struct reply *r, struct world *w)
{
	DisengageRequest_t *drq =
		reply_make(r, w, RasMessage_PR_disengageRequest);

	drq->disengageReason.present = DisengageReason_PR_forcedDrop;
	drq->callIdentifier	     = field_call_id(r->msg, call_id);
	assert_int_equal(h225_bmp_set(&drq->endpointIdentifier, r->msg, "one"),
			 0);
	assert_int_equal(guid_set(&drq->conferenceID, r->msg, conference_id),
			 0);
}


static void test_asked(void **s)
{
	const InfoRequestResponse_t *irr;
	BandwidthRequest_t *brq;
	InfoRequest_t *irq;
	struct reply r;
	struct world w;
	unsigned asked;
	(void)s;

	registered(&w, false, "1001");
	assert_int_equal(call_begin(&w, true), 0);
	assert_true(arq(&w)->answerCall);
	admit(&w, 1280);
	assert_int_equal(w.admission.bandwidth, 0);

	irq = reply_make(&r, &w, RasMessage_PR_infoRequest);
	irq->callIdentifier = field_call_id(r.msg, call_id);
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_infoRequestResponse);
	irr = &w.a->choice.infoRequestResponse;
	assert_int_equal(irr->perCallInfo->list.count, 1);
	assert_false(*irr->perCallInfo->list.array[0]->originator);

	brq = reply_make(&r, &w, RasMessage_PR_bandwidthRequest);
	brq->bandWidth	    = 640;
	brq->callIdentifier = field_call_id(r.msg, call_id);
	assert_int_equal(h225_bmp_set(&brq->endpointIdentifier, r.msg, "one"),
			 0);
	assert_int_equal(guid_set(&brq->conferenceID, r.msg, conference_id),
			 0);
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_bandwidthConfirm);
	assert_int_equal(w.bandwidth, 640);

	asked = w.asked;
	disengage_make(&r, &w);
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_disengageConfirm);
	assert_int_equal(w.ended, 1);
	/* it knows */
	assert_int_equal(w.asked, asked);
	disengage_make(&r, &w);
	assert_int_equal(reply_receive(&r, &w.above), 0);
	assert_int_equal(w.a->present, RasMessage_PR_disengageConfirm);
	assert_int_equal(w.ended, 1);
	world_close(&w);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_discovery),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_alternates),
		cmocka_unit_test(test_rejects),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_additive),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_urq),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_proofs),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
