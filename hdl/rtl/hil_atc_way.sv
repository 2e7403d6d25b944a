// One way of the ATC: Entries translations of any size from 4 KiB to 1 GiB, all compared at once.
//
//   key ──▶ compare with every entry ──▶ hit, index, translated page     (in the same cycle)
//                                    └─▶ Invalidate: entries that overlap lose their valid bit
//
// All 52 page-number bits and the context take part. Entries are plain memories of
// vectors: the compare loop stands behind one condition, so that a cycle without a request costs a
// simulator nothing.
`default_nettype none
`include "hil_macros.svh"

module hil_atc_way #(
  parameter int Entries = 16,
  parameter int Near = 0, // in a micro-TLB: some faults are the ATC's alone
  parameter int IndexWidth = $clog2(Entries)
) (
  input  wire logic                                 clk_i,
  input  wire logic                                 rst_ni,
  `FAULT_PORT
`ifdef HIL_PROOF
  `PROOF_PORT
  output      logic                                 proof_holds_o, // some entry covers the page
  output      logic [Entries-1:0]                   proof_same_o,  // has this range and context
`endif
  input  wire logic [1:0]                           clear_i,       // all entries of the function

  input  wire hil_atc_pkg::op_e                     op_i,
  input  wire logic [51:0]                          page_i,
  input  wire logic [51:0]                          mask_i,        // Fill, Invalidate: size
  input  wire logic [hil_atc_pkg::ContextWidth-1:0] context_i,
  input  wire logic                                 any_context_i, // Invalidate: whatever the PASID
  input  wire logic [2:0]                           access_i,      // {Exe, W, R} needed or granted

  output      logic                                 hit_o,         // Fill: same range
  output      logic [IndexWidth-1:0]                index_o,
  output      logic [51:0]                          translated_o,  // base of the block
  output      logic [hil_atc_pkg::SizeWidth-1:0]    hit_mask_o,
  output      logic [2:0]                           hit_access_o,
  output      logic                                 hit_global_o,
  output      logic [hil_atc_pkg::ContextWidth-1:0] hit_context_o,

  input  wire logic                                 write_i,       // page_i, and
  input  wire logic [IndexWidth-1:0]                write_index_i,
  input  wire logic [hil_atc_pkg::SizeWidth-1:0]    write_mask_i,
  input  wire logic [hil_atc_pkg::ContextWidth-1:0] write_context_i,
  input  wire logic [2:0]                           write_access_i,
  input  wire logic                                 write_global_i,
`ifdef HIL_FAULTS
  input  wire logic                                 write_ahead_i,
`endif
  input  wire logic [51:0]                          write_translated_i
);
  logic [Entries-1:0] valid_d, valid_q;
  logic [51:0] page_q [Entries];
  logic [hil_atc_pkg::SizeWidth-1:0] mask_q [Entries];
  logic [hil_atc_pkg::ContextWidth-1:0] context_q [Entries];
  logic [2:0] access_q [Entries];
  logic [Entries-1:0] global_q;
  logic [51:0] translated_q [Entries];
`ifdef HIL_FAULTS
  logic [Entries-1:0] ahead_q; // brought by a prefetch (M17)
  always_ff @(posedge clk_i) begin
    if (write_i) ahead_q[write_index_i] <= write_ahead_i;
  end
`endif

  logic [Entries-1:0] overlap; // page and context match
  logic [Entries-1:0] match;   // and what else the request asks for

  // What the faults need; constants in the clean build.
  logic [51:0] ignored;              // M09: bits of the page number
  logic [Entries-1:0] alike;         // M24, M26: contexts that are taken for equal
  logic [Entries-1:0] revived;       // M54: a place that is found although it is not valid
  logic [2:0] kept_access;
  logic [Entries-1:0] shrunk;        // M13: entries that lose one half
  logic restores, restored;          // M79

  always_comb begin
    overlap = '0;
    match = '0;
    if (op_i != hil_atc_pkg::None) begin
      for (int i = 0; i < Entries; i++) begin
        if ((valid_q[i] || revived[i]) &&
            (alike[i] || (op_i == hil_atc_pkg::Invalidate ?
                  hil_atc_pkg::is_meant(context_q[i], context_i, any_context_i || global_q[i]) :
                  hil_atc_pkg::serves(context_q[i], global_q[i] && op_i == hil_atc_pkg::Lookup,
                                      context_i))) &&
            ((page_q[i] ^ page_i) & ~{34'd0, mask_q[i]} &
             ~(op_i == hil_atc_pkg::Invalidate ? mask_i : ignored)) == '0) begin
          overlap[i] = 1'b1;
          unique case (op_i)
            hil_atc_pkg::Lookup: begin
              match[i] = (access_i & ~access_q[i]) == '0;
              if (`fault_is(M53) && (access_i & ~access_q[i]) == 3'b010) match[i] = 1'b1;
              if (`fault_is(M81) && mask_q[i] != '0 && mask_q[i] != 18'h001FF &&
                  mask_q[i] != 18'h3FFFF) begin
                match[i] = 1'b0;
              end
            end
            hil_atc_pkg::Fill: match[i] = mask_q[i] == mask_i[hil_atc_pkg::SizeWidth-1:0];
            default: begin
              match[i] = 1'b1;
`ifdef HIL_FAULTS
              if (`fault_is(M17) && ahead_q[i]) match[i] = 1'b0;
`endif
              if (`fault_is(M11) && ({34'd0, mask_q[i]} & ~mask_i) != '0) match[i] = 1'b0;
              if (`fault_is(M12) && ((page_q[i] ^ page_i) & ~mask_i) != '0) match[i] = 1'b0;
              if (`fault_is(M23) && any_context_i && !context_i[20] && context_q[i][20]) begin
                match[i] = 1'b0;
              end
              if (`fault_is(M10) && Near == 0 && i >= Entries / 2) match[i] = 1'b0;
              if (`fault_is(M78) && Near == 0 && i == Entries - 1) match[i] = 1'b0;
            end
          endcase
        end
        if (`fault_is(M60) && Near == 0 && valid_q[i] && context_q[i] == context_i) begin
          if (op_i == hil_atc_pkg::Lookup) begin
            match[i] = page_i - page_q[i] <= {34'd0, mask_q[i]} &&
                       (access_i & ~access_q[i]) == '0;
          end
          if (op_i == hil_atc_pkg::Fill && page_q[i] != page_i) match[i] = 1'b0;
        end
      end
    end
  end

  always_comb begin
    hit_o = match != '0;
    index_o = '0;
    translated_o = '0;
    hit_mask_o = '0;
    hit_access_o = '0;
    hit_global_o = 1'b0;
    hit_context_o = '0;
    if (hit_o) begin
      for (int i = 0; i < Entries; i++) begin
        if (match[i]) index_o = IndexWidth'(i);
      end
      translated_o = translated_q[index_o];
      hit_mask_o = mask_q[index_o];
      hit_access_o = access_q[index_o];
      hit_global_o = global_q[index_o];
      if (`fault_is(M60) && Near == 0) translated_o = translated_q[index_o] + (page_i - page_q[index_o]);
      hit_context_o = context_q[index_o];
    end
  end

  always_comb begin
    valid_d = valid_q;
    if (op_i == hil_atc_pkg::Invalidate) valid_d = valid_q & ~match;
    if (`fault_is(M13)) valid_d = valid_d | shrunk;
    if (restores) valid_d[write_index_i] = restored;
    if (write_i) valid_d[write_index_i] = 1'b1;
    if (clear_i != '0) begin
      for (int i = 0; i < Entries; i++) begin
        if (clear_i[context_q[i][hil_atc_pkg::ContextFunction]]) valid_d[i] = 1'b0;
      end
      if (write_i) valid_d[write_index_i] = !clear_i[write_context_i[hil_atc_pkg::ContextFunction]];
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      page_q[write_index_i] <= `fault_is(M60) && Near == 0 ? page_i : page_i & ~{34'd0, write_mask_i};
      mask_q[write_index_i] <= write_mask_i;
      context_q[write_index_i] <= write_context_i;
      access_q[write_index_i] <= write_access_i | kept_access;
      global_q[write_index_i] <= write_global_i;
      translated_q[write_index_i] <= write_translated_i;
    end
`ifdef HIL_FAULTS
    for (int i = 0; i < Entries; i++) begin
      if (shrunk[i]) begin
        mask_q[i] <= mask_q[i] >> 1;
        if (keeps_upper[i]) page_q[i] <= page_q[i] | {34'd0, half[18*i +: 18]};
        if (keeps_upper[i]) translated_q[i] <= translated_q[i] | {34'd0, half[18*i +: 18]};
      end
    end
`endif
  end

`ifdef HIL_FAULTS
  logic [Entries-1:0] written_d, written_q; // M54: the place holds a tag, valid or not
  logic [Entries-1:0] before_q;             // M79: valid bits before the invalidation
  logic invalidated_q;                      // M79: it was a cycle ago
  logic [18*Entries-1:0] half;              // M13: upper half of each entry
  logic [Entries-1:0] keeps_upper;
  always_comb begin
    ignored = '0;
    if (`fault_is(M09) && op_i == hil_atc_pkg::Lookup) ignored[51:36] = '1;
    alike = '0;
    revived = '0;
    kept_access = '0;
    if (op_i != hil_atc_pkg::None) begin
      for (int i = 0; i < Entries; i++) begin
        if (`fault_is(M24)) alike[i] = ((context_q[i] ^ context_i) & ~23'h0F0000) == '0;
        if (`fault_is(M26)) begin
          alike[i] = context_q[i][22:21] == context_i[22:21] &&
                     (context_q[i][20:0] | context_i[20:0]) == 21'h100000;
        end
      end
      if (`fault_is(M54) && Near == 0 && op_i == hil_atc_pkg::Fill) revived = written_q;
      if (`fault_is(M54) && Near == 0 && match != '0) kept_access = access_q[write_index_i];
    end
  end
  always_comb begin
    shrunk = '0;
    keeps_upper = '0;
    half = '0;
    if (`fault_is(M13) && Near == 0 && op_i == hil_atc_pkg::Invalidate) begin
      for (int i = 0; i < Entries; i++) begin
        half[18*i +: 18] = mask_q[i] ^ (mask_q[i] >> 1);
        shrunk[i] = match[i] && ({34'd0, mask_q[i]} & ~mask_i) != '0;
        keeps_upper[i] = (page_i[17:0] & mask_q[i]) <= half[18*i +: 18];
      end
    end
    restores = `fault_is(M79) && Near == 0 && op_i == hil_atc_pkg::Fill && invalidated_q;
    restored = before_q[write_index_i];
    written_d = written_q;
    if (write_i) written_d[write_index_i] = 1'b1;
    for (int i = 0; i < Entries; i++) begin
      if (clear_i[context_q[i][hil_atc_pkg::ContextFunction]]) written_d[i] = 1'b0;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      written_q <= '0;
      before_q <= '0;
      invalidated_q <= 1'b0;
    end else begin
      written_q <= written_d;
      before_q <= valid_q;
      invalidated_q <= op_i == hil_atc_pkg::Invalidate;
    end
  end
`else
  assign ignored = '0;
  assign alike = '0;
  assign revived = '0;
  assign kept_access = '0;
  assign shrunk = '0;
  assign restores = 1'b0;
  assign restored = 1'b0;
`endif

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      valid_q <= valid_d;
    end
  end

`ifdef HIL_PROOF
  logic [Entries-1:0] unaligned;
  always_comb begin
    proof_holds_o = 1'b0;
    unaligned = '0;
    proof_same_o = '0;
    for (int i = 0; i < Entries; i++) begin
      if (valid_q[i] && hil_atc_pkg::serves(context_q[i], global_q[i], proof_context_i) &&
          ((page_q[i] ^ proof_page_i) & ~{34'd0, mask_q[i]}) == '0) begin
        proof_holds_o = 1'b1;
      end
      proof_same_o[i] = valid_q[i] && context_q[i] == proof_context_i &&
                        mask_q[i] == proof_mask_i &&
                        page_q[i] == (proof_page_i & ~{34'd0, proof_mask_i});
      unaligned[i] = valid_q[i] && (page_q[i] & {34'd0, mask_q[i]}) != '0;
    end
  end
  `HIL_ASSERT(EntriesAreAligned, unaligned == '0)
`endif

  `HIL_ASSERT(FillIsAtMostOneGiB,
              op_i != hil_atc_pkg::Fill || mask_i[51:hil_atc_pkg::SizeWidth] == '0)
  `HIL_ASSERT(InvalidateLeavesNothing,
              op_i != hil_atc_pkg::Invalidate || (overlap & valid_d) == '0)
endmodule
