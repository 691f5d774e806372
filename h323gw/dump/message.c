/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file message.c  What a message of a capture is, decoded
 *
 * Owns nothing but what stands in the struct.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "message.h"


/* choices a message's name lies in: how deep it is looked for */
enum {
	NAME_DEPTH = 3,
};

struct name {
	const char *found;
	bool h225;    /* the body's alternative, not the first choice met */
	unsigned depth; /* of the innermost choice of the name so far */
};


const char *message_protocol_name(enum message_protocol protocol)
{
	static const char *const names[] = {"RAS", "H.225", "H.245"};

	return names[protocol];
}


static const char *type_name(enum message_protocol protocol)
{
	static const char *const names[] = {"RasMessage",
					    "H323-UserInformation",
					    "MultimediaSystemControlMessage"};

	return names[protocol];
}


static int per_read(struct message *m, const struct per *per, const uint8_t *p,
		    size_t len)
{
	int err = per_decode(&m->msg, per,
			     per_type_find(per, type_name(m->protocol)), p,
			     len, &m->fault);

	if (err)
		m->why = m->fault.what ? m->fault.what : strerror(err);

	return err;
}


/**
 * Read a message
 *
 * @param m        Result, also after an error; message_reset() it
 * @param per      Codec
 * @param protocol What it is
 * @param p        Octets, which must stay
 * @param len      How many
 *
 * @return 0, or an errno with m->why
 */
int message_read(struct message *m, const struct per *per,
		 enum message_protocol protocol, const uint8_t *p, size_t len)
{
	int err;

	m->protocol = protocol;
	m->p	    = p;
	m->len	    = len;
	m->uuie	    = NULL;
	m->msg	    = NULL;
	m->why	    = NULL;
	memset(&m->fault, 0, sizeof(m->fault));

	if (protocol != MESSAGE_H225)
		return per_read(m, per, p, len);

	err = q931_decode(&m->q931, p, len, &m->why);
	if (err)
		return err;
	m->uuie = q931_user_user(&m->q931, &m->uuielen);

	return m->uuie ? per_read(m, per, m->uuie, m->uuielen) : 0;
}


void message_reset(struct message *m)
{
	per_msg_free(m->msg);
	m->msg = NULL;
}


/* RAS: the choice. H.225.0: that of h323-message-body. H.245: request,
 * response, command or indication, and the choice in it */
static int on_field(const struct per_field *f, bool leave, void *arg)
{
	struct name *n = arg;

	if (leave || f->kind != PER_CHOICE)
		return f->depth > NAME_DEPTH && n->found;
	if (n->h225) {
		if (!f->name || strcmp(f->name, "h323-message-body"))
			return 0;
		n->found = f->label;
		return 1;
	}
	if (!n->found || f->depth == n->depth + 1) {
		const bool first = !n->found;

		n->found = f->label;
		n->depth = f->depth;
		/* the four of H.245 are no names by themselves */
		return !(first && f->label &&
			 (!strcmp(f->label, "request") ||
			  !strcmp(f->label, "response") ||
			  !strcmp(f->label, "command") ||
			  !strcmp(f->label, "indication")));
	}

	return 1;
}


const char *message_name(const struct message *m)
{
	struct name n = {.h225 = m->protocol == MESSAGE_H225};

	if (m->msg)
		(void)per_msg_walk(m->msg, on_field, &n);
	if (!n.found && m->protocol == MESSAGE_H225)
		return q931_type_name(m->q931.type);

	return n.found ? n.found : "";
}


const char *message_nested_name(const struct per *per,
				const struct per_nested *nested)
{
	struct name n = {0};

	if (strcmp(per_type_name(nested->type),
		   "MultimediaSystemControlMessage"))
		return NULL;
	if (nested->value)
		(void)per_value_walk(per, nested->type, nested->value,
				     on_field, &n);

	return n.found ? n.found : "";
}


static int on_strange(const struct per_field *f, bool leave, void *arg)
{
	static const uint8_t h245[] = {0, 8, 0x81, 0x75, 0};

	(void)arg;
	if (leave)
		return 0;
	if (f->kind == PER_UNKNOWN || (f->kind == PER_CHOICE && !f->label))
		return 1;
	if (f->depth < NAME_DEPTH && f->kind == PER_CHOICE && f->label &&
	    !strncmp(f->label, "nonStandard", strlen("nonStandard")))
		return 1;

	/* that of a terminalCapabilitySet; RAS has it at another depth */
	return f->kind == PER_OID && f->depth == NAME_DEPTH && f->name &&
	       !strcmp(f->name, "protocolIdentifier") &&
	       (f->len < sizeof(h245) || memcmp(f->data, h245, sizeof(h245)));
}


bool message_known(const struct message *m)
{
	const struct per_nested *nested;
	size_t n = m->msg ? per_msg_nested(m->msg, &nested) : 0;

	while (n-- > 0) {
		if (!nested[n].value)
			return false;
	}

	return m->msg && !m->why && !per_msg_walk(m->msg, on_strange, NULL);
}


/* a message, and all in it, encoded anew */
static int per_same(struct per_msg *msg, const uint8_t *p, size_t len)
{
	const struct per_nested *nested;
	size_t n = per_msg_nested(msg, &nested), out;
	uint8_t *buf;
	int err = 0;

	if (per_msg_len(msg) != len)
		return EILSEQ;
	buf = malloc(len + 64);
	if (!buf)
		return ENOMEM;
	while (!err && n-- > 0) {
		if (nested[n].value)
			err = per_nested_changed(msg, &nested[n]);
	}
	if (!err)
		err = per_msg_encode(msg, buf, len + 64, &out, NULL);
	if (err || out != len || memcmp(buf, p, len))
		err = EILSEQ;
	free(buf);

	return err;
}


int message_roundtrip(const struct message *m, const struct per *per)
{
	uint8_t *buf;
	size_t n = 0;
	int err	 = 0;
	(void)per;

	if (m->why)
		return EILSEQ;
	if (m->protocol == MESSAGE_H225) {
		buf = malloc(m->len + 16);
		if (!buf)
			return ENOMEM;
		err = q931_encode(&m->q931, buf, m->len + 16, &n);
		if (!err && (n != m->len || memcmp(buf, m->p, n)))
			err = EILSEQ;
		free(buf);
		if (err || !m->msg)
			return err;
		return per_same(m->msg, m->uuie, m->uuielen);
	}

	return per_same(m->msg, m->p, m->len);
}
