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
  output      logic         proof_forgotten_o, // the request being processed leaves without one
  output      logic [2*$clog2(Depth)+1:0] proof_old_o,
`endif
`ifdef HIL_FAULTS
  input  wire logic         matched_i,     // M46: with act_o: an entry of the ATC matched
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
  output      logic         tx_last_o,     // of the request
  output      logic         soon_o,        // a request is in work, and waits for nothing

  output      logic         idle_o
);
  // {function, TC, Requester ID, ITag, PASID, page, S, Global}
  localparam int Width = 1 + 3 + 16 + 5 + 21 + 52 + 1 + 1;

  logic head_valid, pop;
  logic push_valid, push_ready;
  logic [63:0] payload;
  logic [Width-1:0] head;
  logic acted_d, acted_q;
  logic [7:0] left_d, left_q;   // traffic classes still to be completed
  logic [2:0] count_d, count_q; // completions of the request: 0 means 8
  logic [2:0] lowest;           // class of the next completion
  logic [7:0] rest;
  logic waiting;
  logic is_second, forgotten;    // of the request at the head: of function 1
  logic [51:0] range;
  logic [31:0] vector; // bit of each tag that is completed
  logic spared, lost;  // by a fault: nothing is dropped, nothing is completed

  hil_fifo #(
    .Width(Width),
    .Depth(Depth)
  ) u_queue (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .push_valid_i(push_valid),
    .push_ready_o(push_ready),
    .push_data_i({request_header_i[48], request_header_i[118:116], request_header_i[95:80],
                  request_header_i[76:72], request_pasid_i, payload[63:11], payload[0]}),
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
    drop_o = act_o && !`fault_is(M01) && !spared;
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
      if (`fault_is(M07)) mask_o = range & 52'hF_FFFF;
      if (`fault_is(M08)) mask_o = {1'b0, range[50:0]};
      context_o = {head[99], 1'b0, head[74:54]};
      any_context_o = !head[74] || (head[0] && !`fault_is(M27));
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
                   vector};
      if (`fault_is(M34)) tx_data_o[34:32] = 3'd0;
      if (`fault_is(M37)) tx_data_o[79:72] = {3'd0, head[79:75]};
      if (`fault_is(M40)) tx_data_o[63:48] = 16'd0;
    end
    tx_last_o = rest == '0;
    soon_o = head_valid && !(acted_q && waiting);
    idle_o = acted_q ? waiting && !forgotten : !head_valid;
  end

  // What stood in the queue when its function was reset, and has not left yet: so many of the oldest
  // requests, those of the other function among them.
  localparam int OldWidth = $clog2(Depth) + 1;
  logic [OldWidth-1:0] held_d, held_q;
  logic [2*OldWidth-1:0] old_d, old_q;
  always_comb begin
    held_d = held_q + OldWidth'(push_valid && push_ready) - OldWidth'(pop);
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
      if (`fault_is(M36) && used_classes_i != '0) left_d = 8'd1;
      count_d = 3'($countones(left_d));
      if (`fault_is(M35)) count_d = count_d + 3'd1;
    end
    if (tx_valid_o && tx_ready_i) left_d = rest;
  end

  assign pop = forgotten || (tx_valid_o && tx_ready_i && rest == '0) || lost;
  assign acted_d = (acted_q || act_o) && !pop;

`ifdef HIL_FAULTS
  localparam int CountWidth = $clog2(Depth) + 1;
  logic [CountWidth-1:0] pushed_q, popped_q;
  logic [(1<<(CountWidth-1))-1:0] poisoned_q; // M76
  logic [7:0] number_q;            // M77: of the request being processed
  logic [31:0] vector_q;           // M39
  logic [Width-25:0] last_range_q; // M43: of the youngest
  logic drops_request;
  always_comb begin
    payload = request_payload_i;
    if (`fault_is(M02)) begin
      for (int i = 0; i < 8; i++) payload[8*i +: 8] = request_payload_i[8*(7-i) +: 8];
    end
    if (`fault_is(M03)) payload[63:32] = '0;
    if (`fault_is(M04)) payload[11] = 1'b0;
    if (`fault_is(M28)) payload[11] = request_payload_i[0];
    if (`fault_is(M28)) payload[0] = request_payload_i[11];
  end
  // The request is taken and forgotten.
  assign drops_request =
      (`fault_is(M42) && acted_q && waiting) ||
      (`fault_is(M43) && head_valid &&
       last_range_q == {request_header_i[48], request_pasid_i, payload[63:11], payload[0]});
  always_comb begin
    push_valid = request_valid_i && !drops_request;
    request_ready_o = push_ready || drops_request;
    if (`fault_is(M44) && pushed_q - popped_q == CountWidth'(Depth - 1)) begin
      push_valid = 1'b0;
      request_ready_o = 1'b0;
    end
  end
  assign lost = (`fault_is(M45) && request_valid_i && !push_ready) ||
                (`fault_is(M46) && act_o && !matched_i);
  always_comb begin
    spared = (`fault_is(M76) && poisoned_q[popped_q[CountWidth-2:0]]) ||
             (`fault_is(M77) && number_q == 8'hFF);
    vector = 32'd1 << head[79:75];
    if (`fault_is(M37)) vector = '0;
    if (`fault_is(M38)) vector = 32'd1 << head[78:75];
    if (`fault_is(M39)) vector = vector | vector_q;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pushed_q <= '0;
      popped_q <= '0;
      poisoned_q <= '0;
      number_q <= '0;
      vector_q <= '0;
      last_range_q <= '0;
    end else begin
      if (push_valid && push_ready) begin
        pushed_q <= pushed_q + 1'b1;
        poisoned_q[pushed_q[CountWidth-2:0]] <= request_header_i[110];
        last_range_q <= {request_header_i[48], request_pasid_i, payload[63:11], payload[0]};
      end
      if (pop) begin
        popped_q <= popped_q + 1'b1;
        number_q <= number_q + 8'd1;
      end
      if (tx_valid_o && tx_ready_i) vector_q <= vector;
    end
  end
`else
  assign payload = request_payload_i;
  assign push_valid = request_valid_i;
  assign request_ready_o = push_ready;
  assign spared = 1'b0;
  assign vector = 32'd1 << head[79:75];
  assign lost = 1'b0;
`endif

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
  assign proof_forgotten_o = forgotten;
  assign proof_old_o = old_q;
  `HIL_ASSERT(HeldIsWhatIsThere, held_q == proof_count_o)
  `HIL_ASSERT(OldAreAmongTheHeld,
              old_q[OldWidth-1:0] <= held_q && old_q[2*OldWidth-1:OldWidth] <= held_q)
  `HIL_ASSERT(CompletesOnlyWhatIsThere, !acted_q || head_valid)
  `HIL_ASSERT(SomethingIsLeft, !acted_q || left_q != '0)
`endif
endmodule
