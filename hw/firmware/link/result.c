#include "link/result.h"

#include "link/statistics.h"

enum decline_reason put_result(struct writer *writer, const struct effects *effects,
                               uint32_t ticks)
{
    uint8_t head[6] = {effects->reason, effects->count};
    write_le(head + 2, ticks, 4);
    put_octets(writer, head, sizeof head);
    for (size_t i = 0; i < effects->count; i++) {
        uint8_t length[2];
        write_le(length, effects->messages[i].length, sizeof length);
        put_octets(writer, length, sizeof length);
        put_octets(writer, effects->messages[i].at, effects->messages[i].length);
    }
    count_of.last_ticks = ticks;
    return writer->overflowed ? DECLINE_NO_ROOM : DECLINE_NOTHING;
}
