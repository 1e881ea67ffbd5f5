// How drivers reach registers: through functions, so that they also run on the host, against a model
// of the part.
#ifndef CORTEX_M_REGISTERS_H
#define CORTEX_M_REGISTERS_H

#include <stdint.h>

// What a register reads.
uint32_t register_read(uint32_t address);

// Sets a register.
void register_write(uint32_t address, uint32_t value);

// What was written before has arrived before anything is read or written after.
void register_barrier(void);

#endif
