namespace HilBench.Scenarios;

/// <summary>What can happen next.</summary>
internal enum MoveKind : byte
{
    /// <summary>A thread goes on to its next pause.</summary>
    Thread = 0,

    /// <summary>A TLP reaches the device, which then runs until it rests.</summary>
    Deliver,

    /// <summary>Two TLPs reach the device, the second before the first had any effect.</summary>
    DeliverTwo,

    /// <summary>A TLP reaches the host, which deals with it.</summary>
    Take,

    /// <summary>The kernel thread that serves page requests goes on.</summary>
    Serve,
}
