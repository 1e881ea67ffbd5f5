#include "gbcs/protected_read.h"

#include "gbcs/message.h"

enum { OBJECT_OCTETS = 21, TITLES_OCTETS = 52 };

// Where what varies stands in an object: class, instance, attribute.
enum { CLASS_AT = 3, INSTANCE_AT = 7, ATTRIBUTE_AT = 14 };

// Protection parameters: authenticated and encrypted, with a key that both sides agree on.
static void put_titles(struct writer *writer, const struct protection_titles *titles)
{
    static const uint8_t kind[] = {DLMS_STRUCTURE, 2, DLMS_ENUM, 2, DLMS_STRUCTURE, 5};
    static const uint8_t key[] = {DLMS_OCTET_STRING, 0, DLMS_STRUCTURE, 2, DLMS_ENUM, 2,
                                  DLMS_STRUCTURE, 2, DLMS_OCTET_STRING, 1, 2,
                                  DLMS_OCTET_STRING, 0};
    uint8_t transaction[11] = {DLMS_OCTET_STRING, 9, 4};
    static const uint8_t title[] = {DLMS_OCTET_STRING, ENTITY_OCTETS};
    write_be(transaction + 3, titles->counter, 8);
    put_octets(writer, kind, sizeof kind);
    put_octets(writer, transaction, sizeof transaction);
    put_octets(writer, title, sizeof title);
    put_octets(writer, titles->originator, ENTITY_OCTETS);
    put_octets(writer, title, sizeof title);
    put_octets(writer, titles->recipient, ENTITY_OCTETS);
    put_octets(writer, key, sizeof key);
}

static bool read_object(struct octets *rest, struct protected_object *object)
{
    static const uint8_t form[OBJECT_OCTETS] = {
        DLMS_STRUCTURE, 5, DLMS_UNSIGNED_16, 0, 0, DLMS_OCTET_STRING, INSTANCE_OCTETS,
        0, 0, 0, 0, 0, 0, DLMS_INTEGER_8, 0, DLMS_UNSIGNED_16, 0, 0, DLMS_STRUCTURE, 2, DLMS_ENUM,
    };
    static const uint8_t behind[] = {0, 0};  // no restriction
    const uint8_t *at = axdr_take(rest, OBJECT_OCTETS);
    if (at == NULL) {
        return false;
    }
    for (size_t i = 0; i < OBJECT_OCTETS; i++) {
        const bool varies = i == CLASS_AT || i == CLASS_AT + 1 || i == ATTRIBUTE_AT
            || (i >= INSTANCE_AT && i < INSTANCE_AT + INSTANCE_OCTETS);
        if (!varies && at[i] != form[i]) {
            return false;
        }
    }
    object->class_id = read_be16(at + CLASS_AT);
    object->instance = at + INSTANCE_AT;
    object->attribute = at[ATTRIBUTE_AT];
    return axdr_expect(rest, behind, sizeof behind);
}

bool protected_read_decode(struct octets datum, const struct protection_titles *titles,
                           struct protected_read *read)
{
    static const uint8_t head[] = {DLMS_STRUCTURE, 2, DLMS_ARRAY};
    uint8_t tail[2 + TITLES_OCTETS];
    struct writer writer = writer_over(tail, sizeof tail);
    struct octets rest = datum;
    if (!axdr_expect(&rest, head, sizeof head) || !axdr_length(&rest, &read->count)
        || read->count < 1 || read->count > MAX_PROTECTED_OBJECTS) {
        return false;
    }
    for (size_t i = 0; i < read->count; i++) {
        if (!read_object(&rest, &read->objects[i])) {
            return false;
        }
    }
    put_octet(&writer, DLMS_ARRAY);
    put_octet(&writer, 1);
    put_titles(&writer, titles);
    return octets_equal(rest, written(&writer));
}

void protected_answer_begin(struct writer *writer, const struct protection_titles *titles,
                            size_t item_octets)
{
    static const uint8_t head[] = {DLMS_STRUCTURE, 2, DLMS_ARRAY, 1};
    put_octets(writer, head, sizeof head);
    put_titles(writer, titles);
    put_octet(writer, DLMS_OCTET_STRING);
    axdr_put_length(writer, item_octets);
}
