// gbcs/crc32.c by zlib.
#include "gbcs/crc32.h"

#include <zlib.h>

uint32_t crc32_update(uint32_t crc, const uint8_t *octets, size_t length)
{
    return (uint32_t)crc32(crc, octets, (uInt)length);
}
