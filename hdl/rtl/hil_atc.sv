// Address Translation Cache: Ways x Entries translations behind one port, one request a cycle.
//
//   op, key ──▶ all ways compare ──▶ hit, translated page (same cycle)
//                  Fill: over the entry with the same range and context, else at the next place in turn:
//                  way 0, 1, 2, 3 of index 0, then of index 1, ...
//
// A range and context are in at most one place, so a page can hit twice only through entries of
// different size and Global ones; then the lowest way counts. Lookups look for an entry that grants the needed
// access.
`default_nettype none
`include "hil_macros.svh"

module hil_atc #(
  parameter int Ways = 4,
  parameter int EntriesPerWay = 16
) (
  input  wire logic                                 clk_i,
  input  wire logic                                 rst_ni,
  `FAULT_PORT
`ifdef HIL_PROOF
  `PROOF_PORT
  output      logic                                 proof_holds_o,
  output      logic                                 proof_twice_o, // a range is in two places
`endif
  input  wire logic [1:0]                           clear_i,       // all entries of the function

  input  wire hil_atc_pkg::op_e                     op_i,
  input  wire logic [51:0]                          page_i,
  input  wire logic [51:0]                          mask_i,
  input  wire logic [hil_atc_pkg::ContextWidth-1:0] context_i,
  input  wire logic                                 any_context_i,
  input  wire logic [2:0]                           access_i,
  input  wire logic                                 global_i,     // Fill
`ifdef HIL_FAULTS
  input  wire logic                                 ahead_i,      // Fill: brought by a prefetch
`endif
  input  wire logic [51:0]                          translated_i, // Fill

  output      logic                                 hit_o,
  output      logic [51:0]                          translated_o, // Lookup: page number of page_i
  output      logic [hil_atc_pkg::SizeWidth-1:0]    hit_mask_o,
  output      logic [2:0]                           hit_access_o,
  output      logic                                 hit_global_o,
  output      logic [hil_atc_pkg::ContextWidth-1:0] hit_context_o
);
  localparam int IndexWidth = $clog2(EntriesPerWay);
  localparam int WayWidth = $clog2(Ways);

  logic [WayWidth+IndexWidth-1:0] turn_d, turn_q; // {index, way}

  logic [Ways-1:0] way_hit, way_global;
  logic [Ways*IndexWidth-1:0] way_index;
  logic [Ways*52-1:0] way_translated;
  logic [Ways*hil_atc_pkg::SizeWidth-1:0] way_mask;
  logic [Ways*3-1:0] way_access;
  logic [Ways*hil_atc_pkg::ContextWidth-1:0] way_context;
  logic [Ways-1:0] way_write;
  logic [IndexWidth-1:0] write_index;
`ifdef HIL_PROOF
  logic [Ways-1:0] way_holds;
  logic [Ways*EntriesPerWay-1:0] same;
  assign proof_holds_o = way_holds != '0;
  assign proof_twice_o = !$onehot0(same);
`endif

  if (Ways != (1 << WayWidth) || EntriesPerWay != (1 << IndexWidth)) begin : gen_powers_of_two
    $error("Ways and EntriesPerWay must be powers of two");
  end

  logic bypassed, bypass_global; // fault M15
  logic [2:0] bypass_access;
  logic [hil_atc_pkg::SizeWidth-1:0] bypass_mask;
  logic [51:0] bypass_translated;

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    hil_atc_pkg::op_e op;
    assign op = `fault_is(M14) && w != 0 && op_i == hil_atc_pkg::Invalidate ?
                hil_atc_pkg::None : op_i;

    hil_atc_way #(
      .Entries(EntriesPerWay)
    ) u_way (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      `FAULT_CONNECT
      `PROOF_CONNECT
`ifdef HIL_PROOF
      .proof_holds_o(way_holds[w]),
      .proof_same_o(same[w*EntriesPerWay +: EntriesPerWay]),
`endif
      .clear_i(clear_i),
      .op_i(op),
      .page_i(page_i),
      .mask_i(mask_i),
      .context_i(context_i),
      .any_context_i(any_context_i),
      .access_i(access_i),
      .hit_o(way_hit[w]),
      .index_o(way_index[w*IndexWidth +: IndexWidth]),
      .translated_o(way_translated[w*52 +: 52]),
      .hit_mask_o(way_mask[w*hil_atc_pkg::SizeWidth +: hil_atc_pkg::SizeWidth]),
      .hit_access_o(way_access[w*3 +: 3]),
      .hit_global_o(way_global[w]),
      .hit_context_o(way_context[w*hil_atc_pkg::ContextWidth +: hil_atc_pkg::ContextWidth]),
      .write_i(way_write[w]),
      .write_index_i(write_index),
      .write_mask_i(mask_i[hil_atc_pkg::SizeWidth-1:0]),
      .write_context_i(context_i),
      .write_access_i(access_i),
      .write_global_i(global_i),
`ifdef HIL_FAULTS
      .write_ahead_i(ahead_i),
`endif
      .write_translated_i(translated_i)
    );
  end

  always_comb begin
    hit_o = 1'b0;
    translated_o = '0;
    hit_mask_o = '0;
    hit_access_o = '0;
    hit_global_o = 1'b0;
    hit_context_o = '0;
    way_write = '0;
    write_index = turn_q[WayWidth +: IndexWidth];
    turn_d = turn_q;
    if (op_i != hil_atc_pkg::None) begin
      for (int w = Ways - 1; w >= 0; w--) begin
        if (way_hit[w]) begin
          hit_o = 1'b1;
          hit_global_o = way_global[w];
          hit_mask_o = way_mask[w*hil_atc_pkg::SizeWidth +: hil_atc_pkg::SizeWidth];
          hit_access_o = way_access[w*3 +: 3];
          hit_context_o = way_context[w*hil_atc_pkg::ContextWidth +: hil_atc_pkg::ContextWidth];
          translated_o = way_translated[w*52 +: 52] |
                         (`fault_is(M60) ? 52'd0 : page_i & {34'd0, hit_mask_o});
        end
      end
      if (bypassed) begin
        hit_o = 1'b1;
        hit_global_o = bypass_global;
        hit_access_o = bypass_access;
        hit_context_o = context_i;
        hit_mask_o = bypass_mask;
        translated_o = bypass_translated;
      end
      if (op_i == hil_atc_pkg::Fill) begin
        if (hit_o) begin
          way_write = way_hit;
          for (int w = 0; w < Ways; w++) begin
            if (way_hit[w]) write_index = way_index[w*IndexWidth +: IndexWidth];
          end
        end else begin
          way_write = Ways'(32'd1 << (turn_q & (WayWidth + IndexWidth)'(Ways - 1)));
          turn_d = turn_q + 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q <= '0;
    end else begin
      turn_q <= turn_d;
    end
  end

`ifdef HIL_FAULTS
  // M15: the last page that hit, beside the ways.
  logic last_valid_q;
  logic [51:0] last_page_q, last_translated_q;
  logic [hil_atc_pkg::SizeWidth-1:0] last_mask_q;
  logic [hil_atc_pkg::ContextWidth-1:0] last_context_q;
  logic [2:0] last_access_q;
  logic last_global_q;
  always_comb begin
    bypassed = `fault_is(M15) && op_i == hil_atc_pkg::Lookup && last_valid_q &&
               last_page_q == page_i && last_context_q == context_i &&
               (access_i & ~last_access_q) == '0;
    bypass_global = last_global_q;
    bypass_access = last_access_q;
    bypass_mask = last_mask_q;
    bypass_translated = last_translated_q;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_valid_q <= 1'b0;
      last_page_q <= '0;
      last_translated_q <= '0;
      last_mask_q <= '0;
      last_context_q <= '0;
      last_access_q <= '0;
      last_global_q <= 1'b0;
    end else if (clear_i != '0) begin
      last_valid_q <= 1'b0;
    end else if (op_i == hil_atc_pkg::Lookup && way_hit != '0 && !bypassed) begin
      last_valid_q <= 1'b1;
      last_page_q <= page_i;
      last_translated_q <= translated_o;
      last_mask_q <= hit_mask_o;
      last_context_q <= context_i;
      last_access_q <= access_i;
      last_global_q <= hit_global_o;
    end
  end
`else
  assign bypassed = 1'b0;
  assign bypass_global = 1'b0;
  assign bypass_access = '0;
  assign bypass_mask = '0;
  assign bypass_translated = '0;
`endif

`ifndef HIL_PROOF // there it is proven of an arbitrary range (P4)
  `HIL_ASSERT(OneRangeOnePlace, op_i != hil_atc_pkg::Fill || $onehot0(way_hit))
`endif
endmodule
