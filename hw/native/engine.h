// The firmware as a library: many devices, each with a flash that the caller owns, over one copy of
// the board's own C. What a device remembers beside its flash is put aside while another one runs,
// so the library is for one thread.
#ifndef NATIVE_ENGINE_H
#define NATIVE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Raised when a function changes its meaning; a caller of another number must not go on.
enum { ENGINE_INTERFACE = 1 };

// In place of a result: a power cut came, and the device is off.
enum { ENGINE_RESET = -1 };

struct device;

uint32_t engine_interface(void);

// What it was made from and what cryptography it runs on, for people and for comparison.
const char *engine_sources(void);
const char *engine_version(void);
const char *engine_cryptography(void);

// Known answers of every primitive; false: it must not be used.
bool engine_self_test(void);

// Octets of a flash, by a name in generated/geometry.c; 0 if there is none.
uint32_t engine_flash_octets(const char *geometry);

// A device that is off. The flash has as many octets as its geometry and stays where it
// is until engine_close. NULL: no such geometry, or no memory.
// With `is_checked`, flash operations that no part would allow are counted.
struct device *engine_open(const char *geometry, uint8_t *flash, bool is_checked);

// The same for a part that has no name: struct geometry of generated/geometry.h. NULL also if its
// blocks and areas do not fit together.
struct geometry;
struct device *engine_open_with(const struct geometry *geometry, uint8_t *flash, bool is_checked);

void engine_close(struct device *device);

// The caller has written to the flash: each word counts as never programmed since its erase.
void engine_flash_was_filled(struct device *device);

// Erases the flash and writes the first image: an enum store_result, or ENGINE_RESET. `records` is
// a row of them: kind (1), index (2), length (2), body; little-endian. -2: one is none.
enum { ENGINE_BAD_RECORD = -2 };
int engine_provision(struct device *device, uint8_t device_type, const uint8_t entity[8],
                     const uint8_t *records, size_t length);

// Power on with an unset clock: an enum store_result, or ENGINE_RESET.
int engine_power_on(struct device *device);

// Reads the flash anew, which was changed past the device that runs: an enum store_result.
int engine_reopen(struct device *device);

// The clock stands still. False: no such time.
bool engine_set_clock(struct device *device, uint64_t seconds, uint8_t reliability);

// An input: a message, digits that are typed in, the time that passes. Into `answers` go the reason of a refusal or 0 (1), then each message after its length
// (4, little-endian). Returns how many octets that are, ENGINE_RESET, or ENGINE_NO_ROOM.
enum { ENGINE_NO_ROOM = -3 };
int engine_receive(struct device *device, const uint8_t *octets, size_t length, uint8_t *answers,
                   size_t room);
int engine_enter(struct device *device, const uint8_t *octets, size_t length, uint8_t *answers,
                 size_t room);
int engine_tick(struct device *device, uint8_t *answers, size_t room);

// What devices share, so that a public fact is worked out once for all of them: which certificate a
// key has verified, and tables of multiples of public keys that verify many signatures. Both are off
// at the start, bounded, and change no answer. No key material of a device is shared.
void engine_share(bool facts, bool tables);

// The trust-store digest.
void engine_digest(struct device *device, uint8_t digest[32]);

// Cuts the power at a flash operation after so many more: see link/cut.h. False: no such flavour.
bool engine_cut(struct device *device, uint32_t operation, uint8_t flavour, uint32_t mask);

// While true, programs and erases have no effect.
void engine_wear_out(struct device *device, bool is_worn);

// Operations that no part would allow: a word programmed too often, out of range or not aligned;
// bits moved back towards the erased value; a block that does not exist.
uint32_t engine_misuses(const struct device *device);

// Words programmed and blocks erased since engine_open.
uint32_t engine_operations(const struct device *device);

// Erases of every block since engine_open; room for engine_blocks of them.
uint32_t engine_blocks(const struct device *device);
void engine_wear(const struct device *device, uint32_t *erases);

#endif
