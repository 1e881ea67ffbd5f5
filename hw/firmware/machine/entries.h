// The entries of a journal and the marks that commit them, as octets: image/entries.py.
#ifndef MACHINE_ENTRIES_H
#define MACHINE_ENTRIES_H

#include "octets.h"
#include "generated/layout.h"

// Octets of the body of a kind; 0 if there is no such kind.
uint16_t body_octets(uint8_t kind);

// Kind in bits 16 to 23, index below: records are in order of this.
static inline uint32_t record_key(uint8_t kind, uint16_t index)
{
    return (uint32_t)kind << 16 | index;
}

static inline uint32_t entry_key(const uint8_t *entry)
{
    return record_key(entry[ENTRY_KIND_AT], read_le16(entry + ENTRY_INDEX_AT));
}

// Octets of a whole entry, header included; a multiple of ALIGNMENT.
static inline uint32_t entry_octets(const uint8_t *entry)
{
    return (uint32_t)ENTRY_HEADER_OCTETS + read_le16(entry + ENTRY_LENGTH_AT);
}

// Whether an entry stands there that ends within `room` octets, of which there are 16 at least.
bool is_entry(const uint8_t *at, uint32_t room);

// The 16 octets that commit a transaction, good at this offset of this generation only.
void write_commit_mark(uint8_t mark[COMMIT_OCTETS], uint32_t entries, uint32_t sequence,
                       uint32_t records_crc, uint32_t generation, uint32_t offset);

// Whether 16 octets are, by themselves, a sound commit mark for this place.
bool is_commit_mark(const uint8_t *at, uint32_t generation, uint32_t offset);

#endif
