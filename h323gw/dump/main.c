/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file dump/main.c  h323dump: H.323 messages of a capture, readably
 */
#include "config.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "print.h"
#include "sorter.h"


enum {
	EXIT_DIFFERS = 1, /* --roundtrip: octets differ, or can't be read */
	EXIT_USAGE   = 2,
	EXIT_INPUT   = 3, /* the file can't be read */
	HEX_MAX	     = 1 << 20,
};

enum mode {
	MODE_TEXT,
	MODE_SUMMARY,
	MODE_JSON,
	MODE_ROUNDTRIP,
};

struct dump {
	enum mode mode;
	const char *hex;   /* NULL: a capture; else which protocol */
	const char *file;
	struct per *per;
	unsigned long messages;
	unsigned long notes;   /* what could not be looked at */
	unsigned long differs; /* frame of the first that does; 0: none */
};


static void usage(FILE *f)
{
	(void)fputs("usage: h323dump [--summary|--json|--roundtrip] FILE\n"
		    "       h323dump [...] --hex=ras|h225|h245 [FILE]\n"
		    "  -s, --summary    a line a message: frame, protocol, name\n"
		    "  -j, --json       a JSON object a message\n"
		    "  -r, --roundtrip  decode and encode again; status 1 if "
		    "octets differ\n"
		    "  -x, --hex=WHAT   a message in hexadecimal digits, not a "
		    "capture\n"
		    "  -V, --version   -h, --help\n",
		    f);
}


static void on_note(unsigned long frame, const char *what, void *arg)
{
	struct dump *d = arg;

	++d->notes;
	(void)fprintf(stderr, "h323dump: frame %lu: %s\n", frame, what);
}


static void unread(struct dump *d, const struct message *m)
{
	(void)fprintf(stderr, "h323dump: frame %lu: %s: %s", m->frame,
		      message_protocol_name(m->protocol), m->why);
	if (m->fault.type)
		(void)fprintf(stderr, " (%s, octet %zu)", m->fault.type,
			      m->fault.octet);
	(void)fputc('\n', stderr);
	if (d->mode == MODE_ROUNDTRIP && !d->differs)
		d->differs = m->frame;
}


static void on_message(const struct message *m, void *arg)
{
	struct dump *d = arg;

	++d->messages;
	if (m->why) {
		unread(d, m);
		return;
	}
	switch (d->mode) {

	case MODE_SUMMARY:
		print_summary(stdout, m, d->per);
		break;
	case MODE_JSON:
		if (print_json(stdout, m, d->per))
			on_note(m->frame, "out of memory", d);
		break;
	case MODE_ROUNDTRIP:
		if (!d->differs && message_roundtrip(m, d->per)) {
			d->differs = m->frame;
			(void)fprintf(stderr, "h323dump: frame %lu: %s %s: "
				      "encoded again it is different\n",
				      m->frame,
				      message_protocol_name(m->protocol),
				      message_name(m));
		}
		break;
	default:
		print_text(stdout, m, d->per);
	}
}


/* ---- captures ---- */

static int dump_capture(struct dump *d)
{
	struct sorter *s  = NULL;
	struct capture *c = NULL;
	struct packet p;
	char why[256];
	int err;

	if (capture_open(&c, d->file, on_note, d, why, sizeof(why))) {
		(void)fprintf(stderr, "h323dump: %s: %s\n", d->file, why);
		return EXIT_INPUT;
	}
	err = sorter_alloc(&s, d->per, on_message, on_note, d);
	while (!err) {
		err = capture_next(c, &p, why, sizeof(why));
		if (!err && p.p)
			err = sorter_packet(s, &p);
	}
	sorter_free(s);
	capture_close(c);
	if (err == EIO)
		(void)fprintf(stderr, "h323dump: %s: %s\n", d->file, why);
	else if (err != ENOENT)
		(void)fprintf(stderr, "h323dump: %s\n", strerror(err));

	return err == ENOENT ? 0 : EXIT_INPUT;
}


/* ---- hexadecimal digits ---- */

static int digit(int c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}


/* 0: not hexadecimal */
static size_t hex_read(FILE *f, uint8_t *buf)
{
	size_t n = 0;
	int c;

	while ((c = fgetc(f)) != EOF && n < 2 * HEX_MAX) {
		const int v = digit(c);

		if (isspace(c) || c == ':')
			continue;
		if (v < 0)
			return 0;
		if (n & 1)
			buf[n / 2] |= (uint8_t)v;
		else
			buf[n / 2] = (uint8_t)(v << 4);
		++n;
	}

	return n & 1 ? 0 : n / 2;
}


static int dump_hex(struct dump *d)
{
	static const char *const names[] = {"ras", "h225", "h245"};
	struct message m = {.frame = 1};
	uint8_t *buf	 = malloc(HEX_MAX + 1);
	FILE *f		 = d->file ? fopen(d->file, "r") : stdin;
	size_t i = 0, n = 0;

	while (i < 3 && strcmp(names[i], d->hex))
		++i;
	if (i < 3 && f && buf)
		n = hex_read(f, buf);
	if (f && f != stdin)
		(void)fclose(f);
	if (!n) {
		(void)fprintf(stderr, "h323dump: %s: %s\n",
			      d->file ? d->file : "-",
			      i == 3 ? "--hex takes ras, h225 or h245"
				     : "no hexadecimal digits");
		free(buf);
		return i == 3 ? EXIT_USAGE : EXIT_INPUT;
	}

	/* H.225 as it is in a stream, or without its TPKT header */
	if (i && n > 4 && buf[0] == 3 && !buf[1] &&
	    (size_t)(buf[2] << 8 | buf[3]) == n)
		(void)message_read(&m, d->per, (enum message_protocol)i,
				   buf + 4, n - 4);
	else
		(void)message_read(&m, d->per, (enum message_protocol)i, buf,
				   n);
	on_message(&m, d);
	message_reset(&m);
	free(buf);

	return 0;
}


/* -1: go on */
static int options_read(struct dump *d, int argc, char *argv[])
{
	static const struct option options[] = {
		{"summary", no_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"roundtrip", no_argument, NULL, 'r'},
		{"hex", required_argument, NULL, 'x'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int o;

	while ((o = getopt_long(argc, argv, "sjrx:Vh", options, NULL)) != -1) {
		switch (o) {

		case 's':
			d->mode = MODE_SUMMARY;
			break;
		case 'j':
			d->mode = MODE_JSON;
			break;
		case 'r':
			d->mode = MODE_ROUNDTRIP;
			break;
		case 'x':
			d->hex = optarg;
			break;
		case 'V':
			(void)printf("h323dump %s\n", POSTERN_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind > 1 || (!d->hex && argc == optind)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	d->file = optind < argc ? argv[optind] : NULL;

	return -1;
}


int main(int argc, char *argv[])
{
	struct dump d = {0};
	int e	      = options_read(&d, argc, argv);

	if (e >= 0)
		return e;
	if (per_alloc(&d.per, NULL)) {
		(void)fputs("h323dump: out of memory\n", stderr);
		return EXIT_INPUT;
	}
	e = d.hex ? dump_hex(&d) : dump_capture(&d);
	per_free(d.per);
	if (!e && d.mode == MODE_ROUNDTRIP) {
		(void)printf("%lu messages, %s%s\n", d.messages,
			     d.differs ? "not all the same" : "all the same",
			     d.notes ? "; not all could be looked at" : "");
		e = d.differs || d.notes ? EXIT_DIFFERS : 0;
	}
	if (fflush(stdout) || ferror(stdout))
		return EXIT_INPUT;

	return e;
}
