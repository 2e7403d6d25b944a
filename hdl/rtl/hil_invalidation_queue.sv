// Invalidate Requests: a queue of Depth, one processed at a time, each answered by an Invalidate
// Completion.
//
//   request_* ──▶ [ Depth ] ──▶ act: one cycle, ATC, answers in flight and reads in flight see the range
//                               drain: until no marked read is left
//                               tx_*: the completion; then the request leaves the queue
//
// There is one completion for each traffic class that translated requests have used, each in its own
// class; when there were none, one in the class of the request.
//
// Writes need no waiting here: a write that used an old translation won its way into the transmit
// queue before a completion may ask for it (hil_tx).
`default_nettype none
`include "hil_macros.svh"

module hil_invalidation_queue #(
  parameter int Depth = 24
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT
`ifdef HIL_PROOF
  `PROOF_PORT
  input  wire logic [$clog2(Depth)-1:0] proof_index_i, // 0: the request being processed
  output      logic [99:0]  proof_word_o,
  output      logic [$clog2(Depth):0] proof_count_o,
  output      logic         proof_acted_o,
  output      logic [7:0]   proof_left_o,
  output      logic [2:0]   proof_class_o,  // of the request being processed
  output      logic [3:0]   proof_sent_o,  // completions promised less those to be sent
`endif

  input  wire logic [1:0]   forget_i,       // the requests of the function that wait

  input  wire logic         request_valid_i,
  output      logic         request_ready_o,
  input  wire logic [127:0] request_header_i,
  input  wire logic [63:0]  request_payload_i,
  input  wire logic [20:0]  request_pasid_i,

  output      logic         act_o,
  output      logic         drop_o,        // with act_o: entries and answers in flight
  output      logic [51:0]  page_o,        // first page of the range
  output      logic [51:0]  mask_o,
  output      logic [22:0]  context_o,
  output      logic         any_context_o, // whatever the PASID
  input  wire logic         draining_i,
  input  wire logic [7:0]   used_classes_i, // by the function of context_o

  input  wire logic [12:0]  bus_device_i,
  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,

  output      logic         idle_o
);
  // {function, TC, Requester ID, ITag, PASID, page, S, Global}
  localparam int Width = 1 + 3 + 16 + 5 + 21 + 52 + 1 + 1;

  logic head_valid, pop;
  logic [Width-1:0] head;
  logic acted_d, acted_q;
  logic [7:0] left_d, left_q;   // traffic classes still to be completed
  logic [2:0] count_d, count_q; // completions of the request: 0 means 8
  logic [2:0] lowest;           // class of the next completion
  logic [7:0] rest;
  logic waiting;
  logic is_second, forgotten;    // of the request at the head: of function 1
  logic [51:0] range;

  hil_fifo #(
    .Width(Width),
    .Depth(Depth)
  ) u_queue (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .push_valid_i(request_valid_i),
    .push_ready_o(request_ready_o),
    .push_data_i({request_header_i[48], request_header_i[118:116], request_header_i[95:80],
                  request_header_i[76:72], request_pasid_i, request_payload_i[63:11],
                  request_payload_i[0]}),
    .head_valid_o(head_valid),
    .head_data_o(head),
`ifdef HIL_PROOF
    .proof_index_i(proof_index_i),
    .proof_word_o(proof_word_o),
    .proof_count_o(proof_count_o),
`endif
    .pop_i(pop)
  );

  always_comb begin
    is_second = head[99];
    forgotten = head_valid && old_q[OldWidth*is_second +: OldWidth] != '0;
    act_o = head_valid && !acted_q && !forgotten;
    drop_o = act_o && !`fault_is(M01);
    range = '0;
    page_o = '0;
    mask_o = '0;
    context_o = '0;
    any_context_o = 1'b0;
    if (act_o) begin
      range = hil_tlp_pkg::range_mask(head[53:2], head[1]);
      page_o = head[53:2] & ~range;
      mask_o = range;
      if (`fault_is(M05)) mask_o = range >> 1;
      if (`fault_is(M06)) mask_o = range & 52'h1FF;
      context_o = {head[99], 1'b0, head[74:54]};
      any_context_o = !head[74] || head[0];
    end

    lowest = '0;
    for (int i = 7; i >= 0; i--) begin
      if (left_q[i]) lowest = 3'(i);
    end
    rest = left_q & (left_q - 8'd1);

    waiting = draining_i && !`fault_is(M31);
    tx_valid_o = acted_q && !waiting && !forgotten;
    tx_data_o = '0;
    if (tx_valid_o) begin
      tx_data_o = {hil_tlp_pkg::MsgById, 1'b0, lowest, 20'd0,
                   bus_device_i, 2'b00, is_second && !`fault_is(M41), 8'd0, hil_tlp_pkg::InvalidateCompletion,
                   head[95:80], 13'd0, count_q,
                   32'd1 << head[79:75]};
    end
    idle_o = acted_q ? waiting && !forgotten : !head_valid;
  end

  // What stood in the queue when its function was reset, and has not left yet: so many of the oldest
  // requests, those of the other function among them.
  localparam int OldWidth = $clog2(Depth) + 1;
  logic [OldWidth-1:0] held_d, held_q;
  logic [2*OldWidth-1:0] old_d, old_q;
  always_comb begin
    held_d = held_q + OldWidth'(request_valid_i && request_ready_o) - OldWidth'(pop);
    for (int f = 0; f < 2; f++) begin
      old_d[OldWidth*f +: OldWidth] = old_q[OldWidth*f +: OldWidth];
      if (forget_i[f] && !`fault_is(M50)) old_d[OldWidth*f +: OldWidth] = held_q;
      if (pop && old_d[OldWidth*f +: OldWidth] != '0) begin
        old_d[OldWidth*f +: OldWidth] = old_d[OldWidth*f +: OldWidth] - 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      old_q <= '0;
    end else begin
      held_q <= held_d;
      old_q <= old_d;
    end
  end

  always_comb begin
    left_d = left_q;
    count_d = count_q;
    if (act_o) begin
      left_d = used_classes_i == '0 ? 8'd1 << head[98:96] : used_classes_i;
      count_d = 3'($countones(left_d));
    end
    if (tx_valid_o && tx_ready_i) left_d = rest;
  end

  assign pop = forgotten || (tx_valid_o && tx_ready_i && rest == '0);
  assign acted_d = (acted_q || act_o) && !pop;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      acted_q <= 1'b0;
      left_q <= '0;
      count_q <= '0;
    end else begin
      acted_q <= acted_d;
      left_q <= left_d;
      count_q <= count_d;
    end
  end

`ifdef HIL_PROOF
  assign proof_acted_o = acted_q;
  assign proof_left_o = left_q;
  assign proof_class_o = head[98:96];
  assign proof_sent_o = {count_q == 3'd0, count_q} - 4'($countones(left_q));
  `HIL_ASSERT(CompletesOnlyWhatIsThere, !acted_q || head_valid)
  `HIL_ASSERT(SomethingIsLeft, !acted_q || left_q != '0)
`endif
endmodule
