#include "gbcs/sensitive.h"

static const uint8_t header[SENSITIVE_HEADER_OCTETS] = {0x31, 0, 0, 0, 0};

size_t sensitive_begin(struct writer *writer)
{
    put_octets(writer, header, sizeof header);
    return writer->length;
}

void sensitive_end(struct writer *writer, size_t start, const struct key_use *use,
                   const uint8_t secret[SECRET_OCTETS])
{
    const struct octets covered = octets_of(header, 1);
    uint8_t key[DIGEST_OCTETS], tag[TAG_OCTETS], iv[12] = {0};
    if (writer->overflowed) {
        return;
    }
    derive_key(secret, use, key);
    memcpy(iv, use->originator, ENTITY_OCTETS);
    crypto_gcm(key, iv, &covered, 1, writer->at + start, writer->length - start, tag);
    crypto_wipe(key, sizeof key);
    put_octets(writer, tag, MAC_OCTETS);
}
