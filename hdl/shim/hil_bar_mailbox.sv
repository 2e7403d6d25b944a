// The BAR mailbox (docs/bar-mailbox.md): two rings in block RAM between a PCIe core's BAR accesses and
// the link's bytes.
//
//   bar_write ─▶ [ ring to the board ] ─▶ out_*          in producer (host), in consumer (here)
//   bar_read  ◀─ [ ring to the host  ] ◀─ in_*           out producer (here), out consumer (host)
//
// bar_*: one aligned 32-bit access in a cycle; what is read shows in the next cycle. The host's writes
// arrive in order (BAR-2).
`default_nettype none

module hil_bar_mailbox #(
  parameter int RingBytes = 4096 // of each; a power of two, 64 or more, and at most 4096
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic [31:0] boot_i,        // another number after each start

  input  wire logic        bar_write_i,
  input  wire logic [3:0]  bar_enable_i,  // bytes that are written
  input  wire logic [13:0] bar_address_i, // in bytes
  input  wire logic [31:0] bar_data_i,
  output      logic [31:0] bar_data_o,    // of the address of the cycle before

  // Bytes from the host.
  output      logic        out_valid_o,
  input  wire logic        out_ready_i,
  output      logic [7:0]  out_data_o,

  // Bytes to the host.
  input  wire logic        in_valid_i,
  output      logic        in_ready_o,
  input  wire logic [7:0]  in_data_i,

  output      logic        idle_o
);
  localparam int Bits = $clog2(RingBytes);
  localparam logic [13:0] InOffset = 14'h1000;
  localparam logic [13:0] OutOffset = 14'h2000;
  localparam logic [31:0] Length = 32'h3000;
  localparam logic [31:0] Magic = 32'h4D4C4948; // "HILM"

  logic [31:0] in_producer_d, in_producer_q, in_consumer_d, in_consumer_q;
  logic [31:0] out_producer_d, out_producer_q, out_consumer_d, out_consumer_q;
  logic [31:0] in_held, out_held;

  // ---- BAR: four byte lanes in each ring
  logic to_header, to_in;
  logic [3:0] write_in;
  logic [31:0] ring_out, header_d, header_q;
  logic from_header_d, from_header_q;
  logic [31:0] enabled;

  assign to_header = bar_address_i < InOffset;
  assign to_in = bar_address_i >= InOffset && bar_address_i < InOffset + 14'(RingBytes);
  assign write_in = bar_write_i && to_in ? bar_enable_i : 4'd0;
  assign enabled = {{8{bar_enable_i[3]}}, {8{bar_enable_i[2]}}, {8{bar_enable_i[1]}}, {8{bar_enable_i[0]}}};

  always_comb begin
    header_d = 32'd0;
    if (to_header) begin
      unique case (bar_address_i[11:2])
        10'h000: header_d = Magic;
        10'h001: header_d = 32'd1;
        10'h002: header_d = Length;
        10'h003: header_d = boot_i;
        10'h004: header_d = 32'(InOffset);
        10'h005: header_d = 32'(RingBytes);
        10'h006: header_d = 32'(OutOffset);
        10'h007: header_d = 32'(RingBytes);
        10'h010: header_d = in_producer_q;
        10'h020: header_d = in_consumer_q;
        10'h030: header_d = out_producer_q;
        10'h040: header_d = out_consumer_q;
        default: ;
      endcase
    end
    from_header_d = bar_address_i < OutOffset || bar_address_i >= OutOffset + 14'(RingBytes);
  end
  assign bar_data_o = from_header_q ? header_q : ring_out;

  // ---- The ring to the board: a byte that is counted is read, then shown
  logic [1:0] out_lane_q;
  logic shown_d, shown_q;
  logic fetch;
  logic [31:0] in_word;

  for (genvar lane = 0; lane < 4; lane++) begin : gen_lane
    hil_byte_ram #(
      .Words(RingBytes / 4)
    ) u_in (
      .clk_i(clk_i),
      .write_i(write_in[lane]),
      .write_address_i(bar_address_i[Bits-1:2]),
      .write_data_i(bar_data_i[8*lane +: 8]),
      .read_address_i(in_consumer_d[Bits-1:2]),
      .read_data_o(in_word[8*lane +: 8])
    );

    hil_byte_ram #(
      .Words(RingBytes / 4)
    ) u_out (
      .clk_i(clk_i),
      .write_i(in_valid_i && in_ready_o && out_producer_q[1:0] == 2'(lane)),
      .write_address_i(out_producer_q[Bits-1:2]),
      .write_data_i(in_data_i),
      .read_address_i(bar_address_i[Bits-1:2]),
      .read_data_o(ring_out[8*lane +: 8])
    );
  end

  assign in_held = in_producer_q - in_consumer_q;
  assign fetch = out_valid_o && out_ready_i;
  assign out_valid_o = shown_q;
  assign out_data_o = in_word[8*out_lane_q +: 8];

  always_comb begin
    in_consumer_d = in_consumer_q;
    if (fetch) in_consumer_d = in_consumer_q + 32'd1;
    // BAR-6: more than there can be. The host has begun anew.
    if (in_held > 32'(RingBytes)) in_consumer_d = in_producer_q;
    // What is read now was counted before now.
    shown_d = in_consumer_d != in_producer_q && in_held <= 32'(RingBytes);
  end

  // ---- The ring to the host
  assign out_held = out_producer_q - out_consumer_q;
  assign in_ready_o = out_held < 32'(RingBytes);
  assign out_producer_d = out_producer_q + 32'(in_valid_i && in_ready_o);

  always_comb begin
    in_producer_d = in_producer_q;
    out_consumer_d = out_consumer_q;
    if (bar_write_i && bar_address_i[13:2] == 12'h010) begin
      in_producer_d = (bar_data_i & enabled) | (in_producer_q & ~enabled);
    end
    if (bar_write_i && bar_address_i[13:2] == 12'h040) begin
      out_consumer_d = (bar_data_i & enabled) | (out_consumer_q & ~enabled);
    end
  end

  assign idle_o = in_held == '0 && !in_valid_i;

  always_ff @(posedge clk_i) begin
    header_q <= header_d;
    from_header_q <= from_header_d;
    out_lane_q <= in_consumer_d[1:0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_producer_q <= '0;
      in_consumer_q <= '0;
      out_producer_q <= '0;
      out_consumer_q <= '0;
      shown_q <= 1'b0;
    end else begin
      in_producer_q <= in_producer_d;
      in_consumer_q <= in_consumer_d;
      out_producer_q <= out_producer_d;
      out_consumer_q <= out_consumer_d;
      shown_q <= shown_d;
    end
  end
endmodule
