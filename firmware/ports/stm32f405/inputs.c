/* What comes from the board: power-good, presence, voltages and temperature by the converter, and the clock of its
 * crystal. The simulation build has inputs_sim.c instead. */
#include "port.h"
#include "stm32f405.h"

#define SPINS 100000u /* a bounded wait: some milliseconds */
#define CONVERSION_SPINS 2000u
#define RCC_HSEON (1u << 16)
#define RCC_HSERDY (1u << 17)
#define RCC_PLLON (1u << 24)
#define RCC_PLLRDY (1u << 25)
#define GOOD_PIN 5u    /* GPIOC 5 to 7: power-good of the rails */
#define PRESENT_PIN 8u /* GPIOC 8: PRSNT#, low with a device */
#define REFERENCE_MV 3300
#define FULL_SCALE 4095

static bool await(reg_t *reg, uint32_t mask, uint32_t wanted) {
  for (uint32_t i = 0; i < SPINS; i++) {
    if ((*reg & mask) == wanted) {
      return true;
    }
  }
  return false;
}

/* 168 MHz from a crystal of 8 MHz; without it the inner 16 MHz, which serves too, at lower rates. */
clocks_t input_clocks(void) {
  const clocks_t inner = {16000000u, 16000000u, 16000000u};
  const clocks_t full = {168000000u, 42000000u, 84000000u};
  if (RCC_CR == 0) {
    return full; /* On a chip HSI runs after each reset. QEMU has no RCC, and counts SysTick by 168 MHz. */
  }
  RCC_CR |= RCC_HSEON;
  if (!await(&RCC_CR, RCC_HSERDY, RCC_HSERDY)) {
    return inner;
  }
  RCC_PLLCFGR = 8u | (336u << 6) | (0u << 16) | (1u << 22) | (7u << 24); /* 8 / 8 * 336 / 2 */
  RCC_CR |= RCC_PLLON;
  if (!await(&RCC_CR, RCC_PLLRDY, RCC_PLLRDY)) {
    return inner;
  }
  FLASH_ACR = 5u | (7u << 8);                     /* five wait states, caches, prefetch */
  RCC_CFGR = 2u | (5u << 10) | (4u << 13);        /* PLL; APB1 by 4, APB2 by 2 */
  return await(&RCC_CFGR, 3u << 2, 2u << 2) ? full : inner;
}

void inputs_begin(void) {
  GPIOC->pupdr |= 1u << (2u * PRESENT_PIN); /* an empty slot reads as high */
  GPIOA->moder |= 0xFF00u;                    /* GPIOA 4 to 7: analog */
  ADC_CCR = 1u << 16;                         /* 84 MHz / 4 */
  ADC1->smpr2 = 0x24924924u;                  /* 84 cycles for each channel: 4 us */
  ADC1->cr2 = ADC_CR2_ADON;
}

bool input_is_rail_good(uint8_t rail) { return (GPIOC->idr >> (GOOD_PIN + rail) & 1u) != 0; }

bool input_is_device_present(void) { return (GPIOC->idr >> PRESENT_PIN & 1u) == 0; }

static bool convert(uint32_t channel, int32_t *millivolts) {
  ADC1->sqr3 = channel;
  ADC1->sr = 0;
  ADC1->cr2 |= ADC_CR2_SWSTART;
  for (uint32_t i = 0; i < CONVERSION_SPINS; i++) {
    if ((ADC1->sr & ADC_SR_EOC) != 0) {
      *millivolts = (int32_t)(ADC1->dr & 0xFFFu) * REFERENCE_MV / FULL_SCALE;
      return true;
    }
  }
  return false;
}

/* GPIOA 4 to 6: the rails, each halved. GPIOA 7: LMT87, 2637 mV at 0 degrees and 13.6 mV less for each. */
bool input_measure(uint8_t sensor, int32_t *value) {
  int32_t millivolts = 0;
  if (!convert(4u + sensor, &millivolts)) {
    return false;
  }
  bool is_temperature = sensor == 3;
  if (is_temperature && (millivolts < 500 || millivolts > 3100)) {
    return false; /* torn off or shorted */
  }
  *value = is_temperature ? (2637 - millivolts) * 10000 / 136 : 2 * millivolts;
  return true;
}

void inputs_poll(void) {
  /* Nothing to do between two questions. */
}
