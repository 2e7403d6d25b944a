// Runs tests/link-vectors/vectors.txt, which the tests in C# and C run too, on the modules of hdl/shim.
// Usage: vectors FILE. The host's scenarios are not run: the shim is a board.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "Vhil_vectors_top.h"
#include "verilated.h"

namespace {

using Bytes = std::vector<uint8_t>;

constexpr int kSettled = 2000;  // clock cycles after which nothing more is expected of a step

unsigned line_number, checks, failures, scenarios;

void check(bool holds, const std::string &what) {
  checks++;
  if (holds) return;
  failures++;
  std::fprintf(stderr, "line %u: %s\n", line_number, what.c_str());
}

uint32_t number(const std::string &text) { return static_cast<uint32_t>(std::stoul(text, nullptr, 16)); }

Bytes bytes_of(const std::string &text) {
  Bytes bytes;
  if (text == "-") return bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) bytes.push_back(static_cast<uint8_t>(number(text.substr(i, 2))));
  return bytes;
}

std::string text_of(const Bytes &bytes) {
  std::string text;
  char digits[3];
  for (const uint8_t byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text.empty() ? "-" : text;
}

class Bench {
 public:
  Bench() {
    top_.clk_i = 0;
    top_.rst_ni = 0;
    top_.hold_i = 1;
    clock();
    clock();
    top_.rst_ni = 1;
    clock();
  }

  Vhil_vectors_top &top() { return top_; }

  void settle() { top_.eval(); }

  void clock() {
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    top_.clk_i = 0;
    top_.eval();
  }

  ~Bench() { top_.final(); }

 private:
  VerilatedContext context_;
  Vhil_vectors_top top_{&context_};
};

// ---- Codes

void try_crc(const Bytes &bytes, uint32_t want) {
  Bench bench;
  uint32_t crc = 0xFFFFFFFF;
  for (const uint8_t byte : bytes) {
    bench.top().crc_i = crc;
    bench.top().crc_data_i = byte;
    bench.settle();
    crc = bench.top().crc_o;
  }
  check(~crc == want, "CRC");
}

void try_encode(const Bytes &plain, const Bytes &want) {
  Bench bench;
  Bytes got;
  size_t at = 0;
  bool ended = false;
  for (int i = 0; i < 3 * kSettled; i++) {
    Vhil_vectors_top &top = bench.top();
    top.encode_valid_i = !ended;
    top.encode_end_i = at == plain.size();
    top.encode_data_i = at < plain.size() ? plain[at] : 0;
    bench.settle();
    if (top.encoded_valid_o) got.push_back(top.encoded_data_o);
    if (!ended && top.encode_ready_o) {
      ended = at == plain.size();
      at++;
    }
    bench.clock();
  }
  Bytes framed = want;
  framed.insert(framed.begin(), 0);
  framed.push_back(0);
  check(got == framed, "COBS encoder: " + text_of(got));
}

void try_decode(const Bytes &encoded, const Bytes *want) {
  Bench bench;
  Bytes got;
  bool ended = false, broken = false;
  for (size_t at = 0; at <= encoded.size(); at++) {
    Vhil_vectors_top &top = bench.top();
    top.decode_valid_i = 1;
    top.decode_data_i = at < encoded.size() ? encoded[at] : 0;
    bench.settle();
    if (top.decoded_valid_o) got.push_back(top.decoded_data_o);
    ended = ended || top.decoded_end_o;
    broken = broken || top.decoded_broken_o;
    bench.clock();
  }
  check(ended, "the frame did not end");
  if (want == nullptr) {
    check(broken, "broken COBS was taken");
  } else {
    check(!broken && got == *want, "COBS decoder");
  }
}

// ---- Frames

void try_frame(const std::vector<std::string> &words) {
  Bench bench;
  Vhil_vectors_top &top = bench.top();
  uint64_t header = 0;
  for (int i = 1; i <= 4; i++) header = header << 8 | number(words[i]);
  header = header << 16 | number(words[5]);
  const Bytes payload = bytes_of(words[6]), wire = bytes_of(words[7]);
  Bytes got;
  bool good = false;
  for (const uint8_t byte : wire) {
    top.bytes_valid_i = 1;
    top.bytes_data_i = byte;
    bench.settle();
    if (top.frame_payload_valid_o) got.push_back(top.frame_payload_o);
    bench.clock();
    good = good || top.frame_good_o;
    check(!top.frame_broken_o, "the frame counts as broken");
  }
  check(good && top.frame_header_o == header, "header");
  check(top.frame_length_o == payload.size(), "length of the payload");
  got.resize(payload.size());
  check(got == payload, "payload");

  Bytes sent;
  top.bytes_valid_i = 0;
  top.frame_start_i = 1;
  top.frame_header_i = header;
  top.frame_length_i = static_cast<uint16_t>(payload.size());
  for (int i = 0; i < 3 * kSettled; i++) {
    bench.settle();
    const unsigned offset = top.frame_offset_o;
    if (top.wire_valid_o) sent.push_back(top.wire_data_o);
    bench.clock();
    top.frame_data_i = offset < payload.size() ? payload[offset] : 0xEE;  // the memory reads
    top.frame_start_i = 0;
  }
  check(sent == wire, "frame sent: " + text_of(sent));
}

void try_bytes(const std::vector<std::string> &words) {
  Bench bench;
  Vhil_vectors_top &top = bench.top();
  check(words[1] == "64", "there is no receiver of " + words[1] + " bytes");
  unsigned good = 0, broken = 0;
  const Bytes wire = bytes_of(words[2]);
  // The byte behind a frame comes when the frame was taken.
  for (size_t at = 0; at < 2 * wire.size() + 4; at++) {
    top.bytes_valid_i = at % 2 == 0 && at / 2 < wire.size();
    if (top.bytes_valid_i) top.bytes_data_i = wire[at / 2];
    bench.clock();
    good += top.small_good_o;
    broken += top.small_broken_o;
  }
  check(good == std::stoul(words[3]), "good frames");
  check(broken == std::stoul(words[4]), "broken frames");
}

// ---- Scenarios

class Player {
 public:
  void step(const std::vector<std::string> &words) {
    const std::string &name = words[0];
    if (name == "tx") {
      const std::string got = sent_.empty() ? "nothing" : text_of(sent_.front());
      if (!sent_.empty()) sent_.pop_front();
      check(got == words[1], "sent was " + got);
      return;
    }
    check(sent_.empty(), "a frame was sent that is not here");
    sent_.clear();
    bench_.top().hold_i = 1;
    if (name == "rx") {
      receive(bytes_of(words[1]));
    } else if (name == "at") {
      pass(std::stoul(words[1]));
    } else if (name == "send") {
      send(number(words[1]), bytes_of(words[2]));
    } else if (name == "take" || name == "take-none") {
      take(words);
    } else if (name == "request-is" || name == "request-none") {
      take_request(words);
    } else if (name == "reply") {
      reply(bytes_of(words[1]));
    } else if (name == "close") {
      bench_.top().close_i = 1;
      clock();
      bench_.top().close_i = 0;
    } else if (name == "state") {
      const std::string state = bench_.top().confirmed_o ? "confirmed" : bench_.top().open_o ? "unconfirmed" : "none";
      check(state == words[1], "state " + state);
    } else {
      check(name == "end", "unknown step " + name);
    }
    bench_.top().hold_i = 0;
    for (int i = 0; i < kSettled; i++) clock();
    check(bench_.top().idle_o, "the link did not come to rest");
  }

 private:
  void clock() {
    bench_.settle();
    if (bench_.top().out_valid_o) {
      const uint8_t byte = bench_.top().out_data_o;
      frame_.push_back(byte);
      if (byte == 0 && frame_.size() > 1) {
        sent_.push_back(frame_);
        frame_.clear();
      }
    }
    bench_.clock();
  }

  void receive(const Bytes &bytes) {
    for (const uint8_t byte : bytes) {
      bench_.top().in_valid_i = 1;
      bench_.top().in_data_i = byte;
      bench_.settle();
      while (!bench_.top().in_ready_o) {
        clock();
        bench_.settle();
      }
      clock();
    }
    bench_.top().in_valid_i = 0;
    for (int i = 0; i < 8; i++) clock();
  }

  // A tick is a microsecond; what is due by time shows while time passes.
  void pass(unsigned long until) {
    bench_.top().hold_i = 0;
    while (now_ < until) {
      bench_.top().tick_i = 1;
      clock();
      bench_.top().tick_i = 0;
      now_++;
      if (!bench_.top().idle_o) {
        for (int i = 0; i < kSettled; i++) clock();
      }
    }
  }

  void send(uint32_t kind, const Bytes &payload) {
    for (size_t at = 0; at < payload.size(); at++) {
      bench_.top().send_valid_i = 1;
      bench_.top().send_kind_i = static_cast<uint8_t>(kind);
      bench_.top().send_data_i = payload[at];
      bench_.top().send_last_i = at + 1 == payload.size();
      bench_.settle();
      check(bench_.top().send_ready_o, "not sent");
      clock();
    }
    bench_.top().send_valid_i = 0;
  }

  void take(const std::vector<std::string> &words) {
    Vhil_vectors_top &top = bench_.top();
    if (words[0] == "take-none") {
      check(!top.message_valid_o, "there is a message");
      return;
    }
    Bytes got;
    for (unsigned at = 0; at < top.message_length_o; at++) {
      top.message_offset_i = static_cast<uint16_t>(at);
      clock();
      got.push_back(top.message_data_o);
    }
    check(top.message_valid_o && top.message_kind_o == number(words[1]) && text_of(got) == words[2],
          "another message, or none: " + text_of(got));
    top.message_drop_i = top.message_valid_o;
    clock();
    top.message_drop_i = 0;
  }

  void take_request(const std::vector<std::string> &words) {
    Vhil_vectors_top &top = bench_.top();
    if (words[0] == "request-none") {
      check(!top.request_valid_o, "there is a request");
      return;
    }
    Bytes got;
    for (unsigned at = 0; at < top.request_length_o; at++) {
      top.request_offset_i = static_cast<uint8_t>(at);
      clock();
      got.push_back(top.request_data_o);
    }
    check(top.request_valid_o && text_of(got) == words[1], "another request, or none: " + text_of(got));
    top.request_take_i = 1;
    clock();
    top.request_take_i = 0;
  }

  void reply(const Bytes &payload) {
    for (size_t at = 0; at < payload.size(); at++) {
      bench_.top().reply_valid_i = 1;
      bench_.top().reply_data_i = payload[at];
      bench_.top().reply_last_i = at + 1 == payload.size();
      bench_.settle();
      check(bench_.top().reply_ready_o, "no reply is taken");
      clock();
    }
    bench_.top().reply_valid_i = 0;
  }

  Bench bench_;
  std::deque<Bytes> sent_;
  Bytes frame_;
  unsigned long now_ = 0;
};

void try_code(const std::vector<std::string> &words) {
  const std::string &name = words[0];
  if (name == "crc") {
    try_crc(bytes_of(words[1]), number(words[2]));
  } else if (name == "cobs") {
    const Bytes plain = bytes_of(words[1]);
    try_encode(plain, bytes_of(words[2]));
    try_decode(bytes_of(words[2]), &plain);
  } else if (name == "cobs-accept") {
    const Bytes plain = bytes_of(words[2]);
    try_decode(bytes_of(words[1]), &plain);
  } else if (name == "cobs-broken") {
    try_decode(bytes_of(words[1]), nullptr);
  } else if (name == "frame") {
    try_frame(words);
  } else if (name == "bytes") {
    try_bytes(words);
  } else {
    check(false, "unknown item " + name);
  }
}

}  // namespace

int main(int count, char **arguments) {
  std::ifstream file(count > 1 ? arguments[1] : "");
  if (!file) {
    std::fprintf(stderr, "usage: %s tests/link-vectors/vectors.txt\n", arguments[0]);
    return 2;
  }
  std::unique_ptr<Player> player;
  bool skips = false;
  for (std::string line; std::getline(file, line);) {
    line_number++;
    if (line.rfind('#', 0) == 0) continue;
    std::istringstream text(line.substr(0, line.find(" #")));
    const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
    if (words.empty()) continue;
    if (words[0] == "scenario") {
      skips = words[2] == "host";
      if (!skips) player = std::make_unique<Player>();
      scenarios += !skips;
    } else if (player) {
      player->step(words);
      if (words[0] == "end") player.reset();
    } else if (skips) {
      skips = words[0] != "end";
    } else {
      try_code(words);
    }
  }
  check(checks > 500 && scenarios >= 13, "nothing was checked");
  std::printf("link vectors on the shim: %u checks, %u scenarios of a board, %u failed\n", checks, scenarios, failures);
  return failures == 0 ? 0 : 1;
}
