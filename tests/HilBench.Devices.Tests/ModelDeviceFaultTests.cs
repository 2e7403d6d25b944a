using HilBench.Devices.Contract;

namespace HilBench.Devices.Tests;

[TestFixture]
public sealed class ModelDeviceFaultTests : FaultContract
{
    protected override IDevice OpenDevice(string? fault) => new ModelDevice(fault);
}
