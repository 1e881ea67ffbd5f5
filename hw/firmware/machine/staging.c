#include "machine/staging.h"

#include "machine/changes.h"
#include "machine/entries.h"
#include "machine/store.h"

enum staging stage_record(uint8_t kind, uint16_t index, struct octets body)
{
    if (body_octets(kind) == 0) {
        return STAGING_BAD_KIND;
    }
    if (body.length != body_octets(kind)) {
        return STAGING_BAD_LENGTH;
    }
    memcpy(changes_put(kind, index), body.at, body.length);
    return changes_overflowed() ? STAGING_NO_ROOM : STAGED;
}
