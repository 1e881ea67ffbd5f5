#include "gbcs/message.h"

#include "crypto/crypto.h"
#include "gbcs/axdr.h"
#include "generated/tables.h"

enum {
    MAC_TAG = 0xDD,
    GROUPING_TAG = 0xDF,
    TRANSACTION_OCTETS = 9,
    CODE_OCTETS = 2,
    SEQUENCE_TAG = 0x30,
};

static const uint8_t mac_header[] = {MAC_TAG, 0, 0, 0, 0, 0, 0};
static const uint8_t security_header[] = {0x11, 0, 0, 0, 0};
static const uint8_t grouping_header[] = {GROUPING_TAG, TRANSACTION_OCTETS};

// Steps over the MAC header and sets the MAC aside, if there is one.
static bool take_mac(struct octets *rest, struct message *message)
{
    size_t length;
    if (rest->length == 0 || rest->at[0] != MAC_TAG) {
        return true;
    }
    if (!axdr_expect(rest, mac_header, sizeof mac_header) || !axdr_length(rest, &length)
        || length != rest->length || length < sizeof security_header + MAC_OCTETS
        || !axdr_expect(rest, security_header, sizeof security_header)) {
        return false;
    }
    rest->length -= MAC_OCTETS;
    message->mac = rest->at + rest->length;
    return true;
}

static const uint8_t *take_entity(struct octets *rest)
{
    static const uint8_t entity_length[] = {ENTITY_OCTETS};
    return axdr_expect(rest, entity_length, 1) ? axdr_take(rest, ENTITY_OCTETS) : NULL;
}

// The message code, and what may follow it: an identifier with no, one or two counters, or with
// one and a certificate.
static bool take_information(struct octets *rest, struct message *message)
{
    struct octets information;
    if (!axdr_counted(rest, &information) || information.length < CODE_OCTETS) {
        return false;
    }
    size_t length = information.length - CODE_OCTETS;
    message->code = read_be16(information.at);
    message->supplementary = octets_of(information.at + CODE_OCTETS, length);
    return length == 0 || length == 8 || length == 16 || length == 24
        || (length > 24 && message->supplementary.at[16] == SEQUENCE_TAG);
}

static bool take_signature(struct octets *rest, struct message *message)
{
    struct octets signature;
    if (rest->length == 0 && message->mac == NULL) {
        return true;  // a Pre-Command
    }
    if (!axdr_counted(rest, &signature)) {
        return false;
    }
    message->has_signature_field = true;
    message->signature = signature.length > 0 ? signature.at : NULL;
    return signature.length == 0 || signature.length == SIGNATURE_OCTETS;
}

bool message_parse(struct octets octets, struct message *message)
{
    struct octets rest = octets;
    *message = (struct message){.octets = octets};
    if (octets.length > MAX_MESSAGE_OCTETS || !take_mac(&rest, message)) {
        return false;
    }
    message->grouped = rest;
    const uint8_t *transaction;
    if (!axdr_expect(&rest, grouping_header, sizeof grouping_header)
        || (transaction = axdr_take(&rest, TRANSACTION_OCTETS)) == NULL
        || (message->originator = take_entity(&rest)) == NULL
        || (message->target = take_entity(&rest)) == NULL
        || !axdr_counted(&rest, &message->date_time)
        || (message->date_time.length != 0 && message->date_time.length != DATE_TIME_OCTETS)
        || !take_information(&rest, message) || !axdr_counted(&rest, &message->payload)) {
        return false;
    }
    message->cra = transaction[0];
    message->counter = read_be64(transaction + 1);
    const uint8_t *behind = rest.at;
    message->signed_octets = octets_of(message->grouped.at + 1,
                                       (size_t)(behind - message->grouped.at) - 1);
    return message->cra >= CRA_COMMAND && message->cra <= CRA_ALERT
        && take_signature(&rest, message) && rest.length == 0;
}

static void put_counted(struct writer *writer, const uint8_t *at, size_t length)
{
    axdr_put_length(writer, length);
    put_octets(writer, at, length);
}

void message_put_header(struct writer *writer, const struct message *message)
{
    uint8_t transaction[TRANSACTION_OCTETS] = {message->cra};
    write_be(transaction + 1, message->counter, 8);
    put_octet(writer, GROUPING_TAG);
    put_counted(writer, transaction, sizeof transaction);
    put_counted(writer, message->originator, ENTITY_OCTETS);
    put_counted(writer, message->target, ENTITY_OCTETS);
    put_counted(writer, message->date_time.at, message->date_time.length);
    axdr_put_length(writer, CODE_OCTETS + message->supplementary.length);
    put_octet(writer, (uint8_t)(message->code >> 8));
    put_octet(writer, (uint8_t)message->code);
    put_octets(writer, message->supplementary.at, message->supplementary.length);
    axdr_put_length(writer, message->payload.length);
}

size_t message_header_octets(const struct message *message)
{
    const size_t information = CODE_OCTETS + message->supplementary.length;
    return sizeof grouping_header + TRANSACTION_OCTETS + 2 * (1 + ENTITY_OCTETS) + 1
        + message->date_time.length + axdr_length_octets(information) + information
        + axdr_length_octets(message->payload.length);
}

void message_put_mac_header(struct writer *writer, size_t grouped_octets)
{
    put_octets(writer, mac_header, sizeof mac_header);
    axdr_put_length(writer, sizeof security_header + grouped_octets + MAC_OCTETS);
    put_octets(writer, security_header, sizeof security_header);
}
