// How fast the device library is: 64-byte translated reads on all eight slots, a hit each, through hil_exchange_run.
// Usage: read_loop LIBRARY [operations] [options]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../device.h"

using namespace test;

namespace {

constexpr uint32_t kBar = 0xE0000000u;

struct Loop {
  Library &lib;
  hil_device *device;
  std::vector<uint8_t> in{}, out = std::vector<uint8_t>(1 << 20);
  uint64_t done = 0, started = 0, goal = 0, hash = 0;

  void put(const uint32_t *dws, size_t count) {
    const uint64_t size = 4 * count;
    const size_t at = in.size();
    in.resize(at + 16 + (size + 7) / 8 * 8);
    std::memset(&in[at], 0, 8);
    std::memcpy(&in[at + 8], &size, 8);
    for (size_t i = 0; i < count; i++) {
      const uint32_t dw = __builtin_bswap32(dws[i]);
      std::memcpy(&in[at + 16 + 4 * i], &dw, 4);
    }
  }

  void start(uint32_t slot) {
    if (started == goal) return;
    started++;
    const uint32_t va = 0x10000 + 0x1000 * slot + 64 * (started % 64);
    const uint32_t tlp[] = {0x40000006, 0xFF, kBar + 0x100 + 0x40 * slot,
                            __builtin_bswap32(va), 0, 0, __builtin_bswap32(64), 0, __builtin_bswap32(1)};
    put(tlp, 9);
  }

  void hear(const uint8_t *bytes, uint32_t size) {
    uint32_t dw[5] = {};
    for (uint32_t i = 0; i < 5 && 4 * i < size; i++) {
      std::memcpy(&dw[i], bytes + 4 * i, 4);
      dw[i] = __builtin_bswap32(dw[i]);
    }
    const uint32_t kind = dw[0] >> 24;
    if (kind == 0x40) {  // a completion record
      done++;
      hash = hash * 31 + dw[4];
      start(dw[2] >> 4 & 7);
    } else if (kind == 0x00 && (dw[0] >> 10 & 3) == 1) {
      const uint32_t tlp[] = {0x4A000002, 8, dw[1] & ~0xFFu, 0, (dw[2] + 0x40000000) | 3};
      put(tlp, 5);
    } else if (kind == 0x00) {
      uint32_t tlp[19] = {0x4A000010, 64, (dw[1] & ~0xFFu) | (dw[2] & 0x7F)};
      for (uint32_t i = 0; i < 16; i++) tlp[3 + i] = dw[2] + i;
      put(tlp, 19);
    }
  }

  // linger: cycles for each exchange after its first TLP.
  uint64_t run(uint64_t operations, uint64_t linger) {
    const uint64_t before = lib.cycles(device);
    goal += operations;
    for (uint32_t slot = 0; slot < 8; slot++) start(slot);
    std::vector<uint8_t> now;
    while (done < goal) {
      now.swap(in);
      in.clear();
      size_t at = 0;
      do {
        hil_exchange exchange = {UINT64_MAX, linger, now.data() + at, out.data(),
                                 static_cast<uint32_t>(now.size() - at), 0,
                                 static_cast<uint32_t>(out.size()), 0, 0};
        if (lib.exchange_run(device, &exchange) != 0) std::abort();
        at += exchange.in_taken;
        for (uint32_t i = 0; i < exchange.out_size;) {
          uint32_t size;
          std::memcpy(&size, &out[i + 8], 4);
          hear(&out[i + 16], size);
          i += 16 + (size + 7) / 8 * 8;
        }
      } while (at < now.size());
    }
    return lib.cycles(device) - before;
  }
};

}  // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s LIBRARY [operations] [options]\n", argv[0]);
    return 2;
  }
  const uint64_t operations = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 200000;
  Library &lib = library(argv[1]);
  char error[300];
  hil_device *device = lib.open(argc > 3 ? argv[3] : "", error, sizeof error);
  if (device == nullptr) {
    std::fprintf(stderr, "%s\n", error);
    return 2;
  }
  Loop loop{lib, device};
  const uint32_t setup[][4] = {{0x44000001, 0xF, 0x01000010, __builtin_bswap32(kBar)},
                               {0x44000001, 0xF, 0x01000004, __builtin_bswap32(6)},
                               {0x44000001, 0xC, 0x01000104, __builtin_bswap32(0x80000000)},
                               {0x40000001, 0xF, kBar + 0x10, __builtin_bswap32(0x1000)}};
  for (const auto &tlp : setup) loop.put(tlp, 4);
  loop.run(1000, 0);

  for (uint64_t linger : {uint64_t{0}, uint64_t{16}, uint64_t{64}}) {
    const auto start = std::chrono::steady_clock::now();
    const uint64_t cycles = loop.run(operations, linger);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("linger %2llu: %8.0f operations/s, %9.0f cycles/s, %.2f cycles for each operation, hash %016llx\n",
                static_cast<unsigned long long>(linger), static_cast<double>(operations) / seconds,
                static_cast<double>(cycles) / seconds, static_cast<double>(cycles) / static_cast<double>(operations),
                static_cast<unsigned long long>(loop.hash));
  }
  std::vector<uint8_t> image(lib.snapshot_size(device));
  const auto save_start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; i++) lib.save(device, image.data(), image.size());
  const auto restore_start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; i++) lib.restore(device, image.data(), image.size());
  const auto end = std::chrono::steady_clock::now();
  std::printf("snapshot of %zu bytes: save %.1f us, restore %.1f us\n", image.size(),
              std::chrono::duration<double>(restore_start - save_start).count() * 100,
              std::chrono::duration<double>(end - restore_start).count() * 100);
  lib.close(device);
  return 0;
}
