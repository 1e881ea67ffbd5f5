#include "machine/meter.h"

#include "generated/layout.h"
#include "machine/store.h"

const uint8_t *state_meter(void)
{
    static const uint8_t none[BODY_OCTETS_METER];
    const uint8_t *body = store_body(RECORD_METER, 0);
    return body != NULL ? body : none;
}

int64_t meter_balance(void)
{
    return (int64_t)read_le64(state_meter() + METER_BALANCE_AT);
}

uint8_t *changes_put_meter(void)
{
    return memcpy(changes_put(RECORD_METER, 0), state_meter(), BODY_OCTETS_METER);
}
