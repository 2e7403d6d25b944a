namespace HilBench.Devices.Model;

/// <summary>The numbers that <see cref="DeviceSize"/> stands for.</summary>
/// <param name="Ways">Of the ATC.</param>
/// <param name="EntriesPerWay">In each way.</param>
/// <param name="MicroEntries">In the micro-TLB of each engine.</param>
/// <param name="QueueDepth0">Invalidate Queue Depth of function 0, 1 to 32.</param>
/// <param name="QueueDepth1">Of function 1; 0: it has no ATS.</param>
internal sealed record ModelParameters(
    int Ways, int EntriesPerWay, int MicroEntries, int QueueDepth0, int QueueDepth1)
{
    public static ModelParameters Of(DeviceSize size) => size switch
    {
        DeviceSize.Small => new(1, 8, 0, 32, 0),
        DeviceSize.Large => new(8, 32, 8, 16, 8),
        _ => new(4, 16, 4, 16, 8),
    };

    public int QueueDepth(int function) => function == 0 ? QueueDepth0 : QueueDepth1;
}
