#include "machine/state.h"

#include "gbcs/cells.h"
#include "generated/layout.h"

static const uint8_t *body_of_root(void)
{
    return store_body(RECORD_ROOT, ROOT_CELL);
}

bool state_is_complete(void)
{
    return store_body(RECORD_IDENTITY, 0) != NULL && store_body(RECORD_OWN_COUNTERS, 0) != NULL
        && body_of_root() != NULL
        && state_own_key(KEY_USAGE_DIGITAL_SIGNATURE, KEY_STATE_ACTIVE) != NULL
        && state_own_key(KEY_USAGE_KEY_AGREEMENT, KEY_STATE_ACTIVE) != NULL;
}

uint8_t state_device_type(void)
{
    return store_body(RECORD_IDENTITY, 0)[IDENTITY_DEVICE_TYPE_AT];
}

const uint8_t *state_entity(void)
{
    return store_body(RECORD_IDENTITY, 0) + IDENTITY_ENTITY_AT;
}

const uint8_t *state_cell(uint16_t cell)
{
    return cell == ROOT_CELL ? body_of_root() : store_body(RECORD_CELL, cell);
}

struct octets state_contingency_key(const uint8_t *root)
{
    return octets_of(root + ROOT_WRAPPED_CONTINGENCY_KEY_AT,
                     read_le16(root + ROOT_WRAPPED_CONTINGENCY_KEY_LENGTH_AT));
}

bool state_next_cell(int32_t *cursor, const uint8_t **body)
{
    if (*cursor > UINT16_MAX) {
        return false;
    }
    if (!store_next(RECORD_CELL, cursor, body)) {
        *cursor = UINT16_MAX + 1;
        *body = body_of_root();
    }
    return true;
}

const uint8_t *state_own_key(uint8_t key_usage, uint8_t key_state)
{
    return store_body(RECORD_DEVICE_KEY, (uint16_t)(key_usage << 4 | key_state));
}

const uint8_t *state_private_key(uint8_t key_usage)
{
    return state_own_key(key_usage, KEY_STATE_ACTIVE) + DEVICE_KEY_PRIVATE_KEY_AT;
}

struct counters state_counters(uint8_t role)
{
    const uint8_t *body = store_body(RECORD_COUNTERS, role);
    if (body == NULL) {
        return (struct counters){0, 0, 0};
    }
    return (struct counters){body[COUNTERS_PRESENT_AT], read_le64(body + COUNTERS_EXECUTION_AT),
                             read_le64(body + COUNTERS_SPECIALIST_AT)};
}

uint64_t state_counter(uint8_t role)
{
    struct counters counters = state_counters(role);
    return (counters.present & COUNTERS_HAS_EXECUTION) != 0 ? counters.execution : 0;
}

uint64_t state_own_counter(void)
{
    return read_le64(store_body(RECORD_OWN_COUNTERS, 0) + OWN_COUNTERS_NEXT_COUNTER_AT);
}

void changes_spend_own_counter(void)
{
    uint8_t *body = changes_put(RECORD_OWN_COUNTERS, 0);
    memcpy(body, store_body(RECORD_OWN_COUNTERS, 0), BODY_OCTETS_OWN_COUNTERS);
    write_le(body + OWN_COUNTERS_NEXT_COUNTER_AT, state_own_counter() + 1, 8);
}

void changes_put_counters(uint8_t role, const struct counters *counters)
{
    uint8_t *body = changes_put(RECORD_COUNTERS, role);
    body[COUNTERS_ROLE_AT] = role;
    body[COUNTERS_PRESENT_AT] = counters->present;
    write_le(body + COUNTERS_EXECUTION_AT, counters->execution, 8);
    write_le(body + COUNTERS_SPECIALIST_AT, counters->specialist, 8);
}

void counters_advance(struct counters *counters, uint64_t counter)
{
    if (counter > counters->execution) {
        counters->execution = counter;
    }
    counters->present |= COUNTERS_HAS_EXECUTION;
}

void changes_advance(uint8_t role, uint64_t counter)
{
    struct counters counters = state_counters(role);
    counters_advance(&counters, counter);
    changes_put_counters(role, &counters);
}
