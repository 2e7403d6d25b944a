using HilBench.Devices;
using HilBench.Devices.Contract;

namespace HilBench.Native.Tests;

/// <summary>A library that leaves the loop to the host.</summary>
[TestFixture]
public sealed class EchoDeviceWithoutExchangeTests : DeviceContract
{
    protected override IDevice OpenDevice() => NativeDevice.Open(DeviceCompiler.Echo("ECHO_NO_EXCHANGE"));
}
