/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream/show.c  A registration as operators see it
 *
 * Owns no state.
 */
#include <string.h>
#include "priv.h"


void upstream_reg_info(struct upstream_info *i, const struct upstream_reg *reg)
{
	*i = (struct upstream_info){
		.state	    = reg->state,
		.own	    = reg->own,
		.gatekeeper = reg->gatekeeper,
		.endpointIdentifier   = reg->id,
		.gatekeeperIdentifier = reg->gatekeeper_id,
		.ttl	    = reg->since ? reg->ttl : 0,
		.since	    = reg->since,
		.heard	    = reg->heard,
		.reason	    = reg->reason,
		.namec	    = reg->namec,
		.toldc	    = reg->toldc,
	};
}


const char *upstream_state_name(enum upstream_state s)
{
	static const char *const names[] = {
		[UPSTREAM_IDLE]	       = "idle",
		[UPSTREAM_DISCOVERING] = "discovering",
		[UPSTREAM_REGISTERING] = "registering",
		[UPSTREAM_REGISTERED]  = "registered",
		[UPSTREAM_REFUSED]     = "refused",
		[UPSTREAM_SILENT]      = "silent",
		[UPSTREAM_LEAVING]     = "leaving",
		[UPSTREAM_GONE]	       = "gone",
	};

	return s < sizeof(names) / sizeof(names[0]) ? names[s] : "unknown";
}


#define REASON(name) [RegistrationRejectReason_PR_##name] = #name

const char *upstream_reason_name(int reason)
{
	static const char *const names[] = {
		REASON(discoveryRequired),
		REASON(invalidRevision),
		REASON(invalidCallSignalAddress),
		REASON(invalidRASAddress),
		REASON(duplicateAlias),
		REASON(invalidTerminalType),
		REASON(undefinedReason),
		REASON(transportNotSupported),
		REASON(transportQOSNotSupported),
		REASON(resourceUnavailable),
		REASON(invalidAlias),
		REASON(securityDenial),
		REASON(fullRegistrationRequired),
		REASON(additiveRegistrationNotSupported),
		REASON(invalidTerminalAliases),
		REASON(genericDataReason),
		REASON(neededFeatureNotSupported),
		REASON(securityError),
		REASON(registerWithAssignedGK),
	};

	return reason > 0 && reason < (int)(sizeof(names) / sizeof(names[0]))
		       ? names[reason]
		       : NULL;
}
