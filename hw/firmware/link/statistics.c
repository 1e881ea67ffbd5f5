#include "link/statistics.h"

#include "board.h"
#include "link/cut.h"

struct link_counts count_of;

void put_statistics(struct writer *writer)
{
    struct cut_counts operations = cut_counts();
    const uint32_t values[] = {
        count_of.good_frames, count_of.bad_frames,  count_of.ignored_frames,
        count_of.repeated_answers, count_of.rejects, count_of.events,
        count_of.lost_events, operations.programs,  operations.erases,
        board_stack_octets(), count_of.last_ticks,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint8_t octets[4];
        write_le(octets, values[i], sizeof octets);
        put_octets(writer, octets, sizeof octets);
    }
}
