namespace HilBench.Lab;

/// <summary>Something that is attached to this machine.</summary>
/// <param name="Kind">serial, usb, pci or board.</param>
/// <param name="Uri">What --device takes.</param>
/// <param name="Summary">For people.</param>
/// <param name="Driver">The kernel's driver; empty when it has none.</param>
public sealed record AttachedDevice(string Kind, string Uri, string Summary, string Driver)
{
    /// <summary>A path that stays the same when it is plugged in elsewhere; empty when there is none.</summary>
    public string Stable { get; init; } = "";

    /// <summary>Who uses it now; empty: nobody, as far as bench locks tell.</summary>
    public string Holder { get; init; } = "";
}
