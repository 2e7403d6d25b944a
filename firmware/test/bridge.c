/* The bridge between a host and what lies behind it, all three the same core, on cables of memory. */
#include "ends.h"
#include "fake_board.h"
#include "hil_bridge.h"
#include "hil_bytes.h"

#include <stdio.h>
#include <string.h>

#define PAYLOAD 544u
#define FRAMES 4u
#define STEP_US 100u

static const hil_identity_t identity = {0x00FC, 0, "bridge", "1", "b"};
static fake_board_t fake;
static hil_port_t port;
static hil_faults_t faults;
static hil_board_t board;
static hil_bridge_t bridge;
static test_end_t host;
static test_end_t behind;
static test_end_t near_memory; /* the bridge's own ends */
static test_end_t far_memory;
static uint8_t wires[2][HIL_WIRE_MAX(PAYLOAD)];
static uint8_t wire[HIL_WIRE_MAX(HIL_PAYLOAD_MAX)];
static uint16_t session;
static bool is_behind_cut;
static uint32_t noise; /* of 1000 bytes */
static uint64_t state;

static void bench_begin(uint32_t now_us) {
  hil_bridge_config_t config = {.identity = &identity, .wire = {wires[0], wires[1]}};
  fake_begin(&fake, now_us);
  port = fake_port(&fake);
  memset(&faults, 0, sizeof faults);
  (void)hil_faults_begin(&faults);
  hil_board_begin(&board, &port, &fake_plan, &faults, false);
  end_begin(&host, HIL_HOST, HIL_PAYLOAD_MAX, 16, 10000);
  end_begin(&behind, HIL_BOARD, PAYLOAD, FRAMES, 10000);
  end_begin(&near_memory, HIL_BOARD, PAYLOAD, FRAMES, 10000);
  end_begin(&far_memory, HIL_HOST, PAYLOAD, FRAMES, 10000);
  config.host = near_memory.link.config;
  config.behind = far_memory.link.config;
  config.host.send_payload_max = config.behind.send_payload_max = PAYLOAD;
  config.behind.takes_over = true;
  hil_bridge_begin(&bridge, &config, &port, &board);
  session = 1;
  is_behind_cut = false;
  noise = 0;
}

static void bench_end(void) {
  end_free(&host);
  end_free(&behind);
  end_free(&near_memory);
  end_free(&far_memory);
}

static void spoil(fake_pipe_t *pipe, size_t from) {
  for (size_t i = from; i < pipe->count && noise > 0; i++) {
    pipe->bytes[i] ^= (uint8_t)(choice_below(&state, 1000) < noise ? 1u << choice_below(&state, 8) : 0u);
  }
}

static void move(test_end_t *end, hil_line_t line, bool is_cut) {
  size_t length = 0;
  fake_pipe_t *to_end = &fake.out[line];
  spoil(to_end, 0);
  if (!is_cut) {
    hil_link_receive(&end->link, to_end->bytes, to_end->count, fake.now_us);
  }
  to_end->count = 0;
  while ((length = hil_link_transmit(&end->link, wire, fake.now_us, fake.now_us / 1000)) > 0) {
    size_t from = fake.in[line].count;
    if (!is_cut) {
      pipe_add(&fake.in[line], wire, length);
      spoil(&fake.in[line], from);
    }
  }
}

static void turn(void) {
  fake.now_us += STEP_US;
  move(&host, HIL_LINE_HOST, false);
  move(&behind, HIL_LINE_BEHIND, is_behind_cut);
  (void)hil_bridge_poll(&bridge);
}

static void pass(uint32_t us) {
  for (uint32_t step = 0; step < us; step += STEP_US) {
    turn();
  }
}

static void open_session(void) {
  hil_link_open(&host.link, session++, fake.now_us);
  pass(20000);
  CLAIM(host.link.state == HIL_LINK_OPEN);
}

static void open_all(void) {
  bench_begin(0);
  open_session();
  CLAIM(behind.link.state == HIL_LINK_OPEN && bridge.behind_state == HIL_BEHIND_OPEN);
}

/* The host's request, answered within so long. NULL: not. */
static const uint8_t *ask(const uint8_t *request, size_t count, uint32_t within_us, uint8_t *length) {
  const uint8_t *reply = NULL;
  uint32_t began_us = fake.now_us;
  CLAIM(hil_link_request(&host.link, request, count, fake.now_us) == HIL_OK);
  while ((reply = hil_link_take_reply(&host.link, length)) == NULL && fake.now_us - began_us < within_us) {
    turn();
  }
  return reply;
}

static const uint8_t run_request[15] = {HIL_OP_RUN};
static const uint8_t reset_request[3] = {HIL_OP_RESET, 1, 0};
static const uint8_t describe_behind[2] = {HIL_OP_DESCRIBE, 1};

static bool is_behind_answer(const uint8_t *reply, uint8_t operation, uint8_t length, const char *why) {
  return reply != NULL && reply[0] == operation && reply[1] == HIL_REPLY_NOTHING_BEHIND && length == 4 + strlen(why) &&
         memcmp(&reply[4], why, strlen(why)) == 0;
}

/* Takes what came to the host until this event. */
static bool host_was_told(hil_code_t code, const char *text) {
  uint8_t kind = 0;
  uint16_t length = 0;
  const uint8_t *first = NULL;
  while ((first = hil_link_first(&host.link, &kind, &length)) != NULL) {
    bool is_it = kind == HIL_EVENT && hil_get16(first) == (uint16_t)code && length == 6 + strlen(text) &&
                 memcmp(&first[6], text, strlen(text)) == 0;
    hil_link_drop(&host.link);
    if (is_it) {
      return true;
    }
  }
  return false;
}

static bool takes(test_end_t *end, hil_kind_t kind, const uint8_t *payload, size_t count) {
  uint8_t came = 0;
  uint16_t length = 0;
  const uint8_t *first = hil_link_first(&end->link, &came, &length);
  bool is_it = first != NULL && came == (uint8_t)kind && length == count && memcmp(first, payload, count) == 0;
  hil_link_drop(&end->link);
  return is_it;
}

static void messages_of_the_device_pass_both_ways_unaltered(void) {
  uint8_t tlp[PAYLOAD];
  for (size_t i = 0; i < sizeof tlp; i++) {
    tlp[i] = (uint8_t)(i * 11u);
  }
  open_all();
  CLAIM(hil_link_send(&host.link, HIL_TLP, tlp, sizeof tlp, NULL, 0) == HIL_OK);
  CLAIM(hil_link_send(&host.link, HIL_ECHO, tlp, 9, NULL, 0) == HIL_OK);
  CLAIM(hil_link_send(&behind.link, HIL_TLP, tlp, 20, NULL, 0) == HIL_OK);
  CLAIM(hil_link_send(&behind.link, HIL_TELEMETRY, tlp, 12, NULL, 0) == HIL_OK); /* the bridge's own affair */
  CLAIM(hil_link_send(&behind.link, HIL_EVENT, tlp, 7, NULL, 0) == HIL_OK);
  pass(5000); /* four frames are kept there */
  CLAIM(hil_link_send(&behind.link, HIL_LOG, tlp, 8, NULL, 0) == HIL_OK);
  CLAIM(hil_link_send(&behind.link, HIL_ECHOED, tlp, PAYLOAD, NULL, 0) == HIL_OK);
  pass(20000);
  CLAIM(takes(&behind, HIL_TLP, tlp, sizeof tlp) && takes(&behind, HIL_ECHO, tlp, 9));
  CLAIM(takes(&host, HIL_TLP, tlp, 20) && takes(&host, HIL_EVENT, tlp, 7) && takes(&host, HIL_LOG, tlp, 8));
  CLAIM(takes(&host, HIL_ECHOED, tlp, PAYLOAD) && host.link.receive_count == 0);
  bench_end();
}

static void run_is_answered_by_what_lies_behind_and_working_until_then(void) {
  static const uint8_t done[18] = {HIL_OP_RUN, 0, 1, 2, 3};
  uint8_t length = 0;
  open_all();
  CLAIM(ask(run_request, sizeof run_request, 300000, &length) == NULL); /* it takes its time */
  CLAIM(hil_link_take_request(&behind.link, &length) != NULL && length == sizeof run_request);
  CLAIM(hil_link_take_request(&behind.link, &length) == NULL);          /* repetitions are not passed on */
  CLAIM(host.link.state == HIL_LINK_OPEN && fake.now_us - host.link.last_heard_us < 200000); /* WORKING */
  hil_link_reply(&behind.link, done, sizeof done);
  pass(20000);
  const uint8_t *reply = hil_link_take_reply(&host.link, &length);
  CLAIM(reply != NULL && length == sizeof done && memcmp(reply, done, sizeof done) == 0);
  bench_end();
}

static void bridge_and_what_lies_behind_describe_themselves(void) {
  static const uint8_t describe[2] = {HIL_OP_DESCRIBE, 0};
  static const uint8_t describe_third[2] = {HIL_OP_DESCRIBE, 2};
  static const uint8_t far_answer[24] = {HIL_OP_DESCRIBE, 0, 'H', 'I', 'L', 'B', 1, 0, 7};
  uint8_t length = 0;
  open_all();
  const uint8_t *reply = ask(describe, sizeof describe, 10000, &length);
  CLAIM(reply != NULL && length == 22 + 11 && memcmp(&reply[22], "bridge\0001\0b", 11) == 0);
  reply = ask(describe_third, sizeof describe_third, 10000, &length);
  CLAIM(reply != NULL && reply[1] == HIL_REPLY_MALFORMED);
  CLAIM(ask(describe_behind, sizeof describe_behind, 10000, &length) == NULL);
  const uint8_t *request = hil_link_take_request(&behind.link, &length);
  CLAIM(request != NULL && length == 2 && request[0] == HIL_OP_DESCRIBE && request[1] == 0); /* itself, seen from there */
  hil_link_reply(&behind.link, far_answer, sizeof far_answer);
  pass(20000);
  reply = hil_link_take_reply(&host.link, &length);
  CLAIM(reply != NULL && length == sizeof far_answer && memcmp(reply, far_answer, sizeof far_answer) == 0);
  bench_end();
}

static void with_nothing_behind_the_board_can_still_be_controlled(void) {
  static const uint8_t power_on[2] = {HIL_OP_POWER, 1};
  uint8_t length = 0;
  bench_begin(0xFFF00000u); /* the clock wraps meanwhile */
  is_behind_cut = true;
  open_session();
  uint32_t began_us = fake.now_us;
  const uint8_t *reply = ask(describe_behind, sizeof describe_behind, 4000000, &length);
  CLAIM(is_behind_answer(reply, HIL_OP_DESCRIBE, length, "what lies behind does not answer"));
  CLAIM(fake.now_us - began_us > 2900000 && fake.now_us - began_us < 3200000);
  reply = ask(describe_behind, sizeof describe_behind, 100000, &length);
  CLAIM(is_behind_answer(reply, HIL_OP_DESCRIBE, length, "what lies behind does not answer")); /* known now: at once */
  reply = ask(power_on, sizeof power_on, 100000, &length);
  CLAIM(reply != NULL && reply[1] == HIL_REPLY_DONE && fake.is_on[2]);
  bench_end();
}

static void lost_link_behind_is_told_and_runs_wait_for_a_reset_when_it_is_back(void) {
  static const uint8_t reset_done[9] = {HIL_OP_RESET, 0};
  uint8_t length = 0;
  open_all();
  CLAIM(hil_link_request(&host.link, run_request, sizeof run_request, fake.now_us) == HIL_OK);
  pass(50000);
  is_behind_cut = true;
  pass(2100000);
  CLAIM(host_was_told(HIL_CODE_LOST_BEHIND, "what lies behind is silent"));
  const uint8_t *reply = hil_link_take_reply(&host.link, &length);
  CLAIM(is_behind_answer(reply, HIL_OP_RUN, length, "what lies behind is silent"));
  CLAIM(faults.count == 1 && hil_faults_at(&faults, 0)->code == HIL_CODE_LOST_BEHIND);
  is_behind_cut = false;
  pass(200000);
  CLAIM(host_was_told(HIL_CODE_BACK_BEHIND, "what lies behind answers again"));
  reply = ask(run_request, sizeof run_request, 10000, &length);
  CLAIM(is_behind_answer(reply, HIL_OP_RUN, length, "the link behind was lost; RESET first"));
  CLAIM(ask(reset_request, sizeof reset_request, 10000, &length) == NULL);
  CLAIM(hil_link_take_request(&behind.link, &length) != NULL);
  hil_link_reply(&behind.link, reset_done, sizeof reset_done);
  pass(20000);
  CLAIM(hil_link_take_reply(&host.link, &length) != NULL);
  CLAIM(ask(run_request, sizeof run_request, 10000, &length) == NULL);
  CLAIM(hil_link_take_request(&behind.link, &length) != NULL && length == sizeof run_request);
  bench_end();
}

static void bridge_that_stood_still_does_not_call_the_other_end_silent(void) {
  uint8_t length = 0;
  open_all();
  fake.now_us += 3000000;
  pass(20000);
  CLAIM(bridge.behind_state == HIL_BEHIND_OPEN && faults.count == 0);
  CLAIM(ask(run_request, sizeof run_request, 10000, &length) == NULL);
  CLAIM(hil_link_take_request(&behind.link, &length) != NULL && length == sizeof run_request);
  is_behind_cut = true;
  pass(2100000);
  CLAIM(faults.count == 1 && hil_faults_at(&faults, 0)->code == HIL_CODE_LOST_BEHIND);
  bench_end();
}

static void restart_of_what_lies_behind_is_told(void) {
  open_all();
  hil_link_config_t config = behind.link.config;
  const hil_identity_t *itself = behind.link.identity;
  hil_link_begin(&behind.link, &config, itself);
  pass(600000); /* the bridge asks for a sign of life each 250 ms */
  CLAIM(host_was_told(HIL_CODE_LOST_BEHIND, "what lies behind restarted"));
  bench_end();
}

static void other_protocol_version_behind_is_named(void) {
  static const uint8_t refuse[12] = {'H', 'I', 'L', 'B', 2, 3, 1, 0};
  uint8_t length = 0;
  bench_begin(0);
  is_behind_cut = true;
  open_session();
  uint8_t plain[HIL_FRAME_OVERHEAD + sizeof refuse] = {HIL_REFUSE, 0, 0, 0, (uint8_t)bridge.behind.session,
                                                       (uint8_t)(bridge.behind.session >> 8)};
  memcpy(&plain[HIL_HEADER_SIZE], refuse, sizeof refuse);
  hil_put32(&plain[HIL_HEADER_SIZE + sizeof refuse], hil_crc32c(plain, HIL_HEADER_SIZE + sizeof refuse));
  uint8_t encoded[HIL_WIRE_MAX(sizeof refuse)] = {0};
  size_t count = hil_cobs_encode(plain, sizeof plain, &encoded[1]);
  encoded[1 + count] = 0;
  CLAIM(hil_link_request(&host.link, describe_behind, sizeof describe_behind, fake.now_us) == HIL_OK);
  pass(1000);
  pipe_add(&fake.in[HIL_LINE_BEHIND], encoded, count + 2);
  pass(50000);
  const uint8_t *reply = hil_link_take_reply(&host.link, &length);
  CLAIM(is_behind_answer(reply, HIL_OP_DESCRIBE, length, "what lies behind speaks another protocol version"));
  reply = ask(describe_behind, sizeof describe_behind, 100000, &length);
  CLAIM(is_behind_answer(reply, HIL_OP_DESCRIBE, length, "what lies behind speaks another protocol version"));
  bench_end();
}

static void new_session_of_the_host_makes_a_new_one_behind(void) {
  uint8_t kind = 0;
  uint16_t length = 0;
  open_all();
  uint32_t sessions = behind.link.session_number;
  CLAIM(hil_link_send(&behind.link, HIL_TLP, wire, 20, NULL, 0) == HIL_OK);
  hil_link_close(&host.link);
  pass(5000);
  CLAIM(behind.link.state == HIL_LINK_CLOSED); /* BYE reaches through */
  hil_link_drop(&host.link);
  open_session();
  CLAIM(behind.link.session_number == sessions + 1 && behind.link.state == HIL_LINK_OPEN);
  CLAIM(hil_link_first(&host.link, &kind, &length) == NULL); /* nothing of the last session */
  bench_end();
}

static void grants_reach_through(void) {
  uint8_t kind = 0;
  uint16_t length = 0;
  uint32_t sent = 0;
  open_all();
  for (uint32_t i = 0; i < 2000; i++) {
    uint8_t tlp[2] = {(uint8_t)sent, (uint8_t)(sent >> 8)};
    if (hil_link_room(&host.link) > 0 && hil_link_send(&host.link, HIL_TLP, tlp, sizeof tlp, NULL, 0) == HIL_OK) {
      sent++;
    }
    turn();
  }
  /* Kept at most: by the device's board, by both sides of the bridge, and by the host. */
  CLAIM(sent >= 16 && sent <= FRAMES + FRAMES + FRAMES + 16 && behind.link.receive_count == FRAMES);
  for (uint32_t i = 0; i < sent; i++) {
    const uint8_t *first = NULL;
    for (int wait = 0; wait < 3000 && (first = hil_link_first(&behind.link, &kind, &length)) == NULL; wait++) {
      turn();
    }
    CLAIM(first != NULL && hil_get16(first) == i);
    hil_link_drop(&behind.link);
  }
  CLAIM(behind.link.counters.repetitions == 0);
  bench_end();
}

static void message_that_is_too_long_for_what_lies_behind_is_counted(void) {
  uint8_t tlp[PAYLOAD] = {1};
  bench_begin(0);
  behind.link.config.payload_max = 300;
  open_session();
  CLAIM(hil_link_send(&host.link, HIL_TLP, tlp, 301, NULL, 0) == HIL_OK);
  CLAIM(hil_link_send(&host.link, HIL_TLP, tlp, 300, NULL, 0) == HIL_OK);
  pass(20000);
  CLAIM(takes(&behind, HIL_TLP, tlp, 300) && bridge.behind.counters.dropped == 1);
  bench_end();
}

static void reboot_is_answered_then_said_then_done(void) {
  static const uint8_t reboot[1] = {HIL_OP_REBOOT};
  uint8_t length = 0;
  open_all();
  const uint8_t *reply = ask(reboot, sizeof reboot, 100000, &length);
  CLAIM(reply != NULL && reply[1] == HIL_REPLY_DONE);
  pass(5000);
  CLAIM(host.link.state == HIL_LINK_CLOSED && host.link.ended_by == HIL_END_ENDED); /* BYE */
  CLAIM(behind.link.state == HIL_LINK_CLOSED && fake.restarts > 0);
  hil_link_open(&host.link, session++, fake.now_us);
  pass(300000);
  CLAIM(host.link.state == HIL_LINK_OPENING); /* a session that is opened now would not live */
  bench_end();
}

static void reboot_does_not_wait_for_a_host_that_takes_nothing(void) {
  static const uint8_t reboot[1] = {HIL_OP_REBOOT};
  open_all();
  CLAIM(hil_link_request(&host.link, reboot, sizeof reboot, fake.now_us) == HIL_OK);
  fake.is_full = true;
  pass(350000);
  CLAIM(fake.restarts == 0);
  pass(100000);
  CLAIM(fake.restarts > 0);
  bench_end();
}

static void watchdog_is_fed_only_while_values_are_measured(void) {
  open_all();
  unsigned before = fake.fed;
  pass(100000);
  CLAIM(fake.fed - before >= 90 && fake.fed - before <= 101); /* one value each millisecond */
  before = fake.fed;
  board.plan = &(const hil_board_plan_t){fake_plan.rails, fake_plan.sensors, FAKE_RAILS, 0, 1000};
  pass(100000);
  CLAIM(fake.fed - before <= 1);
  before = fake.fed;
  board.plan = &fake_plan;
  for (int i = 0; i < 1000; i++) {
    (void)hil_bridge_poll(&bridge); /* the clock stands */
  }
  CLAIM(fake.fed - before <= 1);
  bench_end();
}

static void nothing_is_lost_doubled_or_altered_on_two_bad_cables(uint64_t seed) {
  enum { MESSAGES = 500, REQUESTS = 40 };
  uint32_t sent[2] = {0, 0};
  uint32_t taken[2] = {0, 0};
  uint32_t requests = 0;
  uint32_t replies = 0;
  uint32_t carried_out = 0;
  uint8_t kind = 0;
  uint16_t length = 0;
  uint8_t count = 0;
  open_all();
  state = seed;
  noise = 10;
  unsigned step = 0;
  for (; step < 400000 && (taken[0] < MESSAGES || taken[1] < MESSAGES || replies < REQUESTS); step++) {
    test_end_t *ends[2] = {&host, &behind};
    for (int i = 0; i < 2; i++) {
      uint8_t payload[24] = {(uint8_t)sent[i], (uint8_t)(sent[i] >> 8)};
      if (sent[i] < MESSAGES && hil_link_room(&ends[i]->link) > 0 &&
          hil_link_send(&ends[i]->link, HIL_TLP, payload, sizeof payload, NULL, 0) == HIL_OK) {
        sent[i]++;
      }
      const uint8_t *first = hil_link_first(&ends[1 - i]->link, &kind, &length);
      if (first != NULL && choice_below(&state, 3) == 0) {
        CLAIM(kind == HIL_TLP && length == 24 && hil_get16(first) == taken[i]);
        taken[i]++;
        hil_link_drop(&ends[1 - i]->link);
      }
    }
    uint8_t request[15] = {HIL_OP_RUN, (uint8_t)requests};
    bool is_turn = requests == replies && requests < REQUESTS;
    requests += is_turn && hil_link_request(&host.link, request, sizeof request, fake.now_us) == HIL_OK ? 1u : 0u;
    const uint8_t *came = hil_link_take_request(&behind.link, &count);
    if (came != NULL) {
      CLAIM(came[1] == carried_out);
      uint8_t reply[3] = {HIL_OP_RUN, 0, (uint8_t)carried_out++};
      hil_link_reply(&behind.link, reply, sizeof reply);
    }
    const uint8_t *reply = hil_link_take_reply(&host.link, &count);
    if (reply != NULL) {
      CLAIM(count == 3 && reply[2] == replies);
      replies++;
    }
    turn();
  }
  CLAIM(taken[0] == MESSAGES && taken[1] == MESSAGES && replies == REQUESTS && carried_out == REQUESTS);
  CLAIM(bridge.host.counters.broken_frames > 20 && bridge.behind.counters.broken_frames > 20);
  printf("bridge on bad cables, seed %u: %u + %u messages, %u requests in %u steps\n", (unsigned)seed, (unsigned)taken[0],
         (unsigned)taken[1], (unsigned)replies, step);
  bench_end();
}

int bridge_run(uint64_t seed) {
  unsigned before = claims_failed();
  messages_of_the_device_pass_both_ways_unaltered();
  run_is_answered_by_what_lies_behind_and_working_until_then();
  bridge_and_what_lies_behind_describe_themselves();
  with_nothing_behind_the_board_can_still_be_controlled();
  lost_link_behind_is_told_and_runs_wait_for_a_reset_when_it_is_back();
  bridge_that_stood_still_does_not_call_the_other_end_silent();
  restart_of_what_lies_behind_is_told();
  other_protocol_version_behind_is_named();
  new_session_of_the_host_makes_a_new_one_behind();
  grants_reach_through();
  message_that_is_too_long_for_what_lies_behind_is_counted();
  reboot_is_answered_then_said_then_done();
  reboot_does_not_wait_for_a_host_that_takes_nothing();
  watchdog_is_fed_only_while_values_are_measured();
  for (uint64_t more = 0; more < 3; more++) {
    nothing_is_lost_doubled_or_altered_on_two_bad_cables(seed + more);
  }
  printf("bridge: %u claims with those of board control, %u do not hold\n", claims_made(), claims_failed() - before);
  return claims_failed() == before ? 0 : 1;
}
