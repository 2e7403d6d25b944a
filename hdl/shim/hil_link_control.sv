// The control channel at the board's end (REQ-1 to REQ-6): a request is handed to the user once, its
// reply is kept and sent again when it is asked for.
//
//   REQUEST frame ──▶ [ 64 bytes ] ──▶ request_* ──▶ user ──▶ reply_* ──▶ [ 128 bytes ] ──▶ frame
`default_nettype none

module hil_link_control (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        forget_i,

  input  wire logic        payload_valid_i,  // of a REQUEST
  input  wire logic [12:0] payload_offset_i,
  input  wire logic [7:0]  payload_data_i,
  input  wire logic        heard_request_i,  // it was good, and of the session
  input  wire logic [7:0]  heard_tag_i,
  input  wire logic [12:0] heard_length_i,
  input  wire logic        heard_nak_i,

  output      logic        request_valid_o,  // a request waits for the user
  output      logic [6:0]  request_length_o, // 65: longer than it may be
  input  wire logic [5:0]  request_offset_i,
  output      logic [7:0]  request_data_o,   // the byte at the offset of the cycle before
  input  wire logic        request_take_i,

  input  wire logic        reply_valid_i,
  output      logic        reply_ready_o,
  input  wire logic [7:0]  reply_data_i,
  input  wire logic        reply_last_i,
  input  wire logic        reply_describes_i, // with last: what this board says of itself follows

  input  wire logic        sending_i,        // a REPLY is on its way out
  input  wire logic [6:0]  sent_offset_i,
  output      logic [7:0]  sent_data_o,      // the byte at the offset of the cycle before
  output      logic        describes_o,
  output      logic [7:0]  reply_length_o,
  output      logic [7:0]  tag_o,
  output      logic [7:0]  operation_o,      // of the last request

  output      logic        reply_due_o,
  output      logic        working_due_o,
  output      logic        reply_obsolete_o  // the reply is that to an earlier request
);
  typedef enum logic [1:0] {
    Idle,
    Waiting,
    UnderWay,
    Answered
  } state_e;

  state_e state_d, state_q;
  logic [7:0] tag_d, tag_q;
  logic [6:0] length_d, length_q;
  logic [7:0] operation_d, operation_q;
  logic whole_d, whole_q;          // the request is kept from its first byte on
  logic [7:0] count_d, count_q;    // bytes of the reply
  logic [7:0] kept_d, kept_q;      // bytes of the whole reply
  logic describes_d, describes_q;
  logic is_free, accepted, write_request, write_reply;
  logic [7:0] first_d, first_q;    // the first byte of the request that comes in

  assign is_free = state_q == Idle || state_q == Answered;
  assign accepted = heard_request_i && is_free && heard_tag_i == tag_q + 8'd1 &&
                    (whole_q || heard_length_i == '0);
  assign write_request = payload_valid_i && whole_d && payload_offset_i < 13'd64;

  always_comb begin
    whole_d = whole_q;
    first_d = first_q;
    if (payload_valid_i && payload_offset_i == '0) begin
      whole_d = is_free;
      first_d = payload_data_i;
    end
  end

  hil_byte_ram #(
    .Words(hil_link_pkg::RequestBytes)
  ) u_request (
    .clk_i(clk_i),
    .write_i(write_request),
    .write_address_i(payload_offset_i[5:0]),
    .write_data_i(payload_data_i),
    .read_address_i(request_offset_i),
    .read_data_o(request_data_o)
  );

  // A reply that nobody waits for is swallowed; one waits while an earlier one is on its way out.
  assign reply_ready_o = state_q != UnderWay || !sending_i;
  assign write_reply = reply_valid_i && reply_ready_o && state_q == UnderWay;

  hil_byte_ram #(
    .Words(hil_link_pkg::ReplyBytes)
  ) u_reply (
    .clk_i(clk_i),
    .write_i(write_reply),
    .write_address_i(count_q[6:0]),
    .write_data_i(reply_data_i),
    .read_address_i(sent_offset_i),
    .read_data_o(sent_data_o)
  );

  always_comb begin
    state_d = state_q;
    tag_d = tag_q;
    length_d = length_q;
    operation_d = operation_q;
    count_d = count_q;
    kept_d = kept_q;
    describes_d = describes_q;
    reply_due_o = 1'b0;
    working_due_o = 1'b0;
    reply_obsolete_o = 1'b0;
    if (request_take_i && state_q == Waiting) begin
      state_d = UnderWay;
      count_d = '0;
    end
    if (write_reply) begin
      count_d = count_q + 8'd1;
      if (reply_last_i) begin
        state_d = Answered;
        kept_d = count_d;
        describes_d = reply_describes_i;
        reply_due_o = 1'b1;
      end
    end
    if (accepted) begin
      state_d = Waiting;
      tag_d = heard_tag_i;
      length_d = heard_length_i > 13'd64 ? 7'd65 : heard_length_i[6:0];
      operation_d = heard_length_i == '0 ? 8'd0 : first_q;
      reply_obsolete_o = 1'b1;
    end else if (heard_request_i && state_q != Idle && heard_tag_i == tag_q) begin
      if (state_q == Answered) reply_due_o = 1'b1;
      else working_due_o = 1'b1;
    end
    if (heard_nak_i && state_q == Answered) reply_due_o = 1'b1;
    if (forget_i) begin
      state_d = Idle;
      tag_d = '0;
      reply_due_o = 1'b0;
      working_due_o = 1'b0;
    end
  end

  assign request_valid_o = state_q == Waiting;
  assign request_length_o = length_q;
  assign describes_o = describes_q;
  assign reply_length_o = kept_q;
  assign tag_o = tag_q;
  assign operation_o = operation_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      tag_q <= '0;
      length_q <= '0;
      operation_q <= '0;
      whole_q <= 1'b0;
      first_q <= '0;
      count_q <= '0;
      kept_q <= '0;
      describes_q <= 1'b0;
    end else begin
      state_q <= state_d;
      tag_q <= tag_d;
      length_q <= length_d;
      operation_q <= operation_d;
      whole_q <= whole_d;
      first_q <= first_d;
      count_q <= count_d;
      kept_q <= kept_d;
      describes_q <= describes_d;
    end
  end
endmodule
