// Between a carrier's bytes and a device's TLP streams: the board of docs/protocol.md. Paced: the
// device's clock stands still outside of RUN.
//
//   in_*  ──▶ link ─▶ messages ─▶ inbound ──▶ rx_*     ┐
//              │ ◀──────────────── outbound ◀── tx_*   ├ device, clocked by device_clk_o
//              └ requests ─▶ requests ─▶ pace ──▶ clock ┘
//   out_* ◀── link
//
// tx_ready is 1: what the device shows in a cycle that passes is taken.
`default_nettype none

module hil_shim #(
  parameter int LongestPayload = 544,
  parameter int SlotBytes = 1024,
  parameter int Frames = 4,
  parameter int TicksPerMs = 1,
  parameter int ResendTicks = 20,
  parameter int LiveTicks = 1000,
  parameter int ClockKhz = 100000,      // of the device, as the host is told
  parameter int CounterBits = 32,
  parameter int CycleBits = 56,
  parameter int TextBytes = 3,
  parameter logic [8*TextBytes-1:0] Text = '0
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         tick_i,      // for one cycle in each 1 / TicksPerMs milliseconds

  input  wire logic         in_valid_i,
  output      logic         in_ready_o,
  input  wire logic [7:0]   in_data_i,

  output      logic         out_valid_o,
  input  wire logic         out_ready_i,
  output      logic [7:0]   out_data_o,

  output      logic         device_clk_o,
  output      logic         device_rst_no,
  input  wire logic         device_idle_i, // 0 when the device does not say

  output      logic         rx_valid_o,
  input  wire logic         rx_ready_i,
  output      logic [127:0] rx_data_o,
  output      logic [2:0]   rx_count_o,
  output      logic         rx_last_o,

  input  wire logic         tx_valid_i,
  input  wire logic [127:0] tx_data_i,
  input  wire logic [2:0]   tx_count_i,
  input  wire logic         tx_last_i,

  output      logic         confirmed_o,   // a host is there, or was: for a lamp
  output      logic         idle_o         // nothing changes until a byte or a tick comes
);
  localparam int OffsetBits = $clog2(SlotBytes);

  logic open, confirmed, forget;
  logic message_valid, message_drop;
  logic [7:0] message_kind, message_data;
  logic [12:0] message_length;
  logic [OffsetBits-1:0] message_offset;
  logic send_valid, send_ready, send_last;
  logic [7:0] send_data, send_kind;
  logic request_valid, request_take;
  logic [6:0] request_length;
  logic [5:0] request_offset;
  logic [7:0] request_data, reply_data, counter_data;
  logic reply_valid, reply_ready, reply_last, reply_describes;
  logic [4:0] counter_offset;
  logic link_idle;
  logic stale, malformed_tlp, malformed_request, lost_tlp;

  typedef enum logic [1:0] {
    Nobody,
    TlpOwns,
    EchoOwns
  } owner_e;
  owner_e owner_d, owner_q, owner; // of the message that is written
  logic echo_empty;

  hil_link #(
    .LongestPayload(LongestPayload),
    .SlotBytes(SlotBytes),
    .Frames(Frames),
    .TicksPerMs(TicksPerMs),
    .ResendTicks(ResendTicks),
    .LiveTicks(LiveTicks),
    .ClockKhz(ClockKhz),
    .CounterBits(CounterBits),
    .TextBytes(TextBytes),
    .Text(Text)
  ) u_link (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .in_valid_i(in_valid_i),
    .in_ready_o(in_ready_o),
    .in_data_i(in_data_i),
    .out_valid_o(out_valid_o),
    .out_ready_i(out_ready_i),
    .out_data_o(out_data_o),
    .hold_i(1'b0),
    .close_i(1'b0),
    .open_o(open),
    .confirmed_o(confirmed),
    .forget_o(forget),
    .message_valid_o(message_valid),
    .message_kind_o(message_kind),
    .message_length_o(message_length),
    .message_offset_i(message_offset),
    .message_data_o(message_data),
    .message_drop_i(message_drop),
    .send_valid_i(send_valid),
    .send_ready_o(send_ready),
    .send_kind_i(send_kind),
    .send_data_i(send_data),
    .send_last_i(send_last),
    .send_empty_i(owner == EchoOwns && echo_empty),
    .request_valid_o(request_valid),
    .request_length_o(request_length),
    .request_offset_i(request_offset),
    .request_data_o(request_data),
    .request_take_i(request_take),
    .reply_valid_i(reply_valid),
    .reply_ready_o(reply_ready),
    .reply_data_i(reply_data),
    .reply_last_i(reply_last),
    .reply_describes_i(reply_describes),
    .count_i({malformed_tlp || malformed_request, stale || lost_tlp}),
    .counter_offset_i(counter_offset),
    .counter_data_o(counter_data),
    .idle_o(link_idle)
  );
  assign confirmed_o = open && confirmed;

  // ---- Requests and time
  logic reset, reset_done, run, run_done, sample, step, completed, due, waits, steady, begun, accepted_q;
  logic offers, may_pass, settled, room, rx_held, due_waits;
  logic [7:0] request_epoch, epoch;
  logic [55:0] run_cycles, started, cycle, due_cycle;
  logic [31:0] linger;
  logic [15:0] told, received, sent;
  logic requests_busy, pace_busy, inbound_busy;

  hil_shim_requests u_requests (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .clear_i(forget),
    .request_valid_i(request_valid),
    .request_length_i(request_length),
    .request_offset_o(request_offset),
    .request_data_i(request_data),
    .request_take_o(request_take),
    .reply_valid_o(reply_valid),
    .reply_ready_i(reply_ready),
    .reply_data_o(reply_data),
    .reply_last_o(reply_last),
    .reply_describes_o(reply_describes),
    .counter_offset_o(counter_offset),
    .counter_data_i(counter_data),
    .reset_o(reset),
    .reset_done_i(reset_done),
    .run_o(run),
    .run_done_i(run_done),
    .epoch_o(request_epoch),
    .cycles_o(run_cycles),
    .linger_o(linger),
    .told_o(told),
    .epoch_i(epoch),
    .started_i(started),
    .cycle_i(cycle),
    .sent_i(sent),
    .malformed_o(malformed_request),
    .busy_o(requests_busy)
  );

  // RUN-5: a TLP that the host has sent is here, or none is missing. RUN-6: there is room for one.
  assign may_pass = steady && (waits || received == told) && room;
  assign offers = rx_held && (due || begun);
  assign due_waits = waits;

  hil_shim_pace #(
    .CycleBits(CycleBits)
  ) u_pace (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .device_clk_o(device_clk_o),
    .device_rst_no(device_rst_no),
    .device_idle_i(device_idle_i),
    .abort_i(forget),
    .reset_i(reset),
    .reset_done_o(reset_done),
    .run_i(run),
    .run_cycles_i(run_cycles),
    .run_linger_i(linger),
    .run_done_o(run_done),
    .settled_i(settled),
    .may_pass_i(may_pass),
    .offers_i(offers),
    .due_valid_i(due_waits),
    .due_cycle_i(due_cycle),
    .due_o(due),
    .sample_o(sample),
    .step_o(step),
    .completed_i(completed),
    .started_o(started),
    .cycle_o(cycle),
    .busy_o(pace_busy)
  );

  // ---- To the device
  logic echo_valid, echo_ready, echo_last;
  logic [7:0] echo_data;

  hil_shim_inbound #(
    .OffsetBits(OffsetBits)
  ) u_inbound (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .clear_i(forget),
    .reset_i(reset),
    .epoch_i(request_epoch),
    .message_valid_i(message_valid),
    .message_kind_i(message_kind),
    .message_length_i(message_length),
    .message_offset_o(message_offset),
    .message_data_i(message_data),
    .message_drop_o(message_drop),
    .echo_valid_o(echo_valid),
    .echo_ready_i(echo_ready),
    .echo_data_o(echo_data),
    .echo_last_o(echo_last),
    .echo_empty_o(echo_empty),
    .epoch_o(epoch),
    .received_o(received),
    .waits_o(waits),
    .steady_o(steady),
    .due_cycle_o(due_cycle),
    .begun_o(begun),
    .rx_valid_o(rx_held),
    .rx_data_o(rx_data_o),
    .rx_count_o(rx_count_o),
    .rx_last_o(rx_last_o),
    .step_i(step),
    .accepted_i(accepted_q),
    .dropped_o(stale),
    .malformed_o(malformed_tlp),
    .busy_o(inbound_busy)
  );
  assign rx_valid_o = offers;

  // ---- From the device: taken as its clock rises
  logic [131:0] beat_q; // valid, last is in [131]
  logic beat_valid_q;
  logic tlp_valid, tlp_ready, tlp_last;
  logic [7:0] tlp_data;

  hil_shim_outbound #(
    .TlpBytes(SlotBytes)
  ) u_outbound (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .clear_i(forget),
    .reset_i(reset),
    .epoch_i(epoch),
    .cycle_i(cycle),
    .step_i(step),
    .tx_valid_i(beat_valid_q),
    .tx_data_i(beat_q[127:0]),
    .tx_count_i(beat_q[130:128]),
    .tx_last_i(beat_q[131]),
    .room_o(room),
    .settled_o(settled),
    .sent_o(sent),
    .send_valid_o(tlp_valid),
    .send_ready_i(tlp_ready),
    .send_data_o(tlp_data),
    .send_last_o(tlp_last),
    .dropped_o(lost_tlp)
  );
  assign completed = beat_valid_q && beat_q[131];

  // ---- Messages to the host, whole ones: TLPs before echoes.
  always_comb begin
    owner = owner_q;
    if (owner_q == Nobody) begin
      if (tlp_valid) owner = TlpOwns;
      else if (echo_valid) owner = EchoOwns;
    end
    send_valid = owner == TlpOwns ? tlp_valid : owner == EchoOwns && echo_valid;
    send_data = owner == TlpOwns ? tlp_data : echo_data;
    send_last = owner == TlpOwns ? tlp_last : echo_last;
    send_kind = owner == TlpOwns ? hil_link_pkg::Tlp : hil_link_pkg::Echoed;
  end

  always_comb begin
    tlp_ready = send_ready && owner == TlpOwns;
    echo_ready = send_ready && owner == EchoOwns;
    owner_d = owner_q;
    if (send_valid && send_ready) owner_d = send_last ? Nobody : owner;
    if (forget) owner_d = Nobody;
  end

  assign idle_o = link_idle && !requests_busy && !pace_busy && !inbound_busy && settled &&
                  !(send_valid && send_ready);

  always_ff @(posedge clk_i) begin
    if (sample) beat_q <= {tx_last_i, tx_count_i, tx_data_i};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      owner_q <= Nobody;
      accepted_q <= 1'b0;
      beat_valid_q <= 1'b0;
    end else begin
      owner_q <= owner_d;
      if (sample) begin
        accepted_q <= offers && rx_ready_i;
        beat_valid_q <= tx_valid_i;
      end
    end
  end
endmodule
