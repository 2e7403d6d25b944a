// Four looped shims, each behind another port.
`default_nettype none

module hil_ports_top (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        tick_i,

  // UART, 10.4 clock cycles a bit.
  input  wire logic        rxd_i,
  output      logic        txd_o,

  // FT245 (suffix 8) and FT601 (suffix 32).
  input  wire logic        rxf8_ni,
  input  wire logic        txe8_ni,
  output      logic        oe8_no,
  output      logic        rd8_no,
  output      logic        wr8_no,
  input  wire logic [7:0]  data8_i,
  output      logic [7:0]  data8_o,
  output      logic        drive8_o,
  input  wire logic        rxf32_ni,
  input  wire logic        txe32_ni,
  output      logic        oe32_no,
  output      logic        rd32_no,
  output      logic        wr32_no,
  input  wire logic [31:0] data32_i,
  input  wire logic [3:0]  be32_i,
  output      logic [31:0] data32_o,
  output      logic [3:0]  be32_o,
  output      logic        drive32_o,

  // BAR mailbox.
  input  wire logic        bar_write_i,
  input  wire logic [3:0]  bar_enable_i,
  input  wire logic [13:0] bar_address_i,
  input  wire logic [31:0] bar_data_i,
  output      logic [31:0] bar_data_o,

  output      logic [3:0]  idle_o,
  output      logic [3:0]  device_clk_o
);
  logic [3:0] in_valid, in_ready, out_valid, out_ready, shim_idle;
  logic [31:0] in_data, out_data;
  logic rx_idle, tx_idle, be8, fifo8_idle, fifo32_idle, bar_idle;

  for (genvar i = 0; i < 4; i++) begin : gen_shim
    hil_looped_shim u_shim (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      .tick_i(tick_i),
      .in_valid_i(in_valid[i]),
      .in_ready_o(in_ready[i]),
      .in_data_i(in_data[8*i +: 8]),
      .out_valid_o(out_valid[i]),
      .out_ready_i(out_ready[i]),
      .out_data_o(out_data[8*i +: 8]),
      .device_clk_o(device_clk_o[i]),
      .idle_o(shim_idle[i])
    );
  end

  hil_uart_rx #(
    .BitSixteenths(167)
  ) u_rx (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .rxd_i(rxd_i),
    .out_valid_o(in_valid[0]),
    .out_ready_i(in_ready[0]),
    .out_data_o(in_data[7:0]),
    .idle_o(rx_idle)
  );

  hil_uart_tx #(
    .BitSixteenths(167)
  ) u_tx (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(out_valid[0]),
    .in_ready_o(out_ready[0]),
    .in_data_i(out_data[7:0]),
    .txd_o(txd_o),
    .idle_o(tx_idle)
  );

  hil_sync_fifo_port #(
    .Lanes(1)
  ) u_fifo8 (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .rxf_ni(rxf8_ni),
    .txe_ni(txe8_ni),
    .oe_no(oe8_no),
    .rd_no(rd8_no),
    .wr_no(wr8_no),
    .data_i(data8_i),
    .data_o(data8_o),
    .be_i(1'b1),
    .be_o(be8),
    .data_oe_o(drive8_o),
    .out_valid_o(in_valid[1]),
    .out_ready_i(in_ready[1]),
    .out_data_o(in_data[15:8]),
    .in_valid_i(out_valid[1]),
    .in_ready_o(out_ready[1]),
    .in_data_i(out_data[15:8]),
    .idle_o(fifo8_idle)
  );

  hil_sync_fifo_port #(
    .Lanes(4)
  ) u_fifo32 (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .rxf_ni(rxf32_ni),
    .txe_ni(txe32_ni),
    .oe_no(oe32_no),
    .rd_no(rd32_no),
    .wr_no(wr32_no),
    .data_i(data32_i),
    .data_o(data32_o),
    .be_i(be32_i),
    .be_o(be32_o),
    .data_oe_o(drive32_o),
    .out_valid_o(in_valid[2]),
    .out_ready_i(in_ready[2]),
    .out_data_o(in_data[23:16]),
    .in_valid_i(out_valid[2]),
    .in_ready_o(out_ready[2]),
    .in_data_i(out_data[23:16]),
    .idle_o(fifo32_idle)
  );

  hil_bar_mailbox u_mailbox (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .boot_i(32'h1234),
    .bar_write_i(bar_write_i),
    .bar_enable_i(bar_enable_i),
    .bar_address_i(bar_address_i),
    .bar_data_i(bar_data_i),
    .bar_data_o(bar_data_o),
    .out_valid_o(in_valid[3]),
    .out_ready_i(in_ready[3]),
    .out_data_o(in_data[31:24]),
    .in_valid_i(out_valid[3]),
    .in_ready_o(out_ready[3]),
    .in_data_i(out_data[31:24]),
    .idle_o(bar_idle)
  );

  assign idle_o = shim_idle & {bar_idle, fifo32_idle, fifo8_idle, rx_idle && tx_idle} & ~out_valid;
endmodule
