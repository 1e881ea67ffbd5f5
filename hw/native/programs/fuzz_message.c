// What the language promises about any octets: no read outside them, views within them, limits
// kept, and what was read can be written again as it was. For libFuzzer.
#include "gbcs/activation.h"
#include "gbcs/device_certificates.h"
#include "gbcs/message.h"
#include "gbcs/protected_read.h"
#include "gbcs/security_credentials.h"
#include "gbcs/times.h"
#include "gbcs/update_credentials.h"
#include "gbcs/utrn.h"
#include "gbcs/zcl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 16384 };

static uint8_t room[ROOM];

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void require_within(struct octets part, struct octets whole)
{
    require(part.at == NULL
            || (part.at >= whole.at && part.length <= whole.length
                && part.at + part.length <= whole.at + whole.length));
}

// Such a message can be written again from its fields, up to its payload.
static void rewrite(const struct message *message)
{
    struct writer writer = writer_over(room, sizeof room);
    message_put_header(&writer, message);
    put_octets(&writer, message->payload.at, message->payload.length);
    require(!writer.overflowed && writer.length == message->signed_octets.length + 1
            && memcmp(room + 1, message->signed_octets.at, writer.length - 1) == 0);
}

static void read_message(struct octets octets)
{
    struct message message;
    if (!message_parse(octets, &message)) {
        return;
    }
    const struct octets parts[] = {
        message.grouped, message.signed_octets, message.date_time, message.supplementary,
        message.payload, octets_of(message.originator, ENTITY_OCTETS),
        octets_of(message.target, ENTITY_OCTETS), octets_of(message.signature, 64),
        octets_of(message.mac, 12),
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        require_within(parts[i], octets);
    }
    rewrite(&message);
}

static void walk_floors(struct octets content)
{
    struct der list = der_over(content);
    struct floor_change change;
    size_t count = 0;
    struct writer writer = writer_over(room, sizeof room);
    while (floors_next_change(&list, &change)) {
        floors_put_change(&writer, &change);
        count++;
    }
    require(der_finished(&list) && count <= MAX_FLOOR_CHANGES);
    require(octets_equal(written(&writer), content));
}

static void answer(const struct update_command *command)
{
    static struct replacement_outcome outcomes[MAX_REPLACEMENTS];
    for (size_t i = 0; i < command->count; i++) {
        outcomes[i].cell = command->replacements[i].cell;
    }
    struct execution_outcome outcome = {
        &command->control, command->control.mode, ROLE_OTHER, command->count, outcomes,
    };
    struct writer writer = writer_over(room, sizeof room);
    update_response_put(&writer, &outcome);
    update_alert_put(&writer, 0x8F66, command->execution, &outcome);
    struct der both = der_over(written(&writer));
    der_next(&both, DER_SEQUENCE);
    der_next(&both, DER_SEQUENCE);
    require(!writer.overflowed && der_finished(&both) && writer.length < 2 * 2800);
}

static void read_update(struct octets payload)
{
    static struct update_command command;
    if (!update_command_decode(payload, &command)) {
        return;
    }
    require(command.count <= MAX_REPLACEMENTS && command.path_count <= MAX_PATH_CERTIFICATES
            && command.control.mode < MODES && command.execution <= TIMES_NEVER);
    for (size_t i = 0; i < command.count; i++) {
        require_within(command.replacements[i].certificate, payload);
        require(command.replacements[i].certificate.length >= 2);
    }
    for (size_t i = 0; i < command.path_count; i++) {
        require_within(command.path[i], payload);
    }
    require_within(command.control.symmetric_key, payload);
    if (command.control.other_changes.at != NULL) {
        walk_floors(command.control.other_changes);
    }
    answer(&command);
}

static void read_queries(struct octets payload)
{
    struct credentials_query query;
    int16_t usage;
    if (credentials_query_decode(payload, &query)) {
        require(query.count <= MAX_ROLES);
    }
    if (key_usage_query_decode(payload, &usage)) {
        require(usage == -1 || usage == KEY_USAGE_DIGITAL_SIGNATURE
                || usage == KEY_USAGE_KEY_AGREEMENT);
    }
    certificate_command_decode(payload);
}

static void read_access(struct octets payload)
{
    static struct access_request request;
    struct protected_read read;
    const uint8_t entity[ENTITY_OCTETS] = {0};
    const struct protection_titles titles = {0, entity, entity};
    // The counter is in the payload: else nearly no input gets behind it.
    const uint64_t counter = payload.length >= 5 ? read_be32(payload.at + 1) & 0xFFFFFF : 0;
    if (access_request_decode(payload, counter, &request)) {
        require(request.count >= 1 && request.count <= MAX_ACCESS_ITEMS);
        for (size_t i = 0; i < request.count; i++) {
            struct octets rest = request.items[i].data;
            require_within(rest, payload);
            require_within(octets_of(request.items[i].instance, INSTANCE_OCTETS), payload);
            require(dlms_skip(&rest) && rest.length == 0);
            protected_read_decode(request.items[i].data, &titles, &read);
        }
    }
    if (protected_read_decode(payload, &titles, &read)) {
        require(read.count >= 1 && read.count <= MAX_PROTECTED_OBJECTS);
    }
}

static void read_uses(struct octets payload)
{
    struct zcl_frame frame;
    struct activation activation;
    struct utrn utrn;
    read_access(payload);
    if (zcl_decode(payload, &frame)) {
        require_within(frame.payload, payload);
    }
    if (activation_decode(payload, &activation)) {
        require_within(octets_of(activation.image_hash, IMAGE_HASH_OCTETS), payload);
        require(activation.execution <= TIMES_NEVER);
    }
    if (payload.length >= UTRN_DIGITS && utrn_read(payload.at, &utrn)) {
        require(utrn.counter < 1024 && utrn.value_class < 4 && utrn.value < 8192);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets octets = octets_of(data, size);
    struct message message;
    read_message(octets);
    read_update(octets);
    read_queries(octets);
    read_uses(octets);
    if (message_parse(octets, &message)) {
        read_uses(message.payload);
        read_update(message.payload);
        read_queries(message.payload);
    }
    return 0;
}
