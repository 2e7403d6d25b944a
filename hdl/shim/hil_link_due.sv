// Which frame is sent next ("Order of sending"): one bit for each kind that is due (LNK-4).
//
//   set_i ──▶ due ──▶ WELCOME, REFUSE, GONE, BYE, NAK, REPLY, WORKING, stream, POLL, ACK ──▶ send_*
`default_nettype none

module hil_link_due (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,

  input  wire logic       set_welcome_i,
  input  wire logic       set_refuse_i,
  input  wire logic       set_gone_i,
  input  wire logic       set_bye_i,
  input  wire logic       set_nak_i,
  input  wire logic       set_reply_i,
  input  wire logic       set_working_i,
  input  wire logic       set_poll_i,
  input  wire logic       set_ack_i,
  input  wire logic       clear_reply_i,
  input  wire logic       forget_i,     // all that belongs to a session

  input  wire logic       confirmed_i,  // frames of the session may be sent
  input  wire logic       can_stream_i,
  input  wire logic       take_i,       // the frame that is shown begins

  output      logic       send_valid_o,
  output      logic [7:0] send_kind_o   // Tlp stands for the next stream frame
);
  logic welcome_d, welcome_q, refuse_d, refuse_q, gone_d, gone_q, bye_d, bye_q, nak_d, nak_q;
  logic reply_d, reply_q, working_d, working_q, poll_d, poll_q, ack_d, ack_q;
  logic is_own; // the frame carries ack and grant

  always_comb begin
    send_valid_o = 1'b1;
    if (welcome_q) send_kind_o = hil_link_pkg::Welcome;
    else if (refuse_q) send_kind_o = hil_link_pkg::Refuse;
    else if (gone_q) send_kind_o = hil_link_pkg::Gone;
    else if (bye_q) send_kind_o = hil_link_pkg::Bye;
    else if (!confirmed_i) begin
      send_valid_o = 1'b0;
      send_kind_o = hil_link_pkg::Ack;
    end else if (nak_q) send_kind_o = hil_link_pkg::Nak;
    else if (reply_q) send_kind_o = hil_link_pkg::Reply;
    else if (working_q) send_kind_o = hil_link_pkg::Working;
    else if (can_stream_i) send_kind_o = hil_link_pkg::Tlp;
    else if (poll_q) send_kind_o = hil_link_pkg::Poll;
    else begin
      send_valid_o = ack_q;
      send_kind_o = hil_link_pkg::Ack;
    end
  end

  assign is_own = send_kind_o != hil_link_pkg::Refuse && send_kind_o != hil_link_pkg::Gone;

  always_comb begin
    welcome_d = (welcome_q && !forget_i && !(take_i && send_kind_o == hil_link_pkg::Welcome)) || set_welcome_i;
    refuse_d = (refuse_q && !(take_i && send_kind_o == hil_link_pkg::Refuse)) || set_refuse_i;
    gone_d = (gone_q && !(take_i && send_kind_o == hil_link_pkg::Gone)) || set_gone_i;
    bye_d = (bye_q && !forget_i && !(take_i && send_kind_o == hil_link_pkg::Bye)) || set_bye_i;
    nak_d = ((nak_q && !(take_i && send_kind_o == hil_link_pkg::Nak)) || set_nak_i) && !forget_i;
    reply_d = ((reply_q && !(take_i && send_kind_o == hil_link_pkg::Reply) && !clear_reply_i) || set_reply_i) &&
              !forget_i;
    working_d = ((working_q && !(take_i && send_kind_o == hil_link_pkg::Working) && !set_reply_i) ||
                 set_working_i) && !forget_i;
    poll_d = ((poll_q && !(take_i && send_kind_o == hil_link_pkg::Poll)) || set_poll_i) && !forget_i;
    ack_d = ((ack_q && !(take_i && is_own)) || set_ack_i) && !forget_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      welcome_q <= 1'b0;
      refuse_q <= 1'b0;
      gone_q <= 1'b0;
      bye_q <= 1'b0;
      nak_q <= 1'b0;
      reply_q <= 1'b0;
      working_q <= 1'b0;
      poll_q <= 1'b0;
      ack_q <= 1'b0;
    end else begin
      welcome_q <= welcome_d;
      refuse_q <= refuse_d;
      gone_q <= gone_d;
      bye_q <= bye_d;
      nak_q <= nak_d;
      reply_q <= reply_d;
      working_q <= working_d;
      poll_q <= poll_d;
      ack_q <= ack_d;
    end
  end
endmodule
