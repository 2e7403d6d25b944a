// What the one port of the Address Translation Cache is asked to do in a cycle.
`default_nettype none

package hil_atc_pkg;
  // Page-number bits below a 1 GiB block: the largest entry.
  parameter int SizeWidth = 18;
  // {has a PASID, PASID}
  parameter int ContextWidth = 21;

  typedef enum logic [1:0] {
    None,
    Lookup,
    Fill,
    Invalidate
  } op_e;
endpackage
