// The mistakes that the faulty build can make (docs/exerciser.md, ats-rules C). The number is the
// id's.
`default_nettype none

package hil_fault_pkg;
  parameter logic [7:0] M01 = 8'd1;
  parameter logic [7:0] M05 = 8'd5;
  parameter logic [7:0] M06 = 8'd6;
  parameter logic [7:0] M11 = 8'd11;
  parameter logic [7:0] M12 = 8'd12;
  parameter logic [7:0] M14 = 8'd14;
  parameter logic [7:0] M16 = 8'd16;
  parameter logic [7:0] M18 = 8'd18;
  parameter logic [7:0] M19 = 8'd19;
  parameter logic [7:0] M23 = 8'd23;
  parameter logic [7:0] M29 = 8'd29;
  parameter logic [7:0] M31 = 8'd31;
  parameter logic [7:0] M32 = 8'd32;
  parameter logic [7:0] M41 = 8'd41;
  parameter logic [7:0] M49 = 8'd49;
  parameter logic [7:0] M50 = 8'd50;
  parameter logic [7:0] M51 = 8'd51;
  parameter logic [7:0] M66 = 8'd66;
  parameter logic [7:0] M69 = 8'd69;
  parameter logic [7:0] M70 = 8'd70;
  parameter logic [7:0] M71 = 8'd71;
  parameter logic [7:0] M72 = 8'd72;
  parameter logic [7:0] M73 = 8'd73;
  parameter logic [7:0] M82 = 8'd82;
endpackage
