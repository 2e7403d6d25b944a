// First-in, first-out queue of plain words; the oldest word is shown while the queue is not empty.
//
//   push_* ──▶ [ memory of Depth words ] ──▶ head_* ──▶ pop_i
//
// push_ready_o depends on held state only. A word pushed into an empty queue is shown in the next
// cycle.
`default_nettype none
`include "hil_macros.svh"

module hil_fifo #(
  parameter int Width = 8,
  parameter int Depth = 4
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,

  input  wire logic             push_valid_i,
  output      logic             push_ready_o,
  input  wire logic [Width-1:0] push_data_i,

  output      logic             head_valid_o,
  output      logic [Width-1:0] head_data_o,
`ifdef HIL_PROOF
  input  wire logic [$clog2(Depth)-1:0] proof_index_i, // 0: the head
  output      logic [Width-1:0]         proof_word_o,
  output      logic [$clog2(Depth):0]   proof_count_o,
`endif
  input  wire logic             pop_i
);
  localparam int PointerWidth = $clog2(Depth);

  logic [Width-1:0] memory_q [1 << PointerWidth];
  logic [PointerWidth:0] write_d, write_q, read_d, read_q;
  logic push;

  always_comb begin
    push_ready_o = (PointerWidth + 1)'(write_q - read_q) != (PointerWidth + 1)'(Depth);
    head_valid_o = write_q != read_q;
    head_data_o = '0;
    if (head_valid_o) head_data_o = memory_q[read_q[PointerWidth-1:0]];
  end

  always_comb begin
    push = push_valid_i && push_ready_o;
    write_d = write_q + (PointerWidth + 1)'(push);
    read_d = read_q + (PointerWidth + 1)'(pop_i);
  end

  always_ff @(posedge clk_i) begin
    if (push) memory_q[write_q[PointerWidth-1:0]] <= push_data_i;
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

`ifdef HIL_PROOF
  logic [PointerWidth-1:0] place;
  assign place = read_q[PointerWidth-1:0] + proof_index_i;
  assign proof_word_o = memory_q[place];
  assign proof_count_o = write_q - read_q;
  `HIL_ASSERT(NotMoreThanDepth, proof_count_o <= (PointerWidth + 1)'(Depth))
`endif

  `HIL_ASSERT(PopOnlyWhatIsThere, !pop_i || head_valid_o)
endmodule
