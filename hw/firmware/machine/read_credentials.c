#include "machine/read_credentials.h"

#include "gbcs/security_credentials.h"
#include "generated/layout.h"
#include "machine/authenticate.h"
#include "machine/context.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/state.h"

// Key usages times cell usages.
enum { MAX_CELLS_OF_ROLE = 6 };

static struct credentials_query query;

static uint8_t authenticate(const struct message *message, uint16_t asking, bool by_broker)
{
    const uint8_t *cell;
    if (!by_broker && cell_key_usage(asking) != KEY_USAGE_DIGITAL_SIGNATURE) {
        return REASON_NO_AUTHORITY;
    }
    uint8_t reason = check_protection_form(message, !by_broker, by_broker);
    if (reason == 0) {
        reason = check_counter(message, cell_role(asking));
    }
    if (reason == 0) {
        reason = check_authority(message, asking, &cell);
    }
    if (reason == 0) {
        reason = by_broker ? check_mac(message)
                           : check_signature(message, cell + CELL_PUBLIC_KEY_AT);
    }
    return reason;
}

static void put_role(struct writer *writer, uint8_t role)
{
    struct cell_contents contents[MAX_CELLS_OF_ROLE];
    const uint8_t *body;
    size_t count = 0;
    if (role == ROLE_ROOT) {
        contents[count++] =
            (struct cell_contents){ROOT_CELL, state_cell(ROOT_CELL) + CELL_UNIQUE_ID_AT};
    }
    int32_t index = (role << 8) - 1;
    while (store_next(RECORD_CELL, &index, &body) && index >> 8 == role
           && count < MAX_CELLS_OF_ROLE) {
        contents[count++] = (struct cell_contents){(uint16_t)index, body + CELL_UNIQUE_ID_AT};
    }
    credentials_put_role(writer, role, count > 0 ? STATUS_SUCCESS : STATUS_TRUST_ANCHOR_NOT_FOUND,
                         state_counter(role), contents, count);
}

static void put_report(struct writer *writer, uint16_t code)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    for (size_t i = 0; i < query.count; i++) {
        // Whether or not the cell is held: reference messages show no more than that.
        if (code == CODE_CS02F && query.roles[i] == ROLE_TRANSITIONAL_COS) {
            credentials_put_role(writer, query.roles[i], STATUS_OTHER, 0, NULL, 0);
        } else {
            put_role(writer, query.roles[i]);
        }
    }
    der_end(writer, start);
}

uint8_t read_credentials(const struct message *message, struct effects *effects)
{
    uint8_t secret[SECRET_OCTETS];
    uint16_t asking;
    if (!credentials_query_cell(message->payload, &asking)) {
        return REASON_MALFORMED;
    }
    bool by_broker = asking == ACB_KEY_AGREEMENT_CELL;
    uint8_t reason = authenticate(message, asking, by_broker);
    if (reason != 0) {
        return reason;
    }
    if (message_has_extras(message) || !credentials_query_decode(message->payload, &query)) {
        return refuse_authentic(cell_role(asking), message->counter, REASON_MALFORMED);
    }
    struct writer payload = respond_payload(&output);
    put_report(&payload, message->code);
    // Durable before the response: its key depends on the counter, and must not serve twice.
    reason = spend_counter(cell_role(asking), message->counter);
    if (reason != 0) {
        return reason;
    }
    if (!by_broker) {
        output_add(effects, respond_signed(&output, message, &payload, false));
    } else if (secret_with(state_cell(ACB_KEY_AGREEMENT_CELL) + CELL_PUBLIC_KEY_AT, secret)) {
        output_add(effects, respond_maced(&output, message, &payload, secret, false));
        crypto_wipe(secret, sizeof secret);
    }
    return 0;
}
