// What the one port of the Address Translation Cache is asked to do in a cycle.
`default_nettype none

package hil_atc_pkg;
  // Page-number bits below a 1 GiB block: the largest entry.
  parameter int SizeWidth = 18;
  // Whose translation it is: {function, privileged, has a PASID, PASID}
  parameter int ContextWidth = 23;
  parameter int ContextFunction = 22;
  parameter int ContextPrivileged = 21;

  typedef enum logic [1:0] {
    None,
    Lookup,
    Fill,
    Invalidate
  } op_e;

  // What is held answers a lookup: it is of the same context, or Global and of any PASID.
  function automatic logic serves(input logic [22:0] held, input logic is_global,
                                  input logic [22:0] asked);
    serves = held[22:21] == asked[22:21] &&
             (held[20:0] == asked[20:0] || (is_global && asked[20]));
  endfunction

  // What is held is meant by an Invalidate Request: of its function, and of its PASID or of any.
  // Privileged or not makes no difference.
  function automatic logic is_meant(input logic [22:0] held, input logic [22:0] asked,
                                    input logic any_pasid);
    is_meant = held[22] == asked[22] && (any_pasid || held[20:0] == asked[20:0]);
  endfunction
endpackage
