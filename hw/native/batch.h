// The same for many devices in one call, so that a fleet pays for no call a device.
#ifndef NATIVE_BATCH_H
#define NATIVE_BATCH_H

#include "native/engine.h"

// A command as one device would get it. For each device it is addressed, signed and, if it carries
// a MAC, given the Access Control Broker's MAC anew.
struct order {
    const uint8_t *command;
    size_t length;
    const uint8_t *signer;  // 32 octets; NULL: the signature stays as it is
    const uint8_t *broker;  // 32 octets; NULL: the MAC stays as it is
};

// Of each device: the command for it, into `commands` one behind the other. `targets` are Entity
// Identifiers of 8 octets, `agreement_keys` points of 65 (NULL where there is no MAC to make).
// Returns how many were made: fewer than `count` only if the order is no message that carries what
// it asks for, or a point is not on the curve.
size_t engine_compose_all(const struct order *order, size_t count, const uint8_t *targets,
                          const uint8_t *agreement_keys, uint8_t *commands);

// Of each device: `length` octets of `commands`, and its answers as engine_receive packs them, at
// every `room` octets of `answers`; how long they are, or what engine_receive returned, stands in
// `lengths`.
void engine_receive_all(struct device *const *devices, size_t count, const uint8_t *commands,
                        size_t length, uint8_t *answers, size_t room, int32_t *lengths);

// Of each device: whether the first message of its answers is its own and is signed by its key (a
// point of 65 octets). Returns how many are; `is_good` says which.
size_t engine_verify_all(size_t count, const uint8_t *answers, size_t room, const int32_t *lengths,
                         const uint8_t *originators, const uint8_t *signing_keys, bool *is_good);

// The same of messages that carry a MAC for the Access Control Broker, whose scalar of 32 octets is
// `broker`; `agreement_keys` are the devices' points of 65 octets.
size_t engine_check_macs_all(size_t count, const uint8_t *answers, size_t room,
                             const int32_t *lengths, const uint8_t *originators,
                             const uint8_t *agreement_keys, const uint8_t *broker, bool *is_good);

#endif
