// Messages of the host: taken in order, kept until the user drops them (SEQ-2 to SEQ-4, CRD-1 to
// CRD-3, FRM-4).
//
//   payload_* ──▶ next free slot (memory outside) ──▶ take_i: it counts ──▶ head_* ──▶ drop_i
`default_nettype none

module hil_receive_window #(
  parameter int Frames = 4
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        clear_i,

  input  wire logic        payload_valid_i, // of a stream frame
  input  wire logic        payload_first_i,
  output      logic        write_o,
  output      logic [$clog2(Frames)-1:0] write_slot_o,

  input  wire logic        take_i,          // it was good, and of the session
  input  wire logic [7:0]  take_number_i,
  input  wire logic [7:0]  take_kind_i,
  input  wire logic [12:0] take_length_i,

  output      logic        head_valid_o,
  output      logic [$clog2(Frames)-1:0] head_slot_o,
  output      logic [7:0]  head_kind_o,
  output      logic [12:0] head_length_o,
  input  wire logic        drop_i,

  output      logic [7:0]  expected_o,
  output      logic [7:0]  grant_o,
  input  wire logic        granted_i,       // a frame with these two begins

  output      logic        ack_due_o,
  output      logic        nak_due_o,
  output      logic        repetition_o,
  output      logic        unknown_o        // a kind that is taken and dropped
);
  localparam int SlotBits = $clog2(Frames);

  logic [SlotBits-1:0] start_d, start_q;
  logic [SlotBits:0] count_d, count_q;
  logic [7:0] expected_d, expected_q;
  logic [7:0] granted_d, granted_q; // the last grant that was sent
  logic gap_d, gap_q;               // NAK was due since the last frame taken
  logic room_d, room_q;             // there was room when the payload began
  logic [8*Frames-1:0] kinds_q;
  logic [13*Frames-1:0] lengths_q;
  logic has_room, is_next, is_known, store;

  assign has_room = count_q != (SlotBits + 1)'(Frames);
  assign room_d = payload_valid_i && payload_first_i ? has_room : room_q;
  assign write_o = payload_valid_i && room_d;
  assign write_slot_o = start_q + count_q[SlotBits-1:0];

  assign head_valid_o = count_q != '0;
  assign head_slot_o = start_q;
  assign head_kind_o = kinds_q[8*start_q +: 8];
  assign head_length_o = lengths_q[13*start_q +: 13];
  assign expected_o = expected_q;
  assign grant_o = expected_q + 8'(Frames) - 8'(count_q);

  // An empty payload was never begun: it needs the room of now.
  assign is_next = take_number_i == expected_q && has_room && (room_q || take_length_i == '0);
  assign is_known = take_kind_i <= hil_link_pkg::Echoed;
  assign store = take_i && is_next && is_known;

  always_comb begin
    ack_due_o = 1'b0;
    nak_due_o = 1'b0;
    repetition_o = 1'b0;
    unknown_o = 1'b0;
    gap_d = gap_q;
    expected_d = expected_q;
    if (take_i) begin
      if (is_next) begin
        ack_due_o = 1'b1;
        unknown_o = !is_known;
        gap_d = 1'b0;
        expected_d = expected_q + 8'd1;
      end else if (hil_link_pkg::is_ahead(expected_q, take_number_i)) begin
        ack_due_o = 1'b1;
        repetition_o = 1'b1;
      end else if (!gap_q) begin
        nak_due_o = 1'b1;
        gap_d = 1'b1;
      end
    end
    if (drop_i && !hil_link_pkg::is_ahead(granted_q, expected_q)) ack_due_o = 1'b1;
    if (clear_i) begin
      gap_d = 1'b0;
      expected_d = '0;
    end
  end

  always_comb begin
    start_d = start_q + SlotBits'(drop_i);
    count_d = count_q + (SlotBits + 1)'(store) - (SlotBits + 1)'(drop_i);
    granted_d = granted_i ? grant_o : granted_q;
    if (clear_i) begin
      start_d = '0;
      count_d = '0;
      granted_d = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (store) begin
      kinds_q[8*write_slot_o +: 8] <= take_kind_i;
      lengths_q[13*write_slot_o +: 13] <= take_length_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= '0;
      count_q <= '0;
      expected_q <= '0;
      granted_q <= '0;
      gap_q <= 1'b0;
      room_q <= 1'b0;
    end else begin
      start_q <= start_d;
      count_q <= count_d;
      expected_q <= expected_d;
      granted_q <= granted_d;
      gap_q <= gap_d;
      room_q <= room_d;
    end
  end
endmodule
