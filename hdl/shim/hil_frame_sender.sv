// Frames to bytes of a carrier: header, payload out of a memory, CRC, byte stuffing.
//
//   start_* ──▶ header, payload_*, CRC ──▶ COBS encoder ──▶ out_*
//
// payload_data_i shows the byte at payload_offset_o of the cycle before.
`default_nettype none

module hil_frame_sender (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        start_valid_i,
  output      logic        start_ready_o,
  input  wire hil_link_pkg::header_t start_header_i,
  input  wire logic [12:0] start_length_i, // of the payload

  output      logic [12:0] payload_offset_o,
  input  wire logic [7:0]  payload_data_i,

  output      logic        out_valid_o,
  input  wire logic        out_ready_i,
  output      logic [7:0]  out_data_o,

  output      logic        busy_o,   // a header or payload is on its way out
  output      logic        idle_o    // nothing of a frame is in here
);
  typedef enum logic [2:0] {
    Idle,
    Header,
    Payload,
    Crc,
    Done
  } state_e;

  state_e state_d, state_q;
  hil_link_pkg::header_t header_d, header_q;
  logic [12:0] left_d, left_q;      // bytes of the payload to come
  logic [12:0] offset_d, offset_q;
  logic [2:0] step_d, step_q;       // in header and CRC
  logic [31:0] crc_d, crc_q;
  logic plain_valid, plain_ready, plain_end, plain_taken;
  logic [7:0] plain;
  logic encoder_idle;

  assign start_ready_o = state_q == Idle && encoder_idle;
  assign busy_o = state_q != Idle;
  assign idle_o = state_q == Idle && encoder_idle;
  assign payload_offset_o = offset_d;

  always_comb begin
    plain_valid = state_q != Idle;
    plain_end = state_q == Done;
    unique case (state_q)
      Header: plain = header_q[47:40];
      Payload: plain = payload_data_i;
      default: plain = ~crc_q[7:0];
    endcase
  end
  assign plain_taken = plain_valid && plain_ready;

  always_comb begin
    state_d = state_q;
    header_d = header_q;
    left_d = left_q;
    offset_d = offset_q;
    step_d = step_q;
    crc_d = crc_q;
    if (state_q == Idle) begin
      offset_d = '0;
      step_d = '0;
      crc_d = '1;
      left_d = start_length_i;
      // Little-endian on the wire.
      header_d = start_header_i;
      header_d.session = {start_header_i.session[7:0], start_header_i.session[15:8]};
      if (start_valid_i && encoder_idle) state_d = Header;
    end else if (plain_taken) begin
      unique case (state_q)
        Header: begin
          header_d = {header_q[39:0], 8'd0};
          crc_d = hil_link_pkg::crc32c(crc_q, plain);
          step_d = step_q + 3'd1;
          if (step_q == 3'd5) begin
            step_d = '0;
            state_d = left_q == '0 ? Crc : Payload;
          end
        end
        Payload: begin
          crc_d = hil_link_pkg::crc32c(crc_q, plain);
          offset_d = offset_q + 13'd1;
          left_d = left_q - 13'd1;
          if (left_q == 13'd1) state_d = Crc;
        end
        Crc: begin
          crc_d = {8'd0, crc_q[31:8]};
          step_d = step_q + 3'd1;
          if (step_q == 3'd3) state_d = Done;
        end
        default: state_d = Idle;
      endcase
    end
  end

  hil_cobs_encoder u_encoder (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(plain_valid),
    .in_ready_o(plain_ready),
    .in_data_i(plain),
    .in_end_i(plain_end),
    .out_valid_o(out_valid_o),
    .out_ready_i(out_ready_i),
    .out_data_o(out_data_o),
    .idle_o(encoder_idle)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      header_q <= '0;
      left_q <= '0;
      offset_q <= '0;
      step_q <= '0;
      crc_q <= '1;
    end else begin
      state_q <= state_d;
      header_q <= header_d;
      left_q <= left_d;
      offset_q <= offset_d;
      step_q <= step_d;
      crc_q <= crc_d;
    end
  end
endmodule
