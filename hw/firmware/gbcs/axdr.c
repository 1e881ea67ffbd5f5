#include "gbcs/axdr.h"

enum { LONG_LENGTH = 0x80 };

const uint8_t *axdr_take(struct octets *rest, size_t count)
{
    if (count > rest->length) {
        return NULL;
    }
    const uint8_t *at = rest->at;
    *rest = octets_of(at + count, rest->length - count);
    return at;
}

bool axdr_expect(struct octets *rest, const uint8_t *expected, size_t count)
{
    const uint8_t *at = axdr_take(rest, count);
    return at != NULL && memcmp(at, expected, count) == 0;
}

bool axdr_length(struct octets *rest, size_t *length)
{
    const uint8_t *first = axdr_take(rest, 1);
    if (first == NULL) {
        return false;
    }
    *length = *first;
    if (*first < LONG_LENGTH) {
        return true;
    }
    size_t count = *first - LONG_LENGTH;
    const uint8_t *at = count == 1 || count == 2 ? axdr_take(rest, count) : NULL;
    if (at == NULL) {
        return false;
    }
    *length = count == 1 ? at[0] : read_be16(at);
    return *length >= (count == 1 ? LONG_LENGTH : 0x100);
}

bool axdr_counted(struct octets *rest, struct octets *content)
{
    size_t length;
    if (!axdr_length(rest, &length)) {
        return false;
    }
    *content = octets_of(axdr_take(rest, length), length);
    return content->at != NULL;
}

size_t axdr_length_octets(size_t length)
{
    return length >= 0x100 ? 3 : length >= LONG_LENGTH ? 2 : 1;
}

void axdr_put_length(struct writer *writer, size_t length)
{
    if (length >= 0x100) {
        put_octet(writer, LONG_LENGTH | 2);
        put_octet(writer, (uint8_t)(length >> 8));
    } else if (length >= LONG_LENGTH) {
        put_octet(writer, LONG_LENGTH | 1);
    }
    put_octet(writer, (uint8_t)length);
}
