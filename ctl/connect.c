/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/connect.c  Asking a daemon, and saying what is wrong when it fails
 */
#include <errno.h>
#include <string.h>
#include "ctl/ctl.h"


static const char *advice(const struct ctl *c, const char *path, int err)
{
	const bool h323 = !strcmp(path, c->h323gw);

	switch (err) {

	case ENOENT:
	case ECONNREFUSED:
		return h323 ? "is h323gw running? (systemctl status h323gw; "
			      "--h323gw PATH names another socket)"
			    : "is postern-relay running? (systemctl status "
			      "postern-relay; --relay PATH names another "
			      "socket)";

	case EACCES:
	case EPERM:
		return "only the group \"postern\" may open it "
		       "(adduser YOU postern, or run as root)";

	case ETIMEDOUT:
		return "it does not answer; its log may say why";

	default:
		return "see its log";
	}
}


/** Connect; 0 or CTL_UNREACHABLE, having said why */
int ctl_connect(struct ctl *c, const char *path, struct rpc_sync **rs)
{
	int err = rpc_sync_open(rs, path, CTL_TIMEOUT_MS);

	if (!err)
		return 0;

	fprintf(c->err, "posternctl: %s: %s: %s\n", path, strerror(err),
		advice(c, path, err));
	return CTL_UNREACHABLE;
}


/**
 * One question to one of them
 *
 * @param result Gets a new reference
 *
 * @return 0, CTL_NOT_FOUND, CTL_FAILED or CTL_UNREACHABLE, having said why
 */
int ctl_ask(struct ctl *c, struct rpc_sync *rs, const char *path,
	    const char *method, const json_t *params, json_t **result)
{
	struct rpc_error e;
	int err = rpc_sync_call(rs, method, params, CTL_TIMEOUT_MS, result,
				&e);

	if (!err)
		return 0;

	if (err == EREMOTEIO) {
		if (e.code == RPC_NOT_FOUND)
			return CTL_NOT_FOUND;
		fprintf(c->err, "posternctl: %s: %s: %s\n", path, method,
			e.message);
		return CTL_FAILED;
	}

	fprintf(c->err, "posternctl: %s: %s: %s\n", path, strerror(err),
		advice(c, path, err));
	return CTL_UNREACHABLE;
}


/** The same, with a connection made for it; params is taken over */
int ctl_ask_once(struct ctl *c, const char *path, const char *method,
		 json_t *params, json_t **result)
{
	struct rpc_sync *rs;
	int e = ctl_connect(c, path, &rs);

	if (!e) {
		e = ctl_ask(c, rs, path, method, params, result);
		rpc_sync_close(rs);
	}
	json_decref(params);

	return e;
}


/** Prints a value on its own lines and gives it back; CTL_OK or CTL_FAILED */
int ctl_print_json(struct ctl *c, json_t *value)
{
	int err = value ? json_dumpf(value, c->out, JSON_INDENT(2)) : -1;

	json_decref(value);
	if (err)
		return CTL_FAILED;
	fputc('\n', c->out);
	return CTL_OK;
}


/** What was got from all relays, taken over, and how that went: the status */
int ctl_print_all(struct ctl *c, json_t *all, int status,
		  void (*print)(struct ctl *c, const json_t *all))
{
	if (c->json)
		return ctl_print_json(c, all) ? CTL_FAILED : status;
	if (!status || json_array_size(all))
		print(c, all);
	json_decref(all);

	return status;
}
