// The exerciser's numbers (docs/exerciser.md).
`default_nettype none

package hil_dma_pkg;
  parameter int Slots = 8;
  parameter int ReadsPerSlot = 3;
  parameter int Reads = Slots * ReadsPerSlot;
  parameter int MaxTransferLog2 = 12;

  // STATUS bits 7:4.
  parameter logic [3:0] ErrorNone = 4'd0;
  parameter logic [3:0] ErrorNoAccess = 4'd1;
  parameter logic [3:0] ErrorTranslationUr = 4'd2;
  parameter logic [3:0] ErrorTranslation = 4'd3;
  parameter logic [3:0] ErrorCommand = 4'd4;
  parameter logic [3:0] ErrorDisabled = 4'd5;
  parameter logic [3:0] ErrorRead = 4'd6;
endpackage
