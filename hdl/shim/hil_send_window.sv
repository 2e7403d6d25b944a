// Messages to the host: kept until they are acknowledged, sent again when they are not (SEQ-1, SEQ-5
// to SEQ-9, CRD-1, CRD-2, CRD-4).
//
//   message_* ──▶ next free slot (memory outside: write_*) ──▶ can_o ... take_i (its frame begins)
//                                        ▲ heard_*: ack, grant, NAK      └──▶ free when acknowledged
//
// Whoever uses this does not assert take_i in a cycle with heard_i or clear_i, and begins a new message
// after clear_i.
`default_nettype none

module hil_send_window #(
  parameter int Frames = 4,
  parameter int SlotBytes = 1024,
  parameter int ResendTicks = 20
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        tick_i,
  input  wire logic        clear_i,       // another session, or none
  input  wire logic [7:0]  clear_grant_i,
  input  wire logic        open_i,        // there is a session: messages are kept
  input  wire logic        confirmed_i,   // and frames may be sent
  input  wire logic        live_i,

  input  wire logic        heard_i,       // a frame of the session
  input  wire logic [7:0]  heard_ack_i,
  input  wire logic [7:0]  heard_grant_i,
  input  wire logic        heard_nak_i,

  input  wire logic        message_valid_i,
  output      logic        message_ready_o,
  input  wire logic [7:0]  message_kind_i,
  input  wire logic        message_last_i,
  input  wire logic        message_empty_i, // with last: the message has no bytes, this one does not count

  output      logic        write_o,
  output      logic [$clog2(Frames*SlotBytes)-1:0] write_address_o,

  output      logic        can_o,         // a frame may be sent: it is
  output      logic [7:0]  number_o,
  output      logic [$clog2(Frames)-1:0] slot_o,
  output      logic [7:0]  kind_o,
  output      logic [12:0] length_o,
  input  wire logic        take_i,        // its frame begins

  output      logic        poll_o,        // CRD-4: POLL is due
  output      logic        resends_o,     // time is over: the window goes back to the oldest
  output      logic        repeats_o,     // with take_i: the frame was sent before
  output      logic        dropped_o      // a message found no session
);
  localparam int SlotBits = $clog2(Frames);
  localparam int OffsetBits = $clog2(SlotBytes);
  localparam int TimerBits = $clog2(16 * ResendTicks + 1);

  logic [SlotBits-1:0] start_d, start_q;
  logic [SlotBits:0] count_d, count_q;   // messages kept
  logic [SlotBits:0] sent_d, sent_q;     // of which so many were sent
  logic [SlotBits:0] cursor_d, cursor_q; // the next one to send
  logic [7:0] base_d, base_q;            // number of the oldest kept
  logic [7:0] grant_d, grant_q;
  logic [8*Frames-1:0] kinds_q;
  logic [13*Frames-1:0] lengths_q;

  // ---- Messages come in
  logic [OffsetBits-1:0] offset_d, offset_q;
  logic inside_d, inside_q;   // a message is half written
  logic skip_d, skip_q;       // and is not kept
  logic taken, skips, commit;
  logic [SlotBits-1:0] write_slot;

  assign skips = inside_q ? skip_q : !open_i;
  assign message_ready_o = skips || count_q != (SlotBits + 1)'(Frames);
  assign taken = message_valid_i && message_ready_o;
  assign commit = taken && message_last_i && !skips && !clear_i;
  assign dropped_o = taken && message_last_i && skips;
  assign write_slot = start_q + count_q[SlotBits-1:0];
  assign write_o = taken && !skips;
  assign write_address_o = {write_slot, offset_q};

  always_comb begin
    offset_d = offset_q;
    inside_d = inside_q;
    skip_d = skips;
    if (taken) begin
      offset_d = offset_q + OffsetBits'(1);
      inside_d = !message_last_i;
      if (message_last_i) offset_d = '0;
    end
    if (clear_i) begin
      offset_d = '0;
      inside_d = 1'b0;
    end
  end

  // ---- The window
  logic [7:0] news, distance;
  logic is_progress, is_grant, is_news;
  logic [SlotBits:0] freed;
  logic wanted, expired, resend;

  assign number_o = base_q + 8'(cursor_q);
  assign slot_o = start_q + cursor_q[SlotBits-1:0];
  assign kind_o = kinds_q[8*slot_o +: 8];
  assign length_o = lengths_q[13*slot_o +: 13];
  assign can_o = confirmed_i && cursor_q != count_q && hil_link_pkg::is_ahead(grant_q, number_o);
  assign repeats_o = cursor_q != sent_q;

  always_comb begin
    news = heard_ack_i - base_q;
    is_progress = heard_i && news != 8'd0 && news <= 8'(sent_q);
    freed = is_progress ? news[SlotBits:0] : '0;
    distance = heard_grant_i - grant_q;
    is_grant = heard_i && distance != 8'd0 && !distance[7];
    is_news = is_progress || (is_grant && sent_q == freed);
  end

  always_comb begin
    start_d = start_q + freed[SlotBits-1:0];
    base_d = base_q + 8'(freed);
    count_d = count_q - freed + (SlotBits + 1)'(commit);
    sent_d = sent_q - freed;
    cursor_d = cursor_q > freed ? cursor_q - freed : '0;
    grant_d = is_grant ? heard_grant_i : grant_q;
    if (take_i) begin
      cursor_d = cursor_q + (SlotBits + 1)'(1);
      if (!repeats_o) sent_d = cursor_d;
    end
    if ((heard_i && heard_nak_i) || resend) cursor_d = '0;
    if (clear_i) begin
      start_d = '0;
      base_d = '0;
      count_d = '0;
      sent_d = '0;
      cursor_d = '0;
      grant_d = clear_grant_i;
    end
  end

  // ---- Time (SEQ-7). It runs while a frame is not acknowledged, or a message waits for a grant.
  logic [TimerBits-1:0] ticks_d, ticks_q, limit;
  logic [2:0] doublings_d, doublings_q;

  assign wanted = confirmed_i && (sent_q != '0 || (count_q != '0 && !can_o));
  assign limit = TimerBits'(ResendTicks) << doublings_q;
  assign expired = wanted && ticks_q >= limit;
  assign resend = expired && live_i && !take_i && !heard_i;
  assign resends_o = resend;
  assign poll_o = resend && sent_q == '0;

  always_comb begin
    ticks_d = ticks_q;
    doublings_d = doublings_q;
    if (tick_i && wanted && !expired) ticks_d = ticks_q + TimerBits'(1);
    if (heard_i && heard_nak_i && sent_q != '0) ticks_d = '0;
    if (resend) begin
      ticks_d = '0;
      if (doublings_q != 3'd4) doublings_d = doublings_q + 3'd1;
    end
    if (is_news || !wanted || clear_i) begin
      ticks_d = '0;
      doublings_d = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (commit) begin
      kinds_q[8*write_slot +: 8] <= message_kind_i;
      lengths_q[13*write_slot +: 13] <= message_empty_i ? 13'd0 : 13'(offset_q) + 13'd1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= '0;
      count_q <= '0;
      sent_q <= '0;
      cursor_q <= '0;
      base_q <= '0;
      grant_q <= '0;
      offset_q <= '0;
      inside_q <= 1'b0;
      skip_q <= 1'b0;
      ticks_q <= '0;
      doublings_q <= '0;
    end else begin
      start_q <= start_d;
      count_q <= count_d;
      sent_q <= sent_d;
      cursor_q <= cursor_d;
      base_q <= base_d;
      grant_q <= grant_d;
      offset_q <= offset_d;
      inside_q <= inside_d;
      skip_q <= skip_d;
      ticks_q <= ticks_d;
      doublings_q <= doublings_d;
    end
  end
endmodule
