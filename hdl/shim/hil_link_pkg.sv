// The link protocol's numbers (docs/protocol.md) and its two small functions.
`default_nettype none

package hil_link_pkg;
  // Kinds of frames. Bit 6: a stream frame.
  parameter logic [7:0] Hello = 8'h01;
  parameter logic [7:0] Welcome = 8'h02;
  parameter logic [7:0] Refuse = 8'h03;
  parameter logic [7:0] Gone = 8'h04;
  parameter logic [7:0] Bye = 8'h05;
  parameter logic [7:0] Ack = 8'h10;
  parameter logic [7:0] Nak = 8'h11;
  parameter logic [7:0] Poll = 8'h12;
  parameter logic [7:0] Request = 8'h20;
  parameter logic [7:0] Reply = 8'h21;
  parameter logic [7:0] Working = 8'h22;
  parameter logic [7:0] Tlp = 8'h40;
  parameter logic [7:0] Echo = 8'h44;
  parameter logic [7:0] Echoed = 8'h45; // the last stream kind of this version

  // Why a HELLO is refused, why a session is gone, how a request ended.
  parameter logic [7:0] RefusedVersion = 8'd1;
  parameter logic [7:0] RefusedBusy = 8'd2;
  parameter logic [7:0] RefusedLimits = 8'd3;
  parameter logic [7:0] GoneRestarted = 8'd1;
  parameter logic [7:0] GoneReplaced = 8'd2;
  parameter logic [7:0] GoneEnded = 8'd3;
  parameter logic [7:0] StatusDone = 8'd0;
  parameter logic [7:0] StatusUnknown = 8'd1;
  parameter logic [7:0] StatusMalformed = 8'd2;
  parameter logic [7:0] StatusRefused = 8'd3;

  parameter logic [7:0] OpDescribe = 8'h01;
  parameter logic [7:0] OpReset = 8'h02;
  parameter logic [7:0] OpRun = 8'h03;
  parameter logic [7:0] OpCounters = 8'h04;

  parameter logic [7:0] Version = 8'd1;
  parameter int HeaderBytes = 6;
  parameter int CrcBytes = 4;
  parameter int RequestBytes = 64;
  parameter int ReplyBytes = 128;
  parameter int DescribeBytes = 20; // in front of the texts

  // What the shim can do: device, paced, ECHO, COUNTERS.
  parameter logic [15:0] Features = 16'h0087;

  // The first byte on the wire on the left; session as a number.
  typedef struct packed {
    logic [7:0] kind;
    logic [7:0] number; // sequence number or tag
    logic [7:0] ack;
    logic [7:0] grant;
    logic [15:0] session;
  } header_t;

  // What the register holds after a frame with its CRC (FRM-1).
  parameter logic [31:0] CrcResidue = 32'hB798B438;

  // CRC-32C, reflected, one byte further.
  function automatic logic [31:0] crc32c(input logic [31:0] crc, input logic [7:0] data);
    crc32c = crc ^ {24'd0, data};
    for (int i = 0; i < 8; i++) begin
      crc32c = {1'b0, crc32c[31:1]} ^ (crc32c[0] ? 32'h82F63B78 : 32'd0);
    end
  endfunction

  // a is ahead of b by 1 to 127.
  function automatic logic is_ahead(input logic [7:0] a, input logic [7:0] b);
    logic [7:0] distance;
    distance = a - b;
    is_ahead = distance != 8'd0 && !distance[7];
  endfunction
endpackage
