#include "machine/enter_token.h"

#include "gbcs/cells.h"
#include "generated/layout.h"
#include "machine/context.h"
#include "machine/meter.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/state.h"
#include "machine/top_up.h"
#include "machine/top_up_cache.h"

// Tokens in a row that were not authentic, after which none is taken: the MAC has 32 bits only.
enum { MAX_ENTRY_FAILURES = 10 };

enum { PERIOD = 1 << UTRN_COUNTER_BITS };

static uint32_t distance(uint32_t one, uint32_t other)
{
    return one > other ? one - other : other - one;
}

// The counter with these lower ten bits that is nearest to the highest one known; of two, the
// higher.
static uint64_t whole_counter(uint16_t low_bits)
{
    const uint32_t credited = top_up_highest(), floor = (uint32_t)(top_up_floor() >> 32);
    const uint32_t known = credited > floor ? credited : floor;
    const int64_t middle = (int64_t)(known & ~(uint32_t)(PERIOD - 1)) + low_bits;
    uint32_t nearest = (uint32_t)middle;
    for (int64_t candidate = middle + PERIOD; candidate >= middle - PERIOD; candidate -= PERIOD) {
        const uint32_t other = (uint32_t)candidate;
        if (candidate < 0 || candidate > INT32_MAX) {
            continue;
        }
        if (distance(other, known) < distance(nearest, known)
            || (distance(other, known) == distance(nearest, known) && other > nearest)) {
            nearest = other;
        }
    }
    return (uint64_t)nearest << 32;
}

static uint8_t judge(struct octets digits, struct top_up *top_up)
{
    const uint8_t type = state_device_type();
    if (type != DEVICE_ESME && type != DEVICE_GSME) {
        return REASON_USE_CASE_NOT_SUPPORTED;
    }
    if (state_meter()[METER_ENTRY_FAILURES_AT] >= MAX_ENTRY_FAILURES) {
        return REASON_TOP_UP_ENTRY_SUSPENDED;
    }
    uint8_t reason = top_up_read(digits, top_up);
    if (reason != 0) {
        return reason;
    }
    top_up->counter = whole_counter(top_up->utrn.counter);
    reason = top_up_authenticate(top_up);
    if (reason != 0) {
        return refuse_entry(reason);
    }
    return top_up->counter <= top_up_floor() ? REASON_TOP_UP_BELOW_FLOOR : top_up_add(top_up);
}

static void tell_supplier(uint64_t counter, struct effects *effects)
{
    uint8_t secret[SECRET_OCTETS];
    const uint8_t *cell = state_cell(SUPPLIER_KEY_AGREEMENT_CELL);
    if (secret_with(cell + CELL_PUBLIC_KEY_AT, secret)) {
        output_add(effects,
                   respond_non_critical_alert(&output, ALERT_CREDIT_ADDED_LOCALLY, counter,
                                              cell + CELL_UNIQUE_ID_AT, secret));
        crypto_wipe(secret, sizeof secret);
    }
}

uint8_t enter_token(struct octets digits, struct effects *effects)
{
    struct top_up top_up;
    uint8_t reason = judge(digits, &top_up);
    if (reason != 0) {
        return reason;
    }
    const bool is_told = state_cell(SUPPLIER_KEY_AGREEMENT_CELL) != NULL;
    const uint64_t counter = state_own_counter();
    const struct top_up_change change = {top_up_counter_high(&top_up), TOP_UP_CREDITED,
                                         &top_up.balance};
    changes_begin();
    changes_put_top_up(&change);
    if (is_told) {
        changes_spend_own_counter();
    }
    reason = reason_of(changes_commit());
    if (reason == 0 && is_told) {
        tell_supplier(counter, effects);
    }
    return reason;
}
