namespace HilBench.Devices.Model;

/// <summary>COMMAND bits 1:0.</summary>
internal enum DmaOperation
{
    None = 0,
    Read = 1,
    Write = 2,
    Atomic = 3,
}
