// CS02c, CS02d, CS02e: the device's own key pairs and certificates (GBCS 13.4 to 13.6). Each
// answers the command, or with the REASON_ of a refusal. The counterpart of
// firmware_sim/machine/commands/device_certificates.py.
#ifndef MACHINE_DEVICE_CERTIFICATES_H
#define MACHINE_DEVICE_CERTIFICATES_H

#include "gbcs/message.h"
#include "machine/machine.h"

// CS02c: makes a key pair and answers with the request for its certificate.
uint8_t issue_credentials(const struct message *message, struct effects *effects);

// CS02d: puts the waiting key pair in use, with its certificate; the old one is gone.
uint8_t install_certificate(const struct message *message, struct effects *effects);

// CS02e: answers with the certificate of one of the device's keys.
uint8_t provide_certificate(const struct message *message, struct effects *effects);

#endif
