// The shim behind a UART.
//
//   rxd_i ──▶ uart_rx ──▶ shim ◀──▶ device_*, rx_*, tx_*
//   txd_o ◀── uart_tx ◀──
//
// tick_i: once in each millisecond (hil_shim_tick, or a simulator).
`default_nettype none

module hil_uart_shim #(
  parameter int ClockHz = 24000000,
  parameter int Baud = 3000000,
  parameter int LongestPayload = 544,
  parameter int SlotBytes = 1024,
  parameter int CounterBits = 32,
  parameter int CycleBits = 56,
  parameter int TextBytes = 3,
  parameter logic [8*TextBytes-1:0] Text = '0
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         tick_i,

  input  wire logic         rxd_i,
  output      logic         txd_o,

  output      logic         device_clk_o,
  output      logic         device_rst_no,
  input  wire logic         device_idle_i,

  output      logic         rx_valid_o,
  input  wire logic         rx_ready_i,
  output      logic [127:0] rx_data_o,
  output      logic [2:0]   rx_count_o,
  output      logic         rx_last_o,

  input  wire logic         tx_valid_i,
  input  wire logic [127:0] tx_data_i,
  input  wire logic [2:0]   tx_count_i,
  input  wire logic         tx_last_i,

  output      logic         confirmed_o,
  output      logic         idle_o
);
  // Rounded: the error is at most 1/32 of a clock cycle in a bit.
  localparam int BitSixteenths = ClockHz / Baud * 16 + ((ClockHz % Baud) * 32 / Baud + 1) / 2;
  // Twice the time of four frames, and 5 ms (SEQ-8).
  localparam int ResendTicks = 6 + 2 * 4 * (LongestPayload + 32) * 10000 / Baud;

  logic in_valid, in_ready, out_valid, out_ready;
  logic [7:0] in_data, out_data;
  logic rx_idle, tx_idle, shim_idle;

  hil_uart_rx #(
    .BitSixteenths(BitSixteenths)
  ) u_rx (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .rxd_i(rxd_i),
    .out_valid_o(in_valid),
    .out_ready_i(in_ready),
    .out_data_o(in_data),
    .idle_o(rx_idle)
  );

  hil_uart_tx #(
    .BitSixteenths(BitSixteenths)
  ) u_tx (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(out_valid),
    .in_ready_o(out_ready),
    .in_data_i(out_data),
    .txd_o(txd_o),
    .idle_o(tx_idle)
  );

  hil_shim #(
    .LongestPayload(LongestPayload),
    .SlotBytes(SlotBytes),
    .ResendTicks(ResendTicks),
    .CounterBits(CounterBits),
    .CycleBits(CycleBits),
    .TextBytes(TextBytes),
    .Text(Text)
  ) u_shim (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .in_valid_i(in_valid),
    .in_ready_o(in_ready),
    .in_data_i(in_data),
    .out_valid_o(out_valid),
    .out_ready_i(out_ready),
    .out_data_o(out_data),
    .device_clk_o(device_clk_o),
    .device_rst_no(device_rst_no),
    .device_idle_i(device_idle_i),
    .rx_valid_o(rx_valid_o),
    .rx_ready_i(rx_ready_i),
    .rx_data_o(rx_data_o),
    .rx_count_o(rx_count_o),
    .rx_last_o(rx_last_o),
    .tx_valid_i(tx_valid_i),
    .tx_data_i(tx_data_i),
    .tx_count_i(tx_count_i),
    .tx_last_i(tx_last_i),
    .confirmed_o(confirmed_o),
    .idle_o(shim_idle)
  );

  assign idle_o = rx_idle && tx_idle && !out_valid && shim_idle;
endmodule
