#include "machine/respond.h"

#include "gbcs/alerts.h"
#include "gbcs/times.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/clock.h"
#include "machine/store.h"

// The longest that stands before a payload: the MAC header, then the grouping header.
enum { MAC_HEADER_ROOM = 15, HEADER_ROOM = MAC_HEADER_ROOM + BARE_HEADER_OCTETS + DATE_TIME_OCTETS + 3 };

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
    };
}

struct octets respond_signed(struct writer *out, const struct message *command,
                             const struct writer *payload, bool is_stamped)
{
    uint8_t stamp[DATE_TIME_OCTETS];
    struct message response = response_to(command);
    if (is_stamped) {
        struct clock_reading now = clock_now();
        struct writer writer = writer_over(stamp, sizeof stamp);
        times_put_stamp(&writer, now.seconds, clock_statuses[now.reliability]);
        response.date_time = written(&writer);
    }
    return sign(out, &response, payload);
}

struct octets respond_maced(struct writer *out, const struct message *command,
                            const struct writer *payload, const uint8_t secret[SECRET_OCTETS])
{
    struct message response = response_to(command);
    uint8_t mac[MAC_OCTETS];
    size_t start = out->length;
    // With an empty signature field at the end.
    message_put_mac_header(out, BARE_HEADER_OCTETS + message_length_octets(payload->length)
                                    + payload->length + 1);
    if (!put_message(out, &response, payload)) {
        return octets_of(NULL, 0);
    }
    put_octet(out, 0);
    response.grouped.length++;
    message_mac(&response, secret, mac);
    put_octets(out, mac, sizeof mac);
    return out->overflowed ? octets_of(NULL, 0)
                           : octets_of(out->at + start, out->length - start);
}

struct octets respond_alert(struct writer *out, uint16_t code, uint64_t counter,
                            const uint8_t recipient[ENTITY_OCTETS], const struct writer *payload)
{
    const uint8_t *identity = store_body(RECORD_IDENTITY, 0);
    struct message alert = {
        .cra = CRA_ALERT,
        .counter = counter,
        .originator = identity + IDENTITY_ENTITY_AT,
        .target = recipient,
        .code = code,
    };
    return sign(out, &alert, payload);
}

struct octets respond_critical_alert(struct writer *out, uint16_t alert_code, uint64_t counter,
                                     const uint8_t recipient[ENTITY_OCTETS])
{
    const uint8_t *identity = store_body(RECORD_IDENTITY, 0);
    struct clock_reading now = clock_now();
    struct writer payload = respond_payload(out);
    if (identity[IDENTITY_DEVICE_TYPE_AT] == DEVICE_ESME) {
        uint8_t stamp[DATE_TIME_OCTETS];
        struct writer writer = writer_over(stamp, sizeof stamp);
        times_put_stamp(&writer, now.seconds, clock_statuses[now.reliability]);
        alert_put_dlms(&payload, alert_code, counter, stamp);
    } else {
        alert_put_gbz(&payload, alert_code, now.seconds);
    }
    return respond_alert(out, CODE_GENERIC_CRITICAL_ALERT, counter, recipient, &payload);
}
