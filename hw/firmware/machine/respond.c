#include "machine/respond.h"

#include "gbcs/alerts.h"
#include "gbcs/axdr.h"
#include "gbcs/times.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/clock.h"
#include "machine/state.h"
#include "machine/store.h"

// The longest that stands before a payload: the MAC header, then the grouping header.
enum { MAC_HEADER_ROOM = 15, HEADER_ROOM = MAC_HEADER_ROOM + MAX_HEADER_OCTETS };

enum { KEY_USAGE_SHIFT = 4 };

struct writer respond_payload(const struct writer *out)
{
    if (out->overflowed || out->capacity - out->length < HEADER_ROOM) {
        struct writer none = writer_over(NULL, 0);
        none.overflowed = true;
        return none;
    }
    size_t start = out->length + HEADER_ROOM;
    return writer_over(out->at + start, out->capacity - start);
}

// Appends header and payload; sets what was grouped and what is to be signed.
static bool put_message(struct writer *out, struct message *message, const struct writer *payload)
{
    if (payload->overflowed) {
        out->overflowed = true;
    }
    message->payload = written(payload);
    size_t start = out->length;
    message_put_header(out, message);
    if (out->overflowed || payload->length > out->capacity - out->length) {
        out->overflowed = true;
        return false;
    }
    memmove(out->at + out->length, payload->at, payload->length);
    out->length += payload->length;
    message->grouped = octets_of(out->at + start, out->length - start);
    return true;
}

static struct octets sign(struct writer *out, struct message *message,
                          const struct writer *payload)
{
    uint8_t digest[DIGEST_OCTETS];
    uint8_t signature[1 + SIGNATURE_OCTETS] = {SIGNATURE_OCTETS};
    size_t start = out->length;
    const uint8_t *key = store_body(
        RECORD_DEVICE_KEY, KEY_USAGE_DIGITAL_SIGNATURE << KEY_USAGE_SHIFT | KEY_STATE_ACTIVE);
    if (key == NULL || !put_message(out, message, payload)) {
        return octets_of(NULL, 0);
    }
    // From the octet after DF.
    crypto_sha256(octets_of(message->grouped.at + 1, message->grouped.length - 1), digest);
    crypto_sign(key + DEVICE_KEY_PRIVATE_KEY_AT, digest, signature + 1);
    put_octets(out, signature, sizeof signature);
    return out->overflowed ? octets_of(NULL, 0)
                           : octets_of(out->at + start, out->length - start);
}

static struct message response_to(const struct message *command)
{
    return (struct message){
        .cra = CRA_RESPONSE,
        .counter = command->counter,
        .originator = command->target,
        .target = command->originator,
        .code = command->code,
        .supplementary = command->supplementary,
    };
}

// The clock's date-time.
static struct octets put_stamp(uint8_t stamp[DATE_TIME_OCTETS])
{
    struct clock_reading now = clock_now();
    struct writer writer = writer_over(stamp, DATE_TIME_OCTETS);
    times_put_stamp(&writer, now.seconds, clock_statuses[now.reliability]);
    return written(&writer);
}

struct octets respond_signed(struct writer *out, const struct message *command,
                             const struct writer *payload, bool is_stamped)
{
    uint8_t stamp[DATE_TIME_OCTETS];
    struct message response = response_to(command);
    if (is_stamped) {
        response.date_time = put_stamp(stamp);
    }
    return sign(out, &response, payload);
}

static struct octets put_mac(struct writer *out, struct message *message,
                             const struct writer *payload, const uint8_t secret[SECRET_OCTETS])
{
    uint8_t mac[MAC_OCTETS];
    size_t start = out->length;
    message->payload = written(payload);
    // With an empty signature field at the end.
    message_put_mac_header(out, message_header_octets(message) + payload->length + 1);
    if (!put_message(out, message, payload)) {
        return octets_of(NULL, 0);
    }
    put_octet(out, 0);
    message->grouped.length++;
    message_mac(message, secret, mac);
    put_octets(out, mac, sizeof mac);
    return out->overflowed ? octets_of(NULL, 0)
                           : octets_of(out->at + start, out->length - start);
}

struct octets respond_maced(struct writer *out, const struct message *command,
                            const struct writer *payload, const uint8_t secret[SECRET_OCTETS],
                            bool is_stamped)
{
    uint8_t stamp[DATE_TIME_OCTETS];
    struct message response = response_to(command);
    if (is_stamped) {
        response.date_time = put_stamp(stamp);
    }
    return put_mac(out, &response, payload, secret);
}

static struct message alert_of(uint16_t code, uint64_t counter, const uint8_t *recipient)
{
    return (struct message){
        .cra = CRA_ALERT,
        .counter = counter,
        .originator = state_entity(),
        .target = recipient,
        .code = code,
    };
}

struct octets respond_alert(struct writer *out, uint16_t code, uint64_t counter,
                            const uint8_t recipient[ENTITY_OCTETS], const struct writer *payload)
{
    struct message alert = alert_of(code, counter, recipient);
    return sign(out, &alert, payload);
}

// The payload of a generic alert, in the form of the device type.
static void put_alert(struct writer *payload, uint16_t alert_code, uint64_t counter)
{
    uint8_t stamp[DATE_TIME_OCTETS];
    if (state_device_type() == DEVICE_ESME) {
        put_stamp(stamp);
        alert_put_dlms(payload, alert_code, counter, stamp);
    } else {
        alert_put_gbz(payload, alert_code, clock_now().seconds);
    }
}

struct octets respond_critical_alert(struct writer *out, uint16_t alert_code, uint64_t counter,
                                     const uint8_t recipient[ENTITY_OCTETS])
{
    struct writer payload = respond_payload(out);
    put_alert(&payload, alert_code, counter);
    return respond_alert(out, CODE_GENERIC_CRITICAL_ALERT, counter, recipient, &payload);
}

struct octets respond_non_critical_alert(struct writer *out, uint16_t alert_code, uint64_t counter,
                                         const uint8_t recipient[ENTITY_OCTETS],
                                         const uint8_t secret[SECRET_OCTETS])
{
    struct message alert = alert_of(CODE_GENERIC_NON_CRITICAL_ALERT, counter, recipient);
    struct writer payload = respond_payload(out);
    put_alert(&payload, alert_code, counter);
    return put_mac(out, &alert, &payload, secret);
}
