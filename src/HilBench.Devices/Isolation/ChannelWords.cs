using System.Runtime.InteropServices;

namespace HilBench.Devices.Isolation;

/// <summary>The head of a <see cref="SharedChannel"/>. Each side writes its own cache lines.</summary>
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct ChannelWords
{
    /// <summary>Counts requests; written by the bench.</summary>
    [FieldOffset(0)]
    public uint Asked;

    /// <summary>1 while the device process sleeps on <see cref="Asked"/>.</summary>
    [FieldOffset(64)]
    public uint HostSleeps;

    /// <summary>Counts answers; written by the device process.</summary>
    [FieldOffset(128)]
    public uint Answered;

    /// <summary>1 while the bench sleeps on <see cref="Answered"/>.</summary>
    [FieldOffset(192)]
    public uint BenchSleeps;

    /// <summary>What is asked.</summary>
    [FieldOffset(256)]
    public ChannelCommand Command;

    /// <summary>The kind of a reset.</summary>
    [FieldOffset(260)]
    public int ResetKind;

    /// <summary>Bytes of records in the in buffer.</summary>
    [FieldOffset(264)]
    public int InBytes;

    /// <summary>Device clock cycle to run to.</summary>
    [FieldOffset(272)]
    public ulong UntilCycle;

    /// <summary>Cycles to go on after the first TLP.</summary>
    [FieldOffset(280)]
    public ulong LingerCycles;

    /// <summary>How it went.</summary>
    [FieldOffset(320)]
    public ChannelStatus Status;

    /// <summary>Bytes of records in the out buffer.</summary>
    [FieldOffset(324)]
    public int OutBytes;

    /// <summary>Bytes of text.</summary>
    [FieldOffset(328)]
    public int TextBytes;

    /// <summary>Device clock cycles; moves also while a request is under way.</summary>
    [FieldOffset(336)]
    public ulong Cycles;

    /// <summary>TLPs that the library refused.</summary>
    [FieldOffset(344)]
    public ulong RefusedTlps;
}
