#include "gbcs/dlms_data.h"

// What follows a tag: so many octets, or a count of octets, bits or data, or a type and octets.
enum { COMPACT = 0xFB, COMPOUND = 0xFC, BITS = 0xFD, COUNTED = 0xFE, UNKNOWN = 0xFF };

static uint8_t layout_of(uint8_t tag)
{
    static const uint8_t layouts[] = {
        [DLMS_NULL] = 0,
        [DLMS_ARRAY] = COMPOUND,
        [DLMS_STRUCTURE] = COMPOUND,
        [0x03] = 1,  // boolean
        [0x04] = BITS,
        [0x05] = 4,  // integer, and as unsigned
        [DLMS_UNSIGNED_32] = 4,
        [0x07] = UNKNOWN,
        [0x08] = UNKNOWN,
        [DLMS_OCTET_STRING] = COUNTED,
        [0x0A] = COUNTED,  // visible string
        [0x0B] = UNKNOWN,
        [0x0C] = COUNTED,  // UTF-8 string
        [0x0D] = 1,        // two decimal digits
        [0x0E] = UNKNOWN,
        [DLMS_INTEGER_8] = 1,
        [0x10] = 2,
        [0x11] = 1,
        [DLMS_UNSIGNED_16] = 2,
        [0x13] = COMPACT,
        [0x14] = 8,
        [0x15] = 8,
        [DLMS_ENUM] = 1,
        [0x17] = 4,   // floating point
        [0x18] = 8,
        [0x19] = 12,  // date and time, date, time
        [0x1A] = 5,
        [0x1B] = 4,
    };
    return tag < sizeof layouts ? layouts[tag] : UNKNOWN;
}

// Data, or descriptions of types, that are still to come on one level.
struct level {
    size_t left;
    bool of_types;
    bool is_compact;  // behind the last one stand the octets of a compact array
};

struct walk {
    struct octets *rest;
    struct level levels[MAX_DATA_DEPTH + 1];
    size_t depth;
    size_t budget;  // a few octets must not ask for endless work
};

static bool descend(struct walk *walk, struct level level)
{
    if (level.left == 0) {
        return true;
    }
    if (walk->depth == MAX_DATA_DEPTH) {
        return false;
    }
    walk->levels[++walk->depth] = level;
    return true;
}

static bool step_over_datum(struct walk *walk, uint8_t tag)
{
    size_t length = layout_of(tag);
    if (length == COMPACT) {
        return descend(walk, (struct level){1, true, true});
    }
    if (length >= COMPOUND && length < UNKNOWN) {
        const size_t layout = length;
        if (!axdr_length(walk->rest, &length)) {
            return false;
        }
        if (layout == COMPOUND) {
            return descend(walk, (struct level){length, false, false});
        }
        length = layout == BITS ? (length + 7) / 8 : length;
    } else if (length == UNKNOWN) {
        return false;
    }
    return axdr_take(walk->rest, length) != NULL;
}

static bool step_over_type(struct walk *walk, uint8_t tag)
{
    size_t count;
    if (tag == DLMS_ARRAY) {  // its size, then the type of its elements
        return axdr_take(walk->rest, 2) != NULL && descend(walk, (struct level){1, true, false});
    }
    if (tag == DLMS_STRUCTURE) {
        return axdr_length(walk->rest, &count)
            && descend(walk, (struct level){count, true, false});
    }
    return layout_of(tag) != UNKNOWN;
}

static bool leave_finished(struct walk *walk)
{
    struct octets content;
    while (walk->depth > 0 && walk->levels[walk->depth].left == 0) {
        const bool is_compact = walk->levels[walk->depth].is_compact;
        walk->depth--;
        if (is_compact && !axdr_counted(walk->rest, &content)) {
            return false;
        }
    }
    return true;
}

bool dlms_skip(struct octets *rest)
{
    struct walk walk = {.rest = rest, .levels = {{1, false, false}}, .budget = MAX_DATA_VALUES};
    while (walk.levels[walk.depth].left > 0) {
        struct level *level = &walk.levels[walk.depth];
        const uint8_t *tag = axdr_take(rest, 1);
        if (tag == NULL || walk.budget-- == 0) {
            return false;
        }
        level->left--;
        if (!(level->of_types ? step_over_type(&walk, *tag) : step_over_datum(&walk, *tag))
            || !leave_finished(&walk)) {
            return false;
        }
    }
    return true;
}
