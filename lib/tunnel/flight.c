/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file flight.c  How much may be under way, for what arrives to be young
 *
 * The window doubles in each time there and back while that is short, and is
 * cut in proportion when it is long; what is longest under way stops everything
 * while it is late (a packet that TCP has to send again, a path that is gone).
 */
#include <errno.h>
#include <string.h>
#include "tunnel/flight.h"


void flight_init(struct flight *f)
{
	memset(f, 0, sizeof(*f));
	f->window = FLIGHT_FIRST;
}


/** May so many octets be sent now? */
bool flight_room(const struct flight *f, size_t len, uint64_t now)
{
	if (!f->n)
		return true;
	if (f->n == FLIGHT_MAX || f->sent - f->arrived + len > f->window)
		return false;

	return !f->known ||
	       now - f->v[f->first].at <= f->base + 2 * FLIGHT_TARGET_MS;
}


/** So many octets were sent: flight_room() was asked */
void flight_sent(struct flight *f, size_t len, uint64_t now)
{
	if (f->n == FLIGHT_MAX)
		return;

	f->sent += len;
	f->v[(f->first + f->n++) % FLIGHT_MAX] =
		(struct flight_sending){.end = f->sent, .at = now};
}


static void adapt(struct flight *f, uint64_t trip, uint64_t underway,
		  uint64_t arrived, uint64_t now)
{
	const uint64_t late = trip - f->base;
	uint64_t window	    = f->window;

	if (late > FLIGHT_TARGET_MS && now >= f->cut) {
		window = underway * (f->base + FLIGHT_TARGET_MS) / trip;
		f->cut = now + trip;
	} else if (late <= FLIGHT_TARGET_MS / 2 && underway >= window / 2) {
		window += arrived;
	}
	if (window < FLIGHT_LEAST)
		window = FLIGHT_LEAST;
	if (window > FLIGHT_MOST)
		window = FLIGHT_MOST;
	f->window = (uint32_t)window;
}


/**
 * The other end says how much has arrived
 *
 * @param f     Flight
 * @param total Octets since the beginning
 * @param now   ms
 *
 * @return 0; EPROTO: it was never sent, or said to have arrived before
 */
int flight_arrived(struct flight *f, uint64_t total, uint64_t now)
{
	const uint64_t underway = f->sent - f->arrived;
	const uint64_t arrived	= total - f->arrived;
	uint64_t at = 0;
	bool any    = false;

	if (total < f->arrived || total > f->sent)
		return EPROTO;

	f->arrived = total;
	while (f->n && f->v[f->first].end <= total) {
		at	 = f->v[f->first].at;
		any	 = true;
		f->first = (f->first + 1) % FLIGHT_MAX;
		--f->n;
	}
	if (!any)
		return 0;

	if (!f->known || now - at < f->base)
		f->base = now - at;
	f->known = true;
	adapt(f, now - at, underway, arrived, now);

	return 0;
}
