// The shim behind each of its ports, spoken to by the C implementation of the link (firmware/core) as host: UART with bits
// that are no whole number of clock cycles, FT245, FT601 and BAR mailbox, each with stalls by chance, once on a good line
// and once with altered bytes. The device sends back what it gets.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "Vhil_ports_top.h"
#include "verilated.h"

extern "C" {
#include "hil_link.h"
}

namespace {

using Bytes = std::vector<uint8_t>;

constexpr unsigned kClocksPerUs = 24;
constexpr unsigned kTickClocks = 1000 * kClocksPerUs;
constexpr uint64_t kPatience = 1000ull * 1000 * kClocksPerUs;
constexpr unsigned kAtRest = 400;  // clock cycles after which nothing more comes of a board that is idle

unsigned checks, failures;

void check(bool holds, const std::string &what) {
  checks++;
  if (holds) return;
  failures++;
  std::fprintf(stderr, "%s\n", what.c_str());
}

// A linear congruential generator: the same in each run.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}
  uint32_t below(uint32_t limit) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<uint32_t>((state_ >> 33) % limit);
  }

 private:
  uint64_t state_;
};

// The pins of one port. Queues of bytes on the host's side.
class Port {
 public:
  virtual ~Port() = default;
  virtual void before(Vhil_ports_top &top, Chance &chance) = 0;  // sets inputs
  virtual void after(Vhil_ports_top &top) { (void)top; }         // looks at the state after the edge
  std::deque<uint8_t> to_board, to_host;
};

class UartPort final : public Port {
 public:
  void before(Vhil_ports_top &top, Chance &) override {
    // 167 / 16 clock cycles for each bit.
    in_time_ -= 16;
    if (in_time_ <= 0) {
      in_time_ += 167;
      if (in_bits_ == 0 && !to_board.empty()) {
        in_shift_ = to_board.front() << 1 | 0x200u;
        to_board.pop_front();
        in_bits_ = 10;
      }
      top.rxd_i = in_bits_ == 0 ? 1 : in_shift_ & 1;
      if (in_bits_ > 0) {
        in_shift_ >>= 1;
        in_bits_--;
      }
    }
    if (out_bits_ == 0) {
      if (top.txd_o == 0) {
        out_bits_ = 10;
        out_time_ = 167 / 2;
        out_shift_ = 0;
      }
      return;
    }
    out_time_ -= 16;
    if (out_time_ > 0) return;
    out_time_ += 167;
    out_shift_ = out_shift_ >> 1 | static_cast<unsigned>(top.txd_o) << 9;
    if (--out_bits_ == 0) {
      check(top.txd_o == 1, "UART: a byte without stop bit");
      to_host.push_back(static_cast<uint8_t>(out_shift_ >> 1));
    }
  }

 private:
  int in_time_ = 0, out_time_ = 0;
  unsigned in_shift_ = 0, out_shift_ = 0, in_bits_ = 0, out_bits_ = 0;
};

// The chip, as its data sheet has it: a word on the bus is taken at an edge with RD# and RXF# low; one of ours at an edge
// with WR# and TXE# low.
class FifoPort final : public Port {
 public:
  explicit FifoPort(unsigned lanes) : lanes_(lanes) {}

  void before(Vhil_ports_top &top, Chance &chance) override {
    const bool oe = lanes_ == 1 ? !top.oe8_no : !top.oe32_no;
    const bool rd = lanes_ == 1 ? !top.rd8_no : !top.rd32_no;
    const bool wr = lanes_ == 1 ? !top.wr8_no : !top.wr32_no;
    const bool drives = lanes_ == 1 ? top.drive8_o : top.drive32_o;
    check(!(oe && drives), "FIFO: both drive the bus");
    check(!rd || (oe && oe_before_), "FIFO: RD# is low without OE# one cycle before");
    check(!wr || drives, "FIFO: WR# is low and nobody drives the bus");
    oe_before_ = oe;
    if (word_.empty() && !to_board.empty() && chance.below(4) != 0) {
      const size_t most = lanes_ == 1 ? 1 : 1 + chance.below(4);
      while (word_.size() < most && !to_board.empty()) {
        word_.push_back(to_board.front());
        to_board.pop_front();
      }
    }
    const bool has_word = !word_.empty();
    const bool has_room = chance.below(5) != 0;
    uint32_t bus = 0xA5A5A5A5, enable = 0;
    for (size_t i = 0; i < word_.size() && oe; i++) {
      bus = (bus & ~(0xFFu << 8 * i)) | static_cast<uint32_t>(word_[i]) << 8 * i;
      enable |= 1u << i;
    }
    if (lanes_ == 1) {
      top.rxf8_ni = !has_word;
      top.txe8_ni = !has_room;
      top.data8_i = static_cast<uint8_t>(bus);
    } else {
      top.rxf32_ni = !has_word;
      top.txe32_ni = !has_room;
      top.data32_i = bus;
      top.be32_i = static_cast<uint8_t>(enable);
    }
    if (rd && has_word) word_.clear();
    if (wr && has_room) {
      const uint32_t data = lanes_ == 1 ? top.data8_o : top.data32_o;
      const uint32_t counts = lanes_ == 1 ? 1 : top.be32_o;
      check(counts != 0, "FIFO: an empty word");
      for (unsigned i = 0; i < lanes_; i++) {
        if (counts >> i & 1) to_host.push_back(static_cast<uint8_t>(data >> 8 * i));
      }
    }
  }

 private:
  unsigned lanes_;
  Bytes word_;
  bool oe_before_ = false;
};

// A host at the BAR: one access in a cycle, in the order of BAR-2.
class BarPort final : public Port {
 public:
  void before(Vhil_ports_top &top, Chance &chance) override {
    top.bar_write_i = 0;
    if (chance.below(3) == 0) return;
    switch (step_) {
      case Step::Attach:
        read(top, attach_ * 4, [this](uint32_t value) {
          static const uint32_t want[8] = {0x4D4C4948, 1, 0x3000, 0x1234, 0x1000, 4096, 0x2000, 4096};
          check(value == want[attach_], "BAR: header word " + std::to_string(attach_));
          if (++attach_ == 8) step_ = Step::Room;
        });
        break;
      case Step::Room:
        read(top, 0x80, [this](uint32_t value) {
          room_ = 4096 - (in_producer_ - value);
          step_ = Step::Put;
        });
        break;
      case Step::Put:
        if (room_ == 0 || to_board.empty()) {
          step_ = Step::Count;
          break;
        }
        put(top);
        break;
      case Step::Count:
        write(top, 0x40, in_producer_, 15);
        step_ = Step::Look;
        break;
      case Step::Look:
        read(top, 0xC0, [this](uint32_t value) {
          out_producer_ = value;
          step_ = out_producer_ == out_consumer_ ? Step::Room : Step::Take;
        });
        break;
      case Step::Take:
        read(top, 0x2000 + (out_consumer_ % 4096 & ~3u), [this](uint32_t value) {
          do {
            to_host.push_back(static_cast<uint8_t>(value >> 8 * (out_consumer_ % 4)));
            out_consumer_++;
          } while (out_consumer_ % 4 != 0 && out_consumer_ != out_producer_);
          if (out_consumer_ == out_producer_) step_ = Step::Free;
        });
        break;
      case Step::Free:
        write(top, 0x100, out_consumer_, 15);
        step_ = Step::Room;
        break;
    }
  }

  void after(Vhil_ports_top &top) override {
    if (!then_) return;
    const auto then = then_;
    then_ = nullptr;
    then(top.bar_data_o);
  }

 private:
  enum class Step { Attach, Room, Put, Count, Look, Take, Free };

  void put(Vhil_ports_top &top) {
    uint32_t data = 0;
    uint8_t enable = 0;
    const uint32_t address = 0x1000 + (in_producer_ % 4096 & ~3u);
    do {
      data |= static_cast<uint32_t>(to_board.front()) << 8 * (in_producer_ % 4);
      enable = static_cast<uint8_t>(enable | 1u << in_producer_ % 4);
      to_board.pop_front();
      in_producer_++;
      room_--;
    } while (in_producer_ % 4 != 0 && room_ > 0 && !to_board.empty());
    write(top, address, data, enable);
  }

  void read(Vhil_ports_top &top, uint32_t address, std::function<void(uint32_t)> then) {
    top.bar_address_i = static_cast<uint16_t>(address);
    then_ = std::move(then);
  }

  void write(Vhil_ports_top &top, uint32_t address, uint32_t data, uint8_t enable) {
    top.bar_write_i = 1;
    top.bar_address_i = static_cast<uint16_t>(address);
    top.bar_data_i = data;
    top.bar_enable_i = enable;
  }

  Step step_ = Step::Attach;
  unsigned attach_ = 0;
  uint32_t in_producer_ = 0, out_producer_ = 0, out_consumer_ = 0, room_ = 0;
  std::function<void(uint32_t)> then_;
};

// The host: the C core, and the requests that a bench makes.
class Host {
 public:
  Host(Port &port, unsigned index, unsigned altered, uint64_t seed)
      : port_(port), index_(index), altered_(altered), chance_(seed) {
    hil_link_config_t config = {};
    config.role = HIL_HOST;
    config.resend_us = 20000;
    config.host_id = 7;
    config.takes_over = true;
    config.payload_max = HIL_PAYLOAD_MAX;
    config.send_payload_max = 544;
    config.receive_frames = config.send_frames = 16;
    config.receive_slots = receive_slots_;
    config.receive_bytes = receive_bytes_.data();
    config.send_slots = send_slots_;
    config.send_bytes = send_bytes_.data();
    config.encoded = encoded_.data();
    config.plain = plain_.data();
    hil_link_begin(&link_, &config, nullptr);
    top_.clk_i = 0;
    top_.rxd_i = 1;
    top_.rxf8_ni = top_.txe8_ni = top_.rxf32_ni = top_.txe32_ni = 1;
    top_.rst_ni = 1;
    top_.eval();
    top_.rst_ni = 0;
    for (int i = 0; i < 3; i++) edge();
    top_.rst_ni = 1;
    edge();
  }

  ~Host() { top_.final(); }

  hil_link_t &link() { return link_; }
  Chance &chance() { return chance_; }

  uint32_t now_us() const { return static_cast<uint32_t>(clocks_ / kClocksPerUs); }

  // A clock cycle of the board; every few of them the host looks at its line.
  void step() {
    top_.tick_i = clocks_ % kTickClocks == kTickClocks - 1;
    at_rest_ = is_idle() && port_.to_board.empty() && !top_.tick_i ? at_rest_ + 1 : 0;
    if (at_rest_ < kAtRest) {
      port_.before(top_, chance_);
      edge();
      port_.after(top_);
    }
    clocks_++;
    if (clocks_ % 256 != 0) return;
    Bytes bytes(port_.to_host.begin(), port_.to_host.end());
    port_.to_host.clear();
    spoil(bytes);
    hil_link_receive(&link_, bytes.data(), bytes.size(), now_us());
    size_t count;
    while (port_.to_board.size() < 2000 && (count = hil_link_transmit(&link_, wire_, now_us(), 0)) > 0) {
      Bytes sent(wire_, wire_ + count);
      spoil(sent);
      port_.to_board.insert(port_.to_board.end(), sent.begin(), sent.end());
    }
  }

  bool until(const std::function<bool()> &holds) {
    const uint64_t end = clocks_ + kPatience;
    while (clocks_ < end) {
      if (clocks_ % 256 == 0 && holds()) return true;
      step();
    }
    return false;
  }

  // Noise on the line to the board.
  void inject(const Bytes &bytes) { port_.to_board.insert(port_.to_board.end(), bytes.begin(), bytes.end()); }

  bool open(uint16_t session) {
    hil_link_open(&link_, session, now_us());
    return until([this] { return link_.state == HIL_LINK_OPEN; });
  }

  Bytes request(const Bytes &payload) {
    check(hil_link_request(&link_, payload.data(), payload.size(), now_us()) == HIL_OK, "request refused");
    const uint8_t *reply = nullptr;
    uint8_t length = 0;
    if (!until([&] { return (reply = hil_link_take_reply(&link_, &length)) != nullptr; })) return {};
    return Bytes(reply, reply + length);
  }

  bool send(hil_kind_t kind, const Bytes &payload) {
    return until([&] { return hil_link_send(&link_, kind, nullptr, 0, payload.data(), payload.size()) == HIL_OK; });
  }

  // The first message, or nothing.
  bool take(uint8_t kind, Bytes &payload) {
    const uint8_t *first = nullptr;
    uint8_t got = 0;
    uint16_t length = 0;
    if (!until([&] { return (first = hil_link_first(&link_, &got, &length)) != nullptr; })) return false;
    payload.assign(first, first + length);
    hil_link_drop(&link_);
    return got == kind;
  }

  unsigned device_edges() const { return device_edges_; }
  bool is_idle() const { return (top_.idle_o >> index_ & 1) != 0; }

 private:
  void edge() {
    const unsigned before = top_.device_clk_o >> index_ & 1;
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    device_edges_ += before == 0 && (top_.device_clk_o >> index_ & 1) != 0;
  }

  void spoil(Bytes &bytes) {
    for (uint8_t &byte : bytes) {
      if (altered_ != 0 && chance_.below(altered_) == 0) byte = static_cast<uint8_t>(byte ^ 1u << chance_.below(8));
    }
  }

  VerilatedContext context_;
  Vhil_ports_top top_{&context_};
  Port &port_;
  unsigned index_, altered_;
  Chance chance_;
  uint64_t clocks_ = 0;
  unsigned at_rest_ = 0;
  unsigned device_edges_ = 0;
  hil_link_t link_;
  hil_slot_t receive_slots_[16], send_slots_[16];
  Bytes receive_bytes_ = Bytes(16 * HIL_PAYLOAD_MAX), send_bytes_ = Bytes(16 * 544);
  Bytes encoded_ = Bytes(HIL_COBS_MAX(HIL_PAYLOAD_MAX + HIL_FRAME_OVERHEAD)), plain_ = encoded_;
  uint8_t wire_[HIL_WIRE_MAX(HIL_PAYLOAD_MAX)];
};

uint64_t number(const Bytes &bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count && at + i < bytes.size(); i++) value |= static_cast<uint64_t>(bytes[at + i]) << 8 * i;
  return value;
}

void append(Bytes &bytes, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; i++) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
}

Bytes run_request(uint8_t epoch, uint64_t cycles, uint32_t linger, uint16_t sent) {
  Bytes request = {3, epoch};
  append(request, cycles, 7);
  append(request, linger, 4);
  append(request, sent, 2);
  return request;
}

Bytes random_bytes(Chance &chance, size_t count) {
  Bytes bytes(count);
  for (uint8_t &byte : bytes) byte = chance.below(3) == 0 ? 0 : static_cast<uint8_t>(chance.below(256));
  return bytes;
}

void try_echoes(Host &host, const std::string &name) {
  std::deque<Bytes> sent;
  for (int i = 0; i < 12; i++) {
    sent.push_back(random_bytes(host.chance(), i == 0 ? 0 : 1 + host.chance().below(544)));
    check(host.send(HIL_ECHO, sent.back()), name + ": an ECHO finds no room");
    while (sent.size() > 6) {
      Bytes got;
      check(host.take(HIL_ECHOED, got) && got == sent.front(), name + ": another ECHOED");
      sent.pop_front();
    }
  }
  for (const Bytes &want : sent) {
    Bytes got;
    check(host.take(HIL_ECHOED, got) && got == want, name + ": another ECHOED");
  }
}

void try_describe(Host &host, const std::string &name) {
  const Bytes reply = host.request({1, 0});
  check(reply.size() == 31 && reply[0] == 1 && reply[1] == 0, name + ": DESCRIBE");
  if (reply.size() != 31) return;
  check(std::memcmp(&reply[2], "HILB\x01\0\x87\0", 8) == 0 && number(reply, 10, 2) == 544, name + ": what the board can");
  check(std::memcmp(&reply[22], "loop\0001\0007", 8) == 0, name + ": its texts");
  check((host.request({1, 1}) == Bytes{1, 2}), name + ": DESCRIBE of what is behind it");
  check((host.request({9}) == Bytes{9, 1}), name + ": an operation that it does not know");
  check((host.request({3, 0}) == Bytes{3, 2}), name + ": a RUN that is too short");
  check((host.request(Bytes(64, 9)) == Bytes{9, 1}), name + ": the longest request");
}

// The loop gives a TLP of n beats back n cycles after its first one went in.
void try_run(Host &host, const std::string &name, uint8_t epoch) {
  const unsigned edges_before = host.device_edges();
  const Bytes reset = host.request({2, epoch, 0});
  check(reset.size() == 9 && reset[1] == 0, name + ": RESET");
  check(host.device_edges() == edges_before + 1, name + ": RESET takes one cycle");
  const uint64_t start = number(reset, 2, 7);
  check((host.request(run_request(static_cast<uint8_t>(epoch + 1), 5, 0, 0)) == Bytes{3, 3}), name + ": RUN of another epoch");

  std::vector<Bytes> tlps;
  std::vector<uint64_t> dues;
  uint64_t due = start + 100;
  const Bytes stale = {static_cast<uint8_t>(epoch - 1), 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
  check(host.send(HIL_TLP, stale), name + ": no room");
  for (int i = 0; i < 3; i++) {
    tlps.push_back(random_bytes(host.chance(), 4 * (3 + host.chance().below(131))));
    due += 200 + host.chance().below(50);
    dues.push_back(due);
    Bytes message = {epoch};
    append(message, due, 7);
    message.insert(message.end(), tlps.back().begin(), tlps.back().end());
    check(host.send(HIL_TLP, message), name + ": no room");
  }
  const Bytes reply = host.request(run_request(epoch, 5000, 0xFFFFFFFF, 3));
  check(reply.size() == 18 && reply[1] == 0, name + ": RUN");
  check(number(reply, 2, 7) == start && number(reply, 9, 7) == start + 5000, name + ": RUN's times");
  check(number(reply, 16, 2) == 3, name + ": RUN's TLPs");
  for (size_t i = 0; i < tlps.size(); i++) {
    Bytes got;
    check(host.take(HIL_TLP, got) && got.size() == tlps[i].size() + 8 && got[0] == epoch, name + ": no TLP came back");
    const size_t beats = (tlps[i].size() + 15) / 16;
    check(number(got, 1, 7) == dues[i] + beats + 1, name + ": a TLP's cycle");
    check(got.size() > 8 && Bytes(got.begin() + 8, got.end()) == tlps[i], name + ": another TLP came back");
  }

  // RUN-4: linger; RUN-8 and RUN-5: more TLPs than there is room for, and all of them are seen.
  Bytes message = {epoch};
  append(message, 0, 7);
  append(message, 0x0123456789ABCDEF, 8);
  for (int i = 0; i < 9; i++) check(host.send(HIL_TLP, message), name + ": no room");
  const Bytes lingered = host.request(run_request(epoch, 1000, 10, 12));
  check(number(lingered, 9, 7) == start + 5000 + 2 + 10, name + ": linger");
  check(number(lingered, 16, 2) == 3 + 9, name + ": TLPs that wait go one after the other");
  for (int i = 0; i < 9; i++) {
    Bytes got;
    check(host.take(HIL_TLP, got) && number(got, 1, 7) == start + 5002 + static_cast<unsigned>(i), name + ": one in each cycle");
  }
  check(host.request(run_request(epoch, 0xFFFFFFFFFFFFFF, 0, 12)).size() == 18, name + ": RUN to the last cycle");
}

// A session that is lost in the middle of a RUN: nothing of it is met in the next one.
void try_lost_session(Host &host, const std::string &name) {
  const Bytes reset = host.request({2, 9, 1});
  const uint64_t start = number(reset, 2, 7);
  const Bytes tlp = random_bytes(host.chance(), 536);
  Bytes message = {9};
  append(message, 0, 7);
  message.insert(message.end(), tlp.begin(), tlp.end());
  check(host.send(HIL_TLP, message), name + ": no room");
  // 34 beats went in, 33 came out.
  const Bytes half = host.request(run_request(9, 34, 0xFFFFFFFF, 1));
  check(number(half, 9, 7) == start + 34 && number(half, 16, 2) == 0, name + ": half a TLP counts as sent");
  // A RUN that waits for a TLP that never comes.
  const Bytes waits = run_request(9, 1000, 0, 2);
  check(hil_link_request(&host.link(), waits.data(), waits.size(), host.now_us()) == HIL_OK, name + ": request refused");
  host.until([&, waited = 0]() mutable { return ++waited > 2000; });

  check(host.open(0x7001), name + ": no session after one that was lost");
  const Bytes rest = host.request(run_request(0, 100, 0xFFFFFFFF, 0));
  check(number(rest, 2, 7) == start + 34 && number(rest, 9, 7) == start + 134, name + ": the clock went on by itself");
  check(number(rest, 16, 2) == 0, name + ": the rest of a TLP counts as one");
  message[0] = 0;
  check(host.send(HIL_TLP, message), name + ": no room");
  check(number(host.request(run_request(0, 100, 0xFFFFFFFF, 1)), 16, 2) == 1, name + ": no TLP in the new session");
  Bytes got;
  check(host.take(HIL_TLP, got) && got.size() == 544 && Bytes(got.begin() + 8, got.end()) == tlp, name + ": another TLP came back");
}

void try_port(const std::string &name, Port &&port, unsigned index, unsigned altered) {
  Host host(port, index, altered, 11 + index + altered);
  const std::string what = name + (altered != 0 ? ", altered bytes" : "");
  if (altered != 0) host.inject(random_bytes(host.chance(), 1500));
  check(host.open(0x5A01), what + ": no session");
  try_describe(host, what);
  try_echoes(host, what);
  try_run(host, what, 5);
  const Bytes counters = host.request({4});
  check(counters.size() == 34, what + ": COUNTERS");
  if (counters.size() == 34) {
    check(number(counters, 2, 4) > 20, what + ": frames are counted");
    check((number(counters, 6, 4) == 0) == (altered == 0), what + ": broken frames are counted");
    check(number(counters, 26, 4) == 1, what + ": the TLP of another epoch is counted");
    check(number(counters, 30, 4) == 2, what + ": the two malformed requests are counted");
  }
  try_lost_session(host, what);
  // Another session: the clock goes on, nothing else is kept.
  hil_link_close(&host.link());
  host.until([&, waited = 0]() mutable { return ++waited > 400; });
  check(host.is_idle(), what + ": it is not idle without a session");
  check(host.open(0x5A02), what + ": no second session");
  try_echoes(host, what);
  check(host.link().counters.broken_frames == 0 || altered != 0, what + ": broken frames on a good line");
}

}  // namespace

int main() {
  for (const unsigned altered : {0u, 300u}) {
    try_port("UART", UartPort(), 0, altered);
    try_port("FT245", FifoPort(1), 1, altered);
    try_port("FT601", FifoPort(4), 2, altered);
    try_port("BAR", BarPort(), 3, altered);
  }
  std::printf("shim behind its ports: %u checks, %u failed\n", checks, failures);
  return failures == 0 && checks > 500 ? 0 : 1;
}
