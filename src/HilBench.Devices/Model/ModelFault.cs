namespace HilBench.Devices.Model;

/// <summary>The mistakes that the model can be told to make. Source: docs/exerciser.md, "Faults".</summary>
internal enum ModelFault
{
    None,
    M01,
    M05,
    M06,
    M11,
    M12,
    M14,
    M16,
    M18,
    M19,
    M23,
    M29,
    M31,
    M32,
    M51,
    M69,
    M70,
    M71,
    M72,
}
