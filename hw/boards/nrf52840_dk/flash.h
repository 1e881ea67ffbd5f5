// The flash controller of an nRF52840 (product specification 4.3, NVMC): words and pages.
#ifndef NRF52840_FLASH_H
#define NRF52840_FLASH_H

#include <stdint.h>

// Instruction cache on; data, such as the image, is never read from it.
void flash_start(void);

// Both wait until the flash is at rest, and leave it read-only. Whether it took the octets is for
// the caller to read back. The address is of a word, or of the first octet of a page.
void flash_write(uint32_t address, uint32_t word);
void flash_erase(uint32_t address);

#endif
