// Answers the host's requests: configuration, BAR0 registers, and Unsupported Request for
// everything else.
//
//   request_* ──▶ Idle ──▶ Access ──▶ Answer (1 or 2 beats) ──▶ tx_*
//                   reads: one register a cycle; writes: all registers of one 64-byte block in a cycle
//
// One request at a time, so that a read follows the writes before it. Posted requests that are not
// for us are dropped.
`default_nettype none
`include "hil_macros.svh"

module hil_target (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         hold_i,           // takes no request: an earlier one is not done yet
  input  wire logic         request_valid_i,
  output      logic         request_ready_o,
  input  wire logic [127:0] request_header_i,
  input  wire logic [255:0] request_payload_i,

  output      logic [11:2]  address_o,        // of both register files
  output      logic         config_read_o,
  output      logic         config_write_o,
  output      logic [3:0]   config_byte_enable_o,
  output      logic         config_function_o,
  input  wire logic [31:0]  config_read_data_i,
  output      logic         bar_write_o,
  output      logic         bar_read_o,
  input  wire logic [31:0]  bar_read_data_i,
  output      logic [3:0]   write_count_o,    // registers from address_o on, in one 64-byte block
  output      logic [255:0] write_data_o,     // the first in bits 255:224

  output      logic [12:0]  bus_device_o,     // captured by configuration writes
  input  wire logic         memory_enable_i,
  input  wire logic [19:0]  bar_page_i,

  output      logic         tx_valid_o,
  input  wire logic         tx_ready_i,
  output      logic [127:0] tx_data_o,
  output      logic [2:0]   tx_count_o,
  output      logic         tx_last_o,

  output      logic         idle_o
);
  typedef enum logic [1:0] {
    Idle,
    Access,
    Answer,
    AnswerRest
  } state_e;

  state_e state_d, state_q;
  logic is_config_d, is_config_q;
  logic is_write_d, is_write_q;
  logic supported_d, supported_q;
  logic is_memory_d, is_memory_q;      // a memory read: its byte count is its length
  logic [31:0] dw0_d, dw0_q, dw1_d, dw1_q;
  logic [15:0] target_id_d, target_id_q; // Destination ID of a configuration request
  logic [11:2] address_d, address_q;
  logic [6:2] lower_d, lower_q;
  logic [3:0] left_d, left_q;          // registers still to access
  logic [255:0] data_d, data_q;        // writes leave at the top, reads enter at the bottom

  logic is_write, is_posted, is_config, is_memory, in_bar, full_enables;
  logic [9:0] length;
  logic [63:0] address;

  logic take;
  assign request_ready_o = state_q == Idle && !hold_i;
  assign take = request_valid_i && request_ready_o;

  logic [4:0] block_left;

  // Decode of the request that is taken.
  always_comb begin
    is_write = 1'b0;
    is_config = 1'b0;
    is_memory = 1'b0;
    is_posted = 1'b0;
    length = '0;
    address = '0;
    full_enables = 1'b0;
    in_bar = 1'b0;
    if (take) begin
      is_write = request_header_i[126];
      is_config = request_header_i[124:120] == 5'b00100;
      is_memory = request_header_i[124:120] == 5'b00000;
      is_posted = is_memory && is_write;
      length = request_header_i[105:96];
      address = request_header_i[125] ? request_header_i[63:0] : {32'd0, request_header_i[63:32]};
      full_enables = request_header_i[71:64] == (length == 10'd1 ? 8'h0F : 8'hFF);
      in_bar = memory_enable_i && address[63:12] == {32'd0, bar_page_i} && length != 10'd0 &&
               length <= (is_write ? 10'd8 : 10'd4) &&
               {1'b0, address[11:2]} + {1'b0, length} <= 11'd1024;
    end
  end

  // The access of this cycle.
  always_comb begin
    bar_write_o = 1'b0;
    bar_read_o = 1'b0;
    config_read_o = 1'b0;
    config_write_o = 1'b0;
    write_count_o = '0;
    write_data_o = '0;
    block_left = '0;
    if (state_q == Access) begin
      bar_read_o = !is_config_q && !is_write_q;
      bar_write_o = !is_config_q && is_write_q;
      config_read_o = is_config_q && !is_write_q;
      config_write_o = is_config_q && is_write_q;
      if (is_write_q) begin
        block_left = 5'd16 - {1'b0, address_q[5:2]};
        write_count_o = block_left < {1'b0, left_q} ? block_left[3:0] : left_q;
        for (int i = 0; i < 8; i++) begin
          write_data_o[32*i +: 32] = hil_tlp_pkg::swap(data_q[32*i +: 32]);
        end
      end
    end
  end

  always_comb begin
    state_d = state_q;
    is_config_d = is_config_q;
    is_write_d = is_write_q;
    is_memory_d = is_memory_q;
    supported_d = supported_q;
    dw0_d = dw0_q;
    dw1_d = dw1_q;
    target_id_d = target_id_q;
    address_d = address_q;
    lower_d = lower_q;
    left_d = left_q;
    data_d = data_q;

    unique case (state_q)
      Idle: begin
        if (take) begin
          is_config_d = is_config;
          is_write_d = is_write;
          is_memory_d = is_memory;
          dw0_d = request_header_i[127:96];
          dw1_d = request_header_i[95:64];
          target_id_d = request_header_i[63:48];
          address_d = is_config ? request_header_i[43:34] : address[11:2];
          lower_d = is_memory ? address[6:2] : '0;
          left_d = length[3:0];
          data_d = request_payload_i;
          if (is_config) begin
            // Functions 0 and 1 are there; a poisoned write is not done.
            supported_d = length == 10'd1 && request_header_i[50:49] == 2'd0 &&
                          !(is_write && request_header_i[110]);
          end else begin
            supported_d = is_memory && in_bar &&
                          (!is_write || (full_enables && !request_header_i[110]));
          end
          if (supported_d) begin
            state_d = Access;
          end else if (!is_posted) begin
            state_d = Answer;
          end
        end
      end
      Access: begin
        address_d = address_q + 10'd1;
        left_d = left_q - 4'd1;
        if (is_write_q) begin
          left_d = '0;
          if (write_count_o != left_q) begin
            left_d = left_q - write_count_o;
            address_d = address_q + {6'd0, write_count_o};
            data_d = data_q << {write_count_o, 5'd0};
          end
        end else begin
          data_d = {data_q[223:0],
                    hil_tlp_pkg::swap(is_config_q ? config_read_data_i : bar_read_data_i)};
        end
        if (left_d == '0) begin
          state_d = is_write_q && !is_config_q ? Idle : Answer;
          left_d = dw0_q[3:0];
        end
      end
      Answer: begin
        if (tx_ready_i) state_d = tx_last_o ? Idle : AnswerRest;
      end
      default: begin
        if (tx_ready_i) state_d = Idle;
      end
    endcase
  end

  assign address_o = address_q;
  assign config_byte_enable_o = dw1_q[3:0];
  assign config_function_o = target_id_q[0];

  logic [12:0] bus_device_d, bus_device_q;
  assign bus_device_d = config_write_o ? target_id_q[15:3] : bus_device_q;
  assign bus_device_o = bus_device_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bus_device_q <= '0;
    end else begin
      bus_device_q <= bus_device_d;
    end
  end

  // The answer: three DWs of header, then up to four registers.
  logic with_data;
  logic [11:0] byte_count;
  logic [127:0] payload;
  always_comb begin
    tx_valid_o = state_q == Answer || state_q == AnswerRest;
    tx_data_o = '0;
    tx_count_o = 3'd0;
    tx_last_o = 1'b0;
    with_data = 1'b0;
    byte_count = 12'd4;
    payload = '0;
    if (tx_valid_o) begin
      with_data = supported_q && !is_write_q;
      if (is_memory_q) byte_count = {dw0_q[9:0], 2'b00};
      unique case (left_q[2:0])
        3'd1: payload = {data_q[31:0], 96'd0};
        3'd2: payload = {data_q[63:0], 64'd0};
        3'd3: payload = {data_q[95:0], 32'd0};
        default: payload = data_q[127:0];
      endcase
      if (state_q == Answer) begin
        tx_data_o = {with_data ? hil_tlp_pkg::CplD : hil_tlp_pkg::Cpl,
                     1'b0, dw0_q[22:20], 1'b0, dw0_q[18], 4'd0, dw0_q[13:12], 2'b00,
                     with_data ? dw0_q[9:0] : 10'd0,
                     bus_device_q, 2'b00, supported_q && is_config_q && target_id_q[0],
                     supported_q ? hil_tlp_pkg::Success : hil_tlp_pkg::UnsupportedRequest,
                     1'b0, byte_count,
                     dw1_q[31:8], 1'b0, lower_q, 2'b00,
                     payload[127:96]};
        tx_count_o = with_data ? 3'd4 : 3'd3;
        tx_last_o = !with_data || left_q == 4'd1;
      end else begin
        tx_data_o = {payload[95:0], 32'd0};
        tx_count_o = left_q[2:0] - 3'd1;
        tx_last_o = 1'b1;
      end
    end
  end

  assign idle_o = state_q == Idle;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      state_q <= state_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_d != Idle) begin
      is_config_q <= is_config_d;
      is_write_q <= is_write_d;
      is_memory_q <= is_memory_d;
      supported_q <= supported_d;
      dw0_q <= dw0_d;
      dw1_q <= dw1_d;
      target_id_q <= target_id_d;
      address_q <= address_d;
      lower_q <= lower_d;
      left_q <= left_d;
      data_q <= data_d;
    end
  end
endmodule
