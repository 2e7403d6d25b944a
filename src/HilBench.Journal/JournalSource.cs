namespace HilBench.Journal;

/// <summary>The stream that a journal line belongs to: the high byte of its <see cref="JournalKind"/>.</summary>
public enum JournalSource : byte
{
    /// <summary>No source.</summary>
    None = 0,

    /// <summary>CPU steps: operations, page-table changes, loads and stores.</summary>
    Cpu = 1,

    /// <summary>MMU notifier calls.</summary>
    Notifier = 2,

    /// <summary>TLPs, both ways.</summary>
    Wire = 3,

    /// <summary>The device, its exerciser and its board.</summary>
    Device = 4,

    /// <summary>The translation agent.</summary>
    Agent = 5,
}
