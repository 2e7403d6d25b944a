// Page Requests of the slots (PRI), their responses, and Stop Markers, for both functions.
//
//   note_* (each Translation Request) ──▶ [ page, context, ... of each slot ]
//   ask_i (it brought no access) ──▶ want ──▶ Send: one or two Page Requests, a group ──▶ tx_*
//                                              ▼
//   response_* ──▶ check ──▶ granted_o, refused_o, failed_o      out: until it is answered
//   stop_* ──▶ Stop Marker, behind the group that is being sent
//
// The slot's number is the PRG index. A group whose operation is over stays out until it is answered: until then
// the slot sends no other. A group that has begun is sent whole, before the answer to whatever
// switches PRI off (hil_tx).
`default_nettype none
`include "hil_macros.svh"

module hil_page_requests (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT

  input  wire logic [12:0]  bus_device_i,

  // Of function 0 and 1.
  input  wire logic [1:0]   master_enable_i, // no Page Request is sent without
  input  wire logic [1:0]   marker_enable_i, // no Stop Marker is sent without
  input  wire logic [1:0]   enable_i,
  input  wire logic [1:0]   reset_i,
  input  wire logic [63:0]  allocation_i,
  output      logic [1:0]   failure_o,
  output      logic [1:0]   unexpected_o,
  output      logic [1:0]   out_o,

  input  wire logic         note_i,
  input  wire logic [2:0]   note_slot_i,
  input  wire logic         note_function_i,
  input  wire logic [51:0]  note_page_i,
  input  wire logic         note_two_i,    // the next page is asked for, too
  input  wire logic [22:0]  note_prefix_i, // {has a PASID, PMR, ER, PASID}
  input  wire logic [1:0]   note_access_i, // {W, R} needed
  input  wire logic [2:0]   note_class_i,

  input  wire logic         ask_i,
  input  wire logic [2:0]   ask_slot_i,
  input  wire logic [7:0]   drop_i,        // slots whose operation waits no longer
  output      logic [7:0]   granted_o,
  output      logic [7:0]   refused_o,     // Invalid Request
  output      logic [7:0]   failed_o,

  input  wire logic         response_valid_i,
  input  wire logic [127:0] response_header_i,

  input  wire logic         stop_i,        // taken only when stopping_o is 0
  input  wire logic         stop_function_i,
  input  wire logic [19:0]  stop_pasid_i,
  output      logic         stopping_o,

  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,

  output      logic         idle_o
);
  typedef enum logic [1:0] {
    Idle,
    Send,
    Marker
  } state_e;

  // Of each slot.
  logic [7:0] want_d, want_q;         // a group is to be sent
  logic [7:0] out_d, out_q;           // a group waits for its response
  logic [7:0] live_d, live_q;         // and its operation for it
  logic [7:0] double_d, double_q;     // of two pages
  logic [7:0] function_d, function_q; // of the group that is out or to be sent
  logic [79:0] request_q [8];         // {class, access, prefix, page}
  logic [79:0] sending_q;             // of the group that is sent

  logic [1:0] failed_d, failed_q;     // Response Failure: nothing is sent until PRI is enabled anew

  state_e state_d, state_q;
  logic [2:0] slot_d, slot_q;         // of the group that is sent, or was sent last
  logic second_page_d, second_page_q;
  logic second_beat_d, second_beat_q;
  logic stopping_d, stopping_q;
  logic [20:0] stop_d, stop_q;        // {function, PASID}
  logic [7:0] note_two_d, note_two_q;
  logic [7:0] note_function_d, note_function_q;

  // ---- Which group may go: each function has as many pages out as it has.
  logic [1:0] room_one, room_two, usable, single;
  logic [4:0] pages;
  logic [31:0] allocation;
  always_comb begin
    room_one = '0;
    room_two = '0;
    usable = '0;
    single = '0;
    pages = '0;
    allocation = '0;
    if (want_q != '0) begin
      for (int f = 0; f < 2; f++) begin
        pages = '0;
        for (int i = 0; i < 8; i++) begin
          if (out_q[i] && function_q[i] == (f != 0)) begin
            pages = pages + (double_q[i] ? 5'd2 : 5'd1);
          end
        end
        allocation = allocation_i[32*f +: 32];
        usable[f] = enable_i[f] && !failed_q[f] && allocation != '0;
        single[f] = allocation == 32'd1;
        room_one[f] = 32'(pages) + 32'd1 <= allocation || `fault_is(M69);
        room_two[f] = 32'(pages) + 32'd2 <= allocation || `fault_is(M69);
      end
    end
  end

  logic [7:0] ready, cut;
  logic [2:0] turn, pick;
  logic which;
  always_comb begin
    ready = '0;
    cut = '0;
    turn = '0;
    pick = slot_q;
    which = 1'b0;
    if (want_q != '0 && state_q == Idle && !stopping_q) begin
      for (int i = 0; i < 8; i++) begin
        which = note_function_q[i];
        cut[i] = note_two_q[i] && !single[which];
        ready[i] = want_q[i] && master_enable_i[which] && (!usable[which] ||
                                 (!out_q[i] && (cut[i] ? room_two[which] : room_one[which])));
      end
      for (int i = 7; i >= 0; i--) begin
        turn = slot_q + 3'd1 + 3'(i);
        if (ready[turn]) pick = turn;
      end
    end
  end

  logic begins, hopeless;
  assign begins = ready != '0 && usable[note_function_q[pick]];
  assign hopeless = ready != '0 && !usable[note_function_q[pick]];

  // ---- What is sent.
  logic [79:0] request;
  logic [51:0] page;
  logic with_prefix, last_page, function_now;
  logic [31:0] dw3;
  logic [159:0] tlp;
  always_comb begin
    request = '0;
    page = '0;
    with_prefix = 1'b0;
    last_page = 1'b0;
    function_now = 1'b0;
    dw3 = '0;
    tlp = '0;
    tx_valid_o = state_q != Idle;
    tx_data_o = '0;
    tx_count_o = '0;
    tx_last_o = 1'b0;
    if (tx_valid_o) begin
      last_page = 1'b1;
      if (state_q == Marker) begin
        request[74:52] = {3'b100, stop_q[19:0]};
        function_now = stop_q[20];
        dw3 = 32'h4;
      end else begin
        request = sending_q;
        page = request[51:0] + 52'(second_page_q);
        last_page = second_page_q || !double_q[slot_q];
        function_now = function_q[slot_q];
        dw3 = {page[19:0], 6'd0, slot_q, last_page, request[76:75]};
      end
      with_prefix = request[74];
      tlp = {hil_tlp_pkg::MsgToRoot, 1'b0, request[79:77], 20'd0,
             bus_device_i, 2'b00, function_now, 8'd0, hil_tlp_pkg::PageRequest,
             page[51:20], dw3, 32'd0};
      if (with_prefix) tlp = {hil_tlp_pkg::PasidPrefix, 2'b00, request[73:52], tlp[159:32]};
      tx_data_o = second_beat_q ? {tlp[31:0], 96'd0} : tlp[159:32];
      tx_count_o = second_beat_q ? 3'd1 : 3'd4;
      tx_last_o = second_beat_q || !with_prefix;
    end
  end

  // ---- The response.
  logic answered, fails, in_progress;
  logic [2:0] slot;
  logic from;
  always_comb begin
    slot = response_header_i[34:32];
    from = response_header_i[48];
    in_progress = state_q == Send && slot == slot_q;
    answered = response_valid_i && response_header_i[40:35] == '0 && out_q[slot] &&
               function_q[slot] == from && !in_progress;
    fails = answered && response_header_i[47:45] != '0 && !failed_q[from];
    unexpected_o = '0;
    failure_o = '0;
    granted_o = '0;
    refused_o = '0;
    failed_o = '0;
    if (response_valid_i && !answered) unexpected_o[from] = 1'b1;
    if (answered && live_q[slot]) begin
      granted_o[slot] = response_header_i[47:44] == 4'd0;
      refused_o[slot] = response_header_i[47:44] == 4'd1;
    end
    if (fails) begin
      failure_o[from] = 1'b1;
      failed_o = live_q & ~(function_q ^ {8{from}}); // nobody waits for a failed interface
    end
    for (int i = 0; i < 8; i++) begin
      if (live_q[i] && reset_i[function_q[i]]) failed_o[i] = 1'b1;
    end
    if (hopeless) failed_o[pick] = 1'b1;
  end

  always_comb begin
    failed_d = failed_q;
    if (fails && !`fault_is(M71)) failed_d[from] = 1'b1;
    failed_d = failed_d & enable_i;

    want_d = want_q;
    out_d = out_q;
    live_d = live_q & ~failed_o;
    double_d = double_q;
    function_d = function_q;
    note_two_d = note_two_q;
    note_function_d = note_function_q;
    if (note_i) begin
      note_two_d[note_slot_i] = note_two_i;
      note_function_d[note_slot_i] = note_function_i;
    end
    if (answered) begin
      out_d[slot] = 1'b0;
      live_d[slot] = 1'b0;
    end
    for (int i = 0; i < 8; i++) begin
      if (reset_i[function_q[i]]) out_d[i] = 1'b0;
    end
    if (begins || hopeless) want_d[pick] = 1'b0;
    if (begins) begin
      out_d[pick] = 1'b1;
      live_d[pick] = 1'b1;
      double_d[pick] = cut[pick];
      function_d[pick] = note_function_q[pick];
    end
    if (ask_i) want_d[ask_slot_i] = 1'b1;
    want_d = want_d & ~drop_i;
    live_d = live_d & ~drop_i;
  end

  always_comb begin
    state_d = state_q;
    slot_d = slot_q;
    second_page_d = second_page_q;
    second_beat_d = second_beat_q;
    stopping_d = stopping_q;
    stop_d = stop_q;
    unique case (state_q)
      Idle: begin
        second_page_d = 1'b0;
        second_beat_d = 1'b0;
        if (stopping_q) begin
          state_d = Marker;
          if (!enable_i[stop_q[20]] || !marker_enable_i[stop_q[20]] || failed_q[stop_q[20]]) begin
            state_d = Idle;
            stopping_d = 1'b0;
          end
        end else if (begins) begin
          state_d = Send;
          slot_d = pick;
        end
      end
      default: begin
        if (tx_ready_i) begin
          second_beat_d = !tx_last_o;
          if (tx_last_o) begin
            second_page_d = 1'b1;
            if (last_page) begin
              state_d = Idle;
              if (state_q == Marker) stopping_d = 1'b0;
            end
          end
        end
      end
    endcase
    if (stop_i) begin
      stopping_d = 1'b1;
      stop_d = {stop_function_i, stop_pasid_i};
    end
  end

  always_comb begin
    out_o = '0;
    for (int i = 0; i < 8; i++) begin
      if (out_q[i]) out_o[function_q[i]] = 1'b1;
    end
  end
  assign stopping_o = stopping_q;
  assign idle_o = state_q == Idle && !stopping_q && ready == '0;

  always_ff @(posedge clk_i) begin
    if (note_i) begin
      request_q[note_slot_i] <= {note_class_i, note_access_i, note_prefix_i, note_page_i};
    end
    if (begins) sending_q <= request_q[pick];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      want_q <= '0;
      out_q <= '0;
      live_q <= '0;
      double_q <= '0;
      function_q <= '0;
      note_two_q <= '0;
      note_function_q <= '0;
      failed_q <= '0;
      state_q <= Idle;
      slot_q <= 3'd7;
      second_page_q <= 1'b0;
      second_beat_q <= 1'b0;
      stopping_q <= 1'b0;
      stop_q <= '0;
    end else begin
      want_q <= want_d;
      out_q <= out_d;
      live_q <= live_d;
      double_q <= double_d;
      function_q <= function_d;
      note_two_q <= note_two_d;
      note_function_q <= note_function_d;
      failed_q <= failed_d;
      state_q <= state_d;
      slot_q <= slot_d;
      second_page_q <= second_page_d;
      second_beat_q <= second_beat_d;
      stopping_q <= stopping_d;
      stop_q <= stop_d;
    end
  end

  `HIL_ASSERT(OneMarkerAtATime, !stop_i || !stopping_q)
  `HIL_ASSERT(OneGroupForEachSlot, !begins || !out_q[pick])
  `HIL_ASSERT(WaitsForWhatIsOut, (live_q & ~out_q) == '0)
endmodule
