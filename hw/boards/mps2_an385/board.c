// Arm MPS2 with the Cortex-M3 image AN385 (Arm DAI 0385): CMSDK timers and UART at 25 MHz. Its
// PSRAM stands for a flash: programming can only take bits away from the erased value, as in NOR.
#include "board.h"

#include "cortex_m/startup.h"
#include "generated/geometry.h"
#include "link/cut.h"

#ifndef ANOTHER_IMAGE // mps2_an505/board.c has the same peripherals in other places
enum { CLOCK_HZ = 25000000 };
#define TIMER0_ADDRESS 0x40000000u
#define TIMER1_ADDRESS 0x40001000u
#define UART0_ADDRESS 0x40004000u
#define FLASH_ADDRESS 0x21000000u
enum { UART0_RX = 0, TIMER1_OUT = 9 }; // interrupts
const char board_name[] = "mps2-an385";
#endif

enum { BAUD = 115200, TICKS_A_MILLISECOND = CLOCK_HZ / 1000 };
enum { WAKE_TICKS = 50 * TICKS_A_MILLISECOND };

struct uart {
    volatile uint32_t data, state, control, interrupt, divider;
};
enum { TX_FULL = 1u << 0, RX_FULL = 1u << 1 };
enum { TX_ENABLE = 1u << 0, RX_ENABLE = 1u << 1, RX_INTERRUPT = 1u << 3 };
enum { RX_PENDING = 1u << 1 };

struct timer {
    volatile uint32_t control, value, reload, interrupt;
};
enum { TIMER_ENABLE = 1u << 0, TIMER_INTERRUPT = 1u << 3 };

static struct uart *const UART0 = (struct uart *)UART0_ADDRESS;
static struct timer *const TIMER0 = (struct timer *)TIMER0_ADDRESS;
static struct timer *const TIMER1 = (struct timer *)TIMER1_ADDRESS;
static volatile uint32_t *const NVIC_ENABLE = (volatile uint32_t *)0xE000E100;
static volatile uint32_t *const NVIC_CLEAR_PENDING = (volatile uint32_t *)0xE000E280;

#ifndef BOARD_GEOMETRY // a board outside the tree has it from its board.toml
#define BOARD_GEOMETRY GEOMETRY_NRF52840
#endif
const struct geometry board_geometry = BOARD_GEOMETRY;
const uint8_t *const board_flash = (const uint8_t *)FLASH_ADDRESS;
const uint32_t board_ticks_per_second = CLOCK_HZ;

static uint32_t counted_to;
static uint32_t milliseconds;

static void for_what_wakes(volatile uint32_t registers[])
{
    registers[UART0_RX / 32] = 1u << UART0_RX % 32;
    registers[TIMER1_OUT / 32] = 1u << TIMER1_OUT % 32;
}

void board_start(void)
{
    TIMER0->value = UINT32_MAX;
    TIMER0->reload = UINT32_MAX;
    TIMER0->control = TIMER_ENABLE;
    TIMER1->value = WAKE_TICKS;
    TIMER1->reload = WAKE_TICKS;
    TIMER1->control = TIMER_ENABLE | TIMER_INTERRUPT;
    UART0->divider = CLOCK_HZ / BAUD;
    UART0->control = TX_ENABLE | RX_ENABLE | RX_INTERRUPT;
    // QEMU's UART lets nothing in before it was read once with the receiver on.
    (void)UART0->data;
    for_what_wakes(NVIC_ENABLE);
    counted_to = board_ticks();
}

int board_receive(void)
{
    // Cleared before the look at the receiver: what comes after the look wakes the processor.
    UART0->interrupt = RX_PENDING;
    TIMER1->interrupt = 1;
    for_what_wakes(NVIC_CLEAR_PENDING);
    if (!(UART0->state & RX_FULL)) {
        __asm__ volatile("wfi");
    }
    return UART0->state & RX_FULL ? (int)(UART0->data & 0xFF) : -1;
}

void board_send(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while (UART0->state & TX_FULL) {
        }
        UART0->data = octets[i];
    }
}

__attribute__((noinline, used)) void flash_program_word(uint32_t offset, uint32_t word)
{
    volatile uint32_t *at = (volatile uint32_t *)(FLASH_ADDRESS + offset);
    *at &= cut_before_program(offset, word);
    cut_after_operation();
}

__attribute__((noinline, used)) void flash_erase_block(uint32_t block)
{
    cut_before_erase(block);
    const struct block where = geometry_block(&board_geometry, block);
    volatile uint32_t *at = (volatile uint32_t *)(FLASH_ADDRESS + where.start);
    for (uint32_t i = 0; i < where.size / 4; i++) {
        at[i] = UINT32_MAX;
    }
    cut_after_operation();
}

uint8_t board_reset_cause(void)
{
    return startup_cause();
}

uint32_t board_ticks(void)
{
    return ~TIMER0->value;
}

// The tick counter wraps after 171 s at 25 MHz; the main loop asks more often.
uint32_t board_milliseconds(void)
{
    const uint32_t passed = (board_ticks() - counted_to) / TICKS_A_MILLISECOND;
    counted_to += passed * TICKS_A_MILLISECOND;
    milliseconds += passed;
    return milliseconds;
}
