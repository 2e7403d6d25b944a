using HilBench.Links;

namespace HilBench.Lab;

/// <summary>An attribute of the kernel's hardware monitoring: a sensor that a kernel driver reads.</summary>
/// <param name="Path">The attribute, for example /sys/class/hwmon/hwmon0/in1_input; a * stands for any characters of one name.</param>
/// <param name="Unit">What it counts, by its name.</param>
/// <param name="Divisor">1; 1000 for power, which the kernel counts in microwatts.</param>
public sealed record HwmonSource(string Path, MeasurementUnit Unit, int Divisor) : MonitorSource;
