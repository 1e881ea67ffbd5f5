#include "gbcs/key_identifier.h"

enum { SHA1_OCTETS = 20 };

void key_identifier_of(const uint8_t public_key[POINT_OCTETS],
                       uint8_t identifier[KEY_IDENTIFIER_OCTETS])
{
    uint8_t digest[SHA1_OCTETS];
    crypto_sha1(octets_of(public_key, POINT_OCTETS), digest);
    memcpy(identifier, digest + SHA1_OCTETS - KEY_IDENTIFIER_OCTETS, KEY_IDENTIFIER_OCTETS);
    identifier[0] = (uint8_t)(0x40 | (identifier[0] & 0x0F));
}
