namespace HilBench.Checking;

/// <summary>What the completion of a configuration write brought about.</summary>
[Flags]
internal enum FunctionChange
{
    /// <summary>Nothing that ends translations.</summary>
    None = 0,

    /// <summary>ATS Enable went from 1 to 0.</summary>
    AtsOff = 1,

    /// <summary>PASID Enable went from 1 to 0.</summary>
    PasidOff = 2,

    /// <summary>The STU is another.</summary>
    StuChanged = 4,

    /// <summary>A function-level reset.</summary>
    Reset = 8,
}
