#include "port.h"
#include "stm32f405.h"

#define RING 2048u /* a power of two */

/* One side writes head, the other tail: no lock is needed. */
typedef struct ring {
  volatile uint32_t head, tail;
  uint8_t bytes[RING];
} ring_t;

typedef struct line {
  usart_t *usart;
  ring_t in, out;
  volatile uint32_t overruns;
} line_t;

static usart_t *const usarts[UART_COUNT] = {USART1, USART2, USART3};
static const uint32_t irqs[UART_COUNT] = {USART1_IRQ, USART2_IRQ, USART3_IRQ};
static line_t lines[UART_COUNT];
static volatile bool is_wanted;

void uart_begin(uart_t uart, uint32_t clock_hz, uint32_t baud) {
  line_t *line = &lines[uart];
  line->usart = usarts[uart];
  line->usart->cr1 = 0;
  if (clock_hz / baud >= 16u) {
    line->usart->brr = (clock_hz + baud / 2u) / baud;
    line->usart->cr1 = USART_CR1_UE | USART_CR1_RE | USART_CR1_TE | USART_CR1_RXNEIE;
  } else {
    /* Eight samples for a bit: the fraction has three bits. */
    uint32_t divider = (2u * clock_hz + baud / 2u) / baud;
    line->usart->brr = (divider & ~15u) | ((divider & 15u) >> 1);
    line->usart->cr1 = USART_CR1_OVER8 | USART_CR1_UE | USART_CR1_RE | USART_CR1_TE | USART_CR1_RXNEIE;
  }
  NVIC_ISER(irqs[uart] / 32u) = 1u << (irqs[uart] % 32u);
}

size_t uart_read(uart_t uart, uint8_t *bytes, size_t room) {
  ring_t *ring = &lines[uart].in;
  size_t count = 0;
  uint32_t tail = ring->tail;
  while (count < room && tail != ring->head) {
    bytes[count++] = ring->bytes[tail++ % RING];
  }
  ring->tail = tail;
  return count;
}

size_t uart_write(uart_t uart, const uint8_t *bytes, size_t count) {
  line_t *line = &lines[uart];
  size_t taken = 0;
  uint32_t head = line->out.head;
  while (taken < count && head - line->out.tail < RING) {
    line->out.bytes[head++ % RING] = bytes[taken++];
  }
  line->out.head = head;
  if (taken > 0) {
    /* The interrupt is also pended by hand: QEMU does not deliver the one of an empty transmit register. */
    line->usart->cr1 |= USART_CR1_TXEIE;
    NVIC_ISPR(irqs[uart] / 32u) = 1u << (irqs[uart] % 32u);
  }
  return taken;
}

bool uart_is_sent(uart_t uart) {
  const line_t *line = &lines[uart];
  return line->out.head == line->out.tail && (line->usart->sr & USART_SR_TC) != 0;
}

bool uart_wants_attention(void) {
  bool was_wanted = is_wanted;
  is_wanted = false;
  return was_wanted;
}

uint32_t uart_overruns(uart_t uart) { return lines[uart].overruns; }

static void handle(line_t *line) {
  usart_t *usart = line->usart;
  uint32_t status = usart->sr;
  if ((status & (USART_SR_RXNE | USART_SR_ORE)) != 0) {
    uint8_t byte = (uint8_t)usart->dr; /* clears both */
    if ((status & USART_SR_ORE) != 0 || line->in.head - line->in.tail == RING) {
      line->overruns++; /* the link repeats the frame */
    }
    if ((status & USART_SR_RXNE) != 0 && line->in.head - line->in.tail < RING) {
      line->in.bytes[line->in.head % RING] = byte;
      line->in.head = line->in.head + 1u;
      is_wanted = is_wanted || byte == 0 || line->in.head - line->in.tail >= RING / 2u;
    }
  }
  while (line->out.head != line->out.tail && (usart->sr & USART_SR_TXE) != 0) {
    usart->dr = line->out.bytes[line->out.tail % RING];
    line->out.tail = line->out.tail + 1u;
    is_wanted = is_wanted || line->out.head - line->out.tail == RING / 2u;
  }
  if (line->out.head == line->out.tail) {
    usart->cr1 &= ~(uint32_t)USART_CR1_TXEIE;
  }
}

void usart1_handler(void) { handle(&lines[UART_HOST]); }

void usart2_handler(void) { handle(&lines[UART_BEHIND]); }

void usart3_handler(void) { handle(&lines[UART_DEBUG]); }
