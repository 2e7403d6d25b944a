/* One end of a HilBench link, without a carrier and without a clock: bytes go in, bytes to be sent come out, time
 * is handed in. Source: docs/protocol.md; the numbers of its rules stand at the code. No malloc, no waiting, no MCU
 * header.
 *
 * Times are microseconds that wrap: compared by difference only. Nothing may be due for longer than 2^31 us. */
#ifndef HIL_LINK_H
#define HIL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HIL_MUST_USE __attribute__((warn_unused_result))
#else
#define HIL_MUST_USE
#endif

#define HIL_LINK_VERSION 1u
#define HIL_HEADER_SIZE 6u
#define HIL_CRC_SIZE 4u
#define HIL_FRAME_OVERHEAD (HIL_HEADER_SIZE + HIL_CRC_SIZE)
#define HIL_PAYLOAD_MAX 4128u
#define HIL_REQUEST_MAX 64u
#define HIL_REPLY_MAX 128u
#define HIL_FRAMES_MAX 64u

/* Bytes of a frame as it is sent, with both 00, for so many bytes of payload. */
#define HIL_COBS_MAX(n) ((n) + (n) / 254u + 1u)
#define HIL_WIRE_MAX(payload) (HIL_COBS_MAX((payload) + HIL_FRAME_OVERHEAD) + 2u)

typedef enum hil_kind {
  HIL_HELLO = 0x01,
  HIL_WELCOME = 0x02,
  HIL_REFUSE = 0x03,
  HIL_GONE = 0x04,
  HIL_BYE = 0x05,
  HIL_ACK = 0x10,
  HIL_NAK = 0x11,
  HIL_POLL = 0x12,
  HIL_REQUEST = 0x20,
  HIL_REPLY = 0x21,
  HIL_WORKING = 0x22,
  HIL_TLP = 0x40,
  HIL_EVENT = 0x41,
  HIL_TELEMETRY = 0x42,
  HIL_LOG = 0x43,
  HIL_ECHO = 0x44,
  HIL_ECHOED = 0x45
} hil_kind_t;

typedef enum hil_role { HIL_HOST, HIL_BOARD } hil_role_t;

typedef enum hil_link_state {
  HIL_LINK_CLOSED,
  HIL_LINK_OPENING,     /* host: HELLO is sent until it is answered */
  HIL_LINK_UNCONFIRMED, /* board: WELCOME was sent */
  HIL_LINK_OPEN
} hil_link_state_t;

typedef enum hil_session_end {
  HIL_END_NONE,
  HIL_END_REFUSED_VERSION,
  HIL_END_REFUSED_BUSY, /* HELLO is sent again */
  HIL_END_REFUSED_LIMITS,
  HIL_END_RESTARTED,
  HIL_END_REPLACED,
  HIL_END_ENDED
} hil_session_end_t;

typedef enum hil_status {
  HIL_OK,
  HIL_NO_ROOM,    /* not now */
  HIL_TOO_LONG,   /* never: longer than the other side, or this one, takes */
  HIL_WRONG_STATE /* no session, or a request is under way */
} hil_status_t;

/* One kept message. The payload lies in the memory that hil_link_config_t names. */
typedef struct hil_slot {
  uint16_t length;
  uint8_t kind;
} hil_slot_t;

/* What one end decides for itself. The memory is the caller's and is used until the link is. */
typedef struct hil_link_config {
  hil_role_t role;
  uint32_t resend_us;       /* SEQ-8: the first resend time, beside the time on the carrier */
  uint32_t byte_ns;         /* what a byte takes on the carrier; 0 when that does not matter */
  uint32_t host_id;         /* host */
  uint16_t payload_max;     /* what this end takes; board: 64 or more */
  uint16_t send_payload_max; /* what this end sends at most */
  uint8_t receive_frames;   /* 1 to 64 are granted */
  uint8_t send_frames;      /* 1 to 64 are kept */
  bool takes_over;          /* host */
  hil_slot_t *receive_slots; /* receive_frames */
  uint8_t *receive_bytes;   /* receive_frames * payload_max */
  hil_slot_t *send_slots;   /* send_frames */
  uint8_t *send_bytes;      /* send_frames * send_payload_max */
  uint8_t *encoded;         /* HIL_COBS_MAX(payload_max + HIL_FRAME_OVERHEAD): the frame that comes in */
  uint8_t *plain;           /* HIL_COBS_MAX(P + HIL_FRAME_OVERHEAD), P: the longer payload of both directions, at least 128 */
} hil_link_config_t;

/* What a board says of itself. */
typedef struct hil_identity {
  uint16_t features;
  uint32_t clock_khz;
  const char *name;
  const char *version;
  const char *serial;
} hil_identity_t;

typedef struct hil_counters {
  uint32_t frames;
  uint32_t broken_frames;
  uint32_t naks;
  uint32_t repeated;
  uint32_t repetitions;
  uint32_t foreign;
  uint32_t dropped;
  uint32_t malformed;
} hil_counters_t;

typedef struct hil_timer {
  bool is_running;
  uint32_t started_us;
  uint32_t length_us;
} hil_timer_t;

typedef struct hil_link {
  hil_link_config_t config;
  const hil_identity_t *identity;
  hil_link_state_t state;
  hil_session_end_t ended_by;
  hil_counters_t counters;
  uint32_t session_number; /* board: sessions opened so far */
  uint32_t last_heard_us;
  uint32_t peer_uptime_ms; /* host: from GONE */
  uint32_t served_host;
  uint32_t refused_for;
  uint16_t peer_payload; /* what the other side takes */
  uint16_t peer_features; /* host: from WELCOME */
  uint16_t session;
  uint16_t refused_session;
  uint16_t gone_session;
  uint16_t due;
  uint8_t refuse_reason;
  uint8_t gone_reason;
  uint8_t grant_sent;
  bool is_live; /* SES-7 */

  /* the frame that comes in */
  uint16_t encoded_length;
  bool is_too_long;

  /* sender */
  uint8_t send_start, send_count, send_sent, send_cursor, send_base, send_grant;
  uint8_t send_limit, send_returns; /* SEQ-10 */
  hil_timer_t send_timer;

  /* receiver */
  uint8_t receive_start, receive_count, expected;
  bool has_seen_gap;

  /* control */
  uint8_t control;
  uint8_t tag;
  uint8_t request_length;
  uint8_t reply_length;
  uint8_t request[HIL_REQUEST_MAX];
  uint8_t reply[HIL_REPLY_MAX];
  hil_timer_t request_timer;
  hil_timer_t hello_timer;
} hil_link_t;

uint32_t hil_crc32c(const uint8_t *bytes, size_t count);

/* COBS-2, COBS-3. Returns bytes written: at most HIL_COBS_MAX(count). */
size_t hil_cobs_encode(const uint8_t *plain, size_t count, uint8_t *encoded);

/* False when broken. Needs room for count bytes. */
HIL_MUST_USE bool hil_cobs_decode(const uint8_t *encoded, size_t count, uint8_t *plain, size_t *length);

/* identity: board only, may be NULL at a host; kept by reference. */
void hil_link_begin(hil_link_t *link, const hil_link_config_t *config, const hil_identity_t *identity);

/* Writes the payload of WELCOME, or the results of DESCRIBE: at most 116 bytes. Returns bytes written. */
size_t hil_link_describe(const hil_identity_t *identity, uint16_t payload_max, uint32_t uptime_ms, uint8_t *payload);

/* Host: HELLO is sent from now on. session: not 0, not the last one. */
void hil_link_open(hil_link_t *link, uint16_t session, uint32_t now_us);

/* Ends the session: BYE is the last frame. */
void hil_link_close(hil_link_t *link);

/* Bytes came in. */
void hil_link_receive(hil_link_t *link, const uint8_t *bytes, size_t count, uint32_t now_us);

/* Makes the next frame that is due. wire: room for HIL_WIRE_MAX(send_payload_max), at least HIL_WIRE_MAX(128).
 * Returns its bytes, 0 when nothing is due. uptime_ms: since this end started. */
HIL_MUST_USE size_t hil_link_transmit(hil_link_t *link, uint8_t *wire, uint32_t now_us, uint32_t uptime_ms);

/* Queues a stream message made of two parts. Without a session it is dropped, and that is HIL_OK (SES-11). */
HIL_MUST_USE hil_status_t hil_link_send(hil_link_t *link, hil_kind_t kind, const uint8_t *head, size_t head_count,
                                        const uint8_t *body, size_t body_count);

/* Messages for which there is room. */
uint8_t hil_link_room(const hil_link_t *link);

/* The first stream message that came in; NULL when there is none. Stays until hil_link_drop. */
const uint8_t *hil_link_first(const hil_link_t *link, uint8_t *kind, uint16_t *length);
void hil_link_drop(hil_link_t *link);

/* Host: sends a request. */
HIL_MUST_USE hil_status_t hil_link_request(hil_link_t *link, const uint8_t *payload, size_t count, uint32_t now_us);

/* Host: the reply to the last request, once; NULL when there is none. */
const uint8_t *hil_link_take_reply(hil_link_t *link, uint8_t *length);

/* Board: the request that came in, once; NULL when there is none. Stays until hil_link_reply. */
const uint8_t *hil_link_take_request(hil_link_t *link, uint8_t *length);

/* Board: answers it. When its session is gone, nobody is answered. */
void hil_link_reply(hil_link_t *link, const uint8_t *payload, size_t count);

/* Asks the other side for a sign of life. */
void hil_link_ask_for_sign(hil_link_t *link);

#endif
