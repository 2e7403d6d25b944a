// The Verilated reference device, one clock cycle at a time. One VerilatedContext for each model: models of one process
// share nothing, and a model may be used by any one thread.
#ifndef HILBENCH_RTL_MODEL_H
#define HILBENCH_RTL_MODEL_H

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "Vhil_device.h"
#include "Vhil_device___024root.h"
#include "verilated.h"
#ifdef HIL_COVERAGE
#include "Vhil_device__Syms.h"
#include "verilated_cov.h"
#endif
#include "verilated_fst_c.h"
#include "verilated_save.h"

namespace hil {

// One transfer of up to 4 DWs; dw[0] is the first on the wire, in host order.
struct Beat {
  uint32_t dw[4];
  unsigned count;
  bool last;
};

#ifndef HIL_COVERAGE
// Verilator's own serializers write to files; these write to memory and are made once.
class MemorySerialize final : public VerilatedSerialize {
 public:
  const std::vector<uint8_t> &save(Vhil_device &model) {
    bytes_.clear();
    m_cp = m_bufp;
    m_isOpen = true;
    header();
    *this << model;
    trailer();
    flush();
    m_isOpen = false;
    return bytes_;
  }
  void flush() override {
    bytes_.insert(bytes_.end(), m_bufp, m_cp);
    m_cp = m_bufp;
  }

 private:
  std::vector<uint8_t> bytes_;
};

class MemoryDeserialize final : public VerilatedDeserialize {
 public:
  void restore(Vhil_device &model, const uint8_t *bytes, size_t size) {
    next_ = bytes;
    left_ = size;
    m_cp = m_bufp;
    m_endp = m_bufp;
    m_isOpen = true;
    fill();
    header();
    *this >> model;
    trailer();
    m_isOpen = false;
  }

 protected:
  void fill() override {
    const size_t kept = static_cast<size_t>(m_endp - m_cp);
    std::memmove(m_bufp, m_cp, kept);
    const size_t taken = left_ < bufferSize() - kept ? left_ : bufferSize() - kept;
    std::memcpy(m_bufp + kept, next_, taken);
    m_cp = m_bufp;
    // At the end the buffer counts as full: a short one would be asked to fill at every read.
    m_endp = taken < left_ ? m_bufp + kept + taken : m_bufp + bufferSize();
    next_ += taken;
    left_ -= taken;
  }

 private:
  const uint8_t *next_ = nullptr;
  size_t left_ = 0;
};

#endif

#if defined(HIL_MUTANTS) || defined(HIL_NETLIST)
constexpr bool is_netlist = true;
#else
constexpr bool is_netlist = false;
#endif

class RtlModel {
 public:
  // two_evals: the textbook way, falling and rising edge; otherwise one evaluation for each cycle. A netlist has other triggers
  // than the clock (its false loops), and goes the textbook way always.
  RtlModel(unsigned fault, bool two_evals) : two_evals_(two_evals || is_netlist) {
    context_.traceEverOn(true);
    top_ = std::make_unique<Vhil_device>(&context_);
    root_ = top_->rootp;
#ifdef HIL_FAULTS
    top_->fault_i = static_cast<uint8_t>(fault);
#elif defined(HIL_MUTANTS)
    top_->mutant_i = static_cast<uint16_t>(fault);
#else
    (void)fault;
#endif
    top_->clk_i = 0;
    top_->rst_ni = 1;
    top_->tx_ready_i = 1;
    top_->rx_valid_i = 0;
    top_->eval();
    reset(0);
  }

  ~RtlModel() {
    if (wave_) wave_->close();
    // The model's scopes leave the thread's context, which may be that of a model that is gone.
    Verilated::threadContextp(&context_);
    top_->final();
    top_.reset();
  }

  RtlModel(const RtlModel &) = delete;
  RtlModel &operator=(const RtlModel &) = delete;

  // These show the state after the last edge: all of them depend on registers alone.
  bool rx_ready() const { return top_->rx_ready_o != 0; }
  bool tx_valid() const { return top_->tx_valid_o != 0; }
  bool idle() const { return top_->idle_o != 0; }

  void take(Beat &beat) const {
    for (unsigned i = 0; i < 4; i++) beat.dw[i] = top_->tx_data_o[3 - i];
    beat.count = top_->tx_count_o;
    beat.last = top_->tx_last_o != 0;
  }

  void offer(const Beat &beat) {
    for (unsigned i = 0; i < 4; i++) top_->rx_data_i[3 - i] = beat.dw[i];
    top_->rx_count_i = static_cast<uint8_t>(beat.count);
    top_->rx_last_i = beat.last;
    top_->rx_valid_i = 1;
  }

  void offer_nothing() { top_->rx_valid_i = 0; }

  // One rising edge. time: cycles before it, for the wave.
  void clock(uint64_t time) {
    if (two_evals_ || wave_) {
      top_->clk_i = 0;
      top_->eval();
      if (wave_) wave_->dump(2 * time);
      top_->clk_i = 1;
      top_->eval();
      if (wave_) wave_->dump(2 * time + 1);
    } else {
      // The falling edge does nothing in this design: tell the model that it was seen.
      top_->clk_i = 1;
      root_->__Vtrigrprev__TOP__clk_i = 0;
      top_->eval();
    }
  }

  void reset(uint64_t time) {
    offer_nothing();
    top_->rst_ni = 0;
    clock(time);
    top_->rst_ni = 1;
    top_->eval();
  }

  bool waving() const { return wave_ != nullptr; }

  // path nullptr: stop.
  bool wave(const char *path, uint64_t time) {
    if (wave_) {
      wave_->dump(2 * time);
      wave_->close();
      wave_.reset();
    }
    if (path == nullptr) return true;
    wave_ = std::make_unique<VerilatedFstC>();
    wave_->set_time_unit("1ns");
    wave_->set_time_resolution("1ns");
    top_->trace(wave_.get(), 99);
    wave_->open(path);
    if (!wave_->isOpen()) {
      wave_.reset();
      return false;
    }
    return true;
  }

#ifdef HIL_COVERAGE
  void write_coverage(const char *path) { context_.coveragep()->write(path); }

  uint64_t covered() const {
    uint64_t points = 0;
    for (const auto &count : root_->vlSymsp->__Vcoverage) points += count.load(std::memory_order_relaxed) != 0;
    return points;
  }
#else
  const std::vector<uint8_t> &save() { return serialize_.save(*top_); }
  void restore(const uint8_t *bytes, size_t size) { deserialize_.restore(*top_, bytes, size); }
#endif

 private:
  VerilatedContext context_;
  std::unique_ptr<Vhil_device> top_;
  Vhil_device___024root *root_ = nullptr;
  std::unique_ptr<VerilatedFstC> wave_;
#ifndef HIL_COVERAGE
  MemorySerialize serialize_;
  MemoryDeserialize deserialize_;
#endif
  bool two_evals_;
};

}  // namespace hil

#endif
