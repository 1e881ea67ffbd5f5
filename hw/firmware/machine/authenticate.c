#include "machine/authenticate.h"

#include "gbcs/protection.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/context.h"
#include "machine/state.h"

uint8_t check_protection_form(const struct message *message, bool is_signed, bool is_maced)
{
    bool as_due = (message->signature != NULL) == is_signed && (message->mac != NULL) == is_maced;
    return as_due ? 0 : REASON_WRONG_PROTECTION;
}

uint8_t check_counter(const struct message *message, uint8_t role)
{
    if (message->counter > MAX_SEQ_NUMBER) {
        return REASON_MALFORMED;  // once stored, no response could state it
    }
    return message->counter > state_counter(role) ? 0 : REASON_REPLAYED;
}

uint8_t check_authority(const struct message *message, uint16_t cell, const uint8_t **body)
{
    *body = state_cell(cell);
    if (*body == NULL
        || memcmp(*body + CELL_UNIQUE_ID_AT, message->originator, CELL_UNIQUE_ID_OCTETS) != 0) {
        return REASON_NO_AUTHORITY;
    }
    return 0;
}

uint8_t check_signature(const struct message *message, const uint8_t *point)
{
    return message_is_signed_by(message, point) ? 0 : REASON_BAD_SIGNATURE;
}

uint8_t check_mac(const struct message *message)
{
    uint8_t secret[SECRET_OCTETS];
    const uint8_t *broker = state_cell(ACB_KEY_AGREEMENT_CELL);
    if (broker == NULL) {
        return REASON_BAD_MAC;
    }
    if (!secret_with(broker + CELL_PUBLIC_KEY_AT, secret)) {
        return REASON_MALFORMED;
    }
    bool is_valid = message_has_mac_of(message, secret);
    crypto_wipe(secret, sizeof secret);
    return is_valid ? 0 : REASON_BAD_MAC;
}
