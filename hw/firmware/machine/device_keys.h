// The device's own key pairs: made for a request, put in use by a certificate. The counterpart of
// firmware_sim/machine/credentials/device_keys.py.
#ifndef MACHINE_DEVICE_KEYS_H
#define MACHINE_DEVICE_KEYS_H

#include "octets.h"

enum { NO_OWN_USAGE = -1 };

// Adds to the present changes a new key pair that waits for its certificate, and a seed drawn
// after it: from the seed before, anyone who reads the flash later could make the same key pair.
// Writes the request for the certificate.
void issue_key(uint8_t key_usage, struct writer *request);

// The INSTALL_ code of a certificate for one of the device's keys. `usage` is NO_OWN_USAGE for a
// certificate that is none, or of no usage that a device has.
uint8_t judge_own_certificate(struct octets octets, int16_t *usage);

// Adds to the present changes that the waiting key pair of a usage is in use, with its
// certificate.
void install_key(uint8_t key_usage, struct octets certificate);

// The PROVIDE_ code for the certificate of one of the device's keys; 0 if it is held and readable.
uint8_t find_own_certificate(uint8_t key_usage, struct octets *certificate);

#endif
