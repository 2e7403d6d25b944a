// Faults of Invalidate Requests and Completions, of the queue, and of what a completion waits for.
#include "fault_stimuli.h"

using namespace test;

namespace {

void prepare(Host &host) {
  host.map(kNoPasid, 0x10000, 0x40000);
  touch(host, 0x10000);
}

// The completion of one invalidation, as it stands on the wire.
bool completes_with(Host &host, unsigned itag, const Tlp &completion) {
  const size_t before = host.count(&Received::is_invalidate_completion);
  host.send(Host::invalidate(0x10000, itag));
  host.settle();
  const auto completions = host.all(&Received::is_invalidate_completion);
  return completions.size() == before + 1 && completions.back().tlp == completion;
}

// A write of `length` bytes waits in the transmit queue when `count` invalidations come.
void queue_writes(Host &host, uint32_t gap, uint32_t length, unsigned count = 1) {
  prepare(host);
  host.write(0x00C, {gap});
  host.settle();
  host.start(0, 0x10000, kNoPasid, length, 0, kWrite);
  host.run(200);
  for (unsigned i = 0; i < count; i++) host.send(Host::invalidate(0x20000, i % 32));
  host.settle(600);
}

bool completes_after_writes(Host &host, uint32_t gap) {
  queue_writes(host, gap, 512);
  CHECK(host.completed(0));
  return host.log.back().is_invalidate_completion();
}

bool completes_all(Host &host, unsigned count) {
  queue_writes(host, 250, 4096, count);
  return host.count(&Received::is_invalidate_completion) == count;
}

// A translated read is out, and `count` invalidations of the pages behind its own came after one of its own.
void hold_invalidations(Host &host, unsigned count) {
  host.map(kNoPasid, 0x10000, 0x40000);
  host.answers_reads = false;
  host.start(0, 0x10000, kNoPasid, 64, 0, kRead);
  host.settle();
  for (unsigned i = 0; i < count; i++) host.send(Host::invalidate(0x10000 + 0x1000 * i, i % 32));
  host.run(100 * count);
}

bool all_complete(Host &host, unsigned count) {
  host.answers_reads = true;
  host.answer(host.held.back());
  host.settle();
  return host.count(&Received::is_invalidate_completion) == count;
}

}  // namespace

TEST(M25_an_invalidation_with_a_PASID_is_dropped) {
  shows("M25", [](Host &host) { return host.invalidate_and_wait(0x10000, 1, 5); });
  hides("M25", [](Host &host) { return host.invalidate_and_wait(0x10000, 1); });
}

TEST(M30_the_completion_overtakes_writes_while_transmission_is_blocked) {
  shows("M30", [](Host &host) { return completes_after_writes(host, 60); });
  hides("M30", [](Host &host) { return completes_after_writes(host, 0); });
}

TEST(M33_later_reads_extend_the_wait) {
  shows("M33", [](Host &host) {
    hold_invalidations(host, 1);
    host.start(1, 0x10000, kNoPasid, 4, 0, kRead);
    host.settle();
    host.answer(host.held.at(0));
    host.settle();
    return host.completed(0);
  });
}

TEST(M34_the_completion_count_is_0) {
  shows("M34", [](Host &host) { return completes_with(host, 1, {0x32000000, 0x01000002, 0x00080001, 0x2}); });
}

TEST(M35_the_completion_count_is_one_too_many) {
  shows("M35", [](Host &host) { return completes_with(host, 1, {0x32000000, 0x01000002, 0x00080001, 0x2}); });
}

TEST(M36_only_class_0_is_completed) {
  shows("M36", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    touch(host, 0x10000, kNoPasid, kWrite);
    touch(host, 0x10000, kNoPasid, kWrite | 3u << 16);
    host.send(Host::invalidate(0x10000, 1));
    host.settle();
    return host.count(&Received::is_invalidate_completion) == 2;
  });
}

TEST(M37_the_tag_stands_in_the_wrong_field) {
  shows("M37", [](Host &host) { return completes_with(host, 5, {0x32000000, 0x01000002, 0x00080001, 0x20}); });
}

TEST(M38_the_vector_has_16_tags) {
  shows("M38", [](Host &host) { return completes_with(host, 19, {0x32000000, 0x01000002, 0x00080001, 0x80000}); });
  hides("M38", [](Host &host) { return completes_with(host, 3, {0x32000000, 0x01000002, 0x00080001, 0x8}); });
}

TEST(M39_the_vector_keeps_its_bits) {
  shows("M39", [](Host &host) {
    return completes_with(host, 1, {0x32000000, 0x01000002, 0x00080001, 0x2}) &&
           completes_with(host, 2, {0x32000000, 0x01000002, 0x00080001, 0x4});
  });
  hides("M39", [](Host &host) { return completes_with(host, 1, {0x32000000, 0x01000002, 0x00080001, 0x2}); });
}

TEST(M40_the_destination_is_always_0) {
  shows("M40", [](Host &host) { return completes_with(host, 1, {0x32000000, 0x01000002, 0x00080001, 0x2}); });
}

TEST(M42_a_request_that_comes_during_a_drain_is_lost) {
  const auto requests = [](unsigned count) {
    return [count](Host &host) {
      hold_invalidations(host, count);
      return all_complete(host, count);
    };
  };
  shows("M42", requests(2));
  hides("M42", requests(1));
}

TEST(M43_requests_of_the_same_range_are_merged) {
  shows("M43", [](Host &host) {
    hold_invalidations(host, 1);
    host.send(Host::invalidate(0x10000, 2));
    host.run(100);
    return all_complete(host, 2);
  });
}

TEST(M44_the_queue_is_one_smaller) {
  const auto behind = [](unsigned count) {
    return [count](Host &host) {
      hold_invalidations(host, count);
      return host.request({0x00000001, 0x0000000F, kBar}).has_value();
    };
  };
  shows("M44", behind(kInvalidations));
  hides("M44", behind(kInvalidations - 1));
}

TEST(M45_beyond_the_queue_the_oldest_is_overwritten) {
  shows("M45", [](Host &host) { return completes_all(host, kInvalidations + 1); });
  hides("M45", [](Host &host) { return completes_all(host, kInvalidations); });
}

TEST(M46_what_matches_nothing_is_not_completed) {
  shows("M46", [](Host &host) { return host.invalidate_and_wait(0x10000); });
  hides("M46", [](Host &host) {
    prepare(host);
    return host.invalidate_and_wait(0x10000);
  });
}

TEST(M47_nothing_is_completed_without_Bus_Master_Enable) {
  shows("M47", [](Host &host) {
    host.config_write(0x04, 0x0002);
    return host.invalidate_and_wait(0x10000);
  });
}

TEST(M48_translations_come_back_with_ATS_Enable) {
  shows("M48", [](Host &host) {
    prepare(host);
    host.config_write(0x104, 0, 0xC);
    CHECK(host.invalidate_and_wait(0x10000));
    host.config_write(0x104, 0x80000000, 0xC);
    return asks(host, 0x10000);
  });
}

TEST(M52_an_invalidation_waits_for_a_translation_of_another_page) {
  shows("M52", [](Host &host) {
    host.answers_translations = false;
    host.start(0, 0x10000000000, kNoPasid, 4, 0, kRead);
    host.settle();
    return host.invalidate_and_wait(0x10000);
  });
}

TEST(M74_a_completion_stands_in_the_middle_of_a_write) {
  shows("M74", [](Host &host) { return completes_all(host, 1); });
  hides("M74", [](Host &host) { return completes_after_writes(host, 60); });
}

TEST(M75_a_message_without_data_is_an_Invalidate_Request) {
  shows("M75", [](Host &host) {
    host.send({0x32000000, 0x00080101, kFunction << 16, 0});
    host.settle();
    return host.count(&Received::is_invalidate_completion) == 0;
  });
}

TEST(M76_a_poisoned_request_is_completed_and_does_nothing) {
  shows("M76", [](Host &host) {
    prepare(host);
    Tlp request = Host::invalidate(0x10000, 1);
    request[0] |= 1u << 14;
    host.send(request);
    host.settle();
    return !host.completed(1) || asks(host, 0x10000);
  });
  hides("M76", [](Host &host) { return asks_after(host, 0x10000, 12, 0x10000, 0x10000); });
}
