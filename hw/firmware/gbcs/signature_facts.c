#include "gbcs/signature_facts.h"

enum {
    // A certificate and four look-alike issuers ask for 21 at most: 16 among the issuers and the
    // root, 5 of the certificate.
    REMEMBERED = 24,
};

// All zero where there is none.
static struct {
    uint8_t digest[DIGEST_OCTETS];
    bool is_good;
} remembered[REMEMBERED];
static uint8_t next;

bool signature_fact_find(const uint8_t fact[DIGEST_OCTETS], bool *is_good)
{
    for (size_t i = 0; i < REMEMBERED; i++) {
        if (memcmp(remembered[i].digest, fact, DIGEST_OCTETS) == 0) {
            *is_good = remembered[i].is_good;
            return true;
        }
    }
    return false;
}

void signature_fact_add(const uint8_t fact[DIGEST_OCTETS], bool is_good)
{
    memcpy(remembered[next].digest, fact, DIGEST_OCTETS);
    remembered[next].is_good = is_good;
    next = (uint8_t)((next + 1) % REMEMBERED);
}

void signature_facts_forget(void)
{
    memset(remembered, 0, sizeof remembered);
    next = 0;
}
