#include "nrf52840_dk/flash.h"

#include <stdbool.h>

#include "board.h"
#include "cortex_m/registers.h"

// Product specification, NVMC.
#define NVMC 0x4001E000u
enum {
    READY = NVMC + 0x400,
    CONFIG = NVMC + 0x504,
    ERASE_PAGE = NVMC + 0x508,
    CACHE = NVMC + 0x540,
};
enum { IS_READY = 1 << 0, CACHE_ON = 1 << 0 };
enum mode { READ_ONLY, WRITE, ERASE };

// The erase of a page takes some 85 ms.
enum { LONGEST_MILLISECONDS = 500 };

void flash_start(void)
{
    register_write(CACHE, CACHE_ON);
}

// A controller that never comes to rest must not hold the board for ever: who reads back finds
// that nothing was written.
static bool comes_to_rest(void)
{
    const uint32_t start = board_ticks();
    const uint32_t longest = board_ticks_per_second / 1000 * LONGEST_MILLISECONDS;
    while (!(register_read(READY) & IS_READY)) {
        if (board_ticks() - start >= longest) {
            return false;
        }
    }
    return true;
}

// One write, of a word or of the number of a page, while the flash is open for it.
static void operate(enum mode mode, uint32_t address, uint32_t value)
{
    if (!comes_to_rest()) {
        return;
    }
    register_write(CONFIG, mode);
    register_barrier();
    register_write(address, value);
    register_barrier();
    if (comes_to_rest()) {
        register_write(CONFIG, READ_ONLY);
    }
}

void flash_write(uint32_t address, uint32_t word)
{
    operate(WRITE, address, word);
}

void flash_erase(uint32_t address)
{
    operate(ERASE, ERASE_PAGE, address);
}
