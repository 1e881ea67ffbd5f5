#include "gbcs/message.h"

#include "crypto/crypto.h"
#include "generated/tables.h"

enum {
    MAC_TAG = 0xDD,
    GROUPING_TAG = 0xDF,
    TRANSACTION_OCTETS = 9,
    CODE_OCTETS = 2,
    LONG_LENGTH = 0x80,
    SEQUENCE_TAG = 0x30,
};

static const uint8_t mac_header[] = {MAC_TAG, 0, 0, 0, 0, 0, 0};
static const uint8_t security_header[] = {0x11, 0, 0, 0, 0};
static const uint8_t grouping_header[] = {GROUPING_TAG, TRANSACTION_OCTETS};

// Steps over so many octets and returns where they start; NULL if there are not so many.
static const uint8_t *take(struct octets *rest, size_t count)
{
    if (count > rest->length) {
        return NULL;
    }
    const uint8_t *at = rest->at;
    *rest = octets_of(at + count, rest->length - count);
    return at;
}

static bool expect(struct octets *rest, const uint8_t *expected, size_t count)
{
    const uint8_t *at = take(rest, count);
    return at != NULL && memcmp(at, expected, count) == 0;
}

// A length in its shortest form; false if it is none.
static bool take_length(struct octets *rest, size_t *length)
{
    const uint8_t *first = take(rest, 1);
    if (first == NULL) {
        return false;
    }
    *length = *first;
    if (*first < LONG_LENGTH) {
        return true;
    }
    size_t count = *first - LONG_LENGTH;
    const uint8_t *at = count == 1 || count == 2 ? take(rest, count) : NULL;
    if (at == NULL) {
        return false;
    }
    *length = count == 1 ? at[0] : read_be16(at);
    return *length >= (count == 1 ? LONG_LENGTH : 0x100);
}

static bool take_counted(struct octets *rest, struct octets *content)
{
    size_t length;
    if (!take_length(rest, &length)) {
        return false;
    }
    *content = octets_of(take(rest, length), length);
    return content->at != NULL;
}

// Steps over the MAC header and sets the MAC aside, if there is one.
static bool take_mac(struct octets *rest, struct message *message)
{
    size_t length;
    if (rest->length == 0 || rest->at[0] != MAC_TAG) {
        return true;
    }
    if (!expect(rest, mac_header, sizeof mac_header) || !take_length(rest, &length)
        || length != rest->length || length < sizeof security_header + MAC_OCTETS
        || !expect(rest, security_header, sizeof security_header)) {
        return false;
    }
    rest->length -= MAC_OCTETS;
    message->mac = rest->at + rest->length;
    return true;
}

static const uint8_t *take_entity(struct octets *rest)
{
    static const uint8_t entity_length[] = {ENTITY_OCTETS};
    return expect(rest, entity_length, 1) ? take(rest, ENTITY_OCTETS) : NULL;
}

// The message code, and what may follow it: an identifier with no, one or two counters, or with
// one and a certificate.
static bool take_information(struct octets *rest, struct message *message)
{
    struct octets information;
    if (!take_counted(rest, &information) || information.length < CODE_OCTETS) {
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
    if (!take_counted(rest, &signature)) {
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
    if (!expect(&rest, grouping_header, sizeof grouping_header)
        || (transaction = take(&rest, TRANSACTION_OCTETS)) == NULL
        || (message->originator = take_entity(&rest)) == NULL
        || (message->target = take_entity(&rest)) == NULL
        || !take_counted(&rest, &message->date_time)
        || (message->date_time.length != 0 && message->date_time.length != DATE_TIME_OCTETS)
        || !take_information(&rest, message) || !take_counted(&rest, &message->payload)) {
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

size_t message_length_octets(size_t length)
{
    return length >= 0x100 ? 3 : length >= LONG_LENGTH ? 2 : 1;
}

void message_put_length(struct writer *writer, size_t length)
{
    if (length >= 0x100) {
        put_octet(writer, LONG_LENGTH | 2);
        put_octet(writer, (uint8_t)(length >> 8));
    } else if (length >= LONG_LENGTH) {
        put_octet(writer, LONG_LENGTH | 1);
    }
    put_octet(writer, (uint8_t)length);
}

static void put_counted(struct writer *writer, const uint8_t *at, size_t length)
{
    message_put_length(writer, length);
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
    put_octet(writer, CODE_OCTETS);
    put_octet(writer, (uint8_t)(message->code >> 8));
    put_octet(writer, (uint8_t)message->code);
    message_put_length(writer, message->payload.length);
}

void message_put_mac_header(struct writer *writer, size_t grouped_octets)
{
    put_octets(writer, mac_header, sizeof mac_header);
    message_put_length(writer, sizeof security_header + grouped_octets + MAC_OCTETS);
    put_octets(writer, security_header, sizeof security_header);
}
