// Who may replace which cells, and which Device types execute what: gbcs/replacement.py,
// gbcs/device_duties.py, gbcs/use_cases.py over the generated tables.
#ifndef GBCS_REPLACEMENT_H
#define GBCS_REPLACEMENT_H

#include "gbcs/cells.h"

// The rule of a message code; NULL if it is not CS02b or CS02g.
const struct replacement_rule *rule_of_code(uint16_t code);

// Whether the command to such a Device carries a signature (GBCS 13.3.3.1).
bool rule_is_signed(const struct replacement_rule *rule, uint8_t device_type);

// The cell whose key must have protected the command.
uint16_t rule_authorising_cell(const struct replacement_rule *rule, uint8_t device_type);

// Whether the mode covers a role; of the root role, `rule->root` says on what terms.
bool rule_may_replace(const struct replacement_rule *rule, uint8_t role);

// The mode of a rule: its place in the table.
static inline uint8_t rule_mode(const struct replacement_rule *rule)
{
    return (uint8_t)(rule - replacement_rules);
}

// The message code of the alert that follows a future-dated command.
uint16_t future_dated_alert(uint16_t code);

// Whether GBCS defines a message code.
bool code_is_known(uint16_t code);

// Whether such Devices execute a use case; true where the cells alone decide.
bool device_executes(uint8_t device_type, uint16_t code);

#endif
