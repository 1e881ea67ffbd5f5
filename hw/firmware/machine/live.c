#include "machine/live.h"

#include "machine/entries.h"

static struct octets entries[MAX_LIVE_RECORDS];
static size_t entry_count;

void live_clear(void)
{
    entry_count = 0;
}

// The place of a key, or where it would have to be put in.
static size_t place_of(uint32_t key)
{
    size_t low = 0;
    size_t high = entry_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (entry_key(entries[middle].at) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool apply(const uint8_t *entry)
{
    uint32_t key = entry_key(entry);
    struct octets *place = &entries[place_of(key)];
    size_t behind = (size_t)(&entries[entry_count] - place);
    bool is_held = behind > 0 && entry_key(place->at) == key;
    if (entry[ENTRY_MARK_AT] == MARK_DELETE) {
        if (is_held) {
            memmove(place, place + 1, (behind - 1) * sizeof *place);
            entry_count--;
        }
        return true;
    }
    if (!is_held) {
        if (entry_count == MAX_LIVE_RECORDS) {
            return false;
        }
        memmove(place + 1, place, behind * sizeof *place);
        entry_count++;
    }
    *place = octets_of(entry, entry_octets(entry));
    return true;
}

bool live_apply(const uint8_t *entry, const uint8_t *end)
{
    for (; entry < end; entry += entry_octets(entry)) {
        if (!apply(entry)) {
            return false;
        }
    }
    return true;
}

const uint8_t *live_from(uint32_t key)
{
    size_t place = place_of(key);
    return place < entry_count ? entries[place].at : NULL;
}

const uint8_t *live_find(uint32_t key)
{
    const uint8_t *entry = live_from(key);
    return entry != NULL && entry_key(entry) == key ? entry : NULL;
}

const struct octets *live_entries(size_t *count)
{
    *count = entry_count;
    return entries;
}
