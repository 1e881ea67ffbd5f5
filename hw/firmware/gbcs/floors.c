#include "gbcs/floors.h"

enum { PREPAYMENT_TOP_UP = 0 };

bool floors_next_specialist(struct der *list, uint64_t *floor)
{
    if (!der_more(list)) {
        return false;
    }
    struct der inside = der_enter(list, DER_SEQUENCE);
    if (der_next_number(&inside, DER_INTEGER) != PREPAYMENT_TOP_UP) {
        inside.failed = true;
    }
    *floor = der_next_number(&inside, DER_INTEGER);
    der_leave(list, &inside);
    return !list->failed;
}

bool floors_next_change(struct der *list, struct floor_change *change)
{
    if (!der_more(list)) {
        return false;
    }
    struct der inside = der_enter(list, DER_SEQUENCE);
    change->role = cells_next_role(&inside);
    change->floor = der_next_number(&inside, DER_INTEGER);
    if (der_optional(&inside, DER_SEQUENCE, &change->specialist_floors)
        && !floors_are_specialist(change->specialist_floors)) {
        inside.failed = true;
    }
    der_leave(list, &inside);
    return !list->failed;
}

bool floors_are_specialist(struct octets list)
{
    struct der values = der_over(list);
    uint64_t floor;
    size_t count = 0;
    while (floors_next_specialist(&values, &floor)) {
        count++;
    }
    return !values.failed && count <= MAX_SPECIALIST_FLOORS;
}

bool floors_are_changes(struct octets list)
{
    struct der values = der_over(list);
    struct floor_change change;
    size_t count = 0;
    while (floors_next_change(&values, &change)) {
        count++;
    }
    return !values.failed && count <= MAX_FLOOR_CHANGES;
}

void floors_put_change(struct writer *writer, const struct floor_change *change)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, change->role);
    der_put_number(writer, DER_INTEGER, change->floor);
    if (change->specialist_floors.at != NULL) {
        der_put(writer, DER_SEQUENCE, change->specialist_floors.at,
                change->specialist_floors.length);
    }
    der_end(writer, start);
}
