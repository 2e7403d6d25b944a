// The copies that each engine keeps in front of the ATC. Slots 0 to 3 belong to engine 0, 4 to 7 to engine 1.
#include "host.h"

using namespace test;

namespace {

constexpr uint64_t kFar = 0x40000000;

bool asks(Host &host, unsigned slot, uint64_t va, uint32_t pasid = kNoPasid, uint32_t command = kRead) {
  const size_t before = host.count(&Received::is_translation_request);
  host.operate(slot, va, pasid, 4, 0, command);
  return host.count(&Received::is_translation_request) != before;
}

// Engine 1 fills all 64 places of the ATC with something else.
void replace_all(Host &host) {
  static uint64_t next = kFar;
  for (unsigned i = 0; i < 64; i++, next += 0x1000) {
    host.map(kNoPasid, next, 0x8000000);
    CHECK(asks(host, 4, next));
  }
}

uint64_t last_use(const Host &host) {
  uint64_t address = 0;
  for (const Received &it : host.log) {
    if ((it.is_read() || it.is_write()) && it.at() == 2) address = it.address();
  }
  return address;
}

}  // namespace

TEST(An_engine_keeps_the_last_four_translations_that_it_found_in_the_ATC) {
  Host host;
  host.enable();
  for (uint64_t page = 0; page < 5; page++) {
    host.map(kNoPasid, page << 12, 0x100000 + (page << 12));
    asks(host, 0, page << 12);
  }

  replace_all(host);

  for (uint64_t page = 1; page < 5; page++) {
    CHECK(!asks(host, static_cast<unsigned>(page % 4), page << 12));
    CHECK_EQUAL(last_use(host), 0x100000 + (page << 12));
  }
  CHECK(asks(host, 0, 0));
  CHECK_EQUAL(host.read(0x018), 74u);
  CHECK_EQUAL(host.read(0x01C), 70u);
}

TEST(The_copies_of_one_engine_are_not_those_of_the_other) {
  Host host;
  host.enable();
  host.map(5, 0x10000, 0x40000);
  asks(host, 3, 0x10000, 5);
  replace_all(host);

  CHECK(!asks(host, 0, 0x10000, 5));
  CHECK(asks(host, 7, 0x10000, 5));
  CHECK(!asks(host, 4, 0x10000, 5));
}

TEST(A_copy_serves_its_whole_block_and_only_its_context_and_access) {
  Host host;
  host.enable();
  host.map(5, 0x200000, 0x80000000, 21, kReadOnly);
  asks(host, 0, 0x212000, 5);
  replace_all(host);

  CHECK(!asks(host, 0, 0x3FFFFC, 5));
  CHECK_EQUAL(last_use(host), 0x801FFFFCu);
  CHECK(asks(host, 0, 0x400000, 5));
  CHECK(asks(host, 0, 0x212000, 6));
  CHECK(asks(host, 0, 0x212000));
  CHECK(asks(host, 0, 0x212000, 5, kWrite));
}

TEST(Every_copy_is_invalidated_with_the_ATC) {
  for (unsigned slot : {0u, 4u}) {
    for (uint64_t page = 0; page < 4; page++) {
      Host host;
      host.enable();
      for (uint64_t i = 0; i < 4; i++) {
        host.map(kNoPasid, i << 12, 0x100000 + (i << 12));
        asks(host, slot, i << 12);
      }

      CHECK(host.invalidate_and_wait(page << 12));

      for (uint64_t i = 0; i < 4; i++) {
        if (i != page) CHECK(!asks(host, slot, i << 12));
      }
      CHECK(asks(host, slot, page << 12));
    }
  }
}

TEST(A_copy_whose_ATC_entry_was_replaced_is_invalidated_too) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x200000, 0x40000000, 21);
  asks(host, 0, 0x200000);
  replace_all(host);
  CHECK(!asks(host, 0, 0x200000));

  CHECK(host.invalidate_and_wait(0x2FF000));

  CHECK(asks(host, 0, 0x200000));
}

TEST(A_copy_of_a_Global_translation_serves_every_PASID_and_goes_with_every_PASID) {
  Host host;
  host.enable();
  host.map(5, 0x10000, 0x40000, 12, kReadWrite | kGlobal);
  host.map(6, 0x10000, 0x40000, 12, kReadWrite | kGlobal);
  host.map(7, 0x10000, 0x40000, 12, kReadWrite | kGlobal);
  asks(host, 0, 0x10000, 5);
  replace_all(host);
  CHECK(!asks(host, 0, 0x10000, 6));

  CHECK(host.invalidate_and_wait(0x10000, 1, 7));

  CHECK(asks(host, 0, 0x10000, 5));
  CHECK(!asks(host, 4, 0x10000, 6));
}

TEST(What_empties_the_ATC_empties_the_copies) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  asks(host, 0, 0x10000);
  asks(host, 4, 0x10000);

  host.config_write(0x104, 0x80010000, 0xC);

  CHECK(asks(host, 0, 0x10000));
  host.config_write(0x104, 0x80000000, 0xC);
  CHECK(asks(host, 4, 0x10000));
}

TEST(A_later_grant_of_the_same_range_reaches_the_copies_of_both_engines) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000, 12, kReadOnly);
  asks(host, 0, 0x10000);
  asks(host, 4, 0x10000);
  host.map(kNoPasid, 0x10000, 0x70000);

  CHECK(asks(host, 0, 0x10000, kNoPasid, kWrite));
  CHECK(!asks(host, 4, 0x10000));
  CHECK_EQUAL(last_use(host), 0x70000u);
  CHECK(!asks(host, 0, 0x10000));
  CHECK_EQUAL(last_use(host), 0x70000u);
}
