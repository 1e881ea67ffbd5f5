// Responses and alerts: who they go to, what protects them. Each is appended to `out`, the
// octets of all messages that an input leads to; the result is a view of the one just made, or
// empty if there was no room.
//
//     struct writer payload = respond_payload(out);
//     update_response_put(&payload, outcome);
//     messages[count++] = respond_signed(out, command, &payload, true);
#ifndef MACHINE_RESPOND_H
#define MACHINE_RESPOND_H

#include "gbcs/protection.h"

// Where the payload of the next message is to be written: behind the room of its header.
struct writer respond_payload(const struct writer *out);

// A response to the command's originator, with the command's supplementary fields, signed with the
// device's key in use; `is_stamped` puts the clock's date-time into its header.
struct octets respond_signed(struct writer *out, const struct message *command,
                             const struct writer *payload, bool is_stamped);

// The same with a MAC from the secret of the device's and the recipient's key agreement keys.
struct octets respond_maced(struct writer *out, const struct message *command,
                            const struct writer *payload, const uint8_t secret[SECRET_OCTETS],
                            bool is_stamped);

// A signed alert; `counter` is one of the device's own, reserved durably before.
struct octets respond_alert(struct writer *out, uint16_t code, uint64_t counter,
                            const uint8_t recipient[ENTITY_OCTETS], const struct writer *payload);

// A generic critical alert in the form of the device type.
struct octets respond_critical_alert(struct writer *out, uint16_t alert_code, uint64_t counter,
                                     const uint8_t recipient[ENTITY_OCTETS]);

// A generic alert that is not critical, with a MAC as in a response.
struct octets respond_non_critical_alert(struct writer *out, uint16_t alert_code, uint64_t counter,
                                         const uint8_t recipient[ENTITY_OCTETS],
                                         const uint8_t secret[SECRET_OCTETS]);

#endif
