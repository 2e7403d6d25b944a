using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>A fault of a client's device while the client handles it.</summary>
/// <param name="address">Where the device wanted to access.</param>
/// <param name="isWrite">Whether it wanted to write.</param>
public sealed class DeviceFault(VirtualAddress address, bool isWrite)
{
    /// <summary>The 4 KiB page.</summary>
    public VirtualAddress Page { get; } = address.AlignDown(4096);

    /// <summary>Whether the device wanted to write.</summary>
    public bool IsWrite { get; } = isWrite;

    /// <summary>What was found in the CPU page tables; meaningless before the lookup.</summary>
    public ShadowEntry Found { get; internal set; }

    /// <summary>Whether nothing is mapped there, or the client was stopped: the device is refused.</summary>
    public bool IsRefused { get; internal set; }

    /// <summary>Whether the lookup itself found that the page changes: nothing was found, begin anew.</summary>
    internal bool IsBusy { get; set; }

    /// <summary>How often what was found had to be thrown away.</summary>
    public int Retries { get; internal set; }

    /// <summary>The sequence that was read.</summary>
    internal ulong Sequence { get; set; }
}
