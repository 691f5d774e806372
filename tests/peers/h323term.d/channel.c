/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file channel.c  Logical channels (H.245 §C.4, C.5)
 *
 * Owns the list of a call's channels. What flows in one is a session or a pipe
 * of media.h, which live as long as the call.
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "media.h"


struct channel {
	struct le le;
	struct call *call;
	long number;
	enum kind kind;
	bool outgoing; /* we opened it */
	bool both;     /* bidirectional */
	bool open;
	struct session *session;
	struct pipe *pipe;
};


static void destructor(void *data)
{
	struct channel *ch = data;

	list_unlink(&ch->le);
}


static int channel_alloc(struct channel **chp, struct call *c, enum kind kind,
			 long number, bool outgoing)
{
	struct channel *ch = mem_zalloc(sizeof(*ch), destructor);

	if (!ch)
		return ENOMEM;
	ch->call     = c;
	ch->kind     = kind;
	ch->number   = number;
	ch->outgoing = outgoing;
	list_append(&c->channels, &ch->le, ch);
	*chp = ch;

	return 0;
}


static struct channel *find(const struct call *c, long number, bool outgoing)
{
	struct le *le;

	for (le = list_head(&c->channels); le; le = le->next) {
		struct channel *ch = le->data;

		if (ch->number == number && ch->outgoing == outgoing)
			return ch;
	}

	return NULL;
}


static void tell(const struct channel *ch, const char *state, const char *why)
{
	call_event(ch->call, "channel", "{s:I,s:s,s:s,s:s,s:b,s:I,s:s*}",
		   "number", (json_int_t)ch->number, "kind",
		   kind_name(ch->kind), "direction",
		   ch->outgoing ? "out" : "in", "state", state,
		   "bidirectional", (int)ch->both, "session",
		   (json_int_t)(ch->session ? session_id(ch->session) : 0),
		   "why", why);
}


/* ---- addresses and parameters */

json_t *h245_address(const struct sa *sa)
{
	char text[64];

	(void)re_snprintf(text, sizeof(text), "%J", sa);

	return json_pack("{s:{s:s}}", "unicastAddress",
			 sa_af(sa) == AF_INET6 ? "iP6Address" : "iPAddress",
			 text);
}


/** Unset if there is none, or none we know */
void h245_address_get(struct sa *sa, const json_t *j)
{
	json_t *text = NULL;

	sa_init(sa, AF_UNSPEC);
	(void)choice(json_object_get(j, "unicastAddress"), &text);
	if (json_is_string(text))
		(void)address_get(sa, json_string_value(text));
}


/** @param media, control Left out if NULL or not set */
static json_t *h2250(long id, const struct sa *media, const struct sa *control)
{
	json_t *p = json_pack("{s:I}", "sessionID", (json_int_t)id);

	if (media && sa_isset(media, SA_ALL))
		(void)json_object_set_new(p, "mediaChannel",
					  h245_address(media));
	if (control && sa_isset(control, SA_ALL))
		(void)json_object_set_new(p, "mediaControlChannel",
					  h245_address(control));

	return p;
}


static json_t *multiplex(json_t *parameters)
{
	return json_pack("{s:o}", "h2250LogicalChannelParameters", parameters);
}


static const json_t *h2250_of(const json_t *parameters)
{
	return at(parameters,
		  "multiplexParameters.h2250LogicalChannelParameters");
}


static void addresses_of(const json_t *parameters, struct sa *media,
			 struct sa *control)
{
	h245_address_get(media, json_object_get(parameters, "mediaChannel"));
	h245_address_get(control,
			 json_object_get(parameters, "mediaControlChannel"));
}


/** T.120's address (H.245 §B.3.1): where to connect */
static json_t *separate_stack(const struct sa *sa)
{
	return json_pack("{s:s,s:{s:o},s:b}", "distribution", "unicast",
			 "networkAddress", "localAreaAddress",
			 h245_address(sa), "associateConference", 0);
}


static void separate_stack_get(struct sa *sa, const json_t *j)
{
	h245_address_get(sa, at(j, "networkAddress.localAreaAddress"));
}


static json_t *request(const char *name, json_t *body)
{
	return json_pack("{s:{s:o}}", "request", name, body);
}


static json_t *response(const char *name, json_t *body)
{
	return json_pack("{s:{s:o}}", "response", name, body);
}


/* ---- opening one */

static long session_wanted(const struct call *c, enum kind kind)
{
	long id = kind_session(kind);

	if (!id && h245_is_master(c->h245))
		id = 4;

	return option_number(c->conf, "session", id);
}


static json_t *olc_parameters(struct channel *ch, long id)
{
	struct sa rtp, rtcp;

	if (!ch->session)
		return h2250(id, NULL, NULL);
	session_addresses(ch->session, &rtp, &rtcp);

	return h2250(id, NULL, &rtcp);
}


static json_t *olc_reverse(struct channel *ch, long id)
{
	json_t *reverse = json_pack("{s:o}", "dataType",
				    kind_data_type(ch->kind, ch->call->conf));
	struct sa rtp, rtcp;

	if (ch->session) {
		session_addresses(ch->session, &rtp, &rtcp);
		(void)json_object_set_new(reverse, "multiplexParameters",
					  multiplex(h2250(id, &rtp, &rtcp)));
	}
	else {
		(void)json_object_set_new(reverse, "multiplexParameters",
					  multiplex(h2250(id, NULL, NULL)));
	}

	return reverse;
}


static json_t *olc_make(struct channel *ch, long id)
{
	json_t *olc = json_pack(
		"{s:I,s:{s:o,s:o}}", "forwardLogicalChannelNumber",
		(json_int_t)ch->number, "forwardLogicalChannelParameters",
		"dataType", kind_data_type(ch->kind, ch->call->conf),
		"multiplexParameters", multiplex(olc_parameters(ch, id)));

	if (ch->both)
		(void)json_object_set_new(olc,
					  "reverseLogicalChannelParameters",
					  olc_reverse(ch, id));

	return olc;
}


/** "t120In": "olc": our address for T.120 is in the request already */
static void olc_separate_stack(struct channel *ch, json_t *olc)
{
	struct sa sa;

	if (ch->kind == T120 &&
	    !strcmp(option_text(ch->call->conf, "t120In", ""), "olc") &&
	    !pipe_listen(&ch->pipe, ch->call, T120, ch->number, &sa))
		(void)json_object_set_new(olc, "separateStack",
					  separate_stack(&sa));
}


/** @param args Options: "bidirectional", "with" (put into the message) */
int channel_open(struct call *c, enum kind kind, const json_t *args)
{
	long id = option_number(args, "session", session_wanted(c, kind));
	struct channel *ch;
	json_t *olc;
	int err;

	if (kind == KINDS)
		return EINVAL;
	err = channel_alloc(&ch, c, kind,
			    option_number(args, "number", c->next_channel),
			    true);
	if (err)
		return err;
	++c->next_channel;
	ch->both = option_is(args, "bidirectional",
			     kind_is_octets(kind) ||
				     option_has(c->conf, "both",
						kind_name(kind)));
	if (!kind_is_octets(kind))
		err = session_get(&ch->session, c, kind, id);
	if (err) {
		mem_deref(ch);
		return err;
	}
	olc = olc_make(ch, id);
	olc_separate_stack(ch, olc);
	merge(olc, option(args, "with"));
	h245_put(c->h245, request("openLogicalChannel", olc));

	return 0;
}


/** What an acknowledgement says of octets: where to connect for them */
static void connect_octets(struct channel *ch, const json_t *ack,
			   const struct sa *media)
{
	struct sa sa = *media;

	if (ch->kind == T120)
		separate_stack_get(&sa, json_object_get(ack, "separateStack"));
	if (!ch->pipe && sa_isset(&sa, SA_ALL) &&
	    pipe_connect(&ch->pipe, ch->call, ch->kind, ch->number, &sa))
		complain(ch->call->term, "%s: cannot connect",
			 kind_name(ch->kind));
}


void channel_acknowledged(struct call *c, const json_t *ack)
{
	struct channel *ch = find(
		c, number_at(ack, "forwardLogicalChannelNumber", 0), true);
	const json_t *p = at(ack, "forwardMultiplexAckParameters."
				  "h2250LogicalChannelAckParameters");
	struct sa media, control;

	if (!ch || ch->open)
		return;
	ch->open = true;
	addresses_of(p, &media, &control);
	if (kind_is_octets(ch->kind)) {
		connect_octets(ch, ack, &media);
	}
	else {
		session_number(ch->session, number_at(p, "sessionID", 0));
		session_send(ch->session, &media, &control);
	}
	if (ch->both)
		h245_put(c->h245,
			 json_pack("{s:{s:{s:I}}}", "indication",
				   "openLogicalChannelConfirm",
				   "forwardLogicalChannelNumber",
				   (json_int_t)ch->number));
	tell(ch, "open", NULL);
}


void channel_rejected(struct call *c, const json_t *reject)
{
	struct channel *ch = find(
		c, number_at(reject, "forwardLogicalChannelNumber", 0), true);

	if (!ch)
		return;
	tell(ch, "rejected", choice(json_object_get(reject, "cause"), NULL));
	mem_deref(ch);
}


/* ---- the other end opens one */

static void reject(struct call *c, long number, const char *cause)
{
	h245_put(c->h245,
		 response("openLogicalChannelReject",
			  json_pack("{s:I,s:s}", "forwardLogicalChannelNumber",
				    (json_int_t)number, "cause", cause)));
}


/** Which session it is: what the OLC says, or what the master assigns */
static long session_agreed(const struct call *c, enum kind kind,
			   const json_t *parameters)
{
	long id = number_at(parameters, "sessionID", 0);

	if (!id && h245_is_master(c->h245))
		id = kind == H239 ? 4 : 32 + (long)kind;

	return id;
}


static json_t *ack_packets(struct channel *ch, const json_t *olc)
{
	const json_t *reverse = at(olc, "reverseLogicalChannelParameters");
	struct sa rtp, rtcp, media, control;
	json_t *p, *ack;

	session_addresses(ch->session, &rtp, &rtcp);
	p   = h2250(session_id(ch->session), &rtp, &rtcp);
	ack = json_pack("{s:I,s:{s:o}}", "forwardLogicalChannelNumber",
			(json_int_t)ch->number,
			"forwardMultiplexAckParameters",
			"h2250LogicalChannelAckParameters", p);
	addresses_of(h2250_of(at(olc, "forwardLogicalChannelParameters")),
		     &media, &control);
	session_control(ch->session, &control);
	if (!ch->both)
		return ack;
	(void)json_object_set_new(
		ack, "reverseLogicalChannelParameters",
		json_pack("{s:I,s:o}", "reverseLogicalChannelNumber",
			  (json_int_t)ch->call->next_channel++,
			  "multiplexParameters",
			  multiplex(h2250(session_id(ch->session), NULL,
					  &rtcp))));
	addresses_of(h2250_of(reverse), &media, &control);
	session_send(ch->session, &media, &control);

	return ack;
}


static json_t *ack_octets(struct channel *ch, const json_t *olc)
{
	json_t *ack = json_pack("{s:I}", "forwardLogicalChannelNumber",
				(json_int_t)ch->number);
	long id = session_agreed(
		ch->call, ch->kind,
		h2250_of(at(olc, "forwardLogicalChannelParameters")));
	struct sa sa;

	if (ch->both)
		(void)json_object_set_new(
			ack, "reverseLogicalChannelParameters",
			json_pack("{s:I}", "reverseLogicalChannelNumber",
				  (json_int_t)ch->call->next_channel++));
	separate_stack_get(&sa, json_object_get(olc, "separateStack"));
	if (ch->kind == T120 && sa_isset(&sa, SA_ALL)) {
		(void)pipe_connect(&ch->pipe, ch->call, ch->kind, ch->number,
				   &sa);
		return ack;
	}
	if (pipe_listen(&ch->pipe, ch->call, ch->kind, ch->number, &sa))
		return ack;
	if (ch->kind == T120)
		(void)json_object_set_new(ack, "separateStack",
					  separate_stack(&sa));
	else
		(void)json_object_set_new(
			ack, "forwardMultiplexAckParameters",
			json_pack("{s:o}", "h2250LogicalChannelAckParameters",
				  h2250(id, &sa, NULL)));

	return ack;
}


void channel_opened(struct call *c, const json_t *olc)
{
	const json_t *forward = at(olc, "forwardLogicalChannelParameters");
	enum kind kind = kind_of(json_object_get(forward, "dataType"));
	long number    = number_at(olc, "forwardLogicalChannelNumber", 0);
	struct channel *ch;
	json_t *ack;

	if (kind == KINDS || option_has(c->conf, "refuse", kind_name(kind))) {
		reject(c, number, kind == KINDS ? "unknownDataType"
						: "dataTypeNotAvailable");
		return;
	}
	if (find(c, number, false) ||
	    channel_alloc(&ch, c, kind, number, false))
		return;
	ch->both = at(olc, "reverseLogicalChannelParameters") != NULL;
	if (!kind_is_octets(kind) &&
	    session_get(&ch->session, c, kind,
			session_agreed(c, kind, h2250_of(forward)))) {
		mem_deref(ch);
		reject(c, number, "unspecified");
		return;
	}
	ch->open = true;
	ack	 = ch->session ? ack_packets(ch, olc) : ack_octets(ch, olc);
	merge(ack, option(c->conf, "ackWith"));
	h245_put(c->h245, response("openLogicalChannelAck", ack));
	tell(ch, "open", NULL);
}


/* ---- closing */

static void end(struct channel *ch, const char *why)
{
	if (ch->session && (ch->outgoing || ch->both))
		session_stop(ch->session);
	if (ch->pipe)
		pipe_close(ch->pipe);
	tell(ch, "closed", why);
	mem_deref(ch);
}


/** The other end closes its own */
void channel_closed(struct call *c, long number, bool by_sender)
{
	struct channel *ch = find(c, number, !by_sender);

	h245_put(c->h245,
		 response("closeLogicalChannelAck",
			  json_pack("{s:I}", "forwardLogicalChannelNumber",
				    (json_int_t)number)));
	if (ch)
		end(ch, "remote");
}


/** Close ours, or ask the other end to close its own */
int channel_close(struct call *c, long number, bool request_it)
{
	struct channel *ch = find(c, number, !request_it);

	h245_put(c->h245,
		 request(request_it ? "requestChannelClose"
				    : "closeLogicalChannel",
			 request_it
				 ? json_pack("{s:I,s:s}",
					     "forwardLogicalChannelNumber",
					     (json_int_t)number, "reason",
					     "normal")
				 : json_pack("{s:I,s:s}",
					     "forwardLogicalChannelNumber",
					     (json_int_t)number, "source",
					     "user")));
	if (!ch)
		return ENOENT;
	if (!request_it)
		end(ch, "local");

	return 0;
}


/** The other end asks us to close ours */
void channel_request_close(struct call *c, long number)
{
	h245_put(c->h245,
		 response("requestChannelCloseAck",
			  json_pack("{s:I}", "forwardLogicalChannelNumber",
				    (json_int_t)number)));
	(void)channel_close(c, number, false);
}


/** All that we send, say */
void channels_close(struct call *c, bool outgoing)
{
	struct le *le = list_head(&c->channels);

	while (le) {
		struct channel *ch = le->data;

		le = le->next;
		if (ch->outgoing == outgoing)
			(void)channel_close(c, ch->number, !outgoing);
	}
}


/* ---- in fastStart (H.323 §8.1.7.1) */

/** An offer; reverse: of what the other end is to send */
json_t *channel_offer(struct call *c, enum kind kind, bool reverse)
{
	struct session *s;
	struct sa rtp, rtcp;
	long number = c->next_channel++;

	if (session_get(&s, c, kind, kind_session(kind)))
		return NULL;
	session_addresses(s, &rtp, &rtcp);
	if (!reverse)
		return json_pack(
			"{s:I,s:{s:o,s:o}}", "forwardLogicalChannelNumber",
			(json_int_t)number, "forwardLogicalChannelParameters",
			"dataType", kind_data_type(kind, c->conf),
			"multiplexParameters",
			multiplex(h2250(session_id(s), NULL, &rtcp)));

	return json_pack("{s:I,s:{s:s,s:s},s:{s:o,s:o}}",
			 "forwardLogicalChannelNumber", (json_int_t)number,
			 "forwardLogicalChannelParameters", "dataType",
			 "nullData", "multiplexParameters", "none",
			 "reverseLogicalChannelParameters", "dataType",
			 kind_data_type(kind, c->conf), "multiplexParameters",
			 multiplex(h2250(session_id(s), &rtp, &rtcp)));
}


static bool is_reverse(const json_t *olc)
{
	const char *type = choice(
		at(olc, "forwardLogicalChannelParameters.dataType"), NULL);

	return type && !strcmp(type, "nullData");
}


static const json_t *offered_parameters(const json_t *olc, enum kind *kind)
{
	const json_t *p = at(olc, is_reverse(olc)
					  ? "reverseLogicalChannelParameters"
					  : "forwardLogicalChannelParameters");

	*kind = kind_of(json_object_get(p, "dataType"));

	return h2250_of(p);
}


/** What the caller offers, with our addresses; NULL: not this one */
json_t *channel_accept_offer(struct call *c, const json_t *olc)
{
	const bool ours = is_reverse(olc); /* we are to send */
	struct sa rtp, rtcp, media, control;
	struct channel *ch;
	enum kind kind;
	const json_t *p = offered_parameters(olc, &kind);
	json_t *answer	= json_deep_copy(olc);
	long number	= number_at(olc, "forwardLogicalChannelNumber", 0);

	if (kind == KINDS || kind_is_octets(kind) ||
	    option_has(c->conf, "refuse", kind_name(kind)) ||
	    channel_alloc(&ch, c, kind, ours ? c->next_channel++ : number,
			  ours)) {
		json_decref(answer);
		return NULL;
	}
	addresses_of(p, &media, &control);
	if (session_get(&ch->session, c, kind, number_at(p, "sessionID", 0))) {
		mem_deref(ch);
		json_decref(answer);
		return NULL;
	}
	ch->open = true;
	session_addresses(ch->session, &rtp, &rtcp);
	(void)json_object_set_new(answer, "forwardLogicalChannelNumber",
				  json_integer(ch->number));
	(void)json_object_set_new(
		at(answer, ours ? "reverseLogicalChannelParameters"
				: "forwardLogicalChannelParameters"),
		"multiplexParameters",
		multiplex(h2250(session_id(ch->session), ours ? NULL : &rtp,
				&rtcp)));
	if (ours)
		session_send(ch->session, &media, &control);
	else
		session_control(ch->session, &control);
	tell(ch, "open", "fastStart");

	return answer;
}


/** One of our offers came back: it is open */
void channel_offer_accepted(struct call *c, const json_t *olc)
{
	const bool theirs = is_reverse(olc);
	struct sa media, control;
	struct channel *ch;
	enum kind kind;
	const json_t *p = offered_parameters(olc, &kind);
	long number	= number_at(olc, "forwardLogicalChannelNumber", 0);

	if (kind == KINDS || channel_alloc(&ch, c, kind, number, !theirs))
		return;
	if (session_get(&ch->session, c, kind, number_at(p, "sessionID", 0))) {
		mem_deref(ch);
		return;
	}
	ch->open = true;
	addresses_of(p, &media, &control);
	if (theirs)
		session_control(ch->session, &control);
	else
		session_send(ch->session, &media, &control);
	tell(ch, "open", "fastStart");
}
