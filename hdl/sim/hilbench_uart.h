/* The Verilated board behind its UART: bytes go through the bits of the two lines. Used by the device URI rtl-uart:.
 *
 * The UART has 8 data bits, no parity, 1 stop bit, and HIL_UART_BIT_CLOCKS clock cycles for each bit. Time is the board's
 * clock and nothing else: the same calls give the same bytes. A board is opened, used and closed on one thread.
 */
#ifndef HILBENCH_UART_H
#define HILBENCH_UART_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HIL_UART_VERSION 1
#define HIL_UART_CLOCK_HZ 24000000
#define HIL_UART_BIT_CLOCKS 8 /* 3 Mbaud */

typedef struct hil_uart hil_uart;

/* HIL_UART_VERSION of the header that the library was built with. */
uint32_t hil_uart_version(void);

/* options: "fault=ID" (faulty build only), "skip=0", "evals=2" as in the libraries of the device; never NULL.
 * On failure: NULL, and a message that ends in 0 in error. */
hil_uart *hil_uart_open(const char *options, char *error, size_t error_size);
void hil_uart_close(hil_uart *board);

/* Clock cycles since open. */
uint64_t hil_uart_clocks(hil_uart *board);

/* Sends the bytes to the board. Then runs until a byte has come back, or the clock is at until_clock. Returns bytes written
 * to out, which are all that have come back; what has no room in out is kept for the next call. With until_clock 0: runs
 * only as long as sending takes. */
size_t hil_uart_exchange(hil_uart *board, const uint8_t *in, size_t in_size, uint8_t *out, size_t capacity,
                         uint64_t until_clock);

#ifdef __cplusplus
}
#endif
#endif
