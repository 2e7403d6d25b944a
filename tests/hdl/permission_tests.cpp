// What an entry keeps besides its address: Exe, Global, and whether it was asked for in privileged mode.
#include "host.h"

using namespace test;

namespace {

size_t asked(Host &host) { return host.count(&Received::is_translation_request); }

uint32_t error(uint32_t status) { return status >> 4 & 0xF; }

uint32_t touch(Host &host, uint64_t va, uint32_t pasid, uint32_t command = kRead) {
  return host.operate(0, va, pasid, 4, 0, command);
}

bool asks(Host &host, uint64_t va, uint32_t pasid, uint32_t command = kRead) {
  const size_t before = asked(host);
  touch(host, va, pasid, command);
  return asked(host) != before;
}

// All PASID controls.
void enable(Host &host) {
  host.enable();
  host.enable(kSecond);
  for (uint32_t id : {kFunction, kSecond}) host.config_write(0x114, 0x00070000, 0xC, id);
}

}  // namespace

TEST(The_PASID_capability_offers_execute_permission_and_privileged_mode) {
  Host host;
  for (uint32_t id : {kFunction, kSecond}) {
    CHECK_EQUAL(host.config_read(0x114, id), 0x00001406u);
    host.config_write(0x114, 0xFFFFFFFF, 0xF, id);
    CHECK_EQUAL(host.config_read(0x114, id), 0x00071406u);
  }
}

TEST(Execute_and_privileged_travel_in_the_prefix) {
  const struct {
    uint32_t command, prefix;
  } cases[] = {{kRead, 0x91000005},
               {kRead | kExecute, 0x91100005},
               {kRead | kPrivileged, 0x91200005},
               {kRead | kExecute | kPrivileged, 0x91300005},
               {kWrite | kPrivileged, 0x91200005},
               {kWrite | kExecute, 0x91000005}};
  for (const auto &it : cases) {
    Host host;
    enable(host);
    host.map(5, 0x10000, 0x40000, 12, kReadWrite | kExecutable);

    CHECK_EQUAL(error(touch(host, 0x10000, 5, it.command)), 0u);
    CHECK_EQUAL(host.all(&Received::is_translation_request)[0].tlp[0], it.prefix);
    for (const Received &use : host.log) CHECK(use.at() != 2 || use.header == 0);

    host.log.clear();
    CHECK_EQUAL(error(touch(host, 0x10000, 5, it.command | kUntranslated)), 0u);
    CHECK_EQUAL(host.log[0].tlp[0], it.prefix);
  }
}

TEST(Execute_and_privileged_need_their_enables) {
  const struct {
    uint32_t control;
    bool executes, privileged;
  } cases[] = {{0x00010000, false, false}, {0x00030000, true, false}, {0x00050000, false, true}};
  for (const auto &it : cases) {
    Host host;
    host.enable();
    host.config_write(0x114, it.control, 0xC);
    for (uint32_t pasid : {5u, kNoPasid}) host.map(pasid, 0x10000, 0x40000, 12, kReadWrite | kExecutable);

    for (uint32_t untranslated : {0u, kUntranslated}) {
      CHECK_EQUAL(error(touch(host, 0x10000, 5, kRead | kExecute | untranslated)), it.executes ? 0u : 5u);
      CHECK_EQUAL(error(touch(host, 0x10000, 5, kRead | kPrivileged | untranslated)), it.privileged ? 0u : 5u);
      CHECK_EQUAL(error(touch(host, 0x10000, 5, kWrite | kExecute | untranslated)), 0u);
      CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kRead | kExecute | kPrivileged | untranslated)), 0u);
    }
  }
}

TEST(An_execute_needs_Exe_and_R) {
  Host host;
  enable(host);
  host.map(5, 0x10000, 0x40000, 12, kReadOnly);
  CHECK_EQUAL(error(touch(host, 0x10000, 5)), 0u);
  CHECK_EQUAL(error(touch(host, 0x10000, 5, kRead | kExecute)), 1u);
  CHECK_EQUAL(asked(host), 2u);

  host.map(5, 0x10000, 0x50000, 12, kReadOnly | kExecutable);
  CHECK(asks(host, 0x10000, 5, kRead | kExecute));
  CHECK_EQUAL(error(host.status(0)), 0u);
  CHECK(!asks(host, 0x10000, 5, kRead | kExecute));
  CHECK(!asks(host, 0x10000, 5, kRead));
  CHECK_EQUAL(host.read(0x11C), stamp(0x50000));
  CHECK_EQUAL(error(touch(host, 0x10000, 5, kWrite)), 1u);

  host.map(5, 0x20000, 0x60000, 12, 2 | kExecutable);  // W and Exe
  CHECK_EQUAL(error(touch(host, 0x20000, 5, kRead | kExecute)), 1u);
  CHECK_EQUAL(error(touch(host, 0x20000, 5, kWrite)), 0u);
  host.map(5, 0x30000, 0x70000, 12, kExecutable);
  CHECK_EQUAL(error(touch(host, 0x30000, 5, kRead | kExecute)), 1u);
}

TEST(Privileged_mode_is_a_context_of_its_own_that_invalidations_do_not_tell_apart) {
  Host host;
  enable(host);
  for (uint32_t payload_bits : {0u, 1u}) {
    host.map(5, 0x10000, 0x40000);
    CHECK(asks(host, 0x10000, 5));
    CHECK(asks(host, 0x10000, 5, kRead | kPrivileged));
    CHECK(!asks(host, 0x10000, 5));
    CHECK(!asks(host, 0x10000, 5, kRead | kPrivileged));

    CHECK(host.invalidate_and_wait(0x10000 | payload_bits, 1, 5));
    CHECK(asks(host, 0x10000, 5));
    CHECK(asks(host, 0x10000, 5, kRead | kPrivileged));
    CHECK(host.invalidate_and_wait(0x10000));
  }

  host.answers_translations = false;
  host.start(0, 0x10000, 5, 4, 0, kRead | kPrivileged);
  host.settle();
  CHECK(host.invalidate_and_wait(0x10000, 2, 5));
  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(host.held.size(), 2u);  // killed in flight, asked again
}

TEST(A_Global_translation_serves_every_PASID_of_its_function) {
  Host host;
  enable(host);
  for (uint32_t pasid : {kNoPasid, 5u, 6u}) {
    for (uint32_t id : {kFunction, kSecond}) host.map(pasid, 0x10000, 0x40000, 12, kReadWrite | kGlobal, id);
  }

  CHECK(asks(host, 0x10000, 5));
  CHECK(!asks(host, 0x10000, 6));
  CHECK(!asks(host, 0x10000, 0));
  CHECK(!asks(host, 0x10000, 0xFFFFF, kWrite));
  CHECK(asks(host, 0x10000, kNoPasid));
  CHECK(asks(host, 0x10000, 6, kRead | kPrivileged));
  CHECK(asks(host, 0x10000, 6, kRead | kOfSecond));

  CHECK(host.invalidate_and_wait(0x10000, 1, 6));
  CHECK(asks(host, 0x10000, 5));
  CHECK(!asks(host, 0x10000, kNoPasid));
  CHECK(!asks(host, 0x10000, 5, kRead | kOfSecond));
}

TEST(Global_means_nothing_without_a_PASID) {
  Host host;
  enable(host);
  for (uint32_t pasid : {kNoPasid, 5u}) host.map(pasid, 0x10000, 0x40000, 12, kReadWrite | kGlobal);

  CHECK(asks(host, 0x10000, kNoPasid));
  CHECK(asks(host, 0x10000, 5));
  CHECK(host.invalidate_and_wait(0x10000, 1, 6));
  CHECK(!asks(host, 0x10000, kNoPasid));
  CHECK(asks(host, 0x10000, 5));
}

TEST(An_invalidation_of_any_PASID_waits_for_reads_that_used_a_Global_translation) {
  Host host;
  enable(host);
  host.map(5, 0x10000, 0x40000, 12, kReadWrite | kGlobal);
  host.map(5, 0x11000, 0x50000, 12, kReadWrite);
  touch(host, 0x10000, 5);
  host.answers_reads = false;
  host.start(0, 0x10F80, 6, 4, 0, kRead);
  host.start(1, 0x11000, 5, 4, 0, kRead);
  host.settle();
  CHECK_EQUAL(host.held.size(), 2u);

  CHECK(host.invalidate_and_wait(0x11000, 1, 7));
  host.send(Host::invalidate(0x10000, 2, 7));
  host.settle();
  CHECK(!host.completed(2));
  host.answer(host.held[0]);
  host.settle();
  CHECK(host.completed(2));
}

TEST(A_Global_answer_that_met_an_invalidation_of_another_PASID_is_asked_for_again) {
  Host host;
  enable(host);
  for (uint32_t pasid : {5u, 6u}) host.map(pasid, 0x10000, 0x40000, 12, kReadWrite | kGlobal);
  host.answers_translations = false;
  host.start(0, 0x10000, 5, 4, 0, kRead);
  host.settle();

  CHECK(host.invalidate_and_wait(0x10000, 1, 6));
  host.answers_translations = true;
  host.answer(host.held[0]);
  host.settle();

  CHECK(host.count(&Received::is_translation_request) == 2);
  CHECK(!asks(host, 0x10000, 5));
  CHECK(!asks(host, 0x10000, 6));
}

TEST(A_change_of_any_PASID_control_ends_every_translation) {
  for (uint32_t control : {0x00060000u, 0x00050000u, 0x00030000u}) {
    Host host;
    enable(host);
    host.map(5, 0x10000, 0x40000);
    host.map(kNoPasid, 0x10000, 0x40000);
    touch(host, 0x10000, 5);
    touch(host, 0x10000, kNoPasid);
    host.config_write(0x114, 0x00070000, 0xC);
    CHECK(!asks(host, 0x10000, kNoPasid));  // no change

    host.config_write(0x114, control, 0xC);
    host.config_write(0x114, 0x00070000, 0xC);

    CHECK(asks(host, 0x10000, kNoPasid));
    CHECK(asks(host, 0x10000, 5));
  }
}
