#include "gbcs/sensitive.h"

void sensitive_put(struct writer *writer, const struct key_use *use,
                   const uint8_t secret[SECRET_OCTETS], struct octets item)
{
    static const uint8_t header[SENSITIVE_HEADER_OCTETS] = {0x31, 0, 0, 0, 0};
    const struct octets covered = octets_of(header, 1);
    uint8_t key[DIGEST_OCTETS], tag[TAG_OCTETS], iv[12] = {0};
    put_octets(writer, header, sizeof header);
    const size_t start = writer->length;
    put_octets(writer, item.at, item.length);
    if (writer->overflowed) {
        return;
    }
    derive_key(secret, use, key);
    memcpy(iv, use->originator, ENTITY_OCTETS);
    crypto_gcm(key, iv, &covered, 1, writer->at + start, item.length, tag);
    crypto_wipe(key, sizeof key);
    put_octets(writer, tag, MAC_OCTETS);
}
