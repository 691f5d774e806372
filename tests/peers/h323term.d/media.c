/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.c  Packets of a call's sessions: a tone, or numbers, and counts
 *
 * Owns the sockets. One timer of the program sends for all sessions.
 */
#include <errno.h>
#include <string.h>
#include "g711.h"
#include "media.h"
#include "tests/peers/tone.h"
#include "wire/wire.h"


enum {
	TICK	     = 20,  /* ms */
	RATE	     = 8000,
	SAMPLES	     = RATE * TICK / 1000,
	RTP_HEADER   = 12,
	RTP_VERSION  = 0x80,
	PT_PCMU	     = 0,
	PT_H263	     = 34,
	PT_H224	     = 100,
	SR_TYPE	     = 200,
	SDES_TYPE    = 202,
	RTCP_TICKS   = 50,
	VIDEO_TICKS  = 2,
	VIDEO_SIZE   = 400,
	DATA_TICKS   = 5,
	DATA_SIZE    = 60,
	PORT_MIN     = 20000,
	PORT_MAX     = 39998,
	PORT_TRIES   = 100,
	SOURCES_MAX  = 4,
	SURE	     = 3,  /* windows in a row in which a tone was clear */
	SKIPPED	     = 45, /* packets then not listened to: it costs much */
	NTP_OFFSET   = 2208988800U, /* s from 1900 to 1970 */
};

/** Where packets came from */
struct source {
	struct sa sa;
	uint64_t n;
};

struct session {
	struct le le;
	struct call *call;
	long id;
	enum kind kind;
	struct udp_sock *rtp, *rtcp;
	struct sa rtp_local, rtcp_local, rtp_remote, rtcp_remote;
	bool sending;
	uint16_t seq;
	uint32_t ssrc, ts;
	struct tone_source tone;
	struct tone_meter *meter; /* NULL: nothing is measured */
	bool always;		  /* every packet is listened to */
	unsigned sure, skip;
	uint64_t sent, received, odd, rtcp_sent, rtcp_received;
	uint32_t first, last;	  /* sequence numbers, extended */
	uint64_t gap;		  /* ms; of what was sent, missing in a row */
	struct source from[SOURCES_MAX], rtcp_from[SOURCES_MAX];
};


static void destructor(void *data)
{
	struct session *s = data;

	list_unlink(&s->le);
	mem_deref(s->rtp);
	mem_deref(s->rtcp);
	mem_deref(s->meter);
}


/* ---- sending */

static void transmit(struct udp_sock *us, const struct sa *to, uint8_t *p,
		     size_t len)
{
	struct mbuf mb = {.buf = p, .size = len, .end = len};

	(void)udp_send(us, to, &mb); /* refused, full: media goes on */
}


static void send_rtp(struct session *s, uint8_t pt, size_t payload)
{
	uint8_t buf[RTP_HEADER + VIDEO_SIZE];
	struct wire w;

	wire_write(&w, buf, sizeof(buf));
	wire_put_u8(&w, RTP_VERSION);
	wire_put_u8(&w, pt);
	wire_put_u16(&w, s->seq++);
	wire_put_u32(&w, s->ts);
	wire_put_u32(&w, s->ssrc);
	if (s->kind == AUDIO) {
		for (size_t i = 0; i < SAMPLES; i++)
			wire_put_u8(&w,
				    ulaw_encode(tone_source_next(&s->tone)));
	}
	else {
		wire_put_u32(&w, (uint32_t)s->sent);
		while (wire_tell(&w) < RTP_HEADER + payload)
			wire_put_u8(&w, 0);
	}
	transmit(s->rtp, &s->rtp_remote, buf, wire_tell(&w));
	++s->sent;
}


/** UDPTL (T.38 §9.1): a number, one field of no T.30 data, no redundancy */
static void send_udptl(struct session *s)
{
	uint8_t buf[8];
	struct wire w;

	wire_write(&w, buf, sizeof(buf));
	wire_put_u16(&w, s->seq++);
	wire_put_u8(&w, 1);
	wire_put_u8(&w, 0); /* t30-indicator: no-signal */
	wire_put_u8(&w, 0);
	wire_put_u8(&w, 0);
	transmit(s->rtp, &s->rtp_remote, buf, wire_tell(&w));
	++s->sent;
}


/** RFC 3550 §6: sender's report, and who it is */
static void send_rtcp(struct session *s)
{
	static const char name[] = "h323term";
	const uint64_t now = now_us();
	uint8_t buf[64];
	struct wire w;

	wire_write(&w, buf, sizeof(buf));
	wire_put_u8(&w, RTP_VERSION);
	wire_put_u8(&w, SR_TYPE);
	wire_put_u16(&w, 6);
	wire_put_u32(&w, s->ssrc);
	wire_put_u32(&w, (uint32_t)(now / 1000000) + NTP_OFFSET);
	wire_put_u32(&w, 0);
	wire_put_u32(&w, s->ts);
	wire_put_u32(&w, (uint32_t)s->sent);
	wire_put_u32(&w, (uint32_t)(s->sent * SAMPLES));
	wire_put_u8(&w, RTP_VERSION | 1);
	wire_put_u8(&w, SDES_TYPE);
	wire_put_u16(&w, 4);
	wire_put_u32(&w, s->ssrc);
	wire_put_u8(&w, 1); /* CNAME */
	wire_put_u8(&w, sizeof(name) - 1);
	wire_put(&w, name, sizeof(name) - 1);
	wire_put_u16(&w, 0);
	transmit(s->rtcp, &s->rtcp_remote, buf, wire_tell(&w));
	++s->rtcp_sent;
}


static void session_tick(struct session *s, uint64_t ticks)
{
	if (!s->sending)
		return;
	s->ts += SAMPLES;
	switch (s->kind) {

	case AUDIO:
		send_rtp(s, PT_PCMU, SAMPLES);
		break;
	case VIDEO:
	case H239:
		if (ticks % VIDEO_TICKS == 0)
			send_rtp(s, PT_H263, VIDEO_SIZE);
		break;
	case H224:
		if (ticks % DATA_TICKS == 0)
			send_rtp(s, PT_H224, DATA_SIZE);
		break;
	default:
		if (ticks % DATA_TICKS == 0)
			send_udptl(s);
	}
	if (s->rtcp && sa_isset(&s->rtcp_remote, SA_ALL) &&
	    ticks % RTCP_TICKS == s->ssrc % RTCP_TICKS)
		send_rtcp(s);
}


/** The program's timer: every session's turn */
void media_tick(void *arg)
{
	struct app *app = arg;
	const uint64_t due = app->tick.jfs, now = tmr_jiffies();
	struct le *t, *c, *s;

	/* what was missed is missed, but not what is a little late */
	tmr_start(&app->tick, due && now < due + TICK ? due + TICK - now : TICK,
		  media_tick, app);
	++app->ticks;
	for (t = list_head(&app->terms); t; t = t->next) {
		const struct term *term = t->data;

		for (c = list_head(&term->calls); c; c = c->next) {
			const struct call *call = c->data;

			for (s = list_head(&call->sessions); s; s = s->next)
				session_tick(s->data, app->ticks);
		}
	}
}


/* ---- receiving */

static void note_source(struct source *from, const struct sa *src)
{
	for (size_t i = 0; i < SOURCES_MAX; i++) {
		if (from[i].n && !sa_cmp(&from[i].sa, src, SA_ALL))
			continue;
		from[i].sa = *src;
		++from[i].n;
		return;
	}
}


static void note_sequence(struct session *s, uint16_t seq)
{
	if (!s->received) {
		s->first = s->last = seq;
	}
	else {
		const uint16_t ahead = (uint16_t)(seq - (uint16_t)s->last);

		if (ahead > 0 && ahead < 0x8000) {
			s->last += ahead;
			if ((ahead - 1u) * TICK > s->gap)
				s->gap = (ahead - 1u) * TICK;
		}
	}
	++s->received;
}


static void listen_to(struct session *s, const uint8_t *p, size_t len)
{
	const unsigned windows = s->meter->windows;

	if (s->skip) {
		--s->skip;
		return;
	}
	for (size_t i = 0; i < len; i++)
		tone_meter_put(s->meter, ulaw_decode(p[i]));
	if (s->meter->windows == windows)
		return;
	s->sure = s->meter->last ? s->sure + 1 : 0;
	if (s->sure >= SURE && !s->always)
		s->skip = SKIPPED;
}


static void on_rtp(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct session *s = arg;
	const uint8_t *p  = mbuf_buf(mb);
	const size_t len  = mbuf_get_left(mb);

	note_source(s->from, src);
	if (s->kind == T38UDP && len >= 2) {
		note_sequence(s, (uint16_t)(p[0] << 8 | p[1]));
		return;
	}
	if (len < RTP_HEADER || p[0] >> 6 != 2) {
		++s->odd;
		return;
	}
	note_sequence(s, (uint16_t)(p[2] << 8 | p[3]));
	if (s->kind == AUDIO && s->meter)
		listen_to(s, p + RTP_HEADER, len - RTP_HEADER);
}


static void on_rtcp(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct session *s = arg;
	const uint8_t *p  = mbuf_buf(mb);

	note_source(s->rtcp_from, src);
	if (mbuf_get_left(mb) >= 8 && p[0] >> 6 == 2 && p[1] >= SR_TYPE)
		++s->rtcp_received;
	else
		++s->odd;
}


/* ---- a session */

/** An even port and the odd one behind it (RFC 3550 §11) */
static int bind_pair(struct session *s)
{
	struct sa sa = s->call->term->own;
	int err = EADDRINUSE;

	for (int i = 0; i < PORT_TRIES && err; i++) {
		uint16_t port = (uint16_t)(PORT_MIN + 2 * (rand_u32() %
					   ((PORT_MAX - PORT_MIN) / 2)));

		sa_set_port(&sa, port);
		s->rtp_local = sa;
		err = udp_listen(&s->rtp, &sa, on_rtp, s);
		if (err || !kind_is_rtp(s->kind))
			continue;
		sa_set_port(&sa, port + 1);
		s->rtcp_local = sa;
		err = udp_listen(&s->rtcp, &sa, on_rtcp, s);
		if (err)
			s->rtp = mem_deref(s->rtp);
	}

	return err;
}


static struct session *find(const struct call *c, enum kind kind, long id)
{
	struct le *le;

	for (le = list_head(&c->sessions); le; le = le->next) {
		struct session *s = le->data;

		if (s->kind == kind && (s->id == id || !s->id || !id))
			return s;
	}

	return NULL;
}


/** The call's session of this number (0: not known yet), made if need be */
int session_get(struct session **sp, struct call *c, enum kind kind, long id)
{
	struct session *s = find(c, kind, id);
	int err;

	if (s) {
		session_number(s, id);
		*sp = s;
		return 0;
	}
	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;
	s->call = c;
	s->kind = kind;
	s->id	= id;
	s->ssrc = rand_u32();
	s->seq	= (uint16_t)rand_u32();
	list_append(&c->sessions, &s->le, s);
	tone_source_init(&s->tone,
			 (unsigned)option_number(c->conf, "tone", 1000), RATE);
	s->always = !strcmp(option_text(c->conf, "measure", ""), "always");
	if (kind == AUDIO && option_is(c->conf, "measure", true)) {
		s->meter = mem_zalloc(sizeof(*s->meter), NULL);
		if (s->meter)
			(void)tone_meter_init(s->meter, RATE);
	}
	err = bind_pair(s);
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}


/** The master has said its number */
void session_number(struct session *s, long id)
{
	if (id)
		s->id = id;
}


long session_id(const struct session *s)
{
	return s->id;
}


void session_addresses(const struct session *s, struct sa *rtp,
		       struct sa *rtcp)
{
	*rtp  = s->rtp_local;
	*rtcp = s->rtcp_local;
}


void session_send(struct session *s, const struct sa *rtp,
		  const struct sa *rtcp)
{
	session_control(s, rtcp);
	if (!sa_isset(rtp, SA_ALL))
		return;
	s->rtp_remote = *rtp;
	s->sending    = option_is(s->call->conf, "media", true);
}


void session_control(struct session *s, const struct sa *rtcp)
{
	if (sa_isset(rtcp, SA_ALL))
		s->rtcp_remote = *rtcp;
}


void session_stop(struct session *s)
{
	s->sending = false;
}


/** From now on another tone is played in the call */
int session_tone(struct call *c, long hz)
{
	struct le *le;

	for (le = list_head(&c->sessions); le; le = le->next) {
		struct session *s = le->data;

		tone_source_init(&s->tone, (unsigned)hz, RATE);
	}

	return 0;
}


static json_t *sources(const struct source *from)
{
	json_t *list = json_array();
	char text[64];

	for (size_t i = 0; i < SOURCES_MAX && from[i].n; i++) {
		(void)re_snprintf(text, sizeof(text), "%J", &from[i].sa);
		(void)json_array_append_new(list, json_string(text));
	}

	return list;
}


static void session_event(const struct session *s)
{
	uint64_t expected = s->received ? s->last - s->first + 1 : 0;
	unsigned hz = s->meter ? tone_meter_strongest(s->meter) : 0;
	char to[64] = "", own[64];

	if (sa_isset(&s->rtp_remote, SA_ALL))
		(void)re_snprintf(to, sizeof(to), "%J", &s->rtp_remote);
	(void)re_snprintf(own, sizeof(own), "%J", &s->rtp_local);
	call_event(s->call, "media",
		   "{s:s,s:I,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:I,s:I,"
		   "s:I,s:o}",
		   "kind", kind_name(s->kind), "session", (json_int_t)s->id,
		   "address", own, "to", to, "sending", (int)s->sending,
		   "sent", (json_int_t)s->sent, "received",
		   (json_int_t)s->received, "lost",
		   (json_int_t)expected - (json_int_t)s->received, "odd",
		   (json_int_t)s->odd, "gap",
		   (json_int_t)s->gap, "from",
		   sources(s->from), "tone", (json_int_t)hz, "heard",
		   (json_int_t)(hz ? tone_meter_heard(s->meter, hz) : 0),
		   "rtcpSent", (json_int_t)s->rtcp_sent, "rtcpReceived",
		   (json_int_t)s->rtcp_received, "rtcpFrom",
		   sources(s->rtcp_from));
}


/** Tell how all of the call's media stand */
void session_events(const struct call *c)
{
	struct le *le;

	for (le = list_head(&c->sessions); le; le = le->next) {
		if (!c->term->app->quiet)
			session_event(le->data);
	}
	pipe_events(c);
}


/** What is heard, from where, and pauses are looked at from now on */
void session_fresh(struct call *c)
{
	struct le *le;

	for (le = list_head(&c->sessions); le; le = le->next) {
		struct session *s = le->data;

		s->gap	    = 0;
		s->sure = s->skip = 0;
		memset(s->from, 0, sizeof(s->from));
		memset(s->rtcp_from, 0, sizeof(s->rtcp_from));
		if (s->meter)
			(void)tone_meter_init(s->meter, RATE);
	}
}
