/* The registers that this port uses. Source: ST RM0090 (reference manual), Arm ARMv7-M Architecture Reference
 * Manual. */
#ifndef STM32F405_H
#define STM32F405_H

#include <stdint.h>

typedef volatile uint32_t reg_t;

typedef struct gpio {
  reg_t moder, otyper, ospeedr, pupdr, idr, odr, bsrr, lckr, afr[2];
} gpio_t;

typedef struct usart {
  reg_t sr, dr, brr, cr1, cr2, cr3, gtpr;
} usart_t;

typedef struct adc {
  reg_t sr, cr1, cr2, smpr1, smpr2, jofr[4], htr, ltr, sqr1, sqr2, sqr3, jsqr, jdr[4], dr;
} adc_t;

typedef struct iwdg {
  reg_t kr, pr, rlr, sr;
} iwdg_t;

#define GPIOA ((gpio_t *)0x40020000u)
#define GPIOB ((gpio_t *)0x40020400u)
#define GPIOC ((gpio_t *)0x40020800u)
#define USART1 ((usart_t *)0x40011000u)
#define USART2 ((usart_t *)0x40004400u)
#define USART3 ((usart_t *)0x40004800u)
#define ADC1 ((adc_t *)0x40012000u)
#define ADC_CCR (*(reg_t *)0x40012304u)
#define IWDG ((iwdg_t *)0x40003000u)

#define RCC_CR (*(reg_t *)0x40023800u)
#define RCC_PLLCFGR (*(reg_t *)0x40023804u)
#define RCC_CFGR (*(reg_t *)0x40023808u)
#define RCC_AHB1ENR (*(reg_t *)0x40023830u)
#define RCC_APB1ENR (*(reg_t *)0x40023840u)
#define RCC_APB2ENR (*(reg_t *)0x40023844u)
#define RCC_CSR (*(reg_t *)0x40023874u)
#define FLASH_ACR (*(reg_t *)0x40023C00u)

#define SYST_CSR (*(reg_t *)0xE000E010u)
#define SYST_RVR (*(reg_t *)0xE000E014u)
#define SYST_CVR (*(reg_t *)0xE000E018u)
#define NVIC_ISER(n) (*(reg_t *)(0xE000E100u + 4u * (n)))
#define NVIC_ISPR(n) (*(reg_t *)(0xE000E200u + 4u * (n)))
#define SCB_ICSR (*(reg_t *)0xE000ED04u)
#define SCB_AIRCR (*(reg_t *)0xE000ED0Cu)
#define SCB_SHPR3 (*(reg_t *)0xE000ED20u)

enum {
  USART_SR_ORE = 1u << 3,
  USART_SR_RXNE = 1u << 5,
  USART_SR_TC = 1u << 6,
  USART_SR_TXE = 1u << 7,
  USART_CR1_RE = 1u << 2,
  USART_CR1_TE = 1u << 3,
  USART_CR1_RXNEIE = 1u << 5,
  USART_CR1_TXEIE = 1u << 7,
  USART_CR1_UE = 1u << 13,
  USART_CR1_OVER8 = 1u << 15,
  USART1_IRQ = 37,
  USART2_IRQ = 38,
  USART3_IRQ = 39
};

enum {
  ADC_SR_EOC = 1u << 1,
  ADC_CR2_ADON = 1u << 0,
  ADC_CR2_SWSTART = 1u << 30
};

#define RCC_CSR_IWDGRSTF (1u << 29)
#define RCC_CSR_RMVF (1u << 24)

#endif
