/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file mirror.c  usrloc's contacts, as the store knows them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/parse_uri.h"
#include "modules/usrloc/ul_callback.h"
#include "glue/agents.h"
#include "glue/mirror.h"
#include "glue/stats.h"
#include "glue/writer.h"
#include "logic/hostdata.h"
#include "logic/record.h"

enum {
	LIST_BYTES = 64 * 1024, /* to begin with, of usrloc's list of contacts */
	LIST_SPARE = 16 * 1024, /* contacts that come while the list is read */
	DOMAINS_MAX = 8,
	AOR_MAX = 512,
};

static usrloc_api_t ul;
static bool bound;
static bool paused;
static const char *domains[DOMAINS_MAX];
static unsigned domains_count;

/** Room for the strings of one contact, which usrloc does not terminate */
struct text
{
	char buf[RECORD_MAX];
	size_t len;
	bool full;
};

const usrloc_api_t *mirror_usrloc(void)
{
	return bound ? &ul : NULL;
}

void mirror_pause(bool on)
{
	paused = on;
}

/* ---- a contact as the store has it */

static const char *put_text(struct text *t, const char *p, int len)
{
	char *at = t->buf + t->len;

	if(!p || len <= 0)
		return NULL;
	if((size_t)len + 1 > sizeof(t->buf) - t->len) {
		t->full = true;
		return NULL;
	}
	memcpy(at, p, (size_t)len);
	at[len] = '\0';
	t->len += (size_t)len + 1;
	return at;
}

static const char *put_str(struct text *t, const str *s)
{
	return put_text(t, s->s, s->len);
}

static const char *const protos[] = {
		[PROTO_UDP] = "udp",
		[PROTO_TCP] = "tcp",
		[PROTO_TLS] = "tls",
		[PROTO_SCTP] = "sctp",
		[PROTO_WS] = "ws",
		[PROTO_WSS] = "wss",
};

static const char *proto_name(int proto)
{
	return proto > 0 && proto < (int)(sizeof(protos) / sizeof(protos[0]))
				   ? protos[proto]
				   : "udp";
}

/* known, since its REGISTER has just come from there */
static void put_agent(struct store_contact *c, struct text *t)
{
	const struct agent_peer *p;
	struct addr a;

	if(!c->received || addr_parse_hostport(&a, c->received))
		return;
	p = agents_known(&a);
	if(!p)
		return;
	c->agent = put_text(t, p->name, (int)strlen(p->name));
	c->transport = edge_transport_name(p->transport);
}

/* where it is: "192.0.2.1:40001", and how one gets there */
static void put_source(
		struct store_contact *c, struct text *t, const ucontact_t *u)
{
	const str *s = u->received.len ? &u->received : &u->c;
	struct sip_uri uri;
	char source[512];
	int n;

	c->transport = u->sock ? proto_name(u->sock->proto) : NULL;
	if(parse_uri(s->s, s->len, &uri) < 0)
		return;
	n = snprintf(source, sizeof(source), "%.*s:%u", uri.host.len, uri.host.s,
			uri.port_no ? uri.port_no
			: uri.type == SIPS_URI_T || uri.proto == PROTO_TLS ? 5061u
															   : 5060u);
	if(n > 0 && n < (int)sizeof(source))
		c->received = put_text(t, source, n);
	if(!c->transport)
		c->transport = proto_name(uri.proto);
	put_agent(c, t);
}

static void put_hostdata(
		struct store_contact *c, struct text *t, const ucontact_t *u)
{
	char socket[128], received[512], domain[128];
	struct hostdata h = {
			.domain = domain,
			.flags = u->flags,
			.cflags = u->cflags,
			.methods = u->methods,
			.serverId = u->server_id,
	};
	size_t left = sizeof(t->buf) - t->len;

	(void)snprintf(domain, sizeof(domain), "%.*s", u->domain->len, u->domain->s);
	if(u->sock) {
		(void)snprintf(socket, sizeof(socket), "%.*s", u->sock->sock_str.len,
				u->sock->sock_str.s);
		h.socket = socket;
	}
	if(u->received.len > 0 && u->received.len < (int)sizeof(received)) {
		(void)snprintf(received, sizeof(received), "%.*s", u->received.len,
				u->received.s);
		h.received = received;
	}
	if(hostdata_encode(t->buf + t->len, left, &h)) {
		t->full = true;
		return;
	}
	c->hostData = t->buf + t->len;
	t->len += strlen(c->hostData) + 1;
}

static int contact_of(
		struct store_contact *c, struct text *t, const ucontact_t *u)
{
	t->len = 0;
	t->full = false;
	*c = (struct store_contact){
			.kind = STORE_SIP,
			.alias = put_str(t, u->aor),
			.aliasType = "aor",
			.id = put_str(t, &u->ruid),
			.callSignalAddress = put_str(t, &u->c),
			.path = put_str(t, &u->path),
			.userAgent = put_str(t, &u->user_agent),
			.expires = (int64_t)u->expires * 1000,
			.lastSeen = (int64_t)u->last_modified * 1000,
			.nat = u->received.len > 0 || (u->cflags & ul.nat_flag),
			.callId = put_str(t, &u->callid),
			.cseq = u->cseq,
			.q = u->q == Q_UNSPECIFIED ? -1 : u->q,
			.instance = put_str(t, &u->instance),
			.regId = u->reg_id,
	};
	put_source(c, t, u);
	put_hostdata(c, t, u);
	return t->full || !c->alias || !c->id ? -1 : 0;
}

/* ---- news */

static void removed(const ucontact_t *u, const char *reason)
{
	char id[256];

	if(u->ruid.len <= 0 || u->ruid.len >= (int)sizeof(id))
		return;
	(void)snprintf(id, sizeof(id), "%.*s", u->ruid.len, u->ruid.s);
	(void)writer_contact_delete(STORE_SIP, id, reason);
}

/* usrloc has the contact's record locked: nothing slow here */
static void changed(ucontact_t *u, int type, void *arg)
{
	static struct text t;
	struct store_contact c;

	(void)arg;
	if(paused || !writer_enabled())
		return;
	if(type & (UL_CONTACT_DELETE | UL_CONTACT_EXPIRE)) {
		removed(u, type & UL_CONTACT_EXPIRE ? "expired" : NULL);
		return;
	}
	if(contact_of(&c, &t, u) < 0) {
		stats_inc(store_refused);
		LM_WARN("contact %.*s of %.*s is too long for the store\n", u->c.len,
				u->c.s, u->aor->len, u->aor->s);
		return;
	}
	(void)writer_contact_put(&c);
}

int mirror_domain_add(const char *name)
{
	if(domains_count >= DOMAINS_MAX) {
		LM_ERR("modparam usrloc_domain: %d at most\n", DOMAINS_MAX);
		return -1;
	}
	domains[domains_count++] = name;
	return 0;
}

int mirror_mod_init(void)
{
	bind_usrloc_t bind =
			(bind_usrloc_t)(void *)find_export("ul_bind_usrloc", 1, 0);

	if(!domains_count)
		domains[domains_count++] = "location";
	if(!bind) {
		LM_INFO("the usrloc module is not loaded: no registrations here\n");
		return 0;
	}
	if(bind(&ul) < 0) {
		LM_ERR("usrloc could not be bound\n");
		return -1;
	}
	if(ul.register_ulcb(ULCB_MAX, changed, NULL) < 0) {
		LM_ERR("usrloc takes no callback\n");
		return -1;
	}
	/* then its contacts can be listed by processes with a database only */
	bound = ul.db_mode != DB_ONLY;
	if(!bound)
		LM_WARN("usrloc keeps no contacts in memory (db_mode 3): they are "
				"recorded as they come, not restored, not kept alive\n");
	return 0;
}

/* usrloc's workers read its own database at their start */
void mirror_child_init(int rank)
{
	if(rank == PROC_SIPINIT && bound && ul.db_mode != NO_DB)
		writer_resync();
}

/* ---- all of them */

/* usrloc's list, in its packed form; NULL */
static char *list_get(bool own_only)
{
	int options = own_only ? GAU_OPT_SERVER_ID : 0;
	int room = LIST_BYTES;

	for(;;) {
		char *buf = malloc((size_t)room);
		int more;

		if(!buf)
			return NULL;
		more = ul.get_all_ucontacts(buf, room, 0, 0, 1, options);
		if(more == 0)
			return buf;
		free(buf);
		if(more < 0 || more > INT32_MAX - room - LIST_SPARE)
			return NULL;
		room += more + LIST_SPARE;
	}
}

static char *take(char *p, void *to, size_t size)
{
	memcpy(to, p, size);
	return p + size;
}

static char *take_str(char *p, str *s)
{
	p = take(p, &s->len, sizeof(s->len));
	s->s = p;
	return p + s->len;
}

int mirror_each(bool own_only, mirror_h *h, void *arg)
{
	unsigned cflags;
	char *list, *p;
	int err = 0;

	if(!bound)
		return 0;
	list = list_get(own_only);
	if(!list)
		return -1;

	for(p = list; !err;) {
		struct mirror_contact c;

		(void)take(p, &c.uri.len, sizeof(c.uri.len));
		if(c.uri.len == 0)
			break;
		p = take_str(p, &c.uri);
		p = take_str(p, &c.received);
		p = take(p, &c.sock, sizeof(c.sock));
		p = take(p, &cflags, sizeof(cflags));
		p = take_str(p, &c.path);
		p = take_str(p, &c.ruid);
		p = take(p, &c.aorhash, sizeof(c.aorhash));
		err = h(&c, arg);
	}
	free(list);
	return err;
}

int mirror_find(const struct mirror_contact *c, udomain_t **d, urecord_t **r,
		ucontact_t **u)
{
	str ruid = c->ruid;

	for(unsigned i = 0; bound && i < domains_count; i++) {
		if(ul.get_udomain(domains[i], d) == 0
				&& ul.get_urecord_by_ruid(*d, c->aorhash, &ruid, r, u) == 0)
			return 0;
	}
	return -1;
}

void mirror_release(udomain_t *d, urecord_t *r)
{
	char copy[AOR_MAX];
	str aor = r->aor;

	/* a record without contacts is freed, and its AoR with it; one with a
	 * longer AoR waits for usrloc's timer */
	if(aor.len <= AOR_MAX) {
		memcpy(copy, aor.s, (size_t)aor.len);
		aor.s = copy;
		ul.release_urecord(r);
	}
	ul.unlock_udomain(d, &aor);
}

struct each
{
	mirror_contact_h *h;
	void *arg;
	struct text text;
};

static int each_one(const struct mirror_contact *mc, void *arg)
{
	struct each *e = arg;
	struct store_contact c;
	udomain_t *d;
	urecord_t *r;
	ucontact_t *u;
	int err;

	if(mirror_find(mc, &d, &r, &u) < 0)
		return 0;
	err = contact_of(&c, &e->text, u);
	mirror_release(d, r);
	return err ? 0 : e->h(&c, e->arg);
}

int mirror_each_contact(mirror_contact_h *h, void *arg)
{
	struct each *e = malloc(sizeof(*e));
	int err;

	if(!e)
		return -1;
	e->h = h;
	e->arg = arg;
	err = mirror_each(false, each_one, e);
	free(e);
	return err;
}

bool mirror_has(const struct store_contact *c)
{
	str aor = {(char *)(uintptr_t)c->alias, (int)strlen(c->alias)};
	struct mirror_contact mc = {
			.aorhash = bound ? ul.get_aorhash(&aor) : 0,
			.ruid = {(char *)(uintptr_t)c->id, (int)strlen(c->id)},
	};
	udomain_t *d;
	urecord_t *r;
	ucontact_t *u;

	if(mirror_find(&mc, &d, &r, &u) < 0)
		return false;
	mirror_release(d, r);
	return true;
}
