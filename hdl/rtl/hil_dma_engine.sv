// Runs the operations of the eight slots, one TLP at a time.
//
//   Select ──▶ Decide ─────────────────────────────────────────▶ Emit ──▶ (beats) tx_*
//   next slot  cut the TLP; look its page up (same cycle):        │
//   in turn    hit: memory request; miss: Translation Request;    └─ whole TLPs, never given up
//              operation over: completion record
//
// What Decide commits to (a hit, a read in flight) is visible to an invalidation in the next cycle;
// no lookup happens in the cycle of an invalidation or a fill (lookup_ready_i).
`default_nettype none
`include "hil_macros.svh"

module hil_dma_engine (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT
`ifdef HIL_FAULTS
  input  wire logic         poke_i,           // M65: VA_LO of a busy slot is written
  input  wire logic [2:0]   poke_slot_i,
  input  wire logic [31:2]  poke_address_i,
  input  wire logic [2:0]   fill_slot_i,
  output      logic [51:0]  fill_slot_page_o,
`endif

  input  wire logic [1:0]   forget_i,         // operations of the function

  input  wire logic [12:0]  bus_device_i,
  // Bit or 8 bits of each function.
  input  wire logic [1:0]   master_enable_i,
  input  wire logic [1:0]   atomic_enable_i,
  input  wire logic [1:0]   ats_enable_i,
  input  wire logic [1:0]   pasid_enable_i,
  input  wire logic [1:0]   execute_enable_i,
  input  wire logic [1:0]   privileged_enable_i,
  input  wire logic [15:0]  write_dws_max_i,
  input  wire logic [15:0]  read_dws_max_i,
  input  wire logic [31:8]  notify_i,

  input  wire logic         start_i,
  input  wire logic [2:0]   start_slot_i,
  input  wire logic [63:2]  start_address_i,
  input  wire logic [22:0]  start_context_i,
  input  wire logic [31:0]  start_length_i,
  input  wire logic [31:0]  start_seed_i,
  input  wire logic [22:0]  start_command_i,
  output      logic [7:0]   busy_o,
  output      logic [7:0]   function_o,       // of each slot's operation
  input  wire logic         bar_read_i,
  input  wire logic [2:0]   bar_slot_i,
  output      logic [31:0]  bar_status_o,     // {DWs written, STATUS bits 15:0}
  output      logic         bar_writes_o,

  output      logic         lookup_valid_o,
  input  wire logic         lookup_ready_i,
  output      logic [51:0]  lookup_page_o,
  output      logic [22:0]  lookup_context_o,
  output      logic [2:0]   lookup_access_o,  // {Exe, W, R}
  input  wire logic         lookup_hit_i,
  input  wire logic [51:0]  lookup_translated_i,
  input  wire logic [17:0]  lookup_mask_i,
  input  wire logic         lookup_global_i,
  output      logic         hit_o,
  output      logic         miss_o,
  // Of translated requests since ATS was enabled, of the function of the invalidation.
  output      logic [7:0]   used_classes_o,

  output      logic         translate_o,      // a Translation Request of select_o for lookup_page_o
  output      logic         translate_no_write_o,
  output      logic [1:0]   translate_log2_o,
  input  wire logic [7:0]   translate_pending_i,
  input  wire logic [7:0]   translate_lost_i, // the tag is still in use
  input  wire logic         translate_done_i,
  input  wire logic [2:0]   translate_slot_i,
  input  wire logic [3:0]   translate_error_i,
  input  wire logic         translate_direct_i,

  output      logic         page_two_o,       // of the Translation Request: asks for the next page
  output      logic [22:0]  page_prefix_o,    // {has a PASID, PMR, ER, PASID}
  output      logic [2:0]   page_class_o,
  output      logic [2:0]   translate_class_o, // of the operation of translate_slot_i
  output      logic         page_ask_o,       // translate_slot_i needs a page
  output      logic [7:0]   page_drop_o,      // waits no longer
  input  wire logic [7:0]   page_granted_i,
  input  wire logic [7:0]   page_refused_i,
  input  wire logic [7:0]   page_failed_i,

  input  wire logic         stop_i,           // operations of this PASID
  input  wire logic         stop_function_i,
  input  wire logic [19:0]  stop_pasid_i,

  output      logic [2:0]   select_o,
  output      logic         read_o,           // a read of select_o
  output      logic [7:0]   read_length_o,
  output      logic [1:0]   read_wants_o,
  output      logic         read_translated_o,
  output      logic         read_second_o,
  input  wire logic [7:0]   read_tag_i,
  input  wire logic [7:0]   read_full_i,
  input  wire logic [7:0]   read_pending_i,
  input  wire logic         read_error_i,
  input  wire logic [2:0]   read_error_slot_i,
  output      logic         record_read_o,
  input  wire logic [111:0] record_result_i,  // of select_o: {DWs, DATA_LO, DATA_HI, DIGEST}

  input  wire logic         invalidate_i,
  input  wire logic [51:0]  invalidate_page_i,
  input  wire logic [51:0]  invalidate_mask_i,
  input  wire logic [22:0]  invalidate_context_i,
  input  wire logic         invalidate_any_context_i,
  output      logic [7:0]   match_first_o,    // slots whose use of their first page matches
  output      logic [7:0]   match_second_o,

  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,

  output      logic         idle_o
);
  typedef enum logic [1:0] {
    Select,
    Decide,
    Emit
  } state_e;

  // Of each slot.
  logic [7:0] busy_d, busy_q;
  logic [7:0] done_d, done_q;
  logic [7:0] issue_d, issue_q;   // TLPs are still to be sent
  logic [7:0] write_d, write_q;   // the operation writes
  logic [7:0] atomic_d, atomic_q; // it is an atomic: FetchAdd
  logic [7:0] swap_d, swap_q;     // or compare and swap
  logic [7:0] execute_d, execute_q;
  logic [7:0] direct_d, direct_q; // the next TLP goes untranslated
  logic [7:0] stuck_d, stuck_q;   // waits for its tag
  logic [15:0] global_d, global_q; // a Global translation was used: {second page, first page}
  logic [15:0] classes_d, classes_q; // 8 bits of each function
  logic [7:0] paging_d, paging_q; // pages that are missing are asked for
  logic [7:0] wait_d, wait_q;     // for a PRG Response
  logic [23:0] tries_d, tries_q;  // Page Requests granted since the last TLP
  logic [31:0] error_d, error_q;  // STATUS bits 7:4
  logic [63:2] address_q [8];
  logic [22:0] context_q [8];
  logic [10:0] length_q [8];      // DWs
  logic [31:0] seed_q [8];
  logic [14:0] option_q [8];      // {TC, label, log2 of translations, untranslated, no write}
  logic [10:0] offset_q [8];      // DWs sent or asked for
  logic [17:0] first_mask_q [8];  // sizes of the entries used in the first and second page
  logic [17:0] second_mask_q [8];

  // The TLP in hand.
  state_e state_d, state_q;
  logic [2:0] select_d, select_q;
  logic is_record_d, is_record_q;
  logic [159:0] header_d, header_q; // first DW in bits 159:128
  logic [2:0] header_size_d, header_size_q;
  logic [7:0] total_d, total_q;     // DWs of the TLP
  logic [7:0] sent_d, sent_q;
  logic [31:0] value_d, value_q;    // what lane 0 would carry, were it payload

  // ---- Select: the next slot in turn that has something to do.
  logic [7:0] ready;
  logic [2:0] turn;
  always_comb begin
    ready = ((issue_q & ~(read_full_i & ~write_q) & ~(stuck_q & translate_lost_i)) |
             (busy_q & ~issue_q & ~read_pending_i)) & ~translate_pending_i & ~wait_q;
    select_d = select_q;
    turn = '0;
    if (state_q == Select && ready != '0) begin
      for (int i = 7; i >= 0; i--) begin
        turn = select_q + 3'd1 + 3'(i);
        if (ready[turn]) select_d = turn;
      end
    end
  end

  // ---- Decide: the cut. At most to the page's end, and to the next multiple of the largest
  // payload or read request.
  logic is_write, is_atomic, execute, direct, untranslated, no_write;
  logic [10:0] offset, remaining;
  logic [63:2] address;
  logic [22:0] whose;
  logic is_second; // the operation is of function 1
  logic [20:0] pasid;
  logic [7:0] size_max, room, chunk;
  logic second_page;
  logic allowed, over, decide;
  always_comb begin
    decide = state_q == Decide && !forget_i[function_o[select_q]];
    is_write = 1'b0;
    is_atomic = 1'b0;
    execute = 1'b0;
    direct = 1'b0;
    untranslated = 1'b0;
    no_write = 1'b0;
    offset = '0;
    remaining = '0;
    address = '0;
    whose = '0;
    is_second = 1'b0;
    pasid = '0;
    size_max = '0;
    room = '0;
    chunk = '0;
    second_page = 1'b0;
    allowed = 1'b0;
    over = 1'b0;
    if (decide) begin
      over = !issue_q[select_q];
      is_write = write_q[select_q];
      is_atomic = atomic_q[select_q];
      execute = execute_q[select_q];
      direct = option_q[select_q][1];
      untranslated = direct || direct_q[select_q];
      no_write = option_q[select_q][0] && !is_write && !is_atomic;
      offset = offset_q[select_q];
      remaining = length_q[select_q] - offset;
      address = address_q[select_q] + 62'(offset);
      whose = context_q[select_q];
      is_second = whose[hil_atc_pkg::ContextFunction];
      pasid = whose[20:0];
      second_page = address[12] != address_q[select_q][12];
      size_max = is_write ? write_dws_max_i[8*is_second +: 8] : read_dws_max_i[8*is_second +: 8];
      room = size_max - ({1'b0, address[8:2]} & (size_max - 8'd1));
      if (`fault_is(M61)) room = size_max;
      chunk = remaining < 11'(room) ? remaining[7:0] : room;
      allowed = master_enable_i[is_second] &&
                (direct || ats_enable_i[is_second] || `fault_is(M64)) &&
                (!pasid[20] || pasid_enable_i[is_second]) &&
                (!execute || execute_enable_i[is_second]) &&
                (!whose[hil_atc_pkg::ContextPrivileged] || privileged_enable_i[is_second]) &&
                (!is_atomic || atomic_enable_i[is_second]);
    end
  end

  // ---- Decide: the translation.
  logic held, late, is_refused; // faults
  logic [51:0] held_page, found_page;
  assign lookup_valid_o = decide && !over && allowed && !untranslated && !held && !late;
  assign lookup_page_o = address[63:12];
  assign lookup_context_o = whose;
  assign lookup_access_o = {execute, is_write || is_atomic, !is_write};
  assign found_page = held ? held_page : lookup_translated_i;

  // ---- Decide: what is sent.
  logic send, miss, ask, memory, record, answered, refused, finish;
  logic [1:0] at;
  logic [63:0] target;
  logic [9:0] tlp_length;
  logic [7:0] tag;
  logic with_pasid, is_long;
  logic [7:0] kind;
  logic [127:0] request;
  always_comb begin
    answered = lookup_valid_o && lookup_ready_i;
    memory = decide && !over && allowed &&
             (untranslated || held || (answered && lookup_hit_i && !`fault_is(M80)));
    miss = answered && !lookup_hit_i;
    refused = miss && is_refused;
    ask = miss && !translate_lost_i[select_q] && !is_refused;
    finish = decide && over && ready[select_q];
    record = finish && notify_i != '0 && master_enable_i[is_second];
    send = memory || ask || record;

    at = hil_tlp_pkg::Untranslated;
    target = {address, 2'b00};
    tlp_length = 10'(chunk);
    tag = is_write ? '0 : read_tag_i;
    with_pasid = pasid[20] && (untranslated || ask);
    if (record) begin
      target = {32'd0, notify_i, 1'b0, select_q, 4'd0};
      tlp_length = 10'd4;
      tag = '0;
      with_pasid = 1'b0;
    end else if (ask) begin
      at = hil_tlp_pkg::TranslationRequest;
      target = {address[63:12], 11'd0, no_write};
      tlp_length = (`fault_is(M62) ? 10'd1 : 10'd2) << option_q[select_q][3:2];
      tag = 8'(select_q);
`ifdef HIL_FAULTS
      if (`fault_is(M63)) tag = 8'(tag_q);
`endif
    end else if (!untranslated) begin
      at = hil_tlp_pkg::Translated;
      target = {found_page, address[11:2], 2'b00};
    end

    header_d = header_q;
    header_size_d = header_size_q;
    total_d = total_q;
    is_record_d = is_record_q;
    is_long = target[63:32] != '0;
    kind = is_long ? hil_tlp_pkg::MRd64 : hil_tlp_pkg::MRd32;
    if ((is_write && memory) || record) begin
      kind = is_long ? hil_tlp_pkg::MWr64 : hil_tlp_pkg::MWr32;
    end else if (is_atomic && memory) begin
      kind = is_long ? hil_tlp_pkg::FetchAdd64 : hil_tlp_pkg::FetchAdd32;
      if (swap_q[select_q]) begin
        kind = is_long ? hil_tlp_pkg::Cas64 : hil_tlp_pkg::Cas32;
        tlp_length = 10'd2;
      end
    end
    request = '0;
    if (send) begin
      is_record_d = record;
      request[127:64] = {
        kind,
        1'b0, option_q[select_q][14:12], 8'd0, at, tlp_length,
        bus_device_i, 2'b00, is_second, tag, tlp_length == 10'd1 ? 4'h0 : 4'hF, 4'hF};
      request[63:0] = is_long ? target : {target[31:0], 32'd0};
      header_d = with_pasid ? {hil_tlp_pkg::PasidPrefix, 2'b00,
                               whose[hil_atc_pkg::ContextPrivileged], execute, pasid[19:0], request}
                            : {request, 32'd0};
      header_size_d = 3'd3 + 3'(is_long) + 3'(with_pasid);
      total_d = 8'(header_size_d);
      if (is_write && memory) total_d = total_d + chunk;
      if (is_atomic && memory) total_d = total_d + tlp_length[7:0];
      if (record) total_d = total_d + 8'd4;
    end
  end

  assign hit_o = answered && lookup_hit_i;
  assign miss_o = ask;
  assign translate_o = ask;
  assign translate_no_write_o = no_write;
  assign translate_log2_o = decide ? option_q[select_q][3:2] : '0;
  assign select_o = select_q;
  assign read_o = memory && !is_write;
  assign read_length_o = chunk;
  assign read_wants_o = {offset == 11'd0, offset <= 11'd1};
  assign read_translated_o = !untranslated;
  assign read_second_o = second_page;
  assign page_two_o = option_q[select_q][3:2] != 2'd0 &&
                      {1'b0, address[11:2]} + remaining > 11'd1024;
  assign page_prefix_o = {pasid[20], whose[hil_atc_pkg::ContextPrivileged], execute, pasid[19:0]};
  assign page_class_o = option_q[select_q][14:12];
  assign translate_class_o = option_q[translate_slot_i][14:12];

`ifdef HIL_FAULTS
  // M32: the translation of a page part is looked up once. Bit 8 * second page + slot.
  logic [15:0] held_d, held_q;
  logic [51:0] held_page_q [16];
  logic [3:0] held_bit;
  always_comb begin
    held_bit = {second_page, select_q};
    held = (decide && ((`fault_is(M32) && held_q[held_bit]) || mapped_q[select_q] ||
                       (`fault_is(M64) && !ats_enable_i[is_second] && !untranslated))) ||
           late_q == 2'd1;
    held_page = late_q == 2'd1 ? late_page_q :
                `fault_is(M32) ? held_page_q[held_bit] : address[63:12];
  end

  // M80: what a lookup found is used two cycles later.
  logic [1:0] late_d, late_q;
  logic [51:0] late_page_q;
  assign late = late_q != '0;
  always_comb begin
    late_d = '0;
    if (late_q != '0) late_d = late_q - 2'd1;
    if (`fault_is(M80) && hit_o) late_d = 2'd2;
  end

  // M56: the page that was refused last. An invalidation forgets it.
  logic refused_valid_q;
  logic [51:0] refused_page_q;
  logic [22:0] refused_context_q;
  assign is_refused = `fault_is(M56) && refused_valid_q && refused_page_q == address[63:12] &&
                      refused_context_q == whose;

  // The page that a slot has come to.
  function automatic logic [51:0] page_at(input logic [63:2] start, input logic [10:0] dws);
    page_at = 52'((start + 62'(dws)) >> 10);
  endfunction
  assign fill_slot_page_o = page_at(address_q[fill_slot_i], offset_q[fill_slot_i]);

  // M63: the tag of the next Translation Request.
  logic [1:0] tag_q;

  always_ff @(posedge clk_i) begin
    if (hit_o) late_page_q <= lookup_translated_i;
    if (translate_done_i && translate_error_i == hil_dma_pkg::ErrorNoAccess) begin
      refused_page_q <= page_at(address_q[translate_slot_i], offset_q[translate_slot_i]);
      refused_context_q <= context_q[translate_slot_i];
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      late_q <= '0;
      refused_valid_q <= 1'b0;
      tag_q <= '0;
    end else begin
      late_q <= late_d;
      if (ask) tag_q <= tag_q + 2'd1;
      if (translate_done_i && translate_error_i == hil_dma_pkg::ErrorNoAccess) begin
        refused_valid_q <= 1'b1;
      end
      if (invalidate_i || ats_enable_i == '0) refused_valid_q <= 1'b0;
    end
  end

  // M70: what was granted is taken as mapped, at the address itself.
  logic [7:0] mapped_d, mapped_q;
  always_comb begin
    mapped_d = mapped_q;
    if (`fault_is(M70)) mapped_d = mapped_q | page_granted_i;
    if (start_i) mapped_d[start_slot_i] = 1'b0;
  end
  always_comb begin
    held_d = held_q;
    if (hit_o) held_d[held_bit] = 1'b1;
    if (start_i) held_d = held_d & ~(16'h0101 << start_slot_i);
  end
  always_ff @(posedge clk_i) begin
    if (hit_o) held_page_q[held_bit] <= lookup_translated_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      mapped_q <= '0;
    end else begin
      held_q <= held_d;
      mapped_q <= mapped_d;
    end
  end
`else
  assign held = 1'b0;
  assign held_page = '0;
  assign late = 1'b0;
  assign is_refused = 1'b0;
`endif

  // ---- Emit: header, then SEED + k of a write or the four DWs of a record.
  logic [159:0] lanes;
  logic [31:0] status;
  logic [7:0] after;
  always_comb begin
    tx_valid_o = state_q == Emit;
    tx_data_o = '0;
    tx_count_o = '0;
    tx_last_o = 1'b0;
    after = '0;
    status = '0;
    lanes = '0;
    if (tx_valid_o) begin
      after = total_q - sent_q;
      tx_last_o = after <= 8'd4;
      tx_count_o = tx_last_o ? after[2:0] : 3'd4;
      if (is_record_q) begin
        status = {record_result_i[111:96], option_q[select_q][11:4],
                  error_q[4*select_q +: 4], 4'b0010};
        if (write_q[select_q]) status[31:16] = 16'(offset_q[select_q]);
        tx_data_o = sent_q == '0 ? {header_q[159:64], hil_tlp_pkg::swap(status)} :
                    {hil_tlp_pkg::swap(record_result_i[95:64]),
                     hil_tlp_pkg::swap(record_result_i[63:32]),
                     hil_tlp_pkg::swap(record_result_i[31:0]), 32'd0};
      end else begin
        lanes = sent_q == '0 ? header_q : sent_q == 8'd4 ? {header_q[31:0], 128'd0} : '0;
        for (int i = 0; i < 4; i++) begin
          tx_data_o[32*(3-i) +: 32] = sent_q + 8'(i) < 8'(header_size_q) ?
              lanes[32*(4-i) +: 32] : hil_tlp_pkg::swap(value_q + 32'(i));
        end
      end
    end
  end

  logic leave;
  always_comb begin
    state_d = state_q;
    sent_d = sent_q;
    value_d = value_q;
    leave = 1'b0;
    unique case (state_q)
      Select: begin
        if (ready != '0) state_d = Decide;
      end
      Decide: begin
        sent_d = '0;
        value_d = seed_q[select_q] + 32'(offset) - 32'(header_size_d);
        if (send) begin
          state_d = Emit;
        end else if (over || !allowed || miss) begin
          state_d = Select;
        end
      end
      default: begin
        if (tx_ready_i) begin
          sent_d = sent_q + 8'd4;
          value_d = value_q + 32'd4;
          leave = tx_last_o;
          if (leave) state_d = Select;
        end
      end
    endcase
  end

  // ---- Operations that are stopped, and pages that are asked for.
  logic [7:0] stopped, forgotten, unable;
  logic wants_page;
  always_comb begin
    stopped = '0;
    forgotten = '0;
    unable = '0;
    if (forget_i != '0 || wait_q != '0) begin
      for (int i = 0; i < 8; i++) begin
        forgotten[i] = forget_i[function_o[i]];
        unable[i] = wait_q[i] && !master_enable_i[function_o[i]]; // it ends with error 5
      end
    end
    if (stop_i && !`fault_is(M72)) begin
      for (int i = 0; i < 8; i++) begin
        stopped[i] = busy_q[i] && context_q[i][20:0] == {1'b1, stop_pasid_i} &&
                     context_q[i][hil_atc_pkg::ContextFunction] == stop_function_i &&
                     !(state_q == Emit && is_record_q && select_q == 3'(i));
      end
    end
    wants_page = translate_done_i && translate_error_i == hil_dma_pkg::ErrorNoAccess &&
                 paging_q[translate_slot_i] && issue_q[translate_slot_i] &&
                 tries_q[3*translate_slot_i +: 3] != hil_dma_pkg::PageTries;
    wait_d = wait_q & ~(page_granted_i | page_refused_i | page_failed_i);
    if (wants_page) wait_d[translate_slot_i] = 1'b1;
    wait_d = wait_d & ~(stopped | forgotten | unable);
    paging_d = paging_q;
    tries_d = tries_q;
    for (int i = 0; i < 8; i++) begin
      if (page_granted_i[i]) tries_d[3*i +: 3] = tries_q[3*i +: 3] + 3'd1;
    end
    if (memory) tries_d[3*select_q +: 3] = '0;
    if (start_i) begin
      wait_d[start_slot_i] = 1'b0;
      paging_d[start_slot_i] = start_command_i[22];
      tries_d[3*start_slot_i +: 3] = '0;
    end
  end
  assign page_ask_o = wants_page;
  assign page_drop_o = stopped | forgotten | unable;

  // ---- Slots: start, progress, end.
  logic [7:0] pick;
  logic [3:0] start_error;
  logic start_allowed, start_second, start_execute, start_atomic;
  always_comb begin
    pick = 8'd1 << select_q;
    start_atomic = start_command_i[1:0] == 2'b11;
    start_second = start_context_i[hil_atc_pkg::ContextFunction];
    start_execute = start_command_i[20] && start_context_i[20] && !start_command_i[1];
    start_allowed = master_enable_i[start_second] &&
                    (start_command_i[3] || ats_enable_i[start_second] || `fault_is(M64)) &&
                    (!start_context_i[20] || pasid_enable_i[start_second]) &&
                    (!start_execute || execute_enable_i[start_second]) &&
                    (!start_context_i[hil_atc_pkg::ContextPrivileged] ||
                     privileged_enable_i[start_second]) &&
                    (!start_atomic || atomic_enable_i[start_second]);
    start_error = hil_dma_pkg::ErrorNone;
    if (start_i) begin
      if (start_length_i == '0 || start_length_i > 32'd1 << hil_dma_pkg::MaxTransferLog2 ||
          start_length_i[1:0] != 2'b00 || start_command_i[1:0] == 2'b00 ||
          start_command_i[6] || (start_atomic && start_length_i != 32'd4)) begin
        start_error = hil_dma_pkg::ErrorCommand;
      end else if (!start_allowed) begin
        start_error = hil_dma_pkg::ErrorDisabled;
      end
    end

    busy_d = busy_q;
    done_d = done_q;
    issue_d = issue_q;
    write_d = write_q;
    atomic_d = atomic_q;
    swap_d = swap_q;
    execute_d = execute_q;
    direct_d = direct_q;
    global_d = global_q;
    error_d = error_q;
    if (memory) direct_d[select_q] = 1'b0;
    stuck_d = stuck_q & translate_lost_i;
    if (miss && !ask) stuck_d[select_q] = 1'b1;
    if (translate_done_i && translate_direct_i) direct_d[translate_slot_i] = 1'b1;
    if (hit_o && lookup_global_i) global_d[{second_page, select_q}] = 1'b1;
    if (memory && chunk == remaining[7:0] && remaining[10:8] == '0) issue_d = issue_d & ~pick;
    if (decide && !over && !allowed) begin
      issue_d = issue_d & ~pick;
      if (error_q[4*select_q +: 4] == '0) begin
        error_d[4*select_q +: 4] = hil_dma_pkg::ErrorDisabled;
      end
    end
    if (refused) begin
      issue_d = issue_d & ~pick;
      if (error_q[4*select_q +: 4] == '0) begin
        error_d[4*select_q +: 4] = hil_dma_pkg::ErrorNoAccess;
      end
    end
    if (translate_done_i && translate_error_i != '0 && !wants_page) begin
      issue_d[translate_slot_i] = 1'b0;
      if (error_q[4*translate_slot_i +: 4] == '0) begin
        error_d[4*translate_slot_i +: 4] = translate_error_i;
      end
    end
    if (read_error_i) begin
      issue_d[read_error_slot_i] = 1'b0;
      if (error_q[4*read_error_slot_i +: 4] == '0) begin
        error_d[4*read_error_slot_i +: 4] = hil_dma_pkg::ErrorRead;
      end
    end
    for (int i = 0; i < 8; i++) begin
      if ((page_refused_i[i] || page_failed_i[i] || stopped[i]) && !forgotten[i]) begin
        issue_d[i] = 1'b0;
        if (error_q[4*i +: 4] == '0) begin
          error_d[4*i +: 4] = stopped[i] ? hil_dma_pkg::ErrorStopped :
                              page_refused_i[i] ? hil_dma_pkg::ErrorPageInvalid :
                              hil_dma_pkg::ErrorPageFailure;
        end
      end
    end
    if ((leave && is_record_q && busy_q[select_q]) || (finish && !record)) begin
      busy_d = busy_q & ~pick;
      done_d = done_q | pick;
    end
    if (start_i) begin
      busy_d[start_slot_i] = 1'b1;
      done_d[start_slot_i] = 1'b0;
      issue_d[start_slot_i] = start_error == hil_dma_pkg::ErrorNone;
      write_d[start_slot_i] = start_command_i[1] && !start_atomic;
      atomic_d[start_slot_i] = start_atomic;
      swap_d[start_slot_i] = start_command_i[7];
      execute_d[start_slot_i] = start_execute;
      direct_d[start_slot_i] = 1'b0;
      global_d[{1'b0, start_slot_i}] = 1'b0;
      stuck_d[start_slot_i] = 1'b0;
      global_d[{1'b1, start_slot_i}] = 1'b0;
      error_d[4*start_slot_i +: 4] = start_error;
    end
    if (forget_i != '0) begin
      for (int i = 0; i < 8; i++) begin
        if (busy_q[i] && forget_i[function_o[i]]) begin
          busy_d[i] = 1'b0;
          issue_d[i] = 1'b0;
          done_d[i] = 1'b0;
        end
      end
    end
  end

  always_comb begin
    classes_d = classes_q & {{8{ats_enable_i[1]}}, {8{ats_enable_i[0]}}};
    if (hit_o) classes_d[{is_second, option_q[select_q][14:12]}] = 1'b1;
  end
  assign used_classes_o = invalidate_context_i[hil_atc_pkg::ContextFunction] ?
                          classes_q[15:8] : classes_q[7:0];

  // ---- What an invalidation has to wait for.
  logic [51:0] first_page;
  always_comb begin
    match_first_o = '0;
    match_second_o = '0;
    first_page = '0;
    if (invalidate_i) begin
      for (int i = 0; i < 8; i++) begin
        first_page = address_q[i][63:12];
        if (hil_atc_pkg::is_meant(context_q[i], invalidate_context_i,
                                  invalidate_any_context_i || global_q[i])) begin
          match_first_o[i] = ((first_page ^ invalidate_page_i) &
                              ~{34'd0, first_mask_q[i]} & ~invalidate_mask_i) == '0;
        end
        if (hil_atc_pkg::is_meant(context_q[i], invalidate_context_i,
                                  invalidate_any_context_i || global_q[8 + i])) begin
          match_second_o[i] = (((first_page + 52'd1) ^ invalidate_page_i) &
                               ~{34'd0, second_mask_q[i]} & ~invalidate_mask_i) == '0;
        end
      end
    end
  end

  assign busy_o = busy_q;
  for (genvar i = 0; i < 8; i++) begin : gen_function
    assign function_o[i] = context_q[i][hil_atc_pkg::ContextFunction];
  end
  assign bar_writes_o = write_q[bar_slot_i];
  assign record_read_o = state_q == Emit && is_record_q;
  always_comb begin
    bar_status_o = '0;
    if (bar_read_i) begin
      bar_status_o = {5'd0, offset_q[bar_slot_i], option_q[bar_slot_i][11:4],
                      error_q[4*bar_slot_i +: 4], 2'b00,
                      done_q[bar_slot_i], busy_q[bar_slot_i]};
    end
  end
  assign idle_o = state_q == Select && ready == '0;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      address_q[start_slot_i] <= start_address_i;
      context_q[start_slot_i] <= start_context_i;
      length_q[start_slot_i] <= start_length_i[12:2];
      seed_q[start_slot_i] <= start_seed_i;
      first_mask_q[start_slot_i] <= '0;
      second_mask_q[start_slot_i] <= '0;
    end
`ifdef HIL_FAULTS
    if (`fault_is(M65) && poke_i) address_q[poke_slot_i][31:2] <= poke_address_i;
`endif
    if (hit_o && !second_page) first_mask_q[select_q] <= first_mask_q[select_q] | lookup_mask_i;
    if (hit_o && second_page) second_mask_q[select_q] <= second_mask_q[select_q] | lookup_mask_i;
    if (state_q != Select) begin
      is_record_q <= is_record_d;
      header_q <= header_d;
      header_size_q <= header_size_d;
      total_q <= total_d;
      sent_q <= sent_d;
      value_q <= value_d;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int i = 0; i < 8; i++) begin
        option_q[i] <= '0;
        offset_q[i] <= '0;
      end
    end else begin
      if (memory) offset_q[select_q] <= offset + 11'(chunk);
      if (start_i) begin
        option_q[start_slot_i] <= {start_command_i[18:8], start_command_i[5:4],
                                   start_command_i[3], start_command_i[2]};
        offset_q[start_slot_i] <= '0;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= '0;
      done_q <= '0;
      issue_q <= '0;
      write_q <= '0;
      atomic_q <= '0;
      swap_q <= '0;
      execute_q <= '0;
      direct_q <= '0;
      stuck_q <= '0;
      global_q <= '0;
      classes_q <= '0;
      paging_q <= '0;
      wait_q <= '0;
      tries_q <= '0;
      error_q <= '0;
      state_q <= Select;
      select_q <= '0;
    end else begin
      busy_q <= busy_d;
      done_q <= done_d;
      issue_q <= issue_d;
      write_q <= write_d;
      atomic_q <= atomic_d;
      swap_q <= swap_d;
      execute_q <= execute_d;
      direct_q <= direct_d;
      stuck_q <= stuck_d;
      global_q <= global_d;
      classes_q <= classes_d;
      paging_q <= paging_d;
      wait_q <= wait_d;
      tries_q <= tries_d;
      error_q <= error_d;
      state_q <= state_d;
      select_q <= select_d;
    end
  end

  `HIL_ASSERT(StartsOnlyAFreeSlot, !start_i || !busy_q[start_slot_i])
  `HIL_ASSERT(NoLookupWhileInvalidating, !(invalidate_i && answered))
endmodule
