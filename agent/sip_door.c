/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_door.c  Where terminals connect, by TCP or TLS
 *
 * Takes connections up to the limits. Owns the listening socket and what TLS
 * asks for.
 */
#include "sip_priv.h"
#include <errno.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "sip_conn.h"


#define ROOM "sip"

enum {
	BACKLOG = 64,
};


/* NULL: there is room for one more of this address */
static const char *too_many(const struct sip *s, const struct addr *peer)
{
	const struct le *le;
	unsigned all = 0, of_one = 0;

	for (le = list_head(&s->terminals); le; le = le->next) {
		const struct terminal *tm = le->data;

		all += tm->conn != NULL;
		of_one += tm->conn && addr_ip_eq(&tm->addr, peer);
	}
	if (of_one >= SIP_CONNECTIONS_OF_ONE_MAX)
		return "too many connections of this address";
	if (all >= SIP_CONNECTIONS_MAX)
		return "too many connections";

	return NULL;
}


static void on_connection(const struct sa *sa, void *arg)
{
	struct sip_door *d = arg;
	struct sip *s	   = d->sip;
	struct addr peer;
	const char *why;

	if (addr_from_sockaddr(&peer, &sa->u.sa)) {
		tcp_reject(d->ts);
		return;
	}
	metrics_inc(s->counts, SIP_COUNT_CONNECTIONS);
	why = too_many(s, &peer);
	if (why) {
		tcp_reject(d->ts);
		sip_complain(s, &peer, why);
	}
	if (why || terminal_connected(d, &peer))
		metrics_inc(s->counts, SIP_COUNT_REFUSED);
}


static void explain(const char *what, const char *file)
{
	const unsigned long e = ERR_peek_last_error();

	log_error(ROOM, "%s %s: %s", what, file,
		  e ? ERR_reason_error_string(e) : "it can't be used");
	ERR_clear_error();
}


static int tls_open(struct tls **tlsp, const struct sip_config *conf)
{
	SSL_CTX *ctx;
	int err = tls_alloc(tlsp, TLS_METHOD_SSLV23, NULL, NULL);

	if (err)
		return err;
	ctx = tls_openssl_context(*tlsp);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		return EPROTO;
	if (SSL_CTX_use_certificate_chain_file(ctx, conf->certificate) != 1) {
		explain("certificate", conf->certificate);
		return EINVAL;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, conf->key, SSL_FILETYPE_PEM) !=
		    1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		explain("key", conf->key);
		return EINVAL;
	}

	return 0;
}


/**
 * Listen
 *
 * @param d     Door
 * @param local Where
 * @param conf  For TLS: certificate and key
 *
 * @return 0 or an errno
 */
int sip_door_open(struct sip_door *d, const struct addr *local,
		  const struct sip_config *conf)
{
	struct sa sa;
	int err = sa_set_sa(&sa, &local->u.sa);

	d->local = *local;
	if (!err && d->transport == SIP_TLS)
		err = tls_open(&d->tls, conf);
	if (!err)
		err = tcp_sock_alloc(&d->ts, &sa, on_connection, d);
	if (!err)
		err = tcp_sock_bind(d->ts, &sa);
	if (!err)
		err = tcp_sock_listen(d->ts, BACKLOG);

	return err;
}


void sip_door_close(struct sip_door *d)
{
	d->ts  = mem_deref(d->ts);
	d->tls = mem_deref(d->tls);
}
