namespace HilBench.Scenarios.KernelTraces;

/// <summary>The state of one page as the traces tell it; ids are matched apart.</summary>
internal readonly record struct PageState(
    string Level, string Entry, string Flags, string? Kind, int? Order, int? Sub, int? MapCount)
{
    /// <summary>In one line.</summary>
    public override string ToString() =>
        $"{Level} {Entry} {(Flags.Length == 0 ? "-" : Flags)}{(Kind is null ? "" : $" {Kind}")}"
        + $"{(Order is null ? "" : $" order {Order} sub {Sub}")}{(MapCount is null ? "" : $" mapcount {MapCount}")}";
}
