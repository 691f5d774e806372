/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much each leg may send: what its party's channels say, with room for
 * headers, within the call's limit. Pure.
 */
#include "h323gw/media/streams.h"

enum {
	UNIT	  = 100,	/* bit/s of H.225's bandWidth */
	HEADROOM  = 32000,	/* bit/s: RTP headers of 50 to 100 packets a
				   second, authentication, RTCP */
	FLOOR	  = 16000,	/* bit/s that are left to any */
	OVER	  = 2,		/* channels may say so many times the limit */
};


/* What x has said it sends on a stream, bit/s; false: it has no channel, or
 * one that does not say */
static bool sends(const struct streams *s, unsigned i, enum side x,
		  uint64_t *rate)
{
	bool known = false;

	*rate = 0;
	for (unsigned k = 0; k < s->channelc; k++) {
		const struct channel *ch = &s->channel[k];
		uint32_t r;

		if (ch->stream != i || (ch->opener != x && !ch->both))
			continue;
		r = ch->rate[ch->opener != x];
		if (!r)
			return false;
		known = true;
		*rate += r;
	}
	return known;
}


/* All channels of the call, split into audio and others */
static void sums(const struct streams *s, uint64_t sum[2])
{
	sum[0] = sum[1] = 0;
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		const bool other = s->se->streams[i].media[0] != 'a' ||
				   s->se->streams[i].media[1] != 'u';

		for (int x = 0; x < SIDES; x++) {
			uint64_t rate;

			if (s->v[i].open && sends(s, i, (enum side)x, &rate))
				sum[other] += rate;
		}
	}
}


/* Audio goes first. Of the rest nobody may have more than what is left, and all
 * together not more than twice that: a presentation takes its rate from the
 * main video's, by flow control, without either channel's changing. */
static uint64_t share(uint64_t rate, bool audio, uint64_t limit,
		      const uint64_t sum[2])
{
	const uint64_t left = limit > sum[0] ? limit - sum[0] : 0;
	uint64_t r = rate;

	if (audio && sum[0] > limit)
		r = rate * limit / sum[0];
	else if (!audio && sum[1] > OVER * left)
		r = rate * OVER * left / sum[1];
	if (!audio && r > left)
		r = left;
	return r > FLOOR ? r : FLOOR;
}


void streams_rates(struct streams *s)
{
	const uint64_t limit = (uint64_t)s->limit * UNIT;
	uint64_t sum[2];

	sums(s, sum);
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		struct session_stream *ss = &s->se->streams[i];
		const bool audio = ss->media[0] == 'a' && ss->media[1] == 'u';

		for (int x = 0; x < SIDES; x++) {
			uint64_t rate;
			bool known = sends(s, i, (enum side)x, &rate);

			if (limit)
				rate = known ? share(rate, audio, limit, sum)
					     : limit;
			/* what data channels say of themselves is seldom
			 * true, and TCP keeps to what it finds */
			ss->leg[x].bandwidth =
				limit || (known && !ss->tcp)
					? rate + rate / 4 + HEADROOM
					: 0;
		}
	}
}
