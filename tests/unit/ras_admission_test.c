/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras_admission_test.c  ARQ, BRQ, DRQ, LRQ; what takes longer
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"
#include "tests/unit/ras_util.h"

static struct util u;

#define ACF RasMessage_PR_admissionConfirm
#define ARJ RasMessage_PR_admissionReject
#define LCF RasMessage_PR_locationConfirm
#define LRJ RasMessage_PR_locationReject
#define REASON(r) AdmissionRejectReason_PR_##r


static void conf_set(void)
{
	assert_int_equal(ras_conf_set(u.ras, &u.conf), 0);
}


static void assert_refused(AdmissionRejectReason_PR reason)
{
	assert_int_equal(util_send(&u), ARJ);
	assert_int_equal(u.m->choice.admissionReject.rejectReason.present,
			 reason);
}


static struct gk_call call(uint8_t id, const struct endpoint *a,
			   const struct endpoint *b)
{
	struct gk_call c = {.call_id	   = {[0] = 1, [15] = id},
			    .conference_id = {[0] = 1, [15] = id}};

	if (a)
		strcpy(c.endpoint[0], a->id);
	if (b)
		strcpy(c.endpoint[1], b->id);

	return c;
}


static void test_admitted(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	const AdmissionConfirm_t *acf;
	(void)state;

	(void)util_arq(&u, a, 1, "1002");
	assert_int_equal(util_send(&u), ACF);
	acf = &u.m->choice.admissionConfirm;
	assert_int_equal(acf->requestSeqNum, 8);
	assert_int_equal(acf->bandWidth, 1000);
	assert_int_equal(acf->callModel.present, CallModel_PR_gatekeeperRouted);
	util_assert_addr(&acf->destCallSignalAddress, "192.0.2.254:1720");
	assert_string_equal(u.called.text, "1002");
	assert_int_equal(u.query.bandwidth, 1000);
	assert_null(u.query.dest);
	assert_int_equal(a->calls, 1);
	assert_int_equal(a->bandwidth, 1000);

	/* once more is no second call */
	assert_int_equal(util_send(&u), ACF);
	assert_int_equal(a->calls, 1);
	assert_int_equal(ras_call_count(u.ras), 1);

	/* nobody calls: it is forgotten */
	ras_call_expire(u.ras, u.now + RAS_ADMISSION_S * 1000 - 1);
	assert_int_equal(ras_call_count(u.ras), 1);
	ras_call_expire(u.ras, u.now + RAS_ADMISSION_S * 1000);
	assert_int_equal(ras_call_count(u.ras), 0);
	assert_int_equal(a->calls, 0);
	assert_int_equal(a->bandwidth, 0);
}


static void test_refused(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	(void)state;

	(void)util_arq(&u, a, 1, "1002");
	util_from(&u, "192.0.2.2:5000");
	assert_refused(REASON(callerNotRegistered));
	(void)util_arq(&u, a, 1, "1002");
	u.deny[RAS_CALL] = true;
	assert_refused(REASON(invalidPermission));
	u.deny[RAS_CALL] = false;
	u.authentic	 = EACCES;
	assert_refused(REASON(securityDenial));
	u.authentic = 0;
	u.reason    = ReleaseCompleteReason_PR_calledPartyNotRegistered;
	assert_refused(REASON(calledPartyNotRegistered));
	assert_int_equal(ras_call_count(u.ras), 0);
}


static void test_bandwidth(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	struct endpoint *b = util_register(&u, "192.0.2.2", "bert", NULL);
	BandwidthRequest_t *brq;
	uint8_t guid[GUID_LEN] = {[0] = 1, [15] = 1};
	(void)state;

	u.conf.bandwidth_call	  = 600;
	u.conf.bandwidth_endpoint = 1000;
	u.conf.bandwidth_zone	  = 1300;
	conf_set();
	(void)util_arq(&u, a, 1, "1");
	assert_int_equal(util_send(&u), ACF);
	assert_int_equal(u.m->choice.admissionConfirm.bandWidth, 600);
	(void)util_arq(&u, a, 2, "1");
	assert_int_equal(util_send(&u), ACF);
	assert_int_equal(u.m->choice.admissionConfirm.bandWidth, 400);
	(void)util_arq(&u, a, 3, "1");
	assert_refused(REASON(requestDenied));
	(void)util_arq(&u, b, 4, "1");
	assert_int_equal(util_send(&u), ACF);
	assert_int_equal(u.m->choice.admissionConfirm.bandWidth, 300);
	(void)util_arq(&u, b, 5, "1");
	assert_refused(REASON(requestDenied));

	brq = util_request(&u, RasMessage_PR_bandwidthRequest);
	util_bmp(&u, &brq->endpointIdentifier, a->id);
	assert_int_equal(guid_set(&brq->conferenceID, u.out, guid), 0);
	brq->bandWidth = 601;
	util_from(&u, "192.0.2.1:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_bandwidthReject);
	assert_int_equal(u.m->choice.bandwidthReject.allowedBandWidth, 600);
	assert_int_equal(u.bandwidths, 0);
	brq->bandWidth = 200;
	assert_int_equal(util_send(&u), RasMessage_PR_bandwidthConfirm);
	assert_int_equal(a->bandwidth, 600);
	assert_int_equal(u.bandwidth, 200);
	assert_int_equal(ras_call_bandwidth(u.ras, guid), 200);
	guid[15] = 77;
	assert_int_equal(guid_set(&brq->conferenceID, u.out, guid), 0);
	assert_int_equal(util_send(&u), RasMessage_PR_bandwidthReject);
	assert_int_equal(u.m->choice.bandwidthReject.rejectReason.present,
			 BandRejectReason_PR_invalidConferenceID);
	util_from(&u, "192.0.2.3:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_bandwidthReject);
	assert_int_equal(u.m->choice.bandwidthReject.rejectReason.present,
			 BandRejectReason_PR_notBound);
}


static void test_calls(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	struct endpoint *b = util_register(&u, "192.0.2.2", "bert", NULL);
	struct gk_call c   = call(1, a, b), d = call(2, a, b);
	AdmissionRequest_t *arq;
	(void)state;

	u.conf.calls_endpoint = 1;
	conf_set();

	/* who is called: not before there is a call */
	arq		= util_arq(&u, b, 1, NULL);
	arq->answerCall = true;
	assert_refused(REASON(routeCallToGatekeeper));
	util_assert_addr(u.m->choice.admissionReject.callSignalAddress->list
			    .array[0], "192.0.2.254:1720");

	(void)util_arq(&u, a, 1, "2");
	assert_int_equal(util_send(&u), ACF);
	assert_int_equal(ras_call_started(u.ras, &c), 0);
	assert_int_equal(ras_call_started(u.ras, &c), EALREADY);
	assert_int_equal(a->calls, 1);
	assert_int_equal(b->calls, 1);
	assert_ptr_equal(ras_call_caller(u.ras, c.call_id), a);
	assert_ptr_equal(ras_call_endpoint(u.ras, c.call_id, 1), b);
	arq		= util_arq(&u, b, 1, NULL);
	arq->answerCall = true;
	arq->bandWidth	= 800;
	assert_int_equal(util_send(&u), ACF);
	assert_int_equal(b->bandwidth, 800);
	assert_int_equal(ras_call_bandwidth(u.ras, c.call_id), 800);
	ras_call_expire(u.ras, INT64_MAX);
	assert_int_equal(ras_call_count(u.ras), 1);

	/* one each */
	(void)util_arq(&u, a, 2, "2");
	assert_refused(REASON(resourceUnavailable));
	assert_int_equal(ras_call_started(u.ras, &d), EBUSY);
	ras_call_ended(u.ras, c.call_id);
	assert_int_equal(a->calls + b->calls, 0);
	assert_int_equal(a->bandwidth + b->bandwidth, 0);
	assert_int_equal(ras_call_started(u.ras, &d), 0);
	ras_unregister(u.ras, a, "expired");
	ras_call_ended(u.ras, d.call_id);
	assert_int_equal(b->calls, 0);
	ras_call_ended(u.ras, d.call_id);
}


static void test_disengage(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	struct endpoint *b = util_register(&u, "192.0.2.2", "bert", NULL);
	struct endpoint *e = util_register(&u, "192.0.2.3", "eve", NULL);
	struct gk_call c   = call(1, a, b);
	DisengageRequest_t *drq;
	struct ras_answer ans;
	(void)state;

	assert_int_equal(ras_call_started(u.ras, &c), 0);
	assert_int_equal(ras_drq(u.ras, &ans, b, 3, c.call_id), 0);

	drq = util_request(&u, RasMessage_PR_disengageRequest);
	util_bmp(&u, &drq->endpointIdentifier, e->id);
	assert_int_equal(guid_set(&drq->conferenceID, u.out, c.call_id), 0);
	drq->disengageReason.present = DisengageReason_PR_normalDrop;
	util_from(&u, "192.0.2.3:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_disengageReject);
	assert_int_equal(u.m->choice.disengageReject.rejectReason.present,
			 DisengageRejectReason_PR_requestToDropOther);
	util_from(&u, "192.0.2.4:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_disengageReject);
	assert_int_equal(u.m->choice.disengageReject.rejectReason.present,
			 DisengageRejectReason_PR_notRegistered);
	assert_int_equal(u.disengaged, 0);

	u.knows_call = true;
	util_bmp(&u, &drq->endpointIdentifier, b->id);
	util_from(&u, "192.0.2.2:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_disengageConfirm);
	assert_int_equal(u.disengaged, 1);
	assert_int_equal(ras_call_count(u.ras), 1);
	u.knows_call = false;
	assert_int_equal(util_send(&u), RasMessage_PR_disengageConfirm);
	assert_int_equal(ras_call_count(u.ras), 0);
	assert_int_equal(util_send(&u), RasMessage_PR_disengageConfirm);
}


static void test_later(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	(void)state;

	u.later = true;
	(void)util_arq(&u, a, 1, "1002");
	assert_int_equal(util_send(&u), RasMessage_PR_requestInProgress);
	assert_int_equal(u.answer.result, RAS_LATER);
	assert_int_equal(u.m->choice.requestInProgress.requestSeqNum, 8);
	assert_int_equal(a->calls, 0);
	util_route(&u, 0);
	assert_int_equal(u.sent, 1);
	assert_int_equal(u.m->present, ACF);
	assert_int_equal(u.m->choice.admissionConfirm.requestSeqNum, 8);
	assert_int_equal(a->calls, 1);

	(void)util_arq(&u, a, 2, "1002");
	assert_int_equal(util_send(&u), RasMessage_PR_requestInProgress);
	util_route(&u, ReleaseCompleteReason_PR_unreachableDestination);
	assert_int_equal(u.m->present, ARJ);

	/* who asked is gone by then */
	(void)util_arq(&u, a, 3, "1002");
	assert_int_equal(util_send(&u), RasMessage_PR_requestInProgress);
	ras_unregister(u.ras, a, "expired");
	util_route(&u, 0);
	assert_int_equal(u.sent, 2);

	/* what waits when all ends */
	a = util_register(&u, "192.0.2.1", "anna", NULL);
	(void)util_arq(&u, a, 4, "1002");
	assert_int_equal(util_send(&u), RasMessage_PR_requestInProgress);
	ras_free(u.ras);
	u.ras = NULL;
	assert_int_equal(u.cancelled, 1);
}


static void test_waiting_bounded(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	(void)state;

	u.later = true;
	(void)util_arq(&u, a, 1, "1002");
	for (int i = 0; i < RAS_WAITING_MAX; i++)
		assert_int_equal(util_send(&u),
				 RasMessage_PR_requestInProgress);
	assert_refused(REASON(resourceUnavailable));
}


static void test_dest(void **state)
{
	struct endpoint *a = util_register(&u, "192.0.2.1", "anna", NULL);
	AdmissionRequest_t *arq;
	struct addr dest;
	(void)state;

	arq = util_arq(&u, a, 1, NULL);
	arq->destCallSignalAddress =
		util_zalloc(&u, sizeof(*arq->destCallSignalAddress));
	assert_int_equal(addr_parse(&dest, "198.51.100.9", 1720), 0);
	assert_int_equal(h225_addr_set(arq->destCallSignalAddress, u.out,
				       &dest), 0);
	assert_int_equal(util_send(&u), ACF);
	assert_non_null(u.query.dest);

	/* ours says nothing of where to */
	assert_int_equal(h225_addr_set(arq->destCallSignalAddress, u.out,
				       &u.conf.own.signalling[0]), 0);
	assert_int_equal(util_send(&u), ACF);
	assert_null(u.query.dest);
}


static LocationRequest_t *lrq(const char *from, const char *reply)
{
	LocationRequest_t *m = util_request(&u, RasMessage_PR_locationRequest);
	struct addr a;

	m->requestSeqNum = 21;
	util_alias(&u, &m->destinationInfo.list, ALIAS_DIALLED_DIGITS, "1");
	assert_int_equal(addr_parse_hostport(&a, reply), 0);
	assert_int_equal(h225_addr_set(&m->replyAddress, u.out, &a), 0);
	util_from(&u, from);

	return m;
}


static void test_location(void **state)
{
	const LocationConfirm_t *lcf;
	LocationRequest_t *m;
	char buf[ADDR_STRLEN];
	(void)state;

	m = lrq("203.0.113.1:1719", "203.0.113.1:1800");
	assert_int_equal(util_send(&u), LCF);
	lcf = &u.m->choice.locationConfirm;
	assert_int_equal(lcf->requestSeqNum, 21);
	util_assert_addr(&lcf->callSignalAddress, "192.0.2.254:1720");
	util_assert_addr(&lcf->rasAddress, "192.0.2.254:1719");
	assert_string_equal(addr_str(&u.answer.to, buf), "203.0.113.1:1800");
	assert_true(u.query.located);
	assert_int_equal(u.query.hops, 0);
	m->hopCount  = util_zalloc(&u, sizeof(*m->hopCount));
	*m->hopCount = 4;
	assert_int_equal(util_send(&u), LCF);
	assert_int_equal(u.query.hops, 3);

	(void)lrq("203.0.113.1:1719", "203.0.113.2:1800");
	assert_int_equal(util_send(&u), LCF);
	assert_string_equal(addr_str(&u.answer.to, buf), "203.0.113.1:1719");

	u.reason = ReleaseCompleteReason_PR_calledPartyNotRegistered;
	assert_int_equal(util_send(&u), LRJ);
	u.src.multicast = true;
	assert_int_equal(util_send(&u), 0);
	u.deny[RAS_LOCATE] = true;
	u.src.multicast	   = false;
	assert_int_equal(util_send(&u), LRJ);
	assert_int_equal(u.m->choice.locationReject.rejectReason.present,
			 LocationRejectReason_PR_invalidPermission);

	/* who is registered may ask */
	{
		const struct endpoint *a =
			util_register(&u, "192.0.2.1", "anna", NULL);

		u.reason = 0;
		m	 = lrq("192.0.2.1:5000", "192.0.2.1:5000");
		m->endpointIdentifier =
			util_zalloc(&u, sizeof(*m->endpointIdentifier));
		util_bmp(&u, m->endpointIdentifier, a->id);
		assert_int_equal(util_send(&u), LCF);
	}
	m = lrq("192.0.2.1:5000", "192.0.2.1:5000");
	m->destinationInfo.list.count = 0;
	u.deny[RAS_LOCATE]	      = false;
	assert_int_equal(util_send(&u), LRJ);
	assert_int_equal(u.m->choice.locationReject.rejectReason.present,
			 LocationRejectReason_PR_incompleteAddress);
}


static void test_location_later(void **state)
{
	(void)state;

	u.later = true;
	(void)lrq("203.0.113.1:1719", "203.0.113.1:1719");
	assert_int_equal(util_send(&u), RasMessage_PR_requestInProgress);
	util_route(&u, 0);
	assert_int_equal(u.m->present, LCF);
	assert_int_equal(u.m->choice.locationConfirm.requestSeqNum, 21);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		UTIL_TEST(test_admitted),
		UTIL_TEST(test_refused),
		UTIL_TEST(test_bandwidth),
		UTIL_TEST(test_calls),
		UTIL_TEST(test_disengage),
		UTIL_TEST(test_later),
		UTIL_TEST(test_waiting_bounded),
		UTIL_TEST(test_dest),
		UTIL_TEST(test_location),
		UTIL_TEST(test_location_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
