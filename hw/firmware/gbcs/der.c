#include "gbcs/der.h"

#include "gbcs/times.h"

enum {
    LONG_FORM = 0x80,
    HIGH_TAG = 0x1F,
    MAX_LENGTH_OCTETS = 4,
    MAX_IDENTIFIER_OCTETS = 63,
    MAX_ARC_OCTETS = 19,
};

// Octets of the tag at the start; 0 if it is cut short or not in its shortest form.
static size_t tag_octets(struct octets rest, bool long_tags)
{
    if (rest.length == 0) {
        return 0;
    }
    if ((rest.at[0] & HIGH_TAG) != HIGH_TAG) {
        return 1;
    }
    uint64_t number = 0;
    for (size_t i = 1; long_tags && i < rest.length && number <= UINT32_MAX >> 7; i++) {
        number = number << 7 | (rest.at[i] & 0x7F);
        if (number == 0) {
            return 0;
        }
        if (rest.at[i] < 0x80) {
            return number >= HIGH_TAG ? i + 1 : 0;
        }
    }
    return 0;
}

// The length of the content; `start` moves behind its octets. False: not in its shortest form
// (X.690 10.1), or there is less than that.
static bool take_length(struct octets rest, size_t *start, size_t *length)
{
    *length = rest.at[(*start)++];
    if (*length >= LONG_FORM) {
        size_t count = *length - LONG_FORM;
        if (count == 0 || count > MAX_LENGTH_OCTETS || count > rest.length - *start) {
            return false;
        }
        uint32_t value = 0;
        for (size_t i = 0; i < count; i++) {
            value = value << 8 | rest.at[(*start)++];
        }
        if (value < LONG_FORM || value >> 8 * (count - 1) == 0) {
            return false;
        }
        *length = value;
    }
    return *length <= rest.length - *start;
}

bool der_any(struct der *der, struct element *element, bool long_tags)
{
    struct octets rest = der->rest;
    size_t start = tag_octets(rest, long_tags);
    size_t length;
    *element = (struct element){0};
    if (der->failed || start == 0 || start == rest.length
        || !take_length(rest, &start, &length)) {
        der->failed = true;
        return false;
    }
    element->tag = rest.at[0];
    element->whole = octets_of(rest.at, start + length);
    element->content = octets_of(rest.at + start, length);
    der->rest = octets_of(rest.at + start + length, rest.length - start - length);
    return true;
}

struct octets der_next(struct der *der, uint8_t tag)
{
    struct element element;
    if (!der_any(der, &element, false) || element.tag != tag) {
        der->failed = true;
        return octets_of(NULL, 0);
    }
    return element.content;
}

bool der_optional(struct der *der, uint8_t tag, struct octets *content)
{
    *content = octets_of(NULL, 0);
    if (!der_more(der) || der->rest.at[0] != tag) {
        return false;
    }
    *content = der_next(der, tag);
    return !der->failed;
}

struct der der_enter(struct der *der, uint8_t tag)
{
    struct der inside = der_over(der_next(der, tag));
    inside.failed = der->failed;
    return inside;
}

void der_leave(struct der *der, const struct der *inside)
{
    der->failed = der->failed || !der_finished(inside);
}

void der_into(struct der *der, uint8_t tag)
{
    struct octets content = der_next(der, tag);
    der->failed |= der->rest.length != 0;
    der->rest = content;
}

bool der_is_integer(struct octets content)
{
    const uint8_t *at = content.at;
    return content.length == 1
        || (content.length > 1 && (at[0] != 0x00 || at[1] >= 0x80)
            && (at[0] != 0xFF || at[1] < 0x80));
}

bool der_number(struct octets content, uint64_t *value)
{
    *value = 0;
    if (!der_is_integer(content) || content.length > 8 || content.at[0] >= 0x80) {
        return false;
    }
    for (size_t i = 0; i < content.length; i++) {
        *value = *value << 8 | content.at[i];
    }
    return true;
}

uint64_t der_next_number(struct der *der, uint8_t tag)
{
    uint64_t value;
    if (!der_number(der_next(der, tag), &value)) {
        der->failed = true;
    }
    return value;
}

bool der_boolean(struct octets content, bool *value)
{
    *value = content.length == 1 && content.at[0] == 0xFF;
    return *value || (content.length == 1 && content.at[0] == 0x00);
}

bool der_is_bits(struct octets content)
{
    if (content.length <= 1) {
        return content.length == 1 && content.at[0] == 0;
    }
    uint8_t unused = content.at[0];
    return unused < 8 && (content.at[content.length - 1] & ((1U << unused) - 1)) == 0;
}

bool der_named_bits(struct octets content, uint16_t *bits)
{
    *bits = 0;
    if (!der_is_bits(content)) {
        return false;
    }
    size_t count = (content.length - 1) * 8 - content.at[0];
    bool last = true;
    for (size_t n = 0; n < count; n++) {
        last = (content.at[1 + n / 8] & 0x80U >> n % 8) != 0;
        if (last) {
            *bits = (uint16_t)(*bits | 1U << (n < 15 ? n : 15));
        }
    }
    return last;
}

bool der_is_object_identifier(struct octets content)
{
    // No arc may be cut short or start with 80 (X.690 8.19.2); the library behind gbcs/der.py
    // holds identifiers of 63 octets and arcs of 128 bits, which is 19 octets from 83 down.
    size_t start = 0;
    for (size_t i = 0; i < content.length; i++) {
        if (content.at[start] == 0x80 || i - start >= MAX_ARC_OCTETS
            || (i - start == MAX_ARC_OCTETS - 1 && content.at[start] > 0x83)) {
            return false;
        }
        if (content.at[i] < 0x80) {
            start = i + 1;
        }
    }
    return content.length > 0 && content.length <= MAX_IDENTIFIER_OCTETS
        && start == content.length;
}

static bool digits(const uint8_t **at, size_t count, uint16_t *number)
{
    *number = 0;
    for (const uint8_t *end = *at + count; *at < end; (*at)++) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        *number = (uint16_t)(*number * 10 + (**at - '0'));
    }
    return true;
}

bool der_time(uint8_t tag, struct octets content, int64_t *seconds)
{
    size_t year_digits = tag == DER_UTC_TIME ? 2 : 4;
    if (content.length != year_digits + 11 || content.at[content.length - 1] != 'Z') {
        return false;
    }
    uint16_t fields[6];
    const uint8_t *at = content.at;
    for (size_t i = 0; i < 6; i++) {
        if (!digits(&at, i == 0 ? year_digits : 2, &fields[i])) {
            return false;
        }
    }
    if (tag == DER_UTC_TIME) {
        fields[0] = (uint16_t)(fields[0] + (fields[0] < 50 ? 2000 : 1900));
    }
    struct civil_time time = {fields[0], (uint8_t)fields[1], (uint8_t)fields[2],
                              (uint8_t)fields[3], (uint8_t)fields[4], (uint8_t)fields[5]};
    return times_seconds(&time, seconds);
}

void der_put_header(struct writer *writer, uint8_t tag, size_t length)
{
    put_octet(writer, tag);
    if (length >= 0x100) {
        put_octet(writer, LONG_FORM | 2);
        put_octet(writer, (uint8_t)(length >> 8));
    } else if (length >= LONG_FORM) {
        put_octet(writer, LONG_FORM | 1);
    }
    put_octet(writer, (uint8_t)length);
}

void der_put(struct writer *writer, uint8_t tag, const void *content, size_t length)
{
    der_put_header(writer, tag, length);
    put_octets(writer, content, length);
}

void der_put_number(struct writer *writer, uint8_t tag, uint64_t value)
{
    uint8_t octets[9];
    size_t start = 0;
    octets[0] = 0;
    write_be(octets + 1, value, 8);
    while (start < 8 && octets[start] == 0 && octets[start + 1] < 0x80) {
        start++;
    }
    der_put(writer, tag, octets + start, sizeof octets - start);
}

size_t der_begin(struct writer *writer, uint8_t tag)
{
    put_octet(writer, tag);
    put_octet(writer, 0);
    return writer->length;
}

void der_end(struct writer *writer, size_t start)
{
    size_t length = writer->length - start;
    uint8_t *at = writer->at + start;
    size_t more = length >= 0x100 ? 2 : length >= LONG_FORM;
    uint8_t room[2] = {0};
    put_octets(writer, room, more);
    if (writer->overflowed) {
        return;
    }
    memmove(at + more, at, length);
    if (more > 0) {
        at[-1] = (uint8_t)(LONG_FORM | more);
        write_be(at, length, more);
    } else {
        at[-1] = (uint8_t)length;
    }
}
