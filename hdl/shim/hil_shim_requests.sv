// Carries out the host's requests: DESCRIBE, RESET, RUN, COUNTERS.
//
//   request_* ──▶ 15 bytes ──▶ reset_o, run_o ──▶ done ──▶ operation, status, results ──▶ reply_*
`default_nettype none

module hil_shim_requests (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        clear_i,          // a session begins or ends

  input  wire logic        request_valid_i,
  input  wire logic [6:0]  request_length_i, // 65: longer than it may be
  output      logic [5:0]  request_offset_o,
  input  wire logic [7:0]  request_data_i,   // at the offset of the cycle before
  output      logic        request_take_o,

  output      logic        reply_valid_o,
  input  wire logic        reply_ready_i,
  output      logic [7:0]  reply_data_o,
  output      logic        reply_last_o,
  output      logic        reply_describes_o,

  output      logic [4:0]  counter_offset_o,
  input  wire logic [7:0]  counter_data_i,   // at the offset of the cycle before

  output      logic        reset_o,          // for one cycle
  input  wire logic        reset_done_i,
  output      logic        run_o,            // for one cycle
  input  wire logic        run_done_i,
  output      logic [7:0]  epoch_o,          // arguments; they stay until the reply
  output      logic [55:0] cycles_o,
  output      logic [31:0] linger_o,
  output      logic [15:0] told_o,           // TLPs that the host has sent

  input  wire logic [7:0]  epoch_i,
  input  wire logic [55:0] started_i,
  input  wire logic [55:0] cycle_i,
  input  wire logic [15:0] sent_i,

  output      logic        malformed_o,
  output      logic        busy_o
);
  typedef enum logic [2:0] {
    Idle,
    Read,
    Decide,
    Reset,
    Run,
    Reply
  } state_e;

  // What stands behind operation and status.
  typedef enum logic [1:0] {
    Nothing,
    Cycle,   // of the device
    Times,   // started, ended, TLPs sent
    Counters
  } results_e;

  localparam int ArgumentBytes = 15;

  state_e state_d, state_q;
  results_e results_d, results_q;
  logic describes_d, describes_q;
  logic [8*ArgumentBytes-1:0] arguments_d, arguments_q; // the first byte is the lowest
  logic [7:0] status_d, status_q;
  logic [5:0] index_d, index_q;   // of the request's or the reply's byte
  logic [5:0] last_index;
  logic [7:0] operation;
  logic is_long;

  assign operation = arguments_q[7:0];
  assign epoch_o = arguments_q[15:8];
  assign cycles_o = arguments_q[71:16];
  assign linger_o = arguments_q[103:72];
  assign told_o = arguments_q[119:104];
  assign is_long = request_length_i == 7'd65;

  always_comb begin
    unique case (results_q)
      Cycle: last_index = 6'd8;
      Times: last_index = 6'd17;
      Counters: last_index = 6'd33;
      default: last_index = 6'd1;
    endcase
  end

  always_comb begin
    state_d = state_q;
    results_d = results_q;
    describes_d = describes_q;
    arguments_d = arguments_q;
    status_d = status_q;
    index_d = index_q;
    request_take_o = 1'b0;
    reset_o = 1'b0;
    run_o = 1'b0;
    malformed_o = 1'b0;
    unique case (state_q)
      Idle: begin
        index_d = '0;
        if (request_valid_i) state_d = Read;
      end
      Read: begin
        // Bytes that a short request has not are those of an earlier one: they are not looked at.
        arguments_d = {request_data_i, arguments_q[8*ArgumentBytes-1:8]};
        index_d = index_q + 6'd1;
        if (index_q == 6'(ArgumentBytes - 1)) state_d = Decide;
      end
      Decide: begin
        request_take_o = 1'b1;
        index_d = '0;
        results_d = Nothing;
        describes_d = 1'b0;
        status_d = hil_link_pkg::StatusMalformed;
        state_d = Reply;
        if (request_length_i == '0 || is_long) begin
          malformed_o = 1'b1;
          if (request_length_i == '0) arguments_d[7:0] = 8'd0;
        end else begin
          unique case (operation)
            hil_link_pkg::OpDescribe: begin
              if (request_length_i >= 7'd2 && arguments_q[15:8] == 8'd0) begin
                describes_d = 1'b1;
                status_d = hil_link_pkg::StatusDone;
              end
            end
            hil_link_pkg::OpReset: begin
              if (request_length_i >= 7'd3 && arguments_q[23:16] <= 8'd1) begin
                reset_o = 1'b1;
                results_d = Cycle;
                status_d = hil_link_pkg::StatusDone;
                state_d = Reset;
              end
            end
            hil_link_pkg::OpRun: begin
              if (request_length_i >= 7'd15) begin
                status_d = hil_link_pkg::StatusRefused;
                if (arguments_q[15:8] == epoch_i) begin
                  run_o = 1'b1;
                  results_d = Times;
                  status_d = hil_link_pkg::StatusDone;
                  state_d = Run;
                end
              end
            end
            hil_link_pkg::OpCounters: begin
              results_d = Counters;
              status_d = hil_link_pkg::StatusDone;
            end
            default: status_d = hil_link_pkg::StatusUnknown;
          endcase
          malformed_o = status_d == hil_link_pkg::StatusMalformed;
        end
      end
      Reset: if (reset_done_i) state_d = Reply;
      Run: if (run_done_i) state_d = Reply;
      default: if (reply_ready_i) begin
        index_d = index_q + 6'd1;
        if (reply_last_o) state_d = Idle;
      end
    endcase
    if (clear_i) state_d = Idle;
  end

  assign request_offset_o = index_d;
  assign counter_offset_o = index_d[4:0] - 5'd2;

  always_comb begin
    reply_valid_o = state_q == Reply;
    reply_last_o = index_q == last_index;
    reply_describes_o = describes_q;
    reply_data_o = 8'd0;
    if (index_q == 6'd0) begin
      reply_data_o = operation;
    end else if (index_q == 6'd1) begin
      reply_data_o = status_q;
    end else if (results_q == Counters) begin
      reply_data_o = counter_data_i;
    end else begin
      for (int i = 0; i < 7; i++) begin
        if (index_q == 6'(i + 2)) reply_data_o = results_q == Times ? started_i[8*i +: 8] : cycle_i[8*i +: 8];
        if (index_q == 6'(i + 9)) reply_data_o = cycle_i[8*i +: 8];
      end
      if (index_q == 6'd16) reply_data_o = sent_i[7:0];
      if (index_q == 6'd17) reply_data_o = sent_i[15:8];
    end
  end

  assign busy_o = (state_q != Idle && state_q != Run && state_q != Reset) || (state_q == Idle && request_valid_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      results_q <= Nothing;
      describes_q <= 1'b0;
      arguments_q <= '0;
      status_q <= '0;
      index_q <= '0;
    end else begin
      state_q <= state_d;
      results_q <= results_d;
      describes_q <= describes_d;
      arguments_q <= arguments_d;
      status_q <= status_d;
      index_q <= index_d;
    end
  end
endmodule
