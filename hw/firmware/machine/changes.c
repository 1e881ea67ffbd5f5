#include "machine/changes.h"

#include "machine/entries.h"
#include "machine/store.h"

static SCRATCH uint8_t arena[MAX_CHANGES_OCTETS];
static size_t used;
static bool overflowed;

// Also wipes: a private key may have passed through.
void changes_begin(void)
{
    memset(arena, 0, overflowed ? sizeof arena : used);
    used = 0;
    overflowed = false;
}

uint8_t *changes_after(uint8_t *entry)
{
    uint8_t *next = entry == NULL ? arena : entry + entry_octets(entry);
    return next < arena + used ? next : NULL;
}

bool changes_overflowed(void)
{
    return overflowed;
}

// The entry of a key that has this mark, or NULL.
static uint8_t *find(uint8_t mark, uint32_t key)
{
    uint8_t *entry = NULL;
    while ((entry = changes_after(entry)) != NULL) {
        if (entry[ENTRY_MARK_AT] == mark && entry_key(entry) == key) {
            return entry;
        }
    }
    return NULL;
}

// The body of a new or earlier entry, all zero; an entry of the other mark is dropped. Where there
// is no room, the caller still gets octets to write to, and nothing will be committed.
static uint8_t *stage(uint8_t mark, uint8_t kind, uint16_t index, uint16_t length)
{
    const uint32_t key = record_key(kind, index);
    const size_t octets = (size_t)ENTRY_HEADER_OCTETS + length;
    uint8_t *opposite = find(mark == MARK_PUT ? MARK_DELETE : MARK_PUT, key);
    if (opposite != NULL) {
        opposite[ENTRY_MARK_AT] = MARK_DROPPED;
    }
    uint8_t *entry = find(mark, key);
    if (entry == NULL) {
        if (overflowed || length == 0 || octets > sizeof arena - used) {
            overflowed = true;
            used = 0;
            return arena;
        }
        entry = arena + used;
        used += octets;
    }
    entry[ENTRY_MARK_AT] = mark;
    entry[ENTRY_KIND_AT] = kind;
    write_le(entry + ENTRY_INDEX_AT, index, ENTRY_INDEX_OCTETS);
    write_le(entry + ENTRY_LENGTH_AT, length, ENTRY_LENGTH_OCTETS);
    return memset(entry + ENTRY_HEADER_OCTETS, 0, length);
}

uint8_t *changes_put(uint8_t kind, uint16_t index)
{
    return stage(MARK_PUT, kind, index, body_octets(kind));
}

void changes_remove(uint8_t kind, uint16_t index)
{
    (void)stage(MARK_DELETE, kind, index, ENTRY_HEADER_OCTETS);
}
