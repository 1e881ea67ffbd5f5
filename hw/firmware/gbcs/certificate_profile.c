// The SMKI certificate profiles as data; the clause of each rule is in certificate_profiles.py.
#include "gbcs/certificate.h"
#include "gbcs/key_identifier.h"
#include "gbcs/name.h"
#include "generated/tables.h"

enum {
    MAX_SERIAL_OCTETS = 20,
};

// 99991231235959Z, notAfter of a Device Certificate: no expiry (RFC 5280 4.1.2.5).
static const int64_t undefined_expiry = 253402300799;

enum {
    USAGE = 1 << EXTENSION_KEY_USAGE,
    IDENTIFIER = 1 << EXTENSION_SUBJECT_KEY_IDENTIFIER,
    ALT_NAME = 1 << EXTENSION_SUBJECT_ALT_NAME,
    CONSTRAINTS = 1 << EXTENSION_BASIC_CONSTRAINTS,
    POLICIES = 1 << EXTENSION_CERTIFICATE_POLICIES,
    AUTHORITY = 1 << EXTENSION_AUTHORITY_KEY_IDENTIFIER,
    CONTINGENCY = 1 << EXTENSION_WRAPPED_CONTINGENCY_KEY,
};

// Which extensions there are, which of those are critical, and which there must not be. What is in
// none of the lists may be there or not, critical or not.
struct extension_rules {
    uint8_t critical;
    uint8_t plain;
    uint8_t absent;
};

static const struct extension_rules rules[] = {
    [KIND_ROOT_OCA] = {USAGE | POLICIES | CONSTRAINTS, IDENTIFIER, ALT_NAME},
    [KIND_ORGANISATION] = {USAGE | POLICIES, IDENTIFIER | AUTHORITY, ALT_NAME | CONTINGENCY},
    [KIND_DEVICE] = {USAGE | POLICIES | ALT_NAME, IDENTIFIER | AUTHORITY,
                     CONSTRAINTS | CONTINGENCY},
};

static bool keeps_extension_rules(const struct certificate *each,
                                  const struct extension_rules *rule)
{
    uint8_t wanted = rule->critical | rule->plain;
    return (each->present & (wanted | rule->absent)) == wanted
        && (each->critical & wanted) == rule->critical && !each->unknown_critical;
}

// Positive, at most 20 octets (RFC 5280 4.1.2.2).
static bool has_good_serial(const struct certificate *each)
{
    const struct octets *serial = &each->serial;
    return serial->length <= MAX_SERIAL_OCTETS && (serial->at[0] & 0x80) == 0
        && !(serial->length == 1 && serial->at[0] == 0);
}

static bool has_good_key_identifier(const struct certificate *each)
{
    uint8_t identifier[KEY_IDENTIFIER_OCTETS];
    key_identifier_of(each->public_key, identifier);
    return octets_equal(each->key_identifier, octets_of(identifier, sizeof identifier));
}

static bool is_good_root(const struct certificate *each)
{
    return certificate_is_self_issued(each) && each->is_ca && each->role == ROLE_ROOT
        && certificate_serves(each, KEY_USAGE_KEY_CERT_SIGN)
        && (each->authority_key_identifier.at == NULL
            || octets_equal(each->authority_key_identifier, each->key_identifier))
        && contingency_is_readable(each->wrapped_contingency_key);
}

static bool has_leaf_usage(const struct certificate *each)
{
    return certificate_serves(each, KEY_USAGE_DIGITAL_SIGNATURE)
        || certificate_serves(each, KEY_USAGE_KEY_AGREEMENT);
}

static bool is_good_organisation(const struct certificate *each)
{
    return has_leaf_usage(each) && each->role >= 0 && each->role != ROLE_ROOT
        && each->role != ROLE_ISSUING_AUTHORITY && each->has_unique_id && !each->is_ca;
}

static bool is_good_device(const struct certificate *each)
{
    return has_leaf_usage(each) && name_is_empty(each->subject)
        && each->not_after == undefined_expiry && each->policy_count == 1;
}

static bool keeps_rules_of_kind(const struct certificate *each, enum certificate_kind kind)
{
    switch (kind) {
    case KIND_ROOT_OCA:
        return is_good_root(each);
    case KIND_ORGANISATION:
        return is_good_organisation(each);
    default:
        return is_good_device(each);
    }
}

bool certificate_conforms(const struct certificate *certificate, enum certificate_kind kind)
{
    return has_good_serial(certificate) && certificate->not_before <= certificate->not_after
        && keeps_extension_rules(certificate, &rules[kind])
        && keeps_rules_of_kind(certificate, kind) && has_good_key_identifier(certificate)
        && crypto_is_point(certificate->public_key);
}
