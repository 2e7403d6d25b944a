namespace HilBench.Scenarios.KernelTraces;

/// <summary>A mapping.</summary>
internal sealed record TraceVma(string Start, string End, string Perms, string Offset, string Backing)
{
    /// <summary>In the manner of /proc/PID/maps.</summary>
    public override string ToString() => $"{Start}-{End} {Perms} {Offset} {Backing}";
}
