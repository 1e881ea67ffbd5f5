#include "gbcs/uses.h"

const struct use *use_of(uint16_t code)
{
    for (size_t i = 0; i < USES; i++) {
        if (uses[i].code == code) {
            return &uses[i];
        }
    }
    return NULL;
}

bool is_object(const struct object_name *object, uint16_t interface, const uint8_t *instance,
               uint16_t attribute)
{
    static const uint8_t none[sizeof object->instance];
    return object->interface == interface && object->attribute == attribute
        && memcmp(object->instance, instance != NULL ? instance : none, sizeof none) == 0;
}

const struct object_name *use_reaches(const struct use *use, uint16_t interface,
                                     const uint8_t *instance, uint16_t attribute)
{
    for (size_t i = 0; i < use->objects; i++) {
        const struct object_name *object = &use_objects[use->first_object + i];
        if (is_object(object, interface, instance, attribute)) {
            return object;
        }
    }
    return NULL;
}
