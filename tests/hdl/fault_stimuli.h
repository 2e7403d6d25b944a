// What the least stimuli of the faults have in common (ats-rules C).
#ifndef HILBENCH_TESTS_HDL_FAULT_STIMULI_H
#define HILBENCH_TESTS_HDL_FAULT_STIMULI_H

#include <functional>

#include "host.h"

namespace test {

constexpr uint64_t k2M = 0x200000;
constexpr uint64_t kEverything = 0x7FFFFFFFFFFFF800;

// True: the device behaved.
using Stimulus = std::function<bool(Host &)>;

// The clean device passes, and so does the faulty build without a fault; the faulty one misbehaves (or the host can
// make nothing of what it says).
inline void shows(const char *fault, const Stimulus &behaves) {
  Host clean(clean_library), unmutated(faulty_library), faulty(faulty_library, std::string("fault=") + fault);
  clean.enable();
  unmutated.enable();
  faulty.enable();
  CHECK(behaves(clean));
  CHECK(behaves(unmutated));
  bool behaved = false;
  try {
    behaved = behaves(faulty);
  } catch (const Failure &) {
  }
  CHECK(!behaved);
}

// The faulty device passes: the mistake shows only under the stimulus that it is about.
inline void hides(const char *fault, const Stimulus &behaves) {
  Host faulty(faulty_library, std::string("fault=") + fault);
  faulty.enable();
  CHECK(behaves(faulty));
}

inline uint32_t touch(Host &host, uint64_t va, uint32_t pasid = kNoPasid, uint32_t command = kRead) {
  return host.operate(0, va, pasid, 4, 0, command);
}

// True when an access to va asks the host again.
inline bool asks(Host &host, uint64_t va, uint32_t pasid = kNoPasid) {
  const size_t before = host.count(&Received::is_translation_request);
  touch(host, va, pasid);
  return host.count(&Received::is_translation_request) > before;
}

// Grant at `granted`, invalidate, access at `accessed`: did the device ask again?
inline bool asks_after(Host &host, uint64_t granted, unsigned log2, uint64_t payload, uint64_t accessed,
                       uint32_t pasid = kNoPasid, uint32_t invalidated_pasid = kNoPasid) {
  const uint64_t base = granted >> log2 << log2;
  host.map(pasid, base, 0x1000000000 + base, log2);
  touch(host, granted, pasid);
  CHECK(host.invalidate_and_wait(payload, 1, invalidated_pasid));
  return asks(host, accessed, pasid);
}

// So many other translations are granted: they take the next places of the ATC in turn.
inline void grant_others(Host &host, unsigned count) {
  for (uint64_t i = 0; i < count; i++) {
    host.map(kNoPasid, 0x7000000000 + (i << 12), 0x7000000 + (i << 12));
    touch(host, 0x7000000000 + (i << 12));
  }
}

// Addresses of the translated requests so far.
inline std::vector<uint64_t> translated(const Host &host) {
  std::vector<uint64_t> addresses;
  for (const Received &it : host.log) {
    if ((it.is_read() || it.is_write()) && it.at() == 2) addresses.push_back(it.address());
  }
  return addresses;
}

// Where the next access to va goes to.
inline uint64_t target(Host &host, uint64_t va) {
  const size_t before = translated(host).size();
  touch(host, va);
  const std::vector<uint64_t> addresses = translated(host);
  return addresses.size() == before ? UINT64_MAX : addresses.back();
}

inline bool is_in(const std::vector<uint64_t> &addresses, uint64_t base, unsigned log2 = 12) {
  for (uint64_t address : addresses) {
    if (address >> log2 == base >> log2) return true;
  }
  return false;
}

}  // namespace test

#endif
