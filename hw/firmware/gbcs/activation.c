#include "gbcs/activation.h"

#include "gbcs/times.h"

bool activation_decode(struct octets payload, struct activation *activation)
{
    struct der outer = der_over(payload);
    struct der der = der_enter(&outer, DER_SEQUENCE);
    struct octets execution;
    struct octets hash = der_next(&der, DER_OCTET_STRING);
    activation->image_hash = hash.at;
    activation->counter = der_next_number(&der, DER_INTEGER);
    activation->execution = 0;
    activation->has_execution = der_optional(&der, DER_GENERALIZED_TIME, &execution);
    if (activation->has_execution
        && !der_time(DER_GENERALIZED_TIME, execution, &activation->execution)) {
        return false;
    }
    der_leave(&outer, &der);
    return der_finished(&outer) && hash.length == IMAGE_HASH_OCTETS;
}

static void put_outcome(struct writer *writer, const struct activation_outcome *outcome)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, outcome->code);
    der_put(writer, DER_OCTET_STRING, outcome->version, FIRMWARE_VERSION_OCTETS);
    der_end(writer, start);
}

void activation_response_put(struct writer *writer, const struct activation_outcome *outcome)
{
    if (outcome == NULL) {
        der_put(writer, DER_NULL, NULL, 0);
    } else {
        put_outcome(writer, outcome);
    }
}

void activation_alert_put(struct writer *writer, uint16_t alert_code,
                          const struct activation *activation,
                          const struct activation_outcome *outcome)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, alert_code);
    size_t time = der_begin(writer, DER_GENERALIZED_TIME);
    times_put_digits(writer, activation->execution);
    put_octet(writer, 'Z');
    der_end(writer, time);
    der_put_number(writer, DER_INTEGER, activation->counter);
    put_outcome(writer, outcome);
    der_end(writer, start);
}
