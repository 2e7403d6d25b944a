// A board without a device of its own: UART, shim, and a device that sends back each TLP. For the
// first light of a board: `hilbench link test` runs on it.
`default_nettype none

module hil_loop_board #(
  parameter int ClockHz = 24000000,
  parameter int Baud = 3000000,
  parameter int LongestPayload = 544,
  parameter int SlotBytes = 1024,
  parameter int CounterBits = 32,
  parameter int CycleBits = 56
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic tick_i,

  input  wire logic rxd_i,
  output      logic txd_o,

  output      logic confirmed_o,
  output      logic idle_o
);
  logic device_clk, device_rst_n, device_idle;
  logic to_valid, to_ready, to_last, from_valid, from_last;
  logic [127:0] to_data, from_data;
  logic [2:0] to_count, from_count;

  hil_uart_shim #(
    .ClockHz(ClockHz),
    .Baud(Baud),
    .LongestPayload(LongestPayload),
    .SlotBytes(SlotBytes),
    .CounterBits(CounterBits),
    .CycleBits(CycleBits),
    .TextBytes(12),
    .Text({"loop", 8'd0, "1", 8'd0, "shim", 8'd0})
  ) u_shim (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .rxd_i(rxd_i),
    .txd_o(txd_o),
    .device_clk_o(device_clk),
    .device_rst_no(device_rst_n),
    .device_idle_i(device_idle),
    .rx_valid_o(to_valid),
    .rx_ready_i(to_ready),
    .rx_data_o(to_data),
    .rx_count_o(to_count),
    .rx_last_o(to_last),
    .tx_valid_i(from_valid),
    .tx_data_i(from_data),
    .tx_count_i(from_count),
    .tx_last_i(from_last),
    .confirmed_o(confirmed_o),
    .idle_o(idle_o)
  );

  hil_loop_device u_device (
    .clk_i(device_clk),
    .rst_ni(device_rst_n),
    .rx_valid_i(to_valid),
    .rx_ready_o(to_ready),
    .rx_data_i(to_data),
    .rx_count_i(to_count),
    .rx_last_i(to_last),
    .tx_valid_o(from_valid),
    .tx_data_o(from_data),
    .tx_count_o(from_count),
    .tx_last_o(from_last),
    .idle_o(device_idle)
  );
endmodule
