namespace HilBench.Devices;

/// <summary>The kinds of conventional reset. Values are those of the native ABI.</summary>
public enum ResetKind
{
    /// <summary>Power-on or PERST#.</summary>
    Fundamental = 0,

    /// <summary>Signalled in-band by the link.</summary>
    Hot = 1,
}
