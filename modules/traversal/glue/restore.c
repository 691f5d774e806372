/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file restore.c  Contacts back from the store into usrloc, at the start
 *
 * So that terminals are reached, and their NATs' bindings kept open, although
 * Kamailio was killed. Owns nothing.
 */
#include <errno.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/socket_info.h"
#include "glue/clock.h"
#include "glue/mirror.h"
#include "glue/restore.h"
#include "glue/stats.h"
#include "logic/hostdata.h"

struct restore
{
	const usrloc_api_t *ul;
	unsigned restored, skipped;
};

static str str_of(const char *text)
{
	str s = {(char *)(uintptr_t)(text ? text : ""), 0};

	s.len = (int)strlen(s.s);
	return s;
}

/* the socket it came in on; NULL with *lost set: we have it no more */
static struct socket_info *socket_of(const struct hostdata *h, bool *lost)
{
	struct socket_info *si;
	char *host;
	int len, port, proto;

	*lost = false;
	if(!h->socket)
		return NULL;
	if(parse_phostport((char *)(uintptr_t)h->socket, &host, &len, &port, &proto)
			< 0) {
		*lost = true;
		return NULL;
	}
	{
		str name = {host, len};

		si = grep_sock_info(
				&name, (unsigned short)port, (unsigned short)proto);
	}
	*lost = si == NULL;
	return si;
}

static void info_of(ucontact_info_t *ci, const struct store_contact *c,
		const struct hostdata *h, struct socket_info *si, str *const parts[4])
{
	memset(ci, 0, sizeof(*ci));
	*parts[0] = str_of(c->callSignalAddress);
	*parts[1] = str_of(c->path);
	*parts[2] = str_of(c->callId);
	*parts[3] = str_of(c->userAgent);
	ci->ruid = str_of(c->id);
	ci->c = parts[0];
	ci->received = str_of(h->received);
	ci->path = parts[1]->len ? parts[1] : NULL;
	ci->expires = (time_t)(c->expires / 1000);
	ci->q = c->q < 0 ? Q_UNSPECIFIED : (qvalue_t)c->q;
	ci->callid = parts[2];
	ci->cseq = c->cseq;
	ci->flags = h->flags;
	ci->cflags = h->cflags;
	ci->user_agent = parts[3];
	ci->sock = si;
	ci->methods = h->methods;
	ci->instance = str_of(c->instance);
	ci->reg_id = c->regId;
	ci->server_id = h->serverId;
	ci->tcpconn_id = -1; /* its connection died with us */
	ci->last_modified = (time_t)(c->lastSeen / 1000);
}

static int insert(struct restore *re, const struct store_contact *c,
		const struct hostdata *h, struct socket_info *si)
{
	str uri, path, callid, agent, aor = str_of(c->alias);
	str *const parts[4] = {&uri, &path, &callid, &agent};
	ucontact_info_t ci;
	ucontact_t *u;
	urecord_t *r;
	udomain_t *d;
	int err;

	if(re->ul->register_udomain(h->domain, &d) < 0)
		return -1;
	info_of(&ci, c, h, si, parts);

	re->ul->lock_udomain(d, &aor);
	err = re->ul->get_urecord(d, &aor, &r);
	if(err > 0)
		err = re->ul->insert_urecord(d, &aor, &r);
	if(err == 0)
		err = re->ul->insert_ucontact(r, &uri, &ci, &u);
	re->ul->unlock_udomain(d, &aor);
	return err < 0 ? -1 : 0;
}

static int one(const struct store_contact *c, void *arg)
{
	struct restore *re = arg;
	struct hostdata_doc *doc = NULL;
	struct socket_info *si;
	struct hostdata h;
	bool lost = false, ok = false;

	if(!c->callSignalAddress || !c->hostData
			|| hostdata_decode(&doc, &h, c->hostData)) {
		LM_WARN("contact %s of %s: the store does not have what it takes to "
				"restore it\n",
				c->id, c->alias);
	} else {
		si = socket_of(&h, &lost);
		if(lost)
			LM_WARN("contact %s of %s came in on %s, where we no longer "
					"listen: it must register again\n",
					c->callSignalAddress, c->alias, h.socket);
		else
			ok = insert(re, c, &h, si) == 0;
	}
	hostdata_free(doc);

	re->restored += ok;
	re->skipped += !ok;
	return 0;
}

/* with a database of its own usrloc takes its contacts from there */
static bool wanted(const usrloc_api_t *ul)
{
	return ul && ul->db_mode == NO_DB;
}

int restore_contacts(const char *store_path)
{
	const struct store_conf conf = {.path = store_path, .name = "traversal"};
	struct restore re = {.ul = mirror_usrloc()};
	struct store *store = NULL;
	char why[256] = "";
	int err = store_open(&store, &conf, why, sizeof(why));

	if(!err && wanted(re.ul)) {
		mirror_pause(true);
		err = store_contact_each(
				store, STORE_SIP, NULL, clock_wall_ms(), one, &re);
		mirror_pause(false);
	}
	if(err)
		LM_ERR("store %s: %s. Calls and registrations go on without it; it is "
			   "tried again every few seconds\n",
				store_path, store ? store_strerror(store) : why);
	else if(re.restored || re.skipped)
		LM_NOTICE("%u contacts restored from %s, %u not\n", re.restored,
				store_path, re.skipped);
	stats_add(contacts_restored, (int)re.restored);
	store_close(store);
	return err ? -1 : 0;
}
