// DMA operations: what is sent, where it is cut, what the slot reports.
#include "host.h"

using namespace test;

namespace {

uint32_t digest(uint64_t physical, uint32_t bytes) {
  uint32_t sum = 0;
  for (uint32_t at = 0; at < bytes; at += 4) sum += stamp(physical + at);
  return sum;
}

uint32_t done(uint32_t dws, uint32_t error = 0, uint32_t label = 0) { return dws << 16 | label << 8 | error << 4 | 2; }

}  // namespace

TEST(A_read_asks_for_the_translation_and_then_reads_translated) {
  Host host;
  host.enable();
  host.map(5, 0x12345000, 0x123400000);

  CHECK_EQUAL(host.operate(2, 0x12345010, 5, 64, 0, kRead | label(0xA7)), done(16, 0, 0xA7));

  const auto reads = host.all(&Received::is_read);
  CHECK_EQUAL(reads.size(), 2u);
  CHECK(reads[0].tlp == (Tlp{0x91000005, 0x00000402, 0x010002FF, 0x12345000}));
  CHECK(reads[1].tlp == (Tlp{0x20000810, 0x01000EFF, 0x00000001, 0x23400010}));
  const auto result = host.read(0x118 + 0x80, 4);
  CHECK_EQUAL(result[1], stamp(0x123400010));
  CHECK_EQUAL(result[2], stamp(0x123400014));
  CHECK_EQUAL(result[3], digest(0x123400010, 64));
}

TEST(A_write_carries_seed_plus_k_in_address_order) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x7F0000200000, 0x123400000);

  CHECK_EQUAL(host.operate(0, 0x7F0000200FFC, kNoPasid, 4, 0xDEADBEEF, kWrite), done(1));
  const auto write = host.all(&Received::is_write);
  CHECK_EQUAL(write.size(), 1u);
  CHECK(write[0].tlp == (Tlp{0x60000801, 0x0100000F, 0x00000001, 0x23400FFC, 0xEFBEADDE}));
  CHECK_EQUAL(host.all(&Received::is_translation_request)[0].address(), 0x7F0000200000u);

  CHECK_EQUAL(host.operate(0, 0x7F0000200100, kNoPasid, 128, 0xFFFFFFFE, kWrite), done(32));
  for (uint32_t k = 0; k < 32; k++) CHECK_EQUAL(host.memory(0x123400100 + 4 * k), 0xFFFFFFFE + k);
  CHECK_EQUAL(host.count(&Received::is_translation_request), 1u);
}

TEST(Writes_are_cut_at_multiples_of_max_payload_size) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  const struct {
    uint32_t control, at, bytes;
    std::vector<uint32_t> lengths;
  } cases[] = {
      {0x2000, 0x00, 128, {32}},           {0x2000, 0x10, 128, {28, 4}},  {0x2020, 0x10, 512, {60, 64, 4}},
      {0x2020, 0xFC, 8, {1, 1}},           {0x20E0, 0x00, 256, {64}},     {0x2000, 0x80, 256, {32, 32}},
  };
  for (const auto &it : cases) {
    host.config_write(0x48, it.control);
    host.log.clear();

    CHECK_EQUAL(host.operate(1, 0x10000 + it.at, kNoPasid, it.bytes, 7, kWrite), done(it.bytes / 4));

    const auto writes = host.all(&Received::is_write);
    CHECK_EQUAL(writes.size(), it.lengths.size());
    for (size_t i = 0; i < writes.size(); i++) CHECK_EQUAL(writes[i].length(), it.lengths[i]);
    for (uint32_t k = 0; k < it.bytes / 4; k++) CHECK_EQUAL(host.memory(0x40000 + it.at + 4 * k), 7 + k);
  }
}

TEST(Reads_are_cut_at_multiples_of_max_read_request_size) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  const struct {
    uint32_t control, at, bytes;
    std::vector<uint32_t> lengths;
  } cases[] = {
      {0x0000, 0x10, 128, {28, 4}},          {0x1000, 0x10, 512, {60, 64, 4}}, {0x2000, 0x04, 1024, {127, 128, 1}},
      {0x7000, 0x00, 512, {128}},            {0x2000, 0x1FC, 8, {1, 1}},       {0x2000, 0x1FC, 12, {1, 2}},
  };
  for (const auto &it : cases) {
    host.config_write(0x48, it.control);
    host.log.clear();

    CHECK_EQUAL(host.operate(3, 0x10000 + it.at, kNoPasid, it.bytes, 0, kRead), done(it.bytes / 4));

    std::vector<Received> reads;
    for (const Received &it : host.all(&Received::is_read)) {
      if (!it.is_translation_request()) reads.push_back(it);
    }
    CHECK_EQUAL(reads.size(), it.lengths.size());
    for (size_t i = 0; i < reads.size(); i++) CHECK_EQUAL(reads[i].length(), it.lengths[i]);
    const auto result = host.read(0x1D8, 4);
    CHECK_EQUAL(result[1], stamp(0x40000 + it.at));
    CHECK_EQUAL(result[2], stamp(0x40000 + it.at + 4));
    CHECK_EQUAL(result[3], digest(0x40000 + it.at, it.bytes));
  }
}

TEST(Transfers_cross_a_page_boundary_into_another_translation) {
  Host host;
  host.enable();
  host.map(7, 0x10000, 0x5000000);
  host.map(7, 0x11000, 0x9000000);

  CHECK_EQUAL(host.operate(0, 0x10800, 7, 4096, 100, kWrite), done(1024));
  for (uint32_t k = 0; k < 1024; k++) {
    CHECK_EQUAL(host.memory(k < 512 ? 0x5000800 + 4 * k : 0x9000000 + 4 * (k - 512)), 100 + k);
  }
  CHECK_EQUAL(host.count(&Received::is_translation_request), 2u);

  CHECK_EQUAL(host.operate(0, 0x10800, 7, 4096, 0, kRead), done(1024));
  uint32_t sum = 0;
  for (uint32_t k = 0; k < 1024; k++) sum += 100 + k;
  CHECK_EQUAL(host.read(0x124), sum);
}

TEST(At_most_three_reads_of_a_slot_are_out) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(5, 0x10000, kNoPasid, 4096, 0, kRead);
  host.settle();
  CHECK_EQUAL(host.held.size(), 3u);
  for (uint32_t i = 0; i < 3; i++) CHECK_EQUAL(host.held[i].tag(), 8 + 3 * 5 + i);

  host.answer(host.held[1]);
  host.settle();
  CHECK_EQUAL(host.held.size(), 4u);
  CHECK_EQUAL(host.held[3].tag(), 8u + 3 * 5 + 1);

  host.answers_reads = true;
  for (size_t i : {3, 0, 2}) host.answer(host.held[i]);
  host.settle();
  CHECK_EQUAL(host.status(5), done(1024));
  CHECK_EQUAL(host.read(0x264), digest(0x40000, 4096));
  CHECK_EQUAL(host.read(0x25C), stamp(0x40000));
  CHECK_EQUAL(host.read(0x260), stamp(0x40004));
}

TEST(Split_completions_are_put_together) {
  for (unsigned split : {4u, 8u, 12u, 64u, 128u}) {
    Host host;
    host.enable();
    host.map(kNoPasid, 0x10000, 0x40000);
    host.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.split_bytes = split;

    CHECK_EQUAL(host.operate(0, 0x10004, kNoPasid, 2048, 0, kRead), done(512));

    const auto result = host.read(0x118, 4);
    CHECK_EQUAL(result[1], stamp(0x40004));
    CHECK_EQUAL(result[2], stamp(0x40008));
    CHECK_EQUAL(result[3], digest(0x40004, 2048));
  }
}

TEST(A_read_of_one_dw_leaves_DATA_HI_zero) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.operate(0, 0x10000, kNoPasid, 64, 0, kRead);

  CHECK_EQUAL(host.operate(0, 0x10020, kNoPasid, 4, 0, kRead), done(1));

  const auto result = host.read(0x118, 4);
  CHECK_EQUAL(result[1], stamp(0x40020));
  CHECK_EQUAL(result[2], 0u);
  CHECK_EQUAL(result[3], stamp(0x40020));
}

TEST(Untranslated_operations_send_the_address_and_the_PASID) {
  Host host;
  host.enable();

  CHECK_EQUAL(host.operate(0, 0x7F0000001000, 0x12345, 64, 1, kWrite | kUntranslated), done(16));
  CHECK_EQUAL(host.operate(0, 0x2000, kNoPasid, 8, 0, kRead | kUntranslated), done(2));
  CHECK_EQUAL(host.operate(0, 0x2000, 9, 256, 5, kWrite | kUntranslated), done(64));

  CHECK_EQUAL(host.count(&Received::is_translation_request), 0u);
  const auto writes = host.all(&Received::is_write);
  const Tlp head(writes[0].tlp.begin(), writes[0].tlp.begin() + 6);
  CHECK(head == (Tlp{0x91012345, 0x60000010, 0x010000FF, 0x00007F00, 0x00001000, swapped(1)}));
  for (uint32_t k = 0; k < 16; k++) CHECK_EQUAL(host.memory(0x7F0000001000 + 4 * k), 1 + k);
  CHECK(host.all(&Received::is_read)[0].tlp == (Tlp{0x00000002, 0x010008FF, 0x00002000}));
  CHECK_EQUAL(writes[1].tlp[0], 0x91000009u);
  CHECK_EQUAL(writes[1].tlp[1], 0x40000020u);
  for (uint32_t k = 0; k < 64; k++) CHECK_EQUAL(host.memory(0x2000 + 4 * k), 5 + k);
}

TEST(Bad_commands_end_with_error_4) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);

  for (uint32_t length : {0u, 2u, 6u, 4100u, 8192u, 0x10004u, 0x80000000u}) {
    CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, length, 0, kRead), done(0, 4));
  }
  for (uint32_t command : {0u, kFetchAdd, kCompareSwap, kRead | 4u << 4, kWrite | 7u << 4}) {
    CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, command), done(0, 4));
  }
  CHECK_EQUAL(host.count(&Received::is_read), 0u);
}

TEST(Operations_without_their_enables_end_with_error_5) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);

  host.config_write(0x04, 0x0002);
  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead), done(0, 5));
  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead | kUntranslated), done(0, 5));
  host.config_write(0x04, 0x0006);
  host.config_write(0x104, 0, 0xC);
  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead), done(0, 5));
  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead | kUntranslated), done(16));
  host.config_write(0x104, 0x80000000, 0xC);
  host.config_write(0x114, 0, 0xC);
  CHECK_EQUAL(host.operate(0, 0x10000, 5, 64, 0, kRead), done(0, 5));
  CHECK_EQUAL(host.operate(0, 0x10000, 5, 64, 0, kRead | kUntranslated), done(0, 5));
  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead), done(16));
}

TEST(Bus_master_enable_cleared_in_the_middle_stops_the_operation) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 4096, 0, kRead);
  host.settle();

  host.config_write(0x04, 0x0002);
  const size_t said = host.count(&Received::is_read);
  for (size_t i = 0; i < 3; i++) host.answer(host.held[i]);
  host.settle();

  CHECK_EQUAL(host.count(&Received::is_read), said);
  CHECK_EQUAL(host.status(0), done(384, 5));
}

TEST(A_read_answered_with_an_error_ends_with_error_6) {
  const std::vector<Tlp> answers = {
      {0x0A000000, 0x00002040, 0x01000800},                    // UR
      {0x0A000000, 0x00008040, 0x01000800},                    // CA
      {0x0A000000, 0x00000040, 0x01000800},                    // success without data
      {0x4A004001, 0x00000040, 0x01000800, 1},                 // poisoned
      {0x4A000001, 0x00000004, 0x01000800, 1},                 // wrong byte count
  };
  for (const Tlp &answer : answers) {
    Host host;
    host.enable();
    host.map(kNoPasid, 0x10000, 0x40000);
    host.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.answers_reads = false;
    host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
    host.settle();

    host.send(answer);
    host.settle();

    CHECK_EQUAL(host.status(0), done(0, 6));
    host.answers_reads = true;
    CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead), done(16));
  }
}

TEST(An_operation_with_an_error_waits_for_its_other_reads) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 4096, 0, kRead);
  host.settle();

  host.send({0x0A000000, 0x00002200, 0x01000900});
  host.settle();
  CHECK_EQUAL(host.status(0) & 0xF3, 0x61u);
  host.answer(host.held[0]);
  host.answer(host.held[2]);
  host.settle();

  CHECK_EQUAL(host.status(0), done(256, 6));
  CHECK_EQUAL(host.held.size(), 3u);
}

TEST(Forged_completions_have_no_effect) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 8, 0, kRead);
  host.settle();

  host.send({0x4A000002, 0x00000008, 0x01000900, 1, 2});           // another tag
  host.send({0x4A000002, 0x00000008, 0x01002000, 1, 2});           // a tag that is never used
  host.send({0x4A000002, 0x00000008, 0x0100FF00, 1, 2});           //
  host.send({0x4A000002, 0x00000008, 0x02000800, 1, 2});           // another requester
  host.send({0x4A000002, 0x00000008, 0x01000300, 0, 0x1003});      // no Translation Request is out
  host.send({0x4A000003, 0x00000008, 0x01000800, 1, 2});           // shorter than its Length
  host.settle();
  CHECK_EQUAL(host.status(0) & 3, 1u);

  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(host.status(0), done(2));
  CHECK_EQUAL(host.read(0x11C), stamp(0x40000));
}

TEST(Writing_registers_of_a_busy_slot_does_not_disturb_its_operation) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, 0x20000, 0x60000);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 64, 0x100, kWrite | label(1));
  host.settle();

  host.start(0, 0x20000, kNoPasid, 128, 0x200, kWrite | label(2));
  host.settle();
  host.answer(host.held[0]);
  host.settle();

  CHECK_EQUAL(host.status(0), done(16, 0, 1));
  CHECK_EQUAL(host.memory(0x40000), 0x100u);
  CHECK_EQUAL(host.memory(0x60000), stamp(0x60000));
  CHECK_EQUAL(host.count(&Received::is_write), 1u);
}

TEST(Every_operation_leaves_its_record_after_its_writes) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x140000000);
  host.write(0x010, {0xFEE000FF});

  for (unsigned slot = 0; slot < 8; slot++) {
    host.start(slot, 0x10000 + 64 * slot, kNoPasid, 64, slot, (slot % 2 ? kWrite : kRead) | label(slot));
  }
  host.start(0, 0x10000, kNoPasid, 64, 0, 0);  // still busy: ignored
  host.settle();

  std::vector<Received> records;
  for (const Received &it : host.all(&Received::is_write)) {
    if (it.kind() == 0x40) {
      records.push_back(it);
      CHECK_EQUAL(it.length(), 4u);
      CHECK_EQUAL(it.at(), 0u);
      const unsigned slot = static_cast<unsigned>(it.address() >> 4 & 7);
      CHECK_EQUAL(it.address(), 0xFEE00000u + 16 * slot);
      CHECK_EQUAL(swapped(it.dw(3)), done(16, 0, slot));
      CHECK_EQUAL(swapped(it.dw(4)), slot % 2 ? 0 : stamp(0x140000000 + 64 * slot));
      CHECK_EQUAL(swapped(it.dw(6)), slot % 2 ? 0 : digest(0x140000000 + 64 * slot, 64));
    }
  }
  CHECK_EQUAL(records.size(), 8u);
  for (unsigned slot = 1; slot < 8; slot += 2) {
    size_t data = 0, record = 0;
    for (size_t i = 0; i < host.log.size(); i++) {
      if (!host.log[i].is_write()) continue;
      if (host.log[i].address() == 0x140000000u + 64 * slot) data = i;
      if (host.log[i].address() == 0xFEE00000u + 16 * slot) record = i;
    }
    CHECK(data < record);
  }
  CHECK_EQUAL(host.operate(3, 0x10000, kNoPasid, 5, 0, kRead | label(9)), done(0, 4, 9));
  CHECK_EQUAL(host.memory(0xFEE00030), done(0, 4, 9));
}

TEST(BUSY_shows_the_slots_that_run) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_translations = false;
  host.start(1, 0x10000, kNoPasid, 64, 0, kRead);
  host.start(6, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();
  CHECK_EQUAL(host.read(0x014), 0x42u);

  host.answer(host.held[0]);
  host.answer(host.held[1]);
  host.settle();
  CHECK_EQUAL(host.read(0x014), 0u);
}

TEST(TX_GAP_puts_idle_cycles_before_each_TLP) {
  for (uint32_t gap : {0u, 1u, 17u, 255u}) {
    Host host;
    host.enable();
    host.map(kNoPasid, 0x10000, 0x40000);
    host.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.write(0x00C, {gap});
    host.settle(600);
    host.log.clear();

    host.start(0, 0x10000, kNoPasid, 1024, 0, kWrite);
    host.settle(600);

    const auto writes = host.all(&Received::is_write);
    CHECK_EQUAL(writes.size(), 8u);
    for (size_t i = 1; i < writes.size(); i++) {
      const uint64_t between = writes[i].cycle - writes[i - 1].cycle;
      CHECK(between >= gap + 9);  // 36 or 35 DWs are 9 beats
      CHECK(between <= (gap > 4 ? gap + 9 : 14));
    }
  }
}

TEST(A_full_transmit_queue_loses_nothing) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  for (unsigned slot = 0; slot < 8; slot++) host.operate(slot, 0x10000, kNoPasid, 4, 0, kRead);
  host.config_write(0x48, 0x2020);
  host.write(0x00C, {255});
  host.settle(600);

  for (unsigned slot = 0; slot < 8; slot++) {
    host.start(slot, 0x10000 + 512 * slot, kNoPasid, 512, 0x1000 * slot, kWrite);
  }
  host.settle(6000);

  for (unsigned slot = 0; slot < 8; slot++) {
    for (uint32_t k = 0; k < 128; k++) CHECK_EQUAL(host.memory(0x40000 + 512 * slot + 4 * k), 0x1000 * slot + k);
  }
}
