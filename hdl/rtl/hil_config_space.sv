// Configuration space of one function: type 0 header, PCI Express, Power Management, ATS and PASID
// capabilities (docs/exerciser.md); the Page Request capability is a module of its own. One register
// a cycle, 32 bits, read in the cycle in which it is addressed.
`default_nettype none
`include "hil_macros.svh"

module hil_config_space #(
  parameter bit HasBar = 1'b1,
  parameter int QueueDepth = 16 // of Invalidate Requests; 0: no ATS capability, nor what needs one
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  `FAULT_PORT

  input  wire logic [11:2] address_i,
  input  wire logic        read_i,
  input  wire logic        write_i,
  input  wire logic [3:0]  byte_enable_i,
  input  wire logic [31:0] write_data_i,
  output      logic [31:0] read_data_o,

  output      logic        reset_o,         // one cycle: function-level reset
  // Neither in D3hot.
  output      logic        memory_enable_o,
  output      logic        master_enable_o,
  output      logic [19:0] bar_page_o,
  output      logic [7:0]  write_dws_max_o, // Max Payload Size
  output      logic [7:0]  read_dws_max_o,  // Max Read Request Size
  output      logic        atomic_enable_o, // AtomicOp Requester Enable
  output      logic        ats_enable_o,
  output      logic [4:0]  stu_o,           // Smallest Translation Unit: 4 KiB << stu
  output      logic        clear_o,         // one cycle: no translation may be used any longer
  output      logic        pasid_enable_o,
  output      logic        execute_enable_o,
  output      logic        privileged_enable_o
);
  localparam logic [9:0] RegId = 10'h000;
  localparam logic [9:0] RegCommand = 10'h001;
  localparam logic [9:0] RegClass = 10'h002;
  localparam logic [9:0] RegHeaderType = 10'h003;
  localparam logic [9:0] RegBar0 = 10'h004;
  localparam logic [9:0] RegCapabilities = 10'h00D;
  localparam logic [9:0] RegPcieCapability = 10'h010;
  localparam logic [9:0] RegDeviceCapabilities = 10'h011;
  localparam logic [9:0] RegDeviceControl = 10'h012;
  localparam logic [9:0] RegDeviceCapabilities2 = 10'h019;
  localparam logic [9:0] RegDeviceControl2 = 10'h01A;
  localparam logic [9:0] RegPowerCapability = 10'h020;
  localparam logic [9:0] RegPower = 10'h021;
  localparam logic [9:0] RegAtsHeader = 10'h040;
  localparam logic [9:0] RegAts = 10'h041;
  localparam logic [9:0] RegPasidHeader = 10'h044;
  localparam logic [9:0] RegPasid = 10'h045;
  localparam bit HasAts = QueueDepth != 0;

  logic [1:0] command_d, command_q; // {Bus Master, Memory Space}
  logic [19:0] bar_d, bar_q;
  logic [2:0] payload_size_d, payload_size_q;
  logic [2:0] read_size_d, read_size_q;
  logic atomic_d, atomic_q;
  logic sleeps_d, sleeps_q; // D3hot
  logic [4:0] stu_d, stu_q;
  logic ats_d, ats_q;
  logic [2:0] pasid_d, pasid_q; // {Privileged Mode, Execute Permission, PASID} Enable

  always_comb begin
    command_d = command_q;
    bar_d = bar_q;
    payload_size_d = payload_size_q;
    read_size_d = read_size_q;
    atomic_d = atomic_q;
    sleeps_d = sleeps_q;
    reset_o = 1'b0;
    stu_d = stu_q;
    ats_d = ats_q;
    pasid_d = pasid_q;
    if (write_i) begin
      unique case (address_i)
        RegCommand: begin
          if (byte_enable_i[0]) command_d = write_data_i[2:1];
        end
        RegBar0: if (HasBar) begin
          if (byte_enable_i[1]) bar_d[3:0] = write_data_i[15:12];
          if (byte_enable_i[2]) bar_d[11:4] = write_data_i[23:16];
          if (byte_enable_i[3]) bar_d[19:12] = write_data_i[31:24];
        end
        RegDeviceControl: begin
          if (byte_enable_i[0]) payload_size_d = write_data_i[7:5];
          if (byte_enable_i[1]) begin
            read_size_d = write_data_i[14:12];
            reset_o = write_data_i[15];
          end
        end
        RegPower: begin
          if (byte_enable_i[0] && write_data_i[1] == write_data_i[0]) sleeps_d = write_data_i[0];
        end
        RegDeviceControl2: begin
          if (byte_enable_i[0]) atomic_d = write_data_i[6];
        end
        RegAts: if (HasAts) begin
          if (byte_enable_i[2]) stu_d = write_data_i[20:16];
          if (byte_enable_i[3]) ats_d = write_data_i[31];
        end
        RegPasid: if (HasAts) begin
          if (byte_enable_i[2]) pasid_d = write_data_i[18:16];
        end
        default: ;
      endcase
    end
    if (reset_o) begin
      command_d = '0;
      bar_d = '0;
      payload_size_d = 3'd0;
      read_size_d = 3'd2;
      atomic_d = 1'b0;
      sleeps_d = 1'b0;
      stu_d = '0;
      ats_d = 1'b0;
      pasid_d = '0;
    end
  end

  always_comb begin
    read_data_o = '0;
    if (read_i) begin
      unique case (address_i)
        RegId: read_data_o = 32'h4154_1234;
        RegCommand: read_data_o = {16'h0010, 13'd0, command_q, 1'b0};
        RegClass: read_data_o = 32'h1200_0001;
        RegHeaderType: read_data_o = 32'h0080_0000;
        RegBar0: read_data_o = {bar_q, 12'd0};
        RegCapabilities: read_data_o = 32'h0000_0040;
        RegPcieCapability: read_data_o = 32'h0002_8010;
        RegDeviceCapabilities: read_data_o = 32'h1000_0021;
        RegDeviceControl: read_data_o = {17'd0, read_size_q, 4'd0, payload_size_q, 5'd0};
        RegDeviceCapabilities2: read_data_o = 32'h0020_0000;
        RegDeviceControl2: read_data_o = {25'd0, atomic_q, 6'd0};
        RegPowerCapability: read_data_o = 32'h0003_0001;
        RegPower: read_data_o = {28'd0, 2'b10, sleeps_q, sleeps_q};
        RegAtsHeader: if (HasAts) read_data_o = 32'h1101_000F;
        RegAts: if (HasAts) read_data_o = {ats_q, 10'd0, stu_q, 11'h003, 5'(QueueDepth)};
        RegPasidHeader: if (HasAts) read_data_o = 32'h1201_001B;
        RegPasid: if (HasAts) read_data_o = {13'd0, pasid_q, 16'h1406};
        default: ;
      endcase
    end
  end

  always_comb begin
    unique case (payload_size_q)
      3'd0: write_dws_max_o = 8'd32;
      default: write_dws_max_o = 8'd64;
    endcase
    unique case (read_size_q)
      3'd0: read_dws_max_o = 8'd32;
      3'd1: read_dws_max_o = 8'd64;
      default: read_dws_max_o = 8'd128;
    endcase
  end

  assign memory_enable_o = command_q[0] && !sleeps_q;
  assign master_enable_o = command_q[1] && !sleeps_q;
  assign bar_page_o = bar_q;
  assign atomic_enable_o = atomic_q;
  assign ats_enable_o = ats_q;
  assign stu_o = stu_q;
  assign clear_o = !keeps && (reset_o || (sleeps_d && !sleeps_q) ||
                              {ats_q && !`fault_is(M48), stu_q, pasid_q} !=
                                  {ats_d && !`fault_is(M48), stu_d, pasid_d});
  assign pasid_enable_o = pasid_q[0];
  assign execute_enable_o = pasid_q[1];
  assign privileged_enable_o = pasid_q[2];

  logic keeps; // fault M49
`ifdef HIL_FAULTS
  // A function-level reset, and what follows it up to ATS Enable, leaves the translations.
  logic keeps_d, keeps_q;
  assign keeps = `fault_is(M49) && (reset_o || keeps_q);
  assign keeps_d = keeps && !ats_d;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      keeps_q <= 1'b0;
    end else begin
      keeps_q <= keeps_d;
    end
  end
`else
  assign keeps = 1'b0;
`endif

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      command_q <= '0;
      bar_q <= '0;
      payload_size_q <= 3'd0;
      read_size_q <= 3'd2;
      atomic_q <= 1'b0;
      sleeps_q <= 1'b0;
      stu_q <= '0;
      ats_q <= 1'b0;
      pasid_q <= '0;
    end else begin
      command_q <= command_d;
      bar_q <= bar_d;
      payload_size_q <= payload_size_d;
      read_size_q <= read_size_d;
      atomic_q <= atomic_d;
      sleeps_q <= sleeps_d;
      stu_q <= stu_d;
      ats_q <= ats_d;
      pasid_q <= pasid_d;
    end
  end
endmodule
