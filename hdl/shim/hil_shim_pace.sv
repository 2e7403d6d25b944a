// The device's clock, which stands still except in RUN and RESET (RUN-4 to RUN-6).
//
//   low:    the device's outputs are steady; when a cycle may pass, they are taken (sample_o), and the
//           clock rises with the next edge of clk_i
//   high:   the clock falls, what the device is shown changes (step_o)
//   settle: the comparisons with the new cycle are made
//
// device_clk_o comes from a register and rises at most every third cycle of clk_i. Nothing that goes
// to the device changes with its rising edge, so it does not matter how much later that edge arrives.
// A device that says that it is idle is not clocked through cycles in which nothing can happen: the
// clock is set on.
`default_nettype none

module hil_shim_pace #(
  parameter int CycleBits = 56
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  output      logic        device_clk_o,
  output      logic        device_rst_no,
  input  wire logic        device_idle_i,

  input  wire logic        abort_i,        // a session begins or ends: no RUN is under way
  input  wire logic        reset_i,        // for one cycle: reset the device
  output      logic        reset_done_o,   // for one cycle
  input  wire logic        run_i,          // for one cycle: run
  input  wire logic [55:0] run_cycles_i,
  input  wire logic [31:0] run_linger_i,   // stays while it runs
  output      logic        run_done_o,     // for one cycle

  input  wire logic        settled_i,      // what the device sent is counted
  input  wire logic        may_pass_i,     // all that concerns the next cycle is known, and there is room
  input  wire logic        offers_i,       // the device is shown something
  input  wire logic        due_valid_i,    // a TLP waits for its cycle
  input  wire logic [55:0] due_cycle_i,
  output      logic        due_o,          // its cycle has come

  output      logic        sample_o,
  output      logic        step_o,
  input  wire logic        completed_i,    // with step_o: a TLP of the device is complete

  output      logic [55:0] started_o,
  output      logic [55:0] cycle_o,
  output      logic        busy_o          // something changes in the next cycle
);
  typedef enum logic [2:0] {
    Stand,
    Settle,
    Low,
    High,
    Linger,
    ResetLow,
    ResetHigh,
    ResetEnd
  } state_e;

  state_e state_d, state_q;
  logic clk_d, clk_q, reset_d, reset_q;
  logic [CycleBits-1:0] cycle_d, cycle_q, end_d, end_q, started_d, started_q;
  logic [CycleBits-1:0] run_end, linger_end, due;
  logic first_d, first_q; // no TLP has come out in this RUN
  logic may_jump;
  logic due_d, due_q;             // the TLP's cycle has come
  logic due_first_d, due_first_q; // it comes before the end
  logic at_end_d, at_end_q;

  // Beyond the last cycle that can be said there is none.
  function automatic logic [CycleBits-1:0] plus(input logic [CycleBits-1:0] a, input logic [55:0] b);
    logic [CycleBits:0] sum;
    sum = {1'b0, a} + {1'b0, b[CycleBits-1:0]};
    plus = sum[CycleBits] || |(b >> CycleBits) ? '1 : sum[CycleBits-1:0];
  endfunction

  assign run_end = plus(cycle_q, run_cycles_i);
  assign linger_end = plus(cycle_q, 56'(run_linger_i));
  assign due = |(due_cycle_i >> CycleBits) ? '1 : due_cycle_i[CycleBits-1:0];
  assign due_d = due <= cycle_q;
  assign due_first_d = due < end_q;
  assign at_end_d = cycle_q == end_q;
  assign due_o = due_q;
  assign may_jump = device_idle_i && !offers_i;

  always_comb begin
    state_d = state_q;
    clk_d = 1'b0;
    reset_d = 1'b0;
    cycle_d = cycle_q;
    end_d = end_q;
    started_d = started_q;
    first_d = first_q;
    sample_o = 1'b0;
    step_o = 1'b0;
    run_done_o = 1'b0;
    reset_done_o = 1'b0;
    busy_o = 1'b1;
    unique case (state_q)
      Stand: begin
        busy_o = 1'b0;
        first_d = 1'b1;
        if (run_i) begin
          state_d = Settle;
          started_d = cycle_q;
          end_d = run_end;
        end else if (reset_i) begin
          state_d = ResetLow;
          reset_d = 1'b1;
        end
      end
      Settle: state_d = abort_i ? Stand : Low;
      Low: begin
        if (at_end_q) begin
          if (settled_i) begin
            run_done_o = 1'b1;
            state_d = Stand;
          end
        end else if (!may_pass_i) begin
          busy_o = 1'b0;
        end else if (may_jump) begin
          cycle_d = due_valid_i && due_first_q ? due : end_q;
          state_d = Settle;
        end else begin
          sample_o = 1'b1;
          clk_d = 1'b1;
          state_d = High;
        end
        if (abort_i) begin
          clk_d = 1'b0;
          sample_o = 1'b0;
          run_done_o = 1'b0;
          cycle_d = cycle_q;
          state_d = Stand;
        end
      end
      High: begin
        step_o = 1'b1;
        cycle_d = cycle_q + CycleBits'(1);
        state_d = completed_i && first_q ? Linger : Settle;
        if (abort_i) state_d = Stand;
      end
      Linger: begin
        first_d = 1'b0;
        if (linger_end < end_q) end_d = linger_end;
        state_d = abort_i ? Stand : Settle;
      end
      ResetLow: begin
        reset_d = 1'b1;
        clk_d = 1'b1;
        state_d = ResetHigh;
      end
      ResetHigh: begin
        reset_d = 1'b1;
        cycle_d = cycle_q + CycleBits'(1);
        state_d = ResetEnd;
      end
      default: begin
        reset_done_o = 1'b1;
        state_d = Stand;
      end
    endcase
  end

  assign device_clk_o = clk_q;
  assign device_rst_no = !reset_q;
  assign started_o = 56'(started_q);
  assign cycle_o = 56'(cycle_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Stand;
      clk_q <= 1'b0;
      reset_q <= 1'b1;
      cycle_q <= '0;
      end_q <= '0;
      started_q <= '0;
      first_q <= 1'b0;
      due_q <= 1'b0;
      due_first_q <= 1'b0;
      at_end_q <= 1'b0;
    end else begin
      state_q <= state_d;
      clk_q <= clk_d;
      reset_q <= reset_d;
      cycle_q <= cycle_d;
      end_q <= end_d;
      started_q <= started_d;
      first_q <= first_d;
      due_q <= due_d;
      due_first_q <= due_first_d;
      at_end_q <= at_end_d;
    end
  end
endmodule
