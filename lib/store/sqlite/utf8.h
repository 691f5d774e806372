/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file utf8.h  What comes off the wire may not be UTF-8; what is stored is
 */
#ifndef STORE_SQLITE_UTF8_H
#define STORE_SQLITE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t *len);
char *utf8_clean(const char *text, size_t len);

#endif
