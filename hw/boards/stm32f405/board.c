// An STM32F405 at 168 MHz from its own oscillator. The link is USART2 on PA2 and PA3, which the
// debug probe of a Nucleo board offers as a USB serial port.
#include "board.h"

#include "cortex_m/startup.h"
#include "generated/geometry.h"
#include "link/cut.h"
#include "link/link.h"
#include "stm32f405/flash.h"
#include "stm32f405/registers.h"

// RM0090 7.3.
enum {
    RCC_CR = RCC + 0x00,
    RCC_PLLCFGR = RCC + 0x04,
    RCC_CFGR = RCC + 0x08,
    RCC_AHB1ENR = RCC + 0x30,
    RCC_APB1ENR = RCC + 0x40,
    RCC_CSR = RCC + 0x74,
};
enum { CR_PLL_ON = 1 << 24, CR_PLL_READY = 1 << 25 };
// 16 MHz / 8 * 168 / 2; the output of 48 MHz (field at bit 24) drives nothing here.
enum { PLL_168_MHZ = 8 | 168 << 6 | 0 << 16 | 7 << 24 };
// Buses: APB1 at a quarter, APB2 at a half.
enum { CFGR_BUSES = 5 << 10 | 4 << 13, CFGR_TO_PLL = 2, CFGR_IS_PLL = 2 << 2 };
enum { AHB1_GPIOA = 1 << 0, APB1_TIM2 = 1 << 0, APB1_USART2 = 1 << 17 };
#define CSR_WATCHDOGS (1u << 29 | 1u << 30)
#define CSR_SOFTWARE (1u << 28)
#define CSR_POWER (1u << 25 | 1u << 27)
#define CSR_PIN (1u << 26)
#define CSR_CLEAR (1u << 24)

// RM0090 8.4: PA2 and PA3 as alternate function 7, PA3 pulled up.
enum { GPIOA_MODER = GPIOA + 0x00, GPIOA_PUPDR = GPIOA + 0x0C, GPIOA_AFRL = GPIOA + 0x20 };
enum { PINS_MODE = 2 << 4 | 2 << 6, PINS_MODE_MASK = 15 << 4, RX_PULL_UP = 1 << 6 };
enum { PINS_FUNCTION = 7 << 8 | 7 << 12 };

// RM0090 30.6.
enum { USART_SR = USART2 + 0x00, USART_DR = USART2 + 0x04 };
enum { USART_BRR = USART2 + 0x08, USART_CR1 = USART2 + 0x0C };
enum { SR_RECEIVED = 1 << 5, SR_CAN_SEND = 1 << 7 };
enum { CR1_ON = 1 << 13 | 1 << 3 | 1 << 2, CR1_INTERRUPT = 1 << 5 };
enum { BUS_HZ = 42000000, BAUD = 115200 };

// RM0090 18.4: 32 bits, at twice the clock of its bus.
enum { TIM2_CR1 = TIM2 + 0x00, TIM2_EGR = TIM2 + 0x14, TIM2_CNT = TIM2 + 0x24 };
enum { TIM2_ARR = TIM2 + 0x2C };
enum { TIMER_HZ = 2 * BUS_HZ, TICKS_A_MILLISECOND = TIMER_HZ / 1000 };

// ARMv7-M B3: SysTick wakes the processor, masked as all interrupts are.
#define SYSTICK_CONTROL 0xE000E010u
#define SYSTICK_RELOAD 0xE000E014u
#define SYSTEM_INTERRUPTS 0xE000ED04u
#define NVIC_ENABLE_1 0xE000E104u
#define NVIC_CLEAR_PENDING_1 0xE000E284u
enum { SYSTICK_ON = 7, CLEAR_SYSTICK = 1 << 25, USART2_INTERRUPT = 1 << (38 - 32) };
enum { WAKE_CYCLES = 168000 * 50 };

enum { LONGEST_CLOCK_POLLS = 100000 };

// The image starts with sector 1; sector 0 holds the vectors, the program starts with sector 5.
enum { FIRST_SECTOR = 1 };
#define IMAGE_ADDRESS (FLASH_MEMORY + 0x4000u)

const char board_name[] = "stm32f405";
const struct geometry board_geometry = GEOMETRY_STM32F4;
const uint8_t *const board_flash = (const uint8_t *)IMAGE_ADDRESS;
const uint32_t board_ticks_per_second = TIMER_HZ;

static uint32_t counted_to;
static uint32_t milliseconds;
static uint8_t cause;

static void set_bits(uint32_t address, uint32_t bits)
{
    register_write(address, register_read(address) | bits);
}

static bool becomes_set(uint32_t address, uint32_t bits)
{
    for (uint32_t polls = 0; polls < LONGEST_CLOCK_POLLS; polls++) {
        if (register_read(address) & bits) {
            return true;
        }
    }
    return false;
}

// An emulator without this clock tree stays as it is; on a real board the link would then run
// at a tenth of its speed, so that no host reads a frame: the failure shows.
static void start_clock(void)
{
    flash_start();
    register_write(RCC_PLLCFGR, PLL_168_MHZ);
    set_bits(RCC_CR, CR_PLL_ON);
    if (becomes_set(RCC_CR, CR_PLL_READY)) {
        register_write(RCC_CFGR, CFGR_BUSES);
        register_write(RCC_CFGR, CFGR_BUSES | CFGR_TO_PLL);
        becomes_set(RCC_CFGR, CFGR_IS_PLL);
    }
}

static void start_link(void)
{
    const uint32_t mode = register_read(GPIOA_MODER) & ~(uint32_t)PINS_MODE_MASK;
    register_write(GPIOA_AFRL, PINS_FUNCTION);
    set_bits(GPIOA_PUPDR, RX_PULL_UP);
    register_write(GPIOA_MODER, mode | PINS_MODE);
    register_write(USART_BRR, (BUS_HZ + BAUD / 2) / BAUD);
    register_write(USART_CR1, CR1_ON | CR1_INTERRUPT);
    register_write(NVIC_ENABLE_1, USART2_INTERRUPT);
}

static void start_timers(void)
{
    register_write(TIM2_ARR, UINT32_MAX);
    register_write(TIM2_EGR, 1);
    register_write(TIM2_CR1, 1);
    counted_to = board_ticks();
    register_write(SYSTICK_RELOAD, WAKE_CYCLES - 1);
    register_write(SYSTICK_CONTROL, SYSTICK_ON);
}

// RM0090 7.3.21. A reset of any kind pulls the pin too, so the pin comes last.
static uint8_t find_cause(void)
{
    const uint32_t flags = register_read(RCC_CSR);
    set_bits(RCC_CSR, CSR_CLEAR);
    if (flags & CSR_WATCHDOGS) {
        return RESET_WATCHDOG;
    }
    if (flags & CSR_POWER) {
        return RESET_POWER_ON;
    }
    return (flags & (CSR_SOFTWARE | CSR_PIN)) == CSR_PIN ? RESET_PIN : startup_cause();
}

void board_start(void)
{
    start_clock();
    set_bits(RCC_AHB1ENR, AHB1_GPIOA);
    set_bits(RCC_APB1ENR, APB1_TIM2 | APB1_USART2);
    cause = find_cause();
    start_timers();
    start_link();
}

int board_receive(void)
{
    // Cleared before the look at the receiver: what comes after the look wakes the processor.
    register_write(SYSTEM_INTERRUPTS, CLEAR_SYSTICK);
    register_write(NVIC_CLEAR_PENDING_1, USART2_INTERRUPT);
    if (!(register_read(USART_SR) & SR_RECEIVED)) {
        __asm__ volatile("wfi");
    }
    const bool has_come = register_read(USART_SR) & SR_RECEIVED;
    return has_come ? (int)(register_read(USART_DR) & 0xFF) : -1;
}

void board_send(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while (!(register_read(USART_SR) & SR_CAN_SEND)) {
        }
        register_write(USART_DR, octets[i]);
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
    flash_erase(FIRST_SECTOR + block);
    cut_after_operation();
}

uint8_t board_reset_cause(void)
{
    return cause;
}

uint32_t board_ticks(void)
{
    return register_read(TIM2_CNT);
}

// The tick counter wraps after 51 s; the main loop asks more often.
uint32_t board_milliseconds(void)
{
    const uint32_t passed = (board_ticks() - counted_to) / TICKS_A_MILLISECOND;
    counted_to += passed * TICKS_A_MILLISECOND;
    milliseconds += passed;
    return milliseconds;
}
