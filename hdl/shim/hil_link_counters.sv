// The eight counters of COUNTERS, in its order: frames taken, broken frames, NAKs sent, frames sent
// again, repetitions dropped, foreign sessions, TLPs dropped, malformed messages. The byte at offset_i
// shows in the next cycle.
`default_nettype none

module hil_link_counters #(
  parameter int Bits = 32 // of each; the rest reads 0
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic [7:0]  count_i, // bit i: counter i goes on

  input  wire logic [4:0]  offset_i,
  output      logic [7:0]  data_o
);
  logic [8*Bits-1:0] counters_d, counters_q;
  logic [31:0] word;
  logic [7:0] data_q;

  always_comb begin
    for (int i = 0; i < 8; i++) begin
      counters_d[Bits*i +: Bits] = counters_q[Bits*i +: Bits] + Bits'(count_i[i]);
    end
  end

  always_comb begin
    word = '0;
    for (int i = 0; i < 8; i++) begin
      if (offset_i[4:2] == 3'(i)) word = 32'(counters_q[Bits*i +: Bits]);
    end
  end
  assign data_o = data_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      counters_q <= '0;
      data_q <= '0;
    end else begin
      counters_q <= counters_d;
      data_q <= word[8*offset_i[1:0] +: 8];
    end
  end
endmodule
