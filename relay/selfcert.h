/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file selfcert.h  A certificate of our own making
 */
#ifndef POSTERN_RELAY_SELFCERT_H
#define POSTERN_RELAY_SELFCERT_H

int selfcert_make(const char *certificate, const char *key);

#endif
