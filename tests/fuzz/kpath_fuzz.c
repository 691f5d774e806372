/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay/kpath.bpf.c: a frame in, the kernel's verdict and that of the sockets'
 * path out, on the same table state. They may differ in one way only: the
 * kernel passes a packet up. What it sends must have the right addresses, right
 * checksums and the same payload, and leave the same counters and memories.
 *
 * Needs root, for a network namespace and to load the program; says nothing
 * and tests nothing where it can't.
 *
 * Input: octet 0 which session and leg, 1 source and port, 2 what is odd about
 * the frame, 3 bandwidth, 4 and 5 the state before; the rest is the payload.
 */
#include "config.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include "relay/control.h"
#include "relay/forward.h"
#include "relay/kpath_load.h"
#include "relay/kpath_table.h"
#include "relay/session.h"
#include "kpath.skel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
bool kpath_counts(unsigned long *passed, unsigned long *shot,
		  unsigned long *up);


enum {
	SESSIONS  = 8,
	HEAD	  = 6,
	FRAME_MAX = 2048,
	SSRC	  = 0x11223344,
};

static const char SETUP[] =
	"ip link set lo up;"
	"ip link add v1 type veth peer name w1;"
	"ip link add v2 type veth peer name w2;"
	"for i in 1 2; do"
	" ip address add 10.99.$i.1/24 dev v$i;"
	" ip address add fd99:$i::1/64 dev v$i nodad;"
	" ip link set v$i up; ip link set w$i up;"
	" ip neighbour add 10.99.$i.2 lladdr 02:00:00:00:00:0$i dev v$i;"
	" ip neighbour add fd99:$i::2 lladdr 02:00:00:00:00:0$i dev v$i;"
	" done;"
	"echo 1 > /proc/sys/net/ipv4/conf/lo/forwarding;"
	"echo 1 > /proc/sys/net/ipv6/conf/lo/forwarding";

static struct {
	struct relay *relay;
	struct kpath_prog prog;
	struct stream *stream[SESSIONS];
	uint64_t now;
	unsigned long passed, shot, up;
	bool ready, tried;
} world;


static void check(bool good)
{
	if (!good)
		abort();
}


static uint64_t fake_now(void)
{
	return world.now;
}


static void log_nothing(enum log_level level, const char *room,
			const char *text, void *arg)
{
	(void)level;
	(void)room;
	(void)text;
	(void)arg;
}


/* ---- the world */

static int family(unsigned session, unsigned leg)
{
	return (session >> leg) & 1 ? AF_INET6 : AF_INET;
}


static bool muxed(unsigned session)
{
	return session & 4;
}


static struct addr party(unsigned session, unsigned leg,
			 enum latch_component c)
{
	char text[32];
	struct addr a;

	(void)snprintf(text, sizeof(text),
		       family(session, leg) == AF_INET6 ? "fd99:%u::2"
							: "10.99.%u.2",
		       leg + 1);
	check(!addr_parse(&a, text, (uint16_t)(5000 + 10 * session + c)));

	return a;
}


static void settings_make(struct settings *s)
{
	unsigned i;

	memset(s, 0, sizeof(*s));
	strcpy(s->name, "fuzz");
	s->max_sessions	   = SESSIONS;
	s->max_streams	   = SESSIONS;
	s->learning_window = LATCH_WINDOW_MS;
	s->relatch_silence = LATCH_SILENCE_MS;
	s->kernel	   = PATH_OFF;
	s->ifacec	   = 2;
	for (i = 0; i < 2; i++) {
		struct settings_iface *si = &s->ifacev[i];
		char text[32];

		(void)snprintf(si->name, sizeof(si->name), "i%u", i);
		(void)snprintf(text, sizeof(text), "10.99.%u.1", i + 1);
		check(!addr_parse(&si->address[0], text, 0));
		(void)snprintf(text, sizeof(text), "fd99:%u::1", i + 1);
		check(!addr_parse(&si->address[1], text, 0));
		si->port_min = 30000;
		si->port_max = 30999;
		si->dscp     = (uint8_t)(10 + i);
	}
}


static json_t *leg_json(unsigned session, unsigned leg)
{
	const struct addr a = party(session, leg, LATCH_RTP);
	char buf[ADDR_STRLEN], name[8];

	(void)snprintf(name, sizeof(name), "i%u", leg);

	return json_pack("{s:s,s:s,s:s,s:s}", "interface", name, "family",
			 family(session, leg) == AF_INET6 ? "ipv6" : "ipv4",
			 "signalling", addr_ip_str(&a, buf), "rtcp",
			 muxed(session) && !leg ? "mux" : "separate");
}


static void heard(struct stream *st, unsigned session, unsigned leg,
		  enum latch_component c)
{
	const uint8_t rtp[20]  = {0x80, 0,    0,    1,	  0, 0, 0, 0,
				  0x11, 0x22, 0x33, 0x44};
	const uint8_t rtcp[8] = {0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44};
	const struct addr src = party(session, leg, c);

	forward_datagram(&st->leg[leg].sock[c], c ? rtcp : rtp,
			 c ? sizeof(rtcp) : sizeof(rtp), &src, world.now);
}


static void session_make(unsigned i)
{
	struct rpc_error err;
	json_t *params, *result;
	struct session *se;
	char id[8];
	unsigned k;

	(void)snprintf(id, sizeof(id), "s%u", i);
	params = json_pack("{s:s,s:s,s:[{s:i,s:s,s:o,s:o}]}", "id", id,
			   "owner", "fuzz", "streams", "index", 0, "media",
			   "audio", "a", leg_json(i, 0), "b", leg_json(i, 1));
	control_dispatch(world.relay, NULL, "session.open", params, &result,
			 &err);
	if (!result)
		(void)fprintf(stderr, "kpath_fuzz: %s\n", err.message);
	check(result != NULL);
	json_decref(result);
	json_decref(params);

	se = session_find(world.relay, id);
	world.stream[i] = list_head(&se->streams)->data;
	for (k = 0; k < 2; k++) {
		heard(world.stream[i], i, k, LATCH_RTP);
		if (k || !muxed(i))
			heard(world.stream[i], i, k, LATCH_RTCP);
	}
	check(table_eligible(world.stream[i]));
}


static void world_make(void)
{
	struct settings s;
	char why[256];
	unsigned i;

	world.tried = true;
	log_handler_set(log_nothing, NULL);
	if (geteuid() || unshare(CLONE_NEWNET) || system(SETUP))
		return;
	settings_make(&s);
	for (i = 0; i < s.ifacec; i++) {
		check(!prog_address(&world.prog, &s.ifacev[i].address[1]));
		check(!prog_address(&world.prog, &s.ifacev[i].address[0]));
	}
	if (prog_load(&world.prog, SESSIONS, why, sizeof(why))) {
		(void)fprintf(stderr, "kpath_fuzz: skipped: %s\n", why);
		return;
	}
	*world.prog.alive = UINT64_MAX;

	world.now = 1000;
	check(!relay_alloc(&world.relay, &s));
	world.relay->now = fake_now;
	for (i = 0; i < SESSIONS; i++)
		session_make(i);
	world.ready = true;
}


/* ---- the frame */

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);

	return (uint16_t)sum;
}


static uint32_t add(uint32_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(b[i] << 8 | b[i + 1]);
	if (len & 1)
		sum += (uint32_t)(b[len - 1] << 8);

	return sum;
}


/* UDP's checksum over pseudo header, header and payload; 0xffff: right */
static uint16_t udp_sum(const uint8_t *src, const uint8_t *dst, size_t alen,
			const uint8_t *udp, size_t len)
{
	uint32_t sum = (uint32_t)len + IPPROTO_UDP;

	sum = add(sum, src, alen);
	sum = add(sum, dst, alen);

	return fold(add(sum, udp, len));
}


static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}


static size_t put_ip(uint8_t *f, const struct addr *src,
		     const struct addr *dst, size_t len)
{
	if (addr_family(src) == AF_INET6) {
		f[0] = 0x60;
		put16(f + 4, (unsigned)len + 8);
		f[6] = IPPROTO_UDP;
		f[7] = 9;
		memcpy(f + 8, &src->u.in6.sin6_addr, 16);
		memcpy(f + 24, &dst->u.in6.sin6_addr, 16);
		return 40;
	}
	f[0] = 0x45;
	put16(f + 2, (unsigned)len + 28);
	f[8] = 9;
	f[9] = IPPROTO_UDP;
	memcpy(f + 12, &src->u.in.sin_addr, 4);
	memcpy(f + 16, &dst->u.in.sin_addr, 4);
	put16(f + 10, 0xffffu ^ fold(add(0, f, 20)));

	return 20;
}


/* @return length of the frame */
static size_t frame_make(uint8_t *f, const struct addr *src,
			 const struct addr *dst, const uint8_t *p, size_t len)
{
	const bool v6	  = addr_family(src) == AF_INET6;
	const size_t alen = v6 ? 16 : 4;
	size_t at	  = ETH_HLEN;
	uint8_t *udp;
	unsigned sum;

	memset(f, 0, 128);
	put16(f + 12, v6 ? ETH_P_IPV6 : ETH_P_IP);
	at += put_ip(f + at, src, dst, len);
	udp = f + at;
	put16(udp, addr_port(src));
	put16(udp + 2, addr_port(dst));
	put16(udp + 4, (unsigned)len + 8);
	memcpy(udp + 8, p, len);
	sum = 0xffffu ^ udp_sum(udp - 2 * alen, udp - alen, alen, udp, len + 8);
	put16(udp + 6, sum ? sum : 0xffff);

	return at + 8 + len;
}


/* ---- one packet on both paths */

struct packet {
	struct leg *leg;
	struct addr src, dst;
	enum latch_component component; /* of the port */
	const uint8_t *p;
	size_t len;
};


static uint32_t *port_entry(const struct leg *leg, unsigned c)
{
	const struct addr at = table_local(leg, c);
	uint32_t *entry	     = prog_port(&world.prog, &at);

	check(entry != NULL);

	return entry;
}


static void state_set(const struct packet *pk, const uint8_t *data)
{
	struct leg *leg	    = pk->leg;
	const uint32_t slot = 0;
	struct kp_leg kl;
	unsigned c;

	memset(&leg->seq, 0, sizeof(leg->seq));
	if (data[4] & 1)
		media_seq_update(&leg->seq, SSRC + (data[4] >> 7),
				 (uint16_t)(data[5] << 8 | data[4]));
	leg->bandwidth = data[3] & 1 ? 8 : 0;
	bucket_set(&leg->bucket, leg->bandwidth / 8, data[3], world.now);

	table_state(&kl, leg);
	kl.live = 1;
	check(!bpf_map_update_elem(world.prog.legs, &slot, &kl, BPF_ANY));

	for (c = 0; c < KP_COMPONENTS; c++)
		if (kl.flow[c].there)
			*port_entry(leg, c) = KP_PORT(slot, c);
}


static void state_unset(const struct packet *pk)
{
	unsigned c;

	for (c = 0; c < KP_COMPONENTS; c++)
		*port_entry(pk->leg, c) = 0;
}


static int kernel_run(const uint8_t *in, size_t inlen, uint8_t *out,
		      size_t *outlen)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in,
		    .data_size_in = (uint32_t)inlen, .data_out = out,
		    .data_size_out = FRAME_MAX);

	if (bpf_prog_test_run_opts(
		    bpf_program__fd(world.prog.skel->progs.postern_kpath),
		    &opts))
		return TC_ACT_UNSPEC; /* no frame the kernel would take */

	*outlen = opts.data_size_out;

	return (int)opts.retval;
}


static void ip_check(const uint8_t *f, bool v6, const struct leg *to,
		     const struct addr *from, const struct addr *dest,
		     size_t len)
{
	if (v6) {
		check(f[0] == (0x60 | to->dscp >> 2) && f[6] == IPPROTO_UDP &&
		      f[4] == (uint8_t)((len + 8) >> 8) &&
		      f[1] == (uint8_t)(to->dscp << 6));
		check(!memcmp(f + 8, &from->u.in6.sin6_addr, 16) &&
		      !memcmp(f + 24, &dest->u.in6.sin6_addr, 16));
		return;
	}
	check(f[0] == 0x45 && f[1] == to->dscp << 2 && f[9] == IPPROTO_UDP);
	check(fold(add(0, f, 20)) == 0xffff);
	check(!memcmp(f + 12, &from->u.in.sin_addr, 4) &&
	      !memcmp(f + 16, &dest->u.in.sin_addr, 4));
}


/* What left must be what sendto() would have sent */
static void frame_check(const uint8_t *f, size_t flen, const struct packet *pk,
			enum latch_component c, bool good)
{
	const struct leg *to	= pk->leg->peer;
	const struct addr *dest = latch_dest(&to->latch, c);
	struct addr from	= to->ifc->address;
	const bool v6		= addr_family(dest) == AF_INET6;
	const size_t alen	= v6 ? 16 : 4;
	const uint8_t *ip	= f + ETH_HLEN;
	const uint8_t *udp	= ip + (v6 ? 40 : 20);

	addr_set_port(&from, to->rtcp == RTCP_MUX || c == LATCH_RTP
				     ? to->port
				     : (uint16_t)(to->port + 1));
	check(flen == (size_t)(udp - f) + 8 + pk->len);
	ip_check(ip, v6, to, &from, dest, pk->len);
	check((udp[0] << 8 | udp[1]) == addr_port(&from) &&
	      (udp[2] << 8 | udp[3]) == addr_port(dest));
	check(!memcmp(udp + 8, pk->p, pk->len));
	if (good)
		check(udp_sum(udp - 2 * alen, udp - alen, alen, udp,
			      pk->len + 8) == 0xffff);
}


static void memory_check(const struct leg *leg, const struct kp_leg *kl,
			 enum latch_component c)
{
	const struct latch_path *pa = &leg->latch.path[c];
	const struct kp_path *kp    = c == LATCH_RTCP ? &kl->rtcp.path
						      : &kl->rtp.path;

	check(pa->heard == kp->heard && pa->has_ssrc == kp->has_ssrc &&
	      (!pa->has_ssrc || pa->ssrc == kp->ssrc) &&
	      pa->has_seq == kp->has_seq &&
	      (!pa->has_seq || pa->seq == kp->seq));
	check(leg->seq.lost_before == kl->lost_before &&
	      leg->seq.ssrc == kl->seq.ssrc && leg->seq.base == kl->seq.base &&
	      leg->seq.highest == kl->seq.highest &&
	      leg->seq.received == kl->seq.received);
	check(leg->bucket.level == kl->bucket.level);
}


static void compare(const struct packet *pk, int verdict, const uint8_t *out,
		    size_t outlen, bool good)
{
	struct leg *leg = pk->leg;
	const struct leg_counters before = leg->n;
	const uint32_t slot = 0;
	struct kp_leg kl;

	check(!bpf_map_lookup_elem(world.prog.legs, &slot, &kl));

	/* the sockets' path, at the time the kernel had */
	world.now = (pk->component == LATCH_RTCP ? &kl.rtcp
						: &kl.rtp)->path.heard;
	forward_datagram(&leg->sock[pk->component], pk->p, pk->len, &pk->src,
			 world.now);

	check(leg->n.packets - before.packets == kl.n.packets);
	check(leg->n.bytes - before.bytes == kl.n.bytes);
	check(leg->n.rtcp_packets - before.rtcp_packets == kl.n.rtcp_packets);
	check(leg->n.rtcp_bytes - before.rtcp_bytes == kl.n.rtcp_bytes);
	check(leg->n.refused_bandwidth - before.refused_bandwidth ==
	      kl.n.refused_bandwidth);
	memory_check(leg, &kl, pk->component);

	if (verdict == TC_ACT_REDIRECT) {
		++world.passed;
		check(kl.n.packets + kl.n.rtcp_packets == 1);
		frame_check(out, outlen, pk,
			    kl.n.rtcp_packets ? LATCH_RTCP : LATCH_RTP, good);
	}
	else {
		++world.shot;
		check(verdict == TC_ACT_SHOT && kl.n.refused_bandwidth == 1);
	}
}


static size_t oddity(uint8_t *f, size_t len, uint8_t how, bool v6, bool *good)
{
	const size_t udp = ETH_HLEN + (v6 ? 40 : 20);

	switch (how & 15) {

	case 1: /* a fragment, or an extension header */
		f[ETH_HLEN + 6] = v6 ? 44 : 0x20;
		break;
	case 2: /* options, or another version */
		f[ETH_HLEN] = v6 ? 0x40 : 0x46;
		break;
	case 3:
		put16(f + udp + 4, how);
		break;
	case 4:
		put16(f + ETH_HLEN + (v6 ? 4 : 2), how);
		break;
	case 5: /* padding */
		memset(f + len, 0x55, how >> 4);
		return len + (how >> 4);
	case 6:
		put16(f + udp + 6, 0);
		*good = v6;
		break;
	case 7:
		f[udp + 6] ^= 0x5a;
		*good = false;
		break;
	case 8:
		f[ETH_HLEN + 10] ^= v6 ? 0 : 0x5a; /* IPv4's checksum */
		break;
	case 9: /* cut off */
		return len - (size_t)(how >> 4) < ETH_HLEN
			       ? ETH_HLEN
			       : len - (size_t)(how >> 4);
	case 10:
		f[0] = 1; /* to a group of hosts */
		break;
	default:
		break;
	}

	return len;
}


static void packet_make(struct packet *pk, const uint8_t *data, size_t size)
{
	const unsigned i = data[0] & 7, k = (data[0] >> 3) & 1;

	pk->leg	      = &world.stream[i]->leg[k];
	pk->component = data[1] & 1 && pk->leg->rtcp == RTCP_SEPARATE;
	pk->src	      = party(i, k, pk->component);
	pk->dst	      = pk->leg->ifc->address;
	addr_set_port(&pk->dst, (uint16_t)(pk->leg->port + pk->component));
	pk->p	= data + HEAD;
	pk->len = size - HEAD;
	if ((data[1] & 0xc0) == 0xc0)
		addr_set_port(&pk->src, (uint16_t)(5000 + (data[1] & 63)));
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t len, outlen = 0;
	struct packet pk;
	bool good = true;
	int verdict;

	if (!world.tried)
		world_make();
	if (!world.ready || size < HEAD || size > 1400)
		return 0;

	packet_make(&pk, data, size);
	/* the latch is as it was: who sent this may not be the source */
	if (!addr_eq(&pk.src,
		     &pk.leg->latch.path[pk.component].source))
		good = false;

	state_set(&pk, data);
	len	= frame_make(in, &pk.src, &pk.dst, pk.p, pk.len);
	len	= oddity(in, len, data[2], addr_family(&pk.src) == AF_INET6,
			 &good);
	verdict = kernel_run(in, len, out, &outlen);

	if (verdict == TC_ACT_UNSPEC) {
		++world.up;
	} else {
		check(addr_eq(&pk.src,
			      &pk.leg->latch.path[pk.component].source));
		compare(&pk, verdict, out, outlen, good);
	}
	state_unset(&pk);

	return 0;
}


/** How the packets so far went; false: nothing could be tested */
bool kpath_counts(unsigned long *passed, unsigned long *shot,
		  unsigned long *up)
{
	*passed = world.passed;
	*shot	= world.shot;
	*up	= world.up;

	return world.ready;
}
