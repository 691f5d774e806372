/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h225/text.h  BMPString and UTF-8, IA5String and C strings
 *
 * Text from the wire is shown, stored and compared: so a character that has no
 * business in it (NUL, control characters) becomes U+FFFD, or "?" in ASCII.
 * What is set lies in memory of the message it is set in.
 */
#ifndef H323GW_H225_TEXT_H
#define H323GW_H225_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct OCTET_STRING;
struct per_msg;

/* UCS-2 as BMPString has it, two octets a character, to UTF-8. Surrogate pairs
 * make one character. false: it does not fit in size octets with its NUL; buf
 * is "" then. */
bool h225_bmp_get(char *buf, size_t size, const struct OCTET_STRING *bmp);
/* EILSEQ: no UTF-8; ENOMEM. Beyond U+FFFF by surrogate pairs. */
int h225_bmp_set(struct OCTET_STRING *bmp, struct per_msg *msg,
		 const char *utf8);

/* IA5String, NumericString and the like */
bool h225_ia5_get(char *buf, size_t size, const struct OCTET_STRING *ia5);
int h225_octets_set(struct OCTET_STRING *os, struct per_msg *msg,
		    const void *p, size_t len);

#endif
