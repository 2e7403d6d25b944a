// Atomic operations: FetchAdd of SEED, and compare with SEED and swap SEED + 1.
#include "host.h"

using namespace test;

namespace {

struct Enabled : Host {
  explicit Enabled(const std::string &path = clean_library, const std::string &options = "") : Host(path, options) {
    enable();
    config_write(0x68, 0x40);
  }
};

uint32_t error(uint32_t status) { return status >> 4 & 0xF; }

}  // namespace

TEST(A_FetchAdd_adds_SEED_and_returns_what_was_there) {
  Enabled host;
  host.map(5, 0x12345000, 0x123400000);

  CHECK_EQUAL(host.operate(2, 0x12345010, 5, 4, 0x11223344, kFetchAdd), 0x00010002u);

  const auto atomics = host.all(&Received::is_atomic);
  CHECK_EQUAL(atomics.size(), 1u);
  CHECK(atomics[0].tlp == (Tlp{0x6C000801, 0x01000E0F, 0x00000001, 0x23400010, 0x44332211}));
  const auto result = host.read(0x118 + 0x80, 4);
  CHECK_EQUAL(result[1], stamp(0x123400010));
  CHECK_EQUAL(result[2], 0u);
  CHECK_EQUAL(result[3], stamp(0x123400010));
  CHECK_EQUAL(host.memory(0x123400010), stamp(0x123400010) + 0x11223344);
}

TEST(A_compare_and_swap_carries_both_operands) {
  Enabled host;
  host.map(kNoPasid, 0x10000, 0x40000);
  host.operate(0, 0x10020, kNoPasid, 4, 0xFFFFFFFF, kWrite);

  CHECK_EQUAL(host.operate(7, 0x10020, kNoPasid, 4, 0xFFFFFFFE, kCompareSwap | 3u << 16), 0x00010002u);
  CHECK_EQUAL(host.memory(0x40020), 0xFFFFFFFFu);
  CHECK_EQUAL(host.operate(7, 0x10020, kNoPasid, 4, 0xFFFFFFFF, kCompareSwap | 3u << 16), 0x00010002u);
  CHECK_EQUAL(host.read(0x2DC), 0xFFFFFFFFu);
  CHECK_EQUAL(host.memory(0x40020), 0u);

  const auto atomics = host.all(&Received::is_atomic);
  CHECK(atomics[1].tlp == (Tlp{0x4E300802, 0x01001DFF, 0x00040020, 0xFFFFFFFF, 0x00000000}));
}

TEST(Untranslated_atomics_carry_the_PASID) {
  Enabled host;

  CHECK_EQUAL(host.operate(0, 0x7F0000001000, 0x12345, 4, 1, kFetchAdd | kUntranslated), 0x00010002u);
  CHECK_EQUAL(host.operate(0, 0x2000, 9, 4, 1, kCompareSwap | kUntranslated), 0x00010002u);

  const auto atomics = host.all(&Received::is_atomic);
  CHECK(atomics[0].tlp == (Tlp{0x91012345, 0x6C000001, 0x0100080F, 0x00007F00, 0x00001000, swapped(1)}));
  CHECK(atomics[1].tlp == (Tlp{0x91000009, 0x4E000002, 0x010008FF, 0x00002000, swapped(1), swapped(2)}));
}

TEST(An_atomic_needs_read_and_write_access) {
  for (uint32_t flags : {0u, kReadOnly, 2u}) {
    Enabled host;
    host.map(kNoPasid, 0x10000, 0x40000, 12, flags);
    CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kFetchAdd | kNoWrite)), 1u);
    CHECK_EQUAL(host.all(&Received::is_translation_request)[0].dw(2), 0x10000u);
    CHECK_EQUAL(host.count(&Received::is_atomic), 0u);

    host.map(kNoPasid, 0x10000, 0x40000);
    CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kFetchAdd)), 0u);
    CHECK_EQUAL(host.count(&Received::is_translation_request), 2u);
  }
}

TEST(A_page_request_for_an_atomic_asks_for_both) {
  Enabled host;
  host.enable_pages();
  host.start(0, 0x10000, kNoPasid, 4, 0, kFetchAdd | kPaging);
  host.settle();

  CHECK_EQUAL(host.all(&Received::is_page_request)[0].dw(3), 0x10000u | 4 | 2 | 1);
}

TEST(Atomics_end_with_error_4_5_or_6) {
  Enabled host;
  host.map(kNoPasid, 0x10000, 0x40000);

  for (uint32_t length : {0u, 8u, 4096u}) CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, length, 0, kFetchAdd)), 4u);
  host.config_write(0x68, 0);
  CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kFetchAdd)), 5u);
  CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kCompareSwap | kUntranslated)), 5u);
  CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kRead)), 0u);
  host.config_write(0x68, 0x40);

  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kFetchAdd);
  host.settle();
  host.send({0x0A000000, 0x00002004, 0x01000800});  // UR
  host.settle();
  CHECK_EQUAL(host.status(0), 0x00000062u);
}

TEST(AtomicOp_Requester_Enable_cleared_while_the_translation_is_awaited_ends_the_atomic) {
  Enabled host;
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kFetchAdd);
  host.settle();

  host.config_write(0x68, 0);
  host.answer(host.held[0]);
  host.settle();

  CHECK_EQUAL(host.status(0), 0x00000052u);
  CHECK_EQUAL(host.count(&Received::is_atomic), 0u);
}

TEST(The_invalidate_completion_waits_for_atomics_that_used_the_translation) {
  Enabled host;
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 4, 1, kFetchAdd);
  host.settle();

  host.send(Host::invalidate(0x10000, 1));
  host.settle();
  CHECK(!host.completed(1));
  host.answer(host.held[0]);
  host.settle();
  CHECK(host.completed(1));
}
