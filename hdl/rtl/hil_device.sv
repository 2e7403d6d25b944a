// The reference device: an ATS endpoint with an exerciser behind BAR0 (docs/exerciser.md).
//
//   rx_* ─▶ gearbox ─▶ parser ─┬─ requests ──────▶ target ─▶ config space, registers, slots
//                              ├─ read data ─────▶ read tracker ◀──┐        │ start
//                              ├─ translations ──▶ translation ─┐  │        ▼
//                              └─ invalidations ─▶ queue ─▶ ATC ◀──┴── DMA engine
//                                                    │                      │
//   tx_* ◀─ gap ◀─ transmit queue ◀─ completions ────┴── answers ── TLPs ───┘
//
// Streams carry up to 4 DWs a beat, the first in bits 127:96; every beat of a TLP but the last is
// full. rx_ready_o and tx_* depend on held state only. idle_o: nothing in here changes until a TLP
// arrives.
`default_nettype none
`include "hil_macros.svh"

module hil_device #(
  parameter int Ways = 4,
  parameter int EntriesPerWay = 16,
  parameter int MicroTlbEntries = 4,
  parameter int QueueDepth0 = 16, // Invalidate Requests that the host may send to function 0
  parameter int QueueDepth1 = 8,  // and to function 1; 0: it has no ATS
  parameter int TransmitQueueDepth = 128
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT
`ifdef HIL_MUTANTS
  input  wire logic [9:0]   mutant_i, // of the ATS core (hdl/mutants); 0: unchanged
`endif

  input  wire logic         rx_valid_i,
  output      logic         rx_ready_o,
  input  wire logic [127:0] rx_data_i,
  input  wire logic [2:0]   rx_count_i,
  input  wire logic         rx_last_i,

  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,

  output      logic         idle_o
);
  logic gearbox_idle, parser_idle, target_idle, ats_idle, engine_idle, page_idle, tx_idle;
  logic prefetch_idle, order_idle;

  // ---- Receive
  logic window_valid, window_last;
  logic [127:0] window_data;
  logic [2:0] window_count, window_take;
  logic tlp_valid, tlp_ready;
  hil_tlp_pkg::kind_e tlp_kind;
  logic [127:0] tlp_header;
  logic [20:0] tlp_pasid;
  logic [511:0] tlp_payload;
  logic [31:0] tlp_sum;
  logic request_valid, request_ready;
  logic data_valid;
  logic answer_valid, answer_ready;
  logic invalidation_valid, invalidation_ready;
  logic response_valid;

  // ---- Configuration and registers
  // A bit, or the bits, of each function: function 0 in the low ones.
  logic [12:0] bus_device;
  logic [1:0] memory_enable, master_enable, atomic_enable, ats_enable, ats_clear, forget;
  logic [9:0] stu;
  logic [1:0] pasid_enable, execute_enable, privileged_enable;
  logic [39:0] bar_page;
  logic [15:0] write_dws_max, read_dws_max;
  logic [11:2] address;
  logic config_read, config_write, config_function, bar_write, bar_read;
  logic [3:0] write_count;
  logic [255:0] write_data;
  logic [3:0] config_byte_enable;
  logic [63:0] config_read_data;
  logic [31:0] register_read_data, slot_read_data;
  logic [7:0] tx_gap;
  logic [31:8] notify;
  logic [31:0] timeout;
  logic [2:0] control;

  // ---- Slots
  logic start;
  logic [2:0] start_slot;
  logic [63:2] start_address;
  logic [22:0] start_context;
  logic [31:0] start_length, start_seed;
  logic [22:0] start_command;
  logic [7:0] busy, slot_function;
  logic [2:0] bar_slot;
  logic [31:0] bar_status;
  logic bar_writes, record_read;
  logic [111:0] bar_result, record_result;

  // ---- Translations
  logic lookup_valid, lookup_ready;
  logic [51:0] lookup_page;
  logic [22:0] lookup_context;
  logic [2:0] lookup_access;
  logic lookup_hit, lookup_global;
  logic [51:0] lookup_translated;
  logic [17:0] lookup_mask;
  logic hit, miss;
  logic translate, translate_no_write, translate_direct;
  logic [1:0] translate_log2;
  logic [7:0] translate_pending, translate_lost;
  logic translate_done;
  logic [2:0] translate_slot;
  logic [3:0] translate_error;
  logic act, any_context, draining;
  logic [7:0] used_classes;
  logic [51:0] act_page, act_mask;
  logic [22:0] act_context;
  logic [7:0] match_first, match_second;

`ifdef HIL_FAULTS
  logic poke;                 // M65
  logic [31:2] poke_address;
  logic [2:0] fill_slot;
  logic [51:0] fill_slot_page;
`endif

  // ---- Reads
  logic [2:0] select;
  logic read, read_translated, read_second, read_error;
  logic [7:0] read_length, read_tag, read_full, read_pending;
  logic [1:0] read_wants;
  logic [2:0] read_error_slot;

  // ---- Page Requests, of function 0 and 1
  logic [1:0] page_enable, page_reset, page_failure, page_unexpected, page_out;
  logic [63:0] page_allocation, page_read_data;
  logic page_two, page_ask, page_valid, page_ready, page_last;
  logic [22:0] page_prefix;
  logic [2:0] page_class, page_count;
  logic [7:0] page_drop, page_granted, page_refused, page_failed;
  logic [127:0] page_data;
  logic stop, stop_function, stopping;
  logic [19:0] stop_pasid;

  // ---- Prefetch
  logic prefetch_valid, prefetch_ready, prefetch_hit, prefetch_no_write, prefetch_pending;
  logic [51:0] prefetch_page, granted_next;
  logic [22:0] prefetch_context, granted_context;
  logic granted, granted_no_write;
  logic [2:0] translate_class;
  logic ahead_valid, ahead_ready, ahead_last;
  logic [127:0] ahead_data;
  logic [2:0] ahead_count;

  // ---- Transmit
  logic dma_valid, dma_ready, dma_last;
  logic [127:0] dma_data;
  logic [2:0] dma_count;
  logic reply_valid, reply_ready, reply_last;
  logic [127:0] reply_data;
  logic [2:0] reply_count;
  logic closing_valid, closing_ready, closing_last, closing_soon;
  logic [127:0] closing_data;
  logic completion_valid, completion_ready;
  logic [127:0] completion_data;

  hil_rx_gearbox u_gearbox (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .rx_valid_i(rx_valid_i),
    .rx_ready_o(rx_ready_o),
    .rx_data_i(rx_data_i),
    .rx_count_i(rx_count_i),
    .rx_last_i(rx_last_i),
    .window_valid_o(window_valid),
    .window_data_o(window_data),
    .window_count_o(window_count),
    .window_last_o(window_last),
    .take_i(window_take),
    .idle_o(gearbox_idle)
  );

  hil_rx_parser #(
    .SecondHasAts(QueueDepth1 != 0)
  ) u_parser (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    .window_valid_i(window_valid),
    .window_data_i(window_data),
    .window_count_i(window_count),
    .window_last_i(window_last),
    .take_o(window_take),
    .bus_device_i(bus_device),
    .tlp_valid_o(tlp_valid),
    .tlp_ready_i(tlp_ready),
    .tlp_kind_o(tlp_kind),
    .tlp_header_o(tlp_header),
    .tlp_pasid_o(tlp_pasid),
    .tlp_payload_o(tlp_payload),
    .tlp_sum_o(tlp_sum),
    .idle_o(parser_idle)
  );

  always_comb begin
    request_valid = 1'b0;
    data_valid = 1'b0;
    answer_valid = 1'b0;
    invalidation_valid = 1'b0;
    response_valid = 1'b0;
    tlp_ready = 1'b1;
    if (tlp_valid) begin
      unique case (tlp_kind)
        hil_tlp_pkg::Request: begin
          request_valid = 1'b1;
          tlp_ready = request_ready;
        end
        hil_tlp_pkg::Data: data_valid = 1'b1;
        hil_tlp_pkg::Translation: begin
          answer_valid = 1'b1;
          tlp_ready = answer_ready;
        end
        hil_tlp_pkg::Invalidation: begin
          invalidation_valid = 1'b1;
          tlp_ready = invalidation_ready;
        end
        hil_tlp_pkg::Paging: response_valid = 1'b1;
        default: ;
      endcase
    end
  end

  hil_target u_target (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .hold_i(stopping || stop),
    .request_valid_i(request_valid),
    .request_ready_o(request_ready),
    .request_header_i(tlp_header),
    .request_payload_i(tlp_payload[511:256]),
    .address_o(address),
    .config_read_o(config_read),
    .config_write_o(config_write),
    .config_byte_enable_o(config_byte_enable),
    .config_function_o(config_function),
    .config_read_data_i(config_read_data[63:32] | config_read_data[31:0] |
                        page_read_data[63:32] | page_read_data[31:0]),
    .bar_write_o(bar_write),
    .bar_read_o(bar_read),
    .bar_read_data_i(register_read_data | slot_read_data),
    .write_count_o(write_count),
    .write_data_o(write_data),
    .bus_device_o(bus_device),
    .memory_enable_i(memory_enable[0]),
    .bar_page_i(bar_page[19:0]),
    .tx_valid_o(reply_valid),
    .tx_ready_i(reply_ready),
    .tx_data_o(reply_data),
    .tx_count_o(reply_count),
    .tx_last_o(reply_last),
    .idle_o(target_idle)
  );

  for (genvar f = 0; f < 2; f++) begin : gen_function
    hil_config_space #(
      .HasBar(f == 0),
      .QueueDepth(f == 0 ? QueueDepth0 : QueueDepth1)
    ) u_config_space (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      `FAULT_CONNECT
      .address_i(address),
      .read_i(config_read && config_function == 1'(f)),
      .write_i(config_write && config_function == 1'(f)),
      .byte_enable_i(config_byte_enable),
      .write_data_i(write_data[255:224]),
      .read_data_o(config_read_data[32*f +: 32]),
      .reset_o(forget[f]),
      .memory_enable_o(memory_enable[f]),
      .master_enable_o(master_enable[f]),
      .bar_page_o(bar_page[20*f +: 20]),
      .write_dws_max_o(write_dws_max[8*f +: 8]),
      .read_dws_max_o(read_dws_max[8*f +: 8]),
      .atomic_enable_o(atomic_enable[f]),
      .ats_enable_o(ats_enable[f]),
      .stu_o(stu[5*f +: 5]),
      .clear_o(ats_clear[f]),
      .pasid_enable_o(pasid_enable[f]),
      .execute_enable_o(execute_enable[f]),
      .privileged_enable_o(privileged_enable[f])
    );
  end

  hil_registers #(
    .AtcEntries(Ways * EntriesPerWay)
  ) u_registers (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .clear_i(forget[0]),
    .address_i(address),
    .read_i(bar_read),
    .write_i(bar_write),
    .write_count_i(write_count),
    .write_data_i(write_data),
    .read_data_o(register_read_data),
    .busy_i(busy),
    .hit_i(hit),
    .miss_i(miss),
    .tx_gap_o(tx_gap),
    .notify_o(notify),
    .timeout_o(timeout),
    .control_o(control),
    .stop_o(stop),
    .stop_function_o(stop_function),
    .stop_pasid_o(stop_pasid)
  );

  hil_slot_registers u_slot_registers (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
`ifdef HIL_FAULTS
    .poke_o(poke),
    .poke_address_o(poke_address),
`endif
    .address_i(address),
    .write_i(bar_write),
    .read_i(bar_read),
    .write_count_i(write_count),
    .write_data_i(write_data),
    .read_data_o(slot_read_data),
    .busy_i(busy),
    .start_o(start),
    .start_slot_o(start_slot),
    .start_address_o(start_address),
    .start_context_o(start_context),
    .start_length_o(start_length),
    .start_seed_o(start_seed),
    .start_command_o(start_command),
    .result_slot_o(bar_slot),
    .result_status_i(bar_status[15:0]),
    .result_i({bar_writes ? bar_status[31:16] : bar_result[111:96], bar_result[95:0]})
  );

  hil_dma_engine u_dma_engine (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
`ifdef HIL_FAULTS
    .poke_i(poke),
    .poke_slot_i(start_slot),
    .poke_address_i(poke_address),
    .fill_slot_i(fill_slot),
    .fill_slot_page_o(fill_slot_page),
`endif
    .forget_i(forget),
    .bus_device_i(bus_device),
    .master_enable_i(master_enable),
    .atomic_enable_i(atomic_enable),
    .ats_enable_i(ats_enable),
    .pasid_enable_i(pasid_enable),
    .execute_enable_i(execute_enable),
    .privileged_enable_i(privileged_enable),
    .write_dws_max_i(write_dws_max),
    .read_dws_max_i(read_dws_max),
    .notify_i(notify),
    .start_i(start),
    .start_slot_i(start_slot),
    .start_address_i(start_address),
    .start_context_i(start_context),
    .start_length_i(start_length),
    .start_seed_i(start_seed),
    .start_command_i(start_command),
    .busy_o(busy),
    .function_o(slot_function),
    .bar_read_i(bar_read),
    .bar_slot_i(bar_slot),
    .bar_status_o(bar_status),
    .bar_writes_o(bar_writes),
    .lookup_valid_o(lookup_valid),
    .lookup_ready_i(lookup_ready),
    .lookup_page_o(lookup_page),
    .lookup_context_o(lookup_context),
    .lookup_access_o(lookup_access),
    .lookup_hit_i(lookup_hit),
    .lookup_translated_i(lookup_translated),
    .lookup_mask_i(lookup_mask),
    .lookup_global_i(lookup_global),
    .hit_o(hit),
    .miss_o(miss),
    .used_classes_o(used_classes),
    .translate_o(translate),
    .translate_no_write_o(translate_no_write),
    .translate_log2_o(translate_log2),
    .translate_pending_i(translate_pending),
    .translate_lost_i(translate_lost),
    .translate_done_i(translate_done),
    .translate_slot_i(translate_slot),
    .translate_error_i(translate_error),
    .translate_direct_i(translate_direct),
    .page_two_o(page_two),
    .page_prefix_o(page_prefix),
    .page_class_o(page_class),
    .translate_class_o(translate_class),
    .page_ask_o(page_ask),
    .page_drop_o(page_drop),
    .page_granted_i(page_granted),
    .page_refused_i(page_refused),
    .page_failed_i(page_failed),
    .stop_i(stop),
    .stop_function_i(stop_function),
    .stop_pasid_i(stop_pasid),
    .select_o(select),
    .read_o(read),
    .read_length_o(read_length),
    .read_wants_o(read_wants),
    .read_translated_o(read_translated),
    .read_second_o(read_second),
    .read_tag_i(read_tag),
    .read_full_i(read_full),
    .read_pending_i(read_pending),
    .read_error_i(read_error),
    .read_error_slot_i(read_error_slot),
    .record_read_o(record_read),
    .record_result_i(record_result),
    .invalidate_i(act),
    .invalidate_page_i(act_page),
    .invalidate_mask_i(act_mask),
    .invalidate_context_i(act_context),
    .invalidate_any_context_i(any_context),
    .match_first_o(match_first),
    .match_second_o(match_second),
    .tx_valid_o(dma_valid),
    .tx_ready_i(dma_ready),
    .tx_data_o(dma_data),
    .tx_count_o(dma_count),
    .tx_last_o(dma_last),
    .idle_o(engine_idle)
  );

  for (genvar f = 0; f < 2; f++) begin : gen_page_request_registers
    hil_page_request_registers u_page_request_registers (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      .clear_i(forget[f]),
      .address_i(address),
      .read_i(config_read && config_function == 1'(f) && (f == 0 || QueueDepth1 != 0)),
      .write_i(config_write && config_function == 1'(f) && (f == 0 || QueueDepth1 != 0)),
      .byte_enable_i(config_byte_enable),
      .write_data_i(write_data[255:224]),
      .read_data_o(page_read_data[32*f +: 32]),
      .enable_o(page_enable[f]),
      .reset_o(page_reset[f]),
      .allocation_o(page_allocation[32*f +: 32]),
      .failure_i(page_failure[f]),
      .unexpected_i(page_unexpected[f]),
      .out_i(page_out[f])
    );
  end

  hil_page_requests u_page_requests (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    .bus_device_i(bus_device),
    .master_enable_i(master_enable),
    .marker_enable_i(master_enable & pasid_enable),
    .enable_i(page_enable),
    .reset_i(page_reset),
    .allocation_i(page_allocation),
    .failure_o(page_failure),
    .unexpected_o(page_unexpected),
    .out_o(page_out),
    .note_i(translate),
    .note_slot_i(select),
    .note_function_i(lookup_context[hil_atc_pkg::ContextFunction]),
    .note_page_i(lookup_page),
    .note_two_i(page_two),
    .note_prefix_i(page_prefix),
    .note_access_i(lookup_access[1:0]),
    .note_class_i(page_class),
    .ask_i(page_ask),
    .ask_slot_i(translate_slot),
    .drop_i(page_drop),
    .granted_o(page_granted),
    .refused_o(page_refused),
    .failed_o(page_failed),
    .response_valid_i(response_valid),
    .response_header_i(tlp_header),
    .stop_i(stop),
    .stop_function_i(stop_function),
    .stop_pasid_i(stop_pasid),
    .stopping_o(stopping),
    .tx_valid_o(page_valid),
    .tx_ready_i(page_ready),
    .tx_data_o(page_data),
    .tx_count_o(page_count),
    .tx_last_o(page_last),
    .idle_o(page_idle)
  );

  hil_read_tracker u_read_tracker (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    .function_i(slot_function),
    .forget_i(forget),
    .start_i(start),
    .start_slot_i(start_slot),
    .alloc_i(read),
    .alloc_slot_i(select),
    .alloc_length_i(read_length),
    .alloc_wants_i(read_wants),
    .alloc_translated_i(read_translated),
    .alloc_second_i(read_second),
    .alloc_tag_o(read_tag),
    .full_o(read_full),
    .pending_o(read_pending),
    .data_valid_i(data_valid),
    .data_header_i(tlp_header),
    .data_first_i(tlp_payload[511:448]),
    .data_sum_i(tlp_sum),
    .error_o(read_error),
    .error_slot_o(read_error_slot),
    .mark_i(act),
    .mark_first_i(match_first),
    .mark_second_i(match_second),
    .draining_o(draining),
    .bar_read_i(bar_read),
    .bar_slot_i(bar_slot),
    .bar_result_o(bar_result),
    .record_read_i(record_read),
    .record_slot_i(select),
    .record_result_o(record_result)
  );

`ifdef HIL_MUTANTS
  hil_ats_mutants u_ats (
    .mutant_i(mutant_i),
`else
  hil_ats #(
    .Ways(Ways),
    .EntriesPerWay(EntriesPerWay),
    .MicroTlbEntries(MicroTlbEntries),
    .InvalidateQueueDepth(QueueDepth0 + QueueDepth1)
  ) u_ats (
`endif
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
`ifdef HIL_FAULTS
    .ats_enable_i(ats_enable),
    .fill_slot_o(fill_slot),
    .fill_slot_page_i(fill_slot_page),
`endif
    .clear_i(ats_clear),
    .forget_i(forget),
    .timeout_i(timeout),
    .stu_i(stu),
    .bus_device_i(bus_device),
    .lookup_valid_i(lookup_valid),
    .lookup_ready_o(lookup_ready),
    .lookup_engine_i(select[2]),
    .lookup_page_i(lookup_page),
    .lookup_context_i(lookup_context),
    .lookup_access_i(lookup_access),
    .lookup_hit_o(lookup_hit),
    .lookup_translated_o(lookup_translated),
    .lookup_mask_o(lookup_mask),
    .lookup_global_o(lookup_global),
    .translate_i(translate),
    .translate_slot_i(select),
    .translate_no_write_i(translate_no_write),
    .translate_log2_i(translate_log2),
    .translate_pending_o(translate_pending),
    .translate_lost_o(translate_lost),
    .translate_done_o(translate_done),
    .translate_slot_o(translate_slot),
    .translate_error_o(translate_error),
    .translate_direct_o(translate_direct),
    .prefetch_valid_i(prefetch_valid),
    .prefetch_ready_o(prefetch_ready),
    .prefetch_hit_o(prefetch_hit),
    .prefetch_page_i(prefetch_page),
    .prefetch_context_i(prefetch_context),
    .prefetch_no_write_i(prefetch_no_write),
    .prefetch_pending_o(prefetch_pending),
    .granted_o(granted),
    .granted_next_o(granted_next),
    .granted_context_o(granted_context),
    .granted_no_write_o(granted_no_write),
    .answer_valid_i(answer_valid),
    .answer_ready_o(answer_ready),
    .answer_header_i(tlp_header),
    .answer_payload_i(tlp_payload),
    .request_valid_i(invalidation_valid),
    .request_ready_o(invalidation_ready),
    .request_header_i(tlp_header),
    .request_payload_i(tlp_payload[511:448]),
    .request_pasid_i(tlp_pasid),
    .act_o(act),
    .act_page_o(act_page),
    .act_mask_o(act_mask),
    .act_context_o(act_context),
    .act_any_context_o(any_context),
    .draining_i(draining || (`fault_is(M51) && page_out != '0)),
    .used_classes_i(used_classes),
    .completion_valid_o(closing_valid),
    .completion_ready_i(closing_ready),
    .completion_last_o(closing_last),
    .completion_soon_o(closing_soon),
    .completion_data_o(closing_data),
    .idle_o(ats_idle)
  );

  hil_prefetch u_prefetch (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .enable_i(control[0]),
    .bus_device_i(bus_device),
    .master_enable_i(master_enable),
    .ats_enable_i(ats_enable),
    .pasid_enable_i(pasid_enable),
    .privileged_enable_i(privileged_enable),
    .clear_i(ats_clear | forget),
    .granted_i(granted),
    .granted_next_i(granted_next),
    .granted_context_i(granted_context),
    .granted_no_write_i(granted_no_write),
    .granted_class_i(translate_class),
    .pending_i(prefetch_pending),
    .lookup_valid_o(prefetch_valid),
    .lookup_ready_i(prefetch_ready),
    .lookup_hit_i(prefetch_hit),
    .lookup_page_o(prefetch_page),
    .lookup_context_o(prefetch_context),
    .lookup_no_write_o(prefetch_no_write),
    .tx_valid_o(ahead_valid),
    .tx_ready_i(ahead_ready),
    .tx_data_o(ahead_data),
    .tx_count_o(ahead_count),
    .tx_last_o(ahead_last),
    .idle_o(prefetch_idle)
  );

  hil_completion_order u_completion_order (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .gather_i(control[1]),
    .reorder_i(control[2]),
    .forget_i(forget),
    .in_valid_i(closing_valid),
    .in_ready_o(closing_ready),
    .in_data_i(closing_data),
    .in_last_i(closing_last),
    .in_soon_i(closing_soon),
    .out_valid_o(completion_valid),
    .out_ready_i(completion_ready),
    .out_data_o(completion_data),
    .idle_o(order_idle)
  );

  hil_tx #(
    .Depth(TransmitQueueDepth)
  ) u_tx (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    .gap_i(tx_gap),
    .dma_valid_i(dma_valid),
    .dma_ready_o(dma_ready),
    .dma_data_i(dma_data),
    .dma_count_i(dma_count),
    .dma_last_i(dma_last),
    .page_valid_i(page_valid),
    .page_ready_o(page_ready),
    .page_data_i(page_data),
    .page_count_i(page_count),
    .page_last_i(page_last),
    .ahead_valid_i(ahead_valid),
    .ahead_ready_o(ahead_ready),
    .ahead_data_i(ahead_data),
    .ahead_count_i(ahead_count),
    .ahead_last_i(ahead_last),
    .answer_valid_i(reply_valid),
    .answer_ready_o(reply_ready),
    .answer_data_i(reply_data),
    .answer_count_i(reply_count),
    .answer_last_i(reply_last),
    .completion_valid_i(completion_valid && !(`fault_is(M47) && !master_enable[completion_data[80]])),
    .completion_ready_o(completion_ready),
    .completion_data_i(completion_data),
    .tx_valid_o(tx_valid_o),
    .tx_ready_i(tx_ready_i),
    .tx_data_o(tx_data_o),
    .tx_count_o(tx_count_o),
    .tx_last_o(tx_last_o),
    .idle_o(tx_idle)
  );

  assign idle_o = gearbox_idle && parser_idle && target_idle && ats_idle &&
                  engine_idle && page_idle && prefetch_idle && order_idle && tx_idle;

  // A stalled beat stays as it is until taken.
  logic stalled_q;
  logic [131:0] stalled_beat_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stalled_q <= 1'b0;
      stalled_beat_q <= '0;
    end else begin
      stalled_q <= tx_valid_o && !tx_ready_i;
      if (tx_valid_o) stalled_beat_q <= {tx_last_o, tx_count_o, tx_data_o};
    end
  end
  `HIL_ASSERT(StalledBeatStaysValid, !stalled_q || tx_valid_o)
  `HIL_ASSERT(StalledBeatStaysTheSame,
              !stalled_q || {tx_last_o, tx_count_o, tx_data_o} == stalled_beat_q)
endmodule
