/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file auth.h  How an agent shows who it is
 *
 * An agent has an Ed25519 key; the server knows its public half, so that what
 * the server keeps gives nobody access. What is signed is bound to the TLS
 * connection by what both ends derive from it (RFC 5705): it proves nothing on
 * another connection.
 */
#ifndef POSTERN_TUNNEL_AUTH_H
#define POSTERN_TUNNEL_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AUTH_KEY      = 32,
	AUTH_SIG      = 64,
	AUTH_EXPORTER = 32,
	AUTH_NAME_MAX = 64,
	AUTH_TEXT     = 44 + 1, /**< a key in base64, with its end */
	AUTH_SIG_TEXT = 88 + 1,
};

/** RFC 5705: the label of what both ends of a connection derive from it */
#define AUTH_EXPORTER_LABEL "EXPORTER-postern-tunnel-v1"

int auth_key_new(char secret[AUTH_TEXT], char public[AUTH_TEXT]);
int auth_public(char public[AUTH_TEXT], const char *secret);
bool auth_public_valid(const char *public);
bool auth_name_valid(const char *name);
int auth_sign(char proof[AUTH_SIG_TEXT], const char *secret, const char *name,
	      const uint8_t exporter[AUTH_EXPORTER]);
int auth_verify(const char *proof, const char *public, const char *name,
		const uint8_t exporter[AUTH_EXPORTER]);

#endif
