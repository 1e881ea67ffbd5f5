// From reset to main on any Cortex-M, and back. No interrupt handler runs: interrupts stay
// masked, and only wake the processor where it sleeps.
#include "cortex_m/startup.h"

#include "board.h"
#include "crypto/crypto.h"
#include "link/link.h"

int main(void);
void reset_handler(void);
void fault_handler(void);

extern uint32_t _stack_bottom[], _stack_top[];
extern uint32_t _data_load[], _data_start[], _data_end[], _bss_start[], _bss_end[];
extern uint8_t _vectors_start[], _vectors_end[], _firmware_start[], _firmware_end[];

enum { CORE_VECTORS = 16 };

// ARMv7-M B1.5.3: the first stack pointer, then the handlers by exception number.
struct vectors {
    const uint32_t *stack_top;
    void (*handlers[CORE_VECTORS - 1])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    _stack_top,
    {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler, fault_handler, fault_handler},
};

// What the run before leaves to this one: RAM that the startup code does not clear, and that
// holds anything after power-on.
__attribute__((section(".noinit"))) static struct {
    uint32_t mark;
    uint32_t cause;
    uint32_t faults;
} last_words;

enum { MOST_FAULTS = 3 };
enum { LAST_WORDS = 0x5EC0DE, STACK_PAINT = 0x57ACC057 };

static volatile uint32_t *const AIRCR = (volatile uint32_t *)0xE000ED0C;
enum { AIRCR_KEY = 0x05FA0000, AIRCR_SYSRESETREQ = 1u << 2 };

static uint8_t cause;

static void paint_stack(void)
{
    uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (uint32_t *at = _stack_bottom; at < here; at++) {
        *(volatile uint32_t *)at = STACK_PAINT;
    }
}

void reset_handler(void)
{
    __asm__ volatile("cpsid i");
    paint_stack();
    memcpy(_data_start, _data_load, (size_t)((uint8_t *)_data_end - (uint8_t *)_data_start));
    memset(_bss_start, 0, (size_t)((uint8_t *)_bss_end - (uint8_t *)_bss_start));
    if (last_words.mark != LAST_WORDS) {
        last_words.cause = RESET_POWER_ON;
        last_words.faults = 0;
    }
    cause = (uint8_t)last_words.cause;
    last_words.mark = 0;
    main();
    board_reset();
}

__attribute__((noreturn)) static void reset_because(uint32_t why)
{
    last_words.mark = LAST_WORDS;
    last_words.cause = why;
    __asm__ volatile("dsb" : : : "memory");
    *AIRCR = AIRCR_KEY | AIRCR_SYSRESETREQ;
    while (true) {
        __asm__ volatile("wfi");
    }
}

void board_reset(void)
{
    reset_because(RESET_SOFTWARE);
}

// A fault, or an exception that the firmware did not enable: start anew rather than go on, but not
// for ever.
void fault_handler(void)
{
    last_words.faults++;
    while (last_words.faults >= MOST_FAULTS) {
        __asm__ volatile("wfi");
    }
    reset_because(RESET_UNKNOWN);
}

uint8_t startup_cause(void)
{
    return cause;
}

uint32_t board_stack_octets(void)
{
    const uint32_t *at = _stack_bottom;
    while (at < _stack_top && *at == STACK_PAINT) {
        at++;
    }
    return (uint32_t)((const uint8_t *)_stack_top - (const uint8_t *)at);
}

void board_build_id(uint8_t digest[32])
{
    const struct octets parts[] = {
        octets_of(_vectors_start, (size_t)(_vectors_end - _vectors_start)),
        octets_of(_firmware_start, (size_t)(_firmware_end - _firmware_start)),
    };
    crypto_sha256_of(parts, 2, digest);
}
