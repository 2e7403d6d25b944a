// CONTROL: prefetch, and Invalidate Completions that are put together or out of order.
#include "host.h"

using namespace test;

namespace {

constexpr uint32_t kPrefetch = 1, kGather = 2, kReorder = 4;
constexpr uint64_t k2M = 0x200000, k1G = 0x40000000;

size_t asked(const Host &host) { return host.count(&Received::is_translation_request); }

struct Controlled : Host {
  explicit Controlled(uint32_t control) {
    enable();
    write(0x024, {control});
  }
};

// ITag vectors of the completions, in order.
std::vector<uint32_t> vectors(const Host &host) {
  std::vector<uint32_t> all;
  for (const Received &it : host.all(&Received::is_invalidate_completion)) all.push_back(it.dw(3));
  return all;
}

// The transmit queue fills up with writes, so that the completions that follow are ready together.
void hold_back(Host &host) {
  host.map(kNoPasid, 0x700000, 0x800000);
  host.operate(7, 0x700000, kNoPasid, 4, 0, kRead);
  host.config_write(0x48, 0x2020);
  host.write(0x00C, {200});
  host.settle(600);
  host.start(7, 0x700000, kNoPasid, 4096, 0, kWrite);
  host.run(800);
}

}  // namespace

TEST(CONTROL_keeps_its_three_bits) {
  Controlled host(0xFFFFFFFF);
  CHECK_EQUAL(host.read(0x024), 7u);
  host.write(0x024, {0});
  CHECK_EQUAL(host.read(0x024), 0u);
}

TEST(The_page_behind_a_granted_range_is_prefetched) {
  Controlled host(kPrefetch);
  host.map(0x12345, 0x7F0000200000, 0x40000000, 21);
  host.map(0x12345, 0x7F0000400000, 0x50000000);

  host.operate(1, 0x7F0000212000, 0x12345, 4, 0, kRead | kNoWrite | 3u << 16);
  host.settle();

  const auto requests = host.all(&Received::is_translation_request);
  CHECK_EQUAL(requests.size(), 2u);
  CHECK(requests[1].tlp == (Tlp{0x91012345, 0x20300402, 0x010020FF, 0x00007F00, 0x00400001}));
  host.operate(1, 0x7F0000400010, 0x12345, 4, 0, kRead);
  CHECK_EQUAL(host.read(0x15C), stamp(0x50000010));
  CHECK_EQUAL(host.read(0x01C), 1u);  // misses of operations
  CHECK_EQUAL(asked(host), 2u);
}

TEST(Without_CONTROL_or_access_and_behind_the_last_page_nothing_is_prefetched) {
  Host off;
  off.enable();
  off.map(kNoPasid, 0x10000, 0x40000);
  off.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
  off.settle();
  CHECK_EQUAL(asked(off), 1u);

  Controlled host(kPrefetch);
  host.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.map(kNoPasid, 0xFFFFFFFFFFFFF000, 0x40000);
  host.operate(0, 0xFFFFFFFFFFFFF000, kNoPasid, 4, 0, kRead);
  host.map(kNoPasid, 0x20000, 0x50000, 12, kReadWrite | kUntranslatedOnly);
  host.operate(0, 0x20000, kNoPasid, 4, 0, kRead);
  host.settle();
  CHECK_EQUAL(asked(host), 3u);
}

TEST(A_page_that_an_entry_holds_is_not_prefetched) {
  Controlled host(0);
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, 0x11000, 0x50000);
  host.operate(0, 0x11000, kNoPasid, 4, 0, kRead);
  host.write(0x024, {kPrefetch});

  host.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.settle();

  CHECK_EQUAL(asked(host), 2u);
}

TEST(A_prefetch_without_access_changes_nothing) {
  Controlled host(kPrefetch);
  host.map(kNoPasid, 0x10000, 0x40000);

  CHECK_EQUAL(host.operate(0, 0x10000, kNoPasid, 4, 0, kRead), 0x00010002u);
  host.settle();
  CHECK_EQUAL(asked(host), 2u);
  host.map(kNoPasid, 0x11000, 0x50000);
  CHECK_EQUAL(host.operate(0, 0x11000, kNoPasid, 4, 0, kRead), 0x00010002u);
  CHECK_EQUAL(host.read(0x11C), stamp(0x50000));
}

TEST(The_slot_does_not_wait_and_one_prefetch_is_out_at_a_time) {
  Controlled host(kPrefetch);
  for (uint64_t page = 0; page < 4; page++) host.map(kNoPasid, 0x10000 + 0x10000 * page, 0x40000);
  host.answers_translations = false;
  for (unsigned slot = 0; slot < 4; slot++) {
    host.start(slot, 0x10000 + 0x10000 * slot, kNoPasid, 4, 0, kRead);
    host.settle();
    host.answer(host.held[slot == 0 ? 0 : slot + 1]);
    host.settle();
    CHECK_EQUAL(host.status(slot), 0x00010002u);
    CHECK_EQUAL(host.held[1].tag(), 32u);
  }
  CHECK_EQUAL(asked(host), 5u);
}

TEST(A_prefetch_in_flight_is_killed_by_an_invalidation_of_its_block) {
  for (int delay = -12; delay <= 12; delay++) {
    Controlled host(kPrefetch);
    host.map(kNoPasid, k1G - 0x1000, 0x40000);
    host.map(kNoPasid, k1G, 0x50000);
    host.answers_translations = false;
    host.start(0, k1G - 0x1000, kNoPasid, 4, 0, kRead);
    host.settle();
    host.answer(host.held[0]);
    host.settle();
    CHECK_EQUAL(host.held.size(), 2u);
    const Tlp old = host.translation_completion(host.held[1]);
    host.map(kNoPasid, k1G, 0x90000);
    host.answers_translations = true;

    if (delay < 0) host.send(old);
    if (delay < 0) host.run(static_cast<unsigned>(-delay));
    host.send(Host::invalidate(k1G + 0x5000, 1));
    host.send(Host::invalidate(k1G, 2));
    if (delay >= 0) host.run(static_cast<unsigned>(delay));
    if (delay >= 0) host.send(old);
    host.settle();
    CHECK(host.completed(2));
    host.operate(0, k1G, kNoPasid, 4, 0, kRead);
    CHECK_EQUAL(host.read(0x11C), stamp(0x90000));
  }
}

TEST(No_prefetch_follows_the_answer_to_the_write_that_clears_ATS_Enable) {
  for (unsigned distance = 0; distance < 60; distance++) {
    Controlled host(kPrefetch);
    host.map(kNoPasid, 0x10000, 0x40000);
    host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.settle();
    host.answer(host.held[0]);
    host.run(distance);

    host.config_write(0x104, 0, 0xC);
    const size_t before = asked(host);
    host.settle();

    CHECK_EQUAL(asked(host), before);
  }
}

TEST(Completions_that_are_ready_together_go_in_one_message) {
  Controlled host(kGather);
  hold_back(host);
  for (unsigned itag : {3u, 17u, 5u}) host.send(Host::invalidate(0x10000, itag));
  host.send(Host::invalidate(0x10000, 1, kNoPasid, 0, 0x0010));  // of another agent
  host.send(Host::invalidate(0x10000, 2, kNoPasid, 0, 0x0008, kSecond));
  host.send(Host::invalidate(0x10000, 4));
  host.send(Host::invalidate(0x10000, 4));  // the same tag once more
  host.settle(600);

  CHECK(vectors(host) == (std::vector<uint32_t>{1u << 3 | 1u << 17 | 1u << 5, 2, 4, 16, 16}));
  const auto first = host.all(&Received::is_invalidate_completion)[0];
  CHECK(first.tlp == (Tlp{0x32000000, 0x01000002, 0x00080001, 0x00020028}));
}

TEST(Gathered_completions_keep_one_message_for_each_traffic_class) {
  Controlled host(kGather);
  host.map(kNoPasid, 0x10000, 0x40000);
  host.operate(0, 0x10000, kNoPasid, 4, 0, kWrite | 3u << 16);
  hold_back(host);
  for (unsigned itag : {1u, 2u}) host.send(Host::invalidate(0x10000, itag));
  host.settle(600);

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 2u);
  CHECK(completions[0].tlp == (Tlp{0x32000000, 0x01000002, 0x00080002, 0x00000006}));
  CHECK(completions[1].tlp == (Tlp{0x32300000, 0x01000002, 0x00080002, 0x00000006}));
}

TEST(A_gathered_completion_does_not_wait_for_one_that_drains) {
  Controlled host(kGather);
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();
  host.send(Host::invalidate(0x20000, 1));
  host.send(Host::invalidate(0x10000, 2));
  host.settle();

  CHECK(host.completed(1));
  CHECK(!host.completed(2));
}

TEST(A_completion_is_held_until_the_next_one_went) {
  Controlled host(kReorder);
  for (unsigned itag = 0; itag < 6; itag++) host.send(Host::invalidate(0x10000, itag));
  host.settle();

  CHECK(vectors(host) == (std::vector<uint32_t>{2, 1, 8, 4, 32, 16}));
}

TEST(A_completion_that_no_other_follows_is_held_for_64_cycles) {
  Controlled plain(0), host(kReorder);
  uint64_t spent[2];
  for (Host *it : {static_cast<Host *>(&plain), static_cast<Host *>(&host)}) {
    it->settle();
    const uint64_t start = it->cycles();
    CHECK(it->invalidate_and_wait(0x10000, 1));
    spent[it == &host] = it->cycles() - start;
  }
  CHECK(spent[1] >= spent[0] + 64);
  CHECK(spent[1] <= spent[0] + 72);
}

TEST(A_completion_that_is_held_still_follows_the_writes) {
  for (uint32_t control : {kReorder, kGather, kReorder | kGather}) {
    Controlled host(control);
    hold_back(host);
    for (unsigned itag = 0; itag < 3; itag++) host.send(Host::invalidate(0x700000, itag));
    host.settle(600);

    bool complete = false;
    uint32_t seen = 0;
    for (const Received &it : host.log) {
      complete = complete || it.is_invalidate_completion();
      CHECK(!(complete && it.is_write() && it.at() == 2 && it.address() < 0x800000));
      if (it.is_invalidate_completion()) seen |= it.dw(3);
    }
    CHECK_EQUAL(seen, 7u);
  }
}

TEST(A_function_level_reset_forgets_completions_that_are_held) {
  Controlled host(kReorder);
  host.settle();
  host.send(Host::invalidate(0x10000, 1));
  host.run(30);
  host.config_write(0x48, 0x8000);
  host.settle();

  CHECK_EQUAL(vectors(host).size(), 0u);
}
