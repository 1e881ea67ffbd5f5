#include "machine/device_certificates.h"

#include "gbcs/device_certificates.h"
#include "generated/layout.h"
#include "machine/authenticate.h"
#include "machine/context.h"
#include "machine/device_keys.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/security_log.h"
#include "machine/state.h"

static uint8_t authenticate(const struct message *message)
{
    const uint8_t *cell;
    uint8_t role = certificate_authorities[state_device_type()];
    uint16_t authority = cell_id(role, KEY_USAGE_DIGITAL_SIGNATURE, CELL_USAGE_MANAGEMENT);
    uint8_t reason = check_protection_form(message, true, true);
    if (reason == 0) {
        reason = check_counter(message, role);
    }
    if (reason == 0) {
        reason = check_authority(message, authority, &cell);
    }
    if (reason == 0) {
        reason = check_signature(message, cell + CELL_PUBLIC_KEY_AT);
    }
    return reason != 0 ? reason : check_mac(message);
}

// Begins with what every accepted command changes: its counter serves no other.
static void spend(const struct message *message)
{
    changes_begin();
    changes_advance(certificate_authorities[state_device_type()], message->counter);
}

// Commits; without room for all of it only that the command is spent.
static enum store_result commit_or_spend(const struct message *message, bool *is_full)
{
    enum store_result result = changes_commit();
    *is_full = result == STORE_FULL;
    if (*is_full) {
        spend(message);
        result = changes_commit();
    }
    return result;
}

static void answer_code(const struct message *message, uint8_t code, struct effects *effects)
{
    struct writer payload = respond_payload(&output);
    der_put_number(&payload, DER_INTEGER, code);
    output_add(effects, respond_signed(&output, message, &payload, false));
}

// Answers a query with a code, or if that is 0 with what was written.
static void answer(const struct message *message, uint8_t code, const struct writer *payload,
                   struct effects *effects)
{
    if (code != 0) {
        answer_code(message, code, effects);
    } else {
        output_add(effects, respond_signed(&output, message, payload, false));
    }
}

// No response could state what an authentic command without a readable payload asks for.
static uint8_t refuse_malformed(const struct message *message)
{
    return refuse_authentic(certificate_authorities[state_device_type()], message->counter,
                            REASON_MALFORMED);
}

static uint8_t accept_query(const struct message *message, int16_t *usage)
{
    uint8_t reason = authenticate(message);
    if (reason == 0
        && (message_has_extras(message) || !key_usage_query_decode(message->payload, usage))) {
        reason = refuse_malformed(message);
    }
    return reason;
}

static void put_usage(struct writer *detail, int16_t usage)
{
    put_text(detail, usage == KEY_USAGE_DIGITAL_SIGNATURE ? "digitalSignature" : "keyAgreement");
}

uint8_t issue_credentials(const struct message *message, struct effects *effects)
{
    int16_t usage;
    bool is_full;
    uint8_t reason = accept_query(message, &usage);
    if (reason != 0) {
        return reason;
    }
    uint8_t code = usage == NO_OWN_USAGE ? ISSUE_INVALID_KEY_USAGE : 0;
    struct writer payload = respond_payload(&output);
    spend(message);
    if (code == 0) {
        issue_key((uint8_t)usage, &payload);
        struct writer detail = log_event(EVENT_KEY_PAIR_GENERATED, message, false);
        put_usage(&detail, usage);
        put_text(&detail, " requested");
    }
    reason = reason_of(commit_or_spend(message, &is_full));
    if (reason == 0) {
        answer(message, is_full ? ISSUE_KEY_PAIR_GENERATION_FAILED : code, &payload, effects);
    }
    return reason;
}

static void log_install(const struct message *message, int16_t usage, uint8_t code)
{
    uint16_t event = usage == KEY_USAGE_DIGITAL_SIGNATURE
        ? EVENT_SIGNING_CERTIFICATE_NOT_REPLACED
        : EVENT_AGREEMENT_CERTIFICATE_NOT_REPLACED;
    if (code == INSTALL_SUCCESS) {
        event = usage == KEY_USAGE_DIGITAL_SIGNATURE ? EVENT_SIGNING_CERTIFICATE_REPLACED
                                                     : EVENT_AGREEMENT_CERTIFICATE_REPLACED;
    }
    struct writer detail = log_event(event, message, code == INSTALL_SUCCESS);
    put_usage(&detail, usage);
    put_text(&detail, ": code ");
    put_number(&detail, code, 1);
}

uint8_t install_certificate(const struct message *message, struct effects *effects)
{
    int16_t usage;
    bool is_full;
    uint8_t reason = authenticate(message);
    if (reason == 0
        && (message_has_extras(message) || !certificate_command_decode(message->payload))) {
        reason = refuse_malformed(message);
    }
    if (reason != 0) {
        return reason;
    }
    uint8_t code = judge_own_certificate(message->payload, &usage);
    spend(message);
    if (code == INSTALL_SUCCESS) {
        install_key((uint8_t)usage, message->payload);
    }
    if (usage != NO_OWN_USAGE) {
        log_install(message, usage, code);
    }
    reason = reason_of(commit_or_spend(message, &is_full));
    if (reason != 0) {
        return reason;
    }
    if (code == INSTALL_SUCCESS) {
        forget_secrets();
        code = is_full ? INSTALL_CERTIFICATE_STORAGE_FAILED : INSTALL_SUCCESS;
    }
    answer_code(message, code, effects);
    return 0;
}

uint8_t provide_certificate(const struct message *message, struct effects *effects)
{
    int16_t usage;
    struct octets held;
    uint8_t reason = accept_query(message, &usage);
    if (reason != 0) {
        return reason;
    }
    uint8_t code = usage == NO_OWN_USAGE ? PROVIDE_INVALID_KEY_USAGE
                                         : find_own_certificate((uint8_t)usage, &held);
    struct writer payload = respond_payload(&output);
    if (code == 0) {
        // Before the commit, after which it may lie elsewhere.
        put_octets(&payload, held.at, held.length);
    }
    spend(message);
    reason = reason_of(changes_commit());
    if (reason == 0) {
        answer(message, code, &payload, effects);
    }
    return reason;
}
