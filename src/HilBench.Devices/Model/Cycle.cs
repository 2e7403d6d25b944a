namespace HilBench.Devices.Model;

/// <summary>Device clock cycles.</summary>
internal static class Cycle
{
    /// <summary>No cycle: nothing is planned.</summary>
    public const ulong Never = ulong.MaxValue;
}
