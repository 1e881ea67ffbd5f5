#include "machine/blank.h"

#include "board.h"
#include "generated/geometry.h"

bool is_blank(const uint8_t *octets, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        if (octets[i] != board_geometry.erased_value) {
            return false;
        }
    }
    return true;
}
