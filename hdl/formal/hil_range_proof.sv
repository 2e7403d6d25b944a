// The size of a payload's encoding, decoded in two ways that must agree: hil_tlp_pkg::range_mask, and bit by
// bit: with S, bit i is free when all bits below it are ones (ats-rules A.5).
`default_nettype none

module hil_range_proof (
  input wire logic [51:0] page_i,
  input wire logic        size_i
);
  logic [51:0] range;
  logic run;
  always_comb begin
    run = size_i;
    range = '0;
    for (int i = 0; i < 52; i++) begin
      range[i] = run;
      run = run && page_i[i];
    end
  end

  always_comb begin
    P0_RangeOfThePayload : assert (range == hil_tlp_pkg::range_mask(page_i, size_i));
  end
endmodule
