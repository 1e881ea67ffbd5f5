// What boards/*/flash.c reach for, handed on to a model of the registers.
#include <stdint.h>

uint32_t (*model_read)(uint32_t address);
void (*model_write)(uint32_t address, uint32_t value);
uint32_t (*model_ticks)(void);
extern const uint32_t board_ticks_per_second;
const uint32_t board_ticks_per_second = 1000;

uint32_t register_read(uint32_t address);
void register_write(uint32_t address, uint32_t value);
void register_barrier(void);
uint32_t board_ticks(void);

uint32_t register_read(uint32_t address)
{
    return model_read(address);
}

void register_write(uint32_t address, uint32_t value)
{
    model_write(address, value);
}

void register_barrier(void)
{
}

uint32_t board_ticks(void)
{
    return model_ticks();
}
