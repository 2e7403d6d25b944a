/* The bridge on an STM32F405: USART1 to the host, USART2 to the FPGA, USART3 for whoever debugs. */
#include "hil_bridge.h"
#include "hil_text.h"
#include "port.h"
#include "stm32f405.h"

#ifndef HIL_VERSION
#define HIL_VERSION "0"
#endif

#define BAUD 1000000u /* of both lines: an interrupt for each byte is 15% of the processor at this rate */
#define DEBUG_BAUD 115200u
#define PAYLOAD 544u /* as the shim takes: a TLP with 512 bytes of data */
#define FRAMES 16u
#define RESEND_US 20000u  /* SEQ-8, beside the time on the line */
#define BYTE_NS 10000u

typedef struct end {
  hil_slot_t receive_slots[FRAMES], send_slots[FRAMES];
  uint8_t receive_bytes[FRAMES * PAYLOAD], send_bytes[FRAMES * PAYLOAD];
  uint8_t encoded[HIL_COBS_MAX(PAYLOAD + HIL_FRAME_OVERHEAD)];
  uint8_t plain[HIL_COBS_MAX(PAYLOAD + HIL_FRAME_OVERHEAD)];
  uint8_t wire[HIL_WIRE_MAX(PAYLOAD)];
} end_t;

static end_t ends[2];
static hil_board_t board;
static hil_bridge_t bridge;

static const hil_identity_t identity = {
    .features = 0x00FC, /* ECHO (passed on), control, telemetry, log, bridge, counters */
    .clock_khz = 0,
    .name = "HilBench bridge STM32F405",
    .version = HIL_VERSION,
    .serial = "",
};

/* ---- The port: board is not used, there is only one ---- */

static uint32_t port_now_us(void *unused) {
  (void)unused;
  return now_us();
}

static size_t port_read(void *unused, hil_line_t line, uint8_t *bytes, size_t room) {
  (void)unused;
  return uart_read(line == HIL_LINE_HOST ? UART_HOST : UART_BEHIND, bytes, room);
}

static size_t port_write(void *unused, hil_line_t line, const uint8_t *bytes, size_t count) {
  (void)unused;
  return uart_write(line == HIL_LINE_HOST ? UART_HOST : UART_BEHIND, bytes, count);
}

static bool port_is_sent(void *unused, hil_line_t line) {
  (void)unused;
  return uart_is_sent(line == HIL_LINE_HOST ? UART_HOST : UART_BEHIND);
}

static void port_set_rail(void *unused, uint8_t rail, bool is_on) {
  (void)unused;
  pin_set_rail(rail, is_on);
}

static bool port_is_rail_good(void *unused, uint8_t rail) {
  (void)unused;
  return input_is_rail_good(rail);
}

static void port_set_perst_n(void *unused, bool level) {
  (void)unused;
  pin_set_perst_n(level);
}

static void port_set_refclk(void *unused, bool is_on) {
  (void)unused;
  pin_set_refclk(is_on);
}

static bool port_is_device_present(void *unused) {
  (void)unused;
  return input_is_device_present();
}

static bool port_measure(void *unused, uint8_t sensor, int32_t *value) {
  (void)unused;
  return input_measure(sensor, value);
}

static void port_feed_watchdog(void *unused) {
  (void)unused;
  watchdog_feed();
}

static void port_restart(void *unused) {
  (void)unused;
  restart_now();
}

/* What does not fit the ring is left out: nobody may read it. */
static void port_log(void *unused, const char *line) {
  static const uint8_t end_of_line[2] = {'\r', '\n'};
  (void)unused;
  (void)uart_write(UART_DEBUG, (const uint8_t *)line, hil_text_length(line));
  (void)uart_write(UART_DEBUG, end_of_line, sizeof end_of_line);
}

static const hil_port_t port = {
    .board = NULL,
    .now_us = port_now_us,
    .read = port_read,
    .write = port_write,
    .is_sent = port_is_sent,
    .set_rail = port_set_rail,
    .is_rail_good = port_is_rail_good,
    .set_perst_n = port_set_perst_n,
    .set_refclk = port_set_refclk,
    .is_device_present = port_is_device_present,
    .measure = port_measure,
    .feed_watchdog = port_feed_watchdog,
    .restart = port_restart,
    .log = port_log,
};

static hil_link_config_t config_of(end_t *end, hil_role_t role) {
  const hil_link_config_t config = {
      .role = role,
      .resend_us = RESEND_US,
      .byte_ns = BYTE_NS,
      .host_id = 0x48494C42u,
      .payload_max = PAYLOAD,
      .send_payload_max = PAYLOAD,
      .receive_frames = FRAMES,
      .send_frames = FRAMES,
      .takes_over = role == HIL_HOST, /* nobody else may use what lies behind */
      .receive_slots = end->receive_slots,
      .receive_bytes = end->receive_bytes,
      .send_slots = end->send_slots,
      .send_bytes = end->send_bytes,
      .encoded = end->encoded,
      .plain = end->plain,
  };
  return config;
}

/* Pins and clocks of what is used: USART1 on A9 and A10, USART2 on A2 and A3, USART3 on B10 and B11. */
static void connect(void) {
  RCC_AHB1ENR |= 7u;
  RCC_APB1ENR |= (1u << 17) | (1u << 18);
  RCC_APB2ENR |= (1u << 4) | (1u << 8);
  GPIOA->afr[0] = 7u << 8 | 7u << 12;
  GPIOA->afr[1] = 7u << 4 | 7u << 8;
  GPIOB->afr[1] = 7u << 8 | 7u << 12;
  GPIOA->pupdr |= 1u << 6 | 1u << 20; /* a line without a cable is idle */
  GPIOB->pupdr |= 1u << 22;
  GPIOA->moder |= 2u << 4 | 2u << 6 | 2u << 18 | 2u << 20;
  GPIOB->moder |= 2u << 20 | 2u << 22;
}

static void say_start(hil_code_t last) {
  char line[80];
  hil_text_t text = hil_text_begin(line, sizeof line);
  hil_text_add(&text, identity.name);
  hil_text_add(&text, " " HIL_VERSION ", start ");
  hil_text_add_unsigned(&text, fault_log.starts, 10);
  if (last != HIL_CODE_NONE) {
    hil_text_add(&text, last == HIL_CODE_WATCHDOG ? ", the watchdog bit" : ", processor exception");
  }
  port_log(NULL, line);
}

/* Sleeps until a line has something for the main loop, or a millisecond has passed: waking for each byte would take
 * longer than the byte does. */
static void rest(void) {
  uint32_t slept_ms = now_ms();
  bool is_over = false;
  while (!is_over) {
    __asm volatile("cpsid i" ::: "memory");
    is_over = uart_wants_attention() || now_ms() != slept_ms;
    if (!is_over) {
      __asm volatile("wfi");
    }
    __asm volatile("cpsie i" ::: "memory");
  }
}

int main(void) {
  connect();
  pins_begin();
  const clocks_t clocks = input_clocks();
  inputs_begin();
  time_begin(clocks.core_hz);
  uart_begin(UART_HOST, clocks.apb2_hz, BAUD);
  uart_begin(UART_BEHIND, clocks.apb1_hz, BAUD);
  uart_begin(UART_DEBUG, clocks.apb1_hz, DEBUG_BAUD);
  (void)hil_faults_begin(&fault_log);
  hil_code_t last = hil_last_words_take(&last_words, &fault_log);
  if (watchdog_began_this_start() && last == HIL_CODE_NONE) {
    last = HIL_CODE_WATCHDOG;
    hil_faults_add(&fault_log, last, 0, "the independent watchdog bit");
  }
  say_start(last);
  const hil_bridge_config_t config = {
      .host = config_of(&ends[HIL_LINE_HOST], HIL_BOARD),
      .behind = config_of(&ends[HIL_LINE_BEHIND], HIL_HOST),
      .identity = &identity,
      .wire = {ends[HIL_LINE_HOST].wire, ends[HIL_LINE_BEHIND].wire},
  };
  hil_board_begin(&board, &port, &board_plan, &fault_log, last == HIL_CODE_WATCHDOG);
  hil_bridge_begin(&bridge, &config, &port, &board);
  watchdog_begin();
  for (;;) {
    inputs_poll();
    if (!hil_bridge_poll(&bridge)) {
      rest();
    }
  }
}
