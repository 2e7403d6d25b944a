// The link's clock: milliseconds since the start, and whether the session is live (SES-7).
`default_nettype none

module hil_link_time #(
  parameter int TicksPerMs = 1,
  parameter int LiveTicks = 1000
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        tick_i,
  input  wire logic        heard_i, // a frame of the session
  input  wire logic        forget_i,

  output      logic        live_o,
  output      logic [31:0] uptime_ms_o
);
  localparam int LiveBits = $clog2(LiveTicks + 1);
  localparam int PartBits = $clog2(TicksPerMs + 1);

  logic [LiveBits-1:0] live_d, live_q;   // ticks that it is still live
  logic [PartBits-1:0] part_d, part_q;   // ticks of the present millisecond
  logic [31:0] uptime_d, uptime_q;

  assign live_o = live_q != '0;
  assign uptime_ms_o = uptime_q;

  always_comb begin
    live_d = live_q;
    part_d = part_q;
    uptime_d = uptime_q;
    if (tick_i) begin
      if (live_o) live_d = live_q - LiveBits'(1);
      part_d = part_q + PartBits'(1);
      if (part_d == PartBits'(TicksPerMs)) begin
        part_d = '0;
        uptime_d = uptime_q + 32'd1;
      end
    end
    if (heard_i) live_d = LiveBits'(LiveTicks);
    if (forget_i) live_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      live_q <= '0;
      part_q <= '0;
      uptime_q <= '0;
    end else begin
      live_q <= live_d;
      part_q <= part_d;
      uptime_q <= uptime_d;
    end
  end
endmodule
