// CS02c, CS02d, CS02e: the Device's own key pairs and certificates (GBCS 13.4 to 13.6). Answers
// are a bare INTEGER (der_put_number) with an ISSUE_, INSTALL_ or PROVIDE_ code, or bare DER.
#ifndef GBCS_DEVICE_CERTIFICATES_H
#define GBCS_DEVICE_CERTIFICATES_H

#include "gbcs/der.h"
#include "generated/tables.h"

// The command of CS02c and CS02e. `usage` is the one key usage that it names, or -1 if that is
// not one that a Device has a key pair for. False if the payload is malformed.
bool key_usage_query_decode(struct octets payload, int16_t *usage);

// The command of CS02d is a bare certificate: whether its length is in bounds.
bool certificate_command_decode(struct octets payload);

#endif
