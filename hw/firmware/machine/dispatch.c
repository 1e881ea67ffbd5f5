#include "machine/dispatch.h"

#include "gbcs/replacement.h"
#include "gbcs/uses.h"
#include "machine/activate_firmware.h"
#include "machine/device_certificates.h"
#include "machine/read_credentials.h"
#include "machine/state.h"
#include "machine/top_up_command.h"
#include "machine/update_credentials.h"
#include "machine/uses.h"

typedef uint8_t handler(const struct message *message, struct effects *effects);

static handler *handler_of(uint16_t code)
{
    switch (code) {
    case CODE_CS02A:
    case CODE_CS02F:
        return read_credentials;
    case CODE_CS02C:
        return issue_credentials;
    case CODE_CS02D:
        return install_certificate;
    case CODE_CS02E:
        return provide_certificate;
    case CODE_CS01A:
    case CODE_CS01B:
        return top_up;
    case CODE_CS06:
        return activate_firmware;
    default:
        return rule_of_code(code) != NULL ? update_credentials
            : use_of(code) != NULL        ? carry_out_use
                                          : NULL;
    }
}

uint8_t dispatch(const struct message *message, struct effects *effects)
{
    handler *handle = handler_of(message->code);
    if (memcmp(message->target, state_entity(), ENTITY_OCTETS) != 0) {
        return REASON_NOT_ADDRESSED_TO_US;
    }
    if (message->cra != CRA_COMMAND) {
        return REASON_NOT_A_COMMAND;
    }
    if (!code_is_known(message->code)) {
        return REASON_UNKNOWN_USE_CASE;
    }
    if (handle == NULL || !device_executes(state_device_type(), message->code)) {
        return REASON_USE_CASE_NOT_SUPPORTED;
    }
    return handle(message, effects);
}
