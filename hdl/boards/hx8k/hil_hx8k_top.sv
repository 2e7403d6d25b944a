// iCE40-HX8K breakout board: the shim behind the FTDI chip's UART, 3 Mbaud. The reference device does
// not fit (docs/shim.md); in its place stands a device that sends back each TLP.
//
// 12 MHz, doubled twice by the PLL: 24 MHz for the shim. Reset: until the PLL is locked.
`default_nettype none

module hil_hx8k_top (
  input  wire logic       clk_12mhz_i,
  input  wire logic       uart_rxd_i, // from the FTDI chip
  output      logic       uart_txd_o,
  output      logic [7:0] led_o
);
  logic clk, locked, tick, confirmed, idle;
  logic [3:0] reset_q;

  SB_PLL40_CORE #(
    .FEEDBACK_PATH("SIMPLE"),
    .DIVR(4'd0),
    .DIVF(7'd63),
    .DIVQ(3'd5),
    .FILTER_RANGE(3'd1)
  ) u_pll (
    .REFERENCECLK(clk_12mhz_i),
    .PLLOUTGLOBAL(clk),
    .LOCK(locked),
    .RESETB(1'b1),
    .BYPASS(1'b0)
  );

  always_ff @(posedge clk or negedge locked) begin
    if (!locked) reset_q <= '0;
    else reset_q <= {reset_q[2:0], 1'b1};
  end

  hil_shim_tick #(
    .ClockHz(24000000)
  ) u_tick (
    .clk_i(clk),
    .rst_ni(reset_q[3]),
    .tick_o(tick)
  );

  hil_loop_board #(
    .ClockHz(24000000),
    .Baud(3000000),
    .LongestPayload(544),
    .SlotBytes(1024),
    .CounterBits(16),
    .CycleBits(48)
  ) u_board (
    .clk_i(clk),
    .rst_ni(reset_q[3]),
    .tick_i(tick),
    .rxd_i(uart_rxd_i),
    .txd_o(uart_txd_o),
    .confirmed_o(confirmed),
    .idle_o(idle)
  );

  assign led_o = {5'd0, !idle, confirmed, 1'b1};
endmodule
