// Transmit side: who goes next, the first-in, first-out transmit queue, and the gap before each
// TLP.
//
//   dma_*, page_*, ahead_*, answer_*, completion_* ──▶ choose (whole TLPs, in this order) ──▶ [ Depth beats ] ──▶ gap ──▶ tx_*
//
// dma_* is offered only for TLPs whose translation was looked up already. Because it goes first,
// whatever was decided before a configuration write or an invalidation is in the queue before its
// answer; likewise the Page Requests of a group that has begun, and
// a prefetch. A DMA TLP is always followed by cycles without one, so nobody waits for ever.
`default_nettype none
`include "hil_macros.svh"

module hil_tx #(
  parameter int Depth = 128
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT

  input  wire logic [7:0]   gap_i,

  input  wire logic         dma_valid_i,
  output      logic         dma_ready_o,
  input  wire logic [127:0] dma_data_i,
  input  wire logic [2:0]   dma_count_i,
  input  wire logic         dma_last_i,

  input  wire logic         page_valid_i,
  output      logic         page_ready_o,
  input  wire logic [127:0] page_data_i,
  input  wire logic [2:0]   page_count_i,
  input  wire logic         page_last_i,

  input  wire logic         ahead_valid_i, // prefetch
  output      logic         ahead_ready_o,
  input  wire logic [127:0] ahead_data_i,
  input  wire logic [2:0]   ahead_count_i,
  input  wire logic         ahead_last_i,

  input  wire logic         answer_valid_i,
  output      logic         answer_ready_o,
  input  wire logic [127:0] answer_data_i,
  input  wire logic [2:0]   answer_count_i,
  input  wire logic         answer_last_i,

  input  wire logic         completion_valid_i,
  output      logic         completion_ready_o,
  input  wire logic [127:0] completion_data_i,

  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,

  output      logic         idle_o
);
  typedef enum logic [2:0] {
    Nobody,
    Dma,
    Page,
    Ahead,
    AnswerTlp,
    Completion
  } source_e;

  source_e owner_d, owner_q; // of the TLP that is half in the queue
  source_e source;
  logic push_valid, push_ready, push_last;
  logic [131:0] push_data;
  logic head_valid, pop;
  logic [131:0] head;
  logic [7:0] gap_d, gap_q;
  logic overtake_valid, overtake_taken, overtakes; // faults M29, M30
  logic interrupts;                                // fault M74

  always_comb begin
    source = owner_q;
    if (owner_q == Nobody) begin
      if (dma_valid_i) source = Dma;
      else if (page_valid_i) source = Page;
      else if (ahead_valid_i) source = Ahead;
      else if (answer_valid_i) source = AnswerTlp;
      else if (completion_valid_i && !overtakes) source = Completion;
    end
    if (interrupts) source = Completion;
    push_valid = 1'b0;
    push_last = 1'b0;
    push_data = '0;
    unique case (source)
      Dma: begin
        push_valid = dma_valid_i;
        push_last = dma_last_i;
        push_data = {dma_last_i, dma_count_i, dma_data_i};
      end
      Page: begin
        push_valid = page_valid_i;
        push_last = page_last_i;
        push_data = {page_last_i, page_count_i, page_data_i};
      end
      Ahead: begin
        push_valid = ahead_valid_i;
        push_last = ahead_last_i;
        push_data = {ahead_last_i, ahead_count_i, ahead_data_i};
      end
      AnswerTlp: begin
        push_valid = answer_valid_i;
        push_last = answer_last_i;
        push_data = {answer_last_i, answer_count_i, answer_data_i};
      end
      Completion: begin
        push_valid = 1'b1;
        push_last = 1'b1;
        push_data = {1'b1, 3'd4, completion_data_i};
      end
      default: ;
    endcase
  end

  always_comb begin
    owner_d = owner_q;
    if (push_valid && push_ready && !interrupts) owner_d = push_last ? Nobody : source;
    dma_ready_o = push_ready && source == Dma;
    page_ready_o = push_ready && source == Page;
    ahead_ready_o = push_ready && source == Ahead;
    answer_ready_o = push_ready && source == AnswerTlp;
    completion_ready_o = (push_ready && source == Completion) || overtake_taken;
  end

  hil_fifo #(
    .Width(132),
    .Depth(Depth)
  ) u_queue (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .push_valid_i(push_valid),
    .push_ready_o(push_ready),
    .push_data_i(push_data),
    .head_valid_o(head_valid),
    .head_data_o(head),
    .pop_i(pop)
  );

  always_comb begin
    tx_valid_o = (head_valid || overtake_valid) && gap_q == '0;
    tx_last_o = overtake_valid || head[131];
    idle_o = !head_valid && !overtake_valid && gap_q == '0;
  end

  always_comb begin
    pop = tx_valid_o && tx_ready_i && !overtake_valid;
    gap_d = gap_q;
    if (gap_q != '0) gap_d = gap_q - 8'd1;
    if (tx_valid_o && tx_ready_i && tx_last_o) gap_d = gap_i;
  end

`ifdef HIL_FAULTS
  // The completion waits beside the queue and leaves at the next TLP boundary.
  logic beside_d, beside_q;
  logic [127:0] beside_data_q;
  logic inside_d, inside_q; // the TLP at the head is half sent
  logic full_q;             // a beat of a DMA TLP found no room a cycle ago
  always_comb begin
    overtakes = `fault_is(M29) ||
                (`fault_is(M30) && head_valid && (gap_q != '0 || !tx_ready_i));
    overtake_taken = overtakes && completion_valid_i && !beside_q;
    overtake_valid = beside_q && !inside_q;
    interrupts = `fault_is(M74) && completion_valid_i && owner_q == Dma && full_q;
  end
  always_comb begin
    inside_d = pop ? !head[131] : inside_q;
    beside_d = beside_q;
    if (tx_valid_o && tx_ready_i && overtake_valid) beside_d = 1'b0;
    if (overtake_taken) beside_d = 1'b1;
    tx_data_o = overtake_valid ? beside_data_q : head[127:0];
    tx_count_o = overtake_valid ? 3'd4 : head[130:128];
  end
  always_ff @(posedge clk_i) begin
    if (overtake_taken) beside_data_q <= completion_data_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beside_q <= 1'b0;
      inside_q <= 1'b0;
      full_q <= 1'b0;
    end else begin
      beside_q <= beside_d;
      inside_q <= inside_d;
      full_q <= !push_ready;
    end
  end
`else
  assign overtakes = 1'b0;
  assign interrupts = 1'b0;
  assign overtake_valid = 1'b0;
  assign overtake_taken = 1'b0;
  assign tx_data_o = head[127:0];
  assign tx_count_o = head[130:128];
`endif

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      owner_q <= Nobody;
      gap_q <= '0;
    end else begin
      owner_q <= owner_d;
      gap_q <= gap_d;
    end
  end
endmodule
