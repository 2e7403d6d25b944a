#include "host.h"

#include <algorithm>

namespace test {

uint64_t encode(uint64_t base, unsigned log2) {
  if (log2 == 12) return base;
  const uint64_t ones = log2 == 64 ? ~uint64_t{0} >> 1 : (uint64_t{1} << (log2 - 1)) - 1;
  return (base | ones) & ~uint64_t{0xFFF} | 0x800;
}

Host::Host(const std::string &path, const std::string &options) : lib_(library(path)) {
  char error[400] = "";
  device_ = lib_.open(options.c_str(), error, sizeof error);
  if (device_ == nullptr) throw Failure(std::string("open: ") + error);
}

Host::~Host() { lib_.close(device_); }

void Host::enable(uint32_t id) {
  config_write(0x10, kBar, 0xF, id);
  config_write(0x04, 0x0006, 0xF, id);
  config_write(0x114, 0x00010000, 0xC, id);
  config_write(0x104, 0x80000000, 0xC, id);
}

void Host::enable_pages(uint32_t allocation, uint32_t id) {
  config_write(0x12C, allocation, 0xF, id);
  config_write(0x124, 0x0001, 0x3, id);
}

void Host::run(unsigned cycles) {
  const uint64_t end = lib_.cycles(device_) + cycles;
  while (lib_.cycles(device_) < end) {
    if (!queue_.empty()) {
      const std::vector<uint8_t> bytes = to_bytes(queue_.front());
      const int taken = lib_.send(device_, bytes.data(), bytes.size());
      CHECK(taken >= 0);
      if (taken == 1) queue_.pop_front();
    }
    lib_.run(device_, 1);
    uint8_t bytes[HIL_TLP_MAX];
    const int size = lib_.receive(device_, bytes, sizeof bytes);
    CHECK(size >= 0);
    if (size > 0) hear(to_tlp(bytes, static_cast<size_t>(size)));
  }
}

void Host::settle(unsigned quiet) {
  size_t said = log.size();
  for (unsigned calm = 0; calm < quiet;) {
    run(20);
    calm = said == log.size() && queue_.empty() ? calm + 20 : 0;
    said = log.size();
  }
}

void Host::hear(const Tlp &tlp) {
  Received it;
  it.tlp = tlp;
  it.cycle = lib_.cycles(device_);
  while (tlp.at(it.header) >> 29 == 4) {
    CHECK_EQUAL(tlp[it.header] >> 24, 0x91u);
    it.pasid = tlp[it.header] & 0xFFFFF;
    it.header++;
  }
  const bool with_data = (it.dw(0) >> 30 & 1) != 0;
  CHECK_EQUAL(tlp.size(), it.header + (it.is_long() ? 4 : 3) + (with_data ? it.length() : 0));
  log.push_back(it);
  if (it.is_completion()) {
    completion_ = it;
  } else if (it.is_write()) {
    for (size_t i = 0; i < it.length(); i++) {
      const uint32_t value = swapped(tlp[it.payload() + i]);
      memory_[it.address() + 4 * i] = value;
      written.emplace_back(it.address() + 4 * i, value);
    }
  } else if (it.is_read() || it.is_atomic()) {
    if (it.is_translation_request() ? answers_translations : answers_reads) {
      answer(it);
    } else {
      held.push_back(it);
    }
  }
}

std::optional<Received> Host::request(const Tlp &tlp, unsigned cycles_max) {
  completion_.reset();
  send(tlp);
  for (unsigned i = 0; i < cycles_max && !completion_; i++) run(1);
  return completion_;
}

uint32_t Host::config_read(uint32_t offset, uint32_t id) {
  const auto answer = request({0x04000001, tag_++ % 256 << 8 | 0xF, id << 16 | offset});
  CHECK(answer.has_value());
  CHECK_EQUAL(answer->kind(), 0x4Au);
  CHECK_EQUAL(answer->length(), 1u);
  return swapped(answer->dw(3));
}

void Host::config_write(uint32_t offset, uint32_t value, uint32_t enables, uint32_t id) {
  const auto answer = request({0x44000001, tag_++ % 256 << 8 | enables, id << 16 | offset, swapped(value)});
  CHECK(answer.has_value());
  CHECK_EQUAL(answer->kind(), 0x0Au);
  CHECK_EQUAL(answer->dw(1) & 0xE000, 0u);
}

std::vector<uint32_t> Host::read(uint32_t offset, unsigned count) {
  const auto answer = request({0x00000000 | count, tag_++ % 256 << 8 | (count > 1 ? 0xFFu : 0xFu), kBar + offset});
  CHECK(answer.has_value());
  CHECK_EQUAL(answer->kind(), 0x4Au);
  CHECK_EQUAL(answer->length(), count);
  std::vector<uint32_t> values;
  for (unsigned i = 0; i < count; i++) values.push_back(swapped(answer->dw(3 + i)));
  return values;
}

uint32_t Host::read(uint32_t offset) { return read(offset, 1)[0]; }

void Host::write(uint32_t offset, const std::vector<uint32_t> &values) {
  const uint32_t count = static_cast<uint32_t>(values.size());
  Tlp tlp = {0x40000000 | count, count > 1 ? 0xFFu : 0xFu, kBar + offset};
  for (uint32_t value : values) tlp.push_back(swapped(value));
  send(tlp);
}

void Host::start(unsigned slot, uint64_t va, uint32_t pasid, uint32_t length, uint32_t seed, uint32_t command) {
  write(0x100 + 0x40 * slot, {static_cast<uint32_t>(va), static_cast<uint32_t>(va >> 32),
                              pasid == kNoPasid ? 0 : 0x80000000u | pasid, length, seed, command});
}

uint32_t Host::operate(unsigned slot, uint64_t va, uint32_t pasid, uint32_t length, uint32_t seed, uint32_t command) {
  start(slot, va, pasid, length, seed, command);
  for (int i = 0; i < 400; i++) {
    const uint32_t now = status(slot);
    if ((now & 3) == 2) return now;
    run(20);
  }
  throw Failure("the operation did not end");
}

void Host::map(uint32_t pasid, uint64_t va, uint64_t physical, unsigned log2, uint32_t flags, uint32_t id) {
  maps_[{id, pasid, va >> log2, log2}] = {physical, log2, flags};
}

const Mapping *Host::find(uint32_t pasid, uint64_t va, uint32_t id) const {
  for (const auto &[key, mapping] : maps_) {
    const auto &[whose, context, block, log2] = key;
    if (whose == id && context == pasid && block == va >> log2) return &mapping;
  }
  return nullptr;
}

Tlp Host::invalidate(uint64_t payload, unsigned itag, uint32_t pasid, unsigned tc, uint32_t agent, uint32_t id) {
  Tlp tlp;
  if (pasid != kNoPasid) tlp.push_back(0x91000000 | pasid);
  tlp.insert(tlp.end(), {0x72000002 | tc << 20, agent << 16 | itag << 8 | 1, id << 16, 0,
                         static_cast<uint32_t>(payload >> 32), static_cast<uint32_t>(payload)});
  return tlp;
}

bool Host::invalidate_and_wait(uint64_t payload, unsigned itag, uint32_t pasid, uint32_t id) {
  const size_t before = count(&Received::is_invalidate_completion);
  send(invalidate(payload, itag, pasid, 0, 0x0008, id));
  for (unsigned i = 0; i < 4000; i++) {
    if (count(&Received::is_invalidate_completion) > before) return true;
    run(1);
  }
  return false;
}

Tlp Host::page_response(unsigned index, unsigned code, uint32_t pasid, uint32_t id) {
  Tlp tlp;
  if (pasid != kNoPasid) tlp.push_back(0x91000000 | pasid);
  tlp.insert(tlp.end(), {0x32000000, 0x00000005, id << 16 | code << 12 | index, 0});
  return tlp;
}

bool Host::completed(unsigned itag) const {
  return std::any_of(log.begin(), log.end(), [itag](const Received &it) {
    return it.is_invalidate_completion() && (it.dw(3) >> itag & 1) != 0;
  });
}

Tlp Host::translation_completion(const Received &request, unsigned entries_max) const {
  Tlp entries;
  uint64_t va = request.address() & ~uint64_t{0xFFF};
  for (unsigned i = 0; i < request.length() / 2 && i < entries_max; i++) {
    const Mapping *mapping = find(request.pasid, va, request.requester());
    const uint64_t entry =
        mapping == nullptr ? 0xBAD0BAD0000ull : encode(mapping->physical, mapping->log2) | mapping->flags;
    entries.push_back(static_cast<uint32_t>(entry >> 32));
    entries.push_back(static_cast<uint32_t>(entry));
    const uint64_t size = mapping == nullptr ? 4096 : uint64_t{1} << mapping->log2;
    va = (va & ~(size - 1)) + size;
  }
  Tlp tlp = {0x4A000000 | static_cast<uint32_t>(entries.size()), static_cast<uint32_t>(entries.size()) * 4,
             (request.dw(1) & 0xFFFFFF00)};
  tlp.insert(tlp.end(), entries.begin(), entries.end());
  return tlp;
}

Tlp Host::read_completion(const Received &request) const {
  Tlp tlp = {0x4A000000 | request.length(), (request.length() * 4) & 0xFFF,
             (request.dw(1) & 0xFFFFFF00) | static_cast<uint32_t>(request.address() & 0x7F)};
  for (uint32_t i = 0; i < request.length(); i++) tlp.push_back(swapped(memory(request.address() + 4 * i)));
  return tlp;
}

Tlp Host::perform_atomic(const Received &request) {
  const uint32_t old = memory(request.address()), operand = swapped(request.tlp.at(request.payload()));
  if (request.length() == 1) {
    memory_[request.address()] = old + operand;
  } else if (old == operand) {
    memory_[request.address()] = swapped(request.tlp.at(request.payload() + 1));
  }
  return {0x4A000001, 4, request.dw(1) & 0xFFFFFF00, swapped(old)};
}

void Host::answer(const Received &request) {
  if (request.is_atomic()) {
    send(perform_atomic(request));
    return;
  }
  const Tlp whole = request.is_translation_request() ? translation_completion(request) : read_completion(request);
  const uint32_t total = static_cast<uint32_t>(whole.size()) - 3;
  const uint32_t step = split_bytes != 0 ? split_bytes / 4 : total;
  for (uint32_t at = 0; at < total; at += step) {
    const uint32_t part = std::min(step, total - at);
    Tlp tlp = {0x4A000000 | part, 4 * (total - at), (whole[2] & ~0x7Fu) | ((whole[2] + 4 * at) & 0x7F)};
    tlp.insert(tlp.end(), whole.begin() + 3 + at, whole.begin() + 3 + at + part);
    send(tlp);
  }
}

uint32_t Host::memory(uint64_t physical) const {
  const auto found = memory_.find(physical);
  return found == memory_.end() ? stamp(physical) : found->second;
}

std::vector<Received> Host::all(bool (Received::*what)() const) const {
  std::vector<Received> some;
  std::copy_if(log.begin(), log.end(), std::back_inserter(some), [what](const Received &it) { return (it.*what)(); });
  return some;
}

size_t Host::count(bool (Received::*what)() const) const { return all(what).size(); }

}  // namespace test
