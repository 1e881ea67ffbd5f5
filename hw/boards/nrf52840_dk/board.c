// An nRF52840-DK at 64 MHz. The link is UART0 on P0.06 and P0.08, which the debug probe of the kit
// offers as a USB serial port, without flow control. PS: nRF52840 product specification.
#include "board.h"

#include "cortex_m/registers.h"
#include "cortex_m/startup.h"
#include "generated/geometry.h"
#include "link/cut.h"
#include "link/link.h"
#include "nrf52840_dk/flash.h"

// PS, instantiation: where each peripheral lies.
#define POWER_AND_CLOCK 0x40000000u
#define UART0 0x40002000u
#define TIMER0 0x40008000u
#define TIMER1 0x40009000u
#define PORT0 0x50000000u

// PS, POWER and CLOCK.
enum {
    CRYSTAL_START = POWER_AND_CLOCK + 0x000,
    CRYSTAL_STARTED = POWER_AND_CLOCK + 0x100,
    RESET_REASONS = POWER_AND_CLOCK + 0x400,
};
enum { REASON_PIN = 1 << 0, REASON_WATCHDOG = 1 << 1, REASON_SOFTWARE = 1 << 2 };

// PS, GPIO.
#define PORT0_OUT_SET (PORT0 + 0x508u)
#define PORT0_OUTPUT_SET (PORT0 + 0x518u)
#define PORT0_PIN(n) (PORT0 + 0x700u + 4u * (n))
enum { TX_PIN = 6, RX_PIN = 8, INPUT_PULLED_UP = 3 << 2 };

// PS, UART: the one without DMA, which has a FIFO of six octets.
enum {
    UART_START_RX = UART0 + 0x000,
    UART_START_TX = UART0 + 0x008,
    UART_RECEIVED = UART0 + 0x108,
    UART_SENT = UART0 + 0x11C,
    UART_INTERRUPT_SET = UART0 + 0x304,
    UART_ENABLE = UART0 + 0x500,
    UART_TX_PIN = UART0 + 0x50C,
    UART_RX_PIN = UART0 + 0x514,
    UART_RXD = UART0 + 0x518,
    UART_TXD = UART0 + 0x51C,
    UART_BAUD = UART0 + 0x524,
};
enum { RECEIVED_INTERRUPT = 1 << 2, UART_ON = 4, BAUD_115200 = 0x01D7E000 };

// PS, TIMER: 16 MHz, 32 bits.
enum {
    TIMER_START = 0x000,
    TIMER_CLEAR = 0x00C,
    TIMER_CAPTURE = 0x040,
    TIMER_REACHED = 0x140,
    TIMER_SHORTCUTS = 0x200,
    TIMER_INTERRUPT_SET = 0x304,
    TIMER_WIDTH = 0x508,
    TIMER_PRESCALER = 0x510,
    TIMER_COMPARE = 0x540,
};
enum { WIDTH_32 = 3, CLEAR_WHEN_REACHED = 1 << 0, REACHED_INTERRUPT = 1 << 16 };
enum { TIMER_HZ = 16000000, TICKS_A_MILLISECOND = TIMER_HZ / 1000 };
enum { WAKE_TICKS = 50 * TICKS_A_MILLISECOND };

// A peripheral's interrupt has the number of its place in the map. SysTick would not do to wake the
// processor: its clock stops with it.
#define NVIC_ENABLE 0xE000E100u
#define NVIC_CLEAR_PENDING 0xE000E280u
enum { UART0_AND_TIMER1 = 1 << 2 | 1 << 9 };

enum { LONGEST_CLOCK_POLLS = 100000 };

#define IMAGE_ADDRESS 0x000F8000u

const char board_name[] = "nrf52840-dk";
const struct geometry board_geometry = GEOMETRY_NRF52840;
const uint8_t *const board_flash = (const uint8_t *)IMAGE_ADDRESS;
const uint32_t board_ticks_per_second = TIMER_HZ;

static uint32_t counted_to;
static uint32_t milliseconds;
static uint8_t cause;

// The internal oscillator may be too far off for a UART; the crystal is not.
static void start_clock(void)
{
    flash_start();
    register_write(CRYSTAL_STARTED, 0);
    register_write(CRYSTAL_START, 1);
    for (uint32_t polls = 0; polls < LONGEST_CLOCK_POLLS; polls++) {
        if (register_read(CRYSTAL_STARTED)) {
            return;
        }
    }
}

static void start_timers(void)
{
    for (uint32_t timer = TIMER0; timer <= TIMER1; timer += TIMER1 - TIMER0) {
        register_write(timer + TIMER_WIDTH, WIDTH_32);
        register_write(timer + TIMER_PRESCALER, 0);
        register_write(timer + TIMER_CLEAR, 1);
    }
    register_write(TIMER1 + TIMER_COMPARE, WAKE_TICKS);
    register_write(TIMER1 + TIMER_SHORTCUTS, CLEAR_WHEN_REACHED);
    register_write(TIMER1 + TIMER_INTERRUPT_SET, REACHED_INTERRUPT);
    register_write(TIMER0 + TIMER_START, 1);
    register_write(TIMER1 + TIMER_START, 1);
    counted_to = board_ticks();
}

static void start_link(void)
{
    register_write(PORT0_OUT_SET, 1u << TX_PIN);
    register_write(PORT0_OUTPUT_SET, 1u << TX_PIN);
    register_write(PORT0_PIN(RX_PIN), INPUT_PULLED_UP);
    register_write(UART_TX_PIN, TX_PIN);
    register_write(UART_RX_PIN, RX_PIN);
    register_write(UART_BAUD, BAUD_115200);
    register_write(UART_INTERRUPT_SET, RECEIVED_INTERRUPT);
    register_write(UART_ENABLE, UART_ON);
    register_write(UART_START_TX, 1);
    register_write(UART_START_RX, 1);
    register_write(NVIC_ENABLE, UART0_AND_TIMER1);
}

// PS, RESETREAS: reasons add up until they are cleared; none is left by power-on and brown-out.
static uint8_t find_cause(void)
{
    const uint32_t reasons = register_read(RESET_REASONS);
    register_write(RESET_REASONS, reasons);
    if (reasons == 0) {
        return RESET_POWER_ON;
    }
    if (reasons & REASON_WATCHDOG) {
        return RESET_WATCHDOG;
    }
    if (reasons & REASON_PIN) {
        return RESET_PIN;
    }
    return reasons & REASON_SOFTWARE ? startup_cause() : RESET_UNKNOWN;
}

void board_start(void)
{
    start_clock();
    cause = find_cause();
    start_timers();
    start_link();
}

int board_receive(void)
{
    // Cleared before the look at the receiver: what comes after the look wakes the processor.
    register_write(TIMER1 + TIMER_REACHED, 0);
    register_write(NVIC_CLEAR_PENDING, UART0_AND_TIMER1);
    if (!register_read(UART_RECEIVED)) {
        __asm__ volatile("wfi");
    }
    if (!register_read(UART_RECEIVED)) {
        return -1;
    }
    // Before the octet is taken: taking it may bring the next one.
    register_write(UART_RECEIVED, 0);
    return (int)(register_read(UART_RXD) & 0xFF);
}

void board_send(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        register_write(UART_SENT, 0);
        register_write(UART_TXD, octets[i]);
        while (!register_read(UART_SENT)) {
        }
    }
}

__attribute__((noinline, used)) void flash_program_word(uint32_t offset, uint32_t word)
{
    flash_write(IMAGE_ADDRESS + offset, cut_before_program(offset, word));
    cut_after_operation();
}

__attribute__((noinline, used)) void flash_erase_block(uint32_t block)
{
    cut_before_erase(block);
    flash_erase(IMAGE_ADDRESS + geometry_block(&board_geometry, block).start);
    cut_after_operation();
}

uint8_t board_reset_cause(void)
{
    return cause;
}

uint32_t board_ticks(void)
{
    register_write(TIMER0 + TIMER_CAPTURE, 1);
    return register_read(TIMER0 + TIMER_COMPARE);
}

// The tick counter wraps after 268 s; the main loop asks more often.
uint32_t board_milliseconds(void)
{
    const uint32_t passed = (board_ticks() - counted_to) / TICKS_A_MILLISECOND;
    counted_to += passed * TICKS_A_MILLISECOND;
    milliseconds += passed;
    return milliseconds;
}
