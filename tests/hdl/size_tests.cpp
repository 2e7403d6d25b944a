// The parameter sets beside the standard one: libraries of their own.
#include "host.h"

using namespace test;

namespace {

size_t asked(Host &host) { return host.count(&Received::is_translation_request); }

uint32_t error(uint32_t status) { return status >> 4 & 0xF; }

void touch(Host &host, uint64_t page) { host.operate(0, page << 12, kNoPasid, 4, 0, kRead); }

std::string small() { return sibling("libhilbench_rtl_small.so"); }
std::string large() { return sibling("libhilbench_rtl_large.so"); }

// All pages fit; one more takes the place of the first.
void holds(Host &host, uint64_t pages) {
  for (uint64_t page = 0; page <= pages; page++) host.map(kNoPasid, page << 12, 0x1000000 + (page << 12));
  for (uint64_t page = 0; page < pages; page++) touch(host, page);
  for (uint64_t page = 0; page < pages; page++) touch(host, page);
  CHECK_EQUAL(asked(host), pages);
  touch(host, pages);
  for (uint64_t page = 1; page <= pages; page++) touch(host, page);
  CHECK_EQUAL(asked(host), pages + 1);
  touch(host, 0);
  CHECK_EQUAL(asked(host), pages + 2);
}

}  // namespace

TEST(The_small_device_holds_8_translations) {
  Host host(small());
  host.enable();
  CHECK_EQUAL(host.read(0x008) >> 16 & 0xFF, 8u);
  holds(host, 8);
}

TEST(The_large_device_holds_256_translations) {
  Host host(large());
  host.enable();
  CHECK_EQUAL(host.read(0x008) >> 16 & 0xFF, 0u);
  holds(host, 256);
}

TEST(Every_place_of_every_size_is_invalidated) {
  const struct {
    std::string library;
    uint64_t pages, step;
  } sizes[] = {{small(), 8, 1}, {large(), 256, 37}};
  for (const auto &size : sizes) {
    for (uint64_t page = 0; page < size.pages; page += size.step) {
      Host host(size.library);
      host.enable();
      for (uint64_t i = 0; i < size.pages; i++) {
        host.map(kNoPasid, i << 12, 0x1000000 + (i << 12));
        touch(host, i);
      }
      CHECK(host.invalidate_and_wait(page << 12));
      touch(host, (page + 1) % size.pages);
      CHECK_EQUAL(asked(host), size.pages);
      touch(host, page);
      CHECK_EQUAL(asked(host), size.pages + 1);
    }
  }
}

TEST(The_large_device_has_the_queues_of_the_standard_one) {
  Host host(large());
  CHECK_EQUAL(host.config_read(0x104), 0x70u);
  CHECK_EQUAL(host.config_read(0x104, kSecond), 0x68u);
}

TEST(The_small_device_queues_32_requests_and_has_ATS_in_function_0_only) {
  Host host(small());
  host.enable();
  host.config_write(0x04, 6, 0xF, kSecond);
  CHECK_EQUAL(host.config_read(0x104) & 0x1F, 0u);
  for (uint32_t offset = 0x100; offset < 0x140; offset += 4) {
    host.config_write(offset, 0xFFFFFFFF, 0xF, kSecond);
    CHECK_EQUAL(host.config_read(offset, kSecond), 0u);
  }
  CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kRead | kOfSecond)), 5u);
  CHECK_EQUAL(error(host.operate(0, 0x10000, 5, 4, 0, kRead | kUntranslated | kOfSecond)), 5u);
  CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kRead | kUntranslated | kOfSecond)), 0u);

  host.send(Host::invalidate(0x10000, 9, kNoPasid, 0, 0x0008, kSecond));
  host.settle();
  CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 0u);

  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();
  for (unsigned itag = 0; itag < 32; itag++) host.send(Host::invalidate(0x10000, itag));
  CHECK_EQUAL(host.read(0x014), 1u);  // other traffic still passes
  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(host.count(&Received::is_invalidate_completion), 32u);
}

TEST(A_library_takes_only_its_own_size) {
  const struct {
    std::string library;
    const char *size, *other;
  } sizes[] = {{clean_library, "standard", "small"}, {small(), "small", "large"}, {large(), "large", "standard"}};
  for (const auto &it : sizes) {
    Library &lib = library(it.library);
    char why[200] = "";
    hil_device *device = lib.open((std::string("size=") + it.size).c_str(), why, sizeof why);
    CHECK(device != nullptr);
    lib.close(device);
    CHECK(lib.open((std::string("size=") + it.other).c_str(), why, sizeof why) == nullptr);
    CHECK(std::string(why).find(it.size) != std::string::npos);
  }
}
