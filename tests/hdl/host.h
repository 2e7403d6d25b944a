// A small host: configuration and register access, memory, page tables, and the translation agent's answers.
#ifndef HILBENCH_TESTS_HDL_HOST_H
#define HILBENCH_TESTS_HDL_HOST_H

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "device.h"
#include "harness.h"

namespace test {

constexpr uint32_t kBar = 0xE0000000u;
constexpr uint32_t kFunction = 0x0100;  // 01:00.0
constexpr uint32_t kSecond = 0x0101;    // 01:00.1
constexpr unsigned kInvalidations = 24;  // that the device's queue holds
constexpr uint32_t kNoPasid = 0xFFFFFFFFu;
constexpr uint32_t kReadOnly = 1, kReadWrite = 3, kUntranslatedOnly = 4, kExecutable = 8, kGlobal = 0x20;

// COMMAND bits.
constexpr uint32_t kRead = 1, kWrite = 2, kNoWrite = 4, kUntranslated = 8;
constexpr uint32_t kFetchAdd = 3, kCompareSwap = 3 | 1 << 7;
constexpr uint32_t kOfSecond = 1u << 19, kExecute = 1u << 20, kPrivileged = 1u << 21, kPaging = 1u << 22;
inline uint32_t ask(unsigned log2) { return log2 << 4; }
inline uint32_t label(uint32_t value) { return value << 8; }

// A received TLP, taken apart.
struct Received {
  Tlp tlp;
  uint64_t cycle = 0;
  uint32_t pasid = kNoPasid;
  size_t header = 0;  // index of DW0
  uint32_t dw(size_t i) const { return tlp.at(header + i); }
  uint32_t kind() const { return dw(0) >> 24; }
  uint32_t at() const { return dw(0) >> 10 & 3; }
  uint32_t length() const { return (dw(0) & 0x3FF) ? dw(0) & 0x3FF : 1024; }
  bool is_long() const { return (dw(0) >> 29 & 1) != 0; }
  uint64_t address() const { return is_long() ? static_cast<uint64_t>(dw(2)) << 32 | dw(3) : dw(2); }
  uint32_t requester() const { return dw(1) >> 16; }
  uint32_t tag() const { return dw(1) >> 8 & 0xFF; }
  size_t payload() const { return header + (is_long() ? 4 : 3); }
  bool is_read() const { return kind() == 0x00 || kind() == 0x20; }
  bool is_write() const { return kind() == 0x40 || kind() == 0x60; }
  bool is_atomic() const { return kind() == 0x4C || kind() == 0x6C || kind() == 0x4E || kind() == 0x6E; }
  bool is_translation_request() const { return is_read() && at() == 1; }
  bool is_invalidate_completion() const { return kind() == 0x32 && (dw(1) & 0xFF) == 2; }
  bool is_page_request() const { return kind() == 0x30 && (dw(1) & 0xFF) == 4; }
  uint32_t page_index() const { return dw(3) >> 3 & 0x1FF; }
  bool is_completion() const { return kind() == 0x0A || kind() == 0x4A; }
};

struct Mapping {
  uint64_t physical;  // of the whole block
  unsigned log2;      // size, 12 and up
  uint32_t flags;     // R, W, ... of the entry's low bits
};

// What memory holds before anyone writes to it.
inline uint32_t stamp(uint64_t physical) { return static_cast<uint32_t>(physical >> 2) * 2654435761u ^ 0x5A5A0000u; }

inline uint32_t swapped(uint32_t dw) { return __builtin_bswap32(dw); }

// Size-encoded block (ats-rules A.5).
uint64_t encode(uint64_t base, unsigned log2);

class Host {
 public:
  explicit Host(const std::string &path = clean_library, const std::string &options = "");
  ~Host();
  Host(const Host &) = delete;
  Host &operator=(const Host &) = delete;

  // Bus number, BAR, Memory Space and Bus Master, ATS, PASID.
  void enable(uint32_t id = kFunction);
  // Allocation and Enable of the Page Request interface.
  void enable_pages(uint32_t allocation = 32, uint32_t id = kFunction);

  void send(const Tlp &tlp) { queue_.push_back(tlp); }
  void run(unsigned cycles);
  // Until the device has nothing more to say and nothing waits to be sent.
  void settle(unsigned quiet = 200);
  uint64_t cycles() { return lib_.cycles(device_); }

  std::optional<Received> request(const Tlp &tlp, unsigned cycles_max = 3000);
  uint32_t config_read(uint32_t offset, uint32_t id = kFunction);
  void config_write(uint32_t offset, uint32_t value, uint32_t enables = 0xF, uint32_t id = kFunction);
  uint32_t read(uint32_t offset);
  std::vector<uint32_t> read(uint32_t offset, unsigned count);
  void write(uint32_t offset, const std::vector<uint32_t> &values);

  void start(unsigned slot, uint64_t va, uint32_t pasid, uint32_t length, uint32_t seed, uint32_t command);
  // Starts, runs to the end, returns STATUS.
  uint32_t operate(unsigned slot, uint64_t va, uint32_t pasid, uint32_t length, uint32_t seed, uint32_t command);
  uint32_t status(unsigned slot) { return read(0x118 + 0x40 * slot); }

  void map(uint32_t pasid, uint64_t va, uint64_t physical, unsigned log2 = 12, uint32_t flags = kReadWrite,
           uint32_t id = kFunction);
  void unmap(uint32_t pasid, uint64_t va, unsigned log2 = 12) { maps_.erase({kFunction, pasid, va >> log2, log2}); }
  const Mapping *find(uint32_t pasid, uint64_t va, uint32_t id = kFunction) const;

  static Tlp invalidate(uint64_t payload, unsigned itag, uint32_t pasid = kNoPasid, unsigned tc = 0,
                        uint32_t agent = 0x0008, uint32_t id = kFunction);
  // Sends it and waits for its completion; false when none came.
  bool invalidate_and_wait(uint64_t payload, unsigned itag = 0, uint32_t pasid = kNoPasid, uint32_t id = kFunction);
  bool completed(unsigned itag) const;

  static Tlp page_response(unsigned index, unsigned code = 0, uint32_t pasid = kNoPasid, uint32_t id = kFunction);

  Tlp translation_completion(const Received &request, unsigned entries_max = 8) const;
  Tlp perform_atomic(const Received &request);
  Tlp read_completion(const Received &request) const;
  void answer(const Received &request);

  uint32_t memory(uint64_t physical) const;
  size_t count(bool (Received::*what)() const) const;
  std::vector<Received> all(bool (Received::*what)() const) const;

  Library &lib() { return lib_; }
  hil_device *device() { return device_; }

  // How the host behaves.
  bool answers_translations = true;
  bool answers_reads = true;
  unsigned split_bytes = 0;  // completions of reads and translations are cut into pieces of so many bytes
  std::vector<Received> held;  // requests not answered
  std::vector<Received> log;   // everything the device said
  std::vector<std::pair<uint64_t, uint32_t>> written;

 private:
  void hear(const Tlp &tlp);

  Library &lib_;
  hil_device *device_;
  std::deque<Tlp> queue_;
  std::map<std::tuple<uint32_t, uint32_t, uint64_t, unsigned>, Mapping> maps_;
  std::map<uint64_t, uint32_t> memory_;
  std::optional<Received> completion_;
  uint32_t tag_ = 0;
};

}  // namespace test

#endif
