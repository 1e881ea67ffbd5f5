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

static bool is_genuine(struct octets answers, const uint8_t *originator, const uint8_t *key)
{
    struct message message;
    if (answers.length < ANSWER_HEAD_OCTETS
        || read_le32(answers.at + 1) > answers.length - ANSWER_HEAD_OCTETS) {
        return false;
    }
    const struct octets first =
        octets_of(answers.at + ANSWER_HEAD_OCTETS, read_le32(answers.at + 1));
    return message_parse(first, &message)
        && memcmp(message.originator, originator, ENTITY_OCTETS) == 0
        && message_is_signed_by(&message, key);
}

size_t engine_verify_all(size_t count, const uint8_t *answers, size_t room, const int32_t *lengths,
                         const uint8_t *originators, const uint8_t *signing_keys, bool *is_good)
{
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t length = lengths[i] < 0 ? 0 : (size_t)lengths[i];
        is_good[i] = is_genuine(octets_of(answers + i * room, length),
                                originators + i * ENTITY_OCTETS, signing_keys + i * POINT_OCTETS);
        good += is_good[i];
    }
    return good;
}
