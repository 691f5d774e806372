/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file h323_anomalies.h  Messages with anomalies, for who is to bear them */
#ifndef TESTS_UNIT_H323_ANOMALIES_H
#define TESTS_UNIT_H323_ANOMALIES_H

#include <stddef.h>
#include <stdint.h>

struct per;

typedef void(anomaly_h)(const uint8_t *p, size_t len);

/** TPKTs with call signalling */
void anomalies_of_signalling(struct per *per, anomaly_h *h);
/** RAS messages */
void anomalies_of_ras(struct per *per, anomaly_h *h);

#endif
