/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file cause.c  H.225.0's reasons and Q.850's causes (H.225.0 table 5)
 */
#include <stdint.h>
#include <ReleaseCompleteReason.h>
#include "h323gw/call/cause.h"

#define REASON(name, cause)                                                    \
	[ReleaseCompleteReason_PR_##name] = {#name, cause}

static const struct {
	const char *name;
	uint8_t cause;
} reasons[] = {
	REASON(noBandwidth, 34),
	REASON(gatekeeperResources, 47),
	REASON(unreachableDestination, 3),
	REASON(destinationRejection, 16),
	REASON(invalidRevision, 88),
	REASON(noPermission, 127),
	REASON(unreachableGatekeeper, 38),
	REASON(gatewayResources, 42),
	REASON(badFormatAddress, 28),
	REASON(adaptiveBusy, 41),
	REASON(inConf, 17),
	REASON(undefinedReason, 31),
	REASON(facilityCallDeflection, 16),
	REASON(securityDenied, 31),
	REASON(calledPartyNotRegistered, 20),
	REASON(callerNotRegistered, 31),
	REASON(newConnectionNeeded, 47),
	REASON(nonStandardReason, 127),
	REASON(replaceWithConferenceInvite, 31),
	REASON(genericDataReason, 31),
	REASON(neededFeatureNotSupported, 31),
	REASON(tunnelledSignallingRejected, 127),
	REASON(invalidCID, 81),
	REASON(securityError, 31),
	REASON(hopCountExceeded, 31),
};

enum {
	REASONS = sizeof(reasons) / sizeof(reasons[0]),
};


int cause_of_reason(int reason)
{
	return reason > 0 && reason < REASONS ? reasons[reason].cause
					      : CAUSE_UNSPECIFIED;
}


int reason_of_cause(int cause)
{
	switch (cause) {
	case CAUSE_NORMAL:
		return ReleaseCompleteReason_PR_destinationRejection;
	case CAUSE_UNSPECIFIED:
	case 127:
		return ReleaseCompleteReason_PR_undefinedReason;
	case CAUSE_NO_RESOURCE:
		return ReleaseCompleteReason_PR_gatekeeperResources;
	default:
		break;
	}
	for (int i = 1; i < REASONS; i++) {
		if (reasons[i].cause == cause)
			return i;
	}

	return ReleaseCompleteReason_PR_undefinedReason;
}


const char *reason_name(int reason)
{
	if (!reason)
		return "none";

	return reason > 0 && reason < REASONS ? reasons[reason].name : "other";
}
