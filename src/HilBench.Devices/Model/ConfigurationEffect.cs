namespace HilBench.Devices.Model;

/// <summary>What a write to the configuration space of a function has to bring about.</summary>
[Flags]
internal enum ConfigurationEffect
{
    None = 0,

    /// <summary>
    /// ATS Enable, STU or PASID control changed, or D3hot: no translation from before is used any more.
    /// </summary>
    TranslationsEnd = 1 << 0,

    /// <summary>ATS Enable changed: which traffic classes were used counts anew.</summary>
    ClassesEnd = 1 << 1,

    /// <summary>D3hot: the operations of the function end.</summary>
    OperationsEnd = 1 << 2,

    /// <summary>Something that page requests depend on may have changed.</summary>
    PageRequests = 1 << 3,

    /// <summary>Reset of the page request interface.</summary>
    PageRequestReset = 1 << 4,

    /// <summary>Function-level reset.</summary>
    FunctionReset = 1 << 5,
}
