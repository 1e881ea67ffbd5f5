#include "gbcs/update_credentials.h"

#include "gbcs/times.h"

// Context tags of AuthorisingRemotePartyControl.
enum {
    SYMMETRIC_KEY = DER_CONTEXT,
    TIME_CHECKS = DER_CONTEXT + 1,
    AUTHORISING_CELL = DER_CONTEXT + DER_CONSTRUCTED + 2,
    COUNTER = DER_CONTEXT + 3,
    FLOOR = DER_CONTEXT + 4,
    SPECIALIST_FLOORS = DER_CONTEXT + DER_CONSTRUCTED + 5,
    OTHER_CHANGES = DER_CONTEXT + DER_CONSTRUCTED + 6,
};

enum { DISAPPLY = 1, SUBJECT_OCTETS = IDENTIFIERS_OCTETS / 2 };

static void read_control(struct der *der, struct update_control *control)
{
    struct octets content;
    uint64_t mode = der_next_number(der, DER_INTEGER);
    control->mode = (uint8_t)mode;
    der_optional(der, SYMMETRIC_KEY, &control->symmetric_key);
    control->time_checks = !der_optional(der, TIME_CHECKS, &content);
    uint64_t check;
    // The DEFAULT, to apply them, is not encoded (X.690 11.5).
    bool is_good = mode < MODES
        && (control->time_checks || (der_number(content, &check) && check == DISAPPLY));
    if (der_optional(der, AUTHORISING_CELL, &content)) {
        struct der inside = der_over(content);
        control->has_cell = true;
        control->cell = cells_read_id(&inside);
        der_leave(der, &inside);
    }
    control->counter = der_next_number(der, COUNTER);
    if (der_optional(der, FLOOR, &content)) {
        control->has_floor = true;
        is_good = is_good && der_number(content, &control->floor);
    }
    if (der_optional(der, SPECIALIST_FLOORS, &control->specialist_floors)) {
        is_good = is_good && floors_are_specialist(control->specialist_floors);
    }
    if (der_optional(der, OTHER_CHANGES, &control->other_changes)) {
        is_good = is_good && floors_are_changes(control->other_changes);
    }
    der->failed = der->failed || !is_good;
}

static void read_replacements(struct der *der, struct update_command *command)
{
    while (der_more(der)) {
        struct der item = der_enter(der, DER_SEQUENCE);
        struct element certificate;
        der_any(&item, &certificate, true);
        struct der cell = der_enter(&item, DER_SEQUENCE);
        uint16_t id = cells_read_id(&cell);
        der_leave(&item, &cell);
        der_leave(der, &item);
        if (command->count == MAX_REPLACEMENTS) {
            der->failed = true;
            return;
        }
        command->replacements[command->count++] = (struct replacement){certificate.whole, id};
    }
}

static void read_path(struct der *der, struct update_command *command)
{
    struct element certificate;
    while (der_more(der) && der_any(der, &certificate, true)) {
        if (command->path_count == MAX_PATH_CERTIFICATES) {
            der->failed = true;
            return;
        }
        command->path[command->path_count++] = certificate.whole;
    }
}

bool update_control_decode(struct octets payload, struct update_control *control)
{
    struct der outer = der_over(payload);
    struct der der = der_enter(&outer, DER_SEQUENCE);
    struct der part = der_enter(&der, DER_SEQUENCE);
    memset(control, 0, sizeof *control);
    read_control(&part, control);
    der_leave(&der, &part);
    return !der.failed && der_finished(&outer);
}

bool update_command_decode(struct octets payload, struct update_command *command)
{
    struct der outer = der_over(payload);
    struct der der = der_enter(&outer, DER_SEQUENCE);
    struct octets execution;
    memset(command, 0, sizeof *command);

    struct der part = der_enter(&der, DER_SEQUENCE);
    read_control(&part, &command->control);
    der_leave(&der, &part);

    part = der_enter(&der, DER_SEQUENCE);
    read_replacements(&part, command);
    der_leave(&der, &part);

    part = der_enter(&der, DER_SEQUENCE);
    read_path(&part, command);
    der_leave(&der, &part);

    command->has_execution = der_optional(&der, DER_GENERALIZED_TIME, &execution);
    if (command->has_execution
        && !der_time(DER_GENERALIZED_TIME, execution, &command->execution)) {
        return false;
    }
    der_leave(&outer, &der);
    return der_finished(&outer);
}

static void put_outcome(struct writer *writer, const struct replacement_outcome *outcome)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    cells_put_id(writer, outcome->cell);
    der_put(writer, DER_ENUMERATED, &outcome->status, 1);
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *identifiers = i < 2 ? outcome->existing : outcome->replacing;
        der_put(writer, DER_OCTET_STRING, identifiers + i % 2 * SUBJECT_OCTETS, SUBJECT_OCTETS);
    }
    der_end(writer, start);
}

static void put_execution(struct writer *writer, const struct execution_outcome *outcome)
{
    const struct update_control *control = outcome->control;
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, control->counter);
    der_put_number(writer, DER_INTEGER, outcome->mode);
    size_t list = der_begin(writer, DER_SEQUENCE);
    if (control->has_floor) {
        struct floor_change own = {
            outcome->authorising_role, control->floor, control->specialist_floors,
        };
        floors_put_change(writer, &own);
    }
    put_octets(writer, control->other_changes.at, control->other_changes.length);
    der_end(writer, list);
    list = der_begin(writer, DER_SEQUENCE);
    for (size_t i = 0; i < outcome->count; i++) {
        put_outcome(writer, &outcome->outcomes[i]);
    }
    der_end(writer, list);
    der_end(writer, start);
}

void update_response_put(struct writer *writer, const struct execution_outcome *outcome)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put(writer, DER_NULL, NULL, 0);
    if (outcome != NULL) {
        put_execution(writer, outcome);
    }
    der_end(writer, start);
}

void update_alert_put(struct writer *writer, uint16_t alert_code, int64_t execution,
                      const struct execution_outcome *outcome)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, alert_code);
    size_t time = der_begin(writer, DER_GENERALIZED_TIME);
    times_put_digits(writer, execution);
    put_octet(writer, 'Z');
    der_end(writer, time);
    put_execution(writer, outcome);
    der_end(writer, start);
}
