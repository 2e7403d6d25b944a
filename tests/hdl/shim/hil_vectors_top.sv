// What tests/link-vectors is run on: the encoder, a receiver of 64 bytes, a sender joined to a
// receiver, and a whole link with the vectors' settings and a tick of 1 us.
`default_nettype none

module hil_vectors_top (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        tick_i,

  // CRC of one byte more.
  input  wire logic [31:0] crc_i,
  input  wire logic [7:0]  crc_data_i,
  output      logic [31:0] crc_o,

  // COBS.
  input  wire logic        encode_valid_i,
  output      logic        encode_ready_o,
  input  wire logic [7:0]  encode_data_i,
  input  wire logic        encode_end_i,
  output      logic        encoded_valid_o,
  output      logic [7:0]  encoded_data_o,
  input  wire logic        decode_valid_i,
  input  wire logic [7:0]  decode_data_i,
  output      logic        decoded_valid_o,
  output      logic [7:0]  decoded_data_o,
  output      logic        decoded_end_o,
  output      logic        decoded_broken_o,

  // Frames: a receiver of 64 bytes of payload, one of 544, and a sender.
  input  wire logic        bytes_valid_i,
  input  wire logic [7:0]  bytes_data_i,
  output      logic        small_good_o,
  output      logic        small_broken_o,
  output      logic        frame_good_o,
  output      logic        frame_broken_o,
  output      logic [47:0] frame_header_o,
  output      logic [12:0] frame_length_o,
  output      logic        frame_payload_valid_o,
  output      logic [7:0]  frame_payload_o,
  input  wire logic        frame_start_i,
  input  wire logic [47:0] frame_header_i,
  input  wire logic [12:0] frame_length_i,
  output      logic [12:0] frame_offset_o,
  input  wire logic [7:0]  frame_data_i,
  output      logic        wire_valid_o,
  output      logic [7:0]  wire_data_o,
  output      logic        wire_idle_o,

  // A link.
  input  wire logic        in_valid_i,
  output      logic        in_ready_o,
  input  wire logic [7:0]  in_data_i,
  output      logic        out_valid_o,
  output      logic [7:0]  out_data_o,
  input  wire logic        hold_i,
  input  wire logic        close_i,
  output      logic        open_o,
  output      logic        confirmed_o,
  output      logic        message_valid_o,
  output      logic [7:0]  message_kind_o,
  output      logic [12:0] message_length_o,
  input  wire logic [9:0]  message_offset_i,
  output      logic [7:0]  message_data_o,
  input  wire logic        message_drop_i,
  input  wire logic        send_valid_i,
  output      logic        send_ready_o,
  input  wire logic [7:0]  send_kind_i,
  input  wire logic [7:0]  send_data_i,
  input  wire logic        send_last_i,
  output      logic        request_valid_o,
  output      logic [6:0]  request_length_o,
  input  wire logic [5:0]  request_offset_i,
  output      logic [7:0]  request_data_o,
  input  wire logic        request_take_i,
  input  wire logic        reply_valid_i,
  output      logic        reply_ready_o,
  input  wire logic [7:0]  reply_data_i,
  input  wire logic        reply_last_i,
  output      logic        idle_o
);
  assign crc_o = hil_link_pkg::crc32c(crc_i, crc_data_i);

  logic encoder_idle, small_ready, frame_ready, sender_ready, sender_busy, sender_idle, forgets;
  logic small_payload_valid, frame_payload_valid;
  logic [12:0] small_offset, small_length, frame_offset;
  logic [7:0] small_payload, counter_data;
  hil_link_pkg::header_t small_header, frame_header;

  hil_cobs_encoder u_encoder (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(encode_valid_i),
    .in_ready_o(encode_ready_o),
    .in_data_i(encode_data_i),
    .in_end_i(encode_end_i),
    .out_valid_o(encoded_valid_o),
    .out_ready_i(1'b1),
    .out_data_o(encoded_data_o),
    .idle_o(encoder_idle)
  );

  hil_cobs_decoder u_decoder (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(decode_valid_i),
    .in_data_i(decode_data_i),
    .out_valid_o(decoded_valid_o),
    .out_data_o(decoded_data_o),
    .end_o(decoded_end_o),
    .broken_o(decoded_broken_o)
  );

  hil_frame_receiver #(
    .LongestPayload(64)
  ) u_small (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(bytes_valid_i),
    .in_ready_o(small_ready),
    .in_data_i(bytes_data_i),
    .payload_valid_o(small_payload_valid),
    .payload_offset_o(small_offset),
    .payload_data_o(small_payload),
    .frame_valid_o(small_good_o),
    .frame_ready_i(1'b1),
    .frame_header_o(small_header),
    .frame_length_o(small_length),
    .broken_o(small_broken_o)
  );

  hil_frame_receiver #(
    .LongestPayload(544)
  ) u_frame (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(bytes_valid_i),
    .in_ready_o(frame_ready),
    .in_data_i(bytes_data_i),
    .payload_valid_o(frame_payload_valid),
    .payload_offset_o(frame_offset),
    .payload_data_o(frame_payload_o),
    .frame_valid_o(frame_good_o),
    .frame_ready_i(1'b1),
    .frame_header_o(frame_header),
    .frame_length_o(frame_length_o),
    .broken_o(frame_broken_o)
  );
  assign frame_header_o = frame_header;
  assign frame_payload_valid_o = frame_payload_valid;

  hil_frame_sender u_sender (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .start_valid_i(frame_start_i),
    .start_ready_o(sender_ready),
    .start_header_i(frame_header_i),
    .start_length_i(frame_length_i),
    .payload_offset_o(frame_offset_o),
    .payload_data_i(frame_data_i),
    .out_valid_o(wire_valid_o),
    .out_ready_i(1'b1),
    .out_data_o(wire_data_o),
    .busy_o(sender_busy),
    .idle_o(sender_idle)
  );
  assign wire_idle_o = sender_idle;

  hil_link #(
    .LongestPayload(544),
    .Frames(4),
    .TicksPerMs(1000),
    .ResendTicks(20000),
    .LiveTicks(1000000),
    .ClockKhz(250000),
    .Features(16'h0007),
    .TextBytes(12),
    .Text({"vector", 8'd0, "1", 8'd0, "07", 8'd0})
  ) u_link (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .tick_i(tick_i),
    .in_valid_i(in_valid_i),
    .in_ready_o(in_ready_o),
    .in_data_i(in_data_i),
    .out_valid_o(out_valid_o),
    .out_ready_i(1'b1),
    .out_data_o(out_data_o),
    .hold_i(hold_i),
    .close_i(close_i),
    .open_o(open_o),
    .confirmed_o(confirmed_o),
    .forget_o(forgets),
    .message_valid_o(message_valid_o),
    .message_kind_o(message_kind_o),
    .message_length_o(message_length_o),
    .message_offset_i(message_offset_i),
    .message_data_o(message_data_o),
    .message_drop_i(message_drop_i),
    .send_valid_i(send_valid_i),
    .send_ready_o(send_ready_o),
    .send_kind_i(send_kind_i),
    .send_data_i(send_data_i),
    .send_last_i(send_last_i),
    .send_empty_i(1'b0),
    .request_valid_o(request_valid_o),
    .request_length_o(request_length_o),
    .request_offset_i(request_offset_i),
    .request_data_o(request_data_o),
    .request_take_i(request_take_i),
    .reply_valid_i(reply_valid_i),
    .reply_ready_o(reply_ready_o),
    .reply_data_i(reply_data_i),
    .reply_last_i(reply_last_i),
    .reply_describes_i(1'b0),
    .count_i(2'b00),
    .counter_offset_i(5'd0),
    .counter_data_o(counter_data),
    .idle_o(idle_o)
  );
endmodule
