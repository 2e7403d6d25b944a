// Translation Requests, their answers, and what the ATC keeps.
#include "host.h"

using namespace test;

namespace {

constexpr uint64_t k2M = 0x200000, k1G = 0x40000000;

size_t asked(Host &host) { return host.count(&Received::is_translation_request); }

uint32_t error(uint32_t status) { return status >> 4 & 0xF; }

uint32_t touch(Host &host, uint64_t va, uint32_t pasid = kNoPasid, uint32_t command = kRead) {
  return host.operate(0, va, pasid, 4, 0, command);
}

// The address of the last memory request.
uint64_t last_use(Host &host) {
  for (auto it = host.log.rbegin(); it != host.log.rend(); ++it) {
    if ((it->is_read() || it->is_write()) && it->at() == 2) return it->address();
  }
  return 0;
}

}  // namespace

TEST(Hits_and_misses_are_counted) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);

  for (int i = 0; i < 5; i++) touch(host, 0x10000 + 4 * i);

  CHECK_EQUAL(asked(host), 1u);
  CHECK_EQUAL(host.read(0x018), 5u);
  CHECK_EQUAL(host.read(0x01C), 1u);
}

TEST(Every_size_from_4_KiB_up_serves_its_whole_block_and_no_more) {
  for (unsigned log2 = 12; log2 <= 30; log2++) {
    Host host;
    host.enable();
    const uint64_t size = uint64_t{1} << log2, va = 0x7F1200000000 + 3 * size, pa = 0x8000000000 + 5 * size;
    host.map(kNoPasid, va & ~(size - 1), pa & ~(size - 1), log2);
    const uint64_t base = va & ~(size - 1), there = pa & ~(size - 1);

    touch(host, base + size / 2);
    for (uint64_t at : {uint64_t{0}, size / 2 - 4, size - 4}) {
      touch(host, base + at);
      CHECK_EQUAL(last_use(host), there + at);
    }
    CHECK_EQUAL(asked(host), 1u);
    CHECK_EQUAL(error(touch(host, base + size)), 1u);
    CHECK_EQUAL(error(touch(host, base - 4)), 1u);
    CHECK_EQUAL(asked(host), 3u);
  }
}

TEST(A_grant_above_1_GiB_is_kept_as_the_1_GiB_around_the_page) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0, 0x10000000000, 39);  // 512 GiB

  touch(host, 5 * k1G + 0x123000);
  CHECK_EQUAL(last_use(host), 0x10000000000 + 5 * k1G + 0x123000);
  touch(host, 6 * k1G - 4);
  CHECK_EQUAL(last_use(host), 0x10000000000 + 6 * k1G - 4);
  CHECK_EQUAL(asked(host), 1u);
  touch(host, 6 * k1G);
  CHECK_EQUAL(last_use(host), 0x10000000000 + 6 * k1G);
  CHECK_EQUAL(asked(host), 2u);

  Host whole;
  whole.enable();
  whole.answers_translations = false;
  whole.start(0, 0xFFFF800012345678, kNoPasid, 4, 0, kRead);
  whole.settle();
  whole.send({0x4A000002, 8, 0x01000000, 0x7FFFFFFF, 0xFFFFF803});  // identity, everything
  whole.settle();
  CHECK_EQUAL(last_use(whole), 0xFFFF800012345678u);
}

TEST(A_request_for_several_pages_fills_them_all) {
  for (unsigned split : {0u, 8u, 16u, 64u}) {
    Host host;
    host.enable();
    for (unsigned page = 0; page < 9; page++) host.map(5, 0x10000 + 0x1000 * page, 0x900000 - 0x3000 * page);
    host.split_bytes = split;

    touch(host, 0x10000, 5, kRead | ask(3));
    CHECK_EQUAL(host.all(&Received::is_translation_request)[0].length(), 16u);
    for (unsigned page = 0; page < 8; page++) {
      touch(host, 0x10000 + 0x1000 * page + 8, 5);
      CHECK_EQUAL(last_use(host), 0x900008u - 0x3000 * page);
    }
    CHECK_EQUAL(asked(host), 1u);
    touch(host, 0x18000, 5);
    CHECK_EQUAL(asked(host), 2u);
  }
}

TEST(A_range_smaller_than_the_STU_is_neither_used_nor_kept) {
  for (unsigned stu = 1; stu <= 18; stu++) {
    Host host;
    host.enable();
    host.config_write(0x104, 0x80000000 | stu << 16, 0xC);
    const unsigned log2 = 12 + stu;
    host.map(kNoPasid, 3 * k1G, 5 * k1G, log2 - 1);
    CHECK_EQUAL(error(touch(host, 3 * k1G)), 1u);
    CHECK_EQUAL(error(touch(host, 3 * k1G)), 1u);
    CHECK_EQUAL(last_use(host), 0u);
    CHECK_EQUAL(asked(host), 2u);

    host.unmap(kNoPasid, 3 * k1G, log2 - 1);
    host.map(kNoPasid, 3 * k1G, 5 * k1G, log2);
    CHECK_EQUAL(error(touch(host, 3 * k1G)), 0u);
    CHECK_EQUAL(last_use(host), 5 * k1G);
    CHECK_EQUAL(asked(host), 3u);
  }
}

// The STU is of one function; the other's entries are used at every size.
TEST(The_STU_is_of_the_function_that_asked) {
  Host host;
  host.enable();
  host.enable(kSecond);
  host.config_write(0x104, 0x80010000, 0xC, kSecond);
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, 0x10000, 0x50000, 12, kReadWrite, kSecond);

  CHECK_EQUAL(error(touch(host, 0x10000)), 0u);
  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kRead | 1u << 19)), 1u);
  CHECK_EQUAL(last_use(host), 0x40000u);
}

TEST(Small_entries_beside_large_ones_leave_only_the_large_ones) {
  Host host;
  host.enable();
  host.config_write(0x104, 0x80010000, 0xC);
  host.map(kNoPasid, 0x10000, 0x40000, 13);
  host.map(kNoPasid, 0x12000, 0x70000, 12);
  host.map(kNoPasid, 0x13000, 0x71000, 12);
  host.map(kNoPasid, 0x14000, 0x60000, 14);

  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kRead | ask(2))), 0u);
  touch(host, 0x17000);
  CHECK_EQUAL(last_use(host), 0x63000u);
  CHECK_EQUAL(asked(host), 1u);
  CHECK_EQUAL(error(touch(host, 0x12000)), 1u);
  CHECK_EQUAL(error(touch(host, 0x13000)), 1u);
  CHECK_EQUAL(asked(host), 3u);
}

TEST(Fewer_entries_than_asked_translate_only_those_pages) {
  Host host;
  host.enable();
  for (unsigned page = 0; page < 4; page++) host.map(kNoPasid, 0x10000 + 0x1000 * page, 0x900000 + 0x3000 * page);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kRead | ask(2));
  host.settle();

  host.send(host.translation_completion(host.held[0], 2));
  host.answers_translations = true;
  host.settle();

  touch(host, 0x11000);
  CHECK_EQUAL(asked(host), 1u);
  touch(host, 0x12000);
  CHECK_EQUAL(last_use(host), 0x906000u);
  CHECK_EQUAL(asked(host), 2u);
}

TEST(Entries_of_several_sizes_follow_one_another) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x1FF000, 0x5000, 12);
  host.map(kNoPasid, k2M, 2 * k1G, 21);
  host.map(kNoPasid, 2 * k2M, 0x7000, 12);
  host.map(kNoPasid, 2 * k2M + 0x1000, 0x9000, 12);

  touch(host, 0x1FF000, kNoPasid, kRead | ask(2));
  touch(host, k2M + 0x123000);
  CHECK_EQUAL(last_use(host), 2 * k1G + 0x123000);
  touch(host, 2 * k2M + 0x1FF0 - 0x1000);
  CHECK_EQUAL(last_use(host), 0x7FF0u);
  touch(host, 2 * k2M + 0x1000);
  CHECK_EQUAL(last_use(host), 0x9000u);
  CHECK_EQUAL(asked(host), 1u);
}

TEST(Entries_outside_the_asked_1_GiB_are_not_kept) {
  Host host;
  host.enable();
  host.map(kNoPasid, k1G - 0x1000, 0x5000);
  host.map(kNoPasid, k1G, 0x6000);

  touch(host, k1G - 0x1000, kNoPasid, kRead | ask(1));
  touch(host, k1G);

  CHECK_EQUAL(last_use(host), 0x6000u);
  CHECK_EQUAL(asked(host), 2u);
}

TEST(PASIDs_and_no_PASID_are_contexts_of_their_own) {
  Host host;
  host.enable();
  std::vector<uint32_t> pasids = {kNoPasid, 0, 0xFFFFF};
  for (unsigned bit = 0; bit < 20; bit++) pasids.push_back(1u << bit);
  uint64_t pa = 0x100000;
  for (uint32_t pasid : pasids) host.map(pasid, 0x10000, pa += 0x1000);

  for (int round = 0; round < 2; round++) {
    pa = 0x100000;
    for (uint32_t pasid : pasids) {
      touch(host, 0x10000, pasid);
      CHECK_EQUAL(last_use(host), pa += 0x1000);
    }
  }
  CHECK_EQUAL(asked(host), pasids.size());
}

TEST(All_52_page_number_bits_are_compared) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0, 0x40000);
  touch(host, 0);
  for (unsigned bit = 12; bit < 64; bit++) {
    const uint64_t va = uint64_t{1} << bit;
    host.map(kNoPasid, va, 0x50000 + 0x1000 * bit);
    touch(host, va);
    CHECK_EQUAL(last_use(host), 0x50000u + 0x1000 * bit);
  }
  CHECK_EQUAL(asked(host), 53u);
}

TEST(The_cache_holds_64_translations_and_replaces_them_in_turn) {
  Host host;
  host.enable();
  for (uint64_t page = 0; page < 70; page++) host.map(kNoPasid, page << 12, (page << 12) + 0x1000000);

  for (uint64_t page = 0; page < 64; page++) touch(host, page << 12);
  for (uint64_t page = 0; page < 64; page++) touch(host, page << 12);
  CHECK_EQUAL(asked(host), 64u);
  touch(host, 64 << 12);  // takes the place of page 0
  CHECK_EQUAL(asked(host), 65u);
  for (uint64_t page = 1; page < 65; page++) touch(host, page << 12);
  CHECK_EQUAL(asked(host), 65u);
  touch(host, 0);  // takes the place of page 1
  touch(host, 1 << 12);
  CHECK_EQUAL(asked(host), 67u);
}

TEST(No_access_ends_with_error_1_and_is_not_remembered) {
  Host host;
  host.enable();

  CHECK_EQUAL(error(touch(host, 0x10000)), 1u);
  CHECK_EQUAL(last_use(host), 0u);
  host.map(kNoPasid, 0x10000, 0x40000);
  CHECK_EQUAL(error(touch(host, 0x10000)), 0u);
  CHECK_EQUAL(asked(host), 2u);
}

TEST(A_translation_without_the_needed_permission_is_asked_for_again) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000, 12, kReadOnly);

  CHECK_EQUAL(error(touch(host, 0x10000)), 0u);
  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kWrite)), 1u);
  CHECK_EQUAL(host.count(&Received::is_write), 0u);
  CHECK_EQUAL(asked(host), 2u);
  CHECK_EQUAL(error(touch(host, 0x10000)), 0u);
  CHECK_EQUAL(asked(host), 2u);

  host.map(kNoPasid, 0x10000, 0x40000, 12, kReadWrite);
  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kWrite)), 0u);
  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kWrite)), 0u);
  CHECK_EQUAL(asked(host), 3u);

  host.map(kNoPasid, 0x20000, 0x50000, 12, 2);  // write only
  CHECK_EQUAL(error(touch(host, 0x20000, kNoPasid, kWrite)), 0u);
  CHECK_EQUAL(error(touch(host, 0x20000)), 1u);
}

TEST(A_later_grant_of_the_same_range_replaces_the_earlier) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000, 12, kReadOnly);
  touch(host, 0x10000);
  host.map(kNoPasid, 0x10000, 0x70000, 12, 2);
  touch(host, 0x10000, kNoPasid, kWrite);
  CHECK_EQUAL(last_use(host), 0x70000u);

  host.map(kNoPasid, 0x10000, 0x90000, 12, kReadOnly);
  touch(host, 0x10000);

  CHECK_EQUAL(last_use(host), 0x90000u);
  CHECK_EQUAL(asked(host), 3u);
}

TEST(A_small_grant_with_more_rights_inside_a_large_one_is_used) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0, 8 * k2M, 21, kReadOnly);
  touch(host, 0x5000);
  host.unmap(kNoPasid, 0, 21);
  host.map(kNoPasid, 0x5000, 0x40000, 12, kReadWrite);

  CHECK_EQUAL(error(touch(host, 0x5000, kNoPasid, kWrite)), 0u);

  CHECK_EQUAL(last_use(host), 0x40000u);
  CHECK_EQUAL(asked(host), 2u);
}

TEST(Where_only_untranslated_requests_may_be_used_each_TLP_asks_and_goes_untranslated) {
  Host host;
  host.enable();
  for (uint32_t pasid : {kNoPasid, 5u}) {
    host.map(pasid, 0x10000, 0x40000, 12, kReadWrite | kUntranslatedOnly);
    host.map(pasid, 0x11000, 0x50000);
  }

  CHECK_EQUAL(host.operate(0, 0x10F80, 5, 256, 7, kWrite), 0x00400002u);
  const auto writes = host.all(&Received::is_write);
  CHECK_EQUAL(writes.size(), 2u);
  CHECK_EQUAL(writes[0].tlp[0], 0x91000005u);
  CHECK_EQUAL(writes[0].at(), 0u);
  CHECK_EQUAL(writes[0].address(), 0x10F80u);
  CHECK_EQUAL(writes[1].kind(), 0x40u);
  CHECK_EQUAL(writes[1].at(), 2u);
  CHECK_EQUAL(writes[1].address(), 0x50000u);
  CHECK_EQUAL(asked(host), 2u);
  CHECK_EQUAL(host.operate(0, 0x10000, 5, 512, 7, kWrite), 0x00800002u);
  CHECK_EQUAL(asked(host), 6u);  // four TLPs, nothing was stored

  CHECK_EQUAL(host.operate(0, 0x10010, kNoPasid, 64, 0, kRead | ask(1)), 0x00100002u);
  CHECK(host.log.end()[-2].is_read());
  CHECK(host.log.end()[-2].tlp == (Tlp{0x00000010, 0x010008FF, 0x00010010}));
  CHECK_EQUAL(asked(host), 7u);
  touch(host, 0x11000);  // the other entry of the answer was stored
  CHECK_EQUAL(asked(host), 7u);
  CHECK_EQUAL(last_use(host), 0x50000u);
  CHECK(host.invalidate_and_wait(0x10000));
}

TEST(Untranslated_only_gives_no_more_rights_than_the_entry) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000, 12, kReadOnly | kUntranslatedOnly);

  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kWrite)), 1u);
  CHECK_EQUAL(host.count(&Received::is_write), 0u);
  CHECK_EQUAL(error(touch(host, 0x10000)), 0u);
}

TEST(No_Write_is_asked_for_by_reads_only_and_kept) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);

  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kRead | kNoWrite)), 0u);
  CHECK_EQUAL(host.all(&Received::is_translation_request)[0].dw(2), 0x10001u);
  CHECK_EQUAL(error(touch(host, 0x10000, kNoPasid, kWrite | kNoWrite)), 0u);
  const auto requests = host.all(&Received::is_translation_request);
  CHECK_EQUAL(requests.size(), 2u);
  CHECK_EQUAL(requests[1].dw(2), 0x10000u);
}

TEST(Refused_translations_leave_no_entry) {
  const struct {
    Tlp answer;
    uint32_t error;
  } cases[] = {
      {{0x0A000000, 0x00002000, 0x01000000}, 2},                               // UR
      {{0x0A000000, 0x00008000, 0x01000000}, 3},                               // CA
      {{0x0A000000, 0x00004000, 0x01000000}, 3},                               // RRS
      {{0x0A000000, 0x00000000, 0x01000000}, 3},                               // success without data
      {{0x0A000000, 0x00000008, 0x01000000}, 3},                               //
      {{0x4A000002, 0x00008008, 0x01000000, 0, 0x40003}, 3},                   // CA with data
      {{0x4A004002, 0x00000008, 0x01000000, 0, 0x40003}, 3},                   // poisoned
      {{0x4A000001, 0x00000004, 0x01000000, 0x40003}, 3},                      // half an entry
      {{0x4A000003, 0x0000000C, 0x01000000, 0, 0x40003, 0}, 3},                // an entry and a half
      {{0x4A000004, 0x00000010, 0x01000000, 0, 0x40003, 0, 0x41003}, 3},       // more than asked
      {{0x4A000002, 0x00000010, 0x01000000, 0, 0x40003}, 3},                   // byte count of more than asked
      {{0x4A000002, 0x00000004, 0x01000000, 0, 0x40003}, 3},                   // byte count too small
  };
  for (const auto &it : cases) {
    Host host;
    host.enable();
    host.map(kNoPasid, 0x10000, 0x40000);
    host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.settle();
    CHECK_EQUAL(asked(host), 1u);

    host.send(it.answer);
    host.settle();

    CHECK_EQUAL(host.status(0), 0x00000002u | it.error << 4);
    CHECK_EQUAL(last_use(host), 0u);
    host.answers_translations = true;
    CHECK_EQUAL(error(touch(host, 0x10000)), 0u);
    CHECK_EQUAL(asked(host), 2u);
  }
}

TEST(Damaged_answers_are_dropped_and_the_sound_one_still_counts) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.settle();

  host.send({0x4A000002, 8, 0x01000000, 0});                 // shorter than its Length
  host.send({0x4A000002, 8, 0x01000000, 0, 0x60003, 0});     // longer
  host.send({0x4A000002, 8, 0x01000100, 0, 0x60003});        // another tag
  host.send({0x4A000002, 8, 0x01010000, 0, 0x60003});        // another function
  host.settle();
  CHECK_EQUAL(host.status(0) & 3, 1u);
  host.send({0x4A008002, 8, 0x01000000, 0, 0x40003, 0xD16E57});  // with a digest
  host.settle();

  CHECK_EQUAL(last_use(host), 0x40000u);
  CHECK_EQUAL(host.status(0) & 3, 2u);
}

TEST(ATS_switched_off_forgets_everything) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.map(kNoPasid, 0x20000, 0x50000);
  touch(host, 0x10000);
  host.answers_translations = false;
  host.start(1, 0x20000, kNoPasid, 4, 0, kRead);
  host.settle();

  host.config_write(0x104, 0, 0xC);
  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(error(host.status(1)), 5u);
  host.config_write(0x104, 0x80000000, 0xC);
  host.answers_translations = true;
  const size_t before = asked(host);
  touch(host, 0x10000);
  touch(host, 0x20000);

  CHECK_EQUAL(asked(host), before + 2);
}

TEST(Eight_slots_ask_with_tags_of_their_own) {
  Host host;
  host.enable();
  host.answers_translations = false;
  for (unsigned slot = 0; slot < 8; slot++) {
    host.map(slot, 0x10000, 0x40000 + 0x1000 * slot);
    host.start(slot, 0x10000, slot, 4, 0, kRead);
  }
  host.settle();
  CHECK_EQUAL(host.held.size(), 8u);
  uint32_t tags = 0;
  for (const Received &it : host.held) {
    tags |= 1u << it.tag();
    CHECK_EQUAL(it.pasid, it.tag());
  }
  CHECK_EQUAL(tags, 0xFFu);

  for (size_t i = 8; i-- > 0;) host.answer(host.held[i]);
  host.settle();
  for (unsigned slot = 0; slot < 8; slot++) CHECK_EQUAL(host.read(0x11C + 0x40 * slot), stamp(0x40000 + 0x1000 * slot));
}
