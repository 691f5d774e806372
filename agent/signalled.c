/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file signalled.c  Addresses for media that SIP messages have named
 *
 * Reads the messages that pass (libosip2) and the session descriptions in them
 * (sdp/sdp.h): in INVITE, 200, PRACK, UPDATE, ACK or whatever else carries one.
 * What can't be read names nothing.
 *
 * Owns the names: the last SIGNALLED_MAX of either kind.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sdp/sdp.h"
#include "signalled.h"
#include "sip_library.h"


enum {
	KINDS	= 2,
	BUCKETS = 256,
	SHORTEST = 20, /* no SIP message is less */
};

/** An address a message has named */
struct name {
	struct le he;
	struct le le; /* the one named last is the last */
	struct addr addr;
	char call[];
};

struct signalled {
	struct hash *byaddr[KINDS];
	struct list names[KINDS];
};


static void name_destructor(void *arg)
{
	struct name *n = arg;

	hash_unlink(&n->he);
	list_unlink(&n->le);
}


static bool is_of(struct le *le, void *arg)
{
	const struct name *n = le->data;

	return addr_eq(&n->addr, arg);
}


static struct name *find(const struct signalled *s, enum signalled_whose whose,
			 const struct addr *a)
{
	return list_ledata(hash_lookup(s->byaddr[whose], addr_hash(a), is_of,
				       (void *)(uintptr_t)a));
}


static int add(struct signalled *s, enum signalled_whose whose,
	       const struct addr *a, const char *call)
{
	const size_t len = strlen(call);
	struct list *all = &s->names[whose];
	struct name *n;

	mem_deref(find(s, whose, a));
	if (list_count(all) >= SIGNALLED_MAX)
		mem_deref(list_ledata(list_head(all)));
	n = mem_zalloc(sizeof(*n) + len + 1, name_destructor);
	if (!n)
		return ENOMEM;

	n->addr = *a;
	memcpy(n->call, call, len + 1);
	hash_append(s->byaddr[whose], addr_hash(a), &n->he, n);
	list_append(all, &n->le, n);

	return 0;
}


/* ---- messages ---- */

static int take_sdp(struct signalled *s, enum signalled_whose whose,
		    const char *text, size_t len, const char *call)
{
	struct sdp *sdp = NULL;
	int err		= sdp_decode(&sdp, text, len);

	for (size_t i = 0; !err && i < sdp_media_count(sdp); i++) {
		const struct sdp_media *m = sdp_media(sdp, i);
		struct addr a;

		if (!m->port || !m->addr || !m->af ||
		    addr_parse(&a, m->addr, m->port) || addr_is_any(&a))
			continue;
		err = add(s, whose, &a, call);
	}
	sdp_free(sdp);

	return err;
}


/* Bodies are our own to take apart: the library's reader of multipart ones
 * loses memory where a part has two types (RFC 2046 §5.1) */
static int take_body(struct signalled *s, enum signalled_whose whose,
		     const osip_message_t *m, const char *body, size_t len)
{
	const osip_content_length_t *cl = m->content_length;
	char call[SIGNALLED_CALL_MAX + 1];
	char *type = NULL;
	size_t off, n;
	int err;

	if (!m->call_id || !m->cseq || !m->from || !m->to)
		return EBADMSG;
	if (!m->content_type || osip_content_type_to_str(m->content_type,
							 &type))
		return 0;
	/* a datagram may be longer than what it says (RFC 3261 §18.3) */
	if (cl && cl->value && strtoul(cl->value, NULL, 10) < len)
		len = strtoul(cl->value, NULL, 10);
	(void)sip_library_call(m, call, sizeof(call));
	err = sdp_body_find(type, strlen(type), body, len, &off, &n);
	osip_free(type);
	if (err == ENOENT)
		return 0;

	return err ? err : take_sdp(s, whose, body + off, n, call);
}


/**
 * Read a message
 *
 * @param s	Names
 * @param whose What it names is whose
 * @param msg	The whole message
 * @param len	Its length
 *
 * @return 0; EBADMSG: it is none, or carries what is no session description;
 *	   E2BIG, ENOMEM
 */
int signalled_message(struct signalled *s, enum signalled_whose whose,
		      const uint8_t *msg, size_t len)
{
	static const char blank[] = "\r\n\r\n";
	osip_message_t *m = NULL;
	const char *body;
	size_t head;
	int err;

	/* most carry no description: a glance is enough */
	if (len < SHORTEST || !memmem(msg, len, "m=", 2))
		return 0;
	body = memmem(msg, len, blank, sizeof(blank) - 1);
	if (!body)
		return EBADMSG;
	body += sizeof(blank) - 1;
	head = (size_t)(body - (const char *)msg);

	if (osip_message_init(&m))
		return ENOMEM;
	err = sip_library_read(m, (const char *)msg, head);
	if (!err)
		err = take_body(s, whose, m, body, len - head);
	osip_message_free(m);

	return err;
}


/**
 * Was it named?
 *
 * @return Call-ID of the message that last did, borrowed; NULL: no
 */
const char *signalled_find(const struct signalled *s,
			   enum signalled_whose whose, const struct addr *a)
{
	const struct name *n = find(s, whose, a);

	return n ? n->call : NULL;
}


/** It was never named */
void signalled_forget(struct signalled *s, enum signalled_whose whose,
		      const struct addr *a)
{
	mem_deref(find(s, whose, a));
}


static void destructor(void *arg)
{
	struct signalled *s = arg;

	for (unsigned i = 0; i < KINDS; i++) {
		list_flush(&s->names[i]);
		mem_deref(s->byaddr[i]);
	}
}


/**
 * Nothing has been named
 *
 * @param sp Result; mem_deref() it
 *
 * @return 0 or ENOMEM
 */
int signalled_alloc(struct signalled **sp)
{
	struct signalled *s = mem_zalloc(sizeof(*s), destructor);
	int err		    = 0;

	if (!s)
		return ENOMEM;

	for (unsigned i = 0; !err && i < KINDS; i++)
		err = hash_alloc(&s->byaddr[i], BUCKETS);
	if (!err)
		err = sip_library_init();
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}
