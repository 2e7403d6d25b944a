// Reads in flight (three for each slot), what they brought, and which of them an invalidation has
// to wait for.
//
//   alloc_* ──▶ [ DWs left, wanted of each tag ] ◀── data_* (a completion, checked in one cycle)
//                   marked by mark_i until their data is there ──▶ draining_o
//
// Bit 8 * lane + slot of a flat vector stands for the read with tag 8 + 3 * slot + lane.
`default_nettype none
`include "hil_macros.svh"

module hil_read_tracker (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT

  input  wire logic [7:0]   function_i,         // of each slot's operation
  input  wire logic [1:0]   forget_i,           // reads of the function: their data is dropped

  input  wire logic         start_i,
  input  wire logic [2:0]   start_slot_i,

  input  wire logic         alloc_i,
  input  wire logic [2:0]   alloc_slot_i,
  input  wire logic [7:0]   alloc_length_i,     // DWs
  input  wire logic [1:0]   alloc_wants_i,      // brings {DW 0, DW 1} of the operation
  input  wire logic         alloc_translated_i,
  input  wire logic         alloc_second_i,     // lies in the second page of the operation
  output      logic [7:0]   alloc_tag_o,
  output      logic [7:0]   full_o,
  output      logic [7:0]   pending_o,

  input  wire logic         data_valid_i,
  input  wire logic [127:0] data_header_i,
  input  wire logic [63:0]  data_first_i,       // DW 0 and 1 of the payload
  input  wire logic [31:0]  data_sum_i,
  output      logic         error_o,
  output      logic [2:0]   error_slot_o,

  input  wire logic         mark_i,
  input  wire logic [7:0]   mark_first_i,       // slots whose first page matches
  input  wire logic [7:0]   mark_second_i,
  output      logic         draining_o,

  input  wire logic         bar_read_i,
  input  wire logic [2:0]   bar_slot_i,
  output      logic [111:0] bar_result_o,       // {DWs, DATA_LO, DATA_HI, DIGEST}
  input  wire logic         record_read_i,
  input  wire logic [2:0]   record_slot_i,
  output      logic [111:0] record_result_o
);
  logic [23:0] pending_d, pending_q;
  logic [23:0] translated_d, translated_q;
  logic [23:0] second_d, second_q;
  logic [23:0] marked_d, marked_q;
  logic [7:0] left_q [24];
  logic [1:0] wants_q [24];

  logic [15:0] dws_q [8];
  logic [31:0] low_q [8];
  logic [31:0] high_q [8];
  logic [31:0] digest_q [8];

  // Where the next read of alloc_slot_i goes.
  logic [1:0] alloc_lane;
  logic [4:0] alloc_bit;
  always_comb begin
    alloc_lane = 2'd2;
    if (!pending_q[5'd8 + 5'(alloc_slot_i)]) alloc_lane = 2'd1;
    if (!pending_q[5'(alloc_slot_i)]) alloc_lane = 2'd0;
    alloc_bit = {alloc_lane, alloc_slot_i};
    alloc_tag_o = 8'd8 + 8'(alloc_slot_i) * 8'd3 + 8'(alloc_lane);
  end

  // Whose data this is, and whether it is as it should be.
  logic [7:0] number, product;
  logic [2:0] slot;
  logic [4:0] data_bit;
  logic [9:0] length;
  logic [7:0] left;
  logic [1:0] wants;
  logic hit, sound;
  always_comb begin
    number = '0;
    product = '0;
    slot = '0;
    data_bit = '0;
    length = data_header_i[105:96];
    left = '0;
    wants = '0;
    hit = 1'b0;
    sound = 1'b0;
    if (data_valid_i) begin
      number = data_header_i[47:40] - 8'd8;
      product = number * 8'd11; // number / 3 is number * 11 / 32 up to 31
      slot = product[7:5];
      data_bit = {2'(number - 8'(slot) * 8'd3), slot};
      left = left_q[data_bit];
      wants = wants_q[data_bit];
      hit = pending_q[data_bit] && function_i[slot] == data_header_i[48];
      sound = data_header_i[126] && data_header_i[79:77] == hil_tlp_pkg::Success &&
              !data_header_i[110] && length != '0 && length <= {2'b00, left} &&
              data_header_i[75:64] == {2'b00, left, 2'b00};
    end
    error_o = hit && !sound && !forget_i[function_i[slot]];
    error_slot_o = slot;
  end

  always_comb begin
    pending_d = pending_q;
    translated_d = translated_q;
    second_d = second_q;
    marked_d = marked_q;
    if (alloc_i) begin
      pending_d[alloc_bit] = 1'b1;
      translated_d[alloc_bit] = alloc_translated_i;
      second_d[alloc_bit] = alloc_second_i;
    end
    if (mark_i) begin
      marked_d = pending_q & translated_q &
                 ((second_q & {3{mark_second_i}}) | (~second_q & {3{mark_first_i}}));
    end
    if (`fault_is(M33) && alloc_i && alloc_translated_i && marked_q != '0) begin
      marked_d[alloc_bit] = 1'b1;
    end
    if (hit && (!sound || length[7:0] == left)) begin
      pending_d[data_bit] = 1'b0;
      marked_d[data_bit] = 1'b0;
    end
    if (forget_i != '0) begin
      for (int i = 0; i < 24; i++) begin
        if (forget_i[function_i[i % 8]]) begin
          pending_d[i] = 1'b0;
          marked_d[i] = 1'b0;
        end
      end
    end
  end

  assign full_o = pending_q[7:0] & pending_q[15:8] & pending_q[23:16];
  assign pending_o = pending_q[7:0] | pending_q[15:8] | pending_q[23:16];
  assign draining_o = marked_q != '0;

  always_comb begin
    bar_result_o = '0;
    record_result_o = '0;
    if (bar_read_i) begin
      bar_result_o = {dws_q[bar_slot_i], low_q[bar_slot_i], high_q[bar_slot_i],
                      digest_q[bar_slot_i]};
    end
    if (record_read_i) begin
      record_result_o = {dws_q[record_slot_i], low_q[record_slot_i], high_q[record_slot_i],
                         digest_q[record_slot_i]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (alloc_i) begin
      left_q[alloc_bit] <= alloc_length_i;
      wants_q[alloc_bit] <= alloc_wants_i;
    end
    if (hit && sound) begin
      left_q[data_bit] <= left - length[7:0];
      wants_q[data_bit] <= wants[1] && length == 10'd1 ? 2'b01 : 2'b00;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int i = 0; i < 8; i++) begin
        dws_q[i] <= '0;
        low_q[i] <= '0;
        high_q[i] <= '0;
        digest_q[i] <= '0;
      end
    end else begin
      if (hit && sound) begin
        dws_q[slot] <= dws_q[slot] + 16'(length);
        digest_q[slot] <= digest_q[slot] + data_sum_i;
        if (wants[1]) low_q[slot] <= hil_tlp_pkg::swap(data_first_i[63:32]);
        if (wants[1] && length != 10'd1) high_q[slot] <= hil_tlp_pkg::swap(data_first_i[31:0]);
        if (wants == 2'b01) high_q[slot] <= hil_tlp_pkg::swap(data_first_i[63:32]);
      end
      if (start_i) begin
        dws_q[start_slot_i] <= '0;
        low_q[start_slot_i] <= '0;
        high_q[start_slot_i] <= '0;
        digest_q[start_slot_i] <= '0;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= '0;
      translated_q <= '0;
      second_q <= '0;
      marked_q <= '0;
    end else begin
      pending_q <= pending_d;
      translated_q <= translated_d;
      second_q <= second_d;
      marked_q <= marked_d;
    end
  end

  `HIL_ASSERT(TagIsFree, !alloc_i || !pending_q[alloc_bit])
  `HIL_ASSERT(OneInvalidationAtATime, !mark_i || marked_q == '0)
endmodule
