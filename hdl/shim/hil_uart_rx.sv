// A UART's receiver: 8 data bits, no parity, 1 stop bit.
//
// A bit takes BitSixteenths / 16 clock cycles, 4 or more: the fraction is made up for from bit to bit,
// so a byte is sampled at most one cycle beside its middle. A byte without stop bit is dropped: the
// frame's CRC will say so. out_valid_o stays until the byte is taken; the next byte then waits in the
// shift register for the time of its stop bit.
`default_nettype none

module hil_uart_rx #(
  parameter int BitSixteenths = 128
) (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,

  input  wire logic       rxd_i, // from a pin: of no clock

  output      logic       out_valid_o,
  input  wire logic       out_ready_i,
  output      logic [7:0] out_data_o,

  output      logic       idle_o
);
  localparam int Bits = $clog2(BitSixteenths + 16);

  logic first_q, line_q;              // synchroniser
  logic [Bits-1:0] left_d, left_q;    // sixteenths of a cycle until the next sample
  logic [3:0] step_d, step_q;         // 0: no byte; 1: start bit; 2 to 9: data; 10: stop bit
  logic [7:0] shift_d, shift_q;
  logic valid_d, valid_q;
  logic [7:0] data_d, data_q;
  logic sample;

  assign sample = left_q < Bits'(16);

  always_comb begin
    left_d = left_q - Bits'(16);
    step_d = step_q;
    shift_d = shift_q;
    valid_d = valid_q && !out_ready_i;
    data_d = data_q;
    if (step_q == 4'd0) begin
      // The line was low for up to a cycle already, and one more passes until it shows here.
      left_d = Bits'(BitSixteenths / 2 - 16);
      if (!line_q) step_d = 4'd1;
    end else if (sample) begin
      left_d = left_q + Bits'(BitSixteenths - 16);
      step_d = step_q + 4'd1;
      if (step_q == 4'd1) begin
        if (line_q) step_d = 4'd0; // noise
      end else if (step_q == 4'd10) begin
        step_d = 4'd0;
        if (line_q) begin
          valid_d = 1'b1;
          data_d = shift_q;
        end
      end else begin
        shift_d = {line_q, shift_q[7:1]};
      end
    end
  end

  assign out_valid_o = valid_q;
  assign out_data_o = data_q;
  assign idle_o = step_q == 4'd0 && line_q && first_q && !valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
      line_q <= 1'b1;
      left_q <= '0;
      step_q <= '0;
      shift_q <= '0;
      valid_q <= 1'b0;
      data_q <= '0;
    end else begin
      first_q <= rxd_i;
      line_q <= first_q;
      left_q <= left_d;
      step_q <= step_d;
      shift_q <= shift_d;
      valid_q <= valid_d;
      data_q <= data_d;
    end
  end
endmodule
