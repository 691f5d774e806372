/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/dump: any IP packets. What is found in them is shown in each way.
 *
 * A packet of the input: seconds since the one before it (1 octet), length
 * (2 octets), and so many octets of IPv4 or IPv6.
 */
#include <stdio.h>
#include <stdlib.h>
#include "h323gw/dump/ip.h"
#include "h323gw/dump/print.h"
#include "h323gw/dump/sorter.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


struct shown {
	struct per *per;
	FILE *f; /* goes nowhere */
};


static void on_message(const struct message *m, void *arg)
{
	struct shown *s = arg;

	if (m->why)
		return;
	print_summary(s->f, m, s->per);
	print_text(s->f, m, s->per);
	if (print_json(s->f, m, s->per))
		abort();
	(void)message_roundtrip(m, s->per);
}


static void on_note(unsigned long frame, const char *what, void *arg)
{
	struct shown *s = arg;

	(void)fprintf(s->f, "%lu %s\n", frame, what);
}


static void packets(struct shown *s, const uint8_t *data, size_t size)
{
	struct fragments *fragments = NULL;
	struct sorter *sorter	    = NULL;
	struct packet p;
	struct wire w;
	unsigned long frame = 0;
	int64_t seconds	    = 0;

	if (fragments_alloc(&fragments, on_note, s) ||
	    sorter_alloc(&sorter, s->per, on_message, on_note, s))
		abort();
	wire_read(&w, data, size);
	while (wire_left(&w) > 3) {
		struct wire ip;
		const uint8_t *buf;
		size_t len;

		seconds += wire_u8(&w);
		len = wire_u16(&w);
		ip  = wire_sub(&w, len < wire_left(&w) ? len : wire_left(&w));
		len = wire_left(&ip);
		buf = wire_octets(&ip, len);
		p   = (struct packet){.frame = ++frame, .seconds = seconds};
		if (buf && len &&
		    ip_read(&p, buf[0] >> 4 == 6, buf, len, fragments) && p.p)
			(void)sorter_packet(sorter, &p);
	}
	sorter_free(sorter);
	fragments_free(fragments);
}


/* The codec and the file live as long as the program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shown s;

	if (!s.per && (per_alloc(&s.per, NULL) ||
		       !(s.f = fopen("/dev/null", "w"))))
		abort();
	packets(&s, data, size);

	return 0;
}
