#include "machine/top_up_cache.h"

#include "generated/layout.h"
#include "generated/tables.h"
#include "machine/meter.h"
#include "machine/state.h"

enum { NO_PLACE = -1 };

static int32_t place_of(uint32_t counter_high)
{
    const uint8_t *body;
    int32_t place = -1;
    while (store_next(RECORD_TOP_UP, &place, &body)) {
        if (read_le32(body + TOP_UP_COUNTER_HIGH_AT) == counter_high) {
            return place;
        }
    }
    return NO_PLACE;
}

uint8_t top_up_flags(uint32_t counter_high)
{
    const int32_t place = place_of(counter_high);
    return place == NO_PLACE ? 0
                             : store_body(RECORD_TOP_UP, (uint16_t)place)[TOP_UP_FLAGS_AT];
}

uint32_t top_up_highest(void)
{
    const uint8_t *body;
    int32_t place = -1;
    uint32_t highest = 0;
    while (store_next(RECORD_TOP_UP, &place, &body)) {
        const uint32_t counter_high = read_le32(body + TOP_UP_COUNTER_HIGH_AT);
        if ((body[TOP_UP_FLAGS_AT] & TOP_UP_CREDITED) != 0 && counter_high > highest) {
            highest = counter_high;
        }
    }
    return highest;
}

uint64_t top_up_floor(void)
{
    const struct counters counters = state_counters(ROLE_SUPPLIER);
    return (counters.present & COUNTERS_HAS_SPECIALIST) != 0 ? counters.specialist : 0;
}

static void put_entry(uint16_t place, const struct top_up_change *change, uint8_t flags)
{
    uint8_t *body = changes_put(RECORD_TOP_UP, place);
    write_le(body + TOP_UP_COUNTER_HIGH_AT, change->counter_high, 4);
    body[TOP_UP_FLAGS_AT] = change->flags | flags;
}

static void put_meter(const struct top_up_change *change, bool moves_head)
{
    uint8_t *meter = changes_put_meter();
    if (change->balance != NULL) {
        write_le(meter + METER_BALANCE_AT, (uint64_t)*change->balance, METER_BALANCE_OCTETS);
        meter[METER_ENTRY_FAILURES_AT] = 0;
    }
    if (moves_head) {
        meter[METER_CACHE_HEAD_AT] = (uint8_t)((meter[METER_CACHE_HEAD_AT] + 1) % TOP_UP_PLACES);
    }
}

// The counter that gives up its place to another.
static void put_floor(uint32_t counter_high)
{
    const uint64_t floor = (uint64_t)counter_high << 32;
    struct counters counters = state_counters(ROLE_SUPPLIER);
    if (floor > counters.specialist) {
        counters.specialist = floor;
        counters.present |= COUNTERS_HAS_SPECIALIST;
        changes_put_counters(ROLE_SUPPLIER, &counters);
    }
}

void changes_put_top_up(const struct top_up_change *change)
{
    const int32_t held = place_of(change->counter_high);
    const bool is_new = held == NO_PLACE;
    const uint16_t place = is_new ? state_meter()[METER_CACHE_HEAD_AT] : (uint16_t)held;
    const uint8_t *before = store_body(RECORD_TOP_UP, place);
    put_entry(place, change, is_new ? 0 : before[TOP_UP_FLAGS_AT]);
    if (is_new || change->balance != NULL) {
        put_meter(change, is_new);
    }
    if (is_new && before != NULL) {
        put_floor(read_le32(before + TOP_UP_COUNTER_HIGH_AT));
    }
}
