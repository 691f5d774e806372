/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file cause.h  Why a call ends: H.225.0's reason and Q.850's cause
 */
#ifndef H323GW_CALL_CAUSE_H
#define H323GW_CALL_CAUSE_H

#include <stdint.h>

/** Q.850 table 1, those that are given here */
enum {
	CAUSE_NO_ROUTE		  = 3,
	CAUSE_NORMAL		  = 16,
	CAUSE_NO_USER_RESPONDING  = 18,
	CAUSE_NO_ANSWER		  = 19,
	CAUSE_OUT_OF_ORDER	  = 27,
	CAUSE_STATUS_ENQUIRY	  = 30,
	CAUSE_UNSPECIFIED	  = 31,
	CAUSE_TEMPORARY_FAILURE	  = 41,
	CAUSE_NO_RESOURCE	  = 47,
	CAUSE_INVALID_CALLREF	  = 81,
	CAUSE_MISSING_IE	  = 96,
	CAUSE_UNKNOWN_TYPE	  = 97,
	CAUSE_INVALID_IE	  = 100,
	CAUSE_WRONG_STATE	  = 101,
	CAUSE_TIMER		  = 102,
};

/* H.225.0 table 5: the cause that goes with a reason (ReleaseCompleteReason_PR)
 * where nothing else says; 31 for those not in it */
int cause_of_reason(int reason);
/* the reason that goes with a cause */
int reason_of_cause(int cause);
/* as H.225.0 spells it; "none", "other" */
const char *reason_name(int reason);

#endif
