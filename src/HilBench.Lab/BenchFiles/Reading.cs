using System.Globalization;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>A measured value.</summary>
/// <param name="Monitor">What was measured: the name in the bench file, or the channel.</param>
/// <param name="Unit">What the value counts.</param>
/// <param name="Value">In that unit.</param>
/// <param name="Left">The window that it has left; null: none.</param>
public sealed record Reading(string Monitor, MeasurementUnit Unit, int Value, Window? Left)
{
    /// <summary>A value in words: "11985 mV", "41.5 °C".</summary>
    public static string Write(MeasurementUnit unit, int value) => unit switch
    {
        MeasurementUnit.Millivolt => string.Create(CultureInfo.InvariantCulture, $"{value} mV"),
        MeasurementUnit.Milliampere => string.Create(CultureInfo.InvariantCulture, $"{value} mA"),
        MeasurementUnit.Milliwatt => string.Create(CultureInfo.InvariantCulture, $"{value} mW"),
        MeasurementUnit.MilliCelsius => string.Create(CultureInfo.InvariantCulture, $"{value / 1000.0:0.0##} °C"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    /// <summary>The value in words.</summary>
    public override string ToString() => Write(Unit, Value);
}
