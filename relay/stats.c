/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stats.c  What the relay counts, over all sessions since its start
 *
 * The table of names. The numbers are the relay's, written where things
 * happen.
 */
#include <errno.h>
#include "relay.h"


static const struct metric table[STATS] = {
	[STAT_SESSIONS_OPENED]	 = {"sessions_opened", "sessions opened"},
	[STAT_SESSIONS_CLOSED]	 = {"sessions_closed", "sessions closed"},
	[STAT_SESSIONS_ORPHANED] = {"sessions_orphaned",
				    "sessions nobody asked for any more"},
	[STAT_SESSIONS_REFUSED]	 = {"sessions_refused",
				    "sessions refused: a limit, or draining"},
	[STAT_SESSIONS_IDLE]	 = {"sessions_idle", "session.idle events"},
	[STAT_LATCHED]		 = {"latched", "sources learnt"},
	[STAT_RELATCHED]	 = {"relatched", "of these, instead of another"},
	[STAT_PACKETS]		 = {"packets", "media packets passed on"},
	[STAT_BYTES]		 = {"bytes", "their UDP payload, octets"},
	[STAT_RTCP_PACKETS]	 = {"rtcp_packets", "RTCP packets passed on"},
	[STAT_RTCP_BYTES]	 = {"rtcp_bytes", "their UDP payload, octets"},
	[STAT_NO_DESTINATION]	 = {"no_destination",
				    "packets with nobody to send them to yet"},
	[STAT_WOULD_BLOCK]	 = {"would_block",
				    "packets dropped at a full socket buffer"},
	[STAT_SEND_ERRORS]	 = {"send_errors",
				    "packets the network refused to take"},
	[STAT_RECEIVE_ERRORS]	 = {"receive_errors", "errors while reading"},
	[STAT_ICE_CHECKS]	 = {"ice_checks", "connectivity checks seen"},
	[STAT_ICE_REFUSED]	 = {"ice_refused",
				    "of these, not accepted"},
	[STAT_REQUESTS]		 = {"requests", "control requests"},
	[STAT_REQUEST_ERRORS]	 = {"request_errors",
				    "of these, answered with an error"},
	[STAT_AGENT_REQUESTS]	 = {"agent_requests",
				    "requests of agents for sessions"},
	[STAT_AGENT_REQUESTS_REFUSED] = {"agent_requests_refused",
					 "of these, refused"},
	[STAT_TUNNELS_UP]	 = {"tunnels_up", "agents that came"},
	[STAT_TUNNELS_RESUMED]	 = {"tunnels_resumed",
				    "of these, with the tunnel they had"},
	[STAT_TUNNELS_DOWN]	 = {"tunnels_down", "tunnels that broke"},
	[STAT_TUNNELS_REFUSED]	 = {"tunnels_refused",
				    "agents not let in"},
	[STAT_TUNNELS_LIMITED]	 = {"tunnels_limited",
				    "connections closed at once: too many, or "
				    "too many failures from there"},
	[STAT_TUNNEL_ERRORS]	 = {"tunnel_errors",
				    "connections that ended before a welcome"},
	[STAT_CERTIFICATES_REFUSED] = {"certificates_refused",
				       "of these, for a certificate that does "
				       "not stand"},
	[STAT_TUNNELS_BROKEN]	 = {"tunnels_broken",
				    "tunnels whose agent broke the rules"},
	[STAT_CHANNELS_REFUSED]	 = {"channels_refused",
				    "channels agents asked for in vain"},
	[STAT_SERVICES_CONNECTIONS] = {"services_connections",
				       "connections to services of agents"},
	[STAT_SERVICES_REFUSED] = {"services_refused",
				   "of these, refused; and services"},
	[STAT_TCP_CONNECTIONS]	 = {"tcp_connections",
				    "connections of TCP media"},
	[STAT_TCP_REFUSED]	 = {"tcp_refused",
				    "connections that were not the party's, "
				    "or a second one"},
	[STAT_TCP_FAILED]	 = {"tcp_failed",
				    "parties that could not be connected to"},
	[STAT_TCP_HELD]		 = {"tcp_held",
				    "times TCP media waited for a leg's "
				    "bandwidth"},
	[STAT_TCP_HELD_AGENT]	 = {"tcp_held_agent",
				    "times TCP media waited for an agent's "
				    "bandwidth"},
	[STAT_AGENT_LEGS_FAILED] = {"agent_legs_failed",
				    "ports an agent could not open"},
	[STAT_SEALED_MOVED]	 = {"sealed_moved",
				    "streams of agents that came from "
				    "elsewhere"},
	[STAT_SEALED_UNKNOWN]	 = {"sealed_unknown",
				    "sealed datagrams of no stream"},
	[STAT_SEALED_REPLAYED]	 = {"sealed_replayed",
				    "sealed datagrams that came before"},
	[STAT_SEALED_FORGED]	 = {"sealed_forged",
				    "datagrams sealed with no key of ours"},
	[STAT_SEALED_ASKED]	 = {"sealed_asked",
				    "signs of life and questions that were answered"},
	[STAT_INTUNNEL_LINKS]	 = {"intunnel_links",
				    "connections that came to carry media"},
	[STAT_INTUNNEL_MOVED]	 = {"intunnel_moved",
				    "agents whose media moved there from UDP, "
				    "or back"},
	[STAT_INTUNNEL_UP]	 = {"intunnel_up",
				    "datagrams that came in there"},
	[STAT_INTUNNEL_DOWN]	 = {"intunnel_down",
				    "datagrams that went out there"},
	[STAT_INTUNNEL_OLD]	 = {"intunnel_old",
				    "datagrams dropped: they waited too long"},
	[STAT_INTUNNEL_FULL]	 = {"intunnel_full",
				    "datagrams dropped: too many waited"},
	[STAT_INTUNNEL_BUSY]	 = {"intunnel_busy",
				    "datagrams dropped between two threads"},
	[STAT_INTUNNEL_GONE]	 = {"intunnel_gone",
				    "datagrams dropped: the connection was "
				    "gone"},
	[STAT_PROBES_GOOD]	 = {"probes_good",
				    "tokens agents showed, and that served"},
	[STAT_PROBES_REPEATED]	 = {"probes_repeated",
				    "the same again, from the same source"},
	[STAT_PROBES_UNKNOWN]	 = {"probes_unknown",
				    "probes of no stream, or no probes"},
	[STAT_PROBES_FORGED]	 = {"probes_forged",
				    "tokens that were not given"},
	[STAT_PROBES_EXPIRED]	 = {"probes_expired",
				    "tokens that came too late"},
	[STAT_PROBES_REPLAYED]	 = {"probes_replayed",
				    "tokens that had served, from elsewhere"},
	[STAT_PROBES_TAKEN]	 = {"probes_taken",
				    "tokens from where another stream is"},
	[STAT_TOKENS_REFUSED]	 = {"tokens_refused",
				    "tokens agents asked for in vain"},
	[STAT_WAYS_REFUSED]	 = {"ways_refused",
				    "media.way that agents may not say"},
	[STAT_TOKEN_MOVED]	 = {"token_moved",
				    "streams of agents that showed a token "
				    "elsewhere"},
	[STAT_BARE_UNKNOWN]	 = {"bare_unknown",
				    "datagrams for media from where no stream "
				    "is"},
	[STAT_SIP_UP]		 = {"sip_up", "SIP messages from terminals"},
	[STAT_SIP_DOWN]		 = {"sip_down", "SIP messages to terminals"},
	[STAT_SIP_DROPPED]	 = {"sip_dropped",
				    "SIP messages that found no way"},
	[STAT_RAS_UP]		 = {"ras_up", "RAS messages from terminals"},
	[STAT_RAS_DOWN]		 = {"ras_down", "RAS messages to terminals"},
	[STAT_RAS_DROPPED]	 = {"ras_dropped",
				    "RAS messages that found no way"},
	[STAT_CALLS_ACCEPTED]	 = {"h323_accepted",
				    "connections of H.323 terminals behind "
				    "agents"},
	[STAT_CALLS_OPENED]	 = {"h323_opened",
				    "connections agents made to them"},
	[STAT_CALLS_REFUSED]	 = {"h323_refused",
				    "of both, those that could not be"},
	[STAT_CALL_PORTS]	 = {"h323_ports",
				    "ports of agents that waited for one"},
	[STAT_CALL_BYTES_UP]	 = {"h323_bytes_up",
				    "octets such connections brought"},
	[STAT_CALL_BYTES_DOWN]	 = {"h323_bytes_down",
				    "octets that went to them"},
	[STAT_KERNEL_PACKETS]	 = {"kernel_packets",
				    "of the packets passed on, RTCP too, "
				    "those the kernel moved"},
	[STAT_KERNEL_OFFERED]	 = {"kernel_offered",
				    "streams handed to the kernel"},
	[STAT_KERNEL_WITHDRAWN]	 = {"kernel_withdrawn",
				    "of these, taken back during a call"},
	[STAT_REFUSED_BANDWIDTH] = {"refused_bandwidth",
				    "packets over a leg's bandwidth"},
	[STAT_REFUSED_AGENT] = {"refused_agent_bandwidth",
				"packets over an agent's bandwidth"},
	[STAT_REFUSED + LATCH_OK]	  = {"refused_other",
					     "packets refused otherwise"},
	[STAT_REFUSED + LATCH_R_CLOSED]	  = {"refused_closed",
					     "packets before the party was "
					     "known"},
	[STAT_REFUSED + LATCH_R_ADDRESS]  = {"refused_address",
					     "packets from addresses that are "
					     "not the party's"},
	[STAT_REFUSED + LATCH_R_WINDOW]	  = {"refused_window",
					     "packets after the learning "
					     "window"},
	[STAT_REFUSED + LATCH_R_KIND]	  = {"refused_kind",
					     "packets that are no media"},
	[STAT_REFUSED + LATCH_R_SOURCE]	  = {"refused_source",
					     "packets from a second source"},
	[STAT_REFUSED + LATCH_R_SSRC]	  = {"refused_ssrc",
					     "packets of another stream from "
					     "another port"},
};


/**
 * Make the counters
 *
 * @param mp Result; metrics_free() it
 *
 * @return 0 or an errno
 */
int stats_alloc(struct metrics **mp)
{
	return metrics_alloc(mp, table, STATS);
}


/**
 * The answer to `stats`: the control thread's numbers and the workers'
 *
 * @param jp Result, new reference
 * @param r  Relay
 *
 * @return 0 or ENOMEM
 */
int stats_json(json_t **jp, const struct relay *r)
{
	json_t *counters = json_object(), *j;
	int err = 0;
	size_t i;
	unsigned k;

	for (i = 0; i < STATS; i++) {
		uint64_t n = metrics_get(r->stats, i);

		for (k = 0; k < r->workerc; k++)
			n += metrics_get(r->workerv[k]->stats, i);

		err |= json_object_set_new(counters, table[i].name,
					   json_integer((json_int_t)n));
	}

	j = json_pack("{s:o}", "counters", counters);
	if (err || !j) {
		json_decref(j);
		return ENOMEM;
	}

	*jp = j;

	return 0;
}
