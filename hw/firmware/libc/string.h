// The functions of <string.h> that the firmware needs; a bare machine has no libc.
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *at, int octet, size_t length);
int memcmp(const void *one, const void *other, size_t length);
void *memchr(const void *at, int octet, size_t length);
size_t strlen(const char *text);

#endif
