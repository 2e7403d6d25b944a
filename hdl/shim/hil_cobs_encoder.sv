// Byte stuffing (COBS-1 to COBS-3): 00, the shortest blocks, 00.
//
//   in_* ──▶ [ one block, up to 254 bytes ] ──▶ 00 at the start, code, bytes, 00 at the end ──▶ out_*
//
// A block is collected, then sent; meanwhile in_ready_o is low. The end of a frame is a beat of its
// own, without data.
`default_nettype none

module hil_cobs_encoder (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,

  input  wire logic       in_valid_i,
  output      logic       in_ready_o,
  input  wire logic [7:0] in_data_i,
  input  wire logic       in_end_i,

  output      logic       out_valid_o,
  input  wire logic       out_ready_i,
  output      logic [7:0] out_data_o,

  output      logic       idle_o // nothing of a frame is in here
);
  typedef enum logic [2:0] {
    Collect,
    Begin, // the 00 in front
    Code,
    Bytes,
    End    // the 00 behind
  } state_e;

  state_e state_d, state_q;
  logic started_d, started_q; // the 00 in front was sent
  logic full_d, full_q;       // the block before this one had code 255
  logic last_d, last_q;       // no block follows this one
  logic [7:0] count_d, count_q; // bytes in the block
  logic [7:0] index_d, index_q; // the byte that is sent
  logic write;
  logic [7:0] block_byte;

  hil_byte_ram #(
    .Words(256)
  ) u_block (
    .clk_i(clk_i),
    .write_i(write),
    .write_address_i(count_q),
    .write_data_i(in_data_i),
    .read_address_i(index_d),
    .read_data_o(block_byte)
  );

  assign in_ready_o = state_q == Collect;
  assign idle_o = state_q == Collect && !started_q && count_q == 8'd0;

  always_comb begin
    out_valid_o = state_q != Collect;
    unique case (state_q)
      Code: out_data_o = count_q + 8'd1;
      Bytes: out_data_o = block_byte;
      default: out_data_o = 8'd0;
    endcase
  end

  always_comb begin
    state_d = state_q;
    started_d = started_q;
    full_d = full_q;
    last_d = last_q;
    count_d = count_q;
    index_d = index_q;
    write = 1'b0;
    unique case (state_q)
      Collect: begin
        index_d = 8'd0;
        last_d = in_end_i;
        if (in_valid_i) begin
          if (in_end_i) begin
            // Behind a full last block no other one follows.
            state_d = full_q && count_q == 8'd0 ? End : (started_q ? Code : Begin);
          end else if (in_data_i == 8'd0) begin
            full_d = 1'b0;
            state_d = started_q ? Code : Begin;
          end else begin
            write = 1'b1;
            count_d = count_q + 8'd1;
            if (count_q == 8'd253) begin
              full_d = 1'b1;
              state_d = started_q ? Code : Begin;
            end
          end
        end
      end
      Begin: if (out_ready_i) begin
        started_d = 1'b1;
        state_d = Code;
      end
      Code: if (out_ready_i) begin
        state_d = Bytes;
        if (count_q == 8'd0) state_d = last_q ? End : Collect;
      end
      Bytes: if (out_ready_i) begin
        index_d = index_q + 8'd1;
        if (index_d == count_q) begin
          count_d = 8'd0;
          state_d = last_q ? End : Collect;
        end
      end
      default: if (out_ready_i) begin
        started_d = 1'b0;
        full_d = 1'b0;
        count_d = 8'd0;
        state_d = Collect;
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Collect;
      started_q <= 1'b0;
      full_q <= 1'b0;
      last_q <= 1'b0;
      count_q <= '0;
      index_q <= '0;
    end else begin
      state_q <= state_d;
      started_q <= started_d;
      full_q <= full_d;
      last_q <= last_d;
      count_q <= count_d;
      index_q <= index_d;
    end
  end
endmodule
