// Asks for the translation of the page behind what a slot was granted, in the same context.
//
//   granted_* ──▶ Look: is it in the ATC? (lookup_*, when nobody else asks) ──▶ Send ──▶ tx_*
//
// One at a time: what is granted while a prefetch is on its way starts none.
`default_nettype none

module hil_prefetch (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         enable_i,
  input  wire logic [12:0]  bus_device_i,
  // Of function 0 and 1.
  input  wire logic [1:0]   master_enable_i,
  input  wire logic [1:0]   ats_enable_i,
  input  wire logic [1:0]   pasid_enable_i,
  input  wire logic [1:0]   privileged_enable_i,
  input  wire logic [1:0]   clear_i,            // forgets what it wants to ask for

  input  wire logic         granted_i,
  input  wire logic [51:0]  granted_next_i,
  input  wire logic [22:0]  granted_context_i,
  input  wire logic         granted_no_write_i,
  input  wire logic [2:0]   granted_class_i,
  input  wire logic         pending_i,          // the tag is in use

  output      logic         lookup_valid_o,
  input  wire logic         lookup_ready_i,
  input  wire logic         lookup_hit_i,
  output      logic [51:0]  lookup_page_o,
  output      logic [22:0]  lookup_context_o,
  output      logic         lookup_no_write_o,

  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,

  output      logic         idle_o
);
  typedef enum logic [1:0] {
    Idle,
    Look,
    Send,
    SendRest
  } state_e;

  state_e state_d, state_q;
  logic [51:0] page_q;
  logic [22:0] context_q;
  logic no_write_q;
  logic [2:0] class_q;
  logic take, is_second, allowed;

  assign is_second = context_q[hil_atc_pkg::ContextFunction];
  assign allowed = master_enable_i[is_second] && ats_enable_i[is_second] && !clear_i[is_second] &&
                   (!context_q[20] || pasid_enable_i[is_second]) &&
                   (!context_q[hil_atc_pkg::ContextPrivileged] || privileged_enable_i[is_second]);
  assign take = state_q == Idle && granted_i && enable_i && !pending_i;
  assign lookup_valid_o = state_q == Look && allowed;
  assign lookup_page_o = page_q;
  assign lookup_context_o = context_q;
  assign lookup_no_write_o = no_write_q;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (take) state_d = Look;
      Look: begin
        if (!allowed) state_d = Idle;
        else if (lookup_ready_i) state_d = lookup_hit_i ? Idle : Send;
      end
      Send: if (tx_ready_i) state_d = tx_last_o ? Idle : SendRest;
      default: if (tx_ready_i) state_d = Idle;
    endcase
  end

  logic is_long;
  logic [2:0] size;
  logic [63:0] address;
  logic [127:0] request;
  logic [159:0] tlp;
  always_comb begin
    tx_valid_o = state_q == Send || state_q == SendRest;
    tx_data_o = '0;
    tx_count_o = '0;
    tx_last_o = 1'b0;
    is_long = page_q[51:20] != '0;
    size = '0;
    address = '0;
    request = '0;
    tlp = '0;
    if (tx_valid_o) begin
      size = 3'd3 + 3'(is_long) + 3'(context_q[20]);
      address = {page_q, 11'd0, no_write_q};
      request = {is_long ? hil_tlp_pkg::MRd64 : hil_tlp_pkg::MRd32,
                 1'b0, class_q, 8'd0, hil_tlp_pkg::TranslationRequest, 10'd2,
                 bus_device_i, 2'b00, is_second, hil_dma_pkg::PrefetchTag, 8'hFF,
                 is_long ? address : {address[31:0], 32'd0}};
      tlp = context_q[20] ? {hil_tlp_pkg::PasidPrefix, 2'b00,
                             context_q[hil_atc_pkg::ContextPrivileged], 1'b0, context_q[19:0],
                             request} :
                            {request, 32'd0};
      tx_data_o = state_q == Send ? tlp[159:32] : {tlp[31:0], 96'd0};
      tx_last_o = state_q == SendRest || size <= 3'd4;
      tx_count_o = state_q == SendRest ? 3'd1 : size <= 3'd4 ? size : 3'd4;
    end
  end

  assign idle_o = state_q == Idle;

  always_ff @(posedge clk_i) begin
    if (take) begin
      page_q <= granted_next_i;
      context_q <= granted_context_i;
      no_write_q <= granted_no_write_i;
      class_q <= granted_class_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      state_q <= state_d;
    end
  end
endmodule
