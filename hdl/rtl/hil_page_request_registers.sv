// Page Request extended capability of one function at 0x120: its four registers of configuration space
// (docs/exerciser.md).
`default_nettype none

module hil_page_request_registers (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        clear_i,       // function-level reset

  input  wire logic [11:2] address_i,
  input  wire logic        read_i,
  input  wire logic        write_i,
  input  wire logic [3:0]  byte_enable_i,
  input  wire logic [31:0] write_data_i,
  output      logic [31:0] read_data_o,   // 0 when not addressed

  output      logic        enable_o,
  output      logic        reset_o,       // one cycle: forget what is out
  output      logic [31:0] allocation_o,
  input  wire logic        failure_i,     // sets Response Failure
  input  wire logic        unexpected_i,  // sets Unexpected PRG Index
  input  wire logic        out_i          // a Page Request waits for its response
);
  localparam logic [9:0] RegHeader = 10'h048;
  localparam logic [9:0] RegControl = 10'h049;
  localparam logic [9:0] RegCapacity = 10'h04A;
  localparam logic [9:0] RegAllocation = 10'h04B;

  logic enable_d, enable_q;
  logic failure_d, failure_q;
  logic unexpected_d, unexpected_q;
  logic [31:0] allocation_d, allocation_q;

  always_comb begin
    enable_d = enable_q;
    failure_d = failure_q;
    unexpected_d = unexpected_q;
    allocation_d = allocation_q;
    reset_o = 1'b0;
    if (write_i && address_i == RegControl) begin
      if (byte_enable_i[0]) begin
        enable_d = write_data_i[0];
        reset_o = write_data_i[1] && !write_data_i[0];
      end
      if (byte_enable_i[2]) begin
        failure_d = failure_q && !write_data_i[16];
        unexpected_d = unexpected_q && !write_data_i[17];
      end
    end
    if (write_i && address_i == RegAllocation) begin
      for (int i = 0; i < 4; i++) begin
        if (byte_enable_i[i]) allocation_d[8*i +: 8] = write_data_i[8*i +: 8];
      end
    end
    if (failure_i) failure_d = 1'b1;
    if (unexpected_i) unexpected_d = 1'b1;
    if (clear_i) begin
      enable_d = 1'b0;
      failure_d = 1'b0;
      unexpected_d = 1'b0;
      allocation_d = '0;
      reset_o = 1'b1;
    end
  end

  always_comb begin
    read_data_o = '0;
    if (read_i) begin
      unique case (address_i)
        RegHeader: read_data_o = 32'h0001_0013;
        RegControl: begin
          read_data_o = {1'b1, 6'd0, !enable_q && !out_i, 6'd0, unexpected_q, failure_q,
                         15'd0, enable_q};
        end
        RegCapacity: read_data_o = 32'd32;
        RegAllocation: read_data_o = allocation_q;
        default: ;
      endcase
    end
  end

  assign enable_o = enable_q;
  assign allocation_o = allocation_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q <= 1'b0;
      failure_q <= 1'b0;
      unexpected_q <= 1'b0;
      allocation_q <= '0;
    end else begin
      enable_q <= enable_d;
      failure_q <= failure_d;
      unexpected_q <= unexpected_d;
      allocation_q <= allocation_d;
    end
  end
endmodule
