// ULX3S with LFE5U-85F: shim and reference device behind the FTDI chip's UART, 3 Mbaud. The 25 MHz
// clock is used as it is; the device's clock is at most a third of it. Button "pwr" is the reset.
`default_nettype none

module hil_ulx3s_top (
  input  wire logic       clk_25mhz_i,
  input  wire logic       button_pwr_ni,
  input  wire logic       uart_rxd_i, // ftdi_txd
  output      logic       uart_txd_o, // ftdi_rxd
  output      logic [7:0] led_o
);
  logic tick, confirmed, idle;
  logic [3:0] reset_q = '0;

  always_ff @(posedge clk_25mhz_i) begin
    reset_q <= button_pwr_ni ? {reset_q[2:0], 1'b1} : '0;
  end

  hil_shim_tick #(
    .ClockHz(25000000)
  ) u_tick (
    .clk_i(clk_25mhz_i),
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
    .clk_i(clk_25mhz_i),
    .rst_ni(reset_q[3]),
    .tick_i(tick),
    .rxd_i(uart_rxd_i),
    .txd_o(uart_txd_o),
    .confirmed_o(confirmed),
    .idle_o(idle)
  );

  assign led_o = {5'd0, !idle, confirmed, 1'b1};
endmodule
