using HilBench.Devices;
using HilBench.Devices.Contract;

namespace HilBench.Native.Tests;

[TestFixture]
public sealed class RtlDeviceFaultTests : FaultContract
{
    protected override IDevice OpenDevice(string? fault) => RtlLibraries.Open(fault);
}
