/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h323gw/q931: what decodes encodes to the same; all in it can be looked at. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/q931/q931.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[1 << 17];
	const char *why;
	struct q931_number n;
	struct q931_cause c;
	struct q931_bearer b;
	struct q931_progress p;
	struct q931_facility f;
	uint8_t coding, value;
	struct q931 q;
	size_t len;

	if (size > sizeof(out) || q931_decode(&q, data, size, &why))
		return 0;
	if (q931_encode(&q, out, sizeof(out), &len) || len != size ||
	    memcmp(out, data, size))
		abort();
	for (size_t i = 0; i < q.iec; i++) {
		(void)q931_ie_name(&q.iev[i]);
		if (q.iev[i].single)
			continue;
		(void)q931_number_decode(&n, &q.iev[i]);
		(void)q931_cause_decode(&c, &q.iev[i]);
		(void)q931_bearer_decode(&b, &q.iev[i]);
		(void)q931_progress_decode(&p, &q.iev[i]);
		(void)q931_facility_decode(&f, &q.iev[i]);
		(void)q931_call_state_decode(&coding, &value, &q.iev[i]);
		if (!q931_single_decode(&value, &q.iev[i]))
			(void)q931_meaning_name(Q931_SIGNAL_VALUE, value);
		if (q931_text_len(&q.iev[i]) > q.iev[i].len)
			abort();
	}
	(void)q931_user_user(&q, &len);
	q931_ie_remove(&q, Q931_IE_DISPLAY);
	(void)q931_ie_set(&q, Q931_IE_CAUSE, data, 2);
	if (q931_encode(&q, out, sizeof(out), &len) ||
	    q931_decode(&q, out, len, &why))
		abort();

	return 0;
}
