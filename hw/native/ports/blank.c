// machine/blank.c by the C library's comparison of memory.
#include "machine/blank.h"

#include "board.h"
#include "generated/geometry.h"

bool is_blank(const uint8_t *octets, uint32_t length)
{
    return length == 0
        || (octets[0] == board_geometry.erased_value
            && memcmp(octets, octets + 1, length - 1) == 0);
}
