/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H.245 messages made by hand. Owns nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <CommunicationModeTableEntry.h>
#include <ExtendedVideoCapability.h>
#include <H235Media.h>
#include <MultimediaSystemControlMessage.h>
#include <NetworkAccessParameters.h>
#include <CapabilityTableEntry.h>
#include <MultiplexCapability.h>
#include <T38FaxRateManagement.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "tests/unit/h245_make.h"

#define MSG(what) MultimediaSystemControlMessage_PR_##what
#define OLC_PR(dir, what) \
	OpenLogicalChannel__##dir##LogicalChannelParameters__##what
#define ACK_PR(what) \
	OpenLogicalChannelAck__forwardMultiplexAckParameters_PR_##what


static struct per_msg *new(const struct per *per, const char *type)
{
	struct per_msg *m;

	if (per_msg_alloc(&m, per, per_type_find(per, type)))
		abort();
	return m;
}


static void *zalloc(struct per_msg *m, size_t size)
{
	void *p = per_msg_zalloc(m, size);

	if (!p)
		abort();
	return p;
}


static void address(struct H245TransportAddress *ta, struct per_msg *m,
		    const char *text)
{
	struct addr a;

	if (addr_parse_hostport(&a, text) || h245_addr_set(ta, m, &a))
		abort();
	if (!addr_is_multicast(&a))
		return;
	/* the same octets, as the other alternative */
	OCTET_STRING_t net = ta->choice.unicastAddress.choice.iPAddress.network;

	memset(ta, 0, sizeof(*ta));
	ta->present = H245TransportAddress_PR_multicastAddress;
	ta->choice.multicastAddress.present = MulticastAddress_PR_iPAddress;
	ta->choice.multicastAddress.choice.iPAddress.network = net;
	ta->choice.multicastAddress.choice.iPAddress.tsapIdentifier =
		addr_port(&a);
}


static struct H245TransportAddress *maybe(struct per_msg *m, const char *text)
{
	struct H245TransportAddress *ta;

	if (!text)
		return NULL;
	ta = zalloc(m, sizeof(*ta));
	address(ta, m, text);
	return ta;
}


static void h263(VideoCapability_t *v, struct per_msg *m)
{
	v->present = VideoCapability_PR_h263VideoCapability;
	v->choice.h263VideoCapability.cifMPI = zalloc(m, sizeof(long));
	*v->choice.h263VideoCapability.cifMPI = 1;
	v->choice.h263VideoCapability.maxBitRate = 7680;
}


static void video(VideoCapability_t *v, struct per_msg *m, bool extended)
{
	struct ExtendedVideoCapability *e;
	VideoCapability_t *in;

	if (!extended) {
		h263(v, m);
		return;
	}
	e = zalloc(m, sizeof(*e));
	in = zalloc(m, sizeof(*in));
	h263(in, m);
	if (per_msg_append(m, &e->videoCapability.list, in))
		abort();
	v->present = VideoCapability_PR_extendedVideoCapability;
	v->choice.extendedVideoCapability = e;
}


static void t38(DataApplicationCapability_t *d, struct per_msg *m, bool tcp)
{
	T38FaxProfile_t *p = &d->application.choice.t38fax.t38FaxProfile;

	d->application.present =
		DataApplicationCapability__application_PR_t38fax;
	d->application.choice.t38fax.t38FaxProtocol.present =
		tcp ? DataProtocolCapability_PR_tcp
		    : DataProtocolCapability_PR_udp;
	p->version = zalloc(m, sizeof(long));
	p->t38FaxRateManagement = zalloc(m, sizeof(*p->t38FaxRateManagement));
	p->t38FaxRateManagement->present =
		T38FaxRateManagement_PR_transferredTCF;
	d->maxBitRate = 144;
}


static void data(DataType_t *dt, struct per_msg *m, enum make_type t)
{
	DataApplicationCapability_t *d = &dt->choice.data;

	dt->present = DataType_PR_data;
	if (t == MAKE_T38_UDP || t == MAKE_T38_TCP) {
		t38(d, m, t == MAKE_T38_TCP);
		return;
	}
	if (t == MAKE_T120) {
		d->application.present =
			DataApplicationCapability__application_PR_t120;
		d->application.choice.t120.present =
			DataProtocolCapability_PR_separateLANStack;
		d->maxBitRate = 640;
		return;
	}
	d->application.present =
		DataApplicationCapability__application_PR_h224;
	d->application.choice.h224.present =
		DataProtocolCapability_PR_hdlcFrameTunnelling;
	d->maxBitRate = 48;
}


static void type(DataType_t *dt, struct per_msg *m, enum make_type t)
{
	struct H235Media *h;

	switch (t) {

	case MAKE_NULL:
		dt->present = DataType_PR_nullData;
		break;
	case MAKE_AUDIO:
		dt->present = DataType_PR_audioData;
		dt->choice.audioData.present = AudioCapability_PR_g711Alaw64k;
		dt->choice.audioData.choice.g711Alaw64k = 20;
		break;
	case MAKE_VIDEO:
	case MAKE_H239:
		dt->present = DataType_PR_videoData;
		video(&dt->choice.videoData, m, t == MAKE_H239);
		break;
	case MAKE_H235:
		h = zalloc(m, sizeof(*h));
		dt->present = DataType_PR_h235Media;
		dt->choice.h235Media = h;
		h->mediaType.present = H235Media__mediaType_PR_audioData;
		h->mediaType.choice.audioData.present =
			AudioCapability_PR_g711Alaw64k;
		h->mediaType.choice.audioData.choice.g711Alaw64k = 20;
		break;
	default:
		data(dt, m, t);
		break;
	}
}


static struct NetworkAccessParameters *stack(struct per_msg *m,
					     const char *at, bool originate)
{
	struct NetworkAccessParameters *n;

	if (!at)
		return NULL;
	n = zalloc(m, sizeof(*n));
	n->networkAddress.present =
		NetworkAccessParameters__networkAddress_PR_localAreaAddress;
	address(&n->networkAddress.choice.localAreaAddress, m, at);
	if (originate) {
		n->t120SetupProcedure = zalloc(m,
					       sizeof(*n->t120SetupProcedure));
		n->t120SetupProcedure->present =
		NetworkAccessParameters__t120SetupProcedure_PR_originateCall;
	}
	return n;
}


static void params(H2250LogicalChannelParameters_t *h, struct per_msg *m,
		   unsigned session, const char *media, const char *control)
{
	h->sessionID = session;
	h->mediaChannel = maybe(m, media);
	h->mediaControlChannel = maybe(m, control);
}


static void reverse(OpenLogicalChannel_t *c, struct per_msg *m,
		    const struct make_olc *o)
{
	struct OpenLogicalChannel__reverseLogicalChannelParameters *r;
	const bool alone = o->fwd == MAKE_NULL;

	r = zalloc(m, sizeof(*r));
	c->reverseLogicalChannelParameters = r;
	type(&r->dataType, m, o->rev);
	r->multiplexParameters = zalloc(m, sizeof(*r->multiplexParameters));
	r->multiplexParameters->present =
		OLC_PR(reverse,
		       multiplexParameters_PR_h2250LogicalChannelParameters);
	params(&r->multiplexParameters->choice.h2250LogicalChannelParameters,
	       m, o->session, alone ? o->media : o->rmedia,
	       alone ? o->control : o->rcontrol);
}


static void fill(OpenLogicalChannel_t *c, struct per_msg *m,
		 const struct make_olc *o)
{
	struct OpenLogicalChannel__forwardLogicalChannelParameters *f =
		&c->forwardLogicalChannelParameters;

	c->forwardLogicalChannelNumber = o->lcn;
	type(&f->dataType, m, o->fwd);
	f->multiplexParameters.present =
		OLC_PR(forward, multiplexParameters_PR_none);
	if (o->fwd != MAKE_NULL) {
		f->multiplexParameters.present = OLC_PR(
			forward,
			multiplexParameters_PR_h2250LogicalChannelParameters);
		params(&f->multiplexParameters.choice
				.h2250LogicalChannelParameters,
		       m, o->session, o->media, o->control);
	}
	if (o->rev != MAKE_NULL)
		reverse(c, m, o);
	c->separateStack = stack(m, o->stack, o->originate);
}


struct per_msg *make_fast(const struct per *per, const struct make_olc *o)
{
	struct per_msg *m = new(per, "OpenLogicalChannel");

	fill(per_msg_value(m), m, o);
	return m;
}


static struct per_msg *h245(const struct per *per,
			    MultimediaSystemControlMessage_PR pr,
			    MultimediaSystemControlMessage_t **vp)
{
	struct per_msg *m = new(per, "MultimediaSystemControlMessage");

	*vp = per_msg_value(m);
	(*vp)->present = pr;
	return m;
}


struct per_msg *make_olc(const struct per *per, const struct make_olc *o)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(request), &v);

	v->choice.request.present = RequestMessage_PR_openLogicalChannel;
	fill(&v->choice.request.choice.openLogicalChannel, m, o);
	return m;
}


struct per_msg *make_ack(const struct per *per, unsigned lcn,
			 unsigned session, const char *media,
			 const char *control, const char *at)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(response), &v);
	OpenLogicalChannelAck_t *a;
	H2250LogicalChannelAckParameters_t *h;

	v->choice.response.present = ResponseMessage_PR_openLogicalChannelAck;
	a = &v->choice.response.choice.openLogicalChannelAck;
	a->forwardLogicalChannelNumber = lcn;
	a->separateStack = stack(m, at, false);
	a->forwardMultiplexAckParameters =
		zalloc(m, sizeof(*a->forwardMultiplexAckParameters));
	a->forwardMultiplexAckParameters->present =
		ACK_PR(h2250LogicalChannelAckParameters);
	h = &a->forwardMultiplexAckParameters->choice
		     .h2250LogicalChannelAckParameters;
	if (session) {
		h->sessionID = zalloc(m, sizeof(long));
		*h->sessionID = session;
	}
	h->mediaChannel = maybe(m, media);
	h->mediaControlChannel = maybe(m, control);
	return m;
}


struct per_msg *make_reject(const struct per *per, unsigned lcn)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(response), &v);
	OpenLogicalChannelReject_t *r;

	v->choice.response.present =
		ResponseMessage_PR_openLogicalChannelReject;
	r = &v->choice.response.choice.openLogicalChannelReject;
	r->forwardLogicalChannelNumber = lcn;
	r->cause.present =
		OpenLogicalChannelReject__cause_PR_masterSlaveConflict;
	return m;
}


struct per_msg *make_close(const struct per *per, unsigned lcn)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(request), &v);
	CloseLogicalChannel_t *c;

	v->choice.request.present = RequestMessage_PR_closeLogicalChannel;
	c = &v->choice.request.choice.closeLogicalChannel;
	c->forwardLogicalChannelNumber = lcn;
	c->source.present = CloseLogicalChannel__source_PR_user;
	return m;
}


struct per_msg *make_tcs(const struct per *per, bool empty)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(request), &v);
	TerminalCapabilitySet_t *t;
	struct CapabilityTableEntry *e;

	v->choice.request.present = RequestMessage_PR_terminalCapabilitySet;
	t = &v->choice.request.choice.terminalCapabilitySet;
	if (oid_set(&t->protocolIdentifier, m, "0.0.8.245.0.13"))
		abort();
	if (empty)
		return m;
	t->capabilityTable = zalloc(m, sizeof(*t->capabilityTable));
	e = zalloc(m, sizeof(*e));
	e->capabilityTableEntryNumber = 1;
	if (per_msg_append(m, &t->capabilityTable->list, e))
		abort();
	return m;
}


struct per_msg *make_mc_location(const struct per *per, const char *at)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(indication), &v);

	v->choice.indication.present =
		IndicationMessage_PR_mcLocationIndication;
	address(&v->choice.indication.choice.mcLocationIndication
			 .signalAddress, m, at);
	return m;
}


struct per_msg *make_mode_command(const struct per *per, unsigned session,
				  const char *media, const char *control)
{
	MultimediaSystemControlMessage_t *v;
	struct per_msg *m = h245(per, MSG(command), &v);
	struct CommunicationModeTableEntry *e = zalloc(m, sizeof(*e));

	v->choice.command.present = CommandMessage_PR_communicationModeCommand;
	e->sessionID = session;
	if (h225_octets_set((OCTET_STRING_t *)&e->sessionDescription, m,
			    "\0s", 2))
		abort();
	e->dataType.present =
		CommunicationModeTableEntry__dataType_PR_audioData;
	e->dataType.choice.audioData.present = AudioCapability_PR_g711Alaw64k;
	e->dataType.choice.audioData.choice.g711Alaw64k = 20;
	e->mediaChannel = maybe(m, media);
	e->mediaControlChannel = maybe(m, control);
	if (per_msg_append(m, &v->choice.command.choice
				      .communicationModeCommand
				      .communicationModeTable.list, e))
		abort();
	return m;
}
