// The exerciser's numbers (docs/exerciser.md).
`default_nettype none

package hil_dma_pkg;
  parameter int Slots = 8;
  parameter int ReadsPerSlot = 3;
  parameter int Reads = Slots * ReadsPerSlot;
  parameter int MaxTransferLog2 = 12;
  parameter logic [7:0] PrefetchTag = 8'd32;

  // STATUS bits 7:4.
  parameter logic [3:0] ErrorNone = 4'd0;
  parameter logic [3:0] ErrorNoAccess = 4'd1;
  parameter logic [3:0] ErrorTranslationUr = 4'd2;
  parameter logic [3:0] ErrorTranslation = 4'd3;
  parameter logic [3:0] ErrorCommand = 4'd4;
  parameter logic [3:0] ErrorDisabled = 4'd5;
  parameter logic [3:0] ErrorRead = 4'd6;
  parameter logic [3:0] ErrorPageInvalid = 4'd7;
  parameter logic [3:0] ErrorPageFailure = 4'd8;
  parameter logic [3:0] ErrorStopped = 4'd9;

  // Page Requests that were granted without bringing access, before the operation gives up.
  parameter logic [2:0] PageTries = 3'd4;
endpackage
