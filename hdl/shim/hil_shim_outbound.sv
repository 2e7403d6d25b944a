// Beats of the device to messages: a TLP is kept until it is whole, since its message begins with the
// cycle in which it was complete.
//
//   tx_* (with step_i) ──▶ one beat ──▶ [ a TLP ] ──▶ epoch, cycle, TLP ──▶ send_*
//
// One TLP is kept; the next cycle of the device waits for room_o.
`default_nettype none

module hil_shim_outbound #(
  parameter int TlpBytes = 1024 // a power of two
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         clear_i,    // a session begins or ends
  input  wire logic         reset_i,    // the device is reset
  input  wire logic [7:0]   epoch_i,
  input  wire logic [55:0]  cycle_i,    // with step_i: of the cycle that ends

  input  wire logic         step_i,
  input  wire logic         tx_valid_i, // with step_i: the device sent this beat
  input  wire logic [127:0] tx_data_i,
  input  wire logic [2:0]   tx_count_i,
  input  wire logic         tx_last_i,

  output      logic         room_o,
  output      logic         settled_o,  // what came is counted
  output      logic [15:0]  sent_o,     // TLPs since the device's reset

  output      logic         send_valid_o,
  input  wire logic         send_ready_i,
  output      logic [7:0]   send_data_o,
  output      logic         send_last_o,

  output      logic         dropped_o
);
  localparam int Bits = $clog2(TlpBytes);

  typedef enum logic [1:0] {
    Gather,
    Store,  // the bytes of a beat
    Head,   // epoch and cycle
    Bytes
  } state_e;

  state_e state_d, state_q;
  logic [127:0] beat_d, beat_q;
  logic [4:0] left_d, left_q;      // bytes of the beat to store
  logic last_d, last_q;
  logic [Bits:0] length_d, length_q;
  logic [Bits:0] offset_d, offset_q;
  logic [55:0] cycle_d, cycle_q;
  logic [63:0] head_d, head_q;
  logic skip_d, skip_q;            // the TLP began before a session ended: it is not sent
  logic inside_d, inside_q;        // a beat of the TLP came
  logic [15:0] sent_d, sent_q;
  logic write, too_long;
  logic [7:0] stored;

  hil_byte_ram #(
    .Words(TlpBytes)
  ) u_tlp (
    .clk_i(clk_i),
    .write_i(write),
    .write_address_i(length_q[Bits-1:0]),
    .write_data_i(beat_q[127:120]),
    .read_address_i(offset_d[Bits-1:0]),
    .read_data_o(stored)
  );

  // With its 8 bytes in front it has to fit a message's memory, which is as long.
  assign too_long = length_q >= (Bits + 1)'(TlpBytes - 8);
  assign room_o = state_q == Gather;
  assign settled_o = state_q != Store;
  assign sent_o = sent_q;
  assign send_valid_o = state_q == Head || state_q == Bytes;
  assign send_data_o = state_q == Head ? head_q[7:0] : stored;
  assign send_last_o = state_q == Bytes && offset_q + (Bits + 1)'(1) == length_q;

  always_comb begin
    state_d = state_q;
    beat_d = beat_q;
    left_d = left_q;
    last_d = last_q;
    length_d = length_q;
    offset_d = offset_q;
    cycle_d = cycle_q;
    head_d = head_q;
    skip_d = skip_q;
    inside_d = inside_q;
    sent_d = sent_q;
    write = 1'b0;
    dropped_o = 1'b0;
    unique case (state_q)
      Gather: if (step_i && tx_valid_i) begin
        state_d = Store;
        beat_d = tx_data_i;
        left_d = {tx_count_i, 2'b00};
        last_d = tx_last_i;
        cycle_d = cycle_i + 56'd1;
        inside_d = !tx_last_i;
      end
      Store: begin
        write = !too_long;
        length_d = length_q + (Bits + 1)'(!too_long);
        if (too_long) skip_d = 1'b1;
        beat_d = {beat_q[119:0], 8'd0};
        left_d = left_q - 5'd1;
        if (left_q == 5'd1) begin
          state_d = Gather;
          if (last_q) begin
            head_d = {cycle_q, epoch_i};
            offset_d = '0;
            state_d = Head;
            if (skip_d) begin
              dropped_o = 1'b1;
              length_d = '0;
              skip_d = 1'b0;
              state_d = Gather;
            end else begin
              sent_d = sent_q + 16'd1;
            end
          end
        end
      end
      Head: if (send_ready_i) begin
        head_d = {8'd0, head_q[63:8]};
        offset_d = offset_q + (Bits + 1)'(1);
        if (offset_q == (Bits + 1)'(7)) begin
          offset_d = '0;
          state_d = Bytes;
        end
      end
      default: if (send_ready_i) begin
        offset_d = offset_q + (Bits + 1)'(1);
        if (send_last_o) begin
          length_d = '0;
          state_d = Gather;
        end
      end
    endcase
    // What is here is dropped; so is the rest of a TLP that is half in the device.
    if (clear_i) begin
      sent_d = '0;
      if (state_q == Gather) begin
        skip_d = inside_d || state_d == Store;
      end else if (state_q == Store && !last_q) begin
        skip_d = 1'b1;
      end else begin
        state_d = Gather;
        length_d = '0;
        skip_d = 1'b0;
      end
    end
    if (reset_i) begin
      sent_d = '0;
      inside_d = 1'b0;
      if (state_q == Gather || state_q == Store) begin
        state_d = Gather;
        length_d = '0;
        skip_d = 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    beat_q <= beat_d;
    cycle_q <= cycle_d;
    head_q <= head_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Gather;
      left_q <= '0;
      last_q <= 1'b0;
      length_q <= '0;
      offset_q <= '0;
      skip_q <= 1'b0;
      inside_q <= 1'b0;
      sent_q <= '0;
    end else begin
      state_q <= state_d;
      left_q <= left_d;
      last_q <= last_d;
      length_q <= length_d;
      offset_q <= offset_d;
      skip_q <= skip_d;
      inside_q <= inside_d;
      sent_q <= sent_d;
    end
  end
endmodule
