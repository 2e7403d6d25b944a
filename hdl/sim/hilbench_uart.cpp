// The board behind the C ABI of hilbench_uart.h.

#include "hilbench_uart.h"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "uart_model.h"
#include "verilated_stops.h"

#define HIL_EXPORT extern "C" __attribute__((visibility("default")))

struct hil_uart {
  hil::UartModel model;
  explicit hil_uart(const hil::Options &options) : model(options) {}
};

HIL_EXPORT uint32_t hil_uart_version(void) { return HIL_UART_VERSION; }

HIL_EXPORT hil_uart *hil_uart_open(const char *options, char *error, size_t error_size) {
  hil::Options chosen;
  std::string why;
  hil_uart *board = nullptr;
  if (hil::read_options(options, chosen, why)) {
    board = new (std::nothrow) hil_uart(chosen);
    if (board == nullptr) why = "out of memory";
  }
  if (board == nullptr && error_size > 0) std::snprintf(error, error_size, "%s", why.c_str());
  return board;
}

HIL_EXPORT void hil_uart_close(hil_uart *board) { delete board; }

HIL_EXPORT uint64_t hil_uart_clocks(hil_uart *board) { return board->model.clocks(); }

HIL_EXPORT size_t hil_uart_exchange(hil_uart *board, const uint8_t *in, size_t in_size, uint8_t *out, size_t capacity,
                                    uint64_t until_clock) {
  hil::UartModel &model = board->model;
  model.send(in, in_size);
  while (model.is_sending()) model.run(UINT64_MAX);
  auto &received = model.received();
  // A byte is handed over when it is there: both directions of the line are used at once.
  while (model.clocks() < until_clock && received.empty()) model.run(until_clock);
  size_t count = 0;
  while (count < capacity && !received.empty()) {
    out[count++] = received.front();
    received.pop_front();
  }
  return count;
}
