#include "gbcs/certificate.h"

#include "gbcs/certificate_extensions.h"
#include "gbcs/der.h"
#include "gbcs/name.h"
#include "generated/tables.h"

enum {
    CRL_SIGN = 1 << 6,
    CERT_SIGN = 1 << KEY_USAGE_KEY_CERT_SIGN,
    UNCOMPRESSED = 0x04,
    LONGEST_SHORT_FORM = 127,
};

const uint8_t public_key_prefix[PUBLIC_KEY_PREFIX_OCTETS] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

const uint8_t signature_algorithm[SIGNATURE_ALGORITHM_OCTETS] = {
    0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02,
};

static const uint8_t version_3[] = {0xA0, 0x03, 0x02, 0x01, 0x02};

const uint8_t *point_of_key_info(struct octets info)
{
    // The prefix settles every length and identifier, so comparing it is decoding it.
    if (info.length != PUBLIC_KEY_INFO_OCTETS
        || memcmp(info.at, public_key_prefix, PUBLIC_KEY_PREFIX_OCTETS) != 0
        || info.at[PUBLIC_KEY_PREFIX_OCTETS] != UNCOMPRESSED) {
        return NULL;
    }
    return info.at + PUBLIC_KEY_PREFIX_OCTETS;
}

// The next value, tag and all.
static struct octets next_whole(struct der *der, uint8_t tag)
{
    struct element element = {0};
    der->failed |= !der_any(der, &element, false) || element.tag != tag;
    return element.whole;
}

// Passes octets that have only one form.
static void pass_exactly(struct der *der, const uint8_t *at, size_t length)
{
    struct octets rest = der->rest;
    der->failed |= rest.length < length || memcmp(rest.at, at, length) != 0;
    if (!der->failed) {
        der->rest = octets_of(rest.at + length, rest.length - length);
    }
}

static int64_t next_time(struct der *der)
{
    struct element element = {0};
    int64_t seconds = 0;
    der->failed |= !der_any(der, &element, false)
        || (element.tag != DER_UTC_TIME && element.tag != DER_GENERALIZED_TIME)
        || !der_time(element.tag, element.content, &seconds);
    return seconds;
}

static void next_scalar(struct der *pair, uint8_t scalar[SCALAR_OCTETS])
{
    struct octets integer = der_next(pair, DER_INTEGER);
    if (!der_is_integer(integer) || (integer.at[0] & 0x80) != 0) {
        pair->failed = true;
        return;
    }
    size_t sign = integer.at[0] == 0 ? 1 : 0;
    size_t length = integer.length - sign;
    if (length > SCALAR_OCTETS) {
        pair->failed = true;
        return;
    }
    memcpy(scalar + SCALAR_OCTETS - length, integer.at + sign, length);
}

// Published Device Certificates have integers that are not minimal. The BIT STRING's content is no
// part of the certificate's own structure: their keys can be used, nothing trusts them.
static void read_signature(struct octets octets, struct certificate *certificate)
{
    struct der pair = der_over(octets);
    der_into(&pair, DER_SEQUENCE);
    next_scalar(&pair, certificate->signature);
    next_scalar(&pair, certificate->signature + SCALAR_OCTETS);
    certificate->has_signature = der_finished(&pair);
}

static bool read_names(struct certificate *certificate)
{
    struct name_facts facts;
    if (!name_read(certificate->issuer, &facts) || !name_read(certificate->subject, &facts)) {
        return false;
    }
    certificate->role = facts.role;
    certificate->has_unique_id = facts.has_unique_id;
    memcpy(certificate->unique_id, facts.unique_id, sizeof certificate->unique_id);
    return true;
}

static bool read_tbs(struct certificate *certificate)
{
    struct der tbs = der_over(certificate->tbs);
    der_into(&tbs, DER_SEQUENCE);
    pass_exactly(&tbs, version_3, sizeof version_3);
    certificate->serial = der_next(&tbs, DER_INTEGER);
    pass_exactly(&tbs, signature_algorithm, sizeof signature_algorithm);
    certificate->issuer = next_whole(&tbs, DER_SEQUENCE);
    struct der validity = der_enter(&tbs, DER_SEQUENCE);
    certificate->not_before = next_time(&validity);
    certificate->not_after = next_time(&validity);
    der_leave(&tbs, &validity);
    certificate->subject = next_whole(&tbs, DER_SEQUENCE);
    certificate->public_key = point_of_key_info(next_whole(&tbs, DER_SEQUENCE));
    der_into(&tbs, DER_CONTEXT | DER_CONSTRUCTED | 3);
    der_into(&tbs, DER_SEQUENCE);
    return !tbs.failed && der_is_integer(certificate->serial)
        && certificate->serial.length <= LONGEST_SHORT_FORM && certificate->public_key != NULL
        && read_names(certificate) && read_extensions(tbs.rest, certificate);
}

bool certificate_parse(struct octets octets, struct certificate *certificate)
{
    struct der parts = der_over(octets);
    memset(certificate, 0, sizeof *certificate);
    certificate->octets = octets;
    certificate->path_length = -1;
    der_into(&parts, DER_SEQUENCE);
    certificate->tbs = next_whole(&parts, DER_SEQUENCE);
    pass_exactly(&parts, signature_algorithm, sizeof signature_algorithm);
    struct octets bits = der_next(&parts, DER_BIT_STRING);
    if (octets.length > MAX_READ_CERTIFICATE_OCTETS || !der_finished(&parts) || bits.length == 0
        || bits.length > LONGEST_SHORT_FORM || bits.at[0] != 0) {
        return false;
    }
    read_signature(octets_of(bits.at + 1, bits.length - 1), certificate);
    return read_tbs(certificate);
}

bool certificate_serves(const struct certificate *certificate, uint8_t key_usage)
{
    uint16_t usages = certificate->key_usages;
    if (key_usage == KEY_USAGE_KEY_CERT_SIGN) {
        usages = usages & (uint16_t)~CRL_SIGN;
    }
    return usages == 1 << key_usage;
}

bool certificate_is_self_issued(const struct certificate *certificate)
{
    return !name_is_empty(certificate->subject)
        && names_match(certificate->issuer, certificate->subject);
}
