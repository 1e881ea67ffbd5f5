// Which certificates were verified by which key, and how that ended. A fact is named by SHA-256 over
// the certificate and the issuer's key, so it holds for every device and at every time.
#ifndef GBCS_SIGNATURE_FACTS_H
#define GBCS_SIGNATURE_FACTS_H

#include "crypto/crypto.h"

// Whether the fact is known; then how it ended.
bool signature_fact_find(const uint8_t fact[DIGEST_OCTETS], bool *is_good);

// The eldest may make room. All that one command asks for stays known until it ends.
void signature_fact_add(const uint8_t fact[DIGEST_OCTETS], bool is_good);

// A device was switched on, or begins with another command.
void signature_facts_forget(void);

#endif
