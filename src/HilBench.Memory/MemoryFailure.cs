namespace HilBench.Memory;

internal static class MemoryFailure
{
    public const int ActionRequired = 4;
}
