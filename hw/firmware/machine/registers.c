#include "machine/registers.h"

#include "gbcs/activation.h"
#include "gbcs/dlms.h"
#include "gbcs/zcl.h"
#include "generated/layout.h"
#include "machine/meter.h"
#include "machine/store.h"

static bool is_of(const uint8_t *body, const struct object_name *object)
{
    return is_object(object, read_le16(body + REGISTER_INTERFACE_AT), body + REGISTER_INSTANCE_AT,
                     read_le16(body + REGISTER_ATTRIBUTE_AT))
        && body[REGISTER_IS_COMMAND_AT] == object->is_command;
}

// Of several of one name the last one counts.
static const uint8_t *find(const struct object_name *object)
{
    const uint8_t *body, *found = NULL;
    int32_t place = -1;
    while (store_next(RECORD_REGISTER, &place, &body)) {
        if (is_of(body, object)) {
            found = body;
        }
    }
    return found;
}

// The version of the firmware that runs, as an octet string.
static struct octets firmware_version(uint8_t tag)
{
    static uint8_t value[2 + FIRMWARE_VERSION_OCTETS];
    value[0] = tag;
    value[1] = FIRMWARE_VERSION_OCTETS;
    memcpy(value + 2, state_meter() + METER_FIRMWARE_VERSION_AT, FIRMWARE_VERSION_OCTETS);
    return octets_of(value, sizeof value);
}

uint8_t object_read(const struct object_name *object, uint8_t undefined, struct octets *value)
{
    const uint8_t *body = find(object);
    if (body != NULL && body[REGISTER_RESULT_AT] != 0) {
        return body[REGISTER_RESULT_AT];
    }
    if (object == &use_objects[OBJECT_ELECTRICITY_FIRMWARE]) {
        *value = firmware_version(DLMS_OCTET_STRING);
    } else if (object == &use_objects[OBJECT_GAS_FIRMWARE]) {
        *value = firmware_version(ZCL_OCTET_STRING);
    } else if (body != NULL) {
        *value = octets_of(body + REGISTER_DATA_AT, read_le16(body + REGISTER_LENGTH_AT));
    } else {
        return undefined;
    }
    return 0;
}
