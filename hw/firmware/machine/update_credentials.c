#include "machine/update_credentials.h"

#include "gbcs/certificate.h"
#include "gbcs/replacement.h"
#include "gbcs/times.h"
#include "gbcs/update_credentials.h"
#include "generated/layout.h"
#include "machine/authenticate.h"
#include "machine/context.h"
#include "machine/output.h"
#include "machine/replace.h"
#include "machine/respond.h"
#include "machine/scheduler.h"
#include "machine/state.h"

static struct update_command command;

// Sends the response; no outcome if the command was stored or cancelled another.
static void answer(const struct message *message, const struct execution_outcome *outcome,
                   struct effects *effects)
{
    struct writer payload = respond_payload(&output);
    update_response_put(&payload, outcome);
    output_add(effects, respond_signed(&output, message, &payload, true));
}

// The named cell must be the mode's; it is left out where a MAC or the root authorises.
static uint8_t check_authorising_cell(const struct replacement_rule *rule)
{
    uint16_t due = rule_authorising_cell(rule, state_device_type());
    bool may_be_absent = !rule_is_signed(rule, state_device_type()) || due == ROOT_CELL;
    bool agrees = command.control.has_cell ? command.control.cell == due : may_be_absent;
    return agrees ? 0 : REASON_NO_AUTHORITY;
}

static uint8_t check_targets(const struct replacement_rule *rule)
{
    struct der changes = der_over(command.control.other_changes);
    struct floor_change change;
    bool has_root = false;
    for (size_t i = 0; i < command.count; i++) {
        has_root |= command.replacements[i].cell == ROOT_CELL;
        for (size_t j = 0; j < i; j++) {
            if (command.replacements[i].cell == command.replacements[j].cell) {
                return REASON_MALFORMED;
            }
        }
    }
    if (rule->root == ROOT_REPLACEMENT_ABNORMAL && !has_root) {
        return REASON_MALFORMED;
    }
    while (floors_next_change(&changes, &change)) {
        if (change.role == ROLE_ROOT || !rule_may_replace(rule, change.role)) {
            return REASON_NO_AUTHORITY;
        }
    }
    return 0;
}

// Whether the command's elements agree with the rule of its mode, and with the header.
static uint8_t check_rule(const struct message *message, const struct replacement_rule *rule)
{
    const struct update_control *control = &command.control;
    bool by_contingency = control->mode == MODE_ANY_BY_CONTINGENCY;
    if (rule->code != message->code) {
        return REASON_MODE_AND_CODE_DISAGREE;
    }
    // A symmetric key belongs to anyByContingency, and only there.
    if (control->counter != message->counter
        || (control->symmetric_key.at != NULL) != by_contingency) {
        return REASON_MALFORMED;
    }
    uint8_t reason = check_authorising_cell(rule);
    return reason != 0 ? reason : check_targets(rule);
}

static uint8_t check_contingency(const struct message *message)
{
    uint8_t point[POINT_OCTETS];
    struct octets wrapped = state_contingency_key(state_cell(ROOT_CELL));
    if (!contingency_unwrap(wrapped, command.control.symmetric_key, point)) {
        return REASON_CONTINGENCY_KEY_DOES_NOT_UNWRAP;
    }
    return check_signature(message, point);
}

static uint8_t check_authorised(const struct message *message, const struct replacement_rule *rule,
                                bool is_signed)
{
    const uint8_t *cell;
    if (command.control.mode == MODE_ANY_BY_CONTINGENCY) {
        return check_contingency(message);
    }
    uint16_t authorising = rule_authorising_cell(rule, state_device_type());
    uint8_t reason = check_authority(message, authorising, &cell);
    return reason != 0 || !is_signed ? reason : check_signature(message, cell + CELL_PUBLIC_KEY_AT);
}

static uint8_t authenticate(const struct message *message, const struct replacement_rule *rule)
{
    bool is_signed = rule_is_signed(rule, state_device_type());
    uint8_t reason = check_protection_form(message, is_signed, rule->is_maced);
    if (reason == 0) {
        reason = check_counter(message, rule->authorising_role);
    }
    if (reason == 0) {
        reason = check_authorised(message, rule, is_signed);
    }
    if (reason == 0 && rule->is_maced) {
        reason = check_mac(message);
    }
    return reason;
}

static uint8_t for_later(const struct message *message, struct effects *effects)
{
    struct execution_outcome outcome;
    uint8_t status;
    uint8_t reason = store_for_later(message, &command, &status);
    if (reason == 0) {
        answer(message, NULL, effects);
    } else if (reason == REASON_NO_ROOM) {
        outcome_of_every_cell(&command, status, &outcome);
        answer(message, &outcome, effects);
    }
    return reason;
}

uint8_t update_credentials(const struct message *message, struct effects *effects)
{
    struct execution_outcome outcome;
    if (!update_command_decode(message->payload, &command)) {
        return REASON_MALFORMED;
    }
    const struct replacement_rule *rule = &replacement_rules[command.control.mode];
    uint8_t reason = check_rule(message, rule);
    if (reason == 0) {
        reason = authenticate(message, rule);
    }
    if (reason != 0) {
        return reason;
    }
    bool is_cancellation = command.has_execution && command.execution == TIMES_NEVER;
    if (command.has_execution && !is_cancellation) {
        return for_later(message, effects);
    }
    reason = is_cancellation
        ? cancel(message, &command)
        : reason_of(execute(message, &command, NOT_WAITING, &outcome));
    if (reason == 0) {
        answer(message, is_cancellation ? NULL : &outcome, effects);
    }
    return reason;
}
