namespace HilBench.Devices.Isolation;

/// <summary>What the bench asks of a device process.</summary>
internal enum ChannelCommand
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Queue the records of the in buffer.</summary>
    Queue,

    /// <summary>Queue the records of the in buffer, then run; the answer holds what came out.</summary>
    Run,

    /// <summary>Give the next part of what came out.</summary>
    Collect,

    /// <summary>Reset the device.</summary>
    Reset,

    /// <summary>Close the device and end the process.</summary>
    Close,
}
