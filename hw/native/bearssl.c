// The engine on the board's own cryptography, for the firmware's tests on this computer.
#include "native/engine.h"

const char *engine_cryptography(void)
{
    return "BearSSL 0.6, as on the board";
}

// On a board nothing is shared.
void engine_share(bool facts, bool tables)
{
    (void)facts;
    (void)tables;
}
