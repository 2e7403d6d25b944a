// The registers of BAR0 that belong to no slot (docs/exerciser.md).
`default_nettype none

module hil_registers #(
  parameter int AtcEntries = 64
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         clear_i,      // function-level reset of function 0

  input  wire logic [11:2]  address_i,
  input  wire logic         read_i,
  input  wire logic         write_i,
  input  wire logic [3:0]   write_count_i,
  input  wire logic [255:0] write_data_i, // the first in bits 255:224
  output      logic  [31:0] read_data_o,

  input  wire logic [7:0]   busy_i,
  input  wire logic         hit_i,
  input  wire logic         miss_i,
  output      logic  [7:0]  tx_gap_o,
  output      logic  [31:8] notify_o,
  output      logic  [31:0] timeout_o,
  output      logic  [2:0]  control_o,       // {reorder, gather, prefetch}
  output      logic         stop_o,          // PAGE_STOP is written
  output      logic         stop_function_o,
  output      logic  [19:0] stop_pasid_o
);
  localparam logic [9:0] RegId = 10'h000;
  localparam logic [9:0] RegVersion = 10'h001;
  localparam logic [9:0] RegFeatures = 10'h002;
  localparam logic [9:0] RegTxGap = 10'h003;
  localparam logic [9:0] RegNotify = 10'h004;
  localparam logic [9:0] RegBusy = 10'h005;
  localparam logic [9:0] RegHits = 10'h006;
  localparam logic [9:0] RegMisses = 10'h007;
  localparam logic [9:0] RegTimeout = 10'h008;
  localparam logic [9:0] RegControl = 10'h009;
  localparam logic [9:0] RegPageStop = 10'h00A;

  logic [7:0] tx_gap_d, tx_gap_q;
  logic [31:8] notify_d, notify_q;
  logic [31:0] hits_d, hits_q;
  logic [31:0] misses_d, misses_q;
  logic [31:0] timeout_d, timeout_q;
  logic [2:0] control_d, control_q;
  logic [3:0] gap_at, notify_at, timeout_at, control_at, stop_at; // where in write_data_i; from write_count_i on: not there

  always_comb begin
    tx_gap_d = tx_gap_q;
    notify_d = notify_q;
    stop_o = 1'b0;
    stop_function_o = 1'b0;
    stop_pasid_o = '0;
    gap_at = '0;
    notify_at = '0;
    timeout_d = timeout_q;
    timeout_at = '0;
    control_d = control_q;
    control_at = '0;
    stop_at = '0;
    if (write_i && address_i[11:6] == '0) begin
      gap_at = RegTxGap[3:0] - address_i[5:2];
      notify_at = RegNotify[3:0] - address_i[5:2];
      timeout_at = RegTimeout[3:0] - address_i[5:2];
      if (gap_at < write_count_i) tx_gap_d = write_data_i[{~gap_at[2:0], 5'd0} +: 8];
      if (notify_at < write_count_i) notify_d = write_data_i[{~notify_at[2:0], 5'd8} +: 24];
      if (timeout_at < write_count_i) timeout_d = write_data_i[{~timeout_at[2:0], 5'd0} +: 32];
      control_at = RegControl[3:0] - address_i[5:2];
      if (control_at < write_count_i) control_d = write_data_i[{~control_at[2:0], 5'd0} +: 3];
      stop_at = RegPageStop[3:0] - address_i[5:2];
      stop_o = stop_at < write_count_i;
      stop_function_o = write_data_i[{~stop_at[2:0], 5'd31}];
      stop_pasid_o = write_data_i[{~stop_at[2:0], 5'd0} +: 20];
    end
    hits_d = hits_q + 32'(hit_i);
    misses_d = misses_q + 32'(miss_i);
    if (clear_i) begin
      tx_gap_d = '0;
      notify_d = '0;
      timeout_d = '0;
      control_d = '0;
      hits_d = '0;
      misses_d = '0;
    end
  end

  always_comb begin
    read_data_o = '0;
    if (read_i) begin
      unique case (address_i)
        RegId: read_data_o = 32'h4248_494C;
        RegVersion: read_data_o = 32'd2;
        RegFeatures: begin
          read_data_o = {4'd2, 4'd2, 8'(AtcEntries), 8'(hil_dma_pkg::MaxTransferLog2),
                         8'(hil_dma_pkg::Slots)};
        end
        RegTxGap: read_data_o = {24'd0, tx_gap_q};
        RegNotify: read_data_o = {notify_q, 8'd0};
        RegBusy: read_data_o = {24'd0, busy_i};
        RegHits: read_data_o = hits_q;
        RegMisses: read_data_o = misses_q;
        RegTimeout: read_data_o = timeout_q;
        RegControl: read_data_o = {29'd0, control_q};
        default: ;
      endcase
    end
  end

  assign tx_gap_o = tx_gap_q;
  assign notify_o = notify_q;
  assign timeout_o = timeout_q;
  assign control_o = control_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tx_gap_q <= '0;
      notify_q <= '0;
      timeout_q <= '0;
      control_q <= '0;
      hits_q <= '0;
      misses_q <= '0;
    end else begin
      tx_gap_q <= tx_gap_d;
      notify_q <= notify_d;
      timeout_q <= timeout_d;
      control_q <= control_d;
      hits_q <= hits_d;
      misses_q <= misses_d;
    end
  end
endmodule
