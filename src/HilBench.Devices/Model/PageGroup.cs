namespace HilBench.Devices.Model;

/// <summary>The Page Requests of one slot that wait for their response; the slot's number is the PRG index.</summary>
internal struct PageGroup
{
    public bool IsOut;
    public bool IsAwaited; // the operation that asked still waits for it
    public int Function;
    public int Pages;
}
