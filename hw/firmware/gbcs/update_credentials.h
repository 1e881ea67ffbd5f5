// CS02b Update Security Credentials (GBCS 13.3) and CS02g (13.10): command, response, alert.
#ifndef GBCS_UPDATE_CREDENTIALS_H
#define GBCS_UPDATE_CREDENTIALS_H

#include "gbcs/floors.h"

// AuthorisingRemotePartyControl. A view is absent if its `at` is NULL.
struct update_control {
    uint8_t mode;
    bool time_checks;
    bool has_cell;
    uint16_t cell;                    // names the authorising cell
    uint64_t counter;
    bool has_floor;
    uint64_t floor;
    struct octets specialist_floors;  // with floors_next_specialist
    struct octets other_changes;      // with floors_next_change
    struct octets symmetric_key;      // of any length
};

struct replacement {
    struct octets certificate;  // one DER value, not looked at
    uint16_t cell;
};

struct update_command {
    struct update_control control;
    size_t count;
    struct replacement replacements[MAX_REPLACEMENTS];
    size_t path_count;
    struct octets path[MAX_PATH_CERTIFICATES];
    bool has_execution;
    int64_t execution;  // seconds since 1970, negative before; TIMES_NEVER cancels
};

// False if the payload is malformed (RemoteError in firmware_sim.gbcs.payloads.update_credentials).
bool update_command_decode(struct octets payload, struct update_command *command);

// The control of a command payload; what follows it is not looked at. False if it is malformed.
bool update_control_decode(struct octets payload, struct update_control *control);

enum { IDENTIFIERS_OCTETS = 16 };

// What became of one cell. Identifiers: of the certificate's subject, then of its key, as in the
// record of a cell. After a failure `replacing` repeats `existing`.
struct replacement_outcome {
    uint16_t cell;
    uint8_t status;
    uint8_t existing[IDENTIFIERS_OCTETS];
    uint8_t replacing[IDENTIFIERS_OCTETS];
};

// What a command did; its octets must still be there.
struct execution_outcome {
    const struct update_control *control;
    uint8_t mode;              // of the rule that was applied
    uint8_t authorising_role;  // likewise
    size_t count;
    const struct replacement_outcome *outcomes;
};

// The response payload; no outcome (NULL) if the command was stored or cancelled another.
void update_response_put(struct writer *writer, const struct execution_outcome *outcome);

// The payload of the alert after a future-dated command ran.
void update_alert_put(struct writer *writer, uint16_t alert_code, int64_t execution,
                      const struct execution_outcome *outcome);

#endif
