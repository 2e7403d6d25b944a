// The C ABI: options, description, exchange, snapshots, waves.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "host.h"

using namespace test;

namespace {

std::string refusal(const std::string &path, const char *options) {
  Library &lib = library(path);
  char error[400] = "";
  hil_device *device = lib.open(options, error, sizeof error);
  if (device != nullptr) lib.close(device);
  return device == nullptr ? error : "";
}

// A run that uses every part of the device; what was heard, with cycles.
std::vector<std::pair<uint64_t, Tlp>> story(const std::string &options, const std::string &path = clean_library) {
  Host host(path, options);
  host.enable();
  host.write(0x010, {0x1000});
  for (unsigned i = 0; i < 120; i++) {
    for (uint64_t page = 0; page < 6; page++) {
      host.map(i % 3, 0x10000 * i + (page << 12), 0x100000 * (i + 1) + (page << 12), page == 5 ? 16 : 12);
    }
    host.start(i % 8, 0x10000 * i + 0xF80, i % 3, 4 * (1 + 37 * i % 600), i, (i % 2 ? kRead : kWrite) | ask(i % 4));
    if (i % 5 == 2) host.send(Host::invalidate(0x10000 * (i - 1) + 0x1000, i % 32, i % 3));
    host.run(7 * i % 90);
  }
  host.write(0x00C, {9});
  host.settle();
  std::vector<std::pair<uint64_t, Tlp>> heard;
  for (const Received &it : host.log) heard.emplace_back(it.cycle, it.tlp);
  return heard;
}

void append(std::vector<uint8_t> &records, uint64_t cycle, const Tlp &tlp) {
  const std::vector<uint8_t> bytes = to_bytes(tlp);
  const uint64_t size = bytes.size();
  const size_t at = records.size();
  records.resize(at + 16 + (size + 7) / 8 * 8);
  std::memcpy(&records[at], &cycle, 8);
  std::memcpy(&records[at + 8], &size, 8);
  std::memcpy(&records[at + 16], bytes.data(), size);
}

std::vector<std::pair<uint64_t, Tlp>> take_records(const std::vector<uint8_t> &out, uint32_t size) {
  std::vector<std::pair<uint64_t, Tlp>> all;
  for (size_t at = 0; at < size;) {
    uint64_t cycle, bytes;
    std::memcpy(&cycle, &out[at], 8);
    std::memcpy(&bytes, &out[at + 8], 8);  // reserved must be 0
    all.emplace_back(cycle, to_tlp(&out[at + 16], bytes));
    at += 16 + (bytes + 7) / 8 * 8;
  }
  return all;
}

}  // namespace

TEST(Unknown_options_and_faults_are_refused_with_the_known_ones) {
  CHECK(refusal(clean_library, "colour=red").find("fault") != std::string::npos);
  CHECK(!refusal(clean_library, "fault=M11").empty());
  CHECK(refusal(faulty_library, "fault=M99").find("M01, M02, M03,") !=
        std::string::npos);
  CHECK(!refusal(faulty_library, "fault=m11").empty());
  CHECK(!refusal(faulty_library, "fault").empty());
  CHECK(!refusal(clean_library, "evals=3").empty());
  CHECK(refusal(faulty_library, "fault=M11&evals=2&skip=0").empty());
  CHECK(refusal(clean_library, "").empty());
  char small[5] = "";
  CHECK(library(clean_library).open("nonsense", small, sizeof small) == nullptr);
  CHECK_EQUAL(std::strlen(small), 4u);
}

TEST(The_description_names_the_faults_that_are_built_in) {
  CHECK_EQUAL(library(clean_library).abi_version(), 1u);
  Host clean(clean_library), faulty(faulty_library);
  CHECK(std::strstr(clean.lib().describe(clean.device()), "\"faults\":[]") != nullptr);
  CHECK(std::strstr(faulty.lib().describe(faulty.device()), "\"M01\",\"M02\"") != nullptr);
}

TEST(TLPs_of_impossible_size_are_refused) {
  Host host;
  uint8_t bytes[HIL_TLP_MAX + 4] = {};
  for (size_t size : {size_t{0}, size_t{3}, size_t{13}, size_t{HIL_TLP_MAX + 4}}) {
    CHECK(host.lib().send(host.device(), bytes, size) < 0);
  }
}

TEST(A_buffer_that_is_too_small_keeps_the_TLP) {
  Host host;
  const std::vector<uint8_t> read = to_bytes({0x04000001, 0x0000050F, 0x01000000});
  CHECK_EQUAL(host.lib().send(host.device(), read.data(), read.size()), 1);
  CHECK(host.lib().run(host.device(), 1000) < 1000);
  uint8_t bytes[64];
  CHECK(host.lib().receive(host.device(), bytes, 12) < 0);
  CHECK_EQUAL(host.lib().run(host.device(), 1000), 0u);
  CHECK_EQUAL(host.lib().receive(host.device(), bytes, 16), 16);
  CHECK_EQUAL(host.lib().receive(host.device(), bytes, 64), 0);
  CHECK_EQUAL(host.lib().run(host.device(), 1000), 1000u);
}

TEST(One_evaluation_a_cycle_and_skipped_idle_cycles_change_nothing) {
  const auto plain = story("evals=2&skip=0");
  CHECK(plain.size() > 500);
  CHECK(story("evals=1&skip=0") == plain);
  CHECK(story("evals=2&skip=1") == plain);
  CHECK(story("") == plain);
  CHECK(story("", faulty_library) == plain);
  CHECK(story("fault=M14&evals=2&skip=0", faulty_library) == story("fault=M14", faulty_library));
}

TEST(An_exchange_does_what_single_calls_do) {
  std::vector<std::pair<uint64_t, Tlp>> inputs;
  inputs.push_back({0, {0x44000001, 0x0000000F, 0x01000010, swapped(kBar)}});
  inputs.push_back({0, {0x44000001, 0x0000000F, 0x01000004, swapped(6)}});
  for (uint32_t i = 0; i < 30; i++) {
    inputs.push_back({100 + 13 * i, {0x40000006, 0xFF, kBar + 0x100 + 0x40 * (i % 8), swapped(0x1000 * i), 0, 0,
                                     swapped(64 + 4 * i), swapped(i), swapped(kWrite | kUntranslated)}});
    inputs.push_back({100 + 13 * i, Host::invalidate(0x1000 * i, i)});
    inputs.push_back({3000 + i, {0x00000002, i << 8 | 0xFF, kBar + 0x118 + 0x40 * (i % 8)}});
  }
  const uint64_t end = 5000;

  // Single calls.
  std::vector<std::pair<uint64_t, Tlp>> expected;
  {
    Host host;
    size_t next = 0;
    while (host.cycles() < end) {
      if (next < inputs.size() && inputs[next].first <= host.cycles()) {
        const std::vector<uint8_t> bytes = to_bytes(inputs[next].second);
        next += static_cast<size_t>(host.lib().send(host.device(), bytes.data(), bytes.size()));
      }
      host.lib().run(host.device(), 1);
      uint8_t bytes[HIL_TLP_MAX];
      const int size = host.lib().receive(host.device(), bytes, sizeof bytes);
      if (size > 0) expected.emplace_back(host.cycles(), to_tlp(bytes, static_cast<size_t>(size)));
    }
  }
  CHECK(expected.size() > 90);

  for (uint64_t linger : {uint64_t{0}, uint64_t{50}, UINT64_MAX}) {
    for (uint32_t capacity : {HIL_TLP_MAX + 24u, 3u * HIL_TLP_MAX, 1u << 20}) {
      Host host;
      std::vector<uint8_t> in, out(capacity);
      for (const auto &it : inputs) append(in, it.first, it.second);
      std::vector<std::pair<uint64_t, Tlp>> heard;
      uint32_t taken = 0;
      for (int calls = 0; host.cycles() < end && calls < 100000; calls++) {
        hil_exchange exchange = {end, linger, in.data() + taken, out.data(), static_cast<uint32_t>(in.size()) - taken,
                                 0,   capacity, 0, 0};
        CHECK_EQUAL(host.lib().exchange_run(host.device(), &exchange), 0);
        CHECK_EQUAL(exchange.cycle, host.cycles());
        taken += exchange.in_taken;
        for (auto &it : take_records(out, exchange.out_size)) heard.push_back(it);
      }
      CHECK_EQUAL(taken, in.size());
      CHECK(heard == expected);
    }
  }
}

TEST(An_exchange_ends_linger_cycles_after_the_first_TLP) {
  for (uint64_t linger : {0, 1, 100}) {
    Host host;
    std::vector<uint8_t> in, out(1 << 16);
    append(in, 50, {0x04000001, 0x0000050F, 0x01000000});
    hil_exchange exchange = {1000, linger, in.data(), out.data(), static_cast<uint32_t>(in.size()), 0, 1 << 16, 0, 0};

    CHECK_EQUAL(host.lib().exchange_run(host.device(), &exchange), 0);

    const auto heard = take_records(out, exchange.out_size);
    CHECK_EQUAL(heard.size(), 1u);
    CHECK(heard[0].first > 50);
    CHECK_EQUAL(exchange.cycle, heard[0].first + linger);
  }
}

TEST(A_malformed_record_is_refused_after_the_ones_before_it) {
  for (int damage = 0; damage < 3; damage++) {
    Host host;
    std::vector<uint8_t> in, out(1 << 16);
    append(in, 0, {0x04000001, 0x0000050F, 0x01000000});
    const uint32_t good = static_cast<uint32_t>(in.size());
    append(in, 0, {0x04000001, 0x0000060F, 0x01000000});
    if (damage == 0) in[good + 8] = 13;
    if (damage == 1) in[good + 9] = 0x40;
    if (damage == 2) in.resize(good + 20);
    hil_exchange exchange = {500, 1000, in.data(), out.data(), static_cast<uint32_t>(in.size()), 0, 1 << 16, 0, 0};

    CHECK(host.lib().exchange_run(host.device(), &exchange) < 0);
    CHECK_EQUAL(exchange.in_taken, good);
    exchange.in = nullptr;
    exchange.in_size = 0;
    CHECK_EQUAL(host.lib().exchange_run(host.device(), &exchange), 0);
    CHECK_EQUAL(take_records(out, exchange.out_size).size(), 1u);
  }
}

TEST(A_snapshot_brings_back_the_same_future) {
  Host host;
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  host.start(0, 0x10000, kNoPasid, 2048, 7, kWrite);
  host.start(1, 0x10000, kNoPasid, 64, 7, kRead);
  host.send(Host::invalidate(0x10000, 3));
  host.run(37);
  std::vector<uint8_t> image(host.lib().snapshot_size(host.device()));
  CHECK(!image.empty());
  CHECK_EQUAL(host.lib().save(host.device(), image.data(), image.size()), 0);

  const auto future = [&](Library &lib, hil_device *device) {
    std::vector<std::pair<uint64_t, Tlp>> heard;
    uint8_t bytes[HIL_TLP_MAX];
    while (lib.cycles(device) < 2000) {
      lib.run(device, 2000 - lib.cycles(device));
      const int size = lib.receive(device, bytes, sizeof bytes);
      if (size > 0) heard.emplace_back(lib.cycles(device), to_tlp(bytes, static_cast<size_t>(size)));
    }
    return heard;
  };
  const auto first = future(host.lib(), host.device());
  CHECK(first.size() > 3);
  CHECK_EQUAL(host.lib().restore(host.device(), image.data(), image.size()), 0);
  CHECK(future(host.lib(), host.device()) == first);

  Host other;
  CHECK_EQUAL(other.lib().restore(other.device(), image.data(), image.size()), 0);
  CHECK(future(other.lib(), other.device()) == first);
  CHECK(other.lib().restore(other.device(), image.data(), image.size() - 1) != 0);
  image[0] ^= 1;
  CHECK(other.lib().restore(other.device(), image.data(), image.size()) != 0);
  CHECK(other.lib().save(other.device(), image.data(), 10) != 0);
}

TEST(A_wave_is_written_and_changes_nothing) {
  const std::string path = "/tmp/hilbench-wave-" + std::to_string(getpid()) + ".fst";
  std::vector<Tlp> with, without;
  for (bool wave : {false, true}) {
    Host host;
    if (wave) CHECK_EQUAL(host.lib().wave(host.device(), path.c_str()), 0);
    host.enable();
    host.map(kNoPasid, 0x10000, 0x40000);
    host.operate(0, 0x10000, kNoPasid, 512, 1, kWrite);
    if (wave) CHECK_EQUAL(host.lib().wave(host.device(), nullptr), 0);
    host.operate(0, 0x10000, kNoPasid, 512, 1, kRead);
    if (wave) CHECK_EQUAL(host.lib().wave(host.device(), path.c_str()), 0);
    host.operate(0, 0x10000, kNoPasid, 512, 1, kRead);
    for (const Received &it : host.log) (wave ? with : without).push_back(it.tlp);
  }
  CHECK(with == without);
  std::FILE *file = std::fopen(path.c_str(), "rb");
  CHECK(file != nullptr);
  std::fseek(file, 0, SEEK_END);
  const long size = std::ftell(file);
  std::fclose(file);
  std::remove(path.c_str());
  CHECK(size > 1000);
  Host host;
  CHECK(host.lib().wave(host.device(), "/nonexistent/folder/x.fst") < 0);
}

TEST(Two_devices_of_two_libraries_live_side_by_side) {
  Host clean(clean_library), faulty(faulty_library, "fault=M01"), second(clean_library);
  for (Host *host : {&clean, &faulty, &second}) {
    host->enable();
    host->map(kNoPasid, 0x10000, 0x40000);
    host->operate(0, 0x10000, kNoPasid, 4, 0, kRead);
  }
  CHECK(clean.invalidate_and_wait(0x10000));
  CHECK(faulty.invalidate_and_wait(0x10000));
  for (Host *host : {&clean, &faulty, &second}) host->operate(0, 0x10000, kNoPasid, 4, 0, kRead);
  CHECK_EQUAL(clean.read(0x01C), 2u);
  CHECK_EQUAL(faulty.read(0x01C), 1u);
  CHECK_EQUAL(second.read(0x01C), 1u);
}
