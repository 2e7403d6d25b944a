// What the device may believe about translations: the ATC with a micro-TLB for each engine, the
// Translation Requests in flight and the Invalidate Requests, behind one port.
//
//   request_* ──▶ invalidation queue ──┬─▶ act: ATC, requests in flight, reads in flight (draining_i)
//                                      └─▶ completion_*
//   answer_* ───▶ requests in flight ──▶ fill ──▶ ATC ◀── micro-TLB of the engine ◀── lookup_*
//
// The port is given to an invalidation before a fill before a lookup. The properties in hdl/formal are
// about this module.
`default_nettype none
`include "hil_macros.svh"

module hil_ats #(
  parameter int Ways = 4,
  parameter int EntriesPerWay = 16,
  parameter int MicroTlbEntries = 4, // 0: no micro-TLBs
  parameter int InvalidateQueueDepth = 24
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT
`ifdef HIL_PROOF
  `PROOF_PORT
  output      logic         proof_holds_o,
  output      logic         proof_twice_o,
  output      logic [8:0]   proof_covers_o,
  output      logic [8:0]   proof_killed_o,
  output      logic [3:0]   proof_slot_o,
  output      logic         proof_filled_o,
  output      logic [51:0]  proof_fill_page_o,
  output      logic [51:0]  proof_fill_mask_o,
  output      logic [22:0]  proof_fill_context_o,
  output      logic         proof_fill_global_o,
  output      logic         proof_dropped_large_o,
  output      logic         proof_drop_o,
  output      logic         proof_near_hit_o,
  output      logic [1:0]   proof_near_holds_o,
  output      logic         proof_copies_o, // a lookup's entry, which covers the page, may be copied
  input  wire logic [$clog2(InvalidateQueueDepth)-1:0] proof_index_i,
  output      logic [99:0]  proof_word_o,
  output      logic [$clog2(InvalidateQueueDepth):0] proof_count_o,
  output      logic         proof_acted_o,
  output      logic [7:0]   proof_left_o,
  output      logic [2:0]   proof_class_o,
  output      logic [3:0]   proof_sent_o,
  output      logic         proof_forgotten_o,
  output      logic [2*$clog2(InvalidateQueueDepth)+1:0] proof_old_o,
`endif
`ifdef HIL_FAULTS
  input  wire logic [1:0]   ats_enable_i,
  output      logic [2:0]   fill_slot_o,      // M65: whose answer is in hand, and where the slot is now
  input  wire logic [51:0]  fill_slot_page_i,
`endif
  // Of a function: every translation and every answer in flight.
  input  wire logic [1:0]   clear_i,
  // And every request, of the device and of the host.
  input  wire logic [1:0]   forget_i,
  input  wire logic [31:0]  timeout_i,        // of a Translation Request, in cycles; 0: none
  input  wire logic [9:0]   stu_i,            // of function 1 and 0

  input  wire logic [12:0]  bus_device_i,

  input  wire logic         lookup_valid_i,
  output      logic         lookup_ready_o,
  input  wire logic         lookup_engine_i,
  input  wire logic [51:0]  lookup_page_i,
  input  wire logic [22:0]  lookup_context_i,
  input  wire logic [2:0]   lookup_access_i,  // {Exe, W, R} needed
  output      logic         lookup_hit_o,     // in the same cycle
  output      logic [51:0]  lookup_translated_o,
  output      logic [17:0]  lookup_mask_o,
  output      logic         lookup_global_o,

  input  wire logic         translate_i,      // the page that is looked up is asked for
  input  wire logic [2:0]   translate_slot_i,
  input  wire logic         translate_no_write_i,
  input  wire logic [1:0]   translate_log2_i,
  output      logic [7:0]   translate_pending_o,
  output      logic [7:0]   translate_lost_o,
  output      logic         translate_done_o,
  output      logic [2:0]   translate_slot_o,
  output      logic [3:0]   translate_error_o,
  output      logic         translate_direct_o, // the next TLP goes untranslated (U)

  // A prefetch is looked up when nobody else is, and asked for when it misses.
  input  wire logic         prefetch_valid_i,
  output      logic         prefetch_ready_o,
  output      logic         prefetch_hit_o,
  input  wire logic [51:0]  prefetch_page_i,
  input  wire logic [22:0]  prefetch_context_i,
  input  wire logic         prefetch_no_write_i,
  output      logic         prefetch_pending_o,
  output      logic         granted_o,        // with translate_done_o: it brought access
  output      logic [51:0]  granted_next_o,
  output      logic [22:0]  granted_context_o,
  output      logic         granted_no_write_o,

  input  wire logic         answer_valid_i,
  output      logic         answer_ready_o,
  input  wire logic [127:0] answer_header_i,
  input  wire logic [511:0] answer_payload_i,

  input  wire logic         request_valid_i,  // Invalidate Request
  output      logic         request_ready_o,
  input  wire logic [127:0] request_header_i,
  input  wire logic [63:0]  request_payload_i,
  input  wire logic [20:0]  request_pasid_i,

  output      logic         act_o,
  output      logic [51:0]  act_page_o,
  output      logic [51:0]  act_mask_o,
  output      logic [22:0]  act_context_o,
  output      logic         act_any_context_o,
  input  wire logic         draining_i,
  input  wire logic [7:0]   used_classes_i,   // traffic classes of translated requests

  output      logic         completion_valid_o,
  input  wire logic         completion_ready_i,
  output      logic         completion_last_o, // of its request
  output      logic         completion_soon_o, // a request is in work, and waits for nothing
  output      logic [127:0] completion_data_o,

  output      logic         idle_o
);
  logic drops, drop;
  logic forwarded; // faults M22, M55
  logic [51:0] kept_translated;
`ifdef HIL_FAULTS
  logic forward;
  logic [51:0] forward_translated;
`endif
  logic fill_valid, fill_ready;
  logic [51:0] fill_page, fill_mask, fill_translated;
  logic [22:0] fill_context;
  logic [2:0] fill_access;
  logic fill_global;
`ifdef HIL_FAULTS
  logic fill_ahead; // brought by a prefetch
`endif
  logic translation_idle, invalidation_idle;
  logic prefetching, prefetch_ask;
  logic [8:0] pending, lost;

  hil_translation u_translation (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    `PROOF_CONNECT
`ifdef HIL_FAULTS
    .fill_slot_o(fill_slot_o),
    .fill_slot_page_i(fill_slot_page_i),
    .forward_o(forward),
    .forward_translated_o(forward_translated),
`endif
`ifdef HIL_PROOF
    .proof_covers_o(proof_covers_o),
    .proof_killed_o(proof_killed_o),
    .proof_slot_o(proof_slot_o),
`endif
    .kill_all_i(clear_i),
    .forget_i(forget_i),
    .timeout_i(timeout_i),
    .stu_i(stu_i),
    .alloc_i(translate_i || prefetch_ask),
    .alloc_slot_i(prefetching ? 4'd8 : {1'b0, translate_slot_i}),
    .alloc_page_i(prefetching ? prefetch_page_i : lookup_page_i),
    .alloc_context_i(prefetching ? prefetch_context_i : lookup_context_i),
    .alloc_access_i(prefetching ? 3'd0 : lookup_access_i),
    .alloc_no_write_i(prefetching ? prefetch_no_write_i : translate_no_write_i),
    .alloc_log2_i(prefetching ? 2'd0 : translate_log2_i),
    .pending_o(pending),
    .lost_o(lost),
    .answer_valid_i(answer_valid_i),
    .answer_ready_o(answer_ready_o),
    .answer_header_i(answer_header_i),
    .answer_payload_i(answer_payload_i),
    .invalidate_i(drop),
    .invalidate_page_i(act_page_o),
    .invalidate_mask_i(act_mask_o),
    .invalidate_context_i(act_context_o),
    .invalidate_any_context_i(act_any_context_o),
    .fill_valid_o(fill_valid),
    .fill_ready_i(fill_ready),
    .fill_page_o(fill_page),
    .fill_mask_o(fill_mask),
    .fill_context_o(fill_context),
    .fill_access_o(fill_access),
    .fill_global_o(fill_global),
    .fill_translated_o(fill_translated),
`ifdef HIL_FAULTS
    .fill_ahead_o(fill_ahead),
`endif
    .done_o(translate_done_o),
    .done_slot_o(translate_slot_o),
    .done_error_o(translate_error_o),
    .done_direct_o(translate_direct_o),
    .granted_o(granted_o),
    .granted_next_o(granted_next_o),
    .granted_context_o(granted_context_o),
    .granted_no_write_o(granted_no_write_o),
    .idle_o(translation_idle)
  );

  hil_invalidation_queue #(
    .Depth(InvalidateQueueDepth)
  ) u_invalidation_queue (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    `PROOF_CONNECT
`ifdef HIL_FAULTS
    .matched_i(found),
`endif
`ifdef HIL_PROOF
    .proof_index_i(proof_index_i),
    .proof_word_o(proof_word_o),
    .proof_count_o(proof_count_o),
    .proof_acted_o(proof_acted_o),
    .proof_left_o(proof_left_o),
    .proof_class_o(proof_class_o),
    .proof_sent_o(proof_sent_o),
    .proof_forgotten_o(proof_forgotten_o),
    .proof_old_o(proof_old_o),
`endif
    .forget_i(forget_i),
    .request_valid_i(request_valid_i),
    .request_ready_o(request_ready_o),
    .request_header_i(request_header_i),
    .request_payload_i(request_payload_i),
    .request_pasid_i(request_pasid_i),
    .act_o(act_o),
    .drop_o(drops),
    .page_o(act_page_o),
    .mask_o(act_mask_o),
    .context_o(act_context_o),
    .any_context_o(act_any_context_o),
    .draining_i(draining_i || (`fault_is(M52) && translate_pending_o != '0)),
    .used_classes_i(used_classes_i),
    .bus_device_i(bus_device_i),
    .tx_valid_o(completion_valid_o),
    .tx_ready_i(completion_ready_i),
    .tx_data_o(completion_data_o),
    .tx_last_o(completion_last_o),
    .soon_o(completion_soon_o),
    .idle_o(invalidation_idle)
  );

  // ---- The ATC's one port.
  hil_atc_pkg::op_e op;
  logic [51:0] page, mask;
  logic [22:0] whose;
  logic [2:0] access;
  logic found;
  logic [51:0] found_translated;
  logic [17:0] found_mask;
  logic [2:0] found_access;
  logic found_global;
  logic [22:0] found_context;
  logic [1:0] near_hit, near_global; // in the micro-TLB of engine 0, 1
  logic [103:0] near_translated;
  logic [35:0] near_mask;
`ifdef HIL_PROOF
  logic atc_holds;
  logic [1:0] near_holds;
`endif
  always_comb begin
    op = hil_atc_pkg::None;
    page = lookup_page_i;
    mask = '0;
    whose = lookup_context_i;
    access = lookup_access_i;
    if (act_o) begin
      // M73: everything of a PASID, as at the end of a process, drops nothing.
      if (drop && !(`fault_is(M73) && !act_any_context_o && act_mask_o == '1)) begin
        op = hil_atc_pkg::Invalidate;
      end
      page = act_page_o;
      mask = act_mask_o;
      whose = act_context_o;
      if (`fault_is(M82)) whose[hil_atc_pkg::ContextFunction] = 1'b0;
    end else if (fill_valid) begin
      op = hil_atc_pkg::Fill;
      page = fill_page;
      mask = fill_mask;
      whose = fill_context;
      access = fill_access;
    end else if (lookup_valid_i) begin
      op = hil_atc_pkg::Lookup;
    end else if (prefetch_valid_i) begin
      op = hil_atc_pkg::Lookup;
      page = prefetch_page_i;
      whose = prefetch_context_i;
      access = '0;
    end
    prefetching = prefetch_valid_i && !act_o && !fill_valid && !lookup_valid_i;
    fill_ready = !act_o;
    lookup_ready_o = !act_o && !fill_valid;
  end

  // A lookup that hits in its engine's micro-TLB does not go to the ATC.
  hil_atc_pkg::op_e atc_op;
  assign atc_op = near_hit != '0 ? hil_atc_pkg::None : op;

  hil_atc #(
    .Ways(Ways),
    .EntriesPerWay(EntriesPerWay)
  ) u_atc (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    `PROOF_CONNECT
`ifdef HIL_PROOF
    .proof_holds_o(atc_holds),
    .proof_twice_o(proof_twice_o),
`endif
    .clear_i(clear_i),
    .op_i(atc_op),
    .page_i(page),
    .mask_i(mask),
    .context_i(whose),
    .any_context_i(act_any_context_o),
    .access_i(access),
    .global_i(fill_global),
`ifdef HIL_FAULTS
    .ahead_i(fill_ahead),
`endif
    .translated_i(fill_translated),
    .hit_o(found),
    .translated_o(found_translated),
    .hit_mask_o(found_mask),
    .hit_access_o(found_access),
    .hit_global_o(found_global),
    .hit_context_o(found_context)
  );

  for (genvar e = 0; e < 2; e++) begin : gen_engine
    if (MicroTlbEntries == 0) begin : gen_none
      assign near_hit[e] = 1'b0;
      assign near_global[e] = 1'b0;
      assign near_translated[52*e +: 52] = '0;
      assign near_mask[18*e +: 18] = '0;
`ifdef HIL_PROOF
      assign near_holds[e] = 1'b0;
`endif
    end else begin : gen_micro_tlb
      logic mine;
      hil_atc_pkg::op_e near_op;
      assign mine = lookup_engine_i == (e != 0);
      assign near_op = (op == hil_atc_pkg::Lookup && (!mine || prefetching)) ||
                       (`fault_is(M16) && e != 0 && op == hil_atc_pkg::Invalidate) ?
                       hil_atc_pkg::None : op;

      hil_micro_tlb #(
        .Entries(MicroTlbEntries)
      ) u_micro_tlb (
        .clk_i(clk_i),
        .rst_ni(rst_ni),
        `FAULT_CONNECT
        `PROOF_CONNECT
`ifdef HIL_PROOF
        .proof_holds_o(near_holds[e]),
`endif
        .clear_i(clear_i),
        .op_i(near_op),
        .page_i(page),
        .mask_i(mask),
        .context_i(whose),
        .any_context_i(act_any_context_o),
        .access_i(access),
        .global_i(fill_global),
        .translated_i(fill_translated),
        .hit_o(near_hit[e]),
        .translated_o(near_translated[52*e +: 52]),
        .hit_mask_o(near_mask[18*e +: 18]),
        .hit_global_o(near_global[e]),
        .copy_i(found && atc_op == hil_atc_pkg::Lookup && mine && !prefetching &&
                !`fault_is(M60)),
        .copy_mask_i(found_mask),
        .copy_access_i(found_access),
        .copy_global_i(found_global),
        .copy_context_i(found_context),
        .copy_translated_i(found_translated)
      );
    end
  end

`ifdef HIL_FAULTS
  assign drop = drops && !(`fault_is(M48) &&
                           !ats_enable_i[act_context_o[hil_atc_pkg::ContextFunction]]);
  // M22, M55: an answer that must not be used serves its slot for one lookup.
  logic kept_q;
  logic [2:0] kept_slot_q;
  logic [51:0] kept_page_q, kept_translated_q;
  logic [22:0] kept_context_q;
  assign forwarded = kept_q && op == hil_atc_pkg::Lookup && translate_slot_i == kept_slot_q &&
                     lookup_page_i == kept_page_q && lookup_context_i == kept_context_q;
  assign kept_translated = kept_translated_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      kept_q <= 1'b0;
      kept_slot_q <= '0;
      kept_page_q <= '0;
      kept_translated_q <= '0;
      kept_context_q <= '0;
    end else if (forward) begin
      kept_q <= 1'b1;
      kept_slot_q <= fill_slot_o;
      kept_page_q <= fill_page;
      kept_translated_q <= forward_translated;
      kept_context_q <= fill_context;
    end else if (forwarded) begin
      kept_q <= 1'b0;
    end
  end
`else
  assign drop = drops;
  assign forwarded = 1'b0;
  assign kept_translated = '0;
`endif

  always_comb begin
    lookup_hit_o = near_hit != '0 || (found && atc_op == hil_atc_pkg::Lookup) || forwarded;
    lookup_translated_o = near_hit[0] ? near_translated[51:0] :
                          near_hit[1] ? near_translated[103:52] : found_translated;
    lookup_mask_o = near_hit[0] ? near_mask[17:0] : near_hit[1] ? near_mask[35:18] : found_mask;
    lookup_global_o = near_hit[0] ? near_global[0] : near_hit[1] ? near_global[1] : found_global;
    if (forwarded) lookup_translated_o = kept_translated;
  end
  assign prefetch_ready_o = prefetching;
  assign prefetch_hit_o = prefetching && found;
  assign prefetch_ask = prefetching && !found;
  assign prefetch_pending_o = pending[8] || lost[8];
  assign translate_pending_o = pending[7:0];
  assign translate_lost_o = lost[7:0];
  assign idle_o = translation_idle && invalidation_idle;

`ifdef HIL_PROOF
  assign proof_drop_o = drop;
  assign proof_near_hit_o = near_hit != '0;
  assign proof_holds_o = atc_holds;
  assign proof_near_holds_o = near_holds;
  assign proof_copies_o = found && atc_op == hil_atc_pkg::Lookup &&
                          hil_atc_pkg::serves(found_context, found_global, proof_context_i) &&
                          ((page ^ proof_page_i) & ~{34'd0, found_mask}) == '0;
  assign proof_filled_o = op == hil_atc_pkg::Fill;
  assign proof_fill_page_o = fill_page;
  assign proof_fill_mask_o = fill_mask;
  assign proof_fill_context_o = fill_context;
  assign proof_fill_global_o = fill_global;
  assign proof_dropped_large_o = op == hil_atc_pkg::Invalidate && found && act_mask_o == '0 &&
                                 found_mask == 18'h1FF;
`endif
endmodule
