#include "machine/retired_keys.h"

#include "crypto/crypto.h"
#include "generated/layout.h"

// What a cell remembers of one key.
struct retired {
    uint16_t index;  // of the record of this key, or of the one to write
    uint32_t sequence;
    const uint8_t *body;  // of the record of this key; NULL if there is none
};

// Whether a counter stands behind what the cell's key authenticates on some device, and which.
static uint64_t *counter_of(struct counters *counters, uint16_t cell, uint8_t *present)
{
    uint8_t key_usage = cell_key_usage(cell);
    *present = COUNTERS_HAS_EXECUTION;
    if (cell_usage(cell) == CELL_USAGE_PREPAYMENT_TOP_UP) {
        *present = COUNTERS_HAS_SPECIALIST;
        return key_usage == KEY_USAGE_KEY_AGREEMENT ? &counters->specialist : NULL;
    }
    return key_usage == KEY_USAGE_DIGITAL_SIGNATURE || cell == ROOT_CELL
            || cell == ACB_KEY_AGREEMENT_CELL
        ? &counters->execution
        : NULL;
}

// The record of a key; else the place for it: a free one, or that of the key longest gone. The
// sequence is the next one of the cell.
static struct retired find(uint16_t cell, const uint8_t digest[DIGEST_OCTETS])
{
    uint16_t first = (uint16_t)(cell * RETIRED_PLACES);
    struct retired found = {first, 0, NULL};
    uint32_t oldest = UINT32_MAX;
    for (uint16_t place = 0; place < RETIRED_PLACES; place++) {
        uint16_t index = (uint16_t)(first + place);
        const uint8_t *body = store_body(RECORD_RETIRED_KEY, index);
        uint32_t sequence = body == NULL ? 0 : read_le32(body + RETIRED_KEY_SEQUENCE_AT);
        if (sequence > found.sequence) {
            found.sequence = sequence;
        }
        if (body != NULL && memcmp(body + RETIRED_KEY_KEY_DIGEST_AT, digest, DIGEST_OCTETS) == 0) {
            found.body = body;
            found.index = index;
        } else if (found.body == NULL && sequence < oldest) {
            oldest = sequence;
            found.index = index;
        }
    }
    found.sequence++;
    return found;
}

static void put(uint16_t cell, uint64_t counter)
{
    uint8_t digest[DIGEST_OCTETS];
    crypto_sha256(octets_of(state_cell(cell) + CELL_PUBLIC_KEY_AT, CELL_PUBLIC_KEY_OCTETS),
                  digest);
    struct retired retired = find(cell, digest);
    if (retired.body != NULL && read_le64(retired.body + RETIRED_KEY_COUNTER_AT) > counter) {
        counter = read_le64(retired.body + RETIRED_KEY_COUNTER_AT);
    }
    uint8_t *body = changes_put(RECORD_RETIRED_KEY, retired.index);
    write_le(body + RETIRED_KEY_COUNTER_AT, counter, RETIRED_KEY_COUNTER_OCTETS);
    write_le(body + RETIRED_KEY_SEQUENCE_AT, retired.sequence, RETIRED_KEY_SEQUENCE_OCTETS);
    memcpy(body + RETIRED_KEY_KEY_DIGEST_AT, digest, sizeof digest);
}

void changes_put_retired_keys(const struct rekeyed *rekeyed, uint8_t authorising_role,
                              uint64_t counter)
{
    for (size_t i = 0; i < rekeyed->count; i++) {
        uint16_t cell = rekeyed->cells[i];
        struct counters held = state_counters(cell_role(cell));
        uint8_t present;
        if (cell_role(cell) == authorising_role) {
            counters_advance(&held, counter);
        }
        const uint64_t *used = counter_of(&held, cell, &present);
        if (used != NULL) {
            put(cell, *used);
        }
    }
}

void counters_raise(struct counters *counters, uint16_t cell, const uint8_t *public_key)
{
    uint8_t digest[DIGEST_OCTETS];
    uint8_t present;
    uint64_t *counter = counter_of(counters, cell, &present);
    if (counter == NULL) {
        return;
    }
    crypto_sha256(octets_of(public_key, CELL_PUBLIC_KEY_OCTETS), digest);
    const uint8_t *body = find(cell, digest).body;
    if (body != NULL && read_le64(body + RETIRED_KEY_COUNTER_AT) > *counter) {
        *counter = read_le64(body + RETIRED_KEY_COUNTER_AT);
        counters->present |= present;
    }
}
