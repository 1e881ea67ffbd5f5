#include "gbcs/protection.h"

bool message_is_signed_by(const struct message *message, const uint8_t point[POINT_OCTETS])
{
    uint8_t digest[DIGEST_OCTETS];
    if (message->signature == NULL) {
        return false;
    }
    crypto_sha256(message->signed_octets, digest);
    return crypto_verify(point, digest, message->signature);
}

void derive_key(const uint8_t secret[SECRET_OCTETS], const struct key_use *use,
                uint8_t key[DIGEST_OCTETS])
{
    // NIST SP 800-56A single-step KDF. OtherInfo: algorithm identifier with its length, then
    // originator, transaction identifier with its length, recipient.
    static const uint8_t counter[] = {0, 0, 0, 1};
    static const uint8_t algorithm[] = {0x60, 0x85, 0x74, 0x06, 0x08, 0x03, 0x00};
    uint8_t transaction[10] = {9, use->purpose};
    write_be(transaction + 2, use->counter, 8);
    const struct octets inputs[] = {
        {counter, sizeof counter},
        {secret, SECRET_OCTETS},
        {algorithm, sizeof algorithm},
        {use->originator, ENTITY_OCTETS},
        {transaction, sizeof transaction},
        {use->recipient, ENTITY_OCTETS},
    };
    crypto_sha256_of(inputs, sizeof inputs / sizeof inputs[0], key);
}

void message_mac(const struct message *message, const uint8_t secret[SECRET_OCTETS],
                 uint8_t mac[MAC_OCTETS])
{
    // Security control octet, then the lengths of five empty general-ciphering fields.
    static const uint8_t prefix[] = {0x11, 0, 0, 0, 0, 0};
    const struct key_use use = {message->originator, message->cra, message->counter,
                                message->target};
    uint8_t key[DIGEST_OCTETS];
    uint8_t iv[12] = {0};
    derive_key(secret, &use, key);
    memcpy(iv, message->originator, ENTITY_OCTETS);
    const struct octets covered[] = {{prefix, sizeof prefix}, message->grouped};
    crypto_gmac(key, iv, covered, 2, mac);
    crypto_wipe(key, sizeof key);
}

bool message_has_mac_of(const struct message *message, const uint8_t secret[SECRET_OCTETS])
{
    uint8_t mac[MAC_OCTETS];
    if (message->mac == NULL) {
        return false;
    }
    message_mac(message, secret, mac);
    return crypto_equal(mac, message->mac, MAC_OCTETS);
}
