// What a HELLO says, gathered while its payload comes in; complete when the frame is.
`default_nettype none

module hil_link_hello #(
  parameter int LongestPayload = 544
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        payload_valid_i,
  input  wire logic [12:0] payload_offset_i,
  input  wire logic [7:0]  payload_data_i,

  output      logic        magic_o,      // it begins with "HILB"
  output      logic        version_o,    // this board's version is among the host's
  output      logic        limits_o,     // the host takes as much as this board sends
  output      logic        takes_over_o,
  output      logic [31:0] host_o
);
  localparam logic [31:0] Magic = "HILB";

  logic magic_d, magic_q, version_d, version_q, takes_over_d, takes_over_q;
  logic [15:0] longest_d, longest_q;
  logic [31:0] host_d, host_q;

  always_comb begin
    magic_d = magic_q;
    version_d = version_q;
    takes_over_d = takes_over_q;
    longest_d = longest_q;
    host_d = host_q;
    if (payload_valid_i) begin
      unique case (payload_offset_i)
        13'd0: magic_d = payload_data_i == Magic[31:24];
        13'd1: magic_d = magic_q && payload_data_i == Magic[23:16];
        13'd2: magic_d = magic_q && payload_data_i == Magic[15:8];
        13'd3: magic_d = magic_q && payload_data_i == Magic[7:0];
        13'd4: version_d = payload_data_i <= hil_link_pkg::Version;
        13'd5: version_d = version_q && payload_data_i >= hil_link_pkg::Version;
        13'd6: takes_over_d = payload_data_i[0];
        13'd8: longest_d[7:0] = payload_data_i;
        13'd9: longest_d[15:8] = payload_data_i;
        13'd10, 13'd11, 13'd12, 13'd13: host_d = {payload_data_i, host_q[31:8]};
        default: ;
      endcase
    end
  end

  assign magic_o = magic_q;
  assign version_o = version_q;
  assign limits_o = longest_q >= 16'(LongestPayload);
  assign takes_over_o = takes_over_q;
  assign host_o = host_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      magic_q <= 1'b0;
      version_q <= 1'b0;
      takes_over_q <= 1'b0;
      longest_q <= '0;
      host_q <= '0;
    end else begin
      magic_q <= magic_d;
      version_q <= version_d;
      takes_over_q <= takes_over_d;
      longest_q <= longest_d;
      host_q <= host_d;
    end
  end
endmodule
