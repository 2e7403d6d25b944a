// The board's end of a link (docs/protocol.md): bytes of a carrier on one side; messages, requests and
// replies on the other.
//
//   in_*  ─▶ frame_receiver ─▶ session ─▶ receive_window + memory ─▶ message_*  (from the host)
//                   │             ├────▶ control + memory ◀─▶ request_*, reply_*
//                   │             └────▶ send_window ack, grant, NAK
//   out_* ◀─ frame_sender ◀── due ◀──── send_window + memory ◀─ send_*          (to the host)
//
// A frame that came in is acted on in one cycle, in which no frame begins. hold_i: no frame begins.
`default_nettype none
`include "hil_macros.svh"

module hil_link #(
  parameter int LongestPayload = 544,
  parameter int SlotBytes = 1024,      // of memory for each frame; a power of two
  parameter int Frames = 4,            // granted, and kept; a power of two
  parameter int TicksPerMs = 1,
  parameter int ResendTicks = 20,      // SEQ-8
  parameter int LiveTicks = 1000,      // 1 s
  parameter int ClockKhz = 0,          // of the device
  parameter int CounterBits = 32,
  parameter logic [15:0] Features = hil_link_pkg::Features,
  parameter int TextBytes = 3,
  parameter logic [8*TextBytes-1:0] Text = '0
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        tick_i,

  input  wire logic        in_valid_i,
  output      logic        in_ready_o,
  input  wire logic [7:0]  in_data_i,

  output      logic        out_valid_o,
  input  wire logic        out_ready_i,
  output      logic [7:0]  out_data_o,

  input  wire logic        hold_i,
  input  wire logic        close_i,        // ends the session with BYE

  output      logic        open_o,
  output      logic        confirmed_o,
  output      logic        forget_o,       // a session begins or ends: forget the last one

  // The first message of the host. The byte at the offset shows in the next cycle.
  output      logic        message_valid_o,
  output      logic [7:0]  message_kind_o,
  output      logic [12:0] message_length_o,
  input  wire logic [$clog2(SlotBytes)-1:0] message_offset_i,
  output      logic [7:0]  message_data_o,
  input  wire logic        message_drop_i,

  // Messages to the host.
  input  wire logic        send_valid_i,
  output      logic        send_ready_o,
  input  wire logic [7:0]  send_kind_i,
  input  wire logic [7:0]  send_data_i,
  input  wire logic        send_last_i,
  input  wire logic        send_empty_i,   // with last: this byte does not count, there is none

  // The host's request, and the reply: hil_link_control.
  output      logic        request_valid_o,
  output      logic [6:0]  request_length_o,
  input  wire logic [5:0]  request_offset_i,
  output      logic [7:0]  request_data_o,
  input  wire logic        request_take_i,
  input  wire logic        reply_valid_i,
  output      logic        reply_ready_o,
  input  wire logic [7:0]  reply_data_i,
  input  wire logic        reply_last_i,
  input  wire logic        reply_describes_i,

  // Counted by the user: [0] a TLP that was dropped, [1] a malformed message.
  input  wire logic [1:0]  count_i,
  input  wire logic [4:0]  counter_offset_i,
  output      logic [7:0]  counter_data_o,

  output      logic        idle_o // nothing changes until a byte, a tick or the user comes
);
  localparam int SlotBits = $clog2(Frames);
  localparam int OffsetBits = $clog2(SlotBytes);
  localparam int ReplyTextBytes = hil_link_pkg::DescribeBytes + TextBytes;

  // ---- Receive
  logic payload_valid, frame_valid, broken;
  logic [12:0] payload_offset, frame_length;
  logic [7:0] payload_data;
  hil_link_pkg::header_t frame_header;
  logic is_stream;

  hil_frame_receiver #(
    .LongestPayload(LongestPayload)
  ) u_receiver (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(in_valid_i),
    .in_ready_o(in_ready_o),
    .in_data_i(in_data_i),
    .payload_valid_o(payload_valid),
    .payload_offset_o(payload_offset),
    .payload_data_o(payload_data),
    .frame_valid_o(frame_valid),
    .frame_ready_i(1'b1),
    .frame_header_o(frame_header),
    .frame_length_o(frame_length),
    .broken_o(broken)
  );
  assign is_stream = frame_header.kind[6];

  // ---- Sessions
  logic magic, version, limits, takes_over;
  logic [31:0] host, refused_for, uptime_ms;
  logic live, forget, begins_session, heard, foreign, malformed;
  logic welcome_due, refuse_due, gone_due, bye_due;
  logic [15:0] session, refused_session, gone_session;
  logic [7:0] refuse_reason, gone_reason;

  hil_link_hello #(
    .LongestPayload(LongestPayload)
  ) u_hello (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .payload_valid_i(payload_valid && frame_header.kind == hil_link_pkg::Hello),
    .payload_offset_i(payload_offset),
    .payload_data_i(payload_data),
    .magic_o(magic),
    .version_o(version),
    .limits_o(limits),
    .takes_over_o(takes_over),
    .host_o(host)
  );

  hil_link_session u_session (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .frame_valid_i(frame_valid),
    .frame_kind_i(frame_header.kind),
    .frame_session_i(frame_header.session),
    .frame_length_i(frame_length),
    .magic_i(magic),
    .version_i(version),
    .limits_i(limits),
    .takes_over_i(takes_over),
    .host_i(host),
    .live_i(live),
    .close_i(close_i),
    .open_o(open_o),
    .confirmed_o(confirmed_o),
    .begin_o(begins_session),
    .forget_o(forget),
    .heard_o(heard),
    .session_o(session),
    .welcome_due_o(welcome_due),
    .refuse_due_o(refuse_due),
    .gone_due_o(gone_due),
    .bye_due_o(bye_due),
    .refused_session_o(refused_session),
    .refuse_reason_o(refuse_reason),
    .refused_for_o(refused_for),
    .gone_session_o(gone_session),
    .gone_reason_o(gone_reason),
    .foreign_o(foreign),
    .malformed_o(malformed)
  );

  assign forget_o = forget;

  hil_link_time #(
    .TicksPerMs(TicksPerMs),
    .LiveTicks(LiveTicks)
  ) u_time (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .heard_i(heard),
    .forget_i(forget),
    .live_o(live),
    .uptime_ms_o(uptime_ms)
  );

  // ---- From the host
  logic receive_write, receive_ack, receive_nak, repetition, unknown;
  logic [SlotBits-1:0] receive_slot, head_slot;
  logic [7:0] expected, grant;
  logic begins, begins_own;

  hil_receive_window #(
    .Frames(Frames)
  ) u_receive (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .clear_i(forget),
    .payload_valid_i(payload_valid && is_stream),
    .payload_first_i(payload_offset == '0),
    .write_o(receive_write),
    .write_slot_o(receive_slot),
    .take_i(heard && is_stream),
    .take_number_i(frame_header.number),
    .take_kind_i(frame_header.kind),
    .take_length_i(frame_length),
    .head_valid_o(message_valid_o),
    .head_slot_o(head_slot),
    .head_kind_o(message_kind_o),
    .head_length_o(message_length_o),
    .drop_i(message_drop_i && !forget),
    .expected_o(expected),
    .grant_o(grant),
    .granted_i(begins_own),
    .ack_due_o(receive_ack),
    .nak_due_o(receive_nak),
    .repetition_o(repetition),
    .unknown_o(unknown)
  );

  hil_byte_ram #(
    .Words(Frames * SlotBytes)
  ) u_receive_memory (
    .clk_i(clk_i),
    .write_i(receive_write),
    .write_address_i({receive_slot, payload_offset[OffsetBits-1:0]}),
    .write_data_i(payload_data),
    .read_address_i({head_slot, message_offset_i}),
    .read_data_o(message_data_o)
  );

  // ---- To the host
  logic send_write, can_stream, poll_due, resends, repeats, dropped;
  logic [SlotBits+OffsetBits-1:0] send_address;
  logic [7:0] stream_number, stream_kind;
  logic [SlotBits-1:0] stream_slot, sent_slot_q;
  logic [12:0] stream_length, sent_offset;
  logic [7:0] stream_data;
  logic [7:0] due_kind;

  hil_send_window #(
    .Frames(Frames),
    .SlotBytes(SlotBytes),
    .ResendTicks(ResendTicks)
  ) u_send (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .clear_i(forget),
    .clear_grant_i(begins_session ? frame_header.grant : 8'd0),
    .open_i(open_o),
    .confirmed_i(confirmed_o),
    .live_i(live),
    .heard_i(heard),
    .heard_ack_i(frame_header.ack),
    .heard_grant_i(frame_header.grant),
    .heard_nak_i(frame_header.kind == hil_link_pkg::Nak),
    .message_valid_i(send_valid_i),
    .message_ready_o(send_ready_o),
    .message_kind_i(send_kind_i),
    .message_last_i(send_last_i),
    .message_empty_i(send_empty_i),
    .write_o(send_write),
    .write_address_o(send_address),
    .can_o(can_stream),
    .number_o(stream_number),
    .slot_o(stream_slot),
    .kind_o(stream_kind),
    .length_o(stream_length),
    .take_i(begins && due_kind == hil_link_pkg::Tlp),
    .poll_o(poll_due),
    .resends_o(resends),
    .repeats_o(repeats),
    .dropped_o(dropped)
  );

  hil_byte_ram #(
    .Words(Frames * SlotBytes)
  ) u_send_memory (
    .clk_i(clk_i),
    .write_i(send_write),
    .write_address_i(send_address),
    .write_data_i(send_data_i),
    .read_address_i({sent_slot_q, sent_offset[OffsetBits-1:0]}),
    .read_data_o(stream_data)
  );

  // ---- Control
  logic reply_due, working_due, reply_obsolete, describes;
  logic [7:0] tag, operation, reply_data, reply_length;
  logic sends_reply;

  hil_link_control u_control (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .forget_i(forget),
    .payload_valid_i(payload_valid && frame_header.kind == hil_link_pkg::Request),
    .payload_offset_i(payload_offset),
    .payload_data_i(payload_data),
    .heard_request_i(heard && frame_header.kind == hil_link_pkg::Request),
    .heard_tag_i(frame_header.number),
    .heard_length_i(frame_length),
    .heard_nak_i(heard && frame_header.kind == hil_link_pkg::Nak),
    .request_valid_o(request_valid_o),
    .request_length_o(request_length_o),
    .request_offset_i(request_offset_i),
    .request_data_o(request_data_o),
    .request_take_i(request_take_i),
    .reply_valid_i(reply_valid_i),
    .reply_ready_o(reply_ready_o),
    .reply_data_i(reply_data_i),
    .reply_last_i(reply_last_i),
    .reply_describes_i(reply_describes_i),
    .sending_i(sends_reply),
    .sent_offset_i(sent_offset[6:0]),
    .sent_data_o(reply_data),
    .describes_o(describes),
    .reply_length_o(reply_length),
    .tag_o(tag),
    .operation_o(operation),
    .reply_due_o(reply_due),
    .working_due_o(working_due),
    .reply_obsolete_o(reply_obsolete)
  );

  // ---- What is sent next
  logic due_valid, start_valid, start_ready, sender_busy, sender_idle;

  hil_link_due u_due (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .set_welcome_i(welcome_due),
    .set_refuse_i(refuse_due),
    .set_gone_i(gone_due),
    .set_bye_i(bye_due),
    .set_nak_i(receive_nak || (broken && confirmed_o)),
    .set_reply_i(reply_due),
    .set_working_i(working_due),
    .set_poll_i(poll_due),
    .set_ack_i(receive_ack || (heard && frame_header.kind == hil_link_pkg::Poll)),
    .clear_reply_i(reply_obsolete),
    .forget_i(forget),
    .confirmed_i(confirmed_o),
    .can_stream_i(can_stream),
    .take_i(begins),
    .send_valid_o(due_valid),
    .send_kind_o(due_kind)
  );

  hil_link_pkg::header_t send_header;
  logic [12:0] send_length;
  logic [7:0] sent_kind_q;

  assign start_valid = due_valid && !hold_i && !frame_valid && !forget;
  assign begins = start_valid && start_ready;
  assign begins_own = begins && due_kind != hil_link_pkg::Refuse && due_kind != hil_link_pkg::Gone;

  always_comb begin
    send_header.kind = due_kind;
    send_header.number = 8'd0;
    send_header.ack = expected;
    send_header.grant = grant;
    send_header.session = session;
    send_length = 13'd0;
    unique case (due_kind)
      hil_link_pkg::Welcome: send_length = 13'(ReplyTextBytes);
      hil_link_pkg::Refuse: begin
        send_header.ack = 8'd0;
        send_header.grant = 8'd0;
        send_header.session = refused_session;
        send_length = 13'd12;
      end
      hil_link_pkg::Gone: begin
        send_header.ack = 8'd0;
        send_header.grant = 8'd0;
        send_header.session = gone_session;
        send_length = 13'd8;
      end
      hil_link_pkg::Reply: begin
        send_header.number = tag;
        send_length = 13'(reply_length) + (describes ? 13'(ReplyTextBytes) : 13'd0);
      end
      hil_link_pkg::Working: begin
        send_header.number = tag;
        send_length = 13'd1;
      end
      hil_link_pkg::Tlp: begin
        send_header.kind = stream_kind;
        send_header.number = stream_number;
        send_length = stream_length;
      end
      default: ;
    endcase
  end

  // ---- Its payload. What is made here is made in the cycle in which a memory reads.
  logic [7:0] text_data, payload_out;
  logic [6:0] text_offset;
  logic [7:0] made_d, made_q;
  logic from_text_d, from_text_q;
  logic [31:0] gone_uptime_q;
  logic [7:0] sent_gone_reason_q, sent_refuse_reason_q;
  logic [31:0] sent_refused_for_q;

  // The results of DESCRIBE stand behind operation and status.
  assign text_offset = sent_offset[6:0] - (sent_kind_q == hil_link_pkg::Reply ? 7'd2 : 7'd0);

  hil_link_describe #(
    .LongestPayload(LongestPayload),
    .ClockKhz(ClockKhz),
    .Features(Features),
    .TextBytes(TextBytes),
    .Text(Text)
  ) u_describe (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .capture_i(begins),
    .uptime_ms_i(uptime_ms),
    .offset_i(text_offset),
    .data_o(text_data)
  );

  logic [95:0] refuse_bytes;
  logic [63:0] gone_bytes;
  assign refuse_bytes = {"HILB", hil_link_pkg::Version, hil_link_pkg::Version, sent_refuse_reason_q, 8'd0,
                         sent_refused_for_q[7:0], sent_refused_for_q[15:8], sent_refused_for_q[23:16],
                         sent_refused_for_q[31:24]};
  assign gone_bytes = {sent_gone_reason_q, 24'd0, gone_uptime_q[7:0], gone_uptime_q[15:8],
                       gone_uptime_q[23:16], gone_uptime_q[31:24]};

  always_comb begin
    made_d = operation;
    for (int i = 0; i < 12; i++) begin
      if (sent_kind_q == hil_link_pkg::Refuse && sent_offset[3:0] == 4'(i)) made_d = refuse_bytes[8*(11-i) +: 8];
    end
    for (int i = 0; i < 8; i++) begin
      if (sent_kind_q == hil_link_pkg::Gone && sent_offset[2:0] == 3'(i)) made_d = gone_bytes[8*(7-i) +: 8];
    end
    from_text_d = sent_kind_q == hil_link_pkg::Welcome || (describes && sent_offset >= 13'd2);
  end

  always_comb begin
    unique case (sent_kind_q)
      hil_link_pkg::Welcome: payload_out = text_data;
      hil_link_pkg::Reply: payload_out = from_text_q ? text_data : reply_data;
      hil_link_pkg::Refuse, hil_link_pkg::Gone, hil_link_pkg::Working: payload_out = made_q;
      default: payload_out = stream_data;
    endcase
  end

  hil_frame_sender u_sender (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .start_valid_i(start_valid),
    .start_ready_o(start_ready),
    .start_header_i(send_header),
    .start_length_i(send_length),
    .payload_offset_o(sent_offset),
    .payload_data_i(payload_out),
    .out_valid_o(out_valid_o),
    .out_ready_i(out_ready_i),
    .out_data_o(out_data_o),
    .busy_o(sender_busy),
    .idle_o(sender_idle)
  );
  assign sends_reply = (sender_busy && sent_kind_q == hil_link_pkg::Reply) ||
                       (begins && due_kind == hil_link_pkg::Reply);

  // ---- Counters
  hil_link_counters #(
    .Bits(CounterBits)
  ) u_counters (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .count_i({
      malformed || count_i[1],
      dropped || unknown || count_i[0],
      foreign,
      repetition,
      begins && due_kind == hil_link_pkg::Tlp && repeats,
      begins && due_kind == hil_link_pkg::Nak,
      broken,
      frame_valid
    }),
    .offset_i(counter_offset_i),
    .data_o(counter_data_o)
  );

  assign idle_o = sender_idle && !frame_valid && !broken && !due_valid && !resends;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sent_kind_q <= '0;
      sent_slot_q <= '0;
      made_q <= '0;
      from_text_q <= 1'b0;
      gone_uptime_q <= '0;
      sent_gone_reason_q <= '0;
      sent_refuse_reason_q <= '0;
      sent_refused_for_q <= '0;
    end else begin
      made_q <= made_d;
      from_text_q <= from_text_d;
      if (begins) begin
        sent_kind_q <= due_kind;
        sent_slot_q <= stream_slot;
        gone_uptime_q <= uptime_ms;
        sent_gone_reason_q <= gone_reason;
        sent_refuse_reason_q <= refuse_reason;
        sent_refused_for_q <= refused_for;
      end
    end
  end

  `HIL_ASSERT(PayloadFitsSlot, LongestPayload <= SlotBytes)
endmodule
