#include "machine/update_checks.h"

#include "gbcs/replacement.h"
#include "generated/machine_tables.h"
#include "machine/state.h"

// The named cell must be the mode's; only what the Broker's MAC authorises leaves it out.
static uint8_t check_authorising_cell(const struct update_control *control,
                                      const struct replacement_rule *rule)
{
    uint16_t due = rule_authorising_cell(rule, state_device_type());
    bool may_be_absent = !rule_is_signed(rule, state_device_type());
    bool agrees = control->has_cell ? control->cell == due : may_be_absent;
    return agrees ? 0 : REASON_NO_AUTHORITY;
}

// Without the symmetric key anyByContingency is not authenticated, so it can only be too much.
static uint8_t check_control(const struct message *message, const struct update_control *control,
                             const struct replacement_rule *rule)
{
    bool may_have_key = rule->root == ROOT_REPLACEMENT_ABNORMAL;
    if (&replacement_rules[control->mode] != rule) {
        return REASON_MODE_AND_CODE_DISAGREE;
    }
    if (control->counter != message->counter
        || (control->symmetric_key.at != NULL && !may_have_key)) {
        return REASON_MALFORMED;
    }
    return check_authorising_cell(control, rule);
}

static bool has_two(struct octets specialist_floors)
{
    struct der list = der_over(specialist_floors);
    uint64_t floor;
    return floors_next_specialist(&list, &floor) && floors_next_specialist(&list, &floor);
}

// One bit for each role that there is.
static uint16_t bit_of(uint8_t role)
{
    return (uint16_t)(1U << (role == ROLE_OTHER ? 15 : role));
}

// No counter has two floors, and each floor of another role is of one that the mode covers.
static uint8_t check_floors(const struct update_control *control,
                            const struct replacement_rule *rule)
{
    struct der changes = der_over(control->other_changes);
    struct floor_change change;
    uint16_t seen = control->has_floor ? bit_of(rule->authorising_role) : 0;
    bool twice = has_two(control->specialist_floors), foreign = false;
    while (floors_next_change(&changes, &change)) {
        twice |= (seen & bit_of(change.role)) != 0 || has_two(change.specialist_floors);
        seen |= bit_of(change.role);
        foreign |= change.role == ROLE_ROOT || !rule_may_replace(rule, change.role);
    }
    if (twice || (control->specialist_floors.at != NULL && !control->has_floor)) {
        return REASON_MALFORMED;
    }
    return foreign ? REASON_NO_AUTHORITY : 0;
}

// No cell comes twice, and the root comes where it must.
static uint8_t check_targets(const struct update_command *command,
                             const struct replacement_rule *rule)
{
    bool has_root = false;
    for (size_t i = 0; i < command->count; i++) {
        has_root |= command->replacements[i].cell == ROOT_CELL;
        for (size_t j = 0; j < i; j++) {
            if (command->replacements[i].cell == command->replacements[j].cell) {
                return REASON_MALFORMED;
            }
        }
    }
    return rule->root == ROOT_REPLACEMENT_ABNORMAL && !has_root ? REASON_MALFORMED : 0;
}

uint8_t check_update(const struct message *message, const struct update_command *command,
                     const struct replacement_rule *rule)
{
    uint8_t reason = check_control(message, &command->control, rule);
    if (reason == 0 && message_has_extras(message)) {
        reason = REASON_MALFORMED;
    }
    if (reason == 0) {
        reason = check_floors(&command->control, rule);
    }
    return reason != 0 ? reason : check_targets(command, rule);
}
