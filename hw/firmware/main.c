// Power on: prove the crypto, recover the store, then listen for ever.
#include "board.h"
#include "crypto/crypto.h"
#include "link/link.h"
#include "machine/machine.h"
#include "version.h"

int main(void);

int main(void)
{
    struct link_boot boot = {.store = STORE_FAILED, .firmware = FIRMWARE_VERSION};
    board_start();
    boot.reset_cause = board_reset_cause();
    boot.self_test_passed = crypto_self_test();
    if (boot.self_test_passed) {
        board_build_id(boot.build_id);
        boot.store = machine_power_on();
    }
    link_start(&boot);
    while (true) {
        link_poll();
    }
}
