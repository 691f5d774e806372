/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file param.c  One member of a JSON object, checked
 *
 * Each returns 0 with the value (unchanged where the member is absent or
 * null), or EINVAL with -32602 and a sentence that names the member. `at` is
 * what stands before the member's name: "", "streams[0].a.".
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "request.h"


static const json_t *member(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	return json_is_null(v) ? NULL : v;
}


static int refuse(struct rpc_error *err, const char *at, const char *name,
		  const char *what)
{
	rpc_error_set(err, RPC_INVALID_PARAMS, "%s%s: %s", at, name, what);
	return EINVAL;
}


/* Printable, so that log lines stay lines; what follows ASCII is UTF-8 */
static bool is_printable(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}

	return true;
}


/**
 * A string of 1..max printable characters
 *
 * @param obj   Object
 * @param at    What stands before the name, for the error
 * @param name  Member
 * @param max   Longest allowed, octets
 * @param value Result, borrowed
 * @param err   Error
 *
 * @return 0 or EINVAL
 */
int param_str(const json_t *obj, const char *at, const char *name, size_t max,
	      const char **value, struct rpc_error *err)
{
	const json_t *v = member(obj, name);
	size_t len;

	if (!v)
		return 0;

	if (!json_is_string(v))
		return refuse(err, at, name, "must be a string");

	len = json_string_length(v);
	if (!len || len > max || strlen(json_string_value(v)) != len) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "%s%s: must have 1 to %zu characters", at, name,
			      max);
		return EINVAL;
	}

	if (!is_printable(json_string_value(v), len))
		return refuse(err, at, name,
			      "must have printable characters only");

	*value = json_string_value(v);

	return 0;
}


/**
 * A whole number
 *
 * @param obj   Object
 * @param at    What stands before the name, for the error
 * @param name  Member
 * @param min   Least
 * @param max   Most
 * @param value Result
 * @param err   Error
 *
 * @return 0 or EINVAL
 */
int param_uint(const json_t *obj, const char *at, const char *name,
	       uint64_t min, uint64_t max, uint64_t *value,
	       struct rpc_error *err)
{
	const json_t *v = member(obj, name);
	json_int_t n;

	if (!v)
		return 0;

	n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || (uint64_t)n < min ||
	    (uint64_t)n > max) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "%s%s: must be a whole number from %" PRIu64
			      " to %" PRIu64, at, name, min, max);
		return EINVAL;
	}

	*value = (uint64_t)n;

	return 0;
}


/**
 * true or false
 *
 * @param obj   Object
 * @param at    What stands before the name, for the error
 * @param name  Member
 * @param value Result
 * @param err   Error
 *
 * @return 0 or EINVAL
 */
int param_bool(const json_t *obj, const char *at, const char *name,
	       bool *value, struct rpc_error *err)
{
	const json_t *v = member(obj, name);

	if (!v)
		return 0;

	if (!json_is_boolean(v))
		return refuse(err, at, name, "must be true or false");

	*value = json_is_true(v);

	return 0;
}


/**
 * The id every request about a session has
 *
 * @param params Parameters of the request, may be NULL
 * @param id     Result, borrowed
 * @param err    Error
 *
 * @return 0 or EINVAL
 */
int param_id(const json_t *params, const char **id, struct rpc_error *err)
{
	*id = NULL;

	if (!json_is_object(params)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "params: must be an object");
		return EINVAL;
	}

	if (param_str(params, "", "id", ID_LEN_MAX, id, err))
		return EINVAL;

	return *id ? 0 : refuse(err, "", "id", "is missing");
}
