#include "machine/floors.h"

#include "generated/layout.h"
#include "machine/retired_keys.h"
#include "machine/state.h"

// Every role but OTHER, whose counter no command moves.
enum { ROLES = ROLE_LOAD_CONTROLLER + 1 };

static struct counters after[ROLES];

bool is_rekeyed(const struct rekeyed *rekeyed, uint16_t cell)
{
    for (size_t i = 0; i < rekeyed->count; i++) {
        if (rekeyed->cells[i] == cell) {
            return true;
        }
    }
    return false;
}

// Whether every key changed that authenticates commands counted under a role. The Access Control
// Broker's reads are authenticated by its MAC even where the device holds its digitalSignature
// key too; everybody else's by the signature.
static bool every_key_changed(const struct rekeyed *rekeyed, uint8_t role)
{
    uint16_t cells[2] = {cell_id(role, KEY_USAGE_DIGITAL_SIGNATURE, CELL_USAGE_MANAGEMENT), 0};
    size_t count = 1, held = 0;
    if (role == ROLE_ROOT) {
        cells[0] = ROOT_CELL;
    } else if (role == ROLE_ACCESS_CONTROL_BROKER) {
        cells[count++] = ACB_KEY_AGREEMENT_CELL;
    }
    for (size_t i = 0; i < count; i++) {
        if (state_cell(cells[i]) != NULL) {
            if (!is_rekeyed(rekeyed, cells[i])) {
                return false;
            }
            held++;
        }
    }
    return held > 0;
}

static void move(struct counters *counters, uint8_t which, uint64_t *counter, uint64_t floor,
                 bool may_lower)
{
    if (may_lower || (counters->present & which) == 0 || floor > *counter) {
        *counter = floor;
    }
    counters->present |= which;
}

static void apply(uint8_t role, uint64_t floor, struct octets specialist_floors,
                  const struct rekeyed *rekeyed)
{
    struct counters *counters = &after[role];
    uint16_t top_up = cell_id(role, KEY_USAGE_KEY_AGREEMENT, CELL_USAGE_PREPAYMENT_TOP_UP);
    struct der list = der_over(specialist_floors);
    uint64_t specialist;
    move(counters, COUNTERS_HAS_EXECUTION, &counters->execution, floor,
         every_key_changed(rekeyed, role));
    while (floors_next_specialist(&list, &specialist)) {
        move(counters, COUNTERS_HAS_SPECIALIST, &counters->specialist, specialist,
             is_rekeyed(rekeyed, top_up));
    }
}

static bool are_equal(const struct counters *one, const struct counters *other)
{
    return one->present == other->present && one->execution == other->execution
        && one->specialist == other->specialist;
}

void changes_put_floors(const struct update_control *control, const struct replacement_rule *rule,
                        const struct rekeyed *rekeyed)
{
    struct der list = der_over(control->other_changes);
    struct floor_change change;
    for (uint8_t role = 0; role < ROLES; role++) {
        after[role] = state_counters(role);
    }
    counters_advance(&after[rule->authorising_role], control->counter);
    if (control->has_floor) {
        apply(rule->authorising_role, control->floor, control->specialist_floors, rekeyed);
    }
    while (floors_next_change(&list, &change)) {
        apply(change.role, change.floor, change.specialist_floors, rekeyed);
    }
    for (size_t i = 0; i < rekeyed->count; i++) {
        uint16_t cell = rekeyed->cells[i];
        counters_raise(&after[cell_role(cell)], cell, rekeyed->public_keys[i]);
    }
    for (uint8_t role = 0; role < ROLES; role++) {
        struct counters before = state_counters(role);
        if (!are_equal(&after[role], &before)) {
            changes_put_counters(role, &after[role]);
        }
    }
}
