/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file selfcert.c  A certificate of our own making
 *
 * For servers without one of an authority: agents know it by the fingerprint of
 * its key, so neither the name in it nor its end matters. Owns no state.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "selfcert.h"


enum {
	YEARS = 30,
};


static X509 *certificate_of(EVP_PKEY *pk)
{
	X509 *x = X509_new();
	X509_NAME *name;
	int ok;

	if (!x)
		return NULL;

	name = X509_get_subject_name(x);
	ok   = X509_set_version(x, X509_VERSION_3) == 1 &&
	     ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
	     X509_gmtime_adj(X509_getm_notBefore(x), -86400) &&
	     X509_time_adj_ex(X509_getm_notAfter(x), YEARS * 365, 0, NULL) &&
	     X509_NAME_add_entry_by_txt(
		     name, "CN", MBSTRING_ASC,
		     (const unsigned char *)"postern-relay", -1, -1, 0) == 1 &&
	     X509_set_issuer_name(x, name) == 1 &&
	     X509_set_pubkey(x, pk) == 1 && X509_sign(x, pk, EVP_sha256());
	if (!ok) {
		X509_free(x);
		return NULL;
	}

	return x;
}


/* a new file that only its owner may read */
static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f;

	if (fd < 0)
		return NULL;
	f = fdopen(fd, "w");
	if (!f)
		(void)close(fd);

	return f;
}


/**
 * Make a key and a certificate for it; files that are there stay as they are
 *
 * @param certificate File
 * @param key         File
 *
 * @return 0, or an errno
 */
int selfcert_make(const char *certificate, const char *key)
{
	EVP_PKEY *pk = NULL;
	FILE *kf, *cf;
	X509 *x = NULL;
	int err = EIO;

	if (!access(certificate, R_OK) && !access(key, R_OK))
		return 0;

	kf = create(key);
	if (!kf)
		return errno;
	cf = create(certificate);
	if (!cf) {
		err = errno;
		(void)fclose(kf);
		(void)unlink(key);
		return err;
	}

	pk = EVP_EC_gen("P-256");
	x  = pk ? certificate_of(pk) : NULL;
	if (x && PEM_write_PrivateKey(kf, pk, NULL, NULL, 0, NULL, NULL) == 1 &&
	    PEM_write_X509(cf, x) == 1 && !fflush(kf) && !fflush(cf))
		err = 0;
	X509_free(x);
	EVP_PKEY_free(pk);
	(void)fclose(kf);
	(void)fclose(cf);
	if (err) {
		(void)unlink(key);
		(void)unlink(certificate);
	}

	return err;
}
