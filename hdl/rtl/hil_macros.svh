// House macros: assertions for simulation and proof, faults for the faulty build.
`ifndef HIL_MACROS_SVH
`define HIL_MACROS_SVH

// Checked on every clock edge out of reset. Verilator needs --assert, Yosys makes a proof obligation of it.
// HIL_GIVEN: a proof that builds on them.
`ifdef HIL_GIVEN
`define HIL_HOLDS assume
`else
`define HIL_HOLDS assert
`endif
`define HIL_ASSERT(name_, expr_)                     \
  always_ff @(posedge clk_i or negedge rst_ni) begin \
    if (!rst_ni) begin end                           \
    else begin name_ : `HIL_HOLDS (expr_); end       \
  end

// fault_is(M11) is true in the faulty build with fault M11 chosen, and the constant 0 in the clean build.
`ifdef HIL_FAULTS
`define FAULT_PORT input wire logic [7:0] fault_i,
`define FAULT_CONNECT .fault_i(fault_i),
`define fault_is(id_) (fault_i == hil_fault_pkg::id_)
`else
`define FAULT_PORT
`define FAULT_CONNECT
`define fault_is(id_) 1'b0
`endif

// Ports that only the proofs of hdl/formal have: an arbitrary page, size and context go all the way
// down.
`ifdef HIL_PROOF
`define PROOF_PORT \
  input wire logic [51:0] proof_page_i, \
  input wire logic [17:0] proof_mask_i, \
  input wire logic [22:0] proof_context_i,
`define PROOF_CONNECT \
  .proof_page_i(proof_page_i), \
  .proof_mask_i(proof_mask_i), \
  .proof_context_i(proof_context_i),
`else
`define PROOF_PORT
`define PROOF_CONNECT
`endif

`endif
