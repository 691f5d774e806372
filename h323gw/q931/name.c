/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file q931/name.c  Names of messages, elements, and numbers in them
 *
 * Owns nothing.
 */
#include "h323gw/q931/q931.h"


struct meaning {
	uint8_t value;
	const char *name;
};

static const struct meaning number_type[] = {
	{0, "unknown"},
	{1, "international"},
	{2, "national"},
	{3, "network specific"},
	{4, "subscriber"},
	{6, "abbreviated"},
	{7, "reserved"},
	{0, NULL},
};

static const struct meaning number_plan[] = {
	{0, "unknown"},
	{1, "ISDN"},
	{3, "data"},
	{4, "telex"},
	{8, "national standard"},
	{9, "private"},
	{15, "reserved"},
	{0, NULL},
};

static const struct meaning presentation[] = {
	{0, "allowed"},
	{1, "restricted"},
	{2, "not available"},
	{3, "reserved"},
	{0, NULL},
};

static const struct meaning screening[] = {
	{0, "user, not screened"},
	{1, "user, verified and passed"},
	{2, "user, verified and failed"},
	{3, "network"},
	{0, NULL},
};

static const struct meaning reason[] = {
	{0, "unknown"},
	{1, "call forwarding busy"},
	{2, "call forwarding no reply"},
	{4, "call deflection"},
	{9, "called terminal out of order"},
	{10, "call forwarding by the called terminal"},
	{15, "call forwarding unconditional"},
	{0, NULL},
};

static const struct meaning coding[] = {
	{0, "ITU-T"},
	{1, "ISO/IEC"},
	{2, "national"},
	{3, "specific"},
	{0, NULL},
};

static const struct meaning location[] = {
	{0, "user"},
	{1, "private network of the local user"},
	{2, "public network of the local user"},
	{3, "transit network"},
	{4, "public network of the remote user"},
	{5, "private network of the remote user"},
	{7, "international network"},
	{10, "network beyond interworking"},
	{0, NULL},
};

static const struct meaning cause_value[] = {
	{1, "unallocated number"},
	{2, "no route to transit network"},
	{3, "no route to destination"},
	{6, "channel unacceptable"},
	{16, "normal call clearing"},
	{17, "user busy"},
	{18, "no user responding"},
	{19, "no answer from user"},
	{20, "subscriber absent"},
	{21, "call rejected"},
	{22, "number changed"},
	{26, "non-selected user clearing"},
	{27, "destination out of order"},
	{28, "invalid number format"},
	{29, "facility rejected"},
	{30, "response to STATUS ENQUIRY"},
	{31, "normal, unspecified"},
	{34, "no circuit available"},
	{38, "network out of order"},
	{41, "temporary failure"},
	{42, "switching equipment congestion"},
	{43, "access information discarded"},
	{44, "requested circuit not available"},
	{46, "precedence call blocked"},
	{47, "resource unavailable"},
	{49, "quality of service unavailable"},
	{50, "facility not subscribed"},
	{55, "incoming calls barred"},
	{57, "bearer capability not authorized"},
	{58, "bearer capability not available"},
	{63, "service not available"},
	{65, "bearer capability not implemented"},
	{66, "channel type not implemented"},
	{69, "facility not implemented"},
	{70, "restricted digital information only"},
	{79, "service not implemented"},
	{81, "invalid call reference"},
	{82, "channel does not exist"},
	{83, "a suspended call exists"},
	{84, "call identity in use"},
	{85, "no call suspended"},
	{86, "call cleared"},
	{87, "user not member of closed user group"},
	{88, "incompatible destination"},
	{91, "invalid transit network"},
	{95, "invalid message"},
	{96, "mandatory element missing"},
	{97, "message type not implemented"},
	{98, "message not compatible with call state"},
	{99, "element not implemented"},
	{100, "invalid element contents"},
	{101, "message not compatible with call state"},
	{102, "recovery on timer expiry"},
	{103, "parameter not implemented"},
	{110, "message with unrecognized parameter discarded"},
	{111, "protocol error"},
	{127, "interworking"},
	{0, NULL},
};

static const struct meaning progress_value[] = {
	{1, "not end-to-end ISDN"},
	{2, "destination is not ISDN"},
	{3, "origin is not ISDN"},
	{4, "back on ISDN"},
	{5, "interworking changed the service"},
	{8, "in-band information"},
	{0, NULL},
};

static const struct meaning notification_value[] = {
	{0, "user suspended"},
	{1, "user resumed"},
	{2, "bearer service change"},
	{0, NULL},
};

static const struct meaning signal_value[] = {
	{0x00, "dial tone on"},
	{0x01, "ring back tone on"},
	{0x02, "intercept tone on"},
	{0x03, "network congestion tone on"},
	{0x04, "busy tone on"},
	{0x05, "confirm tone on"},
	{0x06, "answer tone on"},
	{0x07, "call waiting tone on"},
	{0x08, "off-hook warning tone on"},
	{0x09, "preemption tone on"},
	{0x3f, "tones off"},
	{0x40, "alerting on, pattern 0"},
	{0x41, "alerting on, pattern 1"},
	{0x42, "alerting on, pattern 2"},
	{0x43, "alerting on, pattern 3"},
	{0x44, "alerting on, pattern 4"},
	{0x45, "alerting on, pattern 5"},
	{0x46, "alerting on, pattern 6"},
	{0x47, "alerting on, pattern 7"},
	{0x4f, "alerting off"},
	{0, NULL},
};

static const struct meaning capability[] = {
	{0, "speech"},
	{8, "unrestricted digital"},
	{9, "restricted digital"},
	{16, "3.1 kHz audio"},
	{17, "unrestricted digital with tones"},
	{24, "video"},
	{0, NULL},
};

static const struct meaning mode[] = {
	{0, "circuit"},
	{2, "packet"},
	{0, NULL},
};

static const struct meaning rate[] = {
	{0x00, "packet"},
	{0x10, "64 kbit/s"},
	{0x11, "2 x 64 kbit/s"},
	{0x13, "384 kbit/s"},
	{0x15, "1536 kbit/s"},
	{0x17, "1920 kbit/s"},
	{0x18, "multirate"},
	{0, NULL},
};

static const struct meaning layer1[] = {
	{1, "V.110"},
	{2, "G.711 u-law"},
	{3, "G.711 A-law"},
	{4, "G.721"},
	{5, "H.221 and H.242"},
	{6, "H.223 and H.245"},
	{7, "non-standard rate adaption"},
	{8, "V.120"},
	{9, "X.31 HDLC"},
	{0, NULL},
};

static const struct meaning call_state[] = {
	{0, "null"},
	{1, "call initiated"},
	{2, "overlap sending"},
	{3, "outgoing call proceeding"},
	{4, "call delivered"},
	{6, "call present"},
	{7, "call received"},
	{8, "connect request"},
	{9, "incoming call proceeding"},
	{10, "active"},
	{11, "disconnect request"},
	{12, "disconnect indication"},
	{15, "suspend request"},
	{17, "resume request"},
	{19, "release request"},
	{22, "call abort"},
	{25, "overlap receiving"},
	{0, NULL},
};

static const struct meaning profile[] = {
	{0x11, "remote operations"},
	{0x12, "CMIP"},
	{0x13, "ACSE"},
	{0x1f, "networking extensions"},
	{0, NULL},
};


/** What a number in an element means; "" when it has no name */
const char *q931_meaning_name(enum q931_meaning meaning, uint8_t value)
{
	static const struct meaning *const tables[] = {
		[Q931_NUMBER_TYPE] = number_type,
		[Q931_NUMBER_PLAN] = number_plan,
		[Q931_PRESENTATION] = presentation,
		[Q931_SCREENING] = screening,
		[Q931_REASON] = reason,
		[Q931_CODING] = coding,
		[Q931_LOCATION] = location,
		[Q931_CAUSE_VALUE] = cause_value,
		[Q931_PROGRESS_VALUE] = progress_value,
		[Q931_NOTIFICATION_VALUE] = notification_value,
		[Q931_SIGNAL_VALUE] = signal_value,
		[Q931_CAPABILITY] = capability,
		[Q931_MODE] = mode,
		[Q931_RATE] = rate,
		[Q931_LAYER1] = layer1,
		[Q931_CALL_STATE] = call_state,
		[Q931_PROFILE] = profile,
	};
	const struct meaning *m = tables[meaning];

	while (m->name && m->value != value)
		++m;

	return m->name ? m->name : "";
}


/** A message's name, spelled as H.225.0 spells its body; "" for others */
const char *q931_type_name(uint8_t type)
{
	static const struct {
		uint8_t type;
		const char *name;
	} names[] = {
		{Q931_ALERTING, "alerting"},
		{Q931_CALL_PROCEEDING, "callProceeding"},
		{Q931_PROGRESS, "progress"},
		{Q931_SETUP, "setup"},
		{Q931_CONNECT, "connect"},
		{Q931_SETUP_ACKNOWLEDGE, "setupAcknowledge"},
		{Q931_CONNECT_ACKNOWLEDGE, "connectAcknowledge"},
		{Q931_RELEASE, "release"},
		{Q931_RELEASE_COMPLETE, "releaseComplete"},
		{Q931_FACILITY, "facility"},
		{Q931_RESTART, "restart"},
		{Q931_RESTART_ACKNOWLEDGE, "restartAcknowledge"},
		{Q931_NOTIFY, "notify"},
		{Q931_STATUS_INQUIRY, "statusInquiry"},
		{Q931_INFORMATION, "information"},
		{Q931_STATUS, "status"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}

	return "";
}


/** An element's name; "" for one that is not known */
const char *q931_ie_name(const struct q931_ie *ie)
{
	static const struct {
		uint8_t id;
		const char *name;
	} names[] = {
		{Q931_IE_BEARER_CAPABILITY, "bearerCapability"},
		{Q931_IE_CAUSE, "cause"},
		{Q931_IE_CALL_STATE, "callState"},
		{Q931_IE_CHANNEL_ID, "channelIdentification"},
		{Q931_IE_FACILITY, "facility"},
		{Q931_IE_PROGRESS_INDICATOR, "progressIndicator"},
		{Q931_IE_NOTIFICATION, "notificationIndicator"},
		{Q931_IE_DISPLAY, "display"},
		{Q931_IE_KEYPAD, "keypadFacility"},
		{Q931_IE_SIGNAL, "signal"},
		{Q931_IE_CONNECTED_NUMBER, "connectedNumber"},
		{Q931_IE_CALLING_NUMBER, "callingPartyNumber"},
		{Q931_IE_CALLED_NUMBER, "calledPartyNumber"},
		{Q931_IE_REDIRECTING_NUMBER, "redirectingNumber"},
		{Q931_IE_USER_USER, "userUser"},
		{Q931_IE_MORE_DATA, "moreData"},
		{Q931_IE_SENDING_COMPLETE, "sendingComplete"},
	};

	if (ie->single && (ie->id & 0xf0) == Q931_IE_SHIFT)
		return "shift";
	for (size_t i = 0; !ie->codeset &&
			   i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].id == ie->id)
			return names[i].name;
	}

	return "";
}
