// Payloads of generic critical alerts (message code 1000): see gbcs/payloads/alerts.py.
#ifndef GBCS_ALERTS_H
#define GBCS_ALERTS_H

#include "octets.h"

// DLMS form (ESME): the low 24 bits of the alert's counter, and a 12-octet date-time.
void alert_put_dlms(struct writer *writer, uint16_t code, uint64_t counter,
                    const uint8_t stamp[12]);

// GBZ form (all others): seconds since 2000 out of seconds since 1970.
void alert_put_gbz(struct writer *writer, uint16_t code, uint64_t seconds);

#endif
