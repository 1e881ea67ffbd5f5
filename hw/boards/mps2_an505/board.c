// Arm MPS2 with the Cortex-M33 image AN505 (Arm DAI 0505): the timers and the UART of AN385 at
// 20 MHz, at their secure addresses. All of the firmware is secure, as after a reset: the security
// attribution unit stays off, and every address is secure then. There is no non-secure half.
#include <stdint.h>

#define ANOTHER_IMAGE
enum { CLOCK_HZ = 20000000 };
#define TIMER0_ADDRESS 0x50000000u
#define TIMER1_ADDRESS 0x50001000u
#define UART0_ADDRESS 0x50200000u
#define FLASH_ADDRESS 0x80000000u
enum { UART0_RX = 32, TIMER1_OUT = 4 }; // interrupts
const char board_name[] = "mps2-an505";

#include "mps2_an385/board.c"
