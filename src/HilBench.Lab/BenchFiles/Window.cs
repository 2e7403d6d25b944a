using HilBench.Links;

namespace HilBench.Lab;

/// <summary>What a measured value must not leave; both bounds are inside.</summary>
/// <param name="Unit">Of value and bounds.</param>
/// <param name="Min">Null: no lower bound.</param>
/// <param name="Max">Null: no upper bound.</param>
public sealed record Window(MeasurementUnit Unit, int? Min, int? Max)
{
    /// <summary>Whether a value is inside.</summary>
    public bool Holds(int value) => value >= (Min ?? int.MinValue) && value <= (Max ?? int.MaxValue);

    /// <summary>For messages: "11400 mV to 12600 mV", "up to 85 °C".</summary>
    public override string ToString() => (Min, Max) switch
    {
        ({ } min, { } max) => $"{Reading.Write(Unit, min)} to {Reading.Write(Unit, max)}",
        ({ } min, null) => $"at least {Reading.Write(Unit, min)}",
        _ => $"up to {Reading.Write(Unit, Max ?? int.MaxValue)}",
    };
}
