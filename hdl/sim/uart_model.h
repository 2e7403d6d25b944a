// The Verilated board of hil_uart_board.sv with the other end of its two lines, one clock cycle at a time.
#ifndef HILBENCH_UART_MODEL_H
#define HILBENCH_UART_MODEL_H

#include <cstdint>
#include <deque>
#include <memory>

#include "Vhil_uart_board.h"
#include "Vhil_uart_board___024root.h"
#include "hilbench_uart.h"
#include "options.h"
#include "verilated.h"

namespace hil {

inline constexpr uint64_t kTickClocks = HIL_UART_CLOCK_HZ / 1000;
inline constexpr unsigned kBit = HIL_UART_BIT_CLOCKS;
inline constexpr unsigned kByteBits = 10;

class UartModel {
 public:
  explicit UartModel(const Options &options) : options_(options) {
    top_ = std::make_unique<Vhil_uart_board>(&context_);
#ifdef HIL_FAULTS
    top_->fault_i = static_cast<uint8_t>(options.fault);
#endif
    top_->clk_i = 0;
    top_->rst_ni = 1;
    top_->rxd_i = 1;
    top_->tick_i = 0;
    top_->eval();
    top_->rst_ni = 0;
    edge();
    edge();
    top_->rst_ni = 1;
    top_->eval();
  }

  ~UartModel() {
    // The model's scopes leave the thread's context, which may be that of a model that is gone.
    Verilated::threadContextp(&context_);
    top_->final();
    top_.reset();
  }

  UartModel(const UartModel &) = delete;
  UartModel &operator=(const UartModel &) = delete;

  uint64_t clocks() const { return clocks_; }

  void send(const uint8_t *bytes, size_t count) { in_.insert(in_.end(), bytes, bytes + count); }
  bool is_sending() const { return !in_.empty() || in_bits_ != 0; }
  size_t bytes_to_send() const { return in_.size(); }

  std::deque<uint8_t> &received() { return out_; }

  // Nothing happens until a byte or a tick comes.
  bool is_idle() const { return top_->idle_o != 0 && !is_sending() && out_bits_ == 0; }

  // One clock cycle, or, when nothing can happen, all up to the next tick or the limit.
  void run(uint64_t limit) {
    const uint64_t tick = (clocks_ / kTickClocks + 1) * kTickClocks - 1;
    if (options_.skip_idle && is_idle() && clocks_ < tick) {
      clocks_ = tick < limit ? tick : limit;
    } else {
      clock(clocks_ == tick);
      clocks_++;
    }
  }

  // A tick between two cycles of the clock: for a board whose time passes while its clock is not simulated.
  void tick() { clock(true); }

 private:
  void clock(bool ticks) {
    drive();
    top_->tick_i = ticks;
    edge();
    listen();
  }

  void edge() {
#ifndef HIL_TWO_EVALS
    if (!options_.two_evals) {
      // Nothing but the rising edge counts: tell the model that the falling one was seen.
      top_->clk_i = 1;
      top_->rootp->__Vtrigrprev__TOP__clk_i = 0;
      top_->eval();
      return;
    }
#endif
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }

  // The line to the board.
  void drive() {
    if (in_bits_ == 0) {
      if (in_.empty()) return;
      in_shift_ = static_cast<uint16_t>(in_.front() << 1 | 1u << (kByteBits - 1));
      in_.pop_front();
      in_bits_ = kByteBits;
      in_clocks_ = kBit;
    }
    top_->rxd_i = in_shift_ & 1;
    if (--in_clocks_ == 0) {
      in_clocks_ = kBit;
      in_shift_ = static_cast<uint16_t>(in_shift_ >> 1);
      in_bits_--;
    }
  }

  // The line from the board, sampled in the middle of each bit.
  void listen() {
    const unsigned line = top_->txd_o;
    if (out_bits_ == 0) {
      if (line == 0) {
        out_bits_ = kByteBits;
        out_clocks_ = kBit / 2;
        out_shift_ = 0;
      }
    } else if (--out_clocks_ == 0) {
      out_clocks_ = kBit;
      out_shift_ = static_cast<uint16_t>(out_shift_ >> 1 | line << (kByteBits - 1));
      out_bits_--;
      if (out_bits_ == 0 && line != 0) out_.push_back(static_cast<uint8_t>(out_shift_ >> 1));
    }
  }

  Options options_;
  VerilatedContext context_;
  std::unique_ptr<Vhil_uart_board> top_;
  uint64_t clocks_ = 0;
  std::deque<uint8_t> in_, out_;
  uint16_t in_shift_ = 0, out_shift_ = 0;
  unsigned in_bits_ = 0, in_clocks_ = 0;    // of the byte on the line
  unsigned out_bits_ = 0, out_clocks_ = 0;
};

}  // namespace hil

#endif
