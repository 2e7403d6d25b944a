/* Runs tests/link-vectors/vectors.txt, which the tests in C# and SystemVerilog run too. */
#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX 65536u
#define WORDS_MAX 8
#define SENT_MAX 64

static char line_text[LINE_MAX];
static char *words[WORDS_MAX];
static int word_count;
static unsigned line_number;
static unsigned failures;
static unsigned checks;

static void check(bool holds, const char *what) {
  checks++;
  if (!holds) {
    failures++;
    fprintf(stderr, "line %u: %s\n", line_number, what);
  }
}

static bool is_item(const char *name, int needed) { return strcmp(words[0], name) == 0 && word_count >= needed; }

static void split(char *text) {
  char *comment = text[0] == '#' ? text : strstr(text, " #");
  if (comment != NULL) {
    *comment = '\0';
  }
  word_count = 0;
  for (char *word = strtok(text, " \n"); word != NULL && word_count < WORDS_MAX; word = strtok(NULL, " \n")) {
    words[word_count++] = word;
  }
}

static uint32_t number(const char *text) { return (uint32_t)strtoul(text, NULL, 16); }

/* Memory of exactly as many bytes, so that the sanitizer sees a step too far. */
static uint8_t *bytes_of(const char *text, size_t *count) {
  *count = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
  uint8_t *bytes = malloc(*count + (*count == 0));
  for (size_t i = 0; i < *count; i++) {
    char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
    bytes[i] = (uint8_t)number(digits);
  }
  return bytes;
}

static bool is_same(const uint8_t *bytes, size_t count, const char *text) {
  size_t wanted = 0;
  uint8_t *want = bytes_of(text, &wanted);
  bool same = wanted == count && memcmp(bytes, want, count) == 0;
  free(want);
  return same;
}

static void try_crc(void) {
  size_t count = 0;
  uint8_t *bytes = bytes_of(words[1], &count);
  check(hil_crc32c(bytes, count) == number(words[2]), "CRC");
  free(bytes);
}

static void try_encode(void) {
  size_t count = 0;
  uint8_t *plain = bytes_of(words[1], &count);
  uint8_t *encoded = malloc(HIL_COBS_MAX(count));
  check(is_same(encoded, hil_cobs_encode(plain, count, encoded), words[2]), "COBS encoder");
  free(encoded);
  free(plain);
}

static void try_decode(const char *encoded_text, const char *plain_text) {
  size_t count = 0;
  size_t length = 0;
  uint8_t *encoded = bytes_of(encoded_text, &count);
  uint8_t *plain = malloc(count + 1);
  bool is_good = hil_cobs_decode(encoded, count, plain, &length);
  if (plain_text == NULL) {
    check(!is_good, "broken COBS was taken");
  } else {
    check(is_good && is_same(plain, length, plain_text), "COBS decoder");
  }
  free(plain);
  free(encoded);
}

/* Any header passes the reader; a host without a session counts the frame as foreign, and says so. */
static void try_frame(void) {
  test_end_t end;
  size_t count = 0;
  end_begin(&end, HIL_HOST, HIL_PAYLOAD_MAX, 4, 20000);
  uint8_t *wire = bytes_of(words[7], &count);
  hil_link_receive(&end.link, wire, count, 0);
  check(end.link.counters.frames == 1 && end.link.counters.broken_frames == 0, "frame not taken");
  const uint8_t *plain = end.plain;
  check(plain[0] == number(words[1]) && plain[1] == number(words[2]) && plain[2] == number(words[3]) &&
            plain[3] == number(words[4]) && plain[4] + 256u * plain[5] == number(words[5]),
        "header");
  size_t payload_count = strcmp(words[6], "-") == 0 ? 0 : strlen(words[6]) / 2;
  check(is_same(&plain[HIL_HEADER_SIZE], payload_count, words[6]), "payload");
  free(wire);
  end_free(&end);
}

static void try_bytes(size_t piece) {
  test_end_t end;
  size_t count = 0;
  end_begin(&end, HIL_HOST, (uint16_t)atoi(words[1]), 4, 20000);
  uint8_t *wire = bytes_of(words[2], &count);
  for (size_t at = 0; at < count; at += piece) {
    hil_link_receive(&end.link, wire + at, count - at < piece ? count - at : piece, 0);
  }
  check(end.link.counters.frames == (uint32_t)atoi(words[3]), "good frames");
  check(end.link.counters.broken_frames == (uint32_t)atoi(words[4]), "broken frames");
  free(wire);
  end_free(&end);
}

/* ---- Scenarios ---- */

static test_end_t player;
static bool is_playing;
static uint32_t now_us;
static uint8_t sent[SENT_MAX][HIL_WIRE_MAX(HIL_PAYLOAD_MAX)];
static size_t sent_length[SENT_MAX];
static int sent_first;
static int sent_count;

static const char *state_name(const hil_link_t *link) {
  bool is_board = link->config.role == HIL_BOARD;
  switch (link->state) {
    case HIL_LINK_OPENING:
      return "opening";
    case HIL_LINK_UNCONFIRMED:
      return "unconfirmed";
    case HIL_LINK_OPEN:
      return is_board ? "confirmed" : "open";
    case HIL_LINK_CLOSED:
    default:
      break;
  }
  if (is_board) {
    return "none";
  }
  switch (link->ended_by) {
    case HIL_END_REFUSED_VERSION:
      return "refused-version";
    case HIL_END_REFUSED_BUSY:
      return "refused-busy";
    case HIL_END_REFUSED_LIMITS:
      return "refused-limits";
    case HIL_END_RESTARTED:
      return "restarted";
    case HIL_END_REPLACED:
      return "replaced";
    case HIL_END_ENDED:
      return "ended";
    case HIL_END_NONE:
    default:
      return "closed";
  }
}

static void step_messages(hil_link_t *link) {
  size_t count = 0;
  if (is_item("send", 3)) {
    uint8_t *payload = bytes_of(words[2], &count);
    check(hil_link_send(link, (hil_kind_t)number(words[1]), payload, count / 2, payload + count / 2, count - count / 2) == HIL_OK,
          "not sent");
    free(payload);
    return;
  }
  uint8_t kind = 0;
  uint16_t length = 0;
  const uint8_t *first = hil_link_first(link, &kind, &length);
  if (is_item("take-none", 1)) {
    check(first == NULL, "there is a message");
    return;
  }
  check(first != NULL && kind == number(words[1]) && is_same(first, length, words[2]), "another message, or none");
  hil_link_drop(link);
}

static void step_control(hil_link_t *link) {
  size_t count = 0;
  uint8_t length = 0;
  uint8_t *payload = word_count > 1 ? bytes_of(words[1], &count) : NULL;
  if (is_item("request", 2)) {
    check(hil_link_request(link, payload, count, now_us) == HIL_OK, "request refused");
  } else if (is_item("reply", 2)) {
    hil_link_reply(link, payload, count);
  } else {
    bool is_request = strncmp(words[0], "request", 7) == 0;
    const uint8_t *found = is_request ? hil_link_take_request(link, &length) : hil_link_take_reply(link, &length);
    if (word_count == 1) {
      check(found == NULL, "there is one");
    } else {
      check(found != NULL && is_same(found, length, words[1]), "another one, or none");
    }
  }
  free(payload);
}

static void step(hil_link_t *link) {
  size_t count = 0;
  if (is_item("open", 2)) {
    hil_link_open(link, (uint16_t)number(words[1]), now_us);
  } else if (is_item("close", 1)) {
    hil_link_close(link);
  } else if (is_item("rx", 2)) {
    uint8_t *bytes = bytes_of(words[1], &count);
    hil_link_receive(link, bytes, count, now_us);
    free(bytes);
  } else if (is_item("at", 2)) {
    now_us = (uint32_t)atol(words[1]);
  } else if (is_item("state", 2)) {
    check(strcmp(state_name(link), words[1]) == 0, state_name(link));
  } else if (is_item("send", 3) || is_item("take", 3) || is_item("take-none", 1)) {
    step_messages(link);
  } else if (strncmp(words[0], "request", 7) == 0 || strncmp(words[0], "reply", 5) == 0) {
    step_control(link);
  } else {
    check(false, "unknown step");
  }
}

static void play(void) {
  if (is_item("tx", 2)) {
    bool is_there = sent_first < sent_count;
    check(is_there && is_same(sent[sent_first], sent_length[sent_first], words[1]), "another frame was sent, or none");
    sent_first += is_there ? 1 : 0;
    return;
  }
  check(sent_first == sent_count, "a frame was sent that is not here");
  sent_first = sent_count = 0;
  if (is_item("end", 1)) {
    end_free(&player);
    is_playing = false;
    return;
  }
  step(&player.link);
  while (sent_count < SENT_MAX &&
         (sent_length[sent_count] = hil_link_transmit(&player.link, sent[sent_count], now_us, now_us / 1000)) > 0) {
    sent_count++;
  }
}

static void line(void) {
  if (is_playing) {
    play();
  } else if (is_item("scenario", 3)) {
    bool is_host = strcmp(words[2], "host") == 0;
    end_begin(&player, is_host ? HIL_HOST : HIL_BOARD, is_host ? HIL_PAYLOAD_MAX : 544, 4, 20000);
    is_playing = true;
    now_us = 0;
  } else if (is_item("crc", 3)) {
    try_crc();
  } else if (is_item("cobs", 3)) {
    try_encode();
    try_decode(words[2], words[1]);
  } else if (is_item("cobs-accept", 3)) {
    try_decode(words[1], words[2]);
  } else if (is_item("cobs-broken", 2)) {
    try_decode(words[1], NULL);
  } else if (is_item("frame", 8)) {
    try_frame();
  } else if (is_item("bytes", 5)) {
    try_bytes(1);
    try_bytes(7);
    try_bytes(100000);
  } else {
    check(false, "unknown item");
  }
}

int vectors_run(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  while (fgets(line_text, sizeof line_text, file) != NULL) {
    line_number++;
    split(line_text);
    if (word_count > 0) {
      line();
    }
  }
  (void)fclose(file);
  check(checks > 500, "nothing was checked");
  printf("vectors: %u checks, %u failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
