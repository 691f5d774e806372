/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file guard.c  Passwords: from the store, to the store, and asked for
 *
 * Owns the secrets, and the key they are sealed with, which is read (or made)
 * when the first of them turns up.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include "h323gw/ras/exchange.h"
#include "priv.h"


/* ---- making it ---- */

static struct security_conf conf_of(const struct gk *gk)
{
	static const int messages[SETTING_MESSAGES] = {
		[SETTING_GRQ] = RasMessage_PR_gatekeeperRequest,
		[SETTING_RRQ] = RasMessage_PR_registrationRequest,
		[SETTING_URQ] = RasMessage_PR_unregistrationRequest,
		[SETTING_ARQ] = RasMessage_PR_admissionRequest,
		[SETTING_BRQ] = RasMessage_PR_bandwidthRequest,
		[SETTING_DRQ] = RasMessage_PR_disengageRequest,
		[SETTING_LRQ] = RasMessage_PR_locationRequest,
		[SETTING_IRR] = RasMessage_PR_infoRequestResponse,
	};
	const struct settings_security *s = &gk->settings->security;
	struct security_conf c = {
		.require    = s->all ? SECURITY_ALL : SECURITY_KNOWN,
		.methods    = s->methods,
		.window	    = s->window,
		.signalling = s->signalling,
		.identifier = gk->settings->gatekeeper.identifier,
		.per	    = gk->per,
	};
	unsigned i;

	for (i = 0; i < SETTING_MESSAGES; i++) {
		if (s->messages & 1U << i)
			c.messages |= (uint64_t)1 << messages[i];
	}

	return c;
}


int gk_guard_alloc(struct gk *gk, const struct per *per)
{
	struct security_conf c;

	gk->per = per;
	c	= conf_of(gk);

	return security_alloc(&gk->security, &c, gk->seed);
}


void gk_guard_free(struct gk *gk)
{
	security_free(gk->security);
	sealer_close(gk->sealer);
}


void gk_guard_reload(struct gk *gk)
{
	const struct security_conf c = conf_of(gk);

	security_conf_set(gk->security, &c);
}


static int sealer(struct gk *gk)
{
	const char *path = gk->settings->security.key;
	int err;

	if (gk->sealer)
		return 0;
	err = sealer_open(&gk->sealer, path);
	if (err == EPERM)
		log_error(GK_ROOM, "%s: others may read it: chmod 600, and "
			  "think about new passwords", path);
	else if (err == EBADMSG)
		log_error(GK_ROOM, "%s: this is no key: put back the one that "
			  "the store's passwords were sealed with", path);
	else if (err)
		log_error(GK_ROOM, "%s: %s", path, strerror(err));

	return err;
}


/* ---- the store ---- */

struct restoring {
	struct gk *gk;
	unsigned bad;
};


static int on_secret(const struct store_secret *se, void *arg)
{
	char text[SECRET_TEXT_MAX + 1];
	struct restoring *rs = arg;
	struct alias a;
	int err = sealer(rs->gk);

	if (err)
		return err;
	memset(&a, 0, sizeof(a));
	a.type = alias_type_find(se->aliasType ? se->aliasType : "");
	if (!a.type || strlen(se->alias) > ALIAS_TEXT_MAX ||
	    sealer_unseal(rs->gk->sealer, se->alias, se->sealed, text,
			  sizeof(text))) {
		++rs->bad;
		return 0;
	}
	memcpy(a.text, se->alias, strlen(se->alias) + 1);
	err = secrets_put(security_secrets(rs->gk->security), &a, text);
	OPENSSL_cleanse(text, sizeof(text));
	if (err == EINVAL) {
		++rs->bad;
		err = 0;
	}

	return err;
}


/* an alias whose password can't be read must not be anybody's: no start */
int gk_guard_restore(struct gk *gk, struct store *st)
{
	struct restoring rs = {.gk = gk};
	int err = store_secret_each(st, STORE_H323, on_secret, &rs);

	if (!err && rs.bad) {
		log_error(GK_ROOM, "%u passwords of the store were not sealed "
			  "with %s: put back their key, or set them anew",
			  rs.bad, gk->settings->security.key);
		err = EBADMSG;
	}

	return err;
}


/* ---- operators ---- */

static void audit(struct gk *gk, const char *action, const char *alias)
{
	const struct store_audit a = {.when = gk_now(gk), .actor = "operator",
				      .action = action, .object = alias};

	if (gk->writer)
		(void)writer_audit_add(gk->writer, &a);
}


static int store(struct gk *gk, const struct alias *a, const char *sealed)
{
	const struct store_secret se = {.kind = STORE_H323, .alias = a->text,
					.aliasType = alias_type_name(a->type),
					.sealed = sealed,
					.changed = gk_now(gk)};

	return gk->writer ? writer_secret_put(gk->writer, &se) : 0;
}


int gk_secret_set(struct gk *gk, const char *alias, const char *password)
{
	struct secrets *secrets = security_secrets(gk->security);
	char sealed[SEALER_TEXT_MAX];
	struct alias a;
	int err;

	err = alias_guess(&a, alias);
	if (err)
		return err;
	if (!password) {
		if (!secrets_remove(secrets, &a))
			return ENOENT;
		audit(gk, "secret.remove", a.text);
		return store(gk, &a, NULL);
	}
	err = sealer(gk);
	if (err)
		return err;
	err = secrets_put(secrets, &a, password);
	if (!err)
		err = sealer_seal(gk->sealer, a.text, password, sealed,
				  sizeof(sealed));
	if (!err)
		err = store(gk, &a, sealed);
	if (!err)
		audit(gk, "secret.set", a.text);

	return err;
}


static int list_one(const struct alias *a, void *arg)
{
	json_t *j = json_pack("{s:s,s:s}", "alias", a->text, "type",
			      alias_type_name(a->type));

	return j ? json_array_append_new(arg, j) : ENOMEM;
}


json_t *gk_secrets(const struct gk *gk)
{
	json_t *list = json_array();

	if (list &&
	    secrets_each(security_secrets(gk->security), list_one, list)) {
		json_decref(list);
		list = NULL;
	}

	return list;
}


/* ---- requests and answers ---- */

int gk_guard_check(struct ras_exchange *x, const struct endpoint *ep,
		   void *arg)
{
	struct gk *gk = arg;
	const enum security_verdict v =
		security_check(gk->security, x, ep, gk_now(gk));
	char from[ADDR_STRLEN];
	uint64_t more;

	if (v == SECURITY_OK) {
		if (x->proof)
			metrics_inc(gk->stats, STAT_PROVED);
		return 0;
	}
	metrics_inc(gk->stats,
		    v == SECURITY_REPLAYED ? STAT_REPLAYED : STAT_UNPROVED);
	if (log_limit_pass(&gk->insecure, tmr_jiffies(), &more))
		log_warn(GK_ROOM, "%s%s%s: %s refused: %s",
			 addr_str(&x->src->seen, from),
			 x->src->agent[0] ? " of " : "", x->src->agent,
			 ras_message_name(x->in->present),
			 security_verdict_name(v));

	return EACCES;
}


/* ---- call signalling ---- */

static const struct endpoint *reached(const struct gk *gk,
				      const struct reach *r)
{
	return r->endpoint[0] ? zone_by_id(gk->zone, r->endpoint) : NULL;
}


bool gk_signal_proved(struct gk *gk, const struct reach *r,
		      const struct security_message *m)
{
	const enum security_verdict v = security_signal_check(
		gk->security, reached(gk, r), m, gk_now(gk));
	uint64_t more;

	if (v == SECURITY_OK)
		return true;
	metrics_inc(gk->stats,
		    v == SECURITY_REPLAYED ? STAT_REPLAYED : STAT_UNPROVED);
	if (log_limit_pass(&gk->insecure, tmr_jiffies(), &more))
		log_warn(GK_ROOM, "%s: call signalling refused: %s", r->alias,
			 security_verdict_name(v));

	return false;
}


bool gk_signal_sign(struct gk *gk, const struct reach *r, struct per_msg *msg,
		    void **cryptoTokens)
{
	return security_signal_sign(gk->security, reached(gk, r), msg,
				    cryptoTokens, gk_now(gk));
}


void gk_signal_seal(struct gk *gk, uint8_t *p, size_t len)
{
	security_seal(gk->security, p, len);
}


/* ---- RAS's answers ---- */

int gk_guard_sign(struct ras_exchange *x, const struct endpoint *ep, void *arg)
{
	struct gk *gk = arg;

	return security_sign(gk->security, x, ep, gk_now(gk));
}


void gk_guard_seal(uint8_t *p, size_t len, void *arg)
{
	struct gk *gk = arg;

	security_seal(gk->security, p, len);
}
