/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file caps.c  Kinds of channels, as H.245 describes them. Pure
 */
#include <string.h>
#include "call.h"


/** What a kind is in H.245 */
static const struct {
	const char *name;
	long session; /* 0: the master assigns it (H.245 B.3.1) */
	const char *data_type;
} kinds[KINDS] = {
	[AUDIO] = {"audio", 1, "{\"audioData\":{\"g711Ulaw64k\":20}}"},
	[VIDEO] = {"video", 2,
		   "{\"videoData\":{\"h263VideoCapability\":{\"cifMPI\":1,"
		   "\"maxBitRate\":3840,\"unrestrictedVector\":false,"
		   "\"arithmeticCoding\":false,\"advancedPrediction\":false,"
		   "\"pbFrames\":false,"
		   "\"temporalSpatialTradeOffCapability\":false,"
		   "\"errorCompensation\":false}}}"},
	/* H.239 §7.3: video with the label of a role */
	[H239] = {"h239", 0,
		  "{\"videoData\":{\"extendedVideoCapability\":{"
		  "\"videoCapability\":[{\"h263VideoCapability\":{"
		  "\"cifMPI\":1,\"maxBitRate\":3840,"
		  "\"unrestrictedVector\":false,\"arithmeticCoding\":false,"
		  "\"advancedPrediction\":false,\"pbFrames\":false,"
		  "\"temporalSpatialTradeOffCapability\":false,"
		  "\"errorCompensation\":false}}],"
		  "\"videoCapabilityExtension\":[{\"capabilityIdentifier\":"
		  "{\"standard\":\"0.0.8.239.1.2\"},\"collapsing\":[{"
		  "\"parameterIdentifier\":{\"standard\":1},"
		  "\"parameterValue\":{\"booleanArray\":1}}]}]}}}"},
	/* H.323 annex Q */
	[H224] = {"h224", 3,
		  "{\"data\":{\"application\":{\"genericDataCapability\":{"
		  "\"capabilityIdentifier\":{\"standard\":\"0.0.8.224.1.0\"},"
		  "\"maxBitRate\":64}},\"maxBitRate\":64}}"},
	/* H.323 annex D */
	[T38UDP] = {"t38udp", 5,
		    "{\"data\":{\"application\":{\"t38fax\":{"
		    "\"t38FaxProtocol\":\"udp\",\"t38FaxProfile\":{"
		    "\"fillBitRemoval\":false,\"transcodingJBIG\":false,"
		    "\"transcodingMMR\":false,\"version\":0,"
		    "\"t38FaxRateManagement\":\"transferredTCF\","
		    "\"t38FaxUdpOptions\":{\"t38FaxMaxBuffer\":200,"
		    "\"t38FaxMaxDatagram\":72,\"t38FaxUdpEC\":"
		    "\"t38UDPRedundancy\"}}}},\"maxBitRate\":144}}"},
	[T38TCP] = {"t38tcp", 6,
		    "{\"data\":{\"application\":{\"t38fax\":{"
		    "\"t38FaxProtocol\":\"tcp\",\"t38FaxProfile\":{"
		    "\"fillBitRemoval\":false,\"transcodingJBIG\":false,"
		    "\"transcodingMMR\":false,\"version\":0,"
		    "\"t38FaxRateManagement\":\"localTCF\","
		    "\"t38FaxTcpOptions\":{\"t38TCPBidirectionalMode\":true}"
		    "}}},\"maxBitRate\":144}}"},
	[T120] = {"t120", 7,
		  "{\"data\":{\"application\":{\"t120\":\"separateLANStack\"},"
		  "\"maxBitRate\":6400}}"},
};


const char *kind_name(enum kind kind)
{
	return kind < KINDS ? kinds[kind].name : "unknown";
}


enum kind kind_find(const char *name)
{
	unsigned k = 0;

	while (k < KINDS && (!name || strcmp(kinds[k].name, name)))
		++k;

	return (enum kind)k;
}


long kind_session(enum kind kind)
{
	return kinds[kind].session;
}


bool kind_is_octets(enum kind kind)
{
	return kind == T38TCP || kind == T120;
}


bool kind_is_rtp(enum kind kind)
{
	return kind != T38UDP && !kind_is_octets(kind);
}


/** A DataType; "dataTypes": {KIND: another} stands before ours */
json_t *kind_data_type(enum kind kind, const json_t *conf)
{
	json_t *other = json_object_get(option(conf, "dataTypes"),
					kinds[kind].name);

	return other ? json_deep_copy(other)
		     : json_loads(kinds[kind].data_type, 0, NULL);
}


static enum kind kind_of_data(const json_t *data)
{
	const json_t *t38 = at(data, "application.t38fax");
	const char *protocol;

	if (t38) {
		protocol = choice(json_object_get(t38, "t38FaxProtocol"),
				  NULL);
		return protocol && !strcmp(protocol, "tcp") ? T38TCP : T38UDP;
	}
	if (at(data, "application.t120"))
		return T120;

	return H224;
}


enum kind kind_of(const json_t *data_type)
{
	json_t *value;
	const char *name = choice(data_type, &value);
	const json_t *media;

	if (!name)
		return KINDS;
	if (!strcmp(name, "h235Media")) { /* H.235.6: what it really is */
		media = json_object_get(value, "mediaType");
		return kind_of(media);
	}
	if (!strcmp(name, "audioData"))
		return AUDIO;
	if (!strcmp(name, "videoData"))
		return json_object_get(value, "extendedVideoCapability")
			       ? H239
			       : VIDEO;

	return !strcmp(name, "data") ? kind_of_data(value) : KINDS;
}


static json_t *multipoint(void)
{
	return json_pack("{s:b,s:b,s:[{s:b,s:b,s:b,s:b,s:b,s:b}]}",
			 "multicastCapability", 0, "multiUniCastConference", 0,
			 "mediaDistributionCapability", "centralizedControl",
			 0, "distributedControl", 0, "centralizedAudio", 0,
			 "distributedAudio", 0, "centralizedVideo", 0,
			 "distributedVideo", 0);
}


static json_t *multiplex(void)
{
	static const char *const points[] = {
		"receiveMultipointCapability", "transmitMultipointCapability",
		"receiveAndTransmitMultipointCapability"};
	json_t *cap = json_pack(
		"{s:i,s:{s:b,s:b},s:b,s:{s:b},s:b,s:b}",
		"maximumAudioDelayJitter", 60, "mcCapability",
		"centralizedConferenceMC", 0, "decentralizedConferenceMC", 0,
		"rtcpVideoControlCapability", 0,
		"mediaPacketizationCapability", "h261aVideoPacketization", 0,
		"logicalChannelSwitchingCapability", 0,
		"t120DynamicPortCapability", 1);

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
		(void)json_object_set_new(cap, points[i], multipoint());

	return json_pack("{s:o}", "h2250Capability", cap);
}


/** A kind as a Capability */
static json_t *capability(enum kind kind, const json_t *conf)
{
	json_t *type = kind_data_type(kind, conf), *value, *cap;
	const char *name = choice(type, &value);

	if (!strcmp(name, "audioData"))
		cap = json_pack("{s:O}", "receiveAudioCapability", value);
	else if (!strcmp(name, "videoData"))
		cap = json_pack("{s:O}", "receiveVideoCapability", value);
	else
		cap = json_pack("{s:O}",
				"receiveAndTransmitDataApplicationCapability",
				value);
	json_decref(type);

	return cap;
}


/** H.245 §C.3; empty: without a table, which asks the other end to pause */
json_t *capability_set(const json_t *conf, long number, bool empty)
{
	json_t *table = json_array(), *simultaneous = json_array();
	json_t *set = json_pack("{s:I,s:s}", "sequenceNumber",
				(json_int_t)number, "protocolIdentifier",
				H245_OID);

	for (int k = 0; k < KINDS && !empty; k++) {
		(void)json_array_append_new(
			table,
			json_pack("{s:i,s:o}", "capabilityTableEntryNumber",
				  k + 1, "capability",
				  capability((enum kind)k, conf)));
		(void)json_array_append_new(simultaneous,
					    json_pack("[i]", k + 1));
	}
	if (!empty) {
		(void)json_object_set_new(set, "multiplexCapability",
					  multiplex());
		(void)json_object_set(set, "capabilityTable", table);
		(void)json_object_set_new(
			set, "capabilityDescriptors",
			json_pack("[{s:i,s:O}]", "capabilityDescriptorNumber",
				  0, "simultaneousCapabilities",
				  simultaneous));
	}
	json_decref(table);
	json_decref(simultaneous);

	return json_pack("{s:{s:o}}", "request", "terminalCapabilitySet", set);
}
