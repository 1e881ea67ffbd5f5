// Where the STM32F405 (RM0090) has what the firmware uses.
#ifndef STM32F405_REGISTERS_H
#define STM32F405_REGISTERS_H

#include "cortex_m/registers.h"

// 2.3, memory map.
#define TIM2 0x40000000u
#define USART2 0x40004400u
#define GPIOA 0x40020000u
#define RCC 0x40023800u
#define FLASH_INTERFACE 0x40023C00u
#define FLASH_MEMORY 0x08000000u

#endif
