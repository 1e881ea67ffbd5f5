// Records by key, durable on the board's flash; changed by transactions that survive a power cut.
// The same octets as firmware_sim/machine/store and firmware_sim/machine/image write.
#ifndef MACHINE_STORE_H
#define MACHINE_STORE_H

#include "octets.h"

enum store_result {
    STORE_OK,
    STORE_NO_AREA,  // never provisioned, or destroyed
    STORE_ALTERED,  // a committed record is altered, missing, or none that a device writes
    STORE_FAILED,   // the flash does not keep what it was given
    STORE_FULL,     // it does not fit, not even after compaction; nothing was programmed
};

// Power on: recover from a cut that ended the last run, check every live record.
enum store_result store_open(void);

// The body of a record in place; NULL if there is none. Valid until the next commit.
const uint8_t *store_body(uint8_t kind, uint16_t index);

// Walks the records of a kind in order of their index: start with *index = -1; false at the end.
bool store_next(uint8_t kind, int32_t *index, const uint8_t **body);

// Collects what becomes durable together. There is one set at a time.
void changes_begin(void);

// A body of the kind's length to fill in, all zero; the last of one key counts.
uint8_t *changes_put(uint8_t kind, uint16_t index);
void changes_remove(uint8_t kind, uint16_t index);
enum store_result changes_commit(void);

// Erases everything, then writes the collected changes as the first image.
enum store_result store_format(uint8_t device_type, const uint8_t entity[8]);

// SHA-256 over all live entries, header and body, in order of kind and index: what is trusted,
// and not how the journal came to hold it. The same as firmware_sim.machine.image.digest.
void store_digest(uint8_t digest[32]);

uint32_t store_generation(void);

#endif
