// Sessions at the board's end (SES-1 to SES-12): which frame belongs to whom, who is refused, who is
// told that the session is gone.
//
//   frame_* ──▶ HELLO: open, repeat or refuse
//          ├──▶ of the session: heard_o, for the windows and the control channel
//          └──▶ of another one: GONE
`default_nettype none

module hil_link_session (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        frame_valid_i,  // for one cycle
  input  wire logic [7:0]  frame_kind_i,
  input  wire logic [15:0] frame_session_i,
  input  wire logic [12:0] frame_length_i,
  input  wire logic        magic_i,
  input  wire logic        version_i,
  input  wire logic        limits_i,
  input  wire logic        takes_over_i,
  input  wire logic [31:0] host_i,

  input  wire logic        live_i,
  input  wire logic        close_i,        // end the session with BYE

  output      logic        open_o,         // there is a session
  output      logic        confirmed_o,
  output      logic        begin_o,        // a new one begins: forget the last one
  output      logic        forget_o,       // there is none from now on, or a new one
  output      logic        heard_o,        // a frame of the session came in
  output      logic [15:0] session_o,

  output      logic        welcome_due_o,
  output      logic        refuse_due_o,
  output      logic        gone_due_o,
  output      logic        bye_due_o,
  output      logic [15:0] refused_session_o,
  output      logic [7:0]  refuse_reason_o,
  output      logic [31:0] refused_for_o,
  output      logic [15:0] gone_session_o,
  output      logic [7:0]  gone_reason_o,

  output      logic        foreign_o,
  output      logic        malformed_o
);
  typedef enum logic [1:0] {
    None,
    Unconfirmed,
    Confirmed
  } state_e;

  state_e state_d, state_q;
  logic [15:0] session_d, session_q;
  logic [31:0] host_d, host_q;          // whom the session serves
  logic [15:0] refused_session_d, refused_session_q;
  logic [7:0] reason_d, reason_q;       // of REFUSE
  logic [31:0] refused_for_d, refused_for_q;
  logic [15:0] gone_session_d, gone_session_q;
  logic ended_d, ended_q;               // there was a session, and it ended
  logic is_hello, is_ours, is_of_host, is_busy;

  always_comb begin
    is_hello = frame_valid_i && frame_session_i != '0 && frame_kind_i == hil_link_pkg::Hello;
    unique case (frame_kind_i)
      hil_link_pkg::Hello, hil_link_pkg::Welcome, hil_link_pkg::Refuse, hil_link_pkg::Gone,
      hil_link_pkg::Reply, hil_link_pkg::Working: is_of_host = 1'b0;
      default: is_of_host = frame_valid_i && frame_session_i != '0;
    endcase
    is_ours = state_q != None && frame_session_i == session_q;
    is_busy = state_q == Confirmed && live_i && !takes_over_i;
  end

  always_comb begin
    state_d = state_q;
    session_d = session_q;
    host_d = host_q;
    refused_session_d = refused_session_q;
    reason_d = reason_q;
    refused_for_d = refused_for_q;
    gone_session_d = gone_session_q;
    ended_d = ended_q;
    begin_o = 1'b0;
    forget_o = 1'b0;
    heard_o = 1'b0;
    welcome_due_o = 1'b0;
    refuse_due_o = 1'b0;
    gone_due_o = 1'b0;
    bye_due_o = 1'b0;
    foreign_o = 1'b0;
    malformed_o = 1'b0;
    if (is_hello) begin
      refused_session_d = frame_session_i;
      refused_for_d = '0;
      if (frame_length_i < 13'd16 || !magic_i) begin
        malformed_o = 1'b1;
        refused_session_d = refused_session_q;
      end else if (!version_i) begin
        refuse_due_o = 1'b1;
        reason_d = hil_link_pkg::RefusedVersion;
      end else if (!limits_i) begin
        refuse_due_o = 1'b1;
        reason_d = hil_link_pkg::RefusedLimits;
      end else if (is_ours) begin
        welcome_due_o = 1'b1;
        refused_session_d = refused_session_q;
      end else if (is_busy) begin
        refuse_due_o = 1'b1;
        reason_d = hil_link_pkg::RefusedBusy;
        refused_for_d = host_q;
      end else begin
        begin_o = 1'b1;
        forget_o = 1'b1;
        welcome_due_o = 1'b1;
        session_d = frame_session_i;
        host_d = host_i;
        state_d = Unconfirmed;
        refused_session_d = refused_session_q;
      end
    end else if (is_of_host && !is_ours) begin
      foreign_o = 1'b1;
      if (frame_kind_i != hil_link_pkg::Bye) begin
        gone_due_o = 1'b1;
        gone_session_d = frame_session_i;
      end
    end else if (is_of_host) begin
      heard_o = 1'b1;
      state_d = Confirmed;
      if (frame_kind_i == hil_link_pkg::Bye) begin
        state_d = None;
        forget_o = 1'b1;
        ended_d = 1'b1;
      end
    end else if (close_i && state_q != None) begin
      state_d = None;
      forget_o = 1'b1;
      bye_due_o = 1'b1;
      ended_d = 1'b1;
    end
  end

  assign open_o = state_q != None;
  assign confirmed_o = state_q == Confirmed;
  assign session_o = session_q;
  assign refused_session_o = refused_session_q;
  assign refuse_reason_o = reason_q;
  assign refused_for_o = refused_for_q;
  assign gone_session_o = gone_session_q;
  assign gone_reason_o = open_o ? hil_link_pkg::GoneReplaced
                       : (ended_q ? hil_link_pkg::GoneEnded : hil_link_pkg::GoneRestarted);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= None;
      session_q <= '0;
      host_q <= '0;
      refused_session_q <= '0;
      reason_q <= '0;
      refused_for_q <= '0;
      gone_session_q <= '0;
      ended_q <= 1'b0;
    end else begin
      state_q <= state_d;
      session_q <= session_d;
      host_q <= host_d;
      refused_session_q <= refused_session_d;
      reason_q <= reason_d;
      refused_for_q <= refused_for_d;
      gone_session_q <= gone_session_d;
      ended_q <= ended_d;
    end
  end
endmodule
