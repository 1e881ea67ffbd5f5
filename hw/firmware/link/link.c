#include "link/link.h"

#include "board.h"
#include "link/boot_record.h"
#include "link/cut.h"
#include "link/events.h"
#include "link/frame.h"
#include "link/link_types.h"
#include "link/provision.h"
#include "link/requests.h"
#include "link/statistics.h"
#include "machine/clock.h"

// The last request and its answer, for when it comes again.
static struct {
    bool is_held;
    uint8_t sequence;
    uint32_t check;
    uint8_t answer_type;
    struct writer answer;
} last;

static uint8_t answer_octets[MAX_ANSWER_OCTETS];
static bool is_rejecting;

// What stood on the line when the board started anew was meant for the run before: the host has
// been told, or will be, that it was not carried out. HELLO says that the host knows.
static bool is_greeted;

static const struct octets nothing = {NULL, 0};

void link_start(const struct link_boot *boot)
{
    frame_start();
    cut_start();
    events_start();
    provision_start();
    clock_start(board_milliseconds());
    boot_record_start(boot);
    memset(&count_of, 0, sizeof count_of);
    memset(&last, 0, sizeof last);
    is_rejecting = false;
    is_greeted = false;
    struct writer record = writer_over(answer_octets, sizeof answer_octets);
    put_boot_record(&record);
    frame_send(FRAME_BOOT, 0, written(&record));
}

static void send_answer(void)
{
    frame_send(last.answer_type, last.sequence, written(&last.answer));
}

static enum decline_reason carry_out(const struct frame *frame)
{
    if (!is_greeted && frame->type != REQUEST_HELLO) {
        return DECLINE_NOT_GREETED;
    }
    const struct request *request = request_of(frame->type);
    if (request == NULL) {
        return DECLINE_UNKNOWN_TYPE;
    }
    if (frame->payload.length < request->min_octets
        || frame->payload.length > request->max_octets) {
        return DECLINE_BAD_LENGTH;
    }
    if (request->is_slow) {
        frame_send(FRAME_WORKING, frame->sequence, nothing);
    }
    return request->carry_out(frame->payload, &last.answer);
}

static void answer(const struct frame *frame)
{
    last.answer = writer_over(answer_octets, sizeof answer_octets);
    last.answer_type = frame->type | ANSWER_BIT;
    enum decline_reason reason = carry_out(frame);
    if (reason != DECLINE_NOTHING) {
        uint8_t declined[2] = {frame->type, (uint8_t)reason};
        last.answer = writer_over(answer_octets, sizeof answer_octets);
        last.answer_type = FRAME_DECLINED;
        put_octets(&last.answer, declined, sizeof declined);
    }
    is_greeted = is_greeted || reason == DECLINE_NOTHING;
    last.is_held = frame->type != REQUEST_HELLO;
    last.sequence = frame->sequence;
    last.check = frame->check;
    send_answer();
    if (frame->type == REQUEST_RESET && reason == DECLINE_NOTHING) {
        board_reset();
    }
}

static void take_frame(const struct frame *frame)
{
    is_rejecting = false;
    if (frame->type >= ANSWER_BIT) {
        count_of.ignored_frames++;
        return;
    }
    count_of.good_frames++;
    if (frame->type == REQUEST_EVENT_ACK) {
        events_acknowledge(frame->sequence);
    } else if (last.is_held && last.sequence == frame->sequence && last.check == frame->check) {
        count_of.repeated_answers++;
        send_answer();
    } else {
        answer(frame);
    }
}

// Once, then silence until a good frame: a line full of noise costs one frame.
static void reject(enum frame_event event)
{
    count_of.bad_frames++;
    if (!is_rejecting) {
        uint8_t reason = (uint8_t)(event - 1);
        is_rejecting = true;
        count_of.rejects++;
        frame_send(FRAME_REJECT, 0, octets_of(&reason, 1));
    }
}

void link_take(uint8_t octet)
{
    struct frame frame;
    enum frame_event event = frame_take(octet, &frame);
    if (event == FRAME_GOOD) {
        take_frame(&frame);
    } else if (event != FRAME_NONE) {
        reject(event);
    }
}

void link_time_passes(void)
{
    events_time_passes();
}

void link_poll(void)
{
    int octet = board_receive();
    if (octet >= 0) {
        link_take((uint8_t)octet);
    }
    link_time_passes();
}
