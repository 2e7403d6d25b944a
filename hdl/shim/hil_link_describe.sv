// The payload of WELCOME, and the results of DESCRIBE, byte by byte: the byte at offset_i shows in the
// next cycle. capture_i: the uptime is taken now.
`default_nettype none

module hil_link_describe #(
  parameter int LongestPayload = 544,
  parameter int ClockKhz = 0,
  parameter logic [15:0] Features = hil_link_pkg::Features,
  // Name, version and serial number, each ended by a 00; the first byte on the left.
  parameter int TextBytes = 3,
  parameter logic [8*TextBytes-1:0] Text = '0
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        capture_i,
  input  wire logic [31:0] uptime_ms_i,

  input  wire logic [6:0]  offset_i,
  output      logic [7:0]  data_o
);
  localparam int Bytes = hil_link_pkg::DescribeBytes + TextBytes;
  localparam logic [15:0] Longest = 16'(LongestPayload);
  localparam logic [31:0] Khz = 32'(ClockKhz);

  logic [31:0] uptime_q;
  logic [8*Bytes-1:0] all;
  logic [7:0] data_d, data_q;

  assign all = {
    "HILB", hil_link_pkg::Version, 8'd0, Features[7:0], Features[15:8], Longest[7:0], Longest[15:8], 16'd0,
    Khz[7:0], Khz[15:8], Khz[23:16], Khz[31:24],
    uptime_q[7:0], uptime_q[15:8], uptime_q[23:16], uptime_q[31:24], Text
  };

  always_comb begin
    data_d = 8'd0;
    for (int i = 0; i < Bytes; i++) begin
      if (offset_i == 7'(i)) data_d = all[8*(Bytes-1-i) +: 8];
    end
  end
  assign data_o = data_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      uptime_q <= '0;
      data_q <= '0;
    end else begin
      if (capture_i) uptime_q <= uptime_ms_i;
      data_q <= data_d;
    end
  end
endmodule
