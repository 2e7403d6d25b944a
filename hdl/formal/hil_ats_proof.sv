// What is to be proven of hil_ats, for an arbitrary page and context and an arbitrary Invalidate Request:
//
//   P1  after the request was acted upon, and so after its completion, no lookup of a page in its range
//       hits, in the ATC or a micro-TLB, until a translation is stored that was asked for after that
//   P2  no answer to a request of before that moment is stored in the range
//   P3  every accepted request gets exactly the completions it is to get, with its tag and agent: one
//       for each traffic class in use; nothing else is completed; the next completion is offered as
//       soon as nothing is waited for
//   P4  a range and context are in at most one place of the ATC
//
// Everything outside hil_ats is free: lookups, answers (any, at any time), requests, drains, resets of
// a function, timeouts. Properties named H are steps of the induction. They stand in groups: a proof of
// some groups (Asserted) may assume others (Assumed) that were proven without it; hdl/formal/obligations
// says which, hdl/formal/run checks it. The parts of hil_ats that a proof does not need are cut out of it:
// their outputs are free, but for what is assumed.
`default_nettype none

module hil_ats_proof #(
  parameter int Ways = 2,
  parameter int EntriesPerWay = 2,
  parameter int MicroTlbEntries = 2,
  parameter int Depth = 4,
  parameter int Asserted = (1 << 11) - 1, // groups
  parameter int Assumed = 0,
  parameter int Fault = 0
) (
  input wire logic         clk_i,
  input wire logic [1:0]   clear_i,
  input wire logic [1:0]   forget_i,
  input wire logic [31:0]  timeout_i,
  input wire logic [9:0]   stu_i,
  input wire logic         lookup_valid_i,
  input wire logic         lookup_engine_i,
  input wire logic [51:0]  lookup_page_i,
  input wire logic [22:0]  lookup_context_i,
  input wire logic [2:0]   lookup_access_i,
  input wire logic         translate_i,
  input wire logic [2:0]   translate_slot_i,
  input wire logic         translate_no_write_i,
  input wire logic [1:0]   translate_log2_i,
  input wire logic         prefetch_valid_i,
  input wire logic [51:0]  prefetch_page_i,
  input wire logic [22:0]  prefetch_context_i,
  input wire logic         prefetch_no_write_i,
  input wire logic         answer_valid_i,
  input wire logic [127:0] answer_header_i,
  input wire logic [511:0] answer_payload_i,
  input wire logic         request_valid_i,
  input wire logic [127:0] request_header_i,
  input wire logic [63:0]  request_payload_i,
  input wire logic [20:0]  request_pasid_i,
  input wire logic         draining_i,
  input wire logic [7:0]   used_classes_i,
  input wire logic         completion_ready_i,
  input wire logic         choose_i,
  output     logic [17:0]  reached_o
);
  localparam int IndexWidth = $clog2(Depth);
  // Groups of properties.
  localparam int Requests = 0;
  localparam int Range = 1;
  localparam int Fills = 2;
  localparam int Answers = 3;
  localparam int Lookups = 4;
  localparam int Entries = 5;
  localparam int Copying = 6;
  localparam int Copies = 7;
  localparam int Pages = 8;
  localparam int Places = 9;
  localparam int InFlight = 10;

  (* anyconst *) logic [51:0] page;
  (* anyconst *) logic [17:0] size; // of an entry: pages less one
  (* anyconst *) logic [22:0] pasid; // {function, privileged, has a PASID, PASID}
  (* anyconst *) logic [12:0] bus_device;

  logic running_q = 1'b0; // low in the first step: reset
  always_ff @(posedge clk_i) running_q <= 1'b1;

  logic lookup_ready, lookup_hit, translate;
  logic [51:0] lookup_translated;
  logic [17:0] lookup_mask;
  logic [7:0] pending, lost;
  logic translate_done;
  logic [2:0] translate_slot;
  logic [3:0] translate_error;
  logic answer_ready, request_ready, act, act_any_context;
  logic [51:0] act_page, act_mask;
  logic [22:0] act_context;
  logic completion_valid, idle;
  logic [127:0] completion;
  logic holds, twice, fill_global, lookup_global, translate_direct, filled, dropped_large, acted;
  logic drop, forgotten, near_hit, copies;
  logic [1:0] near_holds;
  logic [2*IndexWidth+1:0] old;
  logic [8:0] covers, killed;
  logic [7:0] left;
  logic [3:0] slot;
  logic prefetch, prefetch_ready, prefetch_hit, prefetch_pending;
  logic [51:0] fill_page, fill_mask;
  logic [22:0] fill_context;
  logic [99:0] word;
  logic [IndexWidth:0] count;
  logic [3:0] promised_sent;
  logic [2:0] head_class;

  // The engine asks only for what was looked up and missed, and once for each slot.
  assign translate = translate_i && lookup_valid_i && lookup_ready && !lookup_hit &&
                     !pending[translate_slot_i] && !lost[translate_slot_i];
  // One prefetch at a time.
  assign prefetch = prefetch_valid_i && !prefetch_pending;

  hil_ats #(
    .Ways(Ways),
    .EntriesPerWay(EntriesPerWay),
    .MicroTlbEntries(MicroTlbEntries),
    .InvalidateQueueDepth(Depth)
  ) u_ats (
    .clk_i(clk_i),
    .rst_ni(running_q),
`ifdef HIL_FAULTS
    .fault_i(8'(Fault)),
    .ats_enable_i(2'b11),
    .fill_slot_page_i('0),
`endif
    .proof_page_i(page),
    .proof_context_i(pasid),
    .proof_mask_i(size),
    .proof_holds_o(holds),
    .proof_twice_o(twice),
    .proof_covers_o(covers),
    .proof_killed_o(killed),
    .proof_slot_o(slot),
    .proof_filled_o(filled),
    .proof_fill_page_o(fill_page),
    .proof_fill_mask_o(fill_mask),
    .proof_fill_context_o(fill_context),
    .proof_fill_global_o(fill_global),
    .proof_dropped_large_o(dropped_large),
    .proof_index_i(ahead_q[IndexWidth-1:0]),
    .proof_word_o(word),
    .proof_count_o(count),
    .proof_drop_o(drop),
    .proof_near_hit_o(near_hit),
    .proof_near_holds_o(near_holds),
    .proof_copies_o(copies),
    .proof_acted_o(acted),
    .proof_forgotten_o(forgotten),
    .proof_old_o(old),
    .proof_left_o(left),
    .proof_class_o(head_class),
    .proof_sent_o(promised_sent),
    .clear_i(clear_i),
    .forget_i(forget_i),
    .timeout_i(timeout_i),
    .stu_i(stu_i),
    .bus_device_i(bus_device),
    .lookup_valid_i(lookup_valid_i),
    .lookup_ready_o(lookup_ready),
    .lookup_engine_i(lookup_engine_i),
    .lookup_page_i(lookup_page_i),
    .lookup_context_i(lookup_context_i),
    .lookup_access_i(lookup_access_i),
    .lookup_hit_o(lookup_hit),
    .lookup_translated_o(lookup_translated),
    .lookup_mask_o(lookup_mask),
    .lookup_global_o(lookup_global),
    .translate_i(translate),
    .translate_slot_i(translate_slot_i),
    .translate_no_write_i(translate_no_write_i),
    .translate_log2_i(translate_log2_i),
    .translate_pending_o(pending),
    .translate_lost_o(lost),
    .translate_done_o(translate_done),
    .translate_slot_o(translate_slot),
    .translate_error_o(translate_error),
    .translate_direct_o(translate_direct),
    .prefetch_valid_i(prefetch),
    .prefetch_ready_o(prefetch_ready),
    .prefetch_hit_o(prefetch_hit),
    .prefetch_page_i(prefetch_page_i),
    .prefetch_context_i(prefetch_context_i),
    .prefetch_no_write_i(prefetch_no_write_i),
    .prefetch_pending_o(prefetch_pending),
    .answer_valid_i(answer_valid_i),
    .answer_ready_o(answer_ready),
    .answer_header_i(answer_header_i),
    .answer_payload_i(answer_payload_i),
    .request_valid_i(request_valid_i),
    .request_ready_o(request_ready),
    .request_header_i(request_header_i),
    .request_payload_i(request_payload_i),
    .request_pasid_i(request_pasid_i),
    .act_o(act),
    .act_page_o(act_page),
    .act_mask_o(act_mask),
    .act_context_o(act_context),
    .act_any_context_o(act_any_context),
    .draining_i(draining_i),
    .used_classes_i(used_classes_i),
    .completion_valid_o(completion_valid),
    .completion_ready_i(completion_ready_i),
    .completion_data_o(completion),
    .idle_o(idle)
  );

  // ---- The chosen request: accepted at an arbitrary moment, then followed through the queue.
  logic accepted, taken, finished, popped, in_hand;
  logic active_q;
  logic forgotten_q;             // its function was reset
  logic [IndexWidth:0] ahead_q;  // requests before it
  logic [99:0] chosen_q;         // {function, class, agent, tag, PASID, page, S, Global}
  logic [IndexWidth:0] outstanding_q;
  logic [7:0] to_send_q;         // classes that the request in hand is still to complete
  logic [3:0] expected_q;        // completions of the request in hand
  assign accepted = request_valid_i && request_ready;
  assign taken = completion_valid && completion_ready_i;
  assign finished = taken && (to_send_q & ~(8'd1 << completion[118:116])) == '0;
  assign popped = finished || forgotten;
  assign in_hand = active_q && ahead_q == '0;

  // hil_range_proof shows that range_mask is the size of the payload's encoding.
  logic [51:0] range;
  logic covering;
  logic [IndexWidth:0] old_of_chosen; // so many of the oldest requests are forgotten
  always_comb begin
    range = hil_tlp_pkg::range_mask(chosen_q[53:2], chosen_q[1]);
    covering = ((chosen_q[53:2] ^ page) & ~range) == '0 && chosen_q[99] == pasid[22] &&
               (!chosen_q[74] || chosen_q[0] || chosen_q[74:54] == pasid[20:0]);
    old_of_chosen = chosen_q[99] ? old[IndexWidth+1 +: IndexWidth+1] : old[IndexWidth:0];
  end

  // The class of the request in hand.
  logic [2:0] word_class;
  assign word_class = in_hand ? chosen_q[98:96] : head_class;

  always_ff @(posedge clk_i) begin
    if (!running_q) begin
      active_q <= 1'b0;
      outstanding_q <= '0;
    end else begin
      if (accepted && choose_i && !active_q) begin
        active_q <= 1'b1;
        forgotten_q <= 1'b0;
        ahead_q <= outstanding_q - (IndexWidth + 1)'(popped);
        chosen_q <= {request_header_i[48], request_header_i[118:116], request_header_i[95:80],
                     request_header_i[76:72], request_pasid_i, request_payload_i[63:11], request_payload_i[0]};
      end else if (active_q) begin
        if (popped && ahead_q == '0) active_q <= 1'b0;
        if (popped && ahead_q != '0) ahead_q <= ahead_q - 1'b1;
        if (forget_i[chosen_q[99]]) forgotten_q <= 1'b1;
      end
      outstanding_q <= outstanding_q + (IndexWidth + 1)'(accepted) - (IndexWidth + 1)'(popped);
      if (act) begin
        to_send_q <= used_classes_i == '0 ? 8'd1 << word_class : used_classes_i;
        expected_q <= used_classes_i == '0 ? 4'd1 : 4'($countones(used_classes_i));
      end else if (taken) begin
        to_send_q <= to_send_q & ~(8'd1 << completion[118:116]);
      end
    end
  end

  // ---- The page: gone from the moment of the act, or of a clear of its function, until something
  // asked for later is stored.
  logic gone_q, fills_page, covered;
  logic [8:0] fresh_q; // asked for after that
  assign fills_page = filled && hil_atc_pkg::serves(fill_context, fill_global, pasid) && ((fill_page ^ page) & ~fill_mask) == '0;
  assign covered = (act && in_hand && covering) || clear_i[pasid[22]];
  always_ff @(posedge clk_i) begin
    if (!running_q) begin
      gone_q <= 1'b0;
    end else begin
      if (translate) fresh_q[{1'b0, translate_slot_i}] <= 1'b1;
      if (prefetch_ready && !prefetch_hit) fresh_q[8] <= 1'b1;
      if (fills_page && fresh_q[slot]) gone_q <= 1'b0;
      if (covered) begin
        gone_q <= 1'b1;
        fresh_q <= '0;
      end
    end
  end

  // ---- What was asked for in the cycle before, by a function that was not reset in it.
  logic asked_q;
  logic [3:0] asked_slot_q;
  logic asked_function;
  assign asked_function = translate ? lookup_context_i[22] : prefetch_context_i[22];
  always_ff @(posedge clk_i) begin
    asked_q <= running_q && (translate || (prefetch_ready && !prefetch_hit)) && !forget_i[asked_function];
    asked_slot_q <= translate ? {1'b0, translate_slot_i} : 4'd8;
  end

`define PROPERTY(group_, name_, expr_)                       \
      if (Asserted[group_]) begin name_ : assert (expr_); end \
      if (Assumed[group_]) begin assume (expr_); end

  always_ff @(posedge clk_i) begin
    if (running_q) begin
      `PROPERTY(Requests, H1_ChosenIsInTheQueue, !active_q || (ahead_q < count && word == chosen_q))
      `PROPERTY(Requests, H2_AsManyAsOutstanding, outstanding_q == count)
      `PROPERTY(Requests, H3_ForgottenAreTheOldest, !active_q || forgotten_q == (ahead_q < old_of_chosen))
      `PROPERTY(Requests, H4_LeftIsToSend, !acted || (left == to_send_q && to_send_q != '0))
      `PROPERTY(Requests, H5_Count,
                !acted || (promised_sent == expected_q - 4'($countones(to_send_q)) && expected_q != '0 && expected_q <= 4'd8))
      `PROPERTY(Requests, P3_DepthRequestsAreTaken, request_ready == (outstanding_q != (IndexWidth + 1)'(Depth)))
      `PROPERTY(Requests, P3_NothingElseIsCompleted, !completion_valid || (outstanding_q != '0 && !(in_hand && forgotten_q)))
      `PROPERTY(Requests, P3_OnlyTheForgottenGetNone, !(forgotten && in_hand) || forgotten_q)
      `PROPERTY(Requests, P3_FieldsOfTheRequest,
                !(completion_valid && in_hand) ||
                (completion[127:120] == 8'h32 &&
                 completion[95:80] == {bus_device, 2'b00, chosen_q[99]} &&
                 completion[79:64] == 16'h0002 && completion[63:48] == chosen_q[95:80] &&
                 completion[47:35] == '0 && completion[31:0] == 32'd1 << chosen_q[79:75]))
      `PROPERTY(Requests, P3_CountIsThatOfTheClasses,
                !(completion_valid && in_hand) || (completion[34:32] == expected_q[2:0]))
      `PROPERTY(Requests, P3_EachClassOnce, !completion_valid || to_send_q[completion[118:116]])
      `PROPERTY(Requests, P3_OfferedAtOnce, draining_i || !acted || completion_valid || forgotten)
      `PROPERTY(Requests, P3_ActedUponAtOnce, count == '0 || acted || act || forgotten)
      // ---- What the queue asks for is what the request says.
      `PROPERTY(Range, H6_EachActDrops, drop == act)
      `PROPERTY(Range, H6_RangeOfThePayload,
                !(act && in_hand) ||
                (act_mask == range && act_page == (chosen_q[53:2] & ~range) &&
                 act_context[22] == chosen_q[99] && act_context[20:0] == chosen_q[74:54] &&
                 act_any_context == (!chosen_q[74] || chosen_q[0])))
      // ---- What is stored.
      `PROPERTY(Fills, H7_AtMostOneGiB, !filled || fill_mask[51:18] == '0)
      // ---- Answers in flight.
      `PROPERTY(Answers, H8_OldRequestsAreKilled, !gone_q || (covers & ~fresh_q & ~killed) == '0)
      `PROPERTY(Answers, P2_NoOldAnswerIsStored, !(gone_q && fills_page && !fresh_q[slot]))
      `PROPERTY(InFlight, P5_WhatWasAskedIsInFlight, !asked_q || (asked_slot_q[3] ? prefetch_pending : pending[asked_slot_q[2:0]]))
      // ---- What is held.
      `PROPERTY(Lookups, H9_NearHitsAreLookups, !near_hit || lookup_ready)
      `PROPERTY(Entries, H10_NoEntry, !(gone_q && holds))
      `PROPERTY(Copying, H11_NoCopying, !(gone_q && copies))
      `PROPERTY(Copies, H12_NoCopy, !(gone_q && near_holds != '0))
      // ---- What is seen outside.
      `PROPERTY(Pages, P1_NoHitAfterTheInvalidation,
                !(gone_q && lookup_valid_i && lookup_ready && lookup_hit && lookup_page_i == page &&
                  lookup_context_i == pasid))
      `PROPERTY(Places, P4_OneRangeOnePlace, !twice)
    end
  end

  // ---- What is proven must not hold because nothing happens: each of these states is reached.
  logic was_gone_q;
  logic [3:0] fill_times_q;
  logic [1:0] took_q; // completions of the request in hand
  always_ff @(posedge clk_i) begin
    if (!running_q) begin
      was_gone_q <= 1'b0;
      fill_times_q <= '0;
      took_q <= '0;
    end else begin
      was_gone_q <= was_gone_q || gone_q;
      fill_times_q <= filled && fill_times_q != '1 ? fill_times_q + 4'd1 : fill_times_q;
      took_q <= act ? 2'd0 : took_q + 2'(taken && took_q != '1);
    end
  end

`define STATE(index_, name_, expr_) assign reached_o[index_] = running_q && (expr_);
  `STATE(0, LargeEntryDroppedByOnePage, dropped_large)
  `STATE(1, AnswerInFlightKilled, act && in_hand && covering && |(covers & ~killed))
  `STATE(2, KilledAnswerThrownAway, translate_done && translate_error == '0 && killed[{1'b0, translate_slot}])
  `STATE(3, QueueFull, request_valid_i && !request_ready)
  `STATE(4, FillAndInvalidationMeet, act && answer_valid_i && gone_q)
  `STATE(5, HitAgainAfterNewFill,
         was_gone_q && !gone_q && lookup_hit && lookup_page_i == page && lookup_context_i == pasid)
  `STATE(6, EightClasses, taken && expected_q == 4'd8)
  `STATE(7, EveryPlaceFull, fill_times_q == 4'(Ways * EntriesPerWay) && holds)
  `STATE(8, MicroTlbHit, lookup_valid_i && lookup_ready && near_hit && !gone_q)
  `STATE(9, CopiesDroppedByTheInvalidation, act && in_hand && covering && near_holds == 2'b11)
  `STATE(10, PrefetchStored, fills_page && slot[3])
  `STATE(11, PrefetchKilled, was_gone_q && covers[8] && killed[8])
  `STATE(12, LastOfTwoCompletions, finished && in_hand && took_q == 2'd1)
  `STATE(13, ForgottenRequest, forgotten && in_hand)
  `STATE(14, TimedOut, translate_done && translate_error == hil_dma_pkg::ErrorTranslation && !answer_valid_i)
  `STATE(15, OldAnswerBehindANewOne, gone_q && |(covers & fresh_q) && |(covers & ~fresh_q))
  `STATE(16, GlobalEntryHit, lookup_valid_i && lookup_ready && lookup_hit && lookup_global)
  `STATE(17, CompletionWaitsForReads, acted && in_hand && draining_i && !forgotten)
endmodule
