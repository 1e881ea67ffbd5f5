#include <string.h>

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *octets = from;
    while (length-- > 0) {
        *at++ = *octets++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *octets = from;
    if ((uintptr_t)at - (uintptr_t)octets >= length) {
        return memcpy(to, from, length);
    }
    while (length-- > 0) {
        at[length] = octets[length];
    }
    return to;
}

void *memset(void *at, int octet, size_t length)
{
    uint8_t *to = at;
    while (length-- > 0) {
        *to++ = (uint8_t)octet;
    }
    return at;
}

int memcmp(const void *one, const void *other, size_t length)
{
    const uint8_t *left = one;
    const uint8_t *right = other;
    for (; length > 0; length--, left++, right++) {
        if (*left != *right) {
            return *left - *right;
        }
    }
    return 0;
}

void *memchr(const void *at, int octet, size_t length)
{
    const uint8_t *octets = at;
    for (; length > 0; length--, octets++) {
        if (*octets == (uint8_t)octet) {
            return (void *)(uintptr_t)octets;
        }
    }
    return NULL;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}
