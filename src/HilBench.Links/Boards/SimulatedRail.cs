namespace HilBench.Links;

/// <summary>One supply rail of a simulated board.</summary>
/// <param name="Channel">Its telemetry channel, and its number in events.</param>
/// <param name="Name">For people.</param>
/// <param name="Millivolts">What it gives.</param>
/// <param name="LowestMillivolts">The window's lower end, included.</param>
/// <param name="HighestMillivolts">The window's upper end, included.</param>
/// <param name="RiseTime">From its switch to power-good.</param>
public sealed record SimulatedRail(
    byte Channel, string Name, int Millivolts, int LowestMillivolts, int HighestMillivolts, TimeSpan RiseTime);
