#include "stm32f405/flash.h"

#include "board.h"
#include "stm32f405/registers.h"

// RM0090 3.9.
enum {
    ACR = FLASH_INTERFACE + 0x00,
    KEYR = FLASH_INTERFACE + 0x04,
    SR = FLASH_INTERFACE + 0x0C,
    CR = FLASH_INTERFACE + 0x10,
};
enum { ACR_WAIT_STATES = 5, ACR_PREFETCH = 1 << 8, ACR_INSTRUCTION_CACHE = 1 << 9 };
enum { SR_BUSY = 1 << 16 };
// End of operation, operation, write protection, alignment, parallelism and sequence errors:
// each is cleared by writing 1, and an error that stays set blocks the next operation.
enum { SR_FLAGS = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 };
enum { CR_PROGRAM = 1 << 0, CR_ERASE_SECTOR = 1 << 1, CR_SECTOR_AT = 3, CR_START = 1 << 16 };
// Words of 32 bits at a time: right for supplies of 2.7 to 3.6 V (table 6).
enum { CR_PARALLEL_32 = 2 << 8 };
#define CR_LOCK (1u << 31)

// 3.6.1: in this order, or the register stays locked until a reset.
#define FIRST_KEY 0x45670123u
#define SECOND_KEY 0xCDEF89ABu

// The longest erase of a sector takes 4 s (STM32F405 data sheet, table 40).
enum { LONGEST_SECONDS = 5 };

void flash_start(void)
{
    register_write(ACR, ACR_WAIT_STATES | ACR_PREFETCH | ACR_INSTRUCTION_CACHE);
}

// A controller that never comes to rest must not hold the board for ever: who reads back finds
// that nothing was written.
static void wait_until_at_rest(void)
{
    const uint32_t start = board_ticks();
    while ((register_read(SR) & SR_BUSY)
           && board_ticks() - start < LONGEST_SECONDS * board_ticks_per_second) {
    }
}

static void begin(void)
{
    wait_until_at_rest();
    if (register_read(CR) & CR_LOCK) {
        register_write(KEYR, FIRST_KEY);
        register_write(KEYR, SECOND_KEY);
    }
    register_write(SR, SR_FLAGS);
}

static void end(void)
{
    wait_until_at_rest();
    register_write(CR, CR_LOCK);
}

void flash_write(uint32_t address, uint32_t word)
{
    begin();
    register_write(CR, CR_PARALLEL_32 | CR_PROGRAM);
    register_write(address, word);
    end();
}

void flash_erase(uint32_t sector)
{
    begin();
    const uint32_t what = CR_PARALLEL_32 | CR_ERASE_SECTOR | sector << CR_SECTOR_AT;
    register_write(CR, what);
    register_write(CR, what | CR_START);
    end();
}
