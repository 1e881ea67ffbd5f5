#include "gbcs/replacement.h"

const struct replacement_rule *rule_of_code(uint16_t code)
{
    for (size_t i = 0; i < MODES; i++) {
        if (replacement_rules[i].code == code) {
            return &replacement_rules[i];
        }
    }
    return NULL;
}

bool rule_is_signed(const struct replacement_rule *rule, uint8_t device_type)
{
    return rule->is_signed != 0 || device_type == DEVICE_CHF;
}

uint16_t rule_authorising_cell(const struct replacement_rule *rule, uint8_t device_type)
{
    // The Broker's own replacement is authorised by its key agreement key alone, except on a
    // Communications Hub, which holds the Broker's digitalSignature key too.
    uint8_t usage = KEY_USAGE_DIGITAL_SIGNATURE;
    if (rule_mode(rule) == MODE_ANY_BY_CONTINGENCY) {
        usage = KEY_USAGE_KEY_CERT_SIGN;
    } else if (!rule_is_signed(rule, device_type)) {
        usage = KEY_USAGE_KEY_AGREEMENT;
    }
    return cell_id(rule->authorising_role, usage, CELL_USAGE_MANAGEMENT);
}

bool rule_may_replace(const struct replacement_rule *rule, uint8_t role)
{
    if (role == ROLE_ROOT) {
        return rule->root != ROOT_REPLACEMENT_NEVER;
    }
    return role < 16 && (rule->replaceable >> role & 1) != 0;
}

uint16_t future_dated_alert(uint16_t code)
{
    const struct replacement_rule *rule = rule_of_code(code);
    bool is_cs02g = rule == &replacement_rules[MODE_LOAD_CONTROLLER_BY_LOAD_CONTROLLER]
        || rule == &replacement_rules[MODE_LOAD_CONTROLLER_BY_SUPPLIER];
    return is_cs02g ? CODE_CS02G_FUTURE_DATED_ALERT : CODE_CS02B_FUTURE_DATED_ALERT;
}

bool code_is_known(uint16_t code)
{
    if (code < KNOWN_CODE_OCTETS * 8) {
        return (known_codes[code / 8] >> code % 8 & 1) != 0;
    }
    for (size_t i = 0; i < KNOWN_HIGH_CODES; i++) {
        if (known_high_codes[i] == code) {
            return true;
        }
    }
    return false;
}

bool device_executes(uint8_t device_type, uint16_t code)
{
    for (size_t i = 0; i < DUTIES; i++) {
        if (duties[i].code == code) {
            return (duties[i].devices >> device_type & 1) != 0;
        }
    }
    return true;
}
