namespace HilBench.Lab;

/// <summary>An LM75: a temperature.</summary>
/// <param name="Bus">The I2C bus, for example /dev/i2c-1.</param>
/// <param name="Address">0x48 to 0x4F.</param>
public sealed record Lm75Source(string Bus, int Address) : MonitorSource;
