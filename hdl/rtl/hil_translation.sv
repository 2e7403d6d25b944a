// Translation Requests in flight, one for each slot and one ahead (slot 8: prefetch), and what becomes
// of their answers.
//
//   alloc_* ──▶ [ page, context, asked of each slot ] ◀── killed by an invalidation of the same 1 GiB block
//                         │
//   answer_* ──▶ check ──▶ one entry a cycle ──▶ fill_* (to the ATC) ──▶ done_*
//
// Entry k belongs to the block after that of entry k - 1; what lies outside the 1 GiB block of the
// asked page is not kept, so that the block is all that an invalidation has to compare. A killed
// answer is not kept and not used: the slot asks again. One that met an invalidation for another
// PASID counts as killed when it turns out to be Global. A request that is given up (timeout_i) keeps its tag until
// its answer came and was dropped. Split answers are taken one TLP at a time,
// in order.
`default_nettype none
`include "hil_macros.svh"

module hil_translation (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT
`ifdef HIL_PROOF
  `PROOF_PORT
  output      logic [8:0]   proof_covers_o, // in flight, and its answer may cover the page
  output      logic [8:0]   proof_killed_o,
  output      logic [3:0]   proof_slot_o,   // whose answer is in hand
`endif
`ifdef HIL_FAULTS
  output      logic [2:0]   fill_slot_o,
  input  wire logic [51:0]  fill_slot_page_i,     // where the slot's operation is now
  output      logic         forward_o,            // the answer serves its slot once, though it must not
  output      logic [51:0]  forward_translated_o,
`endif
  input  wire logic [1:0]   kill_all_i,       // of the function
  input  wire logic [1:0]   forget_i,         // of the function: what is answered later is dropped
  input  wire logic [31:0]  timeout_i,        // cycles; 0: none
  input  wire logic [9:0]   stu_i,            // of function 1 and 0: nothing smaller is used

  input  wire logic         alloc_i,
  input  wire logic [3:0]   alloc_slot_i,
  input  wire logic [51:0]  alloc_page_i,
  input  wire logic [22:0]  alloc_context_i,
  input  wire logic [2:0]   alloc_access_i,   // {Exe, W, R} needed
  input  wire logic         alloc_no_write_i, // asked with No Write
  input  wire logic [1:0]   alloc_log2_i,     // translations asked for
  output      logic [8:0]   pending_o,
  output      logic [8:0]   lost_o,           // given up, but the tag is in use

  input  wire logic         answer_valid_i,
  output      logic         answer_ready_o,
  input  wire logic [127:0] answer_header_i,
  input  wire logic [511:0] answer_payload_i,

  input  wire logic         invalidate_i,
  input  wire logic [51:0]  invalidate_page_i,
  input  wire logic [51:0]  invalidate_mask_i,
  input  wire logic [22:0]  invalidate_context_i,
  input  wire logic         invalidate_any_context_i,

  output      logic         fill_valid_o,
  input  wire logic         fill_ready_i,
  output      logic [51:0]  fill_page_o,
  output      logic [51:0]  fill_mask_o,
  output      logic [22:0]  fill_context_o,
  output      logic [2:0]   fill_access_o,    // {Exe, W, R}
  output      logic         fill_global_o,
  output      logic [51:0]  fill_translated_o,
`ifdef HIL_FAULTS
  output      logic         fill_ahead_o,
`endif

  output      logic         done_o,           // never of slot 8
  output      logic [2:0]   done_slot_o,
  output      logic [3:0]   done_error_o,     // 0: look up again
  output      logic         done_direct_o,    // or not: only untranslated requests may be used

  // With done_o: access was brought, and the page behind what was granted is this.
  output      logic         granted_o,
  output      logic [51:0]  granted_next_o,
  output      logic [22:0]  granted_context_o,
  output      logic         granted_no_write_o,

  output      logic         idle_o
);
  // Of each slot's request.
  logic [8:0] pending_d, pending_q;
  logic [8:0] lost_d, lost_q;       // given up
  logic [8:0] killed_d, killed_q;
  logic [8:0] started_d, started_q; // the first answer came
  logic [8:0] crossed_d, crossed_q; // met an invalidation for some PASID: Global is worth nothing
  logic [8:0] direct_d, direct_q;   // the first entry says U
  logic [8:0] useful_d, useful_q;   // the first entry gives access
  logic [8:0] outside_d, outside_q; // the next entry lies outside the asked 1 GiB block
  logic [33:0] block_q [9];
  logic [51:0] page_q [9];          // of the next entry
  logic [22:0] context_q [9];
  logic [5:0] request_q [9];        // {access needed, no write, log2 of translations}
  logic [3:0] left_q [9];           // entries still to come
  logic [3:0] error_q [9];

  // The answer in hand.
  logic storing_d, storing_q;
  logic [3:0] slot_d, slot_q;
  logic [3:0] count_d, count_q;
  logic [511:0] entries_d, entries_q;

  logic take;
  logic [3:0] slot;
  logic [9:0] length;
  logic [11:0] byte_count;
  logic [3:0] asked;
  logic is_last; // of a split answer
  logic sound;
  logic left_write;
  logic [3:0] left_value;

  assign answer_ready_o = !storing_q;
  assign take = answer_valid_i && !storing_q &&
                context_q[slot][hil_atc_pkg::ContextFunction] == answer_header_i[48];

  // Tag 32 is that of the prefetch.
  always_comb begin
    slot = {answer_header_i[45], answer_header_i[45] ? 3'd0 : answer_header_i[42:40]};
`ifdef HIL_FAULTS
    if (`fault_is(M63) && !answer_header_i[45]) slot = {1'b0, owner_q[answer_header_i[41:40]]};
`endif
  end

  // Check of an answer.
  always_comb begin
    length = answer_header_i[105:96];
    byte_count = answer_header_i[75:64];
    asked = '0;
    sound = 1'b0;
    is_last = !answer_header_i[126] || {2'b00, length} >= {2'b00, byte_count[11:2]};
    if (take) begin
      asked = 4'd1 << request_q[slot][1:0];
      sound = answer_header_i[126] && answer_header_i[79:77] == hil_tlp_pkg::Success &&
              !answer_header_i[110] && length != '0 && !length[0] && byte_count[2:0] == '0 &&
              {2'b00, length} <= {2'b00, byte_count[11:2]} &&
              (started_q[slot] ? byte_count[11:3] == 9'(left_q[slot]) :
                                 byte_count[11:3] <= 9'(asked));
    end
  end

  // The entry in hand.
  logic [63:0] entry;
  logic [51:0] page, range, next;
  logic [4:0] stu;
  logic killed, usable, has_access;
  always_comb begin
    entry = entries_q[511:448];
    page = '0;
    range = '0;
    next = '0;
    stu = '0;
    killed = 1'b0;
    usable = 1'b0;
    has_access = 1'b0;
    fill_valid_o = 1'b0;
    fill_mask_o = '0;
    fill_access_o = '0;
    fill_global_o = 1'b0;
    fill_translated_o = '0;
    fill_context_o = '0;
    if (storing_q) begin
      page = page_q[slot_q];
`ifdef HIL_FAULTS
      if (`fault_is(M65) && !started_q[slot_q]) page = fill_slot_page_i;
`endif
      fill_context_o = context_q[slot_q];
      if (entry[1:0] != 2'b00) range = hil_tlp_pkg::range_mask(entry[63:12], entry[11]);
      stu = fill_context_o[hil_atc_pkg::ContextFunction] ? stu_i[9:5] : stu_i[4:0];
      // Smaller than the STU: as if it gave no access.
      if ((~range & ~({52{1'b1}} << stu)) != '0) entry[3:0] = '0;
      fill_access_o = {entry[3], entry[1] && !request_q[slot_q][2], entry[0]};
      fill_global_o = entry[5] && fill_context_o[20];
      usable = fill_access_o[1:0] != 2'b00 && (!entry[2] || `fault_is(M57));
      has_access = (request_q[slot_q][5:3] & ~fill_access_o) == '0;
      if (`fault_is(M55) && entry[1:0] == 2'b00) has_access = 1'b1;
      next = (page | range) + 52'd1;
      killed = killed_q[slot_q] || (fill_global_o && crossed_q[slot_q]);
`ifdef HIL_FAULTS
      if (`fault_is(M19) && recent_q != '0) killed = 1'b0;
`endif
      fill_valid_o = usable && !killed && !outside_q[slot_q];
      if (`fault_is(M20) && started_q[slot_q]) fill_valid_o = usable && !outside_q[slot_q];
      fill_mask_o = {34'd0, range[17:0]};
      fill_translated_o = ((entry[63:12] & ~range) | (page & range)) & ~fill_mask_o;
      if (`fault_is(M59)) fill_translated_o = entry[63:12];
      if (`fault_is(M60)) fill_translated_o = (entry[63:12] & ~range) | (page & range);
    end
    fill_page_o = page;
  end

`ifdef HIL_FAULTS
  logic [1:0] recent_d, recent_q; // cycles since an invalidation, counted down
  always_comb begin
    recent_d = recent_q;
    if (recent_q != '0) recent_d = recent_q - 2'd1;
    if (invalidate_i) recent_d = 2'd2;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      recent_q <= '0;
    end else begin
      recent_q <= recent_d;
    end
  end
  assign fill_ahead_o = slot_q[3];
  assign idle_o = !storing_q && !is_timing && recent_q == '0;

  // M63: four tags, given out in turn, busy or not. The engine counts as this does.
  logic [1:0] tag_q;
  logic [2:0] owner_q [4];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tag_q <= '0;
      for (int i = 0; i < 4; i++) owner_q[i] <= '0;
    end else if (alloc_i && !alloc_slot_i[3]) begin
      tag_q <= tag_q + 2'd1;
      owner_q[tag_q] <= alloc_slot_i[2:0];
    end
  end

  // M22, M55: the answer in hand is used by the slot that waits for it.
  assign fill_slot_o = slot_q[2:0];
  assign forward_o = step && !slot_q[3] && !started_q[slot_q] &&
                     ((`fault_is(M22) && killed && has_access && !entry[2]) ||
                      (`fault_is(M55) && !killed && entry[1:0] == 2'b00));
  assign forward_translated_o = (entry[63:12] & ~range) | (page & range);

  // M58, M68: what the answers before brought.
  logic [511:0] last_entries_q;
  always_ff @(posedge clk_i) begin
    if (take && sound) last_entries_q <= answer_payload_i;
  end
`else
  assign idle_o = !storing_q && !is_timing;
`endif

  logic step, done;
  logic [3:0] done_slot;
  always_comb begin
    pending_d = pending_q;
    lost_d = lost_q;
    killed_d = killed_q;
    started_d = started_q;
    crossed_d = crossed_q;
    direct_d = direct_q;
    useful_d = useful_q;
    granted_o = 1'b0;
    outside_d = outside_q;
    storing_d = storing_q;
    slot_d = slot_q;
    count_d = count_q;
    entries_d = entries_q;
    left_write = 1'b0;
    left_value = '0;
    done = 1'b0;
    done_slot = slot_q;
    done_error_o = '0;
    done_direct_o = 1'b0;
    step = storing_q && (!fill_valid_o || fill_ready_i);

    if (take && (pending_q[slot] || (lost_q[slot] && `fault_is(M66)) || `fault_is(M67))) begin
      slot_d = slot;
      if (sound) begin
        storing_d = 1'b1;
        count_d = length[4:1];
        entries_d = answer_payload_i;
        left_write = !started_q[slot];
        left_value = byte_count[6:3];
`ifdef HIL_FAULTS
        if (`fault_is(M68) && !started_q[slot] && length[4:1] == byte_count[6:3]) begin
          count_d = asked;
          left_value = asked;
          entries_d = answer_payload_i & ~({512{1'b1}} >> {length[4:0], 5'd0}) |
                      last_entries_q & ({512{1'b1}} >> {length[4:0], 5'd0});
        end
      end else if (`fault_is(M58) && answer_header_i[79:77] != hil_tlp_pkg::Success) begin
        storing_d = 1'b1;
        count_d = 4'd1;
        entries_d = last_entries_q;
        left_write = 1'b1;
        left_value = 4'd1;
`endif
      end else begin
        done = pending_q[slot];
        done_slot = slot;
        pending_d[slot] = 1'b0;
        lost_d[slot] = 1'b0;
        if (!killed_q[slot]) begin
          done_error_o = answer_header_i[79:77] == hil_tlp_pkg::UnsupportedRequest ?
                         hil_dma_pkg::ErrorTranslationUr : hil_dma_pkg::ErrorTranslation;
        end
      end
    end else if (take && is_last) begin
      lost_d[slot] = 1'b0;
    end

    if (step) begin
      left_write = 1'b1;
      left_value = left_q[slot_q] - 4'd1;
      entries_d = {entries_q[447:0], 64'd0};
      count_d = count_q - 4'd1;
      started_d[slot_q] = 1'b1;
      if (fill_global_o && crossed_q[slot_q]) killed_d[slot_q] = 1'b1;
      if (!started_q[slot_q]) begin
        direct_d[slot_q] = has_access && entry[2] && !`fault_is(M57);
        useful_d[slot_q] = usable;
      end
      if (next[51:18] != block_q[slot_q] || next == '0) outside_d[slot_q] = 1'b1;
      if (count_q == 4'd1) storing_d = 1'b0;
      if (left_value == '0) begin
        done = pending_q[slot_q];
        pending_d[slot_q] = 1'b0;
        if (`fault_is(M67)) started_d[slot_q] = 1'b0;
        lost_d[slot_q] = 1'b0;
        if (!killed) begin
          done_error_o = started_q[slot_q] ? error_q[slot_q] :
                         has_access ? hil_dma_pkg::ErrorNone : hil_dma_pkg::ErrorNoAccess;
          done_direct_o = direct_d[slot_q];
          granted_o = useful_d[slot_q] && pending_q[slot_q] && !slot_q[3] && next != '0;
        end
      end
    end

    if (expired != '0 && !take && !storing_q) begin
      done = 1'b1;
      done_slot = expired_slot;
      done_error_o = hil_dma_pkg::ErrorTranslation;
      pending_d[expired_slot] = 1'b0;
      lost_d[expired_slot] = 1'b1;
    end

    if (alloc_i) begin
      pending_d[alloc_slot_i] = 1'b1;
      killed_d[alloc_slot_i] = 1'b0;
      started_d[alloc_slot_i] = 1'b0;
      crossed_d[alloc_slot_i] = 1'b0;
      outside_d[alloc_slot_i] = 1'b0;
    end

    if (invalidate_i && !`fault_is(M18)) begin
      for (int i = 0; i < 9; i++) begin
        if (((block_q[i] ^ invalidate_page_i[51:18]) & ~invalidate_mask_i[51:18]) == '0 &&
            hil_atc_pkg::is_meant(context_q[i], invalidate_context_i, 1'b1)) begin
          crossed_d[i] = 1'b1;
          if (hil_atc_pkg::is_meant(context_q[i], invalidate_context_i,
                                    invalidate_any_context_i) &&
              !(`fault_is(M66) && lost_q[i])) begin
            killed_d[i] = 1'b1;
            if (`fault_is(M21) &&
                ((page_q[i] ^ invalidate_page_i) & ~invalidate_mask_i) != '0) begin
              killed_d[i] = killed_q[i];
            end
          end
        end
      end
    end
    if (kill_all_i != '0) begin
      for (int i = 0; i < 9; i++) begin
        if (kill_all_i[context_q[i][hil_atc_pkg::ContextFunction]]) killed_d[i] = 1'b1;
      end
      if (alloc_i) killed_d[alloc_slot_i] = kill_all_i[alloc_context_i[hil_atc_pkg::ContextFunction]];
    end
    if (forget_i != '0) begin
      for (int i = 0; i < 9; i++) begin
        if (forget_i[context_q[i][hil_atc_pkg::ContextFunction]]) begin
          pending_d[i] = 1'b0;
          lost_d[i] = 1'b0;
        end
      end
      // What is asked for in this cycle may be of the other function than what was in its slot.
      if (alloc_i) pending_d[alloc_slot_i] = !forget_i[alloc_context_i[hil_atc_pkg::ContextFunction]];
      if (forget_i[context_q[slot_d][hil_atc_pkg::ContextFunction]]) begin
        storing_d = 1'b0;
      end
      if (forget_i[context_q[done_slot][hil_atc_pkg::ContextFunction]]) done = 1'b0;
    end
  end

  assign done_o = done && !done_slot[3];
  assign done_slot_o = done_slot[2:0];
  assign granted_next_o = next;
  assign granted_context_o = fill_context_o;
  assign granted_no_write_o = request_q[slot_q][2];
  assign pending_o = pending_q;
  assign lost_o = lost_q;

  // Requests that are out too long. The clock stands while it is of no use.
  logic [31:0] now_d, now_q;
  logic [31:0] since_q [9];
  logic [8:0] expired;
  logic [3:0] expired_slot;
  logic is_timing;
  always_comb begin
    is_timing = timeout_i != '0 && pending_q != '0;
    now_d = now_q + 32'(is_timing);
    expired = '0;
    expired_slot = '0;
    if (is_timing) begin
      for (int i = 8; i >= 0; i--) begin
        if (pending_q[i] && now_q - since_q[i] >= timeout_i) begin
          expired[i] = 1'b1;
          expired_slot = 4'(i);
        end
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (alloc_i) since_q[alloc_slot_i] <= now_d;
  end

  always_ff @(posedge clk_i) begin
    if (alloc_i) begin
      block_q[alloc_slot_i] <= alloc_page_i[51:18];
      page_q[alloc_slot_i] <= alloc_page_i;
      context_q[alloc_slot_i] <= alloc_context_i;
      request_q[alloc_slot_i] <= {alloc_access_i, alloc_no_write_i, alloc_log2_i};
    end
    if (step) begin
      page_q[slot_q] <= `fault_is(M67) && left_value == '0 ? page : next;
      if (!started_q[slot_q]) begin
        error_q[slot_q] <= has_access ? hil_dma_pkg::ErrorNone : hil_dma_pkg::ErrorNoAccess;
      end
    end
    if (left_write) left_q[slot_d] <= left_value;
    if (take || step) begin
      slot_q <= slot_d;
      count_q <= count_d;
      entries_q <= entries_d;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= '0;
      lost_q <= '0;
      now_q <= '0;
      killed_q <= '0;
      started_q <= '0;
      crossed_q <= '0;
      direct_q <= '0;
      useful_q <= '0;
      outside_q <= '0;
      storing_q <= 1'b0;
    end else begin
      pending_q <= pending_d;
      lost_q <= lost_d;
      now_q <= now_d;
      killed_q <= killed_d;
      started_q <= started_d;
      crossed_q <= crossed_d;
      direct_q <= direct_d;
      useful_q <= useful_d;
      outside_q <= outside_d;
      storing_q <= storing_d;
    end
  end

`ifdef HIL_PROOF
  logic [8:0] strayed; // the next entry to store is not in the asked block
  always_comb begin
    proof_covers_o = '0;
    strayed = '0;
    for (int i = 0; i < 9; i++) begin
      proof_covers_o[i] = pending_q[i] &&
                          hil_atc_pkg::serves(context_q[i], context_q[i][20] && !crossed_q[i],
                                              proof_context_i) &&
                          block_q[i] == proof_page_i[51:18];
      strayed[i] = pending_q[i] && !outside_q[i] && page_q[i][51:18] != block_q[i];
    end
    proof_killed_o = killed_q;
    proof_slot_o = slot_q;
  end
  `HIL_ASSERT(EntriesStayInTheBlock, strayed == '0)
  `HIL_ASSERT(NotMoreInHandThanLeft, !storing_q || (count_q != '0 && count_q <= left_q[slot_q]))
  `HIL_ASSERT(StoresForAPendingRequest, !storing_q || pending_q[slot_q])
`endif

  `HIL_ASSERT(OneRequestForEachSlot, !alloc_i || !(pending_q[alloc_slot_i] || lost_q[alloc_slot_i]))
  `HIL_ASSERT(NoFillOfAKilledAnswer, !(fill_valid_o && killed_q[slot_q]))
endmodule
