#include "machine/access.h"

#include "gbcs/protected_read.h"
#include "gbcs/sensitive.h"
#include "machine/registers.h"

static SCRATCH struct access_request request;

// The values of the objects that one item asks for.
static uint8_t find_values(const struct use *use, const struct protected_read *read,
                           struct octets *values)
{
    for (size_t i = 0; i < read->count; i++) {
        const struct protected_object *named = &read->objects[i];
        const struct object_name *object =
            use_reaches(use, named->class_id, named->instance, named->attribute);
        const uint8_t result = object == NULL
            ? ACCESS_UNDEFINED
            : object_read(object, ACCESS_UNDEFINED, &values[i]);
        if (result != 0) {
            return result;
        }
    }
    return ACCESS_DONE;
}

static void put_values(struct writer *payload, const struct octets *values, size_t count)
{
    put_octet(payload, DLMS_STRUCTURE);
    put_octet(payload, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        put_octets(payload, values[i].at, values[i].length);
    }
}

static uint8_t read_protected(const struct asker *asker, const struct access_item *item,
                              struct writer *payload)
{
    const struct message *message = asker->message;
    const struct protection_titles asked = {message->counter, message->originator,
                                            message->target};
    const struct protection_titles answered = {message->counter, message->target,
                                               message->originator};
    struct octets values[MAX_PROTECTED_OBJECTS];
    uint8_t secret[SECRET_OCTETS];
    struct protected_read read;
    struct key_use reader;
    size_t octets = SENSITIVE_OVERHEAD_OCTETS + 2;
    if (!protected_read_decode(item->data, &asked, &read)) {
        return ACCESS_NOT_DONE;
    }
    if (!reader_of(asker, &reader, secret)) {
        return ACCESS_NOT_DONE;
    }
    const uint8_t result = find_values(asker->use, &read, values);
    if (result != ACCESS_DONE) {
        crypto_wipe(secret, sizeof secret);
        return result;
    }
    for (size_t i = 0; i < read.count; i++) {
        octets += values[i].length;
    }
    protected_answer_begin(payload, &answered, octets);
    const size_t start = sensitive_begin(payload);
    put_values(payload, values, read.count);
    sensitive_end(payload, start, &reader, secret);
    crypto_wipe(secret, sizeof secret);
    return ACCESS_DONE;
}

static uint8_t read_plain(const struct use *use, const struct access_item *item,
                          struct writer *payload)
{
    struct octets value;
    const struct object_name *object = item->kind != ACCESS_GET
        ? NULL
        : use_reaches(use, item->class_id, item->instance, item->attribute);
    const uint8_t result =
        object == NULL ? ACCESS_UNDEFINED : object_read(object, ACCESS_UNDEFINED, &value);
    if (result == ACCESS_DONE) {
        put_octets(payload, value.at, value.length);
    }
    return result;
}

// Writes the datum of one item's answer, unless it fails.
static uint8_t carry_out(const struct asker *asker, const struct access_item *item,
                         struct writer *payload)
{
    if (!asker->use->is_encrypted) {
        return read_plain(asker->use, item, payload);
    }
    const bool is_protection = item->kind == ACCESS_ACTION
        && is_object(&use_objects[OBJECT_DATA_PROTECTION], item->class_id, item->instance,
                     item->attribute);
    return is_protection ? read_protected(asker, item, payload) : ACCESS_UNDEFINED;
}

bool access_objects(const struct asker *asker, struct writer *payload)
{
    uint8_t results[MAX_ACCESS_ITEMS];
    uint8_t result = ACCESS_DONE;
    if (!access_request_decode(asker->message->payload, asker->message->counter, &request)) {
        return false;
    }
    access_response_begin(payload, asker->message->counter, request.count);
    for (size_t i = 0; i < request.count; i++) {
        result = result != ACCESS_DONE ? ACCESS_NOT_DONE
                                       : carry_out(asker, &request.items[i], payload);
        results[i] = result;
        if (result != ACCESS_DONE) {
            put_octet(payload, DLMS_NULL);
        }
    }
    axdr_put_length(payload, request.count);
    for (size_t i = 0; i < request.count; i++) {
        access_response_result(payload, request.items[i].kind, results[i]);
    }
    return true;
}
