// The reference device behind the C ABI of hilbench_device.h: TLPs cut into beats, beats joined to TLPs.

#include "hilbench_device.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "options.h"
#include "rtl_model.h"
#include "verilated_stops.h"

#define HIL_EXPORT extern "C" __attribute__((visibility("default")))

#ifdef HIL_COVERAGE
#define HIL_SNAPSHOT "false"
#else
#define HIL_SNAPSHOT "true"
#endif

namespace {

constexpr size_t kRecordHeader = 16;
[[maybe_unused]] constexpr uint32_t kSnapshotMagic = 0x484C5331;  // "HLS1"

uint32_t read_dw(const uint8_t *bytes) {
  uint32_t dw;
  std::memcpy(&dw, bytes, 4);
  return __builtin_bswap32(dw);
}

void write_dw(uint8_t *bytes, uint32_t dw) {
  dw = __builtin_bswap32(dw);
  std::memcpy(bytes, &dw, 4);
}

size_t padded(size_t size) { return (size + 7) & ~static_cast<size_t>(7); }

bool is_tlp_size(size_t size) { return size >= 4 && size <= HIL_TLP_MAX && size % 4 == 0; }

// What of a device is not in the model. Plain bytes: it goes into snapshots as it is.
struct Streams {
  uint64_t cycles = 0;
  uint32_t in_size = 0;  // TLP on its way in; 0: none
  uint32_t in_at = 0;    // bytes of it that were taken
  uint32_t out_at = 0;   // bytes of the TLP on its way out
  uint32_t ready = 0;    // size of a whole TLP in out; 0: none
  uint8_t in[HIL_TLP_MAX + 12];
  uint8_t out[HIL_TLP_MAX + 12];
};

#ifndef HIL_COVERAGE
struct SnapshotHeader {
  uint32_t magic;
  uint32_t fault;
  uint64_t model;
  uint64_t size;
};
#endif

}  // namespace

struct hil_device {
  hil::Options options;
  hil::RtlModel model;
  Streams streams;
  uint64_t ready_cycle = 0;  // when the TLP in streams.out was complete
  std::string description;
  size_t snapshot_size = 0;

  explicit hil_device(const hil::Options &chosen) : options(chosen), model(chosen.fault, chosen.two_evals) {}

  void load(const uint8_t *tlp, uint32_t size) {
    std::memcpy(streams.in, tlp, size);
    streams.in_size = size;
    streams.in_at = 0;
  }

  bool at_rest() const { return options.skip_idle && streams.in_size == 0 && model.idle() && !model.waving(); }

  void feed() {
    if (streams.in_size == 0 || !model.rx_ready()) {
      model.offer_nothing();
      return;
    }
    hil::Beat beat;
    const uint32_t left = streams.in_size - streams.in_at;
    beat.last = left <= 16;
    beat.count = beat.last ? left / 4 : 4;
    for (unsigned i = 0; i < 4; i++) beat.dw[i] = read_dw(streams.in + streams.in_at + 4 * i);
    streams.in_at += 16;
    if (beat.last) streams.in_size = 0;
    model.offer(beat);
  }

  // One cycle. True when a whole TLP came out.
  bool cycle() {
    feed();
    bool whole = false;
    if (model.tx_valid()) {
      hil::Beat beat;
      model.take(beat);
      for (unsigned i = 0; i < 4; i++) write_dw(streams.out + streams.out_at + 4 * i, beat.dw[i]);
      streams.out_at += 4 * beat.count;
      if (beat.last) {
        streams.ready = streams.out_at;
        streams.out_at = 0;
        ready_cycle = streams.cycles + 1;
        whole = true;
      }
    }
    model.clock(streams.cycles);
    streams.cycles++;
    return whole;
  }
};

HIL_EXPORT uint32_t hil_abi_version(void) { return HIL_ABI_VERSION; }

HIL_EXPORT hil_device *hil_open(const char *options, char *error, size_t error_size) {
  hil::Options chosen;
  std::string why;
  hil_device *device = nullptr;
  if (hil::read_options(options, chosen, why)) {
    device = new (std::nothrow) hil_device(chosen);
    if (device == nullptr) why = "out of memory";
  }
  if (device == nullptr && error_size > 0) std::snprintf(error, error_size, "%s", why.c_str());
  return device;
}

#ifdef HIL_COVERAGE
HIL_EXPORT const char *hil_coverage(hil_device *device, const char *path) {
  device->model.write_coverage(path);
  return nullptr;
}

HIL_EXPORT uint64_t hil_covered(hil_device *device) { return device->model.covered(); }
#endif

HIL_EXPORT void hil_close(hil_device *device) {
#ifdef HIL_COVERAGE
  if (device != nullptr && !device->options.coverage.empty()) hil_coverage(device, device->options.coverage.c_str());
#endif
  delete device;
}

HIL_EXPORT const char *hil_describe(hil_device *device) {
  device->description =
      "{\"name\":\"hilbench-rtl\",\"version\":\"1\",\"clock_hz\":100000000,\"snapshot\":" HIL_SNAPSHOT ",\"wave\":true,"
      "\"faults\":[" +
      hil::fault_list("\"", ",", "\"") + "]}";
  return device->description.c_str();
}

HIL_EXPORT void hil_reset(hil_device *device, int kind) {
  (void)kind;  // both kinds do the same here
  device->model.reset(device->streams.cycles);
  device->streams.cycles++;
  device->streams.in_size = 0;
  device->streams.in_at = 0;
  device->streams.out_at = 0;
  device->streams.ready = 0;
}

HIL_EXPORT int hil_send(hil_device *device, const uint8_t *tlp, size_t size) {
  if (!is_tlp_size(size)) return -1;
  if (device->streams.in_size != 0) return 0;
  device->load(tlp, static_cast<uint32_t>(size));
  return 1;
}

HIL_EXPORT int hil_receive(hil_device *device, uint8_t *tlp, size_t capacity) {
  const uint32_t size = device->streams.ready;
  if (size == 0) return 0;
  if (size > capacity) return -1;
  std::memcpy(tlp, device->streams.out, size);
  device->streams.ready = 0;
  return static_cast<int>(size);
}

HIL_EXPORT uint64_t hil_run(hil_device *device, uint64_t max_cycles) {
  if (device->streams.ready != 0) return 0;
  const uint64_t start = device->streams.cycles;
  const uint64_t end = max_cycles > UINT64_MAX - start ? UINT64_MAX : start + max_cycles;
  while (device->streams.cycles < end) {
    if (device->at_rest()) {
      device->streams.cycles = end;
    } else if (device->cycle()) {
      break;
    }
  }
  return device->streams.cycles - start;
}

HIL_EXPORT uint64_t hil_cycles(hil_device *device) { return device->streams.cycles; }

namespace {

// The host's side of one hil_exchange_run.
struct Exchange {
  hil_exchange &host;
  uint64_t due = 0;   // cycle of the next record
  uint32_t size = 0;  // its TLP; 0: no record left

  explicit Exchange(hil_exchange &exchange) : host(exchange) {
    host.in_taken = 0;
    host.out_size = 0;
  }

  // False: the record is malformed.
  bool look() {
    size = 0;
    const uint32_t left = host.in_size - host.in_taken;
    if (left == 0) return true;
    if (left < kRecordHeader) return false;
    const uint8_t *record = host.in + host.in_taken;
    std::memcpy(&due, record, 8);
    std::memcpy(&size, record + 8, 4);
    return is_tlp_size(size) && left - kRecordHeader >= size;
  }

  void take(hil_device &device) {
    device.load(host.in + host.in_taken + kRecordHeader, size);
    const size_t step = kRecordHeader + padded(size);
    const uint32_t left = host.in_size - host.in_taken;
    host.in_taken += step < left ? static_cast<uint32_t>(step) : left;
  }

  bool has_room() const { return host.out_capacity - host.out_size >= HIL_TLP_MAX + 24; }

  void put(hil_device &device) {
    const uint32_t bytes = device.streams.ready;
    uint8_t *record = host.out + host.out_size;
    const uint64_t size_and_reserved = bytes;
    std::memcpy(record, &device.ready_cycle, 8);
    std::memcpy(record + 8, &size_and_reserved, 8);
    std::memset(record + kRecordHeader + padded(bytes) - 8, 0, 8);
    std::memcpy(record + kRecordHeader, device.streams.out, bytes);
    host.out_size += static_cast<uint32_t>(kRecordHeader + padded(bytes));
    device.streams.ready = 0;
  }
};

}  // namespace

HIL_EXPORT int hil_exchange_run(hil_device *device, hil_exchange *exchange) {
  Exchange io(*exchange);
  Streams &streams = device->streams;
  uint64_t end = exchange->until_cycle;
  bool first = true;
  int result = 0;
  bool sound = io.look();
  for (;;) {
    if (!io.has_room()) break;
    if (streams.ready != 0) {
      io.put(*device);
      if (first && exchange->linger_cycles < end - std::min(end, streams.cycles)) {
        end = streams.cycles + exchange->linger_cycles;
      }
      first = false;
      continue;
    }
    if (!sound) {
      result = -1;
      break;
    }
    if (streams.cycles >= end) break;
    if (io.size != 0 && io.due <= streams.cycles && streams.in_size == 0) {
      io.take(*device);
      sound = io.look();
    }
    if (device->at_rest()) {
      // Nothing happens until the next TLP is due. (One that is due is on its way in, and this is not reached.)
      streams.cycles = io.size != 0 ? std::min(io.due, end) : end;
    } else {
      device->cycle();
    }
  }
  exchange->cycle = streams.cycles;
  return result;
}

#ifndef HIL_COVERAGE
HIL_EXPORT size_t hil_snapshot_size(hil_device *device) {
  if (device->snapshot_size == 0) {
    device->snapshot_size =
        sizeof(SnapshotHeader) + sizeof(uint64_t) + sizeof(Streams) + device->model.save().size();
  }
  return device->snapshot_size;
}

HIL_EXPORT int hil_save(hil_device *device, void *image, size_t size) {
  if (size < hil_snapshot_size(device)) return -1;
  const std::vector<uint8_t> &model = device->model.save();
  const SnapshotHeader header = {kSnapshotMagic, device->options.fault, HIL_MODEL_ID, device->snapshot_size};
  uint8_t *at = static_cast<uint8_t *>(image);
  std::memcpy(at, &header, sizeof header);
  at += sizeof header;
  std::memcpy(at, &device->ready_cycle, sizeof device->ready_cycle);
  at += sizeof device->ready_cycle;
  std::memcpy(at, &device->streams, sizeof(Streams));
  at += sizeof(Streams);
  std::memcpy(at, model.data(), model.size());
  return 0;
}

HIL_EXPORT int hil_restore(hil_device *device, const void *image, size_t size) {
  SnapshotHeader header;
  if (size < hil_snapshot_size(device)) return -1;
  const uint8_t *at = static_cast<const uint8_t *>(image);
  std::memcpy(&header, at, sizeof header);
  if (header.magic != kSnapshotMagic || header.model != HIL_MODEL_ID || header.fault != device->options.fault ||
      header.size != device->snapshot_size) {
    return -1;
  }
  at += sizeof header;
  std::memcpy(&device->ready_cycle, at, sizeof device->ready_cycle);
  at += sizeof device->ready_cycle;
  std::memcpy(&device->streams, at, sizeof(Streams));
  at += sizeof(Streams);
  device->model.restore(at, device->snapshot_size - static_cast<size_t>(at - static_cast<const uint8_t *>(image)));
  return 0;
}
#endif

HIL_EXPORT int hil_wave(hil_device *device, const char *path) {
  return device->model.wave(path, device->streams.cycles) ? 0 : -1;
}
