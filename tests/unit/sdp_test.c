/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sdp: reading, and what each edit makes of real phones' descriptions */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "sdp/sdp.h"

#define HEAD                                                                  \
	"v=0\r\no=- 1 7 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\n"      \
	"t=0 0\r\n"
#define AUDIO                                                                 \
	"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"              \
	"a=rtpmap:101 telephone-event/8000\r\n"
#define NEWHEAD                                                               \
	"v=0\r\no=- 1 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"    \
	"t=0 0\r\n"
#define NEWAUDIO                                                              \
	"m=audio 30000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"             \
	"a=rtpmap:101 telephone-event/8000\r\n"

static const struct sdp_transport v4 = {
	.addr = "192.0.2.1", .af = AF_INET, .port = 30000, .rtcp_port = 30001,
	.rtcp_mux = true, .ice = SDP_ICE_REMOVE,
};


static struct sdp *decode(const char *text)
{
	struct sdp *s = NULL;
	int err = sdp_decode(&s, text, strlen(text));

	if (err)
		fail_msg("%s: %s", strerror(err), text);
	return s;
}


static void expect(struct sdp *s, const char *want)
{
	size_t len;
	char *got;

	assert_int_equal(sdp_encode(s, &got, &len), 0);
	assert_int_equal(len, strlen(got));
	assert_string_equal(got, want);
	free(got);
	sdp_free(s);
}


static void rewrite_all(struct sdp *s, const struct sdp_transport *t)
{
	for (size_t i = 0; i < sdp_media_count(s); i++) {
		struct sdp_transport ti = *t;

		ti.port = (uint16_t)(t->port + 2 * i);
		ti.rtcp_port = (uint16_t)(t->rtcp_port + 2 * i);
		assert_int_equal(sdp_transport_set(s, i, &ti), 0);
	}
	assert_int_equal(sdp_origin_set(s, t->addr, t->af), 0);
}


/* descriptions as phones and browsers write them; none may change by itself */
static const char *const corpus[] = {
	HEAD AUDIO,
	HEAD AUDIO "a=sendrecv",
	"v=0\no=u 1 1 IN IP4 10.0.0.5\ns=x\nc=IN IP4 10.0.0.5\nt=0 0\n"
	"m=audio 4000 RTP/AVP 8\n",
	/* no s=, no t=, unknown lines, odd spaces, blank lines */
	"v=0\r\no=u 1 1 IN IP4 10.0.0.5\r\nc=IN IP4 10.0.0.5\r\n"
	"X-vendor: 7\r\nm=audio 4000 RTP/AVP 8 \r\ny=what\r\n\r\n",
	/* two sections, addresses of their own */
	"v=0\r\no=u 1 1 IN IP4 10.0.0.5\r\ns=-\r\nt=0 0\r\n"
	"m=audio 4000/2 RTP/AVP 8\r\ni=voice\r\nc=IN IP4 10.0.0.6\r\n"
	"m=video 0 RTP/AVP 31\r\nc=IN IP4 10.0.0.7\r\nb=AS:384\r\n",
	"v=0\r\no=u 1 1 IN IP6 fd00::5\r\ns=-\r\nc=IN IP6 fd00::5\r\n"
	"t=0 0\r\nm=image 4500 udptl t38\r\na=T38FaxVersion:0\r\n",
	HEAD "m=message 2855 TCP/MSRP *\r\na=path:msrp://10.0.0.5:2855/x;tcp\r\n",
	HEAD "a=group:BUNDLE 0 1\r\na=ice-lite\r\n" AUDIO
	     "a=mid:0\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\n"
	     "a=ice-pwd:0123456789012345678901\r\n"
	     "a=candidate:1 1 UDP 1 10.0.0.5 4000 typ host\r\n"
	     "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\n",
};


static void unedited_text_comes_out_octet_for_octet(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++)
		expect(decode(corpus[i]), corpus[i]);
}


static void no_private_address_is_left_in_a_rewritten_text(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
		struct sdp *s = decode(corpus[i]);
		char *text, *path;
		size_t len;

		rewrite_all(s, &v4);
		assert_int_equal(sdp_encode(s, &text, &len), 0);
		/* MSRP's path is the application's own */
		path = strstr(text, "a=path:");
		if (path)
			*path = '\0';
		if (strstr(text, "10.0.0.") || strstr(text, "fd00:"))
			fail_msg("%s", text);
		free(text);
		sdp_free(s);
	}
}


static void what_is_read(void **state)
{
	struct sdp *s = decode(
		"v=0\r\no=- 1 9 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\n"
		"t=0 0\r\na=group:BUNDLE v a\r\na=sendonly\r\n"
		"m=audio 4000 RTP/SAVP 0\r\na=mid:a\r\na=rtcp:4711 IN IP4 10.0.0.9\r\n"
		"m=video 5000/2 RTP/AVP 31\r\na=mid:v\r\na=rtcp-mux\r\n"
		"a=recvonly\r\nc=IN IP6 2001:db8::1\r\n"
		"m=image 6000 UDPTL t38\r\nc=IN IP4 fax.example.com\r\n"
		"m=application 9 TCP/BFCP *\r\na=fingerprint:SHA-1 00\r\n"
		"m=audio 0 RTP/AVP 0\r\n");
	const struct sdp_media *m = sdp_media(s, 0);
	(void)state;

	assert_int_equal(sdp_media_count(s), 5);
	assert_string_equal(sdp_origin_addr(s), "10.0.0.5");
	assert_int_equal(sdp_origin_version(s), 9);
	assert_string_equal(m->media, "audio");
	assert_string_equal(m->proto, "RTP/SAVP");
	assert_string_equal(m->addr, "10.0.0.5");
	assert_int_equal(m->af, AF_INET);
	assert_int_equal(m->port, 4000);
	assert_int_equal(m->rtcp_port, 4711);
	assert_string_equal(m->rtcp_addr, "10.0.0.9");
	assert_int_equal(m->dir, SDP_SENDONLY);
	assert_true(m->hold && m->is_rtp && m->bundled);
	assert_false(m->bundle_first || m->is_tcp || m->dtls);

	m = sdp_media(s, 1);
	assert_int_equal(m->nports, 2);
	assert_int_equal(m->af, AF_INET6);
	assert_true(m->rtcp_mux && m->bundled && m->bundle_first);
	assert_int_equal(m->rtcp_port, 5000);
	assert_int_equal(m->dir, SDP_RECVONLY);
	assert_false(m->hold);

	m = sdp_media(s, 2);
	assert_true(m->is_t38);
	assert_false(m->is_rtp);
	assert_int_equal(m->af, 0);
	assert_string_equal(m->addr, "fax.example.com");

	m = sdp_media(s, 3);
	assert_true(m->is_tcp && m->dtls);
	assert_int_equal(sdp_media(s, 4)->port, 0);
	assert_null(sdp_media(s, 5));
	sdp_free(s);
}


static const struct {
	const char *text;
	bool hold;
} holds[] = {
	{HEAD AUDIO, false},
	{HEAD AUDIO "a=sendonly\r\n", true},
	{HEAD AUDIO "a=inactive\r\n", true},
	{HEAD AUDIO "a=recvonly\r\n", false},
	{HEAD "a=inactive\r\n" AUDIO, true},
	{HEAD "a=inactive\r\n" AUDIO "a=sendrecv\r\n", false},
	{HEAD AUDIO "c=IN IP4 0.0.0.0\r\n", true},
	{"v=0\r\no=- 1 1 IN IP6 ::\r\nc=IN IP6 ::\r\n" AUDIO, true},
};


/* a text with TCP media, what is asked, what has to be there afterwards */
static const struct {
	const char *in;
	enum sdp_setup setup;
	const char *path, *out;
} tcp[] = {
	{"a=setup:actpass\r\na=connection:new\r\n", SDP_SETUP_PASSIVE, NULL,
	 "a=setup:passive\r\na=connection:new\r\n"},
	{"a=setup:active\r\n", SDP_SETUP_ACTIVE, NULL, "a=setup:active\r\n"},
	{"a=setup:whoever\r\n", SDP_SETUP_HOLDCONN, NULL,
	 "a=setup:holdconn\r\n"},
	{"a=x\r\n", SDP_SETUP_ACTPASS, NULL, "a=x\r\na=setup:actpass\r\n"},
	{"a=path:msrp://10.0.0.5:4030/s1;tcp\r\n", SDP_SETUP_NONE,
	 "192.0.2.1", "a=path:msrp://192.0.2.1:30000/s1;tcp\r\n"},
	{"a=path:msrps://u@host.example/s1;tcp\r\n", SDP_SETUP_NONE,
	 "192.0.2.1", "a=path:msrps://u@192.0.2.1:30000/s1;tcp\r\n"},
	{"a=path:msrp://[2001:db8::5]:1/a;tcp msrp://b:2/b;tcp\r\n",
	 SDP_SETUP_NONE, "2001:db8::1",
	 "a=path:msrp://[2001:db8::1]:30000/a;tcp msrp://b:2/b;tcp\r\n"},
	{"a=path: msrp://h;tcp\r\n", SDP_SETUP_NONE, "192.0.2.1",
	 "a=path: msrp://192.0.2.1:30000;tcp\r\n"},
	{"a=x\r\n", SDP_SETUP_NONE, "192.0.2.1", "*\r\na=x\r\n"},
	{"a=path:nothing\r\n", SDP_SETUP_NONE, "192.0.2.1", NULL},
	{"a=path:\r\n", SDP_SETUP_NONE, "192.0.2.1", NULL},
	{"a=path\r\n", SDP_SETUP_NONE, "192.0.2.1", NULL},
	{"a=path:msrp://\r\n", SDP_SETUP_NONE, "192.0.2.1", NULL},
};


static void tcp_has_roles_and_paths(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(tcp) / sizeof(tcp[0]); i++) {
		char text[512], *out;
		struct sdp *s;
		size_t len;
		int err = 0;

		(void)snprintf(text, sizeof(text),
			       "v=0\r\nc=IN IP4 10.0.0.5\r\n"
			       "m=message 4030 TCP/MSRP *\r\n%s", tcp[i].in);
		s = decode(text);
		if (tcp[i].setup)
			err = sdp_setup_set(s, 0, tcp[i].setup);
		if (!err && tcp[i].path)
			err = sdp_path_set(s, 0, tcp[i].path,
					   strchr(tcp[i].path, ':') ? AF_INET6
								    : AF_INET,
					   30000);
		assert_int_equal(err, tcp[i].out ? 0 : EBADMSG);
		assert_int_equal(sdp_encode(s, &out, &len), 0);
		if (tcp[i].out)
			assert_string_equal(
				out + len - strlen(tcp[i].out), tcp[i].out);
		free(out);
		sdp_free(s);
	}
}


static void hold_in_all_its_forms(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(holds) / sizeof(holds[0]); i++) {
		struct sdp *s = decode(holds[i].text);

		if (sdp_media(s, 0)->hold != holds[i].hold)
			fail_msg("%s", holds[i].text);
		sdp_free(s);
	}
}


/* text, transport (port and RTCP port grow by 2 a section), result */
static const struct {
	const char *name, *in, *out;
	struct sdp_transport t;
} edits[] = {
	{"one audio, one c= for all", HEAD AUDIO, NEWHEAD NEWAUDIO,
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"line ends and oddities stay",
	 "v=0\no=- 1 7 IN IP4 10.0.0.5\nc=IN IP4 10.0.0.5\nX: y\n"
	 "m=audio  4000/2 RTP/AVP 0 \n\n",
	 "v=0\no=- 1 7 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\nX: y\n"
	 "m=audio  30000/2 RTP/AVP 0 \n\n",
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"IPv4 to IPv6", HEAD AUDIO,
	 "v=0\r\no=- 1 7 IN IP6 2001:db8::1\r\ns=-\r\n"
	 "c=IN IP6 2001:db8::1\r\nt=0 0\r\n" NEWAUDIO,
	 {"2001:db8::1", AF_INET6, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"a=rtcp is put right", HEAD AUDIO "a=rtcp:4711 IN IP4 10.0.0.5\r\n",
	 NEWHEAD NEWAUDIO "a=rtcp:30001 IN IP4 192.0.2.1\r\n",
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"a=rtcp is added where RTCP is elsewhere", HEAD AUDIO,
	 NEWHEAD NEWAUDIO "a=rtcp:30777\r\n",
	 {"192.0.2.1", AF_INET, 30000, 30777, true, SDP_ICE_REMOVE, 0, 0}},
	{"rtcp-mux is taken out", HEAD AUDIO "a=rtcp-mux\r\na=x\r\n",
	 NEWHEAD NEWAUDIO "a=x\r\n",
	 {"192.0.2.1", AF_INET, 30000, 30001, false, SDP_ICE_REMOVE, 0, 0}},
	{"rtcp-mux is kept", HEAD AUDIO "a=rtcp-mux\r\na=rtcp:4000\r\n",
	 NEWHEAD NEWAUDIO "a=rtcp-mux\r\na=rtcp:30000\r\n",
	 {"192.0.2.1", AF_INET, 30000, 30000, true, SDP_ICE_REMOVE, 0, 0}},
	{"a rejected section keeps port 0",
	 HEAD AUDIO "m=video 0 RTP/AVP 31\r\n",
	 NEWHEAD NEWAUDIO "m=video 0 RTP/AVP 31\r\n",
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"hold by address stays hold",
	 "v=0\r\no=- 1 7 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n"
	 "t=0 0\r\n" AUDIO,
	 "v=0\r\no=- 1 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n"
	 "t=0 0\r\n" NEWAUDIO,
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"hold by address, to IPv6",
	 "v=0\r\no=- 1 7 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n"
	 "t=0 0\r\n" AUDIO,
	 "v=0\r\no=- 1 7 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 ::\r\n"
	 "t=0 0\r\n" NEWAUDIO,
	 {"2001:db8::1", AF_INET6, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"ICE goes without a trace",
	 HEAD "a=ice-lite\r\na=ice-options:trickle\r\n" AUDIO
	      "a=ice-ufrag:u\r\na=ice-pwd:p\r\n"
	      "a=candidate:1 1 UDP 1 10.0.0.5 4000 typ host\r\n"
	      "a=remote-candidates:1 10.9.9.9 1\r\na=end-of-candidates\r\n",
	 NEWHEAD NEWAUDIO,
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
	{"ICE-lite answers for itself",
	 HEAD AUDIO "a=ice-ufrag:u\r\na=ice-pwd:p\r\n"
		    "a=candidate:1 1 UDP 1 10.0.0.5 4000 typ host\r\n",
	 NEWHEAD "a=ice-lite\r\n" NEWAUDIO
		 "a=ice-ufrag:OURS\r\na=ice-pwd:SECRET\r\n"
		 "a=candidate:1 1 UDP 2130706431 192.0.2.1 30000 typ host\r\n"
		 "a=candidate:1 2 UDP 2130706430 192.0.2.1 30001 typ host\r\n",
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_LITE, "OURS",
	  "SECRET"}},
	{"no newline at the end", HEAD "m=audio 4000 RTP/AVP 0",
	 NEWHEAD "m=audio 30000 RTP/AVP 0\r\na=rtcp:9\r\n",
	 {"192.0.2.1", AF_INET, 30000, 9, true, SDP_ICE_REMOVE, 0, 0}},
	{"T.38 has no RTCP", HEAD "m=image 4500 udptl t38\r\n",
	 NEWHEAD "m=image 30000 udptl t38\r\n",
	 {"192.0.2.1", AF_INET, 30000, 0, false, SDP_ICE_REMOVE, 0, 0}},
	{"multicast becomes unicast",
	 "v=0\r\no=- 1 7 IN IP4 10.0.0.5\r\ns=-\r\n"
	 "c=IN IP4 233.252.0.1/127\r\nt=0 0\r\n" AUDIO,
	 NEWHEAD NEWAUDIO,
	 {"192.0.2.1", AF_INET, 30000, 30001, true, SDP_ICE_REMOVE, 0, 0}},
};


static void each_edit_changes_just_what_it_must(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct sdp *s = decode(edits[i].in);

		print_message("# %s\n", edits[i].name);
		rewrite_all(s, &edits[i].t);
		expect(s, edits[i].out);
	}
}


static void sections_with_different_addresses(void **state)
{
	struct sdp_transport a = v4, b = v4;
	struct sdp *s = decode(HEAD AUDIO "m=video 5000 RTP/AVP 31\r\n"
					  "i=picture\r\na=x\r\n");
	(void)state;

	b.addr = "2001:db8::2";
	b.af = AF_INET6;
	assert_int_equal(sdp_transport_set(s, 0, &a), 0);
	assert_int_equal(sdp_transport_set(s, 1, &b), 0);
	assert_int_equal(sdp_origin_set(s, "192.0.2.1", AF_INET), 0);
	expect(s, NEWHEAD NEWAUDIO
	       "m=video 30000 RTP/AVP 31\r\ni=picture\r\n"
	       "c=IN IP6 2001:db8::2\r\na=x\r\n");
}


static void private_addresses_in_text(void **state)
{
	static const char public[] =
		"v=0\r\no=10 1 1 IN IP4 198.51.100.7\r\ns=at 198.51.100.7\r\n"
		"i=172.32.0.1 and 10.0.0\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n"
		"m=audio 4000 RTP/AVP 0\r\na=X-alt:8.8.8.8\r\n";
	struct sdp *s = decode(
		"v=0\r\no=alice@10.0.0.5 1 1 IN IP4 10.0.0.5\r\n"
		"s=at 10.0.0.5\r\ni=fd00::5\r\nu=http://192.168.1.7/\r\n"
		"e=a@172.16.0.1\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\n"
		"m=audio 4000 RTP/AVP 0\r\ni=10.0.0.5\r\n"
		"a=X-alt:10.0.0.5:5000\r\na=candidate:1 1 UDP 1 10.0.0.5 "
		"4000 typ host\r\n");
	(void)state;

	assert_int_equal(sdp_transport_set(s, 0, &v4), 0);
	assert_int_equal(sdp_origin_set(s, "192.0.2.1", AF_INET), 0);
	assert_int_equal(sdp_private_cut(s), 0);
	expect(s, "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
		  "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
		  "m=audio 30000 RTP/AVP 0\r\n");

	s = decode(public);
	assert_int_equal(sdp_private_cut(s), 0);
	expect(s, public);
}


static void a_section_left_alone_keeps_its_address(void **state)
{
	struct sdp *s =
		decode(HEAD AUDIO "m=message 9 TCP/MSRP *\r\na=x\r\n");
	(void)state;

	assert_int_equal(sdp_transport_set(s, 0, &v4), 0);
	expect(s, HEAD "m=audio 30000 RTP/AVP 0 101\r\nc=IN IP4 192.0.2.1\r\n"
		       "a=rtpmap:0 PCMU/8000\r\n"
		       "a=rtpmap:101 telephone-event/8000\r\n"
		       "m=message 9 TCP/MSRP *\r\na=x\r\n");
}


static void bundle_is_taken_apart(void **state)
{
	struct sdp *s = decode(HEAD "a=group:LS 0 1\r\na=group:BUNDLE 0 1\r\n"
				    "m=audio 4000 RTP/AVP 0\r\na=mid:0\r\n"
				    "m=video 0 RTP/AVP 31\r\na=mid:1\r\n"
				    "a=bundle-only\r\n");
	(void)state;

	assert_true(sdp_media(s, 0)->bundled && sdp_media(s, 1)->bundle_only);
	assert_int_equal(sdp_bundle_split(s), 0);
	rewrite_all(s, &v4);
	expect(s, NEWHEAD "a=group:LS 0 1\r\nm=audio 30000 RTP/AVP 0\r\n"
			  "a=mid:0\r\nm=video 30002 RTP/AVP 31\r\n"
			  "a=mid:1\r\n");
}


static void lines_can_be_added(void **state)
{
	struct sdp *s = decode(HEAD AUDIO);
	(void)state;

	assert_int_equal(sdp_attr_add(s, -1, "a=s"), 0);
	assert_int_equal(sdp_attr_add(s, 0, "a=m1"), 0);
	assert_int_equal(sdp_attr_add(s, 0, "a=m2"), 0);
	assert_int_equal(sdp_attr_add(s, 1, "a=x"), ENOENT);
	expect(s, HEAD "a=s\r\n" AUDIO "a=m1\r\na=m2\r\n");
}


static const char *const garbage[] = {
	"", "hello", "m=audio 4000 RTP/AVP 0\r\n",
	HEAD "m=audio x RTP/AVP 0\r\n", HEAD "m=audio 70000 RTP/AVP 0\r\n",
	HEAD "m=audio -1 RTP/AVP 0\r\n", HEAD "m=audio 4000\r\n",
	HEAD "m=audio 4000/x RTP/AVP 0\r\n", HEAD "m=\r\n",
	"v=0\r\no=- 1\r\nc=IN IP4 10.0.0.5\r\n" AUDIO,
	"v=0\r\nc=IN\r\n" AUDIO,
	HEAD "m=audio 4000 RTP/AVP 0\rm=x\r\n",
	HEAD AUDIO "a=rtcp:hello\r\n", HEAD AUDIO "a=rtcp:70000\r\n",
};


static void garbage_is_refused(void **state)
{
	struct sdp *s;
	(void)state;

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		int err = sdp_decode(&s, garbage[i], strlen(garbage[i]));

		if (err != EBADMSG)
			fail_msg("%d: %s", err, garbage[i]);
	}
	assert_int_equal(sdp_decode(&s, "v=0\r\n\0", 6), EBADMSG);
}


static void limits_hold(void **state)
{
	char *text = malloc(SDP_LEN_MAX + 8);
	struct sdp *s;
	size_t n;
	(void)state;

	memset(text, 'a', SDP_LEN_MAX + 8);
	assert_int_equal(sdp_decode(&s, text, SDP_LEN_MAX + 1), E2BIG);

	strcpy(text, HEAD);
	for (int i = 0; i < SDP_MEDIA_MAX; i++)
		strcat(text, "m=audio 4 RTP/AVP 0\r\n");
	assert_int_equal(sdp_decode(&s, text, strlen(text)), 0);
	assert_int_equal(sdp_media_count(s), SDP_MEDIA_MAX);
	sdp_free(s);
	strcat(text, "m=audio 4 RTP/AVP 0\r\n");
	assert_int_equal(sdp_decode(&s, text, strlen(text)), E2BIG);

	n = (size_t)sprintf(text, "v=0\n");
	for (int i = 0; i < SDP_LINE_MAX; i++)
		n += (size_t)sprintf(text + n, "a=x\n");
	assert_int_equal(sdp_decode(&s, text, n), E2BIG);
	free(text);
}


static const struct {
	const char *type, *body, *sdp; /* NULL: none */
} bodies[] = {
	{"application/sdp", "v=0\r\n", "v=0\r\n"},
	{" Application/SDP ; charset=utf-8", "v=0\r\n", "v=0\r\n"},
	{"application/sdpx", "v=0\r\n", NULL},
	{"application/isup", "v=0\r\n", NULL},
	{"multipart/mixed;boundary=b1",
	 "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b1--\r\n",
	 "v=0\r\n"},
	{"multipart/mixed; x=y; boundary=\"b 1\"",
	 "preamble\r\n--b 1\r\nContent-Type: application/isup\r\n\r\nxx\r\n"
	 "--b 1\r\nX: y\r\nc :application/sdp\r\n\r\nv=0\r\na=1\r\n--b 1--\r\n"
	 "epilogue",
	 "v=0\r\na=1"},
	{"multipart/mixed;boundary=o",
	 "--o\r\nContent-Type: multipart/alternative;\r\n boundary=i\r\n\r\n"
	 "--i\r\nContent-Type: text/plain\r\n\r\nx\r\n"
	 "--i\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--i--\r\n"
	 "\r\n--o--\r\n",
	 "v=0\r\n"},
	{"multipart/mixed", "--b1\r\n\r\n", NULL},
	{"multipart/mixed;boundary=", "--\r\n\r\n", NULL},
	{"multipart/mixed;boundary=\"x", "--x\r\n\r\n", NULL},
	{"multipart/mixed;boundary=b", "--b", NULL},
	{"multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp",
	 NULL},
	/* not closed: what is there is taken */
	{"multipart/mixed;boundary=b",
	 "--b\nContent-Type:application/sdp\n\nv=0\n", "v=0\n"},
};


static void the_sdp_in_a_body_is_found(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		size_t off = 0, len = 0;
		int err = sdp_body_find(bodies[i].type, strlen(bodies[i].type),
					bodies[i].body,
					strlen(bodies[i].body), &off, &len);

		if (!bodies[i].sdp) {
			if (err != ENOENT)
				fail_msg("%s: %d", bodies[i].body, err);
			continue;
		}
		if (err || len != strlen(bodies[i].sdp) ||
		    memcmp(bodies[i].body + off, bodies[i].sdp, len))
			fail_msg("%s: %d, %zu+%zu", bodies[i].body, err, off,
				 len);
	}
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unedited_text_comes_out_octet_for_octet),
		cmocka_unit_test(
			no_private_address_is_left_in_a_rewritten_text),
		cmocka_unit_test(what_is_read),
		cmocka_unit_test(tcp_has_roles_and_paths),
		cmocka_unit_test(hold_in_all_its_forms),
		cmocka_unit_test(each_edit_changes_just_what_it_must),
		cmocka_unit_test(sections_with_different_addresses),
		cmocka_unit_test(private_addresses_in_text),
		cmocka_unit_test(a_section_left_alone_keeps_its_address),
		cmocka_unit_test(bundle_is_taken_apart),
		cmocka_unit_test(lines_can_be_added),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(the_sdp_in_a_body_is_found),
	};

	return cmocka_run_group_tests_name("sdp", tests, NULL, NULL);
}
