# Arty A7-35T and A7-100T.
set_property -dict { PACKAGE_PIN E3  IOSTANDARD LVCMOS33 } [get_ports clk_100mhz_i]
set_property -dict { PACKAGE_PIN C2  IOSTANDARD LVCMOS33 } [get_ports reset_ni]
set_property -dict { PACKAGE_PIN A9  IOSTANDARD LVCMOS33 } [get_ports uart_rxd_i]
set_property -dict { PACKAGE_PIN D10 IOSTANDARD LVCMOS33 } [get_ports uart_txd_o]
set_property -dict { PACKAGE_PIN H5  IOSTANDARD LVCMOS33 } [get_ports {led_o[0]}]
set_property -dict { PACKAGE_PIN J5  IOSTANDARD LVCMOS33 } [get_ports {led_o[1]}]
set_property -dict { PACKAGE_PIN T9  IOSTANDARD LVCMOS33 } [get_ports {led_o[2]}]
set_property -dict { PACKAGE_PIN T10 IOSTANDARD LVCMOS33 } [get_ports {led_o[3]}]

create_clock -period 10.000 [get_ports clk_100mhz_i]
# The device's clock is a register of the shim that rises at most every third cycle. What goes to the device changes two cycles
# before that edge, what comes from it is taken three cycles after (docs/shim.md).
create_generated_clock -name device_clk -source [get_pins u_board/u_shim/u_shim/u_pace/clk_q_reg/C] -divide_by 3 \
  [get_pins u_board/u_shim/u_shim/u_pace/clk_q_reg/Q]
