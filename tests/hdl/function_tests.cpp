// Two functions: what each has for itself, and what they share without mixing it up.
#include "host.h"

using namespace test;

namespace {

size_t asked(Host &host) { return host.count(&Received::is_translation_request); }

uint32_t error(uint32_t status) { return status >> 4 & 0xF; }

uint32_t touch(Host &host, uint64_t va, uint32_t command, uint32_t pasid = kNoPasid) {
  return host.operate(0, va, pasid, 4, 0, command);
}

bool asks(Host &host, uint64_t va, uint32_t command, uint32_t pasid = kNoPasid) {
  const size_t before = asked(host);
  touch(host, va, command, pasid);
  return asked(host) != before;
}

// The same page, mapped elsewhere for each function.
void map_both(Host &host, uint32_t pasid = kNoPasid) {
  host.map(pasid, 0x10000, 0x40000);
  host.map(pasid, 0x10000, 0x90000, 12, kReadWrite, kSecond);
}

}  // namespace

TEST(Function_1_has_a_configuration_space_of_its_own) {
  Host host;

  CHECK_EQUAL(host.config_read(0x00, kSecond), 0x41541234u);
  CHECK_EQUAL(host.config_read(0x08, kSecond), 0x12000001u);
  CHECK_EQUAL(host.config_read(0x0C, kSecond), 0x00800000u);
  CHECK_EQUAL(host.config_read(0x100, kSecond), 0x1101000Fu);
  CHECK_EQUAL(host.config_read(0x104, kSecond), 0x00000068u);
  for (uint32_t offset = 0; offset < 0x120; offset += 4) host.config_write(offset, 0xFFFF77FF, 0xF, kSecond);
  CHECK_EQUAL(host.config_read(0x04, kSecond), 0x00100006u);
  CHECK_EQUAL(host.config_read(0x10, kSecond), 0u);
  CHECK_EQUAL(host.config_read(0x48, kSecond), 0x000070E0u);
  CHECK_EQUAL(host.config_read(0x104, kSecond), 0x801F0068u);

  CHECK_EQUAL(host.config_read(0x04), 0x00100000u);
  CHECK_EQUAL(host.config_read(0x10), 0u);
  CHECK_EQUAL(host.config_read(0x48), 0x00002000u);
  CHECK_EQUAL(host.config_read(0x104), 0x00000070u);
}

TEST(A_configuration_request_is_completed_by_the_addressed_function) {
  Host host;
  host.config_write(0x10, 0, 0xF, 0x3A19);

  for (uint32_t function : {0u, 1u}) {
    const auto answer = host.request({0x04000001, 0x0000050F, 0x3A180000 + (function << 16)});
    CHECK(answer.has_value());
    CHECK_EQUAL(answer->requester(), 0x3A18 + function);
  }
}

TEST(An_operation_of_function_1_carries_its_requester_id) {
  Host host;
  host.enable();
  host.enable(kSecond);
  map_both(host, 5);
  host.write(0x010, {0x1000});

  CHECK_EQUAL(host.operate(3, 0x10010, 5, 64, 9, kWrite | kOfSecond), 0x00100002u);
  CHECK_EQUAL(host.operate(3, 0x10010, 5, 64, 0, kRead | kOfSecond), 0x00100002u);
  CHECK_EQUAL(host.read(0x1DC), 9u);

  size_t requests = 0;
  for (const Received &it : host.log) {
    if (it.is_completion()) continue;
    CHECK_EQUAL(it.requester(), kSecond);
    if (it.at() == 2) CHECK_EQUAL(it.address(), 0x90010u);
    requests++;
  }
  CHECK_EQUAL(requests, 5u);  // one translation, a write, a read, two records
  CHECK(host.all(&Received::is_translation_request)[0].tlp == (Tlp{0x91000005, 0x00000402, 0x010103FF, 0x00010000}));
}

TEST(Each_function_obeys_its_own_enables) {
  const struct {
    uint32_t offset, value, enables;
  } offs[] = {{0x04, 0, 0xF}, {0x104, 0, 0xC}, {0x114, 0, 0xC}};
  for (const auto &off : offs) {
    for (uint32_t id : {kFunction, kSecond}) {
      Host host;
      host.enable();
      host.enable(kSecond);
      map_both(host, 5);
      host.config_write(off.offset, off.value | (off.offset == 4 ? 2 : 0), off.enables, id);
      CHECK_EQUAL(error(touch(host, 0x10000, kRead, 5)), id == kFunction ? 5u : 0u);
      CHECK_EQUAL(error(touch(host, 0x10000, kRead | kOfSecond, 5)), id == kSecond ? 5u : 0u);
    }
  }
}

TEST(Each_function_has_its_own_sizes) {
  Host host;
  host.enable();
  host.enable(kSecond);
  map_both(host);
  host.config_write(0x48, 0x0020, 0xF, kSecond);

  host.operate(0, 0x10000, kNoPasid, 512, 0, kWrite);
  CHECK_EQUAL(host.count(&Received::is_write), 4u);
  host.operate(0, 0x10000, kNoPasid, 512, 0, kWrite | kOfSecond);
  CHECK_EQUAL(host.count(&Received::is_write), 6u);
  const size_t before = host.count(&Received::is_read);
  host.operate(0, 0x10000, kNoPasid, 512, 0, kRead | kOfSecond);
  CHECK_EQUAL(host.count(&Received::is_read), before + 4);
  host.operate(0, 0x10000, kNoPasid, 512, 0, kRead);
  CHECK_EQUAL(host.count(&Received::is_read), before + 5);
}

TEST(The_same_page_is_translated_for_each_function) {
  Host host;
  host.enable();
  host.enable(kSecond);
  for (uint32_t pasid : {kNoPasid, 0u, 5u}) {
    map_both(host, pasid);
    CHECK(asks(host, 0x10000, kRead, pasid));
    CHECK(asks(host, 0x10000, kRead | kOfSecond, pasid));
    CHECK_EQUAL(host.read(0x11C), stamp(0x90000));
    CHECK(!asks(host, 0x10000, kRead, pasid));
    CHECK_EQUAL(host.read(0x11C), stamp(0x40000));
    CHECK(!asks(host, 0x10000, kRead | kOfSecond, pasid));
  }
}

TEST(An_invalidation_ends_the_translations_of_its_function_alone) {
  for (uint32_t payload_bits : {0u, 1u}) {
    for (uint32_t pasid : {kNoPasid, 5u}) {
      Host host;
      host.enable();
      host.enable(kSecond);
      map_both(host, 5);
      touch(host, 0x10000, kRead, 5);
      touch(host, 0x10000, kRead | kOfSecond, 5);

      CHECK(host.invalidate_and_wait(0x10000 | payload_bits, 1, pasid, kSecond));
      CHECK_EQUAL(host.all(&Received::is_invalidate_completion)[0].requester(), kSecond);
      CHECK(!asks(host, 0x10000, kRead, 5));
      CHECK(asks(host, 0x10000, kRead | kOfSecond, 5));

      CHECK(host.invalidate_and_wait(0x10000 | payload_bits, 2, pasid));
      CHECK_EQUAL(host.all(&Received::is_invalidate_completion)[1].requester(), kFunction);
      CHECK(!asks(host, 0x10000, kRead | kOfSecond, 5));
      CHECK(asks(host, 0x10000, kRead, 5));
    }
  }
}

TEST(An_invalidation_kills_the_answers_in_flight_of_its_function_alone) {
  Host host;
  host.enable();
  host.enable(kSecond);
  map_both(host);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.start(1, 0x10000, kNoPasid, 4, 0, kRead | kOfSecond);
  host.settle();

  CHECK(host.invalidate_and_wait(0x10000, 1, kNoPasid, kSecond));
  host.answer(host.held[0]);
  host.answer(host.held[1]);
  host.settle();

  CHECK_EQUAL(host.status(0), 0x00010002u);
  CHECK_EQUAL(host.status(1) & 3, 1u);
  CHECK_EQUAL(host.held.size(), 3u);  // slot 1 asks again
  CHECK_EQUAL(host.held[2].tag(), 1u);
}

TEST(An_invalidation_waits_for_the_reads_of_its_function_alone) {
  Host host;
  host.enable();
  host.enable(kSecond);
  map_both(host);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.start(1, 0x20000, kNoPasid, 64, 0, kRead | kOfSecond);
  host.settle();

  CHECK(host.invalidate_and_wait(0x10000, 1, kNoPasid, kSecond));
  host.send(Host::invalidate(0x10000, 2));
  host.settle();
  CHECK(!host.completed(2));
  host.answer(host.held[0]);
  host.settle();
  CHECK(host.completed(2));
}

TEST(Traffic_classes_are_counted_for_each_function) {
  Host host;
  host.enable();
  host.enable(kSecond);
  map_both(host);
  touch(host, 0x10000, kRead | 3u << 16);
  touch(host, 0x10000, kRead | 5u << 16);
  touch(host, 0x10000, kRead | kOfSecond | 6u << 16);

  host.send(Host::invalidate(0x10000, 1));
  host.send(Host::invalidate(0x10000, 2, kNoPasid, 0, 0x0008, kSecond));
  host.settle();

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 3u);
  CHECK(completions[0].tlp == (Tlp{0x32300000, 0x01000002, 0x00080002, 2}));
  CHECK(completions[1].tlp == (Tlp{0x32500000, 0x01000002, 0x00080002, 2}));
  CHECK(completions[2].tlp == (Tlp{0x32600000, 0x01010002, 0x00080001, 4}));
}

TEST(A_change_of_one_function_leaves_the_translations_of_the_other) {
  for (uint32_t changed : {kFunction, kSecond}) {
    Host host;
    host.enable();
    host.enable(kSecond);
    map_both(host);
    touch(host, 0x10000, kRead);
    touch(host, 0x10000, kRead | kOfSecond);

    host.config_write(0x104, 0, 0xC, changed);
    host.config_write(0x104, 0x80000000, 0xC, changed);

    CHECK_EQUAL(asks(host, 0x10000, kRead), changed == kFunction);
    CHECK_EQUAL(asks(host, 0x10000, kRead | kOfSecond), changed == kSecond);
  }
}

TEST(An_answer_to_the_other_function_is_not_taken) {
  for (uint32_t command : {0u, kOfSecond}) {
    Host host;
    host.enable();
    host.enable(kSecond);
    map_both(host);
    host.answers_translations = host.answers_reads = false;
    host.start(2, 0x10000, kNoPasid, 4, 0, kRead | command);
    host.settle();
    const uint32_t other = command == 0 ? 0x0101 : 0x0100;

    host.send({0x4A000002, 8, other << 16 | 0x0200, 0, 0x60003});
    host.settle();
    CHECK_EQUAL(host.held.size(), 1u);
    host.answer(host.held[0]);
    host.settle();
    CHECK_EQUAL(host.held.size(), 2u);
    host.send({0x4A000001, 4, other << 16 | host.held[1].tag() << 8, 0x12345678});
    host.settle();
    CHECK_EQUAL(host.status(2) & 3, 1u);
    host.answer(host.held[1]);
    host.settle();
    CHECK_EQUAL(host.status(2), 0x00010002u);
    CHECK_EQUAL(host.read(0x19C), stamp(command == 0 ? 0x40000 : 0x90000));
  }
}

TEST(Functions_beyond_the_second_do_not_answer) {
  Host host;
  host.enable();
  host.enable(kSecond);
  for (uint32_t function = 2; function < 8; function++) {
    const uint32_t id = 0x0100 + function;
    const auto read = host.request({0x04000001, 0x0000010F, id << 16});
    CHECK(read.has_value());
    CHECK_EQUAL(read->kind(), 0x0Au);
    CHECK_EQUAL(read->dw(1) >> 13 & 7, 1u);
    host.send(Host::invalidate(0x10000, function, kNoPasid, 0, 0x0008, id));
    host.settle();
  }
  CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);
}
