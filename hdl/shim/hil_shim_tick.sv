// One tick in each millisecond, out of the clock.
`default_nettype none

module hil_shim_tick #(
  parameter int ClockHz = 24000000
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  output      logic tick_o
);
  localparam int Cycles = ClockHz / 1000;
  localparam int Bits = $clog2(Cycles);

  logic [Bits-1:0] left_d, left_q;

  assign tick_o = left_q == '0;
  assign left_d = tick_o ? Bits'(Cycles - 1) : left_q - Bits'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else left_q <= left_d;
  end
endmodule
