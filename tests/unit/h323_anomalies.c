/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages with anomalies, made of those of real programs: octets that are all
 * wrong, pieces missing and repeated, elements likewise and out of order, tags
 * and lengths that lie. Owns nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "h323gw/q931/q931.h"
#include "h323gw/tpkt/tpkt.h"
#include "tests/unit/h323_anomalies.h"
#include "tests/unit/per_util.h"


enum {
	ROOM  = 70000,
	BASES = 12, /* messages of each kind to begin with */
	LONG  = 60000,
};

struct walk {
	anomaly_h *h;
	unsigned n;
};


/* ---- classes ---- */

static void wrong_octets(const uint8_t *p, size_t len, anomaly_h *h)
{
	static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
	uint8_t *b = malloc(len);

	assert_non_null(b);
	for (size_t i = 0; i < len; i++) {
		memcpy(b, p, len);
		for (size_t k = 0; k < sizeof(values); k++) {
			b[i] = values[k];
			h(b, len);
		}
		b[i] = (uint8_t)(p[i] + 1);
		h(b, len);
	}
	free(b);
}


static void cut_short(const uint8_t *p, size_t len, anomaly_h *h)
{
	for (size_t n = 0; n < len; n++) {
		uint8_t *b = malloc(n ? n : 1);

		/* of just its size, so that reading on is noticed */
		assert_non_null(b);
		memcpy(b, p, n);
		h(b, n);
		free(b);
	}
}


static void repeated_octets(const uint8_t *p, size_t len, anomaly_h *h)
{
	uint8_t *b = malloc(2 * len + 4);

	assert_non_null(b);
	for (size_t i = 0; i + 1 < len; i += 3) {
		const size_t n = 2 + i % 7;
		const size_t m = n < len - i ? n : len - i;

		/* a piece twice */
		memcpy(b, p, i + m);
		memcpy(b + i + m, p + i, len - i);
		h(b, len + m);
		/* and missing */
		memcpy(b, p, i);
		memcpy(b + i, p + i + m, len - i - m);
		h(b, len - m);
	}
	free(b);
}


/* ---- elements ---- */

static size_t framed(uint8_t *to, const struct q931 *q)
{
	size_t n = 0;

	assert_int_equal(q931_encode(q, to + TPKT_HEADER, ROOM - TPKT_HEADER,
				     &n), 0);
	assert_int_equal(tpkt_header(to, n), 0);
	return n + TPKT_HEADER;
}


static void element_cases(const struct q931 *base, anomaly_h *h)
{
	static uint8_t buf[ROOM], many[LONG];
	struct q931 q;
	size_t i, k;

	memset(many, 'A', sizeof(many));
	for (i = 0; i < base->iec; i++) {
		/* missing */
		q = *base;
		memmove(&q.iev[i], &q.iev[i + 1],
			(q.iec - i - 1) * sizeof(q.iev[0]));
		--q.iec;
		h(buf, framed(buf, &q));
		/* repeated */
		q = *base;
		q.iev[q.iec++] = base->iev[i];
		h(buf, framed(buf, &q));
		/* out of order */
		for (k = 0; k < base->iec; k++) {
			q	 = *base;
			q.iev[i] = base->iev[k];
			q.iev[k] = base->iev[i];
			h(buf, framed(buf, &q));
		}
		/* too long, empty, and all tags */
		for (k = 0; k < 256; k += 5) {
			q = *base;
			if (q.iev[i].single)
				break;
			q.iev[i].p   = many;
			q.iev[i].len = k;
			h(buf, framed(buf, &q));
		}
		for (k = 0; k < 128; k++) {
			q = *base;
			if (q.iev[i].single || q.iev[i].len > 255)
				break;
			q.iev[i].id = (uint8_t)k;
			h(buf, framed(buf, &q));
		}
	}
	q = *base;
	for (k = 1; k < LONG; k = k * 3 + 1) {
		assert_int_equal(q931_ie_set(&q, Q931_IE_USER_USER, many, k),
				 0);
		h(buf, framed(buf, &q));
	}
}


/* ---- what they are made of ---- */

static void of_signalling(const struct per_type *type, const uint8_t *p,
			  size_t len, void *arg)
{
	static uint8_t buf[ROOM], uu[ROOM];
	struct walk *w = arg;
	struct q931 q = {.callref_len = 2, .callref = 7, .type = Q931_SETUP};
	size_t all;

	if (strcmp(per_type_name(type), "H323-UserInformation") ||
	    w->n++ >= BASES)
		return;
	uu[0] = 5;
	memcpy(uu + 1, p, len);
	assert_int_equal(q931_ie_set(&q, Q931_IE_BEARER_CAPABILITY,
				     (const uint8_t *)"\x88\x93\xa5", 3), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_DISPLAY,
				     (const uint8_t *)"alice", 6), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_CALLED_NUMBER,
				     (const uint8_t *)"\xa1" "456", 4), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_USER_USER, uu, len + 1), 0);
	all = framed(buf, &q);
	w->h(buf, all);
	wrong_octets(buf, all, w->h);
	cut_short(buf, all, w->h);
	repeated_octets(buf, all, w->h);
	element_cases(&q, w->h);
}


static void of_ras(const struct per_type *type, const uint8_t *p, size_t len,
		   void *arg)
{
	struct walk *w = arg;

	if (strcmp(per_type_name(type), "RasMessage") || w->n++ >= BASES)
		return;
	wrong_octets(p, len, w->h);
	cut_short(p, len, w->h);
	repeated_octets(p, len, w->h);
}


void anomalies_of_signalling(struct per *per, anomaly_h *h)
{
	struct walk w = {.h = h};

	(void)per_util_each(per, "h323.txt", of_signalling, &w);
}


void anomalies_of_ras(struct per *per, anomaly_h *h)
{
	struct walk w = {.h = h};

	(void)per_util_each(per, "h323.txt", of_ras, &w);
}
