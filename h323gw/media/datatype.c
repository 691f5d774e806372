/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an H.245 DataType means for a stream (H.245 annex B.2.2.8, B.3.1).
 * Pure: owns nothing.
 */
#include <stdlib.h>
#include <DataType.h>
#include <H235Media.h>
#include <ExtendedVideoCapability.h>
#include <MultiplePayloadStream.h>
#include <MultiplePayloadStreamElement.h>
#include <RedundancyEncoding.h>
#include <RedundancyEncodingElement.h>
#include <VBDCapability.h>
#include "h323gw/media/datatype.h"

enum {
	UNIT	  = 100,	/* bit/s of a maxBitRate */
	KBIT	  = 1000,
	DEPTH_MAX = 4,		/* data types within data types */
};

static void get(struct datatype *t, const DataType_t *dt, unsigned depth);


static uint32_t times(unsigned long n, uint32_t unit)
{
	return n > UINT32_MAX / unit ? UINT32_MAX : (uint32_t)n * unit;
}


static uint32_t generic_rate(const GenericCapability_t *g)
{
	return g->maxBitRate ? times(*g->maxBitRate, UNIT) : 0;
}


static uint32_t long_rate(const long *n, uint32_t unit)
{
	return n && *n > 0 ? times((unsigned long)*n, unit) : 0;
}


static uint32_t video_rate(const VideoCapability_t *v, unsigned depth)
{
	uint32_t rate = 0;

	switch (v->present) {

	case VideoCapability_PR_h261VideoCapability:
		return long_rate(&v->choice.h261VideoCapability.maxBitRate,
				 UNIT);
	case VideoCapability_PR_h262VideoCapability:
		return long_rate(v->choice.h262VideoCapability.videoBitRate,
				 400);
	case VideoCapability_PR_h263VideoCapability:
		return long_rate(&v->choice.h263VideoCapability.maxBitRate,
				 UNIT);
	case VideoCapability_PR_is11172VideoCapability:
		return long_rate(v->choice.is11172VideoCapability.videoBitRate,
				 400);
	case VideoCapability_PR_genericVideoCapability:
		return generic_rate(&v->choice.genericVideoCapability);
	case VideoCapability_PR_extendedVideoCapability:
		break;
	default:
		return 0;
	}

	for (int i = 0; depth < DEPTH_MAX &&
	     i < v->choice.extendedVideoCapability->videoCapability.list.count;
	     i++) {
		const VideoCapability_t *e =
			v->choice.extendedVideoCapability->videoCapability
				.list.array[i];
		uint32_t r = video_rate(e, depth + 1);

		if (r > rate)
			rate = r;
	}
	return rate;
}


static uint32_t audio_rate(const AudioCapability_t *a)
{
	switch (a->present) {

	case AudioCapability_PR_g711Alaw64k:
	case AudioCapability_PR_g711Alaw56k:
	case AudioCapability_PR_g711Ulaw64k:
	case AudioCapability_PR_g711Ulaw56k:
	case AudioCapability_PR_g722_64k:
	case AudioCapability_PR_g722_56k:
	case AudioCapability_PR_g722_48k:
	case AudioCapability_PR_vbd:
		return 64 * KBIT;
	case AudioCapability_PR_g7231:
	case AudioCapability_PR_g7231AnnexCCapability:
		return 6400;
	case AudioCapability_PR_g728:
		return 16 * KBIT;
	case AudioCapability_PR_g729:
	case AudioCapability_PR_g729AnnexA:
	case AudioCapability_PR_g729wAnnexB:
	case AudioCapability_PR_g729AnnexAwAnnexB:
		return 8 * KBIT;
	case AudioCapability_PR_g729Extensions:
		return 12 * KBIT;
	case AudioCapability_PR_gsmFullRate:
	case AudioCapability_PR_gsmHalfRate:
	case AudioCapability_PR_gsmEnhancedFullRate:
		return 13200;
	case AudioCapability_PR_is11172AudioCapability:
		return long_rate(&a->choice.is11172AudioCapability.bitRate,
				 KBIT);
	case AudioCapability_PR_is13818AudioCapability:
		return long_rate(&a->choice.is13818AudioCapability.bitRate,
				 KBIT);
	case AudioCapability_PR_genericAudioCapability:
		return generic_rate(&a->choice.genericAudioCapability);
	default:
		return 0;
	}
}


static enum datatype_carrier protocol(const DataProtocolCapability_t *p,
				      enum datatype_carrier otherwise)
{
	switch (p->present) {

	case DataProtocolCapability_PR_tcp:
	case DataProtocolCapability_PR_separateLANStack:
		return CARRIER_TCP;
	case DataProtocolCapability_PR_udp:
		return CARRIER_UDP;
	default:
		return otherwise;
	}
}


static void data(struct datatype *t, const DataApplicationCapability_t *d)
{
	t->media = "application";
	t->rate = times(d->maxBitRate, UNIT);

	switch (d->application.present) {

	case DataApplicationCapability__application_PR_t120:
		t->carrier = CARRIER_TCP;
		break;
	case DataApplicationCapability__application_PR_t38fax:
		t->media = "image";
		t->carrier = protocol(&d->application.choice.t38fax
					       .t38FaxProtocol, CARRIER_UDP);
		break;
	case DataApplicationCapability__application_PR_t140:
		t->media = "text";
		t->carrier = protocol(&d->application.choice.t140,
				      CARRIER_RTP);
		break;
	case DataApplicationCapability__application_PR_genericDataCapability:
		if (d->application.choice.genericDataCapability.transport)
			t->carrier = protocol(
				d->application.choice.genericDataCapability
					.transport, CARRIER_RTP);
		break;
	case DataApplicationCapability__application_PR_userData:
		t->carrier = protocol(&d->application.choice.userData,
				      CARRIER_RTP);
		break;
	default:
		/* H.224 among them: over RTP (H.323 annex Q) */
		break;
	}
}


static void redundancy(struct datatype *t, const RedundancyEncoding_t *r,
		       unsigned depth)
{
	if (r->rtpRedundancyEncoding && r->rtpRedundancyEncoding->primary)
		get(t, r->rtpRedundancyEncoding->primary->dataType, depth);
	else if (r->secondaryEncoding)
		get(t, r->secondaryEncoding, depth);
	t->rate = t->rate > UINT32_MAX / 2 ? UINT32_MAX : 2 * t->rate;
}


/* The greatest of its elements, any of which may be sent */
static void multiple(struct datatype *t, const MultiplePayloadStream_t *m,
		     unsigned depth)
{
	for (int i = 0; i < m->elements.list.count; i++) {
		struct datatype e = *t;

		get(&e, m->elements.list.array[i]->dataType, depth);
		if (!i || e.rate > t->rate)
			*t = e;
	}
}


static void h235(struct datatype *t, const H235Media_t *m, unsigned depth)
{
	switch (m->mediaType.present) {

	case H235Media__mediaType_PR_videoData:
		t->media = "video";
		t->rate = video_rate(&m->mediaType.choice.videoData, depth);
		break;
	case H235Media__mediaType_PR_audioData:
		t->media = "audio";
		t->rate = audio_rate(&m->mediaType.choice.audioData);
		break;
	case H235Media__mediaType_PR_data:
		data(t, &m->mediaType.choice.data);
		break;
	case H235Media__mediaType_PR_redundancyEncoding:
		redundancy(t, m->mediaType.choice.redundancyEncoding, depth);
		break;
	case H235Media__mediaType_PR_multiplePayloadStream:
		multiple(t, m->mediaType.choice.multiplePayloadStream, depth);
		break;
	default:
		break;
	}
}


static void get(struct datatype *t, const DataType_t *dt, unsigned depth)
{
	if (!dt || depth > DEPTH_MAX)
		return;

	switch (dt->present) {

	case DataType_PR_videoData:
		t->media = "video";
		t->rate = video_rate(&dt->choice.videoData, depth);
		break;
	case DataType_PR_audioData:
		t->media = "audio";
		t->rate = audio_rate(&dt->choice.audioData);
		break;
	case DataType_PR_data:
		data(t, &dt->choice.data);
		break;
	case DataType_PR_h235Media:
		h235(t, dt->choice.h235Media, depth + 1);
		break;
	case DataType_PR_redundancyEncoding:
		redundancy(t, dt->choice.redundancyEncoding, depth + 1);
		break;
	case DataType_PR_multiplePayloadStream:
		multiple(t, dt->choice.multiplePayloadStream, depth + 1);
		break;
	default:
		break;
	}
}


bool datatype_get(struct datatype *t, const struct DataType *dt)
{
	/* what is not known is taken for RTP of any kind */
	*t = (struct datatype){CARRIER_RTP, "application", 0};
	if (dt->present == DataType_PR_nullData)
		return false;
	get(t, dt, 0);
	return true;
}
