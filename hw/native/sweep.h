// Power cuts of a device's store by the thousand, beneath the machine: what the store does to the
// flash is recorded once, and each of its steps is cut on the flash as it stood before it. After
// every cut the firmware powers on; the caller is told which outcomes are different, and judges.
#ifndef NATIVE_SWEEP_H
#define NATIVE_SWEEP_H

#include "native/cutting.h"
#include "native/engine.h"

struct sweep;

// What is cut: the work that was recorded, or the recovery after one cut of it.
enum sweep_level { SWEEP_WORK, SWEEP_RECOVERY, SWEEP_LEVELS };

// In place of an outcome: the cut left a flash that an earlier one left; there is no such cut or no
// memory.
enum { SWEEP_SEEN = 0xFFFFFFFF, SWEEP_FAILED = 0xFFFFFFFE };

// The device's flash is erased, and watched until engine_sweep_close. NULL: no memory, or no whole pages.
struct sweep *engine_sweep_open(struct device *device);
void engine_sweep_close(struct sweep *sweep);

// The flash as the caller filled it, with the programs of each write unit since its erase, is where
// the work begins. Everything earlier is forgotten, and the device is powered on: an enum
// store_result.
int engine_sweep_begin(struct sweep *sweep, const uint8_t *programs);

// Back to where the work begins; the device is off. For work under the whole machine.
void engine_sweep_return(struct sweep *sweep);

// The caller has written to the flash since; the device is off.
void engine_sweep_was_filled(struct sweep *sweep);

// Commits changes past the machine: rows as of engine_provision, where a length of 0xFFFF removes
// the record: an enum store_result, or ENGINE_BAD_RECORD. While the work is recorded, each
// transaction is a step of its own.
int engine_sweep_commit(struct sweep *sweep, const uint8_t *records, size_t length);

// The work that follows is recorded, until it has ended. False: there was no memory.
void engine_sweep_record(struct sweep *sweep);
bool engine_sweep_recorded(struct sweep *sweep);

// A step: its kind, and the octets there before and after, valid until anything else is done.
struct sweep_step {
    uint32_t kind;
    uint32_t address;
    uint32_t length;
    const uint8_t *before;
    const uint8_t *after;
};

uint32_t engine_sweep_steps(const struct sweep *sweep, uint32_t level);
bool engine_sweep_step(const struct sweep *sweep, uint32_t level, uint32_t number,
                       struct sweep_step *step);

// Makes cuts of one step, each on the flash before it, and powers on after each. An outcome is a
// number from 0; equal ones mean the same result of the power-on, the same flash, counts included,
// and the same live records; or that the device refused to start and changed nothing. With
// `only_new`, a flash that an earlier cut left is SWEEP_SEEN. A course is a number for what the
// power-on did to the flash, 0 if nothing; of a recovery that was cut, it may be of a part only.
bool engine_sweep_cut(struct sweep *sweep, uint32_t level, uint32_t step,
                      const struct sweep_cut *cuts, size_t count, const uint8_t *masks,
                      size_t masks_length, bool only_new, uint32_t *outcomes, uint64_t *courses);

// Flips each bit from the first to before the end at that distance, in the flash where the work
// begins: outcomes as above. Bits are counted from the lowest of octet 0.
bool engine_sweep_flip(struct sweep *sweep, uint32_t first, uint32_t end, uint32_t distance,
                       uint32_t *outcomes);

// The same cut or flip again, of which the caller wants to see the flash: an enum store_result.
int engine_sweep_cut_again(struct sweep *sweep, uint32_t level, uint32_t step,
                           struct sweep_cut cut, const uint8_t *masks, size_t masks_length);
int engine_sweep_flip_again(struct sweep *sweep, uint32_t bit);

// Records the recovery after a cut of the work, which is then SWEEP_RECOVERY: how many steps it has,
// none if the device refuses to start.
uint32_t engine_sweep_recovery(struct sweep *sweep, uint32_t step, struct sweep_cut cut,
                               const uint8_t *masks, size_t masks_length);

// A number for what the flash holds, counts included.
uint64_t engine_sweep_mark(const struct sweep *sweep);

// Since the last cut: flash operations of the firmware, and those that no part would allow.
uint32_t engine_sweep_operations(const struct sweep *sweep);
uint32_t engine_sweep_misuses(const struct sweep *sweep);

#endif
