// Takes received TLPs apart and says what each is to this device.
//
//   window ──▶ prefix, header ──▶ payload (first 16 DWs kept, data DWs summed) ──▶ tlp_* (held until tlp_ready_i)
//
// A finished TLP is handed on while the header of the next one is taken: no cycle is lost between
// TLPs. A TLP is handed on only when its framing is sound: the header is whole, the payload as long
// as Length says (one more DW with TD), and it has at most one PASID prefix and no local prefix.
`default_nettype none
`include "hil_macros.svh"

module hil_rx_parser #(
  parameter bit SecondHasAts = 1'b1 // function 1 takes Invalidate Requests
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  `FAULT_PORT

  input  wire logic         window_valid_i,
  input  wire logic [127:0] window_data_i,
  input  wire logic [2:0]   window_count_i,
  input  wire logic         window_last_i,
  output      logic [2:0]   take_o,

  input  wire logic [12:0]  bus_device_i,

  output      logic         tlp_valid_o,
  input  wire logic         tlp_ready_i,
  output      hil_tlp_pkg::kind_e tlp_kind_o,
  output      logic [127:0] tlp_header_o,
  output      logic [20:0]  tlp_pasid_o,   // {present, PASID}
  output      logic [511:0] tlp_payload_o, // DW 0 in bits 511:480
  output      logic [31:0]  tlp_sum_o,     // of all payload DWs, as little-endian numbers

  output      logic         idle_o
);
  typedef enum logic [1:0] {
    Start,
    Header, // after a prefix
    Payload
  } state_e;

  state_e state_d, state_q;
  logic [127:0] header_d, header_q;
  logic [20:0] pasid_d, pasid_q;
  logic damaged_d, damaged_q;
  logic done_d, done_q;
  logic [10:0] left_d, left_q;   // DWs that Length still promises
  logic [1:0] over_d, over_q;    // DWs beyond that; stays at 2
  logic [10:0] index_d, index_q; // DWs of payload taken
  logic [31:0] sum_d, sum_q;
  logic [511:0] payload_q;
  logic payload_write;

  logic is_prefix;
  logic [2:0] header_size;
  logic [2:0] promised;
  logic [3:0] lane;

  always_comb begin
    state_d = state_q;
    header_d = header_q;
    pasid_d = pasid_q;
    damaged_d = damaged_q;
    done_d = done_q && !tlp_ready_i;
    left_d = left_q;
    over_d = over_q;
    index_d = index_q;
    sum_d = sum_q;
    payload_write = 1'b0;
    take_o = '0;
    is_prefix = window_data_i[127:125] == 3'b100;
    header_size = window_data_i[125] ? 3'd4 : 3'd3;
    promised = '0;
    lane = '0;

    if (window_valid_i) begin
      unique case (state_q)
        Payload: begin
          take_o = window_count_i;
          promised = left_q < 11'(window_count_i) ? left_q[2:0] : window_count_i;
          left_d = left_q - 11'(promised);
          if (window_count_i != promised) begin
            over_d = window_count_i - promised == 3'd1 && over_q == 2'd0 ? 2'd1 : 2'd2;
          end
          index_d = index_q + 11'(window_count_i);
          payload_write = index_q[10:4] == '0;
          lane = {promised > 3'd0, promised > 3'd1, promised > 3'd2, promised > 3'd3};
          sum_d = sum_q
                  + (hil_tlp_pkg::swap(window_data_i[127:96]) & {32{lane[3]}})
                  + (hil_tlp_pkg::swap(window_data_i[95:64]) & {32{lane[2]}})
                  + (hil_tlp_pkg::swap(window_data_i[63:32]) & {32{lane[1]}})
                  + (hil_tlp_pkg::swap(window_data_i[31:0]) & {32{lane[0]}});
          if (window_last_i) begin
            state_d = Start;
            done_d = 1'b1;
          end
        end
        default: begin
          if (!done_q || tlp_ready_i) begin
            if (state_q == Start) begin
              pasid_d = '0;
              damaged_d = 1'b0;
            end
            if (is_prefix) begin
              take_o = 3'd1;
              state_d = window_last_i && window_count_i == 3'd1 ? Start : Header;
              if (window_data_i[127:120] == hil_tlp_pkg::PasidPrefix) begin
                pasid_d = {1'b1, window_data_i[115:96]};
                damaged_d = damaged_d || (state_q == Header && pasid_q[20]);
              end else if (!window_data_i[124]) begin
                damaged_d = 1'b1;
              end
            end else if (window_count_i < header_size) begin
              take_o = window_count_i; // the TLP ends within its header
              state_d = Start;
            end else begin
              take_o = header_size;
              header_d = window_data_i;
              left_d = '0;
              if (window_data_i[126]) begin
                left_d = {window_data_i[105:96] == '0, window_data_i[105:96]};
              end
              over_d = '0;
              index_d = '0;
              sum_d = '0;
              if (window_last_i && window_count_i == header_size) begin
                state_d = Start;
                done_d = 1'b1;
              end else begin
                state_d = Payload;
              end
            end
          end
        end
      endcase
    end
  end

  // What the TLP in hand is.
  logic sound, is_ours; // is_ours: of a message or a completion
  always_comb begin
    tlp_kind_o = hil_tlp_pkg::Ignored;
    is_ours = header_q[63:49] == {bus_device_i, 2'b00};
    sound = !damaged_q && left_q == '0 && (over_q == 2'd0 || (over_q == 2'd1 && header_q[111]));
    if (done_q && sound) begin
      unique case (header_q[127:120])
        hil_tlp_pkg::MRd32, hil_tlp_pkg::MRd64, hil_tlp_pkg::MWr32, hil_tlp_pkg::MWr64,
        hil_tlp_pkg::CfgRd0, hil_tlp_pkg::CfgWr0,
        8'h01, 8'h21,                         // locked read
        8'h02, 8'h42,                         // I/O
        8'h05, 8'h45,                         // configuration of another bus
        8'h4C, 8'h6C, 8'h4D, 8'h6D, 8'h4E, 8'h6E, // atomics
        8'h5B, 8'h7B:                         // deferrable write
          tlp_kind_o = hil_tlp_pkg::Request;
        hil_tlp_pkg::Cpl, hil_tlp_pkg::CplD: begin
          if (is_ours) begin
            if (header_q[47:40] < 8'(hil_dma_pkg::Slots) ||
                header_q[47:40] == hil_dma_pkg::PrefetchTag) begin
              tlp_kind_o = hil_tlp_pkg::Translation;
            end else if (header_q[47:40] < 8'(hil_dma_pkg::Slots + hil_dma_pkg::Reads)) begin
              tlp_kind_o = hil_tlp_pkg::Data;
            end
          end
        end
        hil_tlp_pkg::MsgById: begin
          if (header_q[71:64] == hil_tlp_pkg::PageResponse && is_ours) begin
            tlp_kind_o = hil_tlp_pkg::Paging;
          end
          if (`fault_is(M75) && header_q[71:64] == hil_tlp_pkg::InvalidateRequest && is_ours) begin
            tlp_kind_o = hil_tlp_pkg::Invalidation;
          end
        end
        hil_tlp_pkg::MsgDById: begin
          if (header_q[71:64] == hil_tlp_pkg::InvalidateRequest && is_ours &&
              (SecondHasAts || !header_q[48]) &&
              header_q[105:96] == 10'd2 && (!header_q[110] || `fault_is(M76)) &&
              !(`fault_is(M25) && pasid_q[20])) begin
            tlp_kind_o = hil_tlp_pkg::Invalidation;
          end
        end
        default: tlp_kind_o = hil_tlp_pkg::Ignored;
      endcase
    end
  end

  assign tlp_valid_o = done_q;
  assign tlp_header_o = header_q;
  assign tlp_pasid_o = pasid_q;
  assign tlp_payload_o = payload_q;
  assign tlp_sum_o = sum_q;
  assign idle_o = !done_q;

  always_ff @(posedge clk_i) begin
    if (payload_write) begin
      unique case (index_q[3:2])
        2'd0: payload_q[511:384] <= window_data_i;
        2'd1: payload_q[383:256] <= window_data_i;
        2'd2: payload_q[255:128] <= window_data_i;
        default: payload_q[127:0] <= window_data_i;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Start;
      header_q <= '0;
      pasid_q <= '0;
      damaged_q <= 1'b0;
      done_q <= 1'b0;
      left_q <= '0;
      over_q <= '0;
      index_q <= '0;
      sum_q <= '0;
    end else begin
      state_q <= state_d;
      header_q <= header_d;
      pasid_q <= pasid_d;
      damaged_q <= damaged_d;
      done_q <= done_d;
      left_q <= left_d;
      over_q <= over_d;
      index_q <= index_d;
      sum_q <= sum_d;
    end
  end
endmodule
