/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file identity.c  What TLS is told: whom to trust, and what we show
 *
 * The files behind it are looked at before each connection, and read again
 * where they have changed: a certificate that is renewed is shown from the next
 * connection on. Owns the context made of them.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include "identity.h"
#include "tunnel/link.h"


#define ROOM "uplink"

enum {
	FILES = 3, /* certificate, key, authorities */
};

/* a file as it was */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

struct identity {
	const struct settings *conf;
	SSL_CTX *ctx;
	struct stamp was[FILES];
};


static void destructor(void *arg)
{
	struct identity *id = arg;

	SSL_CTX_free(id->ctx);
}


static void look(struct stamp to[FILES], const struct settings *s)
{
	const char *const files[FILES] = {s->certificate, s->key, s->ca_file};
	struct stat st;

	memset(to, 0, FILES * sizeof(*to));
	for (unsigned i = 0; i < FILES; i++) {
		if (!files[i][0] || stat(files[i], &st))
			continue;
		to[i].dev   = st.st_dev;
		to[i].ino   = st.st_ino;
		to[i].size  = st.st_size;
		to[i].mtime = st.st_mtim;
	}
}


static int load(struct identity *id, char *why, size_t size)
{
	const struct settings *s = id->conf;
	struct stamp now[FILES];
	SSL_CTX *ctx;

	/* what changes while it is read is read once more */
	look(now, s);
	ctx = link_client_ctx(s->ca_file[0] ? s->ca_file : NULL,
			      s->fingerprint[0] ? s->fingerprint : NULL, why,
			      size);
	if (ctx && s->certificate[0] &&
	    link_ctx_certificate(ctx, s->certificate, s->key, why, size)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	if (!ctx)
		return EINVAL;

	SSL_CTX_free(id->ctx);
	id->ctx = ctx;
	memcpy(id->was, now, sizeof(now));

	return 0;
}


/**
 * Read what the configuration names
 *
 * @param ip   Result; mem_deref() it
 * @param s    Configuration, which must outlive it
 * @param why  What is wrong, in words
 * @param size Its room
 *
 * @return 0; EINVAL: see why; ENOMEM
 */
int identity_alloc(struct identity **ip, const struct settings *s, char *why,
		   size_t size)
{
	struct identity *id = mem_zalloc(sizeof(*id), destructor);
	int err;

	if (!id)
		return ENOMEM;

	id->conf = s;
	err	 = load(id, why, size);
	if (err)
		mem_deref(id);
	else
		*ip = id;

	return err;
}


/** For the next connection, and until then: files that have changed are read
 *  again, and where they can't be, what was read before serves on */
SSL_CTX *identity_ctx(struct identity *id)
{
	struct stamp now[FILES];
	char why[256];

	look(now, id->conf);
	if (!memcmp(now, id->was, sizeof(now)))
		return id->ctx;

	if (load(id, why, sizeof(why)))
		log_warn(ROOM, "%s: what was read before serves on", why);
	else
		log_notice(ROOM, "the files of certificates have changed: "
			   "they are read again");

	return id->ctx;
}
