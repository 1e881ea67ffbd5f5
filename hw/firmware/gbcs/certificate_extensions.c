#include "gbcs/certificate_extensions.h"

#include "gbcs/der.h"

enum {
    KEY_USAGE_BITS = 9,
    DEVICE_ENTITY_OCTETS = 8,
    UNKNOWN_EXTENSION = -1,
    CONSTRUCTED_0 = DER_CONTEXT | DER_CONSTRUCTED,
};

// The last octet of 2.5.29.n, in the order of `known_extension`.
static const uint8_t standard_extensions[] = {15, 14, 17, 19, 32, 35};
static const uint8_t standard_prefix[] = {0x55, 0x1D};
// 1.3.6.1.5.5.7.1.20 and 1.3.6.1.5.5.7.8.4.
static const uint8_t wrapped_contingency_key[] = {0x2B, 6, 1, 5, 5, 7, 1, 20};
static const uint8_t hardware_module_name[] = {0x2B, 6, 1, 5, 5, 7, 8, 4};

static bool is_identifier(struct octets one, const uint8_t *at, size_t length)
{
    return octets_equal(one, octets_of(at, length));
}

static int known_extension(struct octets identifier)
{
    if (is_identifier(identifier, wrapped_contingency_key, sizeof wrapped_contingency_key)) {
        return EXTENSION_WRAPPED_CONTINGENCY_KEY;
    }
    if (identifier.length == 3 && memcmp(identifier.at, standard_prefix, 2) == 0) {
        for (int i = 0; i < (int)sizeof standard_extensions; i++) {
            if (identifier.at[2] == standard_extensions[i]) {
                return i;
            }
        }
    }
    return UNKNOWN_EXTENSION;
}

// Opens the next SEQUENCE of a list, which starts with an identifier. The list has failed if an
// earlier one starts with the same.
static struct der next_named(struct octets all, struct der *list, struct octets *identifier)
{
    struct der earlier = der_over(all);
    struct der fields = der_enter(list, DER_SEQUENCE);
    *identifier = der_next(&fields, DER_OBJECT_IDENTIFIER);
    fields.failed |= !der_is_object_identifier(*identifier);
    while (!fields.failed) {
        struct der other = der_enter(&earlier, DER_SEQUENCE);
        if (earlier.rest.length == list->rest.length) {
            break;
        }
        fields.failed = octets_equal(der_next(&other, DER_OBJECT_IDENTIFIER), *identifier);
    }
    return fields;
}

// BOOLEAN DEFAULT FALSE: DER encodes it only if it is true (X.690 11.5).
static bool take_flag(struct der *fields)
{
    struct octets content;
    bool value = der_optional(fields, DER_BOOLEAN, &content);
    fields->failed |= value && (content.length != 1 || content.at[0] != 0xFF);
    return value;
}

// RFC 5280 4.2.1.3: not empty, no unknown bits.
static void read_key_usage(struct der *value, struct certificate *certificate)
{
    uint16_t *usages = &certificate->key_usages;
    value->failed |= !der_named_bits(der_next(value, DER_BIT_STRING), usages) || *usages == 0
        || *usages >> KEY_USAGE_BITS != 0;
}

static void read_basic_constraints(struct der *value, struct certificate *certificate)
{
    der_into(value, DER_SEQUENCE);
    certificate->is_ca = take_flag(value);
    if (!der_more(value)) {
        return;
    }
    struct octets length = der_next(value, DER_INTEGER);
    value->failed |= !der_is_integer(length) || length.at[0] >= 0x80 || !certificate->is_ca;
    certificate->path_length = 0;
    for (size_t i = 0; i < length.length; i++) {
        int32_t high = certificate->path_length;
        certificate->path_length = high >> 23 != 0 ? INT32_MAX : high << 8 | length.at[i];
    }
}

// Without qualifiers: a critical one that is not understood must refuse.
static void read_policies(struct der *value, struct certificate *certificate)
{
    struct octets identifier;
    der_into(value, DER_SEQUENCE);
    certificate->policies = value->rest;
    do {
        struct der fields = next_named(certificate->policies, value, &identifier);
        der_leave(value, &fields);
        certificate->policy_count++;
    } while (der_more(value));
}

// One hardwareModuleName, whose serial number is an EUI-64 (RFC 4108 5).
static void read_device_entity(struct der *value, struct certificate *certificate)
{
    der_into(value, DER_SEQUENCE);
    der_into(value, CONSTRUCTED_0);
    struct octets type = der_next(value, DER_OBJECT_IDENTIFIER);
    der_into(value, CONSTRUCTED_0);
    der_into(value, DER_SEQUENCE);
    struct octets hardware = der_next(value, DER_OBJECT_IDENTIFIER);
    certificate->device_entity = der_next(value, DER_OCTET_STRING);
    value->failed |= certificate->device_entity.length != DEVICE_ENTITY_OCTETS
        || !is_identifier(type, hardware_module_name, sizeof hardware_module_name)
        || !der_is_object_identifier(hardware);
}

static bool read_value(int which, struct octets octets, struct certificate *certificate)
{
    struct der value = der_over(octets);
    switch (which) {
    case EXTENSION_KEY_USAGE:
        read_key_usage(&value, certificate);
        break;
    case EXTENSION_SUBJECT_KEY_IDENTIFIER:
        certificate->key_identifier = der_next(&value, DER_OCTET_STRING);
        break;
    case EXTENSION_SUBJECT_ALT_NAME:
        read_device_entity(&value, certificate);
        break;
    case EXTENSION_BASIC_CONSTRAINTS:
        read_basic_constraints(&value, certificate);
        break;
    case EXTENSION_CERTIFICATE_POLICIES:
        read_policies(&value, certificate);
        break;
    case EXTENSION_AUTHORITY_KEY_IDENTIFIER:
        der_into(&value, DER_SEQUENCE);
        certificate->authority_key_identifier = der_next(&value, DER_CONTEXT);
        break;
    default:
        certificate->wrapped_contingency_key = octets;
        return true;
    }
    return der_finished(&value);
}

static bool read_extension(struct octets all, struct der *list, struct certificate *certificate)
{
    struct octets identifier;
    struct der fields = next_named(all, list, &identifier);
    bool is_critical = take_flag(&fields);
    struct octets value = der_next(&fields, DER_OCTET_STRING);
    if (!der_finished(&fields)) {
        return false;
    }
    int which = known_extension(identifier);
    if (which == UNKNOWN_EXTENSION) {
        certificate->unknown_critical |= is_critical;
        return true;
    }
    certificate->present = (uint8_t)(certificate->present | 1u << which);
    certificate->critical = (uint8_t)(certificate->critical | (unsigned)is_critical << which);
    return read_value(which, value, certificate);
}

bool read_extensions(struct octets extensions, struct certificate *certificate)
{
    struct der list = der_over(extensions);
    do {
        if (!read_extension(extensions, &list, certificate)) {
            return false;
        }
    } while (der_more(&list));
    return der_finished(&list);
}
