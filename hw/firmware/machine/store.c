#include "machine/store.h"

#include "board.h"
#include "crypto/crypto.h"
#include "generated/geometry.h"
#include "machine/changes.h"
#include "machine/entries.h"
#include "machine/journal.h"
#include "machine/live.h"
#include "machine/recovery.h"

static struct journal journal;
static bool is_open;

// What the staged changes cost.
struct cost {
    uint32_t entries;  // octets of the entries themselves
    uint32_t octets;   // of the live records afterwards
    size_t records;    // live records at the most, before anything is removed
    bool retires_secret;
};

enum store_result store_open(void)
{
    changes_begin();
    enum store_result result = recover(&journal);
    is_open = result == STORE_OK;
    if (!is_open) {
        live_clear();
    }
    return result;
}

const uint8_t *store_body(uint8_t kind, uint16_t index)
{
    const uint8_t *entry = live_find(record_key(kind, index));
    return entry == NULL ? NULL : entry + ENTRY_HEADER_OCTETS;
}

bool store_next(uint8_t kind, int32_t *index, const uint8_t **body)
{
    const uint8_t *entry = live_from(record_key(kind, 0) + (uint32_t)(*index + 1));
    if (entry == NULL || entry[ENTRY_KIND_AT] != kind) {
        return false;
    }
    *index = read_le16(entry + ENTRY_INDEX_AT);
    *body = entry + ENTRY_HEADER_OCTETS;
    return true;
}

// Drops the change if it changes nothing, else adds it to the cost.
static void weigh(struct cost *cost, uint8_t *entry)
{
    const uint8_t *live = live_find(entry_key(entry));
    bool is_put = entry[ENTRY_MARK_AT] == MARK_PUT;
    uint32_t octets = entry_octets(entry);
    if (is_put ? live != NULL && memcmp(entry, live, octets) == 0 : live == NULL) {
        entry[ENTRY_MARK_AT] = MARK_DROPPED;
        return;
    }
    cost->entries += octets;
    if (live != NULL) {
        cost->octets -= entry_octets(live);
        // A superseded secret must leave the flash, and only an erase removes it.
        cost->retires_secret |= (SECRET_KINDS >> entry[ENTRY_KIND_AT] & 1) != 0;
    }
    if (is_put) {
        cost->records += live == NULL;
        cost->octets += octets;
    }
}

static struct cost cost_of_changes(void)
{
    struct cost cost = {0};
    const struct octets *live = live_entries(&cost.records);
    for (size_t i = 0; i < cost.records; i++) {
        cost.octets += (uint32_t)live[i].length;
    }
    uint8_t *entry = NULL;
    while ((entry = changes_after(entry)) != NULL) {
        if (entry[ENTRY_MARK_AT] != MARK_DROPPED) {
            weigh(&cost, entry);
        }
    }
    return cost;
}

// Whether an area holds as much as the changes will leave.
static bool fits(const struct cost *cost)
{
    return !changes_overflowed() && cost->records <= MAX_LIVE_RECORDS
        && JOURNAL_START + cost->octets + COMMIT_OCTETS <= board_geometry.areas[0].size;
}

static enum store_result commit(void)
{
    struct cost cost = cost_of_changes();
    if (!is_open) {
        return STORE_NO_AREA;
    }
    if (!fits(&cost)) {
        return STORE_FULL;
    }
    if (cost.entries == 0) {
        return STORE_OK;
    }
    bool has_room =
        journal.tail + cost.entries + COMMIT_OCTETS <= board_geometry.areas[journal.area].size;
    bool done = cost.retires_secret || !has_room ? journal_rewrite(&journal)
                                                 : journal_append(&journal);
    return done ? STORE_OK : STORE_FAILED;
}

enum store_result changes_commit(void)
{
    enum store_result result = commit();
    changes_begin();
    return result;
}

static enum store_result format(uint8_t device_type, const uint8_t entity[8])
{
    live_clear();
    is_open = false;
    struct cost cost = cost_of_changes();
    if (!fits(&cost)) {
        return STORE_FULL;
    }
    journal = (struct journal){.device_type = device_type};
    memcpy(journal.entity, entity, sizeof journal.entity);
    is_open = journal_create(&journal);
    return is_open ? STORE_OK : STORE_FAILED;
}

enum store_result store_format(uint8_t device_type, const uint8_t entity[8])
{
    enum store_result result = format(device_type, entity);
    changes_begin();
    return result;
}

void store_digest(uint8_t digest[32])
{
    size_t count;
    const struct octets *entries = live_entries(&count);
    crypto_sha256_of(entries, count, digest);
}

uint32_t store_generation(void)
{
    return is_open ? journal.generation : 0;
}
