// A device library, loaded by path.
#ifndef HILBENCH_TESTS_HDL_DEVICE_H
#define HILBENCH_TESTS_HDL_DEVICE_H

#include <dlfcn.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "hilbench_device.h"

namespace test {

// A TLP: DWs in wire order.
using Tlp = std::vector<uint32_t>;

class Library {
 public:
  explicit Library(const std::string &path) {
    handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
    bind(abi_version, "hil_abi_version");
    bind(open, "hil_open");
    bind(close, "hil_close");
    bind(describe, "hil_describe");
    bind(reset, "hil_reset");
    bind(send, "hil_send");
    bind(receive, "hil_receive");
    bind(run, "hil_run");
    bind(cycles, "hil_cycles");
    bind(exchange_run, "hil_exchange_run");
    bind(snapshot_size, "hil_snapshot_size");
    bind(save, "hil_save");
    bind(restore, "hil_restore");
    bind(wave, "hil_wave");
  }

  decltype(&hil_abi_version) abi_version;
  decltype(&hil_open) open;
  decltype(&hil_close) close;
  decltype(&hil_describe) describe;
  decltype(&hil_reset) reset;
  decltype(&hil_send) send;
  decltype(&hil_receive) receive;
  decltype(&hil_run) run;
  decltype(&hil_cycles) cycles;
  decltype(&hil_exchange_run) exchange_run;
  decltype(&hil_snapshot_size) snapshot_size;
  decltype(&hil_save) save;
  decltype(&hil_restore) restore;
  decltype(&hil_wave) wave;

 private:
  template <typename F>
  void bind(F &function, const char *name) {
    function = reinterpret_cast<F>(dlsym(handle_, name));
    if (function == nullptr) throw std::runtime_error(dlerror());
  }

  void *handle_;
};

inline Library &library(const std::string &path) {
  static std::vector<std::pair<std::string, Library *>> loaded;
  for (auto &entry : loaded) {
    if (entry.first == path) return *entry.second;
  }
  loaded.emplace_back(path, new Library(path));
  return *loaded.back().second;
}

inline std::vector<uint8_t> to_bytes(const Tlp &tlp) {
  std::vector<uint8_t> bytes;
  for (uint32_t dw : tlp) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(dw >> shift));
  }
  return bytes;
}

inline Tlp to_tlp(const uint8_t *bytes, size_t size) {
  Tlp tlp;
  for (size_t i = 0; i + 4 <= size; i += 4) {
    tlp.push_back(static_cast<uint32_t>(bytes[i]) << 24 | bytes[i + 1] << 16 | bytes[i + 2] << 8 | bytes[i + 3]);
  }
  return tlp;
}

}  // namespace test

#endif
