#include "native/batch.h"

#include "gbcs/protection.h"

enum { ANSWER_HEAD_OCTETS = 5 };  // reason and length, as engine_receive packs them

// What a parsed message shows of octets that are ours to write.
static uint8_t *writable(uint8_t *octets, const uint8_t *found)
{
    return octets + (found - octets);
}

static bool compose(const struct order *order, const uint8_t *target,
                    const uint8_t *agreement_key, uint8_t *command)
{
    struct message message;
    uint8_t digest[DIGEST_OCTETS], secret[SECRET_OCTETS];
    memcpy(command, order->command, order->length);
    if (!message_parse(octets_of(command, order->length), &message)) {
        return false;
    }
    memcpy(writable(command, message.target), target, ENTITY_OCTETS);
    if (order->signer != NULL) {
        if (message.signature == NULL) {
            return false;
        }
        crypto_sha256(message.signed_octets, digest);
        crypto_sign(order->signer, digest, writable(command, message.signature));
    }
    if (order->broker == NULL) {
        return true;
    }
    if (message.mac == NULL || !crypto_agree(order->broker, agreement_key, secret)) {
        return false;
    }
    message_mac(&message, secret, writable(command, message.mac));
    crypto_wipe(secret, sizeof secret);
    return true;
}

size_t engine_compose_all(const struct order *order, size_t count, const uint8_t *targets,
                          const uint8_t *agreement_keys, uint8_t *commands)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *key = agreement_keys == NULL ? NULL : agreement_keys + i * POINT_OCTETS;
        if (!compose(order, targets + i * ENTITY_OCTETS, key, commands + i * order->length)) {
            return i;
        }
    }
    return count;
}

void engine_receive_all(struct device *const *devices, size_t count, const uint8_t *commands,
                        size_t length, uint8_t *answers, size_t room, int32_t *lengths)
{
    for (size_t i = 0; i < count; i++) {
        lengths[i] = engine_receive(devices[i], commands + i * length, length, answers + i * room,
                                    room);
    }
}

// The first message of a device's answers, if it is its own.
static bool is_own(struct octets answers, const uint8_t *originator, struct message *message)
{
    if (answers.length < ANSWER_HEAD_OCTETS
        || read_le32(answers.at + 1) > answers.length - ANSWER_HEAD_OCTETS) {
        return false;
    }
    const struct octets first =
        octets_of(answers.at + ANSWER_HEAD_OCTETS, read_le32(answers.at + 1));
    return message_parse(first, message)
        && memcmp(message->originator, originator, ENTITY_OCTETS) == 0;
}

// The answers of a device, from where engine_receive_all put them.
static struct octets answers_of(const uint8_t *answers, size_t room, int32_t length)
{
    return octets_of(answers, length < 0 || (size_t)length > room ? 0 : (size_t)length);
}

size_t engine_verify_all(size_t count, const uint8_t *answers, size_t room, const int32_t *lengths,
                         const uint8_t *originators, const uint8_t *signing_keys, bool *is_good)
{
    size_t good = 0;
    struct message message;
    for (size_t i = 0; i < count; i++) {
        const struct octets own = answers_of(answers + i * room, room, lengths[i]);
        is_good[i] = is_own(own, originators + i * ENTITY_OCTETS, &message)
            && message_is_signed_by(&message, signing_keys + i * POINT_OCTETS);
        good += is_good[i];
    }
    return good;
}

static bool has_mac_of(const struct message *message, const uint8_t *broker, const uint8_t *key)
{
    uint8_t secret[SECRET_OCTETS];
    const bool is_so =
        crypto_agree(broker, key, secret) && message_has_mac_of(message, secret);
    crypto_wipe(secret, sizeof secret);
    return is_so;
}

size_t engine_check_macs_all(size_t count, const uint8_t *answers, size_t room,
                             const int32_t *lengths, const uint8_t *originators,
                             const uint8_t *agreement_keys, const uint8_t *broker, bool *is_good)
{
    size_t good = 0;
    struct message message;
    for (size_t i = 0; i < count; i++) {
        const struct octets own = answers_of(answers + i * room, room, lengths[i]);
        is_good[i] = is_own(own, originators + i * ENTITY_OCTETS, &message)
            && has_mac_of(&message, broker, agreement_keys + i * POINT_OCTETS);
        good += is_good[i];
    }
    return good;
}
