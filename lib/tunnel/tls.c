/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tls.c  What both ends ask of TLS: version, certificates, fingerprints
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "tunnel/link.h"


static const unsigned char alpn[] = "\x09postern/1";


static void explain(char *why, size_t size, const char *what,
		    const char *which)
{
	const unsigned long e = ERR_peek_last_error();
	char text[160]	      = "";

	if (e)
		ERR_error_string_n(e, text, sizeof(text));
	(void)snprintf(why, size, "%s %s%s%s", what, which, e ? ": " : "",
		       text);
	ERR_clear_error();
}


static SSL_CTX *context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx)
		return NULL;
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);

	return ctx;
}


static int choose_alpn(SSL *ssl, const unsigned char **out,
		       unsigned char *outlen, const unsigned char *in,
		       unsigned int inlen, void *arg)
{
	unsigned char *got;
	(void)ssl;
	(void)arg;

	if (SSL_select_next_proto(&got, outlen, alpn, sizeof(alpn) - 1, in,
				  inlen) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = got;

	return SSL_TLSEXT_ERR_OK;
}


static int load_key(SSL_CTX *ctx, const char *certificate, const char *key,
		    char *why, size_t size)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1) {
		explain(why, size, "certificate", certificate);
		return EINVAL;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		explain(why, size, "key", key);
		return EINVAL;
	}

	return 0;
}


/**
 * What a server's connections have in common
 *
 * @param certificate File, PEM, with the chain
 * @param key         File, PEM
 * @param why         What is wrong, in words
 * @param size        Its room
 *
 * @return NULL: see why
 */
SSL_CTX *link_server_ctx(const char *certificate, const char *key,
			 char *why, size_t size)
{
	SSL_CTX *ctx = context(TLS_server_method());

	if (!ctx) {
		explain(why, size, "no TLS", "");
		return NULL;
	}
	if (load_key(ctx, certificate, key, why, size)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);

	return ctx;
}


/**
 * A server asks who connects for a certificate. One that doesn't stand ends
 * the handshake; none at all is no error, and the proof is to be asked for
 *
 * @param ctx     From link_server_ctx()
 * @param ca_file Certificates of the authorities that vouch for agents, PEM
 * @param why     What is wrong, in words
 * @param size    Its room
 *
 * @return 0; EINVAL: see why
 */
int link_ctx_clients(SSL_CTX *ctx, const char *ca_file, char *why,
		     size_t size)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca_file);

	if (!names || SSL_CTX_load_verify_file(ctx, ca_file) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		explain(why, size, "authorities", ca_file);
		return EINVAL;
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);

	return 0;
}


/**
 * An agent shows a certificate where the server asks for one
 *
 * @param ctx         From link_client_ctx()
 * @param certificate File, PEM, with the chain
 * @param key         File, PEM
 * @param why         What is wrong, in words
 * @param size        Its room
 *
 * @return 0; EINVAL: see why
 */
int link_ctx_certificate(SSL_CTX *ctx, const char *certificate,
			 const char *key, char *why, size_t size)
{
	return load_key(ctx, certificate, key, why, size);
}


static bool is_text(const ASN1_STRING *s, const char *text)
{
	const size_t len = strlen(text);

	return (size_t)ASN1_STRING_length(s) == len &&
	       !memcmp(ASN1_STRING_get0_data(s), text, len);
}


/* one common name: who has several has none */
static bool common_name_is(const X509 *cert, const char *name)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	return at >= 0 &&
	       X509_NAME_get_index_by_NID(subject, NID_commonName, at) < 0 &&
	       is_text(X509_NAME_ENTRY_get_data(
			       X509_NAME_get_entry(subject, at)), name);
}


/**
 * Is a certificate for this name? It is, where one of its dNSNames
 * (subjectAltName, RFC 5280 §4.2.1.6) is this name, octet by octet, or, where
 * it has no dNSName, its only commonName. No pattern stands for a name
 */
bool link_certificate_named(const X509 *cert, const char *name)
{
	int how;
	GENERAL_NAMES *names =
		X509_get_ext_d2i(cert, NID_subject_alt_name, &how, NULL);
	bool any = !names && how != -1; /* there, and not to be read */
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type != GEN_DNS)
			continue;
		any = true;
		found |= is_text(n->d.dNSName, name);
	}
	GENERAL_NAMES_free(names);

	return any ? found : common_name_is(cert, name);
}


/* SHA-256 of the certificate's public key, in base64 (as RFC 7469 §2.4) */
static int fingerprint(char text[AUTH_TEXT], X509 *cert)
{
	unsigned char *der = NULL, md[EVP_MAX_MD_SIZE];
	unsigned int mdlen = 0;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	int err = EIO;

	if (len > 0 && EVP_Digest(der, (size_t)len, md, &mdlen, EVP_sha256(),
				  NULL) == 1 &&
	    EVP_EncodeBlock((unsigned char *)text, md, (int)mdlen) ==
		    AUTH_TEXT - 1)
		err = 0;
	OPENSSL_free(der);

	return err;
}


/** The fingerprint of the first certificate in a file; 0, ENOENT, EIO */
int link_fingerprint(const char *certificate, char text[AUTH_TEXT])
{
	BIO *bio   = BIO_new_file(certificate, "r");
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	int err	   = cert ? fingerprint(text, cert) : ENOENT;

	X509_free(cert);
	BIO_free(bio);
	ERR_clear_error();

	return err;
}


/* in place of a chain of certificates: the one key we were told */
static int pinned(X509_STORE_CTX *store, void *arg)
{
	X509 *cert = X509_STORE_CTX_get0_cert(store);
	char text[AUTH_TEXT];

	if (cert && !fingerprint(text, cert) &&
	    !CRYPTO_memcmp(text, arg, AUTH_TEXT - 1))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);

	return 0;
}


static void pin_free(void *parent, void *p, CRYPTO_EX_DATA *ad, int index,
		     long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;

	OPENSSL_free(p);
}


static int pin_set(SSL_CTX *ctx, const char *text)
{
	static int index = -1;
	char *pin;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL,
						 pin_free);
	pin = OPENSSL_strdup(text);
	if (index < 0 || !pin || SSL_CTX_set_ex_data(ctx, index, pin) != 1) {
		OPENSSL_free(pin);
		return ENOMEM;
	}
	SSL_CTX_set_cert_verify_callback(ctx, pinned, pin);

	return 0;
}


/**
 * What an agent's connections have in common
 *
 * @param ca_file Certificates of authorities, PEM; NULL: the system's
 * @param pin     Fingerprint of the server's key instead; NULL: none
 * @param why     What is wrong, in words
 * @param size    Its room
 *
 * @return NULL: see why
 */
SSL_CTX *link_client_ctx(const char *ca_file, const char *pin, char *why,
			 size_t size)
{
	SSL_CTX *ctx = context(TLS_client_method());
	int ok	     = ctx != NULL;

	if (!ok) {
		explain(why, size, "no TLS", "");
		return NULL;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (pin)
		ok = strlen(pin) == AUTH_TEXT - 1 && !pin_set(ctx, pin);
	else if (ca_file)
		ok = SSL_CTX_load_verify_file(ctx, ca_file) == 1;
	else
		ok = SSL_CTX_set_default_verify_paths(ctx) == 1;
	/* 0 is success */
	ok = ok && SSL_CTX_set_alpn_protos(ctx, alpn, sizeof(alpn) - 1) == 0;
	if (!ok) {
		explain(why, size, pin ? "fingerprint" : "authorities",
			pin ? pin : ca_file ? ca_file : "of the system");
		SSL_CTX_free(ctx);
		return NULL;
	}

	return ctx;
}
