using HilBench.Devices;
using HilBench.Devices.Contract;

namespace HilBench.Native.Tests;

[TestFixture]
public sealed class RtlDeviceTests : PermissionContract
{
    protected override IDevice OpenDevice() => RtlLibraries.Open(fault: null);
}
