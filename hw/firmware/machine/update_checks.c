#include "machine/update_checks.h"

#include "gbcs/replacement.h"
#include "machine/state.h"

// The named cell must be the mode's; it is left out where a MAC or the root authorises.
static uint8_t check_authorising_cell(const struct update_control *control,
                                      const struct replacement_rule *rule)
{
    uint16_t due = rule_authorising_cell(rule, state_device_type());
    bool may_be_absent = !rule_is_signed(rule, state_device_type()) || due == ROOT_CELL;
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

// Each floor of another role is of one that the mode covers.
static uint8_t check_floors(const struct update_control *control,
                            const struct replacement_rule *rule)
{
    struct der changes = der_over(control->other_changes);
    struct floor_change change;
    while (floors_next_change(&changes, &change)) {
        if (change.role == ROLE_ROOT || !rule_may_replace(rule, change.role)) {
            return REASON_NO_AUTHORITY;
        }
    }
    return 0;
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
    if (reason == 0) {
        reason = check_floors(&command->control, rule);
    }
    return reason != 0 ? reason : check_targets(command, rule);
}
