// The firmware as a shared library of the host: the board is memory, a reset is a return.
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_FLASH_OCTETS = 1 << 18, HOST_SENT_OCTETS = 1 << 16, HOST_RESET = -1 };

// The flash; what a geometry does not use is left alone. The caller may read and write it.
extern uint8_t host_flash[HOST_FLASH_OCTETS];

// What the board sent over the link since host_sent_length was set to 0.
extern uint8_t host_sent[HOST_SENT_OCTETS];
extern size_t host_sent_length;

// What board_milliseconds says.
extern uint32_t host_milliseconds;

// Flash operations that no part would allow: a word programmed too often, out of range, or not
// aligned; bits moved back towards the erased value; a block that does not exist.
extern uint32_t host_flash_misuses;

// While true, programs and erases have no effect.
extern bool host_flash_is_worn;

// Takes the name of a geometry in generated/geometry.c, e.g. "nrf52840". False: there is none.
bool host_choose_geometry(const char *name);

// Each word counts as never programmed since its block was erased: after host_flash was filled.
void host_flash_was_filled(void);

// Power on with an invalid clock: an enum store_result, or HOST_RESET if a cut came.
int host_power_on(void);

// Sets the clock; it stands still.
bool host_set_clock(uint64_t seconds, uint8_t reliability);

// machine_receive and machine_tick: the number of messages, or HOST_RESET if a cut came.
int host_receive(const uint8_t *octets, size_t length);
int host_tick(void);

// Of the last host_receive or host_tick: a REASON_ of generated/tables.h, or 0.
uint8_t host_reason(void);

// One of its messages; NULL if there is none of that number.
const uint8_t *host_message(uint8_t number, size_t *length);

// Cuts the power at a flash operation (program or erase) after `operation` more: an enum of
// link/cut.h. What was called then returns HOST_RESET.
bool host_cut(uint32_t operation, uint8_t flavour, uint32_t mask);

// Runs something with power: HOST_RESET if a cut came, otherwise what it returns.
int host_run(int (*work)(void *), void *argument);

#endif
