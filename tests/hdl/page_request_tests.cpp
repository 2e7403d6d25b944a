// Page Requests, their groups and responses, Stop Markers.
#include <algorithm>

#include "host.h"

using namespace test;

namespace {

constexpr uint32_t kFailure = 1u << 16, kUnexpected = 1u << 17, kStopped = 1u << 24;

size_t pages(const Host &host) { return host.count(&Received::is_page_request); }
size_t asked(const Host &host) { return host.count(&Received::is_translation_request); }
uint32_t error(uint32_t status) { return status >> 4 & 0xF; }
uint32_t interface(Host &host) { return host.config_read(0x124); }
bool is_marker(const Received &it) { return it.is_page_request() && (it.dw(3) & 7) == 4; }

Host &fault(Host &host, unsigned slot, uint64_t va, uint32_t pasid = kNoPasid, uint32_t command = kRead,
            uint32_t length = 4) {
  host.start(slot, va, pasid, length, 0, command | kPaging);
  host.settle();
  return host;
}

// Error of a slot that is no longer busy.
uint32_t ended(Host &host, unsigned slot) {
  const uint32_t status = host.status(slot);
  CHECK_EQUAL(status & 3, 2u);
  return error(status);
}

}  // namespace

TEST(A_missing_page_is_asked_for_and_translated_again_after_Success) {
  Host host;
  host.enable();
  host.enable_pages();
  fault(host, 5, 0x7F0000201008, 0x12345);

  const auto requests = host.all(&Received::is_page_request);
  CHECK_EQUAL(requests.size(), 1u);
  CHECK(requests[0].tlp == (Tlp{0x91012345, 0x30000000, 0x01000004, 0x00007F00, 0x0020102D}));
  CHECK_EQUAL(host.status(5), 1u);

  host.map(0x12345, 0x7F0000201000, 0x40000);
  host.send(Host::page_response(5, 0, 0x12345));
  host.settle();

  CHECK_EQUAL(host.status(5), 0x00010002u);
  CHECK_EQUAL(host.read(0x25C), stamp(0x40008));
  CHECK_EQUAL(asked(host), 2u);
  CHECK_EQUAL(interface(host), 0x80000001u);
}

TEST(A_page_request_says_whether_the_operation_reads_or_writes) {
  Host host;
  host.enable();
  host.enable_pages();
  host.map(kNoPasid, 0x20000, 0x40000, 12, kReadOnly);

  fault(host, 0, 0x10000, kNoPasid, kWrite | 3u << 16);
  fault(host, 1, 0x20000, kNoPasid, kWrite);

  const auto requests = host.all(&Received::is_page_request);
  CHECK(requests[0].tlp == (Tlp{0x30300000, 0x01000004, 0x00000000, 0x00010006}));
  CHECK(requests[1].tlp == (Tlp{0x30000000, 0x01000004, 0x00000000, 0x0002000E}));
}

TEST(A_page_request_carries_execute_and_privileged_of_the_operation) {
  Host host;
  host.enable();
  host.config_write(0x114, 0x00070000, 0xC);
  host.enable_pages();

  fault(host, 0, 0x10000, 5, kRead | kExecute | kPrivileged);

  CHECK(host.all(&Received::is_page_request)[0].tlp == (Tlp{0x91300005, 0x30000000, 0x01000004, 0, 0x10005}));
}

TEST(Without_the_command_bit_no_page_is_asked_for) {
  Host host;
  host.enable();
  host.enable_pages();

  CHECK_EQUAL(error(host.operate(0, 0x10000, kNoPasid, 4, 0, kRead)), 1u);

  CHECK_EQUAL(pages(host), 0u);
}

TEST(The_pages_of_one_translation_request_that_are_needed_are_one_group) {
  const struct {
    uint64_t va;
    uint32_t length, log2;
    size_t pages;
  } cases[] = {
      {0x10FFC, 8, 1, 2}, {0x10000, 4096, 3, 1}, {0x10004, 4096, 3, 2}, {0x10FFC, 4, 2, 1}, {0x10800, 4096, 0, 1},
  };
  for (const auto &it : cases) {
    Host host;
    host.enable();
    host.enable_pages();

    fault(host, 2, it.va, 7, kWrite | ask(it.log2), it.length);

    const auto requests = host.all(&Received::is_page_request);
    CHECK_EQUAL(requests.size(), it.pages);
    for (size_t i = 0; i < it.pages; i++) {
      CHECK_EQUAL(requests[i].pasid, 7u);
      CHECK_EQUAL(requests[i].dw(2), 0u);
      CHECK_EQUAL(requests[i].dw(3), 0x10000 + 0x1000 * i | 2 << 3 | (i + 1 == it.pages ? 4 : 0) | 2);
    }
    host.map(7, 0x10000, 0x40000);
    host.map(7, 0x11000, 0x50000);
    host.send(Host::page_response(2, 0, 7));
    host.settle();
    CHECK_EQUAL(ended(host, 2), 0u);
    CHECK_EQUAL(pages(host), it.pages);
  }
}

TEST(The_second_page_of_a_transfer_is_asked_for_when_it_is_reached) {
  Host host;
  host.enable();
  host.enable_pages();
  host.map(kNoPasid, 0xFFFFFF000, 0x40000);

  fault(host, 0, 0xFFFFFFFF8, kNoPasid, kWrite, 16);

  const auto requests = host.all(&Received::is_page_request);
  CHECK_EQUAL(requests.size(), 1u);
  CHECK(requests[0].tlp == (Tlp{0x30000000, 0x01000004, 0x00000010, 0x00000006}));
  CHECK_EQUAL(host.count(&Received::is_write), 1u);
}

TEST(Page_requests_wait_until_the_allocation_has_room_for_the_group) {
  Host host;
  host.enable();
  host.enable_pages(3);
  fault(host, 0, 0x10FFC, kNoPasid, kRead | ask(1), 8);
  fault(host, 1, 0x20FFC, kNoPasid, kRead | ask(1), 8);
  CHECK_EQUAL(pages(host), 2u);
  fault(host, 2, 0x30000);
  CHECK_EQUAL(pages(host), 3u);
  fault(host, 3, 0x40000);
  CHECK_EQUAL(pages(host), 3u);

  host.send(Host::page_response(2, 1));
  host.settle();
  CHECK_EQUAL(pages(host), 4u);
  CHECK_EQUAL(host.all(&Received::is_page_request)[3].page_index(), 3u);
  host.send(Host::page_response(0, 1));
  host.settle();
  CHECK_EQUAL(pages(host), 6u);
  CHECK_EQUAL(host.all(&Received::is_page_request)[5].dw(3), 0x21000u | 1 << 3 | 4 | 1);
}

TEST(A_group_is_cut_to_the_allocation_and_none_goes_without) {
  Host host;
  host.enable();
  host.enable_pages(1);
  fault(host, 0, 0x10FFC, kNoPasid, kRead | ask(1), 8);
  const auto requests = host.all(&Received::is_page_request);
  CHECK_EQUAL(requests.size(), 1u);
  CHECK_EQUAL(requests[0].dw(3), 0x10000u | 4 | 1);

  Host none;
  none.enable();
  none.enable_pages(0);
  fault(none, 0, 0x10000);
  CHECK_EQUAL(ended(none, 0), 8u);
  CHECK_EQUAL(pages(none), 0u);
}

TEST(Without_PRI_a_missing_page_ends_with_error_8) {
  Host host;
  host.enable();

  fault(host, 0, 0x10000);

  CHECK_EQUAL(ended(host, 0), 8u);
  CHECK_EQUAL(pages(host), 0u);
}

TEST(Invalid_Request_ends_with_error_7_and_nothing_else_stops) {
  Host host;
  host.enable();
  host.enable_pages();
  fault(host, 0, 0x10000);
  fault(host, 1, 0x20000);

  host.send(Host::page_response(1, 1));
  host.settle();

  CHECK_EQUAL(ended(host, 1), 7u);
  CHECK_EQUAL(host.status(0) & 1, 1u);
  CHECK_EQUAL(interface(host), 0x80000001u);
  fault(host, 1, 0x20000);
  CHECK_EQUAL(pages(host), 3u);
}

TEST(A_response_failure_stops_the_interface_until_it_is_enabled_anew) {
  for (unsigned code = 2; code < 16; code++) {
    Host host;
    host.enable();
    host.enable_pages();
    fault(host, 0, 0x10000);
    fault(host, 1, 0x20000);

    host.send(Host::page_response(1, code));
    host.settle();
    CHECK_EQUAL(ended(host, 1), 8u);
    CHECK_EQUAL(ended(host, 0), 8u);
    CHECK_EQUAL(interface(host), 0x80000001u | kFailure);
    fault(host, 2, 0x30000);
    CHECK_EQUAL(ended(host, 2), 8u);
    CHECK_EQUAL(pages(host), 2u);

    host.send(Host::page_response(0));  // ignored
    host.config_write(0x124, kFailure, 0x4);
    host.config_write(0x124, 1, 0x1);
    fault(host, 2, 0x30000);
    CHECK_EQUAL(ended(host, 2), 8u);
    host.config_write(0x124, 0, 0x1);
    CHECK_EQUAL(interface(host), 0x80000000u | kStopped);
    host.config_write(0x124, 1, 0x1);
    fault(host, 2, 0x30000);
    CHECK_EQUAL(pages(host), 3u);
    host.map(kNoPasid, 0x30000, 0x40000);
    host.send(Host::page_response(2));
    host.settle();
    CHECK_EQUAL(ended(host, 2), 0u);
    CHECK_EQUAL(interface(host), 0x80000001u);
  }
}

TEST(An_unexpected_response_sets_its_bit_and_nothing_else) {
  for (unsigned index : {1u, 7u, 8u, 256u, 511u}) {
    for (unsigned code : {0u, 1u, 15u}) {
      Host host;
      host.enable();
      host.enable_pages();
      fault(host, 0, 0x10000);

      host.send(Host::page_response(index, code));
      host.settle();

      CHECK_EQUAL(interface(host), 0x80000001u | kUnexpected);
      CHECK_EQUAL(host.status(0) & 1, 1u);
      CHECK_EQUAL(asked(host), 1u);
      host.config_write(0x124, 1, 0x3);
      CHECK_EQUAL(interface(host), 0x80000001u | kUnexpected);
      host.config_write(0x124, kUnexpected | 1, 0xF);
      CHECK_EQUAL(interface(host), 0x80000001u);
      host.map(kNoPasid, 0x10000, 0x40000);
      host.send(Host::page_response(0));
      host.send(Host::page_response(0));  // the second answers nothing
      host.settle();
      CHECK_EQUAL(ended(host, 0), 0u);
      CHECK_EQUAL(interface(host), 0x80000001u | kUnexpected);
    }
  }
}

TEST(What_is_not_a_PRG_response_is_not_taken_for_one) {
  Host host;
  host.enable();
  host.enable_pages();
  host.map(kNoPasid, 0x20000, 0x40000);
  fault(host, 0, 0x10000);
  Tlp with_data = Host::page_response(0);
  with_data[0] = 0x72000001;
  with_data.push_back(0);
  Tlp to_root = Host::page_response(0);
  to_root[0] = 0x30000000;
  Tlp other = Host::page_response(0);
  other[2] = 0x01080000;

  for (const Tlp &tlp : {with_data, to_root, other}) host.send(tlp);
  host.settle();

  CHECK_EQUAL(interface(host), 0x80000001u);
  CHECK_EQUAL(host.status(0) & 1, 1u);
}

TEST(The_fourth_Success_that_brings_no_access_ends_with_error_1) {
  Host host;
  host.enable();
  host.enable_pages();
  fault(host, 3, 0x10000);
  for (unsigned i = 1; i <= 4; i++) {
    CHECK_EQUAL(pages(host), i);
    CHECK_EQUAL(host.status(3) & 1, 1u);
    host.send(Host::page_response(3));
    host.settle();
  }

  CHECK_EQUAL(ended(host, 3), 1u);
  CHECK_EQUAL(pages(host), 4u);
  CHECK_EQUAL(asked(host), 5u);
}

TEST(Success_is_counted_anew_for_the_next_page) {
  Host host;
  host.enable();
  host.enable_pages();
  fault(host, 0, 0x10800, kNoPasid, kWrite, 4096);
  for (unsigned i = 0; i < 2; i++) {
    for (unsigned j = 0; j < 4; j++) {
      CHECK_EQUAL(host.status(0) & 1, 1u);
      if (j == 3) host.map(kNoPasid, 0x10000 + 0x1000 * i, 0x40000);
      host.send(Host::page_response(0));
      host.settle();
    }
  }
  CHECK_EQUAL(ended(host, 0), 0u);
  CHECK_EQUAL(pages(host), 8u);
}

TEST(With_Enable_cleared_what_is_out_is_answered_and_then_PRI_is_stopped) {
  Host host;
  host.enable();
  host.enable_pages(1);
  fault(host, 0, 0x10000);
  fault(host, 1, 0x20000);  // not sent yet

  host.config_write(0x124, 0, 0x1);
  host.settle();
  CHECK_EQUAL(interface(host), 0x80000000u);
  CHECK_EQUAL(ended(host, 1), 8u);
  CHECK_EQUAL(host.status(0) & 1, 1u);

  host.map(kNoPasid, 0x10000, 0x40000);
  host.send(Host::page_response(0));
  host.settle();
  CHECK_EQUAL(interface(host), 0x80000000u | kStopped);
  CHECK_EQUAL(ended(host, 0), 0u);
  CHECK_EQUAL(pages(host), 1u);
}

TEST(Reset_forgets_what_is_out) {
  Host host;
  host.enable();
  host.enable_pages();
  fault(host, 0, 0x10000);

  host.config_write(0x124, 3, 0x1);  // Enable is 1: no reset
  host.settle();
  CHECK_EQUAL(host.status(0) & 1, 1u);
  host.config_write(0x124, 0, 0x1);
  CHECK_EQUAL(interface(host), 0x80000000u);
  host.config_write(0x124, 2, 0x1);
  CHECK_EQUAL(interface(host), 0x80000000u | kStopped);
  CHECK_EQUAL(ended(host, 0), 8u);

  host.config_write(0x124, 1, 0x1);
  host.send(Host::page_response(0));
  host.settle();
  CHECK_EQUAL(interface(host), 0x80000001u | kUnexpected);
}

TEST(PAGE_STOP_ends_the_operations_of_the_PASID_and_sends_a_stop_marker) {
  Host host;
  host.enable();
  host.enable_pages();
  fault(host, 0, 0x10000, 0x12345);
  fault(host, 1, 0x10000, 0x12344, kRead | 2u << 16);
  fault(host, 2, 0x10000);
  host.answers_translations = false;
  fault(host, 3, 0x20000, 0x12345);

  host.write(0x028, {0x12345});
  host.settle();

  CHECK_EQUAL(ended(host, 0), 9u);
  CHECK(host.log.end() != std::find_if(host.log.begin(), host.log.end(), is_marker));
  CHECK(std::find_if(host.log.begin(), host.log.end(), is_marker)->tlp ==
        (Tlp{0x91012345, 0x30000000, 0x01000004, 0x00000000, 0x00000004}));
  CHECK_EQUAL(host.status(1) & 1, 1u);
  CHECK_EQUAL(host.status(2) & 1, 1u);
  host.answer(host.held[0]);
  host.settle();
  CHECK_EQUAL(ended(host, 3), 9u);
  CHECK_EQUAL(pages(host), 4u);

  // The stopped group is still out: its response is expected, and the slot's next group waits for it.
  host.answers_translations = true;
  fault(host, 0, 0x10000, 0x12345);
  CHECK_EQUAL(pages(host), 4u);
  host.send(Host::page_response(0, 0, 0x12345));
  host.settle();
  CHECK_EQUAL(interface(host), 0x80000001u);
  CHECK_EQUAL(host.status(0) & 1, 1u);
  CHECK_EQUAL(pages(host), 5u);
  host.map(0x12345, 0x10000, 0x40000);
  host.send(Host::page_response(0, 0, 0x12345));
  host.settle();
  CHECK_EQUAL(ended(host, 0), 0u);
}

TEST(No_stop_marker_is_sent_without_PRI_or_after_a_response_failure) {
  Host host;
  host.enable();
  host.write(0x028, {5});
  host.settle();
  CHECK_EQUAL(pages(host), 0u);

  host.enable_pages();
  fault(host, 0, 0x10000);
  host.send(Host::page_response(0, 15));
  host.write(0x028, {5});
  host.settle();
  CHECK_EQUAL(pages(host), 1u);
  host.config_write(0x124, 0, 0x1);
  host.config_write(0x124, 1, 0x1);
  host.write(0x028, {5});
  host.settle();
  CHECK_EQUAL(pages(host), 2u);
}

TEST(No_stop_marker_is_sent_without_Bus_Master_Enable_PASID_Enable_or_in_D3hot) {
  const std::pair<uint32_t, uint32_t> off[] = {{0x04, 0x0002}, {0x114, 0}, {0x84, 3}};
  const uint32_t on[] = {0x0006, 0x00010000, 0};
  for (unsigned i = 0; i < 3; i++) {
    Host host;
    host.enable();
    host.enable_pages();

    host.config_write(off[i].first, off[i].second);
    host.write(0x028, {5});
    host.settle();
    CHECK_EQUAL(pages(host), 0u);
    host.config_write(off[i].first, on[i]);
    host.settle();
    CHECK_EQUAL(pages(host), 0u);
    host.write(0x028, {5});
    host.settle();
    CHECK_EQUAL(pages(host), 1u);
  }
}

// The transmit queue is slow; PAGE_STOP comes at every distance.
TEST(The_stop_marker_follows_every_page_request_of_its_PASID) {
  for (unsigned distance = 0; distance < 120; distance += 3) {
    Host host;
    host.enable();
    host.enable_pages(4);
    host.write(0x00C, {5});
    for (unsigned slot = 0; slot < 8; slot++) {
      host.start(slot, 0x10FFC, 5 + slot % 2, 8, 0, kRead | ask(1) | kPaging);
    }
    host.run(100 + distance);

    host.write(0x028, {5});
    host.write(0x028, {6});
    host.settle(400);

    unsigned markers = 0, open = 0;
    for (const Received &it : host.log) {
      if (!it.is_page_request()) continue;
      if (is_marker(it)) {
        CHECK_EQUAL(it.pasid, 5 + markers);
        CHECK_EQUAL(open, 0u);
        markers++;
        continue;
      }
      CHECK(it.pasid >= 5 + markers);
      open = (it.dw(3) & 4) == 0;
    }
    CHECK_EQUAL(markers, 2u);
    for (unsigned slot = 0; slot < 8; slot++) CHECK_EQUAL(ended(host, slot), 9u);
  }
}

TEST(No_page_request_follows_the_answer_to_the_write_that_clears_Enable) {
  for (unsigned distance = 0; distance < 120; distance += 3) {
    Host host;
    host.enable();
    host.enable_pages();
    host.write(0x00C, {5});
    for (unsigned slot = 0; slot < 8; slot++) {
      host.start(slot, 0x10FFC, 5, 8, 0, kRead | ask(1) | kPaging);
    }
    host.run(100 + distance);

    host.config_write(0x124, 0, 0x1);
    const size_t before = pages(host);
    host.settle(400);

    CHECK_EQUAL(pages(host), before);
    CHECK_EQUAL(before % 2, 0u);
    uint32_t out = 0;
    for (const Received &it : host.all(&Received::is_page_request)) out |= 1u << it.page_index();
    CHECK_EQUAL(host.read(0x014), out);
  }
}

TEST(An_invalidation_does_not_wait_for_page_requests_and_they_bring_the_new_translation) {
  Host host;
  host.enable();
  host.enable_pages();
  host.map(5, 0x10000, 0x40000, 12, kReadOnly);
  host.operate(0, 0x10000, 5, 4, 0, kRead);
  fault(host, 0, 0x10000, 5, kWrite);
  CHECK_EQUAL(pages(host), 1u);

  CHECK(host.invalidate_and_wait(0x10000, 1, 5));
  host.map(5, 0x10000, 0x90000);
  host.send(Host::page_response(0, 0, 5));
  host.settle();

  CHECK_EQUAL(host.all(&Received::is_write).back().address(), 0x90000u);
}

TEST(Each_function_has_a_page_request_interface_of_its_own) {
  Host host;
  host.enable();
  host.enable(kSecond);
  host.enable_pages(1);
  host.enable_pages(2, kSecond);
  for (unsigned slot = 0; slot < 4; slot++) fault(host, slot, 0x10000, 5, kRead | (slot % 2 != 0 ? kOfSecond : 0));

  const auto requests = host.all(&Received::is_page_request);
  CHECK_EQUAL(requests.size(), 3u);
  CHECK_EQUAL(requests[0].dw(1), 0x01000004u);
  CHECK_EQUAL(requests[1].dw(1), 0x01010004u);
  CHECK_EQUAL(requests[2].dw(1), 0x01010004u);
  host.send(Host::page_response(0, 1, 5, kSecond));  // of function 0
  host.settle();
  CHECK_EQUAL(host.config_read(0x124, kSecond), 0x80000001u | kUnexpected);
  CHECK_EQUAL(interface(host), 0x80000001u);

  host.write(0x028, {0x80000005});
  host.settle();
  CHECK_EQUAL(ended(host, 1), 9u);
  CHECK_EQUAL(ended(host, 3), 9u);
  CHECK_EQUAL(host.status(0) & 1, 1u);
  CHECK(host.all(&Received::is_page_request).back().tlp == (Tlp{0x91000005, 0x30000000, 0x01010004, 0, 4}));

  host.send(Host::page_response(1, 15, 5, kSecond));
  host.settle();
  CHECK_EQUAL(host.config_read(0x124, kSecond), 0x80000001u | kUnexpected | kFailure);
  CHECK_EQUAL(interface(host), 0x80000001u);
  host.send(Host::page_response(0, 1, 5));
  host.settle();
  CHECK_EQUAL(ended(host, 0), 7u);
  CHECK_EQUAL(pages(host), 5u);  // slot 2's turn came
}

TEST(A_function_level_reset_forgets_page_requests) {
  Host host;
  host.enable();
  host.enable_pages(1);
  fault(host, 0, 0x10000, 5);
  fault(host, 1, 0x20000, 5);
  CHECK_EQUAL(pages(host), 1u);

  host.config_write(0x48, 0x8000);
  CHECK_EQUAL(interface(host), 0x80000000u | kStopped);
  CHECK_EQUAL(host.config_read(0x12C), 0u);
  host.enable();
  host.enable_pages();
  host.settle();
  CHECK_EQUAL(pages(host), 1u);
  CHECK_EQUAL(host.status(0) & 0xFF, 0u);
  CHECK_EQUAL(host.status(1) & 0xFF, 0u);
  fault(host, 1, 0x20000, 5);
  CHECK_EQUAL(pages(host), 2u);
  host.send(Host::page_response(0));
  host.settle();
  CHECK_EQUAL(interface(host), 0x80000001u | kUnexpected);
}

TEST(In_D3hot_and_without_Bus_Master_Enable_operations_that_wait_for_pages_end_with_error_5) {
  for (bool sleeps : {true, false}) {
    Host host;
    host.enable();
    host.enable_pages(1);
    fault(host, 0, 0x10000, 5);
    fault(host, 1, 0x20000, 5);

    if (sleeps) {
      host.config_write(0x84, 3, 0x1);
      host.settle();
      host.config_write(0x84, 0, 0x1);
    } else {
      host.config_write(0x04, 2);
      host.settle();
      host.config_write(0x04, 6);
    }
    host.settle();

    CHECK_EQUAL(ended(host, 0), 5u);
    CHECK_EQUAL(ended(host, 1), 5u);
    CHECK_EQUAL(pages(host), 1u);
    host.send(Host::page_response(0, 0, 5));  // of a group whose operation is over
    host.settle();
    CHECK_EQUAL(interface(host), 0x80000001u);
  }
}
