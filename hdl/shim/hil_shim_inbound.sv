// Messages of the host, in order: TLPs go to the device in beats, ECHO goes back, all others are
// dropped.
//
//   message_* ──▶ epoch and cycle (8 bytes) ──▶ beats of up to 4 DWs ──▶ rx_*
//             └─▶ ECHO ──▶ echo_*
//
// The device takes a beat in a cycle that step_i ends; accepted_i says whether it did. rx_* change
// with step_i only, or while the device's clock stands.
`default_nettype none

module hil_shim_inbound #(
  parameter int OffsetBits = 10
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         clear_i,      // a session begins or ends
  input  wire logic         reset_i,      // the device is reset, and the epoch is another
  input  wire logic [7:0]   epoch_i,      // with reset_i

  input  wire logic         message_valid_i,
  input  wire logic [7:0]   message_kind_i,
  input  wire logic [12:0]  message_length_i,
  output      logic [OffsetBits-1:0] message_offset_o,
  input  wire logic [7:0]   message_data_i, // at the offset of the cycle before
  output      logic         message_drop_o,

  output      logic         echo_valid_o,
  input  wire logic         echo_ready_i,
  output      logic [7:0]   echo_data_o,
  output      logic         echo_last_o,
  output      logic         echo_empty_o, // with last: there is no byte

  output      logic [7:0]   epoch_o,
  output      logic [15:0]  received_o,   // TLPs of this epoch
  output      logic         waits_o,      // a TLP of this epoch is here
  output      logic         steady_o,     // nothing is on its way that the next cycle needs
  output      logic [55:0]  due_cycle_o,  // of the TLP that is here
  output      logic         begun_o,      // a beat of it was taken already

  output      logic         rx_valid_o,   // a beat of it is here; it is for the device when it is due
  output      logic [127:0] rx_data_o,
  output      logic [2:0]   rx_count_o,
  output      logic         rx_last_o,
  input  wire logic         step_i,
  input  wire logic         accepted_i,

  output      logic         dropped_o,
  output      logic         malformed_o,
  output      logic         busy_o
);
  typedef enum logic [2:0] {
    Idle,
    Head,
    Judge,
    Gather, // the next beat
    Offer,
    Back,   // ECHO
    Drop
  } state_e;

  state_e state_d, state_q;
  logic [12:0] offset_d, offset_q;   // the byte that message_data_i shows
  logic [63:0] head_d, head_q;
  logic [127:0] data_d, data_q;
  logic [4:0] bytes_d, bytes_q;      // in the beat
  logic last_d, last_q;
  logic begun_d, begun_q;
  logic [7:0] epoch_d, epoch_q;
  logic [15:0] received_d, received_q;
  logic is_whole;

  assign is_whole = message_length_i[1:0] == 2'b00 && message_length_i > 13'd8;

  always_comb begin
    state_d = state_q;
    offset_d = offset_q;
    head_d = head_q;
    data_d = data_q;
    bytes_d = bytes_q;
    last_d = last_q;
    begun_d = begun_q;
    epoch_d = epoch_q;
    received_d = received_q;
    message_drop_o = 1'b0;
    dropped_o = 1'b0;
    malformed_o = 1'b0;
    unique case (state_q)
      Idle: begin
        offset_d = '0;
        begun_d = 1'b0;
        if (message_valid_i) begin
          state_d = Drop;
          if (message_kind_i == hil_link_pkg::Tlp) state_d = Head;
          if (message_kind_i == hil_link_pkg::Echo) state_d = Back;
        end
      end
      Head: begin
        offset_d = offset_q + 13'd1;
        head_d = {message_data_i, head_q[63:8]};
        if (offset_q == 13'd7) state_d = Judge;
      end
      Judge: begin
        bytes_d = '0;
        state_d = Drop;
        if (!is_whole) begin
          malformed_o = 1'b1;
          if (head_q[7:0] == epoch_q) received_d = received_q + 16'd1;
        end else if (head_q[7:0] == epoch_q) begin
          received_d = received_q + 16'd1;
          state_d = Gather;
        end else begin
          dropped_o = 1'b1;
        end
      end
      Gather: begin
        offset_d = offset_q + 13'd1;
        bytes_d = bytes_q + 5'd1;
        last_d = offset_d == message_length_i;
        for (int i = 0; i < 16; i++) begin
          if (bytes_q[3:0] == 4'(i)) data_d[8*(15-i) +: 8] = message_data_i;
        end
        if (last_d || bytes_q == 5'd15) state_d = Offer;
      end
      Offer: if (step_i && accepted_i) begin
        bytes_d = '0;
        begun_d = 1'b1;
        state_d = last_q ? Drop : Gather;
      end
      Back: if (echo_ready_i) begin
        offset_d = offset_q + 13'd1;
        if (echo_last_o) state_d = Drop;
      end
      default: begin
        message_drop_o = 1'b1;
        state_d = Idle;
      end
    endcase
    // The message stays where it is: a TLP of another epoch is dropped when it is read again.
    if (reset_i) begin
      epoch_d = epoch_i;
      received_d = '0;
      if (state_q != Back && state_q != Drop) state_d = Idle;
    end
    if (clear_i) begin
      epoch_d = '0;
      received_d = '0;
      state_d = Idle;
      message_drop_o = 1'b0;
    end
  end

  assign message_offset_o = offset_d[OffsetBits-1:0];
  assign echo_valid_o = state_q == Back;
  assign echo_empty_o = message_length_i == '0;
  assign echo_data_o = message_data_i;
  assign echo_last_o = echo_empty_o || offset_q + 13'd1 == message_length_i;
  assign epoch_o = epoch_q;
  assign received_o = received_q;
  assign waits_o = state_q == Offer;
  assign steady_o = state_q == Offer || (state_q == Idle && !message_valid_i) || state_q == Back;
  assign due_cycle_o = head_q[63:8];
  assign begun_o = begun_q;
  assign rx_valid_o = state_q == Offer;
  assign rx_data_o = data_q;
  assign rx_count_o = bytes_q[4:2];
  assign rx_last_o = last_q;
  assign busy_o = !steady_o || (state_q == Back && echo_ready_i);

  always_ff @(posedge clk_i) begin
    head_q <= head_d;
    data_q <= data_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      offset_q <= '0;
      bytes_q <= '0;
      last_q <= 1'b0;
      begun_q <= 1'b0;
      epoch_q <= '0;
      received_q <= '0;
    end else begin
      state_q <= state_d;
      offset_q <= offset_d;
      bytes_q <= bytes_d;
      last_q <= last_d;
      begun_q <= begun_d;
      epoch_q <= epoch_d;
      received_q <= received_d;
    end
  end
endmodule
