using HilBench.Devices;
using HilBench.Devices.Contract;

namespace HilBench.Native.Tests;

/// <summary>A library that moves many TLPs in one call.</summary>
[TestFixture]
public sealed class EchoDeviceTests : DeviceContract
{
    protected override IDevice OpenDevice() => NativeDevice.Open(DeviceCompiler.Echo());
}
