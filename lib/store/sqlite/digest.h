/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file digest.h  A 64-bit digest over fields, to see that nothing changed
 */
#ifndef POSTERN_STORE_SQLITE_DIGEST_H
#define POSTERN_STORE_SQLITE_DIGEST_H

#include <stdint.h>

uint64_t digest_start(void);
uint64_t digest_text(uint64_t d, const char *text);
uint64_t digest_int(uint64_t d, uint64_t n);

#endif
