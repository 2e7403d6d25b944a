/* What the files of this port share. */
#ifndef PORT_H
#define PORT_H

#include "hil_board.h"
#include "hil_faults.h"
#include "hil_port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- uart.c: three serial lines; interrupts only move bytes between a register and a ring ---- */

typedef enum uart { UART_HOST, UART_BEHIND, UART_DEBUG, UART_COUNT } uart_t;

void uart_begin(uart_t uart, uint32_t clock_hz, uint32_t baud);
size_t uart_read(uart_t uart, uint8_t *bytes, size_t room);
size_t uart_write(uart_t uart, const uint8_t *bytes, size_t count);
bool uart_is_sent(uart_t uart);
bool uart_wants_attention(void); /* since it was asked last a frame ended, or a ring got half full or half empty */
uint32_t uart_overruns(uart_t uart); /* bytes that came faster than they were taken */
void usart1_handler(void);
void usart2_handler(void);
void usart3_handler(void);

/* ---- clock.c: the processor clock, and time ---- */

typedef struct clocks {
  uint32_t core_hz;
  uint32_t apb1_hz;
  uint32_t apb2_hz;
} clocks_t;

void time_begin(uint32_t core_hz);
uint32_t now_us(void);
uint32_t now_ms(void);
void time_tick(void); /* each millisecond */

/* ---- watchdog.c: two of them, the second for when not even interrupts are served ---- */

bool watchdog_began_this_start(void); /* the hardware one bit */
void watchdog_begin(void);
void watchdog_feed(void);
void systick_in_frame(const uint32_t *frame);
void exception_in_frame(const uint32_t *frame);
_Noreturn void restart_now(void);
extern hil_faults_t fault_log;
extern hil_last_words_t last_words;

/* ---- pins.c: what the board switches; and what the plan of its rails is ---- */

extern const hil_board_plan_t board_plan;
void pins_begin(void);
void pin_set_rail(uint8_t rail, bool is_on);
bool pin_is_rail_on(uint8_t rail);
void pin_set_perst_n(bool level);
void pin_set_refclk(bool is_on);

/* ---- inputs.c, or inputs_sim.c where there is no board: all that comes from the board, and its clock ---- */

clocks_t input_clocks(void);
void inputs_begin(void);
bool input_is_rail_good(uint8_t rail);
bool input_is_device_present(void);
bool input_measure(uint8_t sensor, int32_t *value);
void inputs_poll(void);

#endif
