// CRC-32 as IEEE 802.3 and zlib have it: the check of flash structures and of frames.
#ifndef GBCS_CRC32_H
#define GBCS_CRC32_H

#include <stddef.h>
#include <stdint.h>

// Continues a checksum over more octets; the first call passes 0. As zlib.crc32(octets, crc).
uint32_t crc32_update(uint32_t crc, const uint8_t *octets, size_t length);

#endif
