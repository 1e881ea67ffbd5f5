// What clang calls where it might call <string.h> (Arm IHI 0043, 4.3.4). The variants for aligned
// octets are the same here.
#include <string.h>

#define COPY(name)                                             \
    void name(void *to, const void *from, size_t length);      \
    void name(void *to, const void *from, size_t length)

#define CLEAR(name)                                            \
    void name(void *at, size_t length);                        \
    void name(void *at, size_t length)

#define SET(name)                                              \
    void name(void *at, size_t length, int octet);             \
    void name(void *at, size_t length, int octet)

COPY(__aeabi_memcpy) { memcpy(to, from, length); }
COPY(__aeabi_memcpy4) { memcpy(to, from, length); }
COPY(__aeabi_memcpy8) { memcpy(to, from, length); }
COPY(__aeabi_memmove) { memmove(to, from, length); }
COPY(__aeabi_memmove4) { memmove(to, from, length); }
COPY(__aeabi_memmove8) { memmove(to, from, length); }
CLEAR(__aeabi_memclr) { memset(at, 0, length); }
CLEAR(__aeabi_memclr4) { memset(at, 0, length); }
CLEAR(__aeabi_memclr8) { memset(at, 0, length); }
SET(__aeabi_memset) { memset(at, octet, length); }
SET(__aeabi_memset4) { memset(at, octet, length); }
SET(__aeabi_memset8) { memset(at, octet, length); }
