// The STM32F405 (RM0090) as far as the firmware uses it: every access goes through two functions,
// so that the drivers also run against a model of the registers.
#ifndef STM32F405_REGISTERS_H
#define STM32F405_REGISTERS_H

#include <stdint.h>

uint32_t register_read(uint32_t address);
void register_write(uint32_t address, uint32_t value);

// 2.3, memory map.
#define TIM2 0x40000000u
#define USART2 0x40004400u
#define GPIOA 0x40020000u
#define RCC 0x40023800u
#define FLASH_INTERFACE 0x40023C00u
#define FLASH_MEMORY 0x08000000u

#endif
