// TLP words as they stand on the wire (ats-rules A): DWs in transmission order, first byte in bits
// 31:24.
`default_nettype none

package hil_tlp_pkg;
  // Top byte of DW0: Fmt and Type.
  parameter logic [7:0] MRd32 = 8'h00;
  parameter logic [7:0] MRd64 = 8'h20;
  parameter logic [7:0] MWr32 = 8'h40;
  parameter logic [7:0] MWr64 = 8'h60;
  parameter logic [7:0] FetchAdd32 = 8'h4C;
  parameter logic [7:0] FetchAdd64 = 8'h6C;
  parameter logic [7:0] Cas32 = 8'h4E; // compare and swap
  parameter logic [7:0] Cas64 = 8'h6E;
  parameter logic [7:0] CfgRd0 = 8'h04;
  parameter logic [7:0] CfgWr0 = 8'h44;
  parameter logic [7:0] Cpl = 8'h0A;
  parameter logic [7:0] CplD = 8'h4A;
  parameter logic [7:0] MsgToRoot = 8'h30;
  parameter logic [7:0] MsgById = 8'h32;
  parameter logic [7:0] MsgDById = 8'h72;
  parameter logic [7:0] PasidPrefix = 8'h91;

  // Message codes.
  parameter logic [7:0] InvalidateRequest = 8'h01;
  parameter logic [7:0] InvalidateCompletion = 8'h02;
  parameter logic [7:0] PageRequest = 8'h04;
  parameter logic [7:0] PageResponse = 8'h05;

  // Completion Status.
  parameter logic [2:0] Success = 3'b000;
  parameter logic [2:0] UnsupportedRequest = 3'b001;

  // Address Type.
  parameter logic [1:0] Untranslated = 2'b00;
  parameter logic [1:0] TranslationRequest = 2'b01;
  parameter logic [1:0] Translated = 2'b10;

  // What a received TLP is to this device.
  typedef enum logic [2:0] {
    Ignored,
    Request,             // of the host to us: configuration or memory, answered by hil_target
    Data,                // completion of one of our reads
    Translation,         // completion of one of our Translation Requests
    Invalidation,
    Paging               // PRG Response
  } kind_e;

  // Memory and registers are little-endian, the wire shows the first byte in bits 31:24.
  function automatic logic [31:0] swap(input logic [31:0] dw);
    swap = {dw[7:0], dw[15:8], dw[23:16], dw[31:24]};
  endfunction

  // Pages less one of a size-encoded page number (ats-rules A.5): the run of ones and the zero
  // above it.
  function automatic logic [51:0] range_mask(input logic [51:0] page, input logic size);
    range_mask = size ? page ^ (page + 52'd1) : '0;
  endfunction
endpackage
