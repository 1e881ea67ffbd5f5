#include "gbcs/name.h"

#include "gbcs/der.h"

enum { NO_TEXT = -1 };

struct attribute {
    struct octets type;
    uint8_t tag;
    struct octets value;
};

static const uint8_t organisational_unit[] = {0x55, 0x04, 0x0B};
static const uint8_t unique_identifier[] = {0x55, 0x04, 0x2D};

// The next attribute of a relative distinguished name; what it says counts if `part` has not
// failed.
static void next_attribute(struct der *part, struct attribute *attribute)
{
    struct element value = {0};
    struct der pair = der_enter(part, DER_SEQUENCE);
    attribute->type = der_next(&pair, DER_OBJECT_IDENTIFIER);
    der_any(&pair, &value, false);
    der_leave(part, &pair);
    attribute->tag = value.tag;
    attribute->value = value.content;
}

static bool is_text(uint8_t tag)
{
    return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING;
}

// X.680 41.4.
static bool is_printable(struct octets text)
{
    static const char others[] = " '()+,-./:=?";
    for (size_t i = 0; i < text.length; i++) {
        uint8_t octet = text.at[i];
        bool is_letter = (uint8_t)((octet | 0x20) - 'a') < 26;
        bool is_digit = (uint8_t)(octet - '0') < 10;
        if (!is_letter && !is_digit && memchr(others, octet, sizeof others - 1) == NULL) {
            return false;
        }
    }
    return true;
}

// RFC 3629: shortest form, no surrogates, nothing above U+10FFFF.
static bool is_utf8(struct octets text)
{
    uint32_t value = 0, least = 0;
    unsigned more = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint8_t octet = text.at[i];
        if (more > 0) {
            value = value << 6 | (octet & 0x3F);
            more--;
            bool is_bad = value < least || value > 0x10FFFF || value >> 11 == 0xD800 >> 11;
            if ((octet & 0xC0) != 0x80 || (more == 0 && is_bad)) {
                return false;
            }
        } else if (octet >= 0x80) {
            if (octet < 0xC0 || octet > 0xF7) {
                return false;
            }
            more = octet >= 0xF0 ? 3 : octet >= 0xE0 ? 2 : 1;
            least = more == 1 ? 0x80 : 1u << (5 * more + 1);
            value = octet & (0x3Fu >> more);
        }
    }
    return more == 0;
}

// The value of an upper-case hex digit; negative for another octet.
static int hex_digit(uint8_t octet)
{
    if (octet >= '0' && octet <= '9') {
        return octet - '0';
    }
    return octet >= 'A' && octet <= 'F' ? octet - 'A' + 10 : -1;
}

// SEC L Annex A: the organisational unit is the role.
static int16_t role_of(const struct attribute *unit)
{
    if (!is_text(unit->tag) || unit->value.length != 2) {
        return -1;
    }
    int high = hex_digit(unit->value.at[0]);
    int low = hex_digit(unit->value.at[1]);
    return (int16_t)(high < 0 || low < 0 ? -1 : high << 4 | low);
}

static bool is_type(const struct attribute *attribute, const uint8_t type[3])
{
    return octets_equal(attribute->type, octets_of(type, 3));
}

struct seen {
    unsigned units;
    unsigned identifiers;
};

static void note(const struct attribute *attribute, struct seen *seen, struct name_facts *facts)
{
    if (is_type(attribute, organisational_unit)) {
        facts->role = seen->units++ == 0 ? role_of(attribute) : (int16_t)-1;
    }
    if (is_type(attribute, unique_identifier)) {
        const struct octets *value = &attribute->value;
        facts->has_unique_id = seen->identifiers++ == 0 && attribute->tag == DER_BIT_STRING
            && value->length == 1 + sizeof facts->unique_id && value->at[0] == 0;
        if (facts->has_unique_id) {
            memcpy(facts->unique_id, value->at + 1, sizeof facts->unique_id);
        }
    }
}

static bool is_well_formed(const struct attribute *attribute)
{
    return der_is_object_identifier(attribute->type)
        && (attribute->tag != DER_PRINTABLE_STRING || is_printable(attribute->value))
        && (attribute->tag != DER_UTF8_STRING || is_utf8(attribute->value));
}

// A relative distinguished name: a SET OF in ascending order (X.690 11.6), not empty.
static void read_part(struct der *parts, struct seen *seen, struct name_facts *facts)
{
    struct der part = der_enter(parts, DER_SET);
    struct octets previous = {0};
    do {
        struct octets whole = part.rest;
        struct attribute attribute;
        next_attribute(&part, &attribute);
        if (part.failed) {
            break;
        }
        whole.length -= part.rest.length;
        // No value in DER is the start of another, so as far as the shorter one goes is enough.
        size_t length = whole.length < previous.length ? whole.length : previous.length;
        if (length > 0 && memcmp(previous.at, whole.at, length) > 0) {
            part.failed = true;
        }
        part.failed |= !is_well_formed(&attribute);
        previous = whole;
        note(&attribute, seen, facts);
    } while (der_more(&part));
    der_leave(parts, &part);
}

bool name_read(struct octets name, struct name_facts *facts)
{
    struct der parts = der_over(name);
    struct seen seen = {0};
    facts->role = -1;
    facts->has_unique_id = false;
    der_into(&parts, DER_SEQUENCE);
    while (der_more(&parts)) {
        read_part(&parts, &seen, facts);
    }
    return !parts.failed;
}

bool name_is_empty(struct octets name)
{
    return name.length == 2;
}

static bool is_space(uint8_t octet)
{
    return (octet >= 0x09 && octet <= 0x0D) || (octet >= 0x1C && octet <= 0x20);
}

// The next octet of a text as it is compared: NO_TEXT at its end.
static int next_prepared(struct octets *text, bool is_first)
{
    bool gap = false;
    while (text->length > 0 && is_space(*text->at)) {
        *text = octets_of(text->at + 1, text->length - 1);
        gap = true;
    }
    if (text->length == 0) {
        return NO_TEXT;
    }
    if (gap && !is_first) {
        return ' ';
    }
    uint8_t octet = *text->at;
    *text = octets_of(text->at + 1, text->length - 1);
    return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

// Of texts in ASCII; of others the octets decide.
static bool texts_match(struct octets one, struct octets other)
{
    bool is_first = true;
    for (;;) {
        int octet = next_prepared(&one, is_first);
        if (octet != next_prepared(&other, is_first) || octet >= 0x80) {
            return false;
        }
        if (octet == NO_TEXT) {
            return true;
        }
        is_first = false;
    }
}

static bool attributes_match(const struct attribute *one, const struct attribute *other)
{
    if (!octets_equal(one->type, other->type)) {
        return false;
    }
    bool are_same = octets_equal(one->value, other->value);
    if (is_text(one->tag) && is_text(other->tag)) {
        return are_same || texts_match(one->value, other->value);
    }
    return are_same && one->tag == other->tag;
}

// Whether each attribute of one part has its match in the other: parts compare as sets.
static bool is_within(const struct der *part, const struct der *other)
{
    struct der one = *part;
    while (der_more(&one)) {
        struct attribute sought, found;
        struct der rest = *other;
        next_attribute(&one, &sought);
        do {
            next_attribute(&rest, &found);
            if (rest.failed) {
                return false;
            }
        } while (!attributes_match(&sought, &found));
    }
    return !one.failed;
}

bool names_match(struct octets one, struct octets other)
{
    struct der parts = der_over(one), counterparts = der_over(other);
    if (octets_equal(one, other)) {
        return true;
    }
    der_into(&parts, DER_SEQUENCE);
    der_into(&counterparts, DER_SEQUENCE);
    while (der_more(&parts) && der_more(&counterparts)) {
        struct der part = der_enter(&parts, DER_SET);
        struct der counterpart = der_enter(&counterparts, DER_SET);
        if (!is_within(&part, &counterpart) || !is_within(&counterpart, &part)) {
            return false;
        }
    }
    return der_finished(&parts) && der_finished(&counterparts);
}
