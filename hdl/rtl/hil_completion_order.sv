// Puts Invalidate Completions together or out of order, when CONTROL says so; else they pass.
//
//   in_* ──▶ Collect: the completions of one request, one for each class, are a record
//              └─▶ Gather: joins the record before it (same function, agent and classes)
//                    └─▶ Hold: until the next record was sent, or for 64 cycles
//                          └─▶ Send: one completion for each class ──▶ out_*
//
// A record only gets later, so what its completions have to follow on the wire stays in front of them.
`default_nettype none
`include "hil_macros.svh"

module hil_completion_order (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         gather_i,
  input  wire logic         reorder_i,
  input  wire logic [1:0]   forget_i,  // completions of the function

  input  wire logic         in_valid_i,
  output      logic         in_ready_o,
  input  wire logic [127:0] in_data_i,
  input  wire logic         in_last_i, // of its request
  input  wire logic         in_soon_i, // a request is in work, and waits for nothing

  output      logic         out_valid_o,
  input  wire logic         out_ready_i,
  output      logic [127:0] out_data_o,

  output      logic         idle_o
);
  // {classes, Requester ID, agent, Completion Count, ITag vector}
  localparam int Width = 8 + 16 + 16 + 3 + 32;
  localparam int Classes = 67;
  localparam int Function = 51;
  localparam logic [6:0] HoldCycles = 7'd64;

  // A record that is being collected, collected, gathered, held, sent.
  logic collecting_d, collecting_q;
  logic whole_d, whole_q;
  logic gathered_d, gathered_q;
  logic held_d, held_q;
  logic sending_d, sending_q;
  logic [Width-1:0] new_d, new_q;
  logic [Width-1:0] gather_d, gather_q;
  logic [Width-1:0] hold_d, hold_q;
  logic [Width-1:0] send_d, send_q;
  logic next_d, next_q; // what is held goes next
  logic [6:0] left_d, left_q;

  logic passes, joins, order_ready, to_order;
  logic [Width-1:0] record;
  logic [2:0] lowest;
  logic [7:0] rest;

  assign passes = !gather_i && !reorder_i && idle_o;

  always_comb begin
    lowest = '0;
    for (int i = 7; i >= 0; i--) begin
      if (send_q[Classes + i]) lowest = 3'(i);
    end
    rest = send_q[Classes +: 8] & (send_q[Classes +: 8] - 8'd1);
    out_valid_o = passes ? in_valid_i : sending_q;
    out_data_o = passes ? in_data_i :
                 {hil_tlp_pkg::MsgById, 1'b0, lowest, 20'd0,
                  send_q[66:51], 8'd0, hil_tlp_pkg::InvalidateCompletion,
                  send_q[50:35], 13'd0, send_q[34:32], send_q[31:0]};
  end
  assign in_ready_o = passes ? out_ready_i : !whole_q;

  // What goes from Gather to Hold and Send.
  always_comb begin
    joins = gathered_q && whole_q && new_q[Width-1:32] == gather_q[Width-1:32] &&
            (new_q[31:0] & gather_q[31:0]) == '0;
    order_ready = !sending_q && !(held_q && (next_q || left_q == '0));
    record = gathered_q ? gather_q : new_q;
    to_order = order_ready && !joins &&
               (gathered_q ? whole_q || !gather_i || (!collecting_q && !in_soon_i) :
                             whole_q && !gather_i);
  end

  always_comb begin
    collecting_d = collecting_q;
    whole_d = whole_q;
    gathered_d = gathered_q;
    held_d = held_q;
    sending_d = sending_q;
    new_d = new_q;
    gather_d = gather_q;
    hold_d = hold_q;
    send_d = send_q;
    next_d = next_q;
    left_d = left_q;
    if (held_q && left_q != '0) left_d = left_q - 7'd1;

    if (sending_q && out_ready_i) begin
      send_d[Classes +: 8] = rest;
      sending_d = rest != '0;
    end

    // Hold and Send.
    if (to_order) begin
      if (reorder_i && !held_q) begin
        held_d = 1'b1;
        hold_d = record;
        left_d = HoldCycles;
      end else begin
        sending_d = 1'b1;
        send_d = record;
        next_d = held_q;
      end
      gathered_d = 1'b0;
      if (!gathered_q) whole_d = 1'b0;
    end else if (!sending_q && held_q && (next_q || left_q == '0 || !reorder_i)) begin
      sending_d = 1'b1;
      send_d = hold_q;
      held_d = 1'b0;
      next_d = 1'b0;
    end

    // Gather.
    if (joins) begin
      gather_d[31:0] = gather_q[31:0] | new_q[31:0];
      whole_d = 1'b0;
    end else if (whole_q && gather_i && !gathered_q) begin
      gather_d = new_q;
      gathered_d = 1'b1;
      whole_d = 1'b0;
    end

    // Collect.
    if (in_valid_i && in_ready_o && !passes) begin
      new_d = {collecting_q ? new_q[Classes +: 8] : 8'd0, in_data_i[95:80], in_data_i[63:48],
               in_data_i[34:0]};
      new_d[Classes + 32'(in_data_i[118:116])] = 1'b1;
      collecting_d = !in_last_i;
      whole_d = in_last_i;
    end

    if (forget_i != '0) begin
      if (forget_i[new_q[Function]]) begin
        if (!(in_valid_i && in_ready_o)) collecting_d = 1'b0;
        whole_d = 1'b0;
      end
      if (in_valid_i && forget_i[in_data_i[80]]) begin
        collecting_d = 1'b0;
        whole_d = 1'b0;
      end
      if (forget_i[gather_d[Function]]) gathered_d = 1'b0;
      if (forget_i[hold_d[Function]]) begin
        held_d = 1'b0;
        next_d = 1'b0;
      end
      if (forget_i[send_d[Function]]) sending_d = 1'b0;
    end
  end

  assign idle_o = !(collecting_q || whole_q || gathered_q || held_q || sending_q);

  always_ff @(posedge clk_i) begin
    new_q <= new_d;
    gather_q <= gather_d;
    hold_q <= hold_d;
    send_q <= send_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      collecting_q <= 1'b0;
      whole_q <= 1'b0;
      gathered_q <= 1'b0;
      held_q <= 1'b0;
      sending_q <= 1'b0;
      next_q <= 1'b0;
      left_q <= '0;
    end else begin
      collecting_q <= collecting_d;
      whole_q <= whole_d;
      gathered_q <= gathered_d;
      held_q <= held_d;
      sending_q <= sending_d;
      next_q <= next_d;
      left_q <= left_d;
    end
  end

  `HIL_ASSERT(SendsAtLeastOne, !sending_q || send_q[Classes +: 8] != '0)
endmodule
