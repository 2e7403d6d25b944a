// Each fault of docs/exerciser.md under the least stimulus that shows it (ats-rules C): the clean device passes, and so
// does the faulty build without a fault; the faulty one misbehaves.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "fault_stimuli.h"

using namespace test;

TEST(M01_nothing_is_invalidated) {
  shows("M01", [](Host &host) { return asks_after(host, 0x10000, 12, 0x10000, 0x10000); });
}

TEST(M05_the_size_is_too_small_by_half) {
  shows("M05", [](Host &host) { return asks_after(host, 0x13000, 12, encode(0x10000, 14), 0x13000); });
  shows("M05", [](Host &host) { return asks_after(host, 0x11000, 12, encode(0x10000, 13), 0x11000); });
  shows("M05", [](Host &host) { return asks_after(host, uint64_t{1} << 63, 12, encode(0, 64), uint64_t{1} << 63); });
}

TEST(M06_the_size_saturates_at_2_MiB) {
  shows("M06", [](Host &host) { return asks_after(host, 3 * k2M, 12, encode(2 * k2M, 22), 3 * k2M); });
  Host host(faulty_library, "fault=M06");
  host.enable();
  CHECK(asks_after(host, k2M - 0x1000, 12, encode(0, 21), k2M - 0x1000));
}

TEST(M11_an_entry_larger_than_the_range_survives) {
  shows("M11", [](Host &host) { return asks_after(host, k2M, 21, k2M + 0x5000, k2M + 0x5000); });
  shows("M11", [](Host &host) { return asks_after(host, k2M, 21, k2M, k2M); });
}

TEST(M12_a_large_entry_survives_unless_its_first_page_is_hit) {
  shows("M12", [](Host &host) { return asks_after(host, k2M, 21, 2 * k2M - 0x1000, 2 * k2M - 0x1000); });
  Host host(faulty_library, "fault=M12");
  host.enable();
  CHECK(asks_after(host, k2M, 21, k2M, k2M));
}

TEST(M14_only_way_0_is_invalidated) {
  shows("M14", [](Host &host) {
    host.map(kNoPasid, 0x20000, 0x90000);
    touch(host, 0x20000);  // way 0
    return asks_after(host, 0x10000, 12, 0x10000, 0x10000);
  });
  Host host(faulty_library, "fault=M14");
  host.enable();
  CHECK(asks_after(host, 0x10000, 12, 0x10000, 0x10000));
}

TEST(M16_the_copy_of_an_engine_survives) {
  const auto asks_engine = [](Host &host, unsigned engine) {
    host.map(kNoPasid, 0x10000, 0x40000);
    host.operate(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.operate(4, 0x10000, kNoPasid, 4, 0, kRead);
    CHECK(host.invalidate_and_wait(0x10000));
    const size_t before = host.count(&Received::is_translation_request);
    host.operate(4 * engine, 0x10000, kNoPasid, 4, 0, kRead);
    return host.count(&Received::is_translation_request) > before;
  };
  shows("M16", [&](Host &host) { return asks_engine(host, 1); });
  Host host(faulty_library, "fault=M16");
  host.enable();
  CHECK(asks_engine(host, 0));
}

TEST(M17_a_prefetched_translation_survives) {
  const auto asks_next = [](Host &host) {
    host.write(0x024, {1});
    host.map(kNoPasid, 0x10000, 0x40000);
    host.map(kNoPasid, 0x11000, 0x50000);
    touch(host, 0x10000);
    host.settle();
    CHECK_EQUAL(host.count(&Received::is_translation_request), 2u);
    CHECK(host.invalidate_and_wait(0x11000, 1));
    touch(host, 0x11000);
    return host.count(&Received::is_translation_request) > 2;
  };
  shows("M17", asks_next);
  Host host(faulty_library, "fault=M17");
  host.enable();
  CHECK(asks_after(host, 0x10000, 12, 0x10000, 0x10000));
}

namespace {

// An answer that was computed before the invalidation comes `distance` cycles after it (which starts `late` cycles in).
bool refuses_old_answer(Host &host, unsigned distance) {
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_translations = false;
  host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
  host.settle();
  const Tlp answer = host.translation_completion(host.held.back());
  host.map(kNoPasid, 0x10000, 0x90000);
  host.answers_translations = true;
  host.send(Host::invalidate(0x10000, 1));
  host.run(distance);
  host.send(answer);
  host.settle();
  CHECK(host.completed(1));
  for (const Received &it : host.log) {
    if (it.is_read() && it.at() == 2 && it.address() == 0x40000) return false;
  }
  return true;
}

}  // namespace

TEST(M18_a_fill_in_flight_is_stored) {
  shows("M18", [](Host &host) { return refuses_old_answer(host, 300); });
}

TEST(M19_a_fill_that_meets_the_invalidation_is_stored) {
  shows("M19", [](Host &host) { return refuses_old_answer(host, 0); });
  Host host(faulty_library, "fault=M19");
  host.enable();
  CHECK(refuses_old_answer(host, 20));
}

TEST(M23_an_invalidation_without_PASID_spares_entries_that_have_one) {
  shows("M23", [](Host &host) { return asks_after(host, 0x10000, 12, 0x10000, 0x10000, 5); });
  Host host(faulty_library, "fault=M23");
  host.enable();
  CHECK(asks_after(host, 0x10000, 12, 0x10000, 0x10000, 5, 5));
  CHECK(asks_after(host, 0x20000, 12, 0x20000, 0x20000));
}

TEST(M29_the_completion_overtakes_writes_in_the_transmit_queue) {
  shows("M29", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    touch(host, 0x10000);
    host.write(0x00C, {60});
    host.settle();
    host.start(0, 0x10000, kNoPasid, 512, 0, kWrite);
    host.run(100);
    host.send(Host::invalidate(0x10000, 1));
    host.settle(600);
    CHECK(host.completed(1));
    bool complete = false;
    for (const Received &it : host.log) {
      complete = complete || it.is_invalidate_completion();
      if (complete && it.is_write()) return false;
    }
    return true;
  });
}

TEST(M31_the_completion_does_not_wait_for_reads) {
  shows("M31", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    host.answers_reads = false;
    host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
    host.settle();
    host.send(Host::invalidate(0x10000, 1));
    host.settle();
    return !host.completed(1);
  });
}

TEST(M32_a_long_transfer_keeps_its_translation) {
  shows("M32", [](Host &host) {
    host.config_write(0x48, 0x0000);
    host.map(kNoPasid, 0x10000, 0x40000);
    host.answers_reads = false;
    host.start(0, 0x10000, kNoPasid, 4096, 0, kRead);
    host.settle();
    host.map(kNoPasid, 0x10000, 0x90000);
    host.send(Host::invalidate(0x10000, 1));
    for (size_t i = 0; i < 3; i++) host.answer(host.held[i]);
    host.answers_reads = true;
    host.settle();
    CHECK(host.completed(1));
    bool complete = false;
    for (const Received &it : host.log) {
      complete = complete || it.is_invalidate_completion();
      if (complete && it.is_read() && it.at() == 2 && it.address() < 0x90000) return false;
    }
    return true;
  });
}

TEST(M41_the_completion_of_function_1_names_function_0) {
  shows("M41", [](Host &host) {
    host.send(Host::invalidate(0x10000, 1, kNoPasid, 0, 0x0008, kSecond));
    host.settle();
    const auto completions = host.all(&Received::is_invalidate_completion);
    CHECK_EQUAL(completions.size(), 1u);
    return completions[0].requester() == kSecond;
  });
}

TEST(M49_a_function_level_reset_leaves_the_translations) {
  shows("M49", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    touch(host, 0x10000);
    host.config_write(0x48, 0x8000);
    host.enable();
    const size_t before = host.count(&Received::is_translation_request);
    touch(host, 0x10000);
    return host.count(&Received::is_translation_request) > before;
  });
  Host host(faulty_library, "fault=M49");
  host.enable();
  host.map(kNoPasid, 0x10000, 0x40000);
  touch(host, 0x10000);
  host.config_write(0x104, 0, 0xC);
  host.enable();
  touch(host, 0x10000);
  CHECK_EQUAL(host.count(&Received::is_translation_request), 2u);
}

TEST(M50_requests_of_before_a_function_level_reset_are_completed) {
  shows("M50", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    host.answers_reads = false;
    host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
    host.settle();
    for (unsigned itag : {1, 2}) host.send(Host::invalidate(0x10000, itag));
    host.settle();
    CHECK(!host.completed(1));
    host.config_write(0x48, 0x8000);
    host.settle();
    return !host.completed(1) && !host.completed(2);
  });
}

TEST(M51_the_invalidation_waits_for_the_PRG_response) {
  shows("M51", [](Host &host) {
    host.enable_pages();
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead | kPaging);
    host.settle();
    CHECK_EQUAL(host.count(&Received::is_page_request), 1u);
    const bool over = host.invalidate_and_wait(0x20000, 1);
    host.send(Host::page_response(0, 1));
    host.settle();
    CHECK(host.completed(1));
    return over;
  });
}

TEST(M66_an_answer_after_the_timeout_is_stored) {
  shows("M66", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    host.write(0x020, {500});
    host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.run(900);
    CHECK_EQUAL(host.status(0), 0x00000032u);
    host.map(kNoPasid, 0x10000, 0x90000);
    CHECK(host.invalidate_and_wait(0x10000));
    host.send({0x4A000002, 8, 0x01000000, 0, 0x40003});
    host.settle();
    host.answers_translations = true;
    touch(host, 0x10000);
    return host.read(0x11C) == stamp(0x90000);
  });
}

TEST(M69_page_requests_exceed_the_allocation) {
  shows("M69", [](Host &host) {
    host.enable_pages(1);
    for (unsigned slot = 0; slot < 3; slot++) host.start(slot, 0x10000 * slot, kNoPasid, 4, 0, kRead | kPaging);
    host.settle();
    return host.count(&Received::is_page_request) == 1;
  });
}

TEST(M70_Success_is_taken_as_mapped) {
  shows("M70", [](Host &host) {
    host.enable_pages();
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead | kPaging);
    host.settle();
    host.send(Host::page_response(0));
    host.settle();
    for (const Received &it : host.log) {
      if (it.is_read() && it.at() == 2) return false;
    }
    return host.count(&Received::is_translation_request) == 2;
  });
}

TEST(M71_a_response_failure_does_not_stop_page_requests) {
  shows("M71", [](Host &host) {
    host.enable_pages();
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead | kPaging);
    host.settle();
    host.send(Host::page_response(0, 15));
    host.settle();
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead | kPaging);
    host.settle();
    return host.count(&Received::is_page_request) == 1;
  });
}

TEST(M72_page_requests_follow_the_stop_marker) {
  shows("M72", [](Host &host) {
    host.enable_pages();
    host.answers_translations = false;
    for (unsigned slot = 0; slot < 8; slot++) host.start(slot, 0x10000 * slot, 5, 4, 0, kRead | kPaging);
    host.settle();
    host.answers_translations = true;
    for (unsigned slot = 0; slot < 4; slot++) host.answer(host.held[slot]);
    host.settle();
    host.write(0x028, {5});
    for (unsigned slot = 4; slot < 8; slot++) host.answer(host.held[slot]);
    host.settle();
    bool stopped = false;
    for (const Received &it : host.log) {
      if (!it.is_page_request()) continue;
      if (stopped) return false;
      stopped = (it.dw(3) & 7) == 4;
    }
    CHECK(stopped);
    return true;
  });
}

TEST(M73_a_PASID_that_is_used_again_sees_the_translations_of_before) {
  const uint64_t everything = encode(0, 64);
  shows("M73", [=](Host &host) { return asks_after(host, 0x10000, 12, everything, 0x10000, 5, 5); });
  Host host(faulty_library, "fault=M73");
  host.enable();
  CHECK(asks_after(host, 0x10000, 12, everything, 0x10000, 5));
  CHECK(asks_after(host, 0x20000, 12, everything | 1, 0x20000, 5, 5));
  CHECK(asks_after(host, 0x30000, 12, encode(0, 63), 0x30000, 5, 5));
}

TEST(M82_an_invalidation_of_function_1_ends_the_translations_of_function_0) {
  shows("M82", [](Host &host) {
    host.enable(kSecond);
    host.map(kNoPasid, 0x10000, 0x90000, 12, kReadWrite, kSecond);
    host.operate(0, 0x10000, kNoPasid, 4, 0, kRead | kOfSecond);
    CHECK(host.invalidate_and_wait(0x10000, 1, kNoPasid, kSecond));
    const size_t before = host.count(&Received::is_translation_request);
    host.operate(0, 0x10000, kNoPasid, 4, 0, kRead | kOfSecond);
    return host.count(&Received::is_translation_request) > before;
  });
  Host host(faulty_library, "fault=M82");
  host.enable();
  CHECK(asks_after(host, 0x10000, 12, 0x10000, 0x10000));
}

namespace {

// The run ends with the message of the assertion at fault; in a process of its own, because it ends by abort.
void stops(const char *fault, const char *file, const Stimulus &behaves) {
  if (checked_faulty_library.empty()) throw Skip("no library with assertions");
  int ends[2];
  CHECK_EQUAL(pipe(ends), 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    dup2(ends[1], 2);
    Host host(checked_faulty_library, std::string("fault=") + fault);
    host.enable();
    behaves(host);
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char part[256];
  for (ssize_t size; (size = read(ends[0], part, sizeof part)) > 0;) said.append(part, static_cast<size_t>(size));
  close(ends[0]);
  int status = 0;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status));
  CHECK(said.find(file) != std::string::npos);
  CHECK(said.find("assertion failed") != std::string::npos);
}

}  // namespace

TEST(Assertion_an_invalidation_leaves_nothing_stops_on_M11) {
  stops("M11", "hil_atc_way.sv",
        [](Host &host) { return asks_after(host, k2M, 21, k2M + 0x5000, k2M + 0x5000); });
}

TEST(Assertion_no_fill_of_a_killed_answer_stops_on_M19) {
  stops("M19", "hil_translation.sv", [](Host &host) { return refuses_old_answer(host, 0); });
}
