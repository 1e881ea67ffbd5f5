// CS02a Provide Security Credential Details (GBCS 13.2); CS02f, 13.9, alike.
#ifndef GBCS_SECURITY_CREDENTIALS_H
#define GBCS_SECURITY_CREDENTIALS_H

#include "gbcs/cells.h"

// The roles asked for, in order, and the cell whose key protects the command.
struct credentials_query {
    uint16_t authorising_cell;
    size_t count;
    uint8_t roles[MAX_ROLES];
};

// False if the payload is malformed or asks for too many roles.
bool credentials_query_decode(struct octets payload, struct credentials_query *query);

// The authorising cell of a command payload; what follows it is not looked at. False if it is
// malformed.
bool credentials_query_cell(struct octets payload, uint16_t *cell);

// What one cell holds; `identifiers` are of its certificate's subject and key, 8 octets each.
struct cell_contents {
    uint16_t cell;
    const uint8_t *identifiers;
};

// The response payload is a SEQUENCE (der_begin, der_end) of these, one for each role asked for.
// Counter and cells are left out unless the status is success.
void credentials_put_role(struct writer *writer, uint8_t role, uint8_t status, uint64_t counter,
                          const struct cell_contents *cells, size_t count);

#endif
