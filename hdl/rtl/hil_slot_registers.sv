// The slots' registers in BAR0 (docs/exerciser.md). Writing COMMAND of a slot that is not busy
// starts its operation with the values of that moment; later writes do not disturb it.
`default_nettype none

module hil_slot_registers (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
`ifdef HIL_FAULTS
  output      logic         poke_o,          // VA_LO of start_slot_o is written while it is busy
  output      logic [31:2]  poke_address_o,
`endif

  input  wire logic [11:2]  address_i,
  input  wire logic         write_i,
  input  wire logic         read_i,
  input  wire logic [3:0]   write_count_i, // registers from address_i on, all of one slot
  input  wire logic [255:0] write_data_i,  // the first in bits 255:224
  output      logic [31:0]  read_data_o,

  input  wire logic [7:0]   busy_i,
  output      logic         start_o,
  output      logic [2:0]   start_slot_o,
  output      logic [63:2]  start_address_o,
  output      logic [22:0]  start_context_o, // {function, privileged, use it, PASID}
  output      logic [31:0]  start_length_o,
  output      logic [31:0]  start_seed_o,
  output      logic [22:0]  start_command_o,

  output      logic [2:0]   result_slot_o,
  input  wire logic [15:0]  result_status_i, // STATUS bits 15:0
  input  wire logic [111:0] result_i         // {DWs, DATA_LO, DATA_HI, DIGEST}
);
  localparam logic [3:0] RegVaLo = 4'h0;
  localparam logic [3:0] RegVaHi = 4'h1;
  localparam logic [3:0] RegContext = 4'h2;
  localparam logic [3:0] RegLength = 4'h3;
  localparam logic [3:0] RegSeed = 4'h4;
  localparam logic [3:0] RegStatus = 4'h6;
  localparam logic [3:0] RegDataLo = 4'h7;
  localparam logic [3:0] RegDataHi = 4'h8;
  localparam logic [3:0] RegDigest = 4'h9;

  logic [31:2] va_lo_q [8];
  logic [31:0] va_hi_q [8];
  logic [20:0] context_q [8];
  logic [31:0] length_q [8];
  logic [31:0] seed_q [8];

  logic in_slots; // 0x100 to 0x2FF
  logic [2:0] slot;
  logic [3:0] register;
  logic [5:0] written;  // VA_LO, VA_HI, CONTEXT, LENGTH, SEED, COMMAND
  logic [191:0] data;
  logic [3:0] place;

  always_comb begin
    in_slots = address_i[11:8] == 4'd1 || address_i[11:8] == 4'd2;
    slot = {address_i[9], address_i[7:6]};
    register = address_i[5:2];

    // Place of each register in the data; its write bit is set when it is there.
    written = '0;
    place = '0;
    data = '0;
    if (write_i && in_slots) begin
      for (int i = 0; i < 6; i++) begin
        place = 4'(i) - register;
        written[i] = place < write_count_i;
        data[32*i +: 32] = write_data_i[{~place[2:0], 5'd0} +: 32];
      end
    end
  end

  // A start takes the values that are written with it.
  always_comb begin
    start_o = written[5] && !busy_i[slot];
    start_slot_o = slot;
    start_command_o = data[182:160];
    start_address_o = '0;
    start_context_o = '0;
    start_length_o = '0;
    start_seed_o = '0;
    if (start_o) begin
      start_address_o = {written[1] ? data[63:32] : va_hi_q[slot],
                         written[0] ? data[31:2] : va_lo_q[slot]};
      start_context_o[20:0] = written[2] ? {data[95], data[83:64]} : context_q[slot];
      start_context_o[hil_atc_pkg::ContextFunction] = start_command_o[19];
      start_context_o[hil_atc_pkg::ContextPrivileged] = start_command_o[21] && start_context_o[20];
      start_length_o = written[3] ? data[127:96] : length_q[slot];
      start_seed_o = written[4] ? data[159:128] : seed_q[slot];
    end
  end

`ifdef HIL_FAULTS
  assign poke_o = written[0] && busy_i[slot];
  assign poke_address_o = data[31:2];
`endif

  always_comb begin
    result_slot_o = slot;
    read_data_o = '0;
    if (read_i && in_slots) begin
      unique case (register)
        RegVaLo: read_data_o = {va_lo_q[slot], 2'b00};
        RegVaHi: read_data_o = va_hi_q[slot];
        RegContext: read_data_o = {context_q[slot][20], 11'd0, context_q[slot][19:0]};
        RegLength: read_data_o = length_q[slot];
        RegSeed: read_data_o = seed_q[slot];
        RegStatus: read_data_o = {result_i[111:96], result_status_i};
        RegDataLo: read_data_o = result_i[95:64];
        RegDataHi: read_data_o = result_i[63:32];
        RegDigest: read_data_o = result_i[31:0];
        default: ;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int i = 0; i < 8; i++) begin
        va_lo_q[i] <= '0;
        va_hi_q[i] <= '0;
        context_q[i] <= '0;
        length_q[i] <= '0;
        seed_q[i] <= '0;
      end
    end else begin
      if (written[0]) va_lo_q[slot] <= data[31:2];
      if (written[1]) va_hi_q[slot] <= data[63:32];
      if (written[2]) context_q[slot] <= {data[95], data[83:64]};
      if (written[3]) length_q[slot] <= data[127:96];
      if (written[4]) seed_q[slot] <= data[159:128];
    end
  end
endmodule
