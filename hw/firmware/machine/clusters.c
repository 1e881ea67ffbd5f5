#include "machine/clusters.h"

#include "gbcs/sensitive.h"
#include "gbcs/zcl.h"
#include "generated/layout.h"
#include "machine/meter.h"
#include "machine/registers.h"
#include "machine/store.h"

enum { READ_ATTRIBUTES_RESPONSE = 0x01, SUPPLY_STATUS_RESPONSE = 0x0C };

// Payloads of commands, and where in them stands what is used.
enum {
    CHANGE_SUPPLY_OCTETS = 18,
    SUPPLY_PROVIDER_AND_EVENT_OCTETS = 8,
    SUPPLY_IMPLEMENTATION_AT = 12,
    SUPPLY_STATE_AT = 16,
    GET_SAMPLED_DATA_OCTETS = 9,
    CHANGE_OF_TENANCY_OCTETS = 17,
    TENANCY_IMPLEMENTATION_AT = 9,
    LAST_SUPPLY_STATE = 2,
};

// Attributes of the use with their values, the others with a status.
static void put_attributes(const struct asker *asker, const struct zcl_frame *frame,
                           struct writer *payload)
{
    for (size_t at = 0; at < frame->payload.length; at += 2) {
        const uint8_t *attribute = frame->payload.at + at;
        const struct object_name *object =
            use_reaches(asker->use, frame->cluster, NULL, read_le16(attribute));
        struct octets value = {NULL, 0};
        const uint8_t status = object == NULL
            ? ZCL_UNSUPPORTED_ATTRIBUTE
            : object_read(object, ZCL_UNSUPPORTED_ATTRIBUTE, &value);
        put_octets(payload, attribute, 2);
        put_octet(payload, status);
        put_octets(payload, value.at, value.length);
    }
}

static void put_encrypted(const struct asker *asker, const struct zcl_frame *frame,
                          struct writer *payload)
{
    uint8_t secret[SECRET_OCTETS];
    struct key_use reader;
    if (!reader_of(asker, &reader, secret)) {
        zcl_put_default(payload, frame, ZCL_NOT_AUTHORISED);
        return;
    }
    const size_t component = zcl_begin_encrypted(payload, frame->cluster, READ_ATTRIBUTES_RESPONSE);
    const uint8_t length[2] = {0};
    put_octets(payload, length, sizeof length);
    const size_t start = sensitive_begin(payload);
    put_attributes(asker, frame, payload);
    sensitive_end(payload, start, &reader, secret);
    crypto_wipe(secret, sizeof secret);
    zcl_end(payload, start - SENSITIVE_HEADER_OCTETS);
    zcl_end(payload, component);
}

static bool read_attributes(const struct asker *asker, const struct zcl_frame *frame,
                            struct writer *payload)
{
    const uint8_t header[] = {ZCL_FROM_SERVER, 0, READ_ATTRIBUTES_RESPONSE};
    const size_t octets = frame->payload.length;
    if (octets == 0 || octets % 2 != 0 || octets > 2 * MAX_READ_ATTRIBUTES) {
        return false;
    }
    if (asker->use->is_encrypted) {
        put_encrypted(asker, frame, payload);
        return true;
    }
    const size_t start = zcl_begin(payload, frame->cluster);
    put_octets(payload, header, sizeof header);
    put_attributes(asker, frame, payload);
    zcl_end(payload, start);
    return true;
}

static void change_supply(const struct zcl_frame *frame, struct writer *payload)
{
    const uint8_t header[] = {ZCL_TO_CLIENT, 0, SUPPLY_STATUS_RESPONSE};
    const uint8_t *asked = frame->payload.at;
    const uint8_t state = asked[SUPPLY_STATE_AT];
    if (state > LAST_SUPPLY_STATE) {
        zcl_put_default(payload, frame, ZCL_INVALID_FIELD);
        return;
    }
    changes_put_meter()[METER_SUPPLY_STATE_AT] = state;
    const size_t start = zcl_begin(payload, frame->cluster);
    put_octets(payload, header, sizeof header);
    put_octets(payload, asked, SUPPLY_PROVIDER_AND_EVENT_OCTETS);
    put_octets(payload, asked + SUPPLY_IMPLEMENTATION_AT, 4);
    put_octet(payload, state);
    zcl_end(payload, start);
}

static void change_tenancy(const struct zcl_frame *frame, struct writer *payload)
{
    memcpy(changes_put_meter() + METER_TENANCY_START_AT,
           frame->payload.at + TENANCY_IMPLEMENTATION_AT, METER_TENANCY_START_OCTETS);
    zcl_put_default(payload, frame, ZCL_SUCCESS);
}

// Octets of a command's payload.
static size_t octets_of_command(ptrdiff_t object)
{
    switch (object) {
    case OBJECT_CHANGE_SUPPLY:
        return CHANGE_SUPPLY_OCTETS;
    case OBJECT_CHANGE_OF_TENANCY:
        return CHANGE_OF_TENANCY_OCTETS;
    default:
        return GET_SAMPLED_DATA_OCTETS;
    }
}

static bool carry_out(const struct object_name *object, const struct zcl_frame *frame,
                      struct writer *payload)
{
    const ptrdiff_t which = object - use_objects;
    // No log of samples is simulated: a device has none, or a register says what else is wrong.
    const uint8_t without = which == OBJECT_GET_SAMPLED_DATA ? ZCL_NOT_FOUND : ZCL_SUCCESS;
    struct octets value;
    if (frame->payload.length != octets_of_command(which)) {
        return false;
    }
    const uint8_t status = object_read(object, without, &value);
    if (status != ZCL_SUCCESS) {
        zcl_put_default(payload, frame, status);
    } else if (which == OBJECT_CHANGE_SUPPLY) {
        change_supply(frame, payload);
    } else if (which == OBJECT_CHANGE_OF_TENANCY) {
        change_tenancy(frame, payload);
    } else {
        zcl_put_default(payload, frame, ZCL_NOT_FOUND);
    }
    return true;
}

static uint8_t control_of(const struct object_name *object)
{
    if (!object->is_command) {
        return ZCL_GLOBAL;
    }
    return object == &use_objects[OBJECT_CHANGE_OF_TENANCY] ? ZCL_TO_CLIENT : ZCL_OF_CLUSTER;
}

bool use_clusters(const struct asker *asker, struct writer *payload)
{
    const struct object_name *object = &use_objects[asker->use->first_object];
    struct zcl_frame frame;
    if (!zcl_decode(asker->message->payload, &frame)) {
        return false;
    }
    const uint16_t command = object->is_command ? object->attribute : ZCL_READ_ATTRIBUTES;
    if (frame.cluster != object->interface || frame.control != control_of(object)
        || frame.command != command) {
        zcl_put_default(payload, &frame, ZCL_UNSUPPORTED_COMMAND);
        return true;
    }
    return object->is_command ? carry_out(object, &frame, payload)
                              : read_attributes(asker, &frame, payload);
}
