namespace HilBench.Memory;

/// <summary>Negative error numbers of Linux, as system calls return them.</summary>
internal static class ErrorNumber
{
    public const int NotPermitted = -1;
    public const int NoEntry = -2;
    public const int InputOutput = -5;
    public const int Again = -11;
    public const int NoMemory = -12;
    public const int Access = -13;
    public const int Fault = -14;
    public const int Busy = -16;
    public const int Exists = -17;
    public const int Invalid = -22;
    public const int NotSupported = -95;
}
