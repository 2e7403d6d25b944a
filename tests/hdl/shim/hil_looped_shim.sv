// A shim with a device that sends back what it gets.
`default_nettype none

module hil_looped_shim (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,
  input  wire logic       tick_i,
  input  wire logic       in_valid_i,
  output      logic       in_ready_o,
  input  wire logic [7:0] in_data_i,
  output      logic       out_valid_o,
  input  wire logic       out_ready_i,
  output      logic [7:0] out_data_o,
  output      logic       device_clk_o,
  output      logic       idle_o
);
  logic device_rst_n, device_idle, confirmed;
  logic to_valid, to_ready, to_last, from_valid, from_last;
  logic [127:0] to_data, from_data;
  logic [2:0] to_count, from_count;

  hil_shim #(
    .ResendTicks(20),
    .TextBytes(9),
    .Text({"loop", 8'd0, "1", 8'd0, "7", 8'd0})
  ) u_shim (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .in_valid_i(in_valid_i),
    .in_ready_o(in_ready_o),
    .in_data_i(in_data_i),
    .out_valid_o(out_valid_o),
    .out_ready_i(out_ready_i),
    .out_data_o(out_data_o),
    .device_clk_o(device_clk_o),
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
    .confirmed_o(confirmed),
    .idle_o(idle_o)
  );

  hil_loop_device u_device (
    .clk_i(device_clk_o),
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
