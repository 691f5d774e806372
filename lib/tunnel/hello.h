/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hello.h  What agent and server say first on a connection
 *
 * HELLO: which versions the agent speaks, who it is, and which tunnel goes on.
 * WELCOME, or REFUSE with the reason. JSON objects; unknown members are left
 * out of account. Pure.
 */
#ifndef POSTERN_TUNNEL_HELLO_H
#define POSTERN_TUNNEL_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tunnel/auth.h"
#include "tunnel/mode.h"

enum {
	TUNNEL_VERSION	  = 1,
	HELLO_SESSION	  = 32, /**< hexadecimal digits that name a tunnel */
	HELLO_SOFTWARE_MAX = 64,
	HELLO_TEXT_MAX	  = 200,
	HELLO_HIDE	  = 32, /**< hexadecimal digits of a key */
};

struct hello {
	bool speaks;	/**< TUNNEL_VERSION is one of its versions */
	char agent[AUTH_NAME_MAX + 1];
	char proof[AUTH_SIG_TEXT];
	char session[HELLO_SESSION + 1]; /**< "": a new tunnel */
	bool media;	/**< it is to carry that tunnel's media */
	uint64_t received;
	char software[HELLO_SOFTWARE_MAX + 1];
	media_modes modes; /**< it may use */
	char hide[HELLO_HIDE + 1]; /**< private addresses in what it signals are
				    *	hidden under this key; "": they are not */
};

struct welcome {
	unsigned version;
	char session[HELLO_SESSION + 1];
	bool resumed;	/**< the tunnel goes on; else it is a new one */
	uint64_t received;
	uint32_t keepalive; /**< ms between signs of life */
	uint16_t media[2];  /**< UDP ports X and Y, 0: none */
	bool media_link;    /**< a connection may carry media */
	enum media_mode mode; /**< of its streams; MEDIA_MODES: none */
};

enum refuse_code {
	REFUSE_VERSION = 1,
	REFUSE_AUTH    = 2, /**< name or proof; it is not said which */
	REFUSE_BUSY    = 3, /**< later, perhaps */
	REFUSE_TUNNEL  = 4, /**< media of a tunnel that is not there */
};

struct refuse {
	enum refuse_code code;
	uint32_t retry; /**< s */
	char text[HELLO_TEXT_MAX + 1];
};

/* each gives text that the caller free()s, or NULL */
char *hello_encode(const struct hello *h);
char *welcome_encode(const struct welcome *w);
char *refuse_encode(const struct refuse *r);

/* 0 or EBADMSG */
int hello_decode(struct hello *h, const char *p, size_t len);
int welcome_decode(struct welcome *w, const char *p, size_t len);
int refuse_decode(struct refuse *r, const char *p, size_t len);

#endif
