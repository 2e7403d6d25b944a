// Arty A7: shim and reference device behind the USB-UART, 3 Mbaud. The MMCM makes 25 MHz of the
// board's 100; the device's clock is at most a third of that. Not tried on a board: hdl/boards/README.md.
`default_nettype none

module hil_arty_top (
  input  wire logic       clk_100mhz_i,
  input  wire logic       reset_ni,
  input  wire logic       uart_rxd_i,
  output      logic       uart_txd_o,
  output      logic [3:0] led_o
);
  logic clk, clk_mmcm, feedback, locked, tick, confirmed, idle;
  logic [3:0] reset_q;

  MMCME2_BASE #(
    .CLKIN1_PERIOD(10.0),
    .CLKFBOUT_MULT_F(10.0),
    .CLKOUT0_DIVIDE_F(40.0)
  ) u_mmcm (
    .CLKIN1(clk_100mhz_i),
    .CLKFBIN(feedback),
    .CLKFBOUT(feedback),
    .CLKOUT0(clk_mmcm),
    .LOCKED(locked),
    .PWRDWN(1'b0),
    .RST(!reset_ni)
  );

  BUFG u_clk (
    .I(clk_mmcm),
    .O(clk)
  );

  always_ff @(posedge clk or negedge locked) begin
    if (!locked) reset_q <= '0;
    else reset_q <= {reset_q[2:0], 1'b1};
  end

  hil_shim_tick #(
    .ClockHz(25000000)
  ) u_tick (
    .clk_i(clk),
    .rst_ni(reset_q[3]),
    .tick_o(tick)
  );

  // The parameters of size=small (docs/exerciser.md).
  hil_uart_board #(
    .ClockHz(25000000),
    .Baud(3000000),
    .Ways(1),
    .EntriesPerWay(8),
    .MicroTlbEntries(0),
    .QueueDepth0(32),
    .QueueDepth1(0)
  ) u_board (
    .clk_i(clk),
    .rst_ni(reset_q[3]),
    .tick_i(tick),
    .rxd_i(uart_rxd_i),
    .txd_o(uart_txd_o),
    .confirmed_o(confirmed),
    .idle_o(idle)
  );

  assign led_o = {1'b0, !idle, confirmed, 1'b1};
endmodule
