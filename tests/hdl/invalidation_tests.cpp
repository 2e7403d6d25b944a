// Invalidation: what disappears, what is waited for, what is said.
#include "host.h"

using namespace test;

namespace {

constexpr uint64_t k2M = 0x200000, k1G = 0x40000000;
constexpr uint64_t kEverything = 0x7FFFFFFFFFFFF800;

size_t asked(Host &host) { return host.count(&Received::is_translation_request); }

uint32_t touch(Host &host, uint64_t va, uint32_t pasid = kNoPasid, uint32_t command = kRead) {
  return host.operate(0, va, pasid, 4, 0, command);
}

// True when an access to va asks the host again.
bool asks(Host &host, uint64_t va, uint32_t pasid = kNoPasid) {
  const size_t before = asked(host);
  touch(host, va, pasid);
  return asked(host) != before;
}

size_t index_of(const Host &host, bool (Received::*what)() const, size_t nth = 0) {
  for (size_t i = 0; i < host.log.size(); i++) {
    if ((host.log[i].*what)() && nth-- == 0) return i;
  }
  return SIZE_MAX;
}

}  // namespace

TEST(The_completion_names_tag_agent_and_traffic_class) {
  Host host;
  host.enable();

  host.send(Host::invalidate(0x12345000, 5, 0x12345, 3, 0x0008));
  host.settle();

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 1u);
  CHECK(completions[0].tlp == (Tlp{0x32300000, 0x01000002, 0x00080001, 0x00000020}));
}

TEST(Each_traffic_class_in_use_gets_a_completion_of_its_own) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.operate(0, 0x10000, kNoPasid, 4, 0, kWrite | 3u << 16);
  host.operate(1, 0x10000, kNoPasid, 4, 0, kWrite | 5u << 16);
  for (const Received &it : host.log) {
    if (it.is_write()) CHECK(it.tlp[0] >> 20 == 0x403u || it.tlp[0] >> 20 == 0x405u);
  }

  host.send(Host::invalidate(0x10000, 7));
  host.settle();

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 2u);
  CHECK(completions[0].tlp == (Tlp{0x32300000, 0x01000002, 0x00080002, 0x00000080}));
  CHECK(completions[1].tlp == (Tlp{0x32500000, 0x01000002, 0x00080002, 0x00000080}));
}

TEST(A_change_of_PASID_Enable_or_STU_ends_every_translation) {
  Host host;
  host.enable();
  host.map(7, 0x10000, 0x40000);
  touch(host, 0x10000, 7);
  CHECK(!asks(host, 0x10000, 7));

  host.config_write(0x114, 0, 0xC);
  host.config_write(0x114, 0x00010000, 0xC);
  CHECK(asks(host, 0x10000, 7));

  host.config_write(0x104, 0x80010000, 0xC);
  CHECK(asks(host, 0x10000, 7));
}

TEST(Every_tag_is_completed_with_its_own_bit) {
  Host host;
  host.enable();
  for (unsigned itag = 0; itag < 32; itag++) host.send(Host::invalidate(kEverything, itag, kNoPasid, 0, itag));
  host.settle();

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 32u);
  for (unsigned itag = 0; itag < 32; itag++) {
    CHECK_EQUAL(completions[itag].dw(3), 1u << itag);
    CHECK_EQUAL(completions[itag].dw(2), itag << 16 | 1);
  }
}

TEST(An_invalidation_is_answered_without_enables) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  touch(host, 0x10000);

  host.config_write(0x04, 0x0002);
  CHECK(host.invalidate_and_wait(0x10000, 1));
  host.config_write(0x104, 0, 0xC);
  CHECK(host.invalidate_and_wait(0x10000, 2));
  host.config_write(0x04, 0x0006);
  host.config_write(0x104, 0x80000000, 0xC);
  CHECK(asks(host, 0x10000));
}

TEST(Every_size_of_range_ends_its_translations_and_leaves_the_neighbours) {
  for (unsigned log2 = 12; log2 <= 63; log2++) {
    Host host;
    host.enable();
    const uint64_t size = uint64_t{1} << log2;
    const uint64_t base = log2 < 47 ? 0x555500000000 & ~(size - 1) : log2 == 63 ? size : 0;
    const uint64_t inside[] = {base, base + (size / 2 & ~uint64_t{0xFFF}), base + size - 0x1000};
    const uint64_t outside[] = {base - 0x1000, base + size};
    for (uint64_t va : inside) {
      host.map(kNoPasid, va, 0x40000);
      touch(host, va);
    }
    for (uint64_t va : outside) {
      host.map(kNoPasid, va, 0x50000);
      touch(host, va);
    }

    CHECK(host.invalidate_and_wait(encode(base, log2)));

    for (uint64_t va : outside) CHECK(!asks(host, va));
    for (uint64_t va : inside) {
      CHECK(asks(host, va));
      CHECK(host.invalidate_and_wait(va));
    }
  }
}

TEST(The_payload_for_everything_ends_everything) {
  for (uint64_t payload : {kEverything, ~uint64_t{0} << 11, kEverything | 0x7FE}) {
    Host host;
    host.enable();
    const uint64_t pages[] = {0, 0x1000, 0xFFFFFFFFFFFFF000, 0x8000000000000000, 0x7FFFFFFFF000, 0xFFFF800000000000};
    for (uint64_t va : pages) {
      host.map(kNoPasid, va, 0x40000);
      host.map(3, va, 0x40000);
      touch(host, va);
      touch(host, va, 3);
    }

    CHECK(host.invalidate_and_wait(payload));

    for (uint64_t va : pages) {
      CHECK(asks(host, va));
      CHECK(asks(host, va, 3));
    }
  }
}

TEST(Reserved_bits_of_the_request_are_ignored) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  touch(host, 0x10000);
  Tlp tlp = Host::invalidate(0x10000 | 0x7FE, 9);
  tlp[1] |= 0xE000;
  tlp[2] |= 0xFFFF;
  tlp[3] = 0xFFFFFFFF;

  host.send(tlp);
  host.settle();

  CHECK(host.completed(9));
  CHECK(asks(host, 0x10000));
}

TEST(A_4_KiB_invalidation_inside_a_large_translation_ends_its_use) {
  for (unsigned log2 : {13u, 16u, 21u, 30u}) {
    const uint64_t size = uint64_t{1} << log2, base = 0x7F40000000 & ~(size - 1);
    for (uint64_t page : {uint64_t{0}, (size / 2) & ~uint64_t{0xFFF}, size - 0x1000}) {
      Host host;
      host.enable();
      host.map(kNoPasid, base, 0x1000000000, log2);
      touch(host, base);

      CHECK(host.invalidate_and_wait(base + page));

      CHECK(asks(host, base + page));
    }
  }
}

TEST(A_grant_above_1_GiB_is_found_by_an_invalidation_of_the_used_page) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0, 0x10000000000, 39);
  touch(host, 5 * k1G + 0x123000);

  CHECK(host.invalidate_and_wait(5 * k1G + 0x777000));

  CHECK(asks(host, 5 * k1G + 0x123000));
}

TEST(Every_way_and_index_is_invalidated) {
  for (uint64_t page = 0; page < 64; page++) {
    Host host;
    host.enable();
    for (uint64_t i = 0; i < 64; i++) {
      host.map(kNoPasid, i << 12, (i << 12) + 0x1000000);
      touch(host, i << 12);
    }

    CHECK(host.invalidate_and_wait(page << 12));

    CHECK(!asks(host, (page + 1) % 64 << 12));
    CHECK(asks(host, page << 12));
  }
}

TEST(PASIDs_are_matched_as_the_rules_say) {
  const struct {
    uint32_t pasid;
    bool global;
    bool none, zero, five, six;  // asks again
  } cases[] = {
      {kNoPasid, false, true, true, true, true}, {kNoPasid, true, true, true, true, true},
      {5, false, false, false, true, false},     {0, false, false, true, false, false},
      {5, true, true, true, true, true},         {0xFFFFF, false, false, false, false, false},
      {0x10005, false, false, false, false, false},
  };
  for (const auto &it : cases) {
    Host host;
    host.enable();
    for (uint32_t pasid : {kNoPasid, 0u, 5u, 6u}) {
      host.map(pasid, 0x10000, 0x40000);
      touch(host, 0x10000, pasid);
    }

    CHECK(host.invalidate_and_wait(0x10000 | (it.global ? 1 : 0), 1, it.pasid));

    CHECK_EQUAL(asks(host, 0x10000, kNoPasid), it.none);
    CHECK_EQUAL(asks(host, 0x10000, 0), it.zero);
    CHECK_EQUAL(asks(host, 0x10000, 5), it.five);
    CHECK_EQUAL(asks(host, 0x10000, 6), it.six);
  }
}

// An invalidation meets a translation on its way, at every distance.
TEST(An_answer_that_was_in_flight_is_neither_stored_nor_used) {
  for (unsigned entries : {0u, 2u}) {
    for (int delay = -20; delay <= 20; delay++) {
      Host host;
      host.enable();
      for (uint64_t page = 0; page < 4; page++) host.map(kNoPasid, 0x10000 + (page << 12), 0x40000 + (page << 12));
      host.answers_translations = false;
      host.start(0, 0x10000, kNoPasid, 4, 0, kRead | ask(entries));
      host.settle();
      const Tlp answer = host.translation_completion(host.held[0]);
      for (uint64_t page = 0; page < 4; page++) host.map(kNoPasid, 0x10000 + (page << 12), 0x90000 + (page << 12));
      host.answers_translations = true;

      if (delay < 0) host.send(answer);
      if (delay < 0) host.run(static_cast<unsigned>(-delay));
      host.send(Host::invalidate(encode(0x10000, 14), 1));
      if (delay >= 0) host.run(static_cast<unsigned>(delay));
      if (delay >= 0) host.send(answer);
      host.settle();
      CHECK(host.completed(1));
      const size_t completion = index_of(host, &Received::is_invalidate_completion);

      CHECK_EQUAL(host.status(0), 0x00010002u);
      for (uint64_t page = 0; page < 4; page++) touch(host, 0x10000 + (page << 12));
      for (size_t i = completion; i < host.log.size(); i++) {
        if (host.log[i].is_read() && host.log[i].at() == 2) CHECK(host.log[i].address() >= 0x90000);
      }
    }
  }
}

TEST(An_answer_in_flight_is_killed_by_another_page_of_its_block) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0, 16 * k2M, 21);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.settle();

  CHECK(host.invalidate_and_wait(0x1FF000));
  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(host.held.size(), 2u);  // asked again
  host.answers_translations = true;
  host.answer(host.held[1]);
  host.settle();

  CHECK_EQUAL(host.status(0) & 0xF3, 2u);
  CHECK_EQUAL(host.count(&Received::is_read), 3u);
}

TEST(An_answer_in_flight_survives_an_invalidation_of_something_else) {
  Host host;
  host.enable();
  host.map(5, 0x10000, 0x40000);
  host.answers_translations = false;
  host.start(0, 0x10000, 5, 4, 0, kRead);
  host.settle();

  CHECK(host.invalidate_and_wait(k1G, 1));
  CHECK(host.invalidate_and_wait(0x10000, 2, 6));
  host.answer(host.held[0]);
  host.settle();

  CHECK_EQUAL(host.status(0), 0x00010002u);
  CHECK_EQUAL(host.held.size(), 1u);
}

TEST(An_error_that_was_in_flight_is_asked_again_too) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.settle();
  CHECK(host.invalidate_and_wait(0x10000));
  host.answers_translations = true;

  host.send({0x0A000000, 0x00002000, 0x01000000});
  host.settle();

  CHECK_EQUAL(host.status(0), 0x00010002u);
}

TEST(The_completion_waits_for_reads_that_used_the_translation) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, 0x11000, 0x50000);
  host.answers_reads = false;
  host.start(0, 0x10C00, kNoPasid, 2048, 0, kRead);
  host.settle();
  CHECK_EQUAL(host.held.size(), 3u);  // two in the first page, one in the second

  host.send(Host::invalidate(0x10000, 1));
  host.settle();
  CHECK(!host.completed(1));
  host.answer(host.held[0]);
  host.settle();
  CHECK(!host.completed(1));
  host.answer(host.held[1]);
  host.settle();
  CHECK(host.completed(1));

  host.send(Host::invalidate(0x11000, 2));
  host.settle();
  CHECK(!host.completed(2));
  host.answer(host.held[2]);
  for (size_t i = 3; i < host.held.size(); i++) host.answer(host.held[i]);
  host.settle();
  CHECK(host.completed(2));
}

TEST(The_completion_waits_for_every_piece_of_a_split_read) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 128, 0, kRead);
  host.settle();
  host.send(Host::invalidate(0x10000, 1));
  Tlp first = {0x4A000010, 0x80, 0x01000800}, second = {0x4A000010, 0x40, 0x01000840};
  first.resize(19);
  second.resize(19);

  host.send(first);
  host.settle();
  CHECK(!host.completed(1));
  host.send(second);
  host.settle();
  CHECK(host.completed(1));
}

TEST(The_completion_does_not_wait_for_what_it_does_not_concern) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, k2M, 4 * k2M, 21);
  host.map(5, 0x10000, 0x60000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.start(1, k2M, kNoPasid, 64, 0, kRead);
  host.start(2, 0x10000, 5, 64, 0, kRead);
  host.start(3, 0x30000, kNoPasid, 64, 0, kRead | kUntranslated);
  host.settle();
  CHECK_EQUAL(host.held.size(), 4u);
  host.answers_translations = false;
  host.start(4, 0x20000, kNoPasid, 64, 0, kRead);
  host.settle();

  CHECK(host.invalidate_and_wait(0x20000, 1));   // only a miss is out there
  CHECK(host.invalidate_and_wait(0x30000, 2));   // untranslated
  CHECK(host.invalidate_and_wait(0x10000, 3, 6));
  CHECK(host.invalidate_and_wait(2 * k2M, 4));
  host.send(Host::invalidate(k2M + 0x5000, 5));  // the 2 MiB translation that slot 1 used
  host.settle();
  CHECK(!host.completed(5));
  for (const Received &it : std::vector<Received>(host.held)) {
    if (it.address() == 4 * k2M) host.answer(it);
  }
  host.settle();
  CHECK(host.completed(5));
}

TEST(New_uses_do_not_prolong_the_wait) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();
  host.send(Host::invalidate(0x10000, 1));
  host.settle();

  host.start(1, 0x10000, kNoPasid, 64, 0, kRead);  // asks again, reads again
  host.settle();
  CHECK_EQUAL(host.held.size(), 2u);
  host.answer(host.held[0]);
  host.settle();

  CHECK(host.completed(1));
}

// Writes of 256 bytes stand in a slow transmit queue while the invalidation arrives, at every distance.
TEST(The_completion_follows_the_writes_that_used_the_translation) {
  for (unsigned distance = 0; distance < 60; distance++) {
    Host host;
    host.enable();
    host.map(kNoPasid, 0x10000, 0x40000);
    host.config_write(0x48, 0x2020);
    touch(host, 0x10000);
    host.write(0x00C, {40});
    host.settle();
    host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 2048, 0, kWrite);
    host.run(distance);

    host.send(Host::invalidate(0x10000, 1));
    host.settle(1000);

    CHECK(host.completed(1));
    const size_t completion = index_of(host, &Received::is_invalidate_completion);
    for (size_t i = completion; i < host.log.size(); i++) CHECK(!host.log[i].is_write());
  }
}

TEST(A_long_transfer_takes_up_an_invalidation_at_its_next_TLP) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 4096, 0, kRead);
  host.settle();
  CHECK_EQUAL(host.held.size(), 3u);
  host.map(kNoPasid, 0x10000, 0x90000);

  host.send(Host::invalidate(0x10000, 1));
  host.answers_reads = true;
  for (size_t i = 0; i < 3; i++) host.answer(host.held[i]);
  host.settle();

  CHECK(host.completed(1));
  size_t fresh = 0;
  for (const Received &it : host.log) {
    if (it.is_read() && it.at() == 2) fresh += it.address() >= 0x90000;
  }
  CHECK_EQUAL(fresh, 5u);
  CHECK_EQUAL(host.status(0), 0x04000002u);
}

TEST(Twenty_four_requests_are_taken_while_the_first_one_drains) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();

  for (unsigned itag = 0; itag < 24; itag++) host.send(Host::invalidate(0x10000, itag));
  CHECK_EQUAL(host.read(0x014), 1u);  // other traffic still passes
  CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);
  host.answer(host.held[0]);
  host.settle();

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 24u);
  for (unsigned itag = 0; itag < 24; itag++) CHECK_EQUAL(completions[itag].dw(3), 1u << itag);
}

TEST(Beyond_the_queue_the_receive_stream_is_held_and_nothing_is_lost) {
  Host host;
  host.enable();
  host.write(0x00C, {200});
  host.settle(600);
  for (unsigned i = 0; i < 300; i++) host.send(Host::invalidate(0x10000, i % 32, kNoPasid, 0, i));

  // The queue (24) and the transmit queue (128 beats) fill up while one completion leaves every 201 cycles.
  host.run(2000);
  const std::vector<uint8_t> one = to_bytes(Host::invalidate(0x10000, 0));
  CHECK_EQUAL(host.lib().send(host.device(), one.data(), one.size()), 0);
  host.settle(2000);

  const auto completions = host.all(&Received::is_invalidate_completion);
  CHECK_EQUAL(completions.size(), 300u);
  for (unsigned i = 0; i < 300; i++) CHECK_EQUAL(completions[i].dw(2) >> 16, i);
}

TEST(What_is_not_an_invalidate_request_is_not_answered) {
  Tlp no_data = Host::invalidate(0x10000, 1);
  no_data[0] = 0x32000000;
  no_data.resize(4);
  Tlp no_data_with_length = no_data;
  no_data_with_length[0] = 0x32000002;
  Tlp other = Host::invalidate(0x10000, 2);
  other[2] = 0x01020000;
  Tlp bus = Host::invalidate(0x10000, 2);
  bus[2] = 0x02000000;
  Tlp poisoned = Host::invalidate(0x10000, 3);
  poisoned[0] |= 0x4000;
  Tlp one = Host::invalidate(0x10000, 4);
  one[0] = 0x72000001;
  one.resize(5);
  Tlp three = Host::invalidate(0x10000, 4);
  three[0] = 0x72000003;
  three.push_back(0);
  Tlp none = Host::invalidate(0x10000, 4);
  none[0] = 0x72000000;
  Tlp cut = Host::invalidate(0x10000, 5);
  cut.pop_back();
  Tlp to_root = Host::invalidate(0x10000, 6);
  to_root[0] = 0x70000002;
  Tlp two_pasids = Host::invalidate(0x10000, 7, 5);
  two_pasids.insert(two_pasids.begin(), 0x91000006);
  Tlp local_prefix = Host::invalidate(0x10000, 8);
  local_prefix.insert(local_prefix.begin(), 0x81000006);
  Tlp header_only(none.begin(), none.begin() + 3);
  std::vector<Tlp> all = {no_data, no_data_with_length, other, bus, poisoned, one, three, none,
                          cut, to_root, two_pasids, local_prefix, header_only, {0x91000005}, {0x72000002, 1}};
  for (uint32_t code : {0u, 2u, 3u, 4u, 5u, 6u, 7u, 0x81u, 0xFFu}) {
    Tlp tlp = Host::invalidate(0x10000, 9);
    tlp[1] = (tlp[1] & ~0xFFu) | code;
    all.push_back(tlp);
  }
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  touch(host, 0x10000);

  for (const Tlp &tlp : all) host.send(tlp);
  host.settle();

  CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);
  CHECK(!asks(host, 0x10000));
  CHECK(host.invalidate_and_wait(0x10000, 10));
  CHECK(asks(host, 0x10000));
}

TEST(Digests_and_unknown_end_to_end_prefixes_are_tolerated) {
  Host host;
  host.enable();
  host.map(5, 0x10000, 0x40000);
  touch(host, 0x10000, 5);
  Tlp digest = Host::invalidate(0x10000, 1, 6);
  digest[1] |= 0x8000;
  digest.push_back(0xD16E57);
  Tlp prefixed = Host::invalidate(0x10000, 2, 5);
  prefixed.insert(prefixed.begin(), 0x92ABCDEF);

  host.send(digest);
  host.send(prefixed);
  host.settle();

  CHECK(host.completed(1));
  CHECK(host.completed(2));
  CHECK(asks(host, 0x10000, 5));
}

TEST(A_reset_forgets_queued_invalidations) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();
  for (unsigned itag = 0; itag < 5; itag++) host.send(Host::invalidate(0x10000, itag));
  host.settle();

  host.lib().reset(host.device(), 1);
  host.settle();

  CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);
  host.enable();
  CHECK(host.invalidate_and_wait(0x10000, 9));
}
