/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: aware: any octets as a SIP message, read, its media refused, written
 * and read again: it must stay a message, of the same call */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "call/media.h"
#include "../../agent/aware_msg.h"
#include "../../agent/sip_library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct aware_msg m, again;
	char *text = NULL;
	size_t len = 0;

	if (!ready && sip_library_init())
		abort();
	ready = true;
	if (!aware_msg_decode(&m, data, size) && m.sdp &&
	    !media_refuse(m.sdp) && !aware_msg_encode(&m, &text, &len)) {
		if (!aware_msg_decode(&again, (const uint8_t *)text, len) &&
		    (strcmp(m.callid, again.callid) || m.code != again.code))
			abort();
		aware_msg_reset(&again);
	}
	free(text);
	aware_msg_reset(&m);

	return 0;
}
