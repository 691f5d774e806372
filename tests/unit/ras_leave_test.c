/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras_leave_test.c  URQ, and what is no request of an endpoint's: our own
 * messages answered, what nobody knows
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
#include "h323gw/h225/text.h"
#include "tests/unit/ras_util.h"

static struct util u;


static UnregistrationRequest_t *urq(const struct endpoint *ep,
				    const char *from)
{
	UnregistrationRequest_t *m =
		util_request(&u, RasMessage_PR_unregistrationRequest);

	m->requestSeqNum = 9;
	util_addr(&u, &m->callSignalAddress.list, "192.0.2.1:1720");
	if (ep) {
		m->endpointIdentifier =
			util_zalloc(&u, sizeof(*m->endpointIdentifier));
		util_bmp(&u, m->endpointIdentifier, ep->id);
	}
	util_from(&u, from);

	return m;
}


static void test_unregister(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", "1001");
	UnregistrationRequest_t *m;
	(void)state;

	(void)urq(ep, "192.0.2.2:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_unregistrationReject);
	assert_int_equal(u.m->choice.unregistrationReject.rejectReason.present,
			 UnregRejectReason_PR_notCurrentlyRegistered);

	/* one alias of two */
	m = urq(ep, "192.0.2.1:5000");
	m->endpointAlias = util_zalloc(&u, sizeof(*m->endpointAlias));
	util_alias(&u, &m->endpointAlias->list, ALIAS_DIALLED_DIGITS, "1001");
	assert_int_equal(util_send(&u), RasMessage_PR_unregistrationConfirm);
	assert_int_equal(zone_count(u.zone), 1);
	assert_int_equal(ep->aliasc, 1);
	assert_int_equal(u.dropped, 1);

	/* and the last */
	m = urq(NULL, "192.0.2.1:5000");
	m->endpointAlias = util_zalloc(&u, sizeof(*m->endpointAlias));
	util_alias(&u, &m->endpointAlias->list, ALIAS_H323_ID, "anna");
	assert_int_equal(util_send(&u), RasMessage_PR_unregistrationConfirm);
	assert_int_equal(zone_count(u.zone), 0);
	assert_string_equal(u.why, "unregistered");

	(void)urq(NULL, "192.0.2.1:5000");
	assert_int_equal(util_send(&u), RasMessage_PR_unregistrationReject);
	assert_int_equal(u.m->choice.unregistrationReject.requestSeqNum, 9);
}


static void decode(const struct ras_answer *a)
{
	per_msg_free(u.msg);
	u.msg = NULL;
	assert_int_equal(per_decode(&u.msg, u.per,
				    per_type_find(u.per, "RasMessage"), a->p,
				    a->len, NULL), 0);
	u.m = per_msg_value(u.msg);
}


static void test_ours(void **state)
{
	struct endpoint *ep = util_register(&u, "192.0.2.1", "anna", NULL);
	InfoRequestResponse_t *irr;
	struct ras_answer a;
	(void)state;

	assert_int_equal(ras_irq(u.ras, &a, ep, 99), 0);
	decode(&a);
	assert_int_equal(u.m->present, RasMessage_PR_infoRequest);
	assert_int_equal(u.m->choice.infoRequest.requestSeqNum, 99);
	assert_true(addr_eq(&a.to, &ep->at.ras));
	util_assert_addr(u.m->choice.infoRequest.replyAddress, "192.0.2.254:1719");

	ep->asked = 1;
	u.now += 500000;
	irr = util_request(&u, RasMessage_PR_infoRequestResponse);
	irr->requestSeqNum	 = 99;
	irr->endpointType.terminal =
		util_zalloc(&u, sizeof(*irr->endpointType.terminal));
	util_bmp(&u, &irr->endpointIdentifier, ep->id);
	assert_int_equal(h225_addr_set(&irr->rasAddress, u.out,
				       &ep->at.ras), 0);
	util_addr(&u, &irr->callSignalAddress.list, "192.0.2.1:1720");
	assert_int_equal(util_send(&u), 0);
	assert_int_equal(ep->asked, 0);
	assert_int_equal(ep->expires, u.now + 300000);
	irr->needResponse = util_bool(&u, true);
	assert_int_equal(util_send(&u), RasMessage_PR_infoRequestAck);
	util_from(&u, "192.0.2.2:1");
	assert_int_equal(util_send(&u), RasMessage_PR_infoRequestNak);

	assert_int_equal(ras_urq(u.ras, &a, ep, 100,
				 UnregRequestReason_PR_ttlExpired), 0);
	decode(&a);
	assert_int_equal(u.m->choice.unregistrationRequest.reason->present,
			 UnregRequestReason_PR_ttlExpired);
	ras_unregister(u.ras, ep, "expired");
	assert_string_equal(u.why, "expired");
	assert_int_equal(zone_count(u.zone), 0);
}


static void test_unknown(void **state)
{
	const struct endpoint *ep;
	NonStandardMessage_t *nsm;
	ServiceControlIndication_t *sci;
	const uint8_t junk[] = {0xff, 0xff, 0xff};
	(void)state;

	util_from(&u, "192.0.2.1:5000");
	assert_int_equal(util_octets(&u, junk, sizeof(junk)), 0);
	assert_int_equal(u.answer.result, RAS_MALFORMED);

	/* alternative 63 of RasMessage, an open type: of some later version */
	{
		static const uint8_t later[] = {0x80 | 0x3f, 2, 0x12, 0x34};

		assert_int_equal(util_octets(&u, later, sizeof(later)),
				 RasMessage_PR_unknownMessageResponse);
	}
	nsm = util_request(&u, RasMessage_PR_nonStandardMessage);
	nsm->requestSeqNum = 1234;
	nsm->nonStandardData.nonStandardIdentifier.present =
		NonStandardIdentifier_PR_h221NonStandard;
	assert_int_equal(util_send(&u), RasMessage_PR_unknownMessageResponse);
	assert_int_equal(u.m->choice.unknownMessageResponse.requestSeqNum,
			 1234);
	assert_int_equal(u.m->choice.unknownMessageResponse
				 .messageNotUnderstood->size > 4, true);

	ep  = util_register(&u, "192.0.2.1", "anna", NULL);
	sci = util_request(&u, RasMessage_PR_serviceControlIndication);
	sci->requestSeqNum = 77;
	sci->endpointIdentifier =
		util_zalloc(&u, sizeof(*sci->endpointIdentifier));
	util_bmp(&u, sci->endpointIdentifier, ep->id);
	assert_int_equal(util_send(&u), RasMessage_PR_serviceControlResponse);
	assert_int_equal(u.m->choice.serviceControlResponse.requestSeqNum, 77);

	(void)util_request(&u, RasMessage_PR_unregistrationConfirm);
	assert_int_equal(util_send(&u), 0);
	assert_int_equal(u.answer.result, RAS_RESPONSE);
	assert_int_equal(u.responses, 1);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		UTIL_TEST(test_unregister),
		UTIL_TEST(test_ours),
		UTIL_TEST(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
