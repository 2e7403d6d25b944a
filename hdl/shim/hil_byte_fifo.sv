// A short queue of bytes, or of other words; the oldest shows while there is one.
`default_nettype none

module hil_byte_fifo #(
  parameter int Words = 4, // a power of two
  parameter int Width = 8
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,

  input  wire logic             in_valid_i,
  output      logic             in_ready_o,
  input  wire logic [Width-1:0] in_data_i,

  output      logic             out_valid_o,
  input  wire logic             out_ready_i,
  output      logic [Width-1:0] out_data_o,

  output      logic [$clog2(Words):0] count_o
);
  localparam int Bits = $clog2(Words);

  logic [Width-1:0] memory_q [Words];
  logic [Bits:0] write_d, write_q, read_d, read_q;
  logic push;

  assign count_o = write_q - read_q;
  assign in_ready_o = count_o != (Bits + 1)'(Words);
  assign out_valid_o = write_q != read_q;
  assign out_data_o = memory_q[read_q[Bits-1:0]];
  assign push = in_valid_i && in_ready_o;
  assign write_d = write_q + (Bits + 1)'(push);
  assign read_d = read_q + (Bits + 1)'(out_valid_o && out_ready_i);

  always_ff @(posedge clk_i) begin
    if (push) memory_q[write_q[Bits-1:0]] <= in_data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
    end else begin
      write_q <= write_d;
      read_q <= read_d;
    end
  end
endmodule
