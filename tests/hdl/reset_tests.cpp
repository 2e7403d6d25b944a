// Function-level reset, D3hot, and Translation Requests that are given up.
#include "host.h"

using namespace test;

namespace {

constexpr uint32_t kReset = 0x8000;  // Device Control

size_t asked(Host &host) { return host.count(&Received::is_translation_request); }

uint32_t error(uint32_t status) { return status >> 4 & 0xF; }

bool asks(Host &host, uint64_t va, uint32_t command = kRead) {
  const size_t before = asked(host);
  host.operate(7, va, kNoPasid, 4, 0, command);
  return asked(host) != before;
}

void enable(Host &host) {
  host.enable();
  host.enable(kSecond);
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, 0x10000, 0x90000, 12, kReadWrite, kSecond);
}

uint32_t of(uint32_t id) { return id == kSecond ? kOfSecond : 0; }

}  // namespace

TEST(A_function_level_reset_brings_the_functions_registers_back) {
  for (uint32_t id : {kFunction, kSecond}) {
    Host host;
    const uint32_t other = id ^ 1;
    enable(host);
    for (uint32_t both : {kFunction, kSecond}) {
      host.config_write(0x114, 0x00070000, 0xC, both);
      host.config_write(0x104, 0x800A0000, 0xC, both);
    }
    host.config_write(0x84, 3, 0xF, id);

    host.config_write(0x48, 0xFFFFFFFF, 0xF, id);

    CHECK_EQUAL(host.config_read(0x48, id), 0x00002000u);
    CHECK_EQUAL(host.config_read(0x04, id), 0x00100000u);
    CHECK_EQUAL(host.config_read(0x10, id), 0u);
    CHECK_EQUAL(host.config_read(0x84, id), 8u);
    CHECK_EQUAL(host.config_read(0x104, id) & 0xFFFF0000, 0u);
    CHECK_EQUAL(host.config_read(0x114, id) & 0xFFFF0000, 0u);
    CHECK_EQUAL(host.config_read(0x04, other), 0x00100006u);
    CHECK_EQUAL(host.config_read(0x104, other) >> 16, 0x800Au);
    CHECK_EQUAL(host.config_read(0x114, other) >> 16, 7u);
    CHECK_EQUAL(host.log.back().requester(), other);  // bus and device are kept
  }
}

TEST(A_reset_of_function_0_alone_resets_the_first_registers_of_BAR0) {
  for (uint32_t id : {kSecond, kFunction}) {
    Host host;
    enable(host);
    asks(host, 0x10000);
    asks(host, 0x10000, kRead | kOfSecond);
    host.write(0x00C, {7, 0x00123400});
    host.write(0x020, {0x55555555});

    host.config_write(0x48, kReset, 0xF, id);
    host.enable();

    const bool is_kept = id == kSecond;
    CHECK_EQUAL(host.read(0x00C), is_kept ? 7u : 0u);
    CHECK_EQUAL(host.read(0x010), is_kept ? 0x00123400u : 0u);
    CHECK_EQUAL(host.read(0x018), is_kept ? 2u : 0u);
    CHECK_EQUAL(host.read(0x01C), is_kept ? 2u : 0u);
    CHECK_EQUAL(host.read(0x020), is_kept ? 0x55555555u : 0u);
    CHECK_EQUAL(host.read(0x2C0), 0x10000u);  // VA_LO of slot 7
    CHECK_EQUAL(host.status(7) & 3, 2u);
  }
}

TEST(A_function_level_reset_forgets_the_translations_of_its_function) {
  for (uint32_t id : {kFunction, kSecond}) {
    Host host;
    enable(host);
    asks(host, 0x10000);
    asks(host, 0x10000, kRead | kOfSecond);

    host.config_write(0x48, kReset, 0xF, id);
    host.enable(id);

    CHECK_EQUAL(asks(host, 0x10000), id == kFunction);
    CHECK_EQUAL(asks(host, 0x10000, kRead | kOfSecond), id == kSecond);
  }
}

TEST(A_function_level_reset_forgets_the_operations_of_its_function) {
  for (uint32_t id : {kFunction, kSecond}) {
    Host host;
    const uint32_t other = id ^ 1;
    enable(host);
    host.write(0x010, {0x1000});
    asks(host, 0x10000);
    asks(host, 0x10000, kRead | kOfSecond);
    host.answers_reads = host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 4096, 0, kRead | of(id));
    host.start(1, 0x10000, kNoPasid, 64, 0, kRead | of(other));
    host.start(2, 0x20000, kNoPasid, 64, 0, kRead | of(id));
    host.settle();
    CHECK_EQUAL(host.held.size(), 5u);
    host.log.clear();

    host.config_write(0x48, kReset, 0xF, id);
    if (id == kFunction) host.enable();  // its BAR
    CHECK_EQUAL(host.read(0x014), 2u);
    CHECK_EQUAL(host.status(0) & 3, 0u);
    CHECK_EQUAL(host.status(2) & 3, 0u);
    host.enable(id);
    host.map(kNoPasid, 0x20000, 0x60000, 12, kReadWrite, id);
    for (const Received &it : std::vector<Received>(host.held)) host.answer(it);
    host.settle();

    CHECK_EQUAL(host.status(0) & 3, 0u);
    CHECK_EQUAL(host.status(1), 0x00100002u);
    CHECK_EQUAL(host.count(&Received::is_write), id == kSecond ? 1u : 0u);  // NOTIFY is function 0's
    host.answers_reads = host.answers_translations = true;
    host.map(kNoPasid, 0x20000, 0x70000, 12, kReadWrite, id);
    CHECK_EQUAL(host.operate(0, 0x20000, kNoPasid, 64, 0, kRead | of(id)), 0x00100002u);
    CHECK_EQUAL(host.read(0x11C), stamp(0x70000));  // the late answer was not stored
  }
}

TEST(A_function_level_reset_meets_an_operation_at_every_distance) {
  for (unsigned distance = 0; distance < 90; distance++) {
    Host host;
    enable(host);
    host.write(0x010, {0x1000});
    host.config_write(0x48, 0x2020, 0xF, kSecond);
    for (unsigned slot = 0; slot < 4; slot++) {
      host.start(slot, 0x10000, kNoPasid, 256, slot, (slot % 2 ? kWrite : kRead) | kOfSecond);
    }
    host.run(distance);

    host.config_write(0x48, kReset, 0xF, kSecond);
    size_t said = 0;
    for (const Received &it : host.log) said += !it.is_completion();
    host.settle();
    for (const Received &it : host.log) said -= !it.is_completion();
    CHECK_EQUAL(said, 0u);  // nothing follows the completion
    CHECK_EQUAL(host.read(0x014), 0u);

    host.enable(kSecond);
    for (unsigned slot = 0; slot < 4; slot++) {
      CHECK_EQUAL(host.operate(slot, 0x10000, kNoPasid, 64, 0, kRead | kOfSecond), 0x00100002u);
    }
    CHECK(host.invalidate_and_wait(0x10000, 3, kNoPasid, kSecond));
    CHECK(host.invalidate_and_wait(0x10000, 4));
  }
}

TEST(A_function_level_reset_forgets_the_waiting_invalidations_of_its_function) {
  for (uint32_t id : {kFunction, kSecond}) {
    for (uint32_t first : {kFunction, kSecond}) {
      Host host;
      enable(host);
      host.answers_reads = false;
      host.start(0, 0x10000, kNoPasid, 64, 0, kRead | of(first));
      host.settle();
      for (unsigned itag = 0; itag < 10; itag++) {
        host.send(Host::invalidate(0x10000, itag, kNoPasid, 0, 0x0008, itag % 2 == 0 ? first : first ^ 1));
      }
      host.settle();
      CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);

      host.config_write(0x48, kReset, 0xF, id);
      host.send(Host::invalidate(0x10000, 20, kNoPasid, 0, 0x0008, id));
      host.settle();
      if (first != id) CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);
      host.answer(host.held[0]);
      host.settle();

      std::vector<uint32_t> vectors;
      for (const Received &it : host.all(&Received::is_invalidate_completion)) vectors.push_back(it.dw(3));
      std::vector<uint32_t> expected;
      for (unsigned itag = id == first ? 1 : 0; itag < 10; itag += 2) expected.push_back(1u << itag);
      expected.push_back(1u << 20);
      CHECK(vectors == expected);
    }
  }
}

TEST(What_is_in_the_transmit_queue_leaves_before_the_reset_is_completed) {
  Host host;
  enable(host);
  asks(host, 0x10000);
  host.write(0x00C, {50});
  host.settle(600);
  host.log.clear();
  host.start(0, 0x10000, kNoPasid, 512, 0, kWrite);
  host.run(100);

  host.config_write(0x48, kReset);

  CHECK(host.count(&Received::is_write) > 1);
  CHECK(host.log.back().is_completion());
  host.settle(600);
  CHECK(host.log.back().is_completion());
}

TEST(Only_D0_and_D3hot_can_be_chosen) {
  for (uint32_t id : {kFunction, kSecond}) {
    Host host;
    for (uint32_t state : {1u, 2u}) {
      host.config_write(0x84, state, 0xF, id);
      CHECK_EQUAL(host.config_read(0x84, id), 8u);
    }
    host.config_write(0x84, 0xFFFFFFFF, 0xF, id);
    CHECK_EQUAL(host.config_read(0x84, id), 11u);
    host.config_write(0x84, 2, 0xF, id);
    host.config_write(0x84, 0, 0xE, id);
    CHECK_EQUAL(host.config_read(0x84, id), 11u);
    CHECK_EQUAL(host.config_read(0x84, id ^ 1), 8u);
    host.config_write(0x84, 0, 0xF, id);
    CHECK_EQUAL(host.config_read(0x84, id), 8u);
  }
}

TEST(A_function_in_D3hot_sends_nothing_of_its_own_and_keeps_no_translation) {
  Host host;
  enable(host);
  host.write(0x010, {0x1000});
  host.map(kNoPasid, 0x20000, 0x60000, 12, kReadWrite, kSecond);
  asks(host, 0x10000, kRead | kOfSecond);
  host.answers_translations = false;
  host.start(0, 0x20000, kNoPasid, 64, 0, kRead | kOfSecond);
  host.settle();
  host.log.clear();

  host.config_write(0x84, 3, 0xF, kSecond);
  for (const Received &it : std::vector<Received>(host.held)) host.answer(it);
  host.settle();
  CHECK_EQUAL(error(host.status(0)), 5u);
  CHECK_EQUAL(error(host.operate(1, 0x10000, kNoPasid, 64, 0, kWrite | kUntranslated | kOfSecond)), 5u);
  for (const Received &it : host.log) CHECK(it.is_completion());
  CHECK(host.invalidate_and_wait(0x10000, 1, kNoPasid, kSecond));

  host.config_write(0x84, 0, 0xF, kSecond);
  host.answers_translations = true;
  CHECK(asks(host, 0x10000, kRead | kOfSecond));
  CHECK(asks(host, 0x20000, kRead | kOfSecond));
}

TEST(BAR0_does_not_answer_in_D3hot) {
  Host host;
  enable(host);
  host.write(0x00C, {5});
  host.config_write(0x84, 3);

  host.write(0x00C, {9});
  const auto answer = host.request({0x00000001, 0x0000010F, kBar + 0x00C});
  CHECK_EQUAL(answer->kind(), 0x0Au);
  CHECK_EQUAL(answer->dw(1) >> 13 & 7, 1u);
  host.config_write(0x84, 0);
  CHECK_EQUAL(host.read(0x00C), 5u);
}

TEST(A_translation_request_without_an_answer_is_given_up_after_TIMEOUT_cycles) {
  for (uint32_t timeout : {200u, 1000u}) {
    Host host;
    enable(host);
    host.write(0x010, {0x1000});
    host.write(0x020, {timeout});
    host.answers_translations = false;
    host.start(3, 0x10000, kNoPasid, 64, 0, kRead);
    host.run(timeout + 200);

    CHECK_EQUAL(host.status(3), 0x00000032u);
    const auto records = host.all(&Received::is_write);
    CHECK_EQUAL(records.size(), 1u);
    const uint64_t after = records[0].cycle - host.held[0].cycle;
    CHECK(after + 10 >= timeout);
    CHECK(after <= timeout + 20);
  }
}

TEST(Without_TIMEOUT_an_answer_may_take_any_time) {
  Host host;
  enable(host);
  host.answers_translations = false;
  host.start(3, 0x10000, kNoPasid, 64, 0, kRead);
  host.run(30000);
  CHECK_EQUAL(host.status(3) & 3, 1u);
  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(host.status(3), 0x00100002u);
}

TEST(The_tag_of_a_request_that_was_given_up_waits_for_its_late_answer) {
  for (unsigned split : {0u, 8u}) {
    Host host;
    enable(host);
    for (uint64_t page = 0; page < 4; page++) host.map(kNoPasid, 0x10000 + 4096 * page, 0x40000 + 4096 * page);
    host.map(kNoPasid, 0x80000, 0xA0000);
    asks(host, 0x80000);
    host.write(0x020, {300});
    host.answers_translations = false;
    host.start(3, 0x10000, kNoPasid, 64, 0, kRead | ask(2));
    host.run(600);
    CHECK_EQUAL(host.status(3), 0x00000032u);

    // What needs no request runs; what needs one waits.
    CHECK_EQUAL(host.operate(3, 0x80000, kNoPasid, 64, 0, kRead), 0x00100002u);
    for (uint64_t page = 0; page < 4; page++) host.map(kNoPasid, 0x10000 + 4096 * page, 0x60000 + 4096 * page);
    const size_t before = asked(host);
    host.start(3, 0x10000, kNoPasid, 64, 0, kRead);
    host.run(1000);
    CHECK_EQUAL(host.status(3) & 3, 1u);
    CHECK_EQUAL(asked(host), before);

    Tlp late = {0x4A000008, 0x20, 0x01000300};
    for (uint32_t page = 0; page < 4; page++) late.insert(late.end(), {0, 0x40003 + 0x1000 * page});
    host.answers_translations = true;
    if (split == 0) {
      host.send(late);
    } else {
      for (uint32_t page = 0; page < 4; page++) {
        CHECK_EQUAL(asked(host), before);
        host.send({0x4A000002, 0x20 - 8 * page, 0x01000300 + 8 * page, 0, 0x40003 + 0x1000 * page});
        host.run(100);
      }
    }
    host.settle();
    CHECK_EQUAL(asked(host), before + 1);
    CHECK_EQUAL(host.status(3), 0x00100002u);
    CHECK_EQUAL(host.read(0x1DC), stamp(0x60000));
    CHECK(asks(host, 0x11000));
    CHECK_EQUAL(host.read(0x2DC), stamp(0x61000));
  }
}

TEST(Late_errors_free_the_tag_too) {
  const std::vector<Tlp> answers = {{0x0A000000, 0x00002000, 0x01000000},
                                    {0x0A000000, 0x00008008, 0x01000000},
                                    {0x4A004002, 0x00000008, 0x01000000, 0, 0x40003}};
  for (const Tlp &late : answers) {
    Host host;
    enable(host);
    host.write(0x020, {300});
    host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
    host.run(600);
    host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
    host.run(600);
    CHECK_EQUAL(asked(host), 1u);

    host.answers_translations = true;
    host.send(late);
    host.settle();
    CHECK_EQUAL(host.status(0), 0x00100002u);
  }
}

TEST(A_function_level_reset_frees_the_tag_of_a_request_that_was_given_up) {
  Host host;
  enable(host);
  host.write(0x020, {300});
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead | kOfSecond);
  host.run(600);
  host.config_write(0x48, kReset, 0xF, kSecond);
  host.enable(kSecond);
  host.answers_translations = true;
  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 64, 0, kRead | kOfSecond), 0x00100002u);
}
