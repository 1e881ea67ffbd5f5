#include "machine/output.h"

static SCRATCH uint8_t octets[OUTPUT_OCTETS];

struct writer output;

void output_start(struct effects *effects)
{
    effects->reason = 0;
    effects->count = 0;
    output = writer_over(octets, sizeof octets);
}

void output_add(struct effects *effects, struct octets message)
{
    if (message.length > 0 && effects->count < MAX_EFFECT_MESSAGES) {
        effects->messages[effects->count++] = message;
    }
}
