/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_tls.c  A link's octets through TLS, and who is at the other end
 *
 * Owns TLS' state and what it would not take yet.
 */
#include "tunnel/link_priv.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>


static void fail_tls(struct link *l, int code)
{
	const unsigned long e = ERR_peek_last_error();
	const long verify     = SSL_get_verify_result(l->ssl);
	int err = ECONNRESET;
	char why[200];

	if (code == SSL_ERROR_ZERO_RETURN || (code == SSL_ERROR_SYSCALL && !e))
		(void)snprintf(why, sizeof(why), "%s",
			       errno && code == SSL_ERROR_SYSCALL
				       ? strerror(errno)
				       : "the other end closed it");
	else if (verify != X509_V_OK) {
		err = EACCES;
		(void)snprintf(why, sizeof(why), "certificate: %s",
			       X509_verify_cert_error_string(verify));
	} else
		ERR_error_string_n(e, why, sizeof(why));
	ERR_clear_error();
	link_fail(l, err, why);
}


/* 0: all is out; EAGAIN: not yet; else it has failed */
int link_put(struct link *l, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n = 0;
		int code;

		ERR_clear_error();
		errno = 0;
		if (SSL_write_ex(l->ssl, p, len, &n) == 1) {
			p += n;
			len -= n;
			continue;
		}
		code = SSL_get_error(l->ssl, 0);
		if (code != SSL_ERROR_WANT_WRITE &&
		    code != SSL_ERROR_WANT_READ) {
			fail_tls(l, code);
			return ECONNRESET;
		}
		break;
	}
	if (!len)
		return 0;

	l->out = mbuf_alloc(len);
	if (!l->out || mbuf_write_mem(l->out, p, len)) {
		link_fail(l, ENOMEM, "no memory");
		return ENOMEM;
	}
	mbuf_set_pos(l->out, 0);
	link_listen(l, FD_READ | FD_WRITE);

	return EAGAIN;
}


int link_put_rest(struct link *l)
{
	struct mbuf *mb = l->out;
	int err;

	if (!mb)
		return 0;

	l->out = NULL;
	err    = link_put(l, mbuf_buf(mb), mbuf_get_left(mb));
	mem_deref(mb);

	return err;
}


/* One step of the handshake; the owner is told when it is done */
void link_tls_shake(struct link *l)
{
	int code;

	ERR_clear_error();
	errno = 0;
	if (SSL_do_handshake(l->ssl) == 1) {
		l->state = LINK_GREETING;
		link_listen(l, FD_READ);
		if (l->h.readyh)
			l->h.readyh(l, l->arg);
		return;
	}

	code = SSL_get_error(l->ssl, 0);
	if (code == SSL_ERROR_WANT_WRITE)
		link_listen(l, FD_READ | FD_WRITE);
	else if (code == SSL_ERROR_WANT_READ)
		link_listen(l, FD_READ);
	else
		fail_tls(l, code);
}


/* What has come in; false: there is no more for now */
bool link_get(struct link *l, uint8_t *p, size_t size, size_t *n)
{
	int code;

	ERR_clear_error();
	errno = 0;
	if (SSL_read_ex(l->ssl, p, size, n) == 1)
		return true;

	code = SSL_get_error(l->ssl, 0);
	if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE)
		fail_tls(l, code);

	return false;
}


/** Has the other end shown a certificate, one that stands, for this name? */
bool link_peer_named(const struct link *l, const char *name)
{
	X509 *cert = NULL;

	if (l->state != LINK_SHAKING && l->state != LINK_CLOSED &&
	    SSL_get_verify_result(l->ssl) == X509_V_OK)
		cert = SSL_get0_peer_certificate(l->ssl);

	return cert && link_certificate_named(cert, name);
}


/** What both ends derive from this connection; 0, ENOTCONN */
int link_exporter(const struct link *l, uint8_t out[AUTH_EXPORTER])
{
	if (l->state == LINK_SHAKING || l->state == LINK_CLOSED ||
	    SSL_export_keying_material(l->ssl, out, AUTH_EXPORTER,
				       AUTH_EXPORTER_LABEL,
				       sizeof(AUTH_EXPORTER_LABEL) - 1, NULL,
				       0, 0) != 1)
		return ENOTCONN;

	return 0;
}


int link_tls_begin(struct link *l, SSL_CTX *ctx, const char *host)
{
	l->ssl = SSL_new(ctx);
	if (!l->ssl || SSL_set_fd(l->ssl, l->fd) != 1)
		return ENOMEM;

	if (l->server) {
		SSL_set_accept_state(l->ssl);
		return 0;
	}
	SSL_set_connect_state(l->ssl);
	if (!host)
		return 0;
	/* an address is no name */
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), host) == 1)
		return 0;
	if (SSL_set_tlsext_host_name(l->ssl, host) != 1 ||
	    SSL_set1_host(l->ssl, host) != 1)
		return ENOMEM;

	return 0;
}
