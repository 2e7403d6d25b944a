// Faults of Translation Requests, of what their answers mean, and of the requests that use them.
#include "fault_stimuli.h"

using namespace test;

TEST(M53_a_write_goes_out_with_a_read_only_translation) {
  shows("M53", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000, 12, kReadOnly);
    touch(host, 0x10000);
    touch(host, 0x10000, kNoPasid, kWrite);
    return host.count(&Received::is_write) == 0;
  });
}

TEST(M55_an_answer_without_access_is_used) {
  shows("M55", [](Host &host) {
    touch(host, 0x10000);
    return translated(host).empty();
  });
}

TEST(M56_a_refusal_is_remembered) {
  shows("M56", [](Host &host) {
    touch(host, 0x10000);
    host.map(kNoPasid, 0x10000, 0x40000);
    return (touch(host, 0x10000) & 0xF0) == 0;
  });
}

TEST(M57_U_is_ignored) {
  shows("M57", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000, 12, kReadWrite | kUntranslatedOnly);
    touch(host, 0x10000);
    return translated(host).empty();
  });
}

TEST(M58_an_error_leaves_the_answer_before_it_as_a_grant) {
  for (const uint32_t status : {1u, 4u}) {
    shows("M58", [status](Host &host) {
      host.map(kNoPasid, 0x10000, 0x40000);
      touch(host, 0x10000);
      host.answers_translations = false;
      host.start(0, 0x20000, kNoPasid, 4, 0, kRead);
      host.settle();
      host.send({0x0A000000, status << 13, host.held.back().dw(1) & 0xFFFFFF00});
      host.settle();
      return translated(host).size() == 1;
    });
  }
}

TEST(M59_the_ones_of_the_size_stay_in_the_address) {
  shows("M59", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000, 16);
    return target(host, 0x12000) == 0x42000;
  });
}

TEST(M60_a_block_starts_at_the_asked_page) {
  shows("M60", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000, 16);
    host.map(kNoPasid, 0x20000, 0x90000, 16);
    CHECK_EQUAL(target(host, 0x13000), 0x43000u);
    return target(host, 0x22000) == 0x92000;
  });
  hides("M60", [](Host &host) { return asks_after(host, 0x13000, 16, 0x15000, 0x15000); });
}

TEST(M61_a_TLP_crosses_the_end_of_its_translation) {
  shows("M61", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    host.map(kNoPasid, 0x11000, 0x90000);
    host.operate(0, 0x10FE0, kNoPasid, 64, 0, kRead);
    for (const Received &it : host.log) {
      if (it.is_read() && it.at() == 2 && (it.address() & 0xFFF) + 4 * it.length() > 0x1000) return false;
    }
    return true;
  });
}

TEST(M62_a_Translation_Request_has_Length_1) {
  shows("M62", [](Host &host) {
    host.answers_translations = false;
    host.start(0, 0x10000, kNoPasid, 4, 0, kRead);
    host.settle();
    return host.held.at(0).length() == 2;
  });
}

TEST(M63_the_tag_of_a_request_that_is_out_is_used_again) {
  const auto requests = [](unsigned count) {
    return [count](Host &host) {
      host.answers_translations = false;
      for (unsigned i = 0; i < count; i++) host.start(i, 0x10000 + 0x1000 * i, kNoPasid, 4, 0, kRead);
      host.settle();
      CHECK_EQUAL(host.held.size(), count);
      for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < i; j++) {
          if (host.held[i].tag() == host.held[j].tag()) return false;
        }
      }
      return true;
    };
  };
  shows("M63", requests(5));
  hides("M63", requests(4));
  hides("M63", [](Host &host) {
    for (unsigned i = 0; i < 8; i++) {
      host.map(kNoPasid, 0x10000 + 0x1000 * i, 0x40000 + 0x1000 * i);
      if ((host.operate(i, 0x10000 + 0x1000 * i, kNoPasid, 4, 0, kRead) & 0xF0) != 0) return false;
    }
    return true;
  });
}

TEST(M64_without_ATS_the_address_is_called_translated) {
  shows("M64", [](Host &host) {
    host.config_write(0x104, 0, 0xC);
    touch(host, 0x10000);
    return translated(host).empty();
  });
}

TEST(M65_the_address_of_the_answers_moment_counts) {
  shows("M65", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    host.map(kNoPasid, 0x20000, 0x90000);
    host.answers_translations = false;
    host.start(1, 0x10000, kNoPasid, 4, 0, kRead);
    host.settle();
    host.write(0x140, {0x20000});
    host.settle();
    host.answers_translations = true;
    host.answer(host.held.back());
    host.settle();
    return target(host, 0x20000) == 0x90000;
  });
}

TEST(M67_an_answer_to_no_request_is_stored) {
  shows("M67", [](Host &host) {
    host.map(kNoPasid, 0x10000, 0x40000);
    touch(host, 0x10000);
    host.send({0x4A000002, 0x00000008, kFunction << 16, 0, 0x00090003});
    host.settle();
    return target(host, 0x10000) == 0x40000;
  });
}

TEST(M68_the_rest_of_a_short_answer_is_that_of_the_one_before) {
  shows("M68", [](Host &host) {
    for (unsigned i = 0; i < 8; i++) host.map(kNoPasid, 0x10000 + 0x1000 * i, 0x40000 + 0x10000 * i);
    touch(host, 0x10000, kNoPasid, kRead | ask(2));
    host.answers_translations = false;
    host.start(0, 0x14000, kNoPasid, 4, 0, kRead | ask(2));
    host.settle();
    host.answers_translations = true;
    host.send(host.translation_completion(host.held.back(), 1));
    host.settle();
    return target(host, 0x16000) == 0xA0000;
  });
}
