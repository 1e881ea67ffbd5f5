#include "link/events.h"

#include "board.h"
#include "link/boot_record.h"
#include "link/frame.h"
#include "link/link_types.h"
#include "link/result.h"
#include "link/statistics.h"
#include "machine/clock.h"
#include "machine/machine.h"

enum { MAX_SENDINGS = 5, PAUSE_MILLISECONDS = 1000 };

static uint8_t octets[MAX_ANSWER_OCTETS];
static struct writer event;
static uint8_t sequence;
static uint8_t sendings;  // 0: no event waits
static uint32_t sent_at;

void events_start(void)
{
    sequence = 0;
    sendings = 0;
}

void events_acknowledge(uint8_t acknowledged)
{
    if (acknowledged == sequence) {
        sendings = 0;
    }
}

static void send_event(uint32_t now)
{
    frame_send(FRAME_EVENT, sequence, written(&event));
    sendings++;
    sent_at = now;
}

static void tick(uint32_t now)
{
    struct effects effects;
    uint32_t started = board_ticks();
    machine_tick(&effects);
    if (effects.count == 0) {
        return;
    }
    event = writer_over(octets, sizeof octets);
    count_of.events++;
    if (put_result(&event, &effects, board_ticks() - started) != DECLINE_NOTHING) {
        count_of.lost_events++;
        return;
    }
    sequence = (uint8_t)(sequence % 255 + 1);
    send_event(now);
}

void events_time_passes(void)
{
    uint32_t now = board_milliseconds();
    uint32_t seconds = clock_advance(now);
    if (sendings == 0) {
        if (seconds > 0 && boot_store_result() == STORE_OK) {
            tick(now);
        }
    } else if (now - sent_at >= PAUSE_MILLISECONDS) {
        if (sendings < MAX_SENDINGS) {
            send_event(now);
        } else {
            count_of.lost_events++;
            sendings = 0;
        }
    }
}
