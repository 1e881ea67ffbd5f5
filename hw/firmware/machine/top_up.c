#include "machine/top_up.h"

#include "gbcs/cells.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/context.h"
#include "machine/meter.h"
#include "machine/state.h"
#include "machine/top_up_cache.h"

enum { PENNY = 1000, POUND = 100 * PENNY };

uint8_t top_up_read(struct octets digits, struct top_up *top_up)
{
    if (digits.length != UTRN_DIGITS || !utrn_read(digits.at, &top_up->utrn)) {
        return REASON_TOP_UP_MALFORMED;
    }
    if (top_up->utrn.value_class > UTRN_IN_POUNDS) {
        return REASON_TOP_UP_RESERVED_CLASS;
    }
    top_up->value =
        (int64_t)top_up->utrn.value * (top_up->utrn.value_class == UTRN_IN_PENCE ? PENNY : POUND);
    return 0;
}

uint8_t top_up_authenticate(const struct top_up *top_up)
{
    uint8_t secret[SECRET_OCTETS];
    const uint8_t *cell = state_cell(SUPPLIER_PREPAYMENT_CELL);
    if (cell == NULL || !secret_with(cell + CELL_PUBLIC_KEY_AT, secret)) {
        return REASON_TOP_UP_NOT_AUTHENTIC;
    }
    const struct utrn_parties parties = {cell + CELL_UNIQUE_ID_AT, state_entity(),
                                         top_up->counter};
    const bool is_authentic = utrn_is_authentic(&top_up->utrn, &parties, secret);
    crypto_wipe(secret, sizeof secret);
    return is_authentic ? 0 : REASON_TOP_UP_NOT_AUTHENTIC;
}

uint8_t top_up_add(struct top_up *top_up)
{
    if ((top_up_flags(top_up_counter_high(top_up)) & TOP_UP_CREDITED) != 0) {
        return REASON_DUPLICATE_TOP_UP;
    }
    top_up->balance = meter_balance() + top_up->value;
    return top_up->balance > INT32_MAX ? REASON_TOP_UP_EXCEEDS_BALANCE : 0;
}
