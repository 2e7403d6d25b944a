namespace HilBench.Devices.Isolation;

/// <summary>How a request to a device process went.</summary>
internal enum ChannelStatus
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>Done, and more TLPs came out than the out buffer holds.</summary>
    HasMore,

    /// <summary>The library could not be opened; the text says what and what to do, parted by a 0 byte.</summary>
    OpenFailed,

    /// <summary>The library broke its contract; text as for <see cref="OpenFailed"/>.</summary>
    Broken,
}
