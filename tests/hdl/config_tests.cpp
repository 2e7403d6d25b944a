// Configuration space, BAR0 and the answers to requests that the device does not support.
#include "host.h"

using namespace test;

TEST(Configuration_space_shows_the_documented_function) {
  Host host;

  CHECK_EQUAL(host.config_read(0x00), 0x41541234u);
  CHECK_EQUAL(host.config_read(0x04), 0x00100000u);
  CHECK_EQUAL(host.config_read(0x08), 0x12000001u);
  CHECK_EQUAL(host.config_read(0x34), 0x40u);
  CHECK_EQUAL(host.config_read(0x40), 0x00028010u);
  CHECK_EQUAL(host.config_read(0x44), 0x10000021u);
  CHECK_EQUAL(host.config_read(0x48), 0x00002000u);
  CHECK_EQUAL(host.config_read(0x64), 0x00200000u);
  CHECK_EQUAL(host.config_read(0x80), 0x00030001u);
  CHECK_EQUAL(host.config_read(0x84), 0x00000008u);
  CHECK_EQUAL(host.config_read(0x100), 0x1101000Fu);
  CHECK_EQUAL(host.config_read(0x104), 0x00000070u);
  CHECK_EQUAL(host.config_read(0x110), 0x1201001Bu);
  CHECK_EQUAL(host.config_read(0x114), 0x00001406u);
  CHECK_EQUAL(host.config_read(0x120), 0x00010013u);
  CHECK_EQUAL(host.config_read(0x124), 0x81000000u);
  CHECK_EQUAL(host.config_read(0x128), 32u);
  CHECK_EQUAL(host.config_read(0x12C), 0u);
  CHECK_EQUAL(host.config_read(0x0C), 0x00800000u);
  CHECK_EQUAL(host.config_read(0xFFC), 0u);
}

TEST(Only_the_documented_configuration_bits_are_writable) {
  Host host;

  for (uint32_t offset = 0; offset < 0x200; offset += 4) {
    const uint32_t spared = offset == 0x48 ? 0x8000 : offset == 0x84 ? 3 : 0;  // no reset, no sleep
    host.config_write(offset, ~spared);
  }

  CHECK_EQUAL(host.config_read(0x00), 0x41541234u);
  CHECK_EQUAL(host.config_read(0x04), 0x00100006u);
  CHECK_EQUAL(host.config_read(0x10), 0xFFFFF000u);
  CHECK_EQUAL(host.config_read(0x14), 0u);
  CHECK_EQUAL(host.config_read(0x48), 0x000070E0u);
  CHECK_EQUAL(host.config_read(0x68), 0x00000040u);
  CHECK_EQUAL(host.config_read(0x104), 0x801F0070u);
  CHECK_EQUAL(host.config_read(0x114), 0x00071406u);
  CHECK_EQUAL(host.config_read(0x124), 0x80000001u);
  CHECK_EQUAL(host.config_read(0x128), 32u);
  CHECK_EQUAL(host.config_read(0x12C), 0xFFFFFFFFu);
}

TEST(Byte_enables_of_a_configuration_write_are_honoured) {
  Host host;

  host.config_write(0x10, 0x12345678, 0x4);
  CHECK_EQUAL(host.config_read(0x10), 0x00340000u);
  host.config_write(0x10, 0xABCDEF12, 0xA);
  CHECK_EQUAL(host.config_read(0x10), 0xAB34E000u);
  host.config_write(0x104, 0xFFFFFFFF, 0x4);
  CHECK_EQUAL(host.config_read(0x104), 0x001F0070u);
}

TEST(The_requester_id_is_captured_by_configuration_writes) {
  Host host;

  const auto before = host.request({0x04000001, 0x0000050F, 0x01000000});
  CHECK(before.has_value());
  CHECK_EQUAL(before->dw(1) >> 16, 0u);
  CHECK_EQUAL(before->dw(2), 0x00000500u);

  host.config_write(0x10, kBar, 0xF, 0x3A18);
  const auto after = host.request({0x04000001, 0x0008070F, 0x01000000});
  CHECK(after.has_value());
  CHECK_EQUAL(after->dw(1), 0x3A180004u);
  CHECK_EQUAL(after->dw(2), 0x00080700u);
}

TEST(A_function_that_is_not_there_answers_unsupported_request) {
  Host host;

  const auto read = host.request({0x04000001, 0x0000010F, 0x01020000});
  const auto write = host.request({0x44000001, 0x0000020F, 0x01030010, 0xFFFFFFFF});

  CHECK_EQUAL(read->kind(), 0x0Au);
  CHECK_EQUAL(read->dw(1) >> 13 & 7, 1u);
  CHECK_EQUAL(write->kind(), 0x0Au);
  CHECK_EQUAL(write->dw(1) >> 13 & 7, 1u);
  CHECK_EQUAL(host.config_read(0x10), 0u);
}

TEST(Global_registers_read_as_documented) {
  Host host;
  host.enable();

  CHECK_EQUAL(host.read(0x000), 0x4248494Cu);
  CHECK_EQUAL(host.read(0x004), 2u);
  CHECK_EQUAL(host.read(0x008), 0x22400C08u);
  const auto some = host.read(0x000, 4);
  CHECK_EQUAL(some[0], 0x4248494Cu);
  CHECK_EQUAL(some[2], 0x22400C08u);
  CHECK_EQUAL(some[3], 0u);
  host.write(0x00C, {0x12345605, 0x87654321});
  CHECK_EQUAL(host.read(0x00C), 5u);
  CHECK_EQUAL(host.read(0x010), 0x87654300u);
  host.write(0x020, {0x12345678});
  CHECK_EQUAL(host.read(0x020), 0x12345678u);
  CHECK_EQUAL(host.read(0xFFC), 0u);
}

TEST(Slot_registers_keep_what_was_written) {
  Host host;
  host.enable();

  for (unsigned slot = 0; slot < 8; slot++) {
    host.write(0x100 + 0x40 * slot,
               {0xFFFFFFFF - slot, 0x11110000 + slot, 0xFFFFFFFF, 0x22220000 + slot, 0x33330000 + slot});
  }
  for (unsigned slot = 0; slot < 8; slot++) {
    const auto low = host.read(0x100 + 0x40 * slot, 4);
    CHECK_EQUAL(low[0], (0xFFFFFFFF - slot) & ~3u);
    CHECK_EQUAL(low[1], 0x11110000 + slot);
    CHECK_EQUAL(low[2], 0x800FFFFFu);
    CHECK_EQUAL(low[3], 0x22220000 + slot);
    CHECK_EQUAL(host.read(0x110 + 0x40 * slot), 0x33330000 + slot);
  }
}

TEST(A_write_of_eight_dws_may_run_into_the_next_slot) {
  Host host;
  host.enable();

  host.write(0x128, {1, 2, 3, 4, 5, 6, 0xABCDEF00, 0x77});

  CHECK_EQUAL(host.read(0x140), 0xABCDEF00u);
  CHECK_EQUAL(host.read(0x144), 0x77u);
}

TEST(Accesses_that_BAR0_does_not_take_are_answered_unsupported_or_dropped) {
  Host host;
  host.enable();
  const Tlp reads[] = {
      {0x00000005, 0x000001FF, kBar},              // five DWs
      {0x00000000, 0x000001FF, kBar},              // 1024 DWs
      {0x00000001, 0x0000010F, kBar + 0x1000},     // beyond the BAR
      {0x00000002, 0x000001FF, kBar + 0xFFC},      // runs out of it
      {0x20000001, 0x0000010F, 0x00000001, kBar},  // above 4 GiB
      {0x02000001, 0x0000010F, kBar},              // I/O
      {0x42000001, 0x0000010F, kBar, 0},           //
      {0x05000001, 0x0000010F, 0x02000000},        // another bus
      {0x4C000001, 0x0000010F, kBar, 1},           // atomic
      {0x01000001, 0x0000010F, kBar},              // locked
  };
  for (const Tlp &read : reads) {
    const auto answer = host.request(read);
    CHECK(answer.has_value());
    CHECK_EQUAL(answer->kind(), 0x0Au);
    CHECK_EQUAL(answer->dw(1) >> 13 & 7, 1u);
    CHECK_EQUAL(answer->dw(2) >> 8, 1u);
  }

  host.send({0x40000002, 0x0000001F, kBar + 0x00C, swapped(9), swapped(0x100)});          // not all bytes
  host.send({0x40000001, 0x000000FF, kBar + 0x00C, swapped(9)});                          // enables of two DWs
  host.send({0x40004001, 0x0000000F, kBar + 0x00C, swapped(9)});                          // poisoned
  host.send({0x40000009, 0x000000FF, kBar + 0x00C, 9, 9, 9, 9, 9, 9, 9, 9, 9});           // nine DWs
  host.send({0x60000001, 0x0000000F, 0x00000001, kBar + 0x00C, swapped(9)});              // above 4 GiB
  host.settle();
  CHECK_EQUAL(host.read(0x00C), 0u);
  CHECK_EQUAL(host.read(0x010), 0u);

  host.config_write(0x04, 0x0004);  // no Memory Space
  const auto off = host.request({0x00000001, 0x0000010F, kBar});
  CHECK_EQUAL(off->kind(), 0x0Au);
}

TEST(Completions_copy_traffic_class_attributes_and_tag) {
  Host host;
  host.enable();

  const auto answer = host.request({0x00543001, 0x1234AB0F, kBar + 0x008});

  CHECK_EQUAL(answer->dw(0), 0x4A543001u);
  CHECK_EQUAL(answer->dw(1), (kFunction << 16) + 4u);
  CHECK_EQUAL(answer->dw(2), 0x1234AB08u);
}

TEST(Reset_brings_everything_back_to_the_start) {
  for (int kind = 0; kind < 2; kind++) {
    Host host;
    host.enable();
    host.map(kNoPasid, 0x1000, 0x80000000);
    host.write(0x00C, {3, 0x2000});
    CHECK_EQUAL(host.operate(0, 0x1000, kNoPasid, 64, 0, kRead), 0x00100002u);
    host.answers_reads = false;
    host.start(1, 0x1000, kNoPasid, 64, 0, kRead);
    host.settle();
    const uint64_t cycles = host.cycles();

    host.lib().reset(host.device(), kind);

    CHECK(host.cycles() >= cycles);
    CHECK_EQUAL(host.config_read(0x04), 0x00100000u);
    CHECK_EQUAL(host.config_read(0x10), 0u);
    CHECK_EQUAL(host.config_read(0x104), 0x70u);
    host.enable();
    CHECK_EQUAL(host.read(0x00C, 4)[2], 0u);
    CHECK_EQUAL(host.read(0x018), 0u);
    CHECK_EQUAL(host.read(0x100), 0u);
    CHECK_EQUAL(host.status(0), 0u);
    host.answers_reads = true;
    const size_t asked = host.count(&Received::is_translation_request);
    CHECK_EQUAL(host.operate(0, 0x1000, kNoPasid, 64, 0, kRead), 0x00100002u);
    CHECK_EQUAL(host.count(&Received::is_translation_request), asked + 1);
  }
}
