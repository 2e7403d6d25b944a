// A device that sends back each beat that it gets.
`default_nettype none

module hil_loop_device (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         rx_valid_i,
  output      logic         rx_ready_o,
  input  wire logic [127:0] rx_data_i,
  input  wire logic [2:0]   rx_count_i,
  input  wire logic         rx_last_i,
  output      logic         tx_valid_o,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,
  output      logic         idle_o
);
  logic [2:0] count;

  hil_byte_fifo #(
    .Words(4),
    .Width(132)
  ) u_beats (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(rx_valid_i),
    .in_ready_o(rx_ready_o),
    .in_data_i({rx_last_i, rx_count_i, rx_data_i}),
    .out_valid_o(tx_valid_o),
    .out_ready_i(1'b1),
    .out_data_o({tx_last_o, tx_count_o, tx_data_o}),
    .count_o(count)
  );
  assign idle_o = count == '0;
endmodule
