// The wrapped apex contingency key in a Root OCA Certificate (RFC 5934 9). See contingency.py.
#include "gbcs/certificate.h"
#include "gbcs/der.h"

enum {
    MAX_APEX_OCTETS = 256,
    // Key wrap adds eight octets to the public key, which it fills up to whole blocks of eight.
    PADDED_OCTETS = (PUBLIC_KEY_INFO_OCTETS + 7) / 8 * 8,
    WRAPPED_OCTETS = PADDED_OCTETS + 8,
    DEFAULT_TAG_OCTETS = 12,
};

// The last octet of the object identifier.
enum algorithm {
    AES128_GCM = 6,
    AES128_WRAP_PAD = 8,
    AES256_GCM = 46,
    AES256_WRAP_PAD = 48,
};

struct apex_key {
    uint8_t algorithm;
    struct octets wrapped;
};

// 2.16.840.1.101.3.4.1
static const uint8_t aes_algorithms[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01};

// GCMParameters (RFC 5084 3.2); a tag of the default length is not encoded.
static void read_gcm_parameters(struct der *fields)
{
    der_into(fields, DER_SEQUENCE);
    der_next(fields, DER_OCTET_STRING);
    if (der_more(fields)) {
        struct octets length = der_next(fields, DER_INTEGER);
        fields->failed |= !der_is_integer(length)
            || (length.length == 1 && length.at[0] == DEFAULT_TAG_OCTETS);
    }
}

// Both fields, and an algorithm that is known with the parameters that it needs.
static bool read_apex_key(struct octets octets, struct apex_key *key)
{
    struct der fields = der_over(octets);
    der_into(&fields, DER_SEQUENCE);
    struct der algorithm = der_enter(&fields, DER_SEQUENCE);
    struct octets identifier = der_next(&algorithm, DER_OBJECT_IDENTIFIER);
    key->wrapped = der_next(&fields, DER_OCTET_STRING);
    if (octets.length > MAX_APEX_OCTETS || identifier.length != sizeof aes_algorithms + 1
        || memcmp(identifier.at, aes_algorithms, sizeof aes_algorithms) != 0) {
        return false;
    }
    key->algorithm = identifier.at[sizeof aes_algorithms];
    if (key->algorithm == AES128_GCM || key->algorithm == AES256_GCM) {
        read_gcm_parameters(&algorithm);
    } else if (key->algorithm != AES128_WRAP_PAD && key->algorithm != AES256_WRAP_PAD) {
        return false;
    }
    return der_finished(&algorithm) && der_finished(&fields);
}

bool contingency_is_readable(struct octets value)
{
    struct apex_key key;
    return read_apex_key(value, &key);
}

// In the one algorithm that this firmware has, and as long as that makes a contingency key.
static bool read_unwrappable(struct octets octets, struct apex_key *key)
{
    return read_apex_key(octets, key) && key->algorithm == AES128_WRAP_PAD
        && key->wrapped.length == WRAPPED_OCTETS;
}

bool contingency_is_unwrappable(struct octets value)
{
    struct apex_key key;
    return read_unwrappable(value, &key);
}

bool contingency_unwrap(struct octets value, struct octets symmetric_key,
                        uint8_t public_key[POINT_OCTETS])
{
    struct apex_key key;
    uint8_t info[PADDED_OCTETS];
    size_t length;
    if (!read_unwrappable(value, &key) || symmetric_key.length != AES_KEY_OCTETS
        || !crypto_unwrap_pad(symmetric_key.at, key.wrapped, info, &length)) {
        return false;
    }
    const uint8_t *point = point_of_key_info(octets_of(info, length));
    if (point == NULL || !crypto_is_point(point)) {
        return false;
    }
    memcpy(public_key, point, POINT_OCTETS);
    return true;
}
