// Copies of the ATC entries that one engine used last. An engine looks here first; what misses goes to
// the ATC, and what hits there is copied at the next place in turn.
//
//   op, key ──▶ compare ──▶ hit, translated page (same cycle)
//                  Fill: a copy with the same range and context becomes the new translation
//                  Invalidate, clear_i: as in the ATC, in the same cycle
//
// So a copy is never older than the ATC's entry for its range, and no range is here twice.
`default_nettype none
`include "hil_macros.svh"

module hil_micro_tlb #(
  parameter int Entries = 4
) (
  input  wire logic                                 clk_i,
  input  wire logic                                 rst_ni,
  `FAULT_PORT
`ifdef HIL_PROOF
  `PROOF_PORT
  output      logic                                 proof_holds_o,
`endif
  input  wire logic [1:0]                           clear_i,           // all copies of the function

  input  wire hil_atc_pkg::op_e                     op_i,
  input  wire logic [51:0]                          page_i,
  input  wire logic [51:0]                          mask_i,
  input  wire logic [hil_atc_pkg::ContextWidth-1:0] context_i,
  input  wire logic                                 any_context_i,
  input  wire logic [2:0]                           access_i,
  input  wire logic                                 global_i,          // Fill
  input  wire logic [51:0]                          translated_i,      // Fill

  output      logic                                 hit_o,             // of a Lookup
  output      logic [51:0]                          translated_o,      // page number of page_i
  output      logic [hil_atc_pkg::SizeWidth-1:0]    hit_mask_o,
  output      logic                                 hit_global_o,

  input  wire logic                                 copy_i,            // the Lookup hit in the ATC
  input  wire logic [hil_atc_pkg::SizeWidth-1:0]    copy_mask_i,
  input  wire logic [2:0]                           copy_access_i,
  input  wire logic                                 copy_global_i,
  input  wire logic [hil_atc_pkg::ContextWidth-1:0] copy_context_i,
  input  wire logic [51:0]                          copy_translated_i
);
  localparam int IndexWidth = $clog2(Entries);

  logic [IndexWidth-1:0] turn_d, turn_q;
  logic found;
  logic [IndexWidth-1:0] index, write_index;
  logic [51:0] block, write_translated;
  logic [2:0] access, write_access;
  logic write_global;
  logic [hil_atc_pkg::ContextWidth-1:0] context_here, write_context;
  logic [hil_atc_pkg::SizeWidth-1:0] write_mask;
  logic write;
`ifdef HIL_PROOF
  logic [Entries-1:0] same;
`endif

  if (Entries != (1 << IndexWidth)) begin : gen_power_of_two
    $error("Entries must be a power of two");
  end

  hil_atc_way #(
    .Entries(Entries),
    .Near(1)
  ) u_way (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    `FAULT_CONNECT
    `PROOF_CONNECT
`ifdef HIL_PROOF
    .proof_holds_o(proof_holds_o),
    .proof_same_o(same),
`endif
    .clear_i(clear_i),
    .op_i(op_i),
    .page_i(page_i),
    .mask_i(mask_i),
    .context_i(context_i),
    .any_context_i(any_context_i),
    .access_i(access_i),
    .hit_o(found),
    .index_o(index),
    .translated_o(block),
    .hit_mask_o(hit_mask_o),
    .hit_access_o(access),
    .hit_global_o(hit_global_o),
    .hit_context_o(context_here),
    .write_i(write),
    .write_index_i(write_index),
    .write_mask_i(write_mask),
    .write_context_i(write_context),
    .write_access_i(write_access),
    .write_global_i(write_global),
`ifdef HIL_FAULTS
    .write_ahead_i(1'b0),
`endif
    .write_translated_i(write_translated)
  );

  always_comb begin
    hit_o = found && op_i == hil_atc_pkg::Lookup;
    translated_o = block | (page_i & {34'd0, hit_mask_o});
  end

  always_comb begin
    write = copy_i || (found && op_i == hil_atc_pkg::Fill);
    write_index = copy_i ? turn_q : index;
    write_mask = copy_i ? copy_mask_i : mask_i[hil_atc_pkg::SizeWidth-1:0];
    write_access = copy_i ? copy_access_i : access_i;
    write_global = copy_i ? copy_global_i : global_i;
    write_context = copy_i ? copy_context_i : context_i;
    write_translated = copy_i ? copy_translated_i & ~{34'd0, copy_mask_i} : translated_i;
    turn_d = turn_q + IndexWidth'(copy_i);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q <= '0;
    end else begin
      turn_q <= turn_d;
    end
  end

  `HIL_ASSERT(CopiesOnlyWhatIsNotHere, !copy_i || (op_i == hil_atc_pkg::Lookup && !found))
  `HIL_ASSERT(ServesTheContext,
              !hit_o || hil_atc_pkg::serves(context_here, hit_global_o, context_i))
  `HIL_ASSERT(LookupGrantsTheAccess, !hit_o || (access_i & ~access) == '0)
endmodule
