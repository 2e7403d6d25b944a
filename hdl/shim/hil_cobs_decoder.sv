// Takes byte stuffing away (COBS-1 to COBS-5): at most one byte comes out for each that goes in, in
// the same cycle.
`default_nettype none

module hil_cobs_decoder (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,

  input  wire logic       in_valid_i,
  input  wire logic [7:0] in_data_i,

  output      logic       out_valid_o,
  output      logic [7:0] out_data_o,
  output      logic       end_o,    // the frame is over
  output      logic       broken_o  // with end_o: a code byte pointed behind the end
);
  logic inside_d, inside_q;    // a byte of the frame came in
  logic full_d, full_q;        // the block has code 255: no 00 behind it
  logic [7:0] left_d, left_q;  // bytes of the block to come

  always_comb begin
    inside_d = inside_q;
    full_d = full_q;
    left_d = left_q;
    out_valid_o = 1'b0;
    out_data_o = in_data_i;
    end_o = 1'b0;
    broken_o = 1'b0;
    if (in_valid_i) begin
      if (in_data_i == 8'd0) begin
        end_o = inside_q;
        broken_o = inside_q && left_q != 8'd0;
        inside_d = 1'b0;
      end else if (!inside_q || left_q == 8'd0) begin
        out_valid_o = inside_q && !full_q;
        out_data_o = 8'd0;
        inside_d = 1'b1;
        full_d = in_data_i == 8'hFF;
        left_d = in_data_i - 8'd1;
      end else begin
        out_valid_o = 1'b1;
        left_d = left_q - 8'd1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      inside_q <= 1'b0;
      full_q <= 1'b0;
      left_q <= '0;
    end else begin
      inside_q <= inside_d;
      full_q <= full_d;
      left_q <= left_d;
    end
  end
endmodule
