// The embedded flash (RM0090 3): words and sectors of the first bank.
#ifndef STM32F405_FLASH_H
#define STM32F405_FLASH_H

#include <stdint.h>

// Wait states for a processor clock of 168 MHz at 2.7 to 3.6 V, instruction cache on. The data
// cache stays off: it would have to be cleared at each change of the flash.
void flash_start(void);

// Both wait until the flash is at rest, and leave it locked. Whether it took the octets is for
// the caller to read back.
void flash_write(uint32_t address, uint32_t word);
void flash_erase(uint32_t sector);

#endif
