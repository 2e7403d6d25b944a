// A memory of one write port and one read port; what is read shows in the next cycle.
`default_nettype none

module hil_byte_ram #(
  parameter int Words = 256,
  parameter int Width = 8
) (
  input  wire logic                     clk_i,

  input  wire logic                     write_i,
  input  wire logic [$clog2(Words)-1:0] write_address_i,
  input  wire logic [Width-1:0]         write_data_i,

  input  wire logic [$clog2(Words)-1:0] read_address_i,
  output      logic [Width-1:0]         read_data_o
);
  logic [Width-1:0] memory_q [Words];

  always_ff @(posedge clk_i) begin
    if (write_i) memory_q[write_address_i] <= write_data_i;
    read_data_o <= memory_q[read_address_i];
  end
endmodule
