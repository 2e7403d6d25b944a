/* The bridge: a board to the host and a host to what lies behind it. Two sessions, each with its own numbers;
 * messages and the requests RESET and RUN pass, all other requests are its own. One call of hil_bridge_poll is one
 * turn of the main loop. Source: docs/protocol.md, "Bridges". */
#ifndef HIL_BRIDGE_H
#define HIL_BRIDGE_H

#include "hil_board.h"
#include "hil_link.h"
#include "hil_port.h"
#include "hil_watchdog.h"

typedef struct hil_bridge_config {
  hil_link_config_t host;   /* role HIL_BOARD */
  hil_link_config_t behind; /* role HIL_HOST; it takes over: the board behind has no other host */
  const hil_identity_t *identity;
  uint8_t *wire[2]; /* for each line: HIL_WIRE_MAX(send_payload_max), at least HIL_WIRE_MAX(128) */
} hil_bridge_config_t;

typedef enum hil_behind {
  HIL_BEHIND_NONE,    /* the host has no session */
  HIL_BEHIND_OPENING, /* not heard yet: what the host sends waits */
  HIL_BEHIND_OPEN,
  HIL_BEHIND_LOST /* what the host sends is dropped, requests end with status 5; it is tried again */
} hil_behind_t;

typedef struct hil_outgoing {
  uint8_t *wire;
  size_t length;
  size_t sent;
} hil_outgoing_t;

typedef struct hil_bridge {
  const hil_port_t *port;
  hil_board_t *board;
  const hil_identity_t *identity;
  hil_link_t host;
  hil_link_t behind;
  hil_outgoing_t out[2];
  hil_behind_t behind_state;
  hil_watchdog_t watchdog;
  uint32_t sessions;        /* of the host, seen so far */
  uint32_t behind_us;       /* when behind_state was entered */
  uint32_t asked_us;        /* when what lies behind was asked for a sign of life */
  uint32_t tried_us;        /* when its session was tried to open */
  uint16_t behind_session;  /* number of the last session */
  const char *why_lost;     /* HIL_BEHIND_LOST */
  bool needs_reset;         /* the device's counts are not the host's any more */
  bool is_passed_on;        /* the request went behind */
  uint32_t passed_on;       /* requests of this session */
  uint8_t request_length;   /* of the request under way; 0: none */
  const uint8_t *request;
  uint8_t restart_step;
  uint32_t restart_us;
  uint32_t last_us, rest_us, uptime_ms, last_measured_us;
} hil_bridge_t;

/* board: begun. */
void hil_bridge_begin(hil_bridge_t *bridge, const hil_bridge_config_t *config, const hil_port_t *port,
                      hil_board_t *board);

/* Never waits: moves the bytes that are there, and does at most one step of everything else. False: there was
 * nothing to move, and there is nothing to do until bytes come in, a line takes bytes, or a millisecond has passed. */
bool hil_bridge_poll(hil_bridge_t *bridge);

#endif
