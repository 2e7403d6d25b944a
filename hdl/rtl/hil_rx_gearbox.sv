// Lets the parser take a received TLP in the pieces it needs: prefix (1 DW), header (3 or 4),
// payload (up to 4).
//
//   rx_* ──▶ [ 4 beats ] ──▶ two oldest beats, shifted by the DWs already taken ──▶ window_*
//                                   ▲ take_i
//
// All beats of a TLP but the last are full. rx_ready_o depends on held state only. The window shows
// the next 4 DWs, or what is left of the TLP (window_last_o); TLPs never share a window.
`default_nettype none
`include "hil_macros.svh"

module hil_rx_gearbox (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         rx_valid_i,
  output      logic         rx_ready_o,
  input  wire logic [127:0] rx_data_i,
  input  wire logic [2:0]   rx_count_i,
  input  wire logic         rx_last_i,

  output      logic         window_valid_o,
  output      logic [127:0] window_data_o,
  output      logic [2:0]   window_count_o,
  output      logic         window_last_o,
  input  wire logic [2:0]   take_i,

  output      logic         idle_o
);
  // {last, count, data}
  logic [131:0] beat_q [4];
  logic [2:0] write_d, write_q, read_d, read_q;
  logic [1:0] offset_d, offset_q;

  logic push;
  logic [2:0] held;
  logic [131:0] first, second;
  logic [3:0] avail, left;
  logic [3:0] first_left;
  logic ends;

  always_comb begin
    held = write_q - read_q;
    rx_ready_o = held != 3'd4;
    idle_o = held == 3'd0;

    first = '0;
    second = '0;
    first_left = '0;
    avail = '0;
    ends = 1'b0;
    window_valid_o = 1'b0;
    window_data_o = '0;
    window_count_o = '0;
    window_last_o = 1'b0;
    if (!idle_o) begin
      first = beat_q[read_q[1:0]];
      second = beat_q[read_q[1:0] + 2'd1];
      first_left = 4'(first[130:128]) - 4'(offset_q);
      window_valid_o = first[131] || held != 3'd1;
      ends = first[131] || second[131];
      avail = first[131] ? first_left : first_left + 4'(second[130:128]);
      unique case (offset_q)
        2'd0: window_data_o = first[127:0];
        2'd1: window_data_o = {first[95:0], second[127:96]};
        2'd2: window_data_o = {first[63:0], second[127:64]};
        default: window_data_o = {first[31:0], second[127:32]};
      endcase
      window_count_o = avail > 4'd4 ? 3'd4 : avail[2:0];
      window_last_o = ends && avail <= 4'd4;
    end
  end

  assign push = rx_valid_i && rx_ready_o;
  assign write_d = write_q + 3'(push);

  // What is taken leaves; a TLP that is taken to its end takes its beats along.
  always_comb begin
    left = avail - 4'(take_i);
    read_d = read_q;
    offset_d = offset_q;
    if (take_i != 3'd0) begin
      offset_d = offset_q + take_i[1:0];
      if (ends && left == 4'd0) begin
        offset_d = 2'd0;
        read_d = read_q + (first[131] ? 3'd1 : 3'd2);
      end else if (4'(take_i) >= first_left) begin
        read_d = read_q + 3'd1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) beat_q[write_q[1:0]] <= {rx_last_i, rx_count_i, rx_data_i};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
      offset_q <= '0;
    end else begin
      write_q <= write_d;
      read_q <= read_d;
      offset_q <= offset_d;
    end
  end

  `HIL_ASSERT(BeatHasOneToFourDws, !rx_valid_i || (rx_count_i >= 3'd1 && rx_count_i <= 3'd4))
  `HIL_ASSERT(OnlyTheLastBeatIsShort, !rx_valid_i || rx_last_i || rx_count_i == 3'd4)
  `HIL_ASSERT(TakesOnlyWhatIsShown, take_i <= window_count_o)
endmodule
