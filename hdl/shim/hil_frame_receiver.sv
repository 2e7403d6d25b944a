// Bytes of a carrier to frames (FRM-1 to FRM-3, COBS-6).
//
//   in_* ──▶ COBS decoder ──▶ header ──▶ frame_header_o
//                        ├──▶ payload, byte by byte ──▶ payload_* (counts only when frame_valid_o comes)
//                        └──▶ CRC
//
// A good frame is shown until it is taken; meanwhile no byte is taken.
`default_nettype none

module hil_frame_receiver #(
  parameter int LongestPayload = 544
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        in_valid_i,
  output      logic        in_ready_o,
  input  wire logic [7:0]  in_data_i,

  // The header stands while the payload comes.
  output      logic        payload_valid_o,
  output      logic [12:0] payload_offset_o,
  output      logic [7:0]  payload_data_o,

  output      logic        frame_valid_o,
  input  wire logic        frame_ready_i,
  output      hil_link_pkg::header_t frame_header_o,
  output      logic [12:0] frame_length_o, // of the payload

  output      logic        broken_o // a broken frame ended; for one cycle
);
  localparam logic [12:0] Overhead = 13'(hil_link_pkg::HeaderBytes + hil_link_pkg::CrcBytes);
  localparam logic [12:0] Longest = 13'(LongestPayload) + Overhead;

  logic take;
  logic plain_valid, plain_end, plain_broken;
  logic [7:0] plain;
  logic [12:0] count_d, count_q; // bytes of the frame so far; one more than the longest: too many
  logic [31:0] crc_d, crc_q;
  hil_link_pkg::header_t header_d, header_q;
  logic [12:0] length_d, length_q;
  logic valid_d, valid_q;
  logic broken_d, broken_q;
  logic good;

  assign in_ready_o = !valid_q;
  assign take = in_valid_i && in_ready_o;

  hil_cobs_decoder u_decoder (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(take),
    .in_data_i(in_data_i),
    .out_valid_o(plain_valid),
    .out_data_o(plain),
    .end_o(plain_end),
    .broken_o(plain_broken)
  );

  assign good = !plain_broken && count_q >= Overhead && count_q <= Longest &&
                crc_q == hil_link_pkg::CrcResidue;

  always_comb begin
    count_d = count_q;
    crc_d = crc_q;
    header_d = header_q;
    if (plain_valid) begin
      if (count_q <= Longest) count_d = count_q + 13'd1;
      crc_d = hil_link_pkg::crc32c(count_q == 13'd0 ? 32'hFFFFFFFF : crc_q, plain);
      unique case (count_q)
        13'd0: header_d.kind = plain;
        13'd1: header_d.number = plain;
        13'd2: header_d.ack = plain;
        13'd3: header_d.grant = plain;
        13'd4: header_d.session[7:0] = plain;
        13'd5: header_d.session[15:8] = plain;
        default: ;
      endcase
    end
    if (plain_end) count_d = 13'd0;
  end

  always_comb begin
    valid_d = valid_q && !frame_ready_i;
    broken_d = 1'b0;
    length_d = length_q;
    if (plain_end) begin
      valid_d = good;
      broken_d = !good;
      length_d = count_q - Overhead;
    end
  end

  assign payload_offset_o = count_q - 13'(hil_link_pkg::HeaderBytes);
  assign payload_valid_o = plain_valid && count_q >= 13'(hil_link_pkg::HeaderBytes) &&
                           payload_offset_o < 13'(LongestPayload);
  assign payload_data_o = plain;
  assign frame_valid_o = valid_q;
  assign frame_header_o = header_q;
  assign frame_length_o = length_q;
  assign broken_o = broken_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      crc_q <= '1;
      header_q <= '0;
      length_q <= '0;
      valid_q <= 1'b0;
      broken_q <= 1'b0;
    end else begin
      count_q <= count_d;
      crc_q <= crc_d;
      header_q <= header_d;
      length_q <= length_d;
      valid_q <= valid_d;
      broken_q <= broken_d;
    end
  end
endmodule
