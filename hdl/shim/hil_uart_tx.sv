// A UART's transmitter: 8 data bits, no parity, 1 stop bit. BitSixteenths as in hil_uart_rx.
`default_nettype none

module hil_uart_tx #(
  parameter int BitSixteenths = 128
) (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,

  input  wire logic       in_valid_i,
  output      logic       in_ready_o,
  input  wire logic [7:0] in_data_i,

  output      logic       txd_o,

  output      logic       idle_o
);
  localparam int Bits = $clog2(BitSixteenths + 16);

  logic [Bits-1:0] left_d, left_q;  // sixteenths of a cycle until the bit is over
  logic [3:0] step_d, step_q;       // bits to come, the present one included
  logic [8:0] shift_d, shift_q;     // the present bit is the lowest
  logic over;

  assign over = left_q < Bits'(32);
  assign in_ready_o = step_q == 4'd0 || (step_q == 4'd1 && over);

  always_comb begin
    left_d = left_q - Bits'(16);
    step_d = step_q;
    shift_d = shift_q;
    if (in_ready_o) begin
      step_d = 4'd0;
      shift_d = '1;
      // The rest of a cycle goes over into the next byte.
      left_d = Bits'(BitSixteenths) + (step_q == 4'd0 ? '0 : left_q - Bits'(16));
      if (in_valid_i) begin
        step_d = 4'd10;
        shift_d = {in_data_i, 1'b0};
      end
    end else if (over) begin
      left_d = left_q + Bits'(BitSixteenths - 16);
      step_d = step_q - 4'd1;
      shift_d = {1'b1, shift_q[8:1]};
    end
  end

  assign txd_o = shift_q[0];
  assign idle_o = step_q == 4'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q <= '0;
      step_q <= '0;
      shift_q <= '1;
    end else begin
      left_q <= left_d;
      step_q <= step_d;
      shift_q <= shift_d;
    end
  end
endmodule
