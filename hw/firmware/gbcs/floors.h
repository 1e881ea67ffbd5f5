// Counter changes inside CS02b. The lists are views of checked DER: walk them with the cursors.
//
//     struct der list = der_over(control->other_changes);
//     struct floor_change change;
//     while (floors_next_change(&list, &change)) …
#ifndef GBCS_FLOORS_H
#define GBCS_FLOORS_H

#include "gbcs/cells.h"

// RemotePartySeqNumberChange: new floors for one role.
struct floor_change {
    uint8_t role;
    uint64_t floor;
    struct octets specialist_floors;  // at == NULL if absent; may be there and empty
};

// The next change of a list; false at its end, and if it is malformed (then the cursor has
// failed).
bool floors_next_change(struct der *list, struct floor_change *change);

// The next specialist floor (prepayment top-up, the only usage there is); false as above.
bool floors_next_specialist(struct der *list, uint64_t *floor);

// Whether a list of specialist floors, or of changes, is well-formed to its end.
bool floors_are_specialist(struct octets list);
bool floors_are_changes(struct octets list);

void floors_put_change(struct writer *writer, const struct floor_change *change);

#endif
