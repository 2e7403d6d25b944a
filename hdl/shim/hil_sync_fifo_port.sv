// The synchronous FIFO port of a USB bridge chip: FT245 (Lanes 1, FT232H and FT2232H) or FT601 (Lanes 4,
// in its FT245 mode). The chip gives the clock.
//
//   data_i, rxf_ni ─▶ oe_no, rd_no ─▶ [ 4 words ] ─▶ bytes ─▶ out_*
//   data_o, txe_ni ◀─ wr_no        ◀─ one word    ◀─ bytes ◀─ in_*
//
// All outputs come from registers. A word that was offered while the chip had no room (txe_ni high) is
// kept and offered again. The bus is turned with a cycle between: oe_no is low only while
// data_oe_o is low. Reading goes first while the host sends; after 256 words writing has its turn.
`default_nettype none
`include "hil_macros.svh"

module hil_sync_fifo_port #(
  parameter int Lanes = 1 // bytes of the bus: 1 or 4
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,

  // The chip.
  input  wire logic               rxf_ni,    // low: it has a word for us
  input  wire logic               txe_ni,    // low: it has room for a word of ours
  output      logic               oe_no,     // low: it drives the bus
  output      logic               rd_no,     // low: the word on the bus is taken
  output      logic               wr_no,     // low: the word on the bus is ours
  input  wire logic [8*Lanes-1:0] data_i,
  output      logic [8*Lanes-1:0] data_o,
  input  wire logic [Lanes-1:0]   be_i,      // bytes of data_i that count: FT601; else all ones
  output      logic [Lanes-1:0]   be_o,
  output      logic               data_oe_o, // we drive the bus

  // Bytes from the host.
  output      logic               out_valid_o,
  input  wire logic               out_ready_i,
  output      logic [7:0]         out_data_o,

  // Bytes to the host.
  input  wire logic               in_valid_i,
  output      logic               in_ready_o,
  input  wire logic [7:0]         in_data_i,

  output      logic               idle_o
);
  localparam int MostReads = 256;
  localparam int LaneBits = Lanes == 1 ? 1 : $clog2(Lanes);

  typedef enum logic [2:0] {
    Rest,
    Turn,    // the chip drives the bus
    Read,
    Return,  // nobody drives it
    Write
  } state_e;

  state_e state_d, state_q;
  logic oe_n_d, oe_n_q, rd_n_d, rd_n_q, wr_n_d, wr_n_q, drive_d, drive_q;
  logic [$clog2(MostReads):0] reads_d, reads_q;

  // ---- From the chip: a word that is on the bus at an edge with rd_no and rxf_ni low was taken
  logic push, has_room, word_valid, word_ready;
  logic [9*Lanes-1:0] word;
  logic [2:0] words;

  assign push = !rd_n_q && !rxf_ni;

  hil_byte_fifo #(
    .Words(4),
    .Width(9 * Lanes)
  ) u_words (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(push),
    .in_ready_o(has_room),
    .in_data_i({be_i, data_i}),
    .out_valid_o(word_valid),
    .out_ready_i(word_ready),
    .out_data_o(word),
    .count_o(words)
  );

  // Its bytes, the lowest first.
  logic [LaneBits-1:0] lane_d, lane_q;
  logic lane_counts, lane_last;
  assign lane_counts = word[8*Lanes + 32'(lane_q)];
  assign lane_last = Lanes == 1 || lane_q == LaneBits'(Lanes - 1);
  assign out_valid_o = word_valid && lane_counts;
  assign out_data_o = word[8*lane_q +: 8];
  assign word_ready = lane_last && (out_ready_i || !lane_counts);

  always_comb begin
    lane_d = lane_q;
    if (word_valid && (out_ready_i || !lane_counts)) lane_d = lane_last ? '0 : lane_q + LaneBits'(1);
  end

  // ---- To the chip: bytes to a word; one that is not full goes when no more come
  logic [8*Lanes-1:0] gather_d, gather_q, data_d, data_q;
  logic [Lanes-1:0] filled_d, filled_q, be_d, be_q;
  logic held_d, held_q; // a word waits, or is on the bus
  logic full, taken, load;

  assign full = &filled_q;
  assign taken = !wr_n_q && !txe_ni;
  assign load = filled_q != '0 && (full || !in_valid_i) && (!held_q || taken);
  assign in_ready_o = !full || load;

  always_comb begin
    gather_d = gather_q;
    filled_d = load ? '0 : filled_q;
    if (in_valid_i && in_ready_o) begin
      for (int i = 0; i < Lanes; i++) begin
        if (!filled_d[i] && (i == 0 || filled_d[i == 0 ? 0 : i-1])) gather_d[8*i +: 8] = in_data_i;
      end
      filled_d = Lanes'({filled_d, 1'b1});
    end
  end

  always_comb begin
    held_d = (held_q && !taken) || load;
    data_d = load ? gather_q : data_q;
    be_d = load ? filled_q : be_q;
  end

  // ---- Whose turn it is
  always_comb begin
    state_d = state_q;
    oe_n_d = oe_n_q;
    rd_n_d = 1'b1;
    wr_n_d = 1'b1;
    drive_d = 1'b0;
    reads_d = reads_q;
    unique case (state_q)
      Rest: begin
        reads_d = '0;
        oe_n_d = 1'b1;
        if (!rxf_ni && words <= 3'd1) begin
          oe_n_d = 1'b0;
          state_d = Turn;
        end else if (held_q && !txe_ni) begin
          drive_d = 1'b1;
          wr_n_d = 1'b0;
          state_d = Write;
        end
      end
      Turn: begin
        rd_n_d = 1'b0;
        state_d = Read;
      end
      Read: begin
        if (push) reads_d = reads_q + 1'b1;
        // One more word comes with the edge that this decision takes.
        if (rxf_ni || words >= 3'd2 || (reads_q >= ($clog2(MostReads) + 1)'(MostReads) && held_q)) begin
          oe_n_d = 1'b1;
          state_d = Return;
        end else begin
          rd_n_d = 1'b0;
        end
      end
      Return: begin
        state_d = Rest;
        if (reads_q >= ($clog2(MostReads) + 1)'(MostReads) && held_q && !txe_ni) begin
          drive_d = 1'b1;
          wr_n_d = 1'b0;
          state_d = Write;
        end
      end
      default: begin
        // A word that was not taken at this edge may be withdrawn with it.
        if (taken && held_d && rxf_ni) begin
          drive_d = 1'b1;
          wr_n_d = 1'b0;
        end else begin
          state_d = Rest;
        end
      end
    endcase
  end

  assign oe_no = oe_n_q;
  assign rd_no = rd_n_q;
  assign wr_no = wr_n_q;
  assign data_o = data_q;
  assign be_o = be_q;
  assign data_oe_o = drive_q;
  assign idle_o = state_q == Rest && rxf_ni && !word_valid && filled_q == '0 && !held_q && !in_valid_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Rest;
      oe_n_q <= 1'b1;
      rd_n_q <= 1'b1;
      wr_n_q <= 1'b1;
      drive_q <= 1'b0;
      reads_q <= '0;
      lane_q <= '0;
      gather_q <= '0;
      filled_q <= '0;
      held_q <= 1'b0;
      data_q <= '0;
      be_q <= '0;
    end else begin
      state_q <= state_d;
      oe_n_q <= oe_n_d;
      rd_n_q <= rd_n_d;
      wr_n_q <= wr_n_d;
      drive_q <= drive_d;
      reads_q <= reads_d;
      lane_q <= lane_d;
      gather_q <= gather_d;
      filled_q <= filled_d;
      held_q <= held_d;
      data_q <= data_d;
      be_q <= be_d;
    end
  end

  `HIL_ASSERT(NoWordIsLost, !push || has_room)
  `HIL_ASSERT(BusHasOneDriver, !(data_oe_o && !oe_no))
endmodule
