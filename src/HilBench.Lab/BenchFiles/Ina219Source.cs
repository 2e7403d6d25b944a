namespace HilBench.Lab;

/// <summary>An INA219: voltage, current and power of a rail.</summary>
/// <param name="Bus">The I2C bus, for example /dev/i2c-1.</param>
/// <param name="Address">0x40 to 0x4F.</param>
/// <param name="ShuntMicroOhm">The resistor that the current flows through.</param>
public sealed record Ina219Source(string Bus, int Address, int ShuntMicroOhm) : MonitorSource;
