using HilBench.Devices;
using HilBench.Devices.Contract;

namespace HilBench.Native.Tests;

/// <summary>A library in a process of its own behaves as in this one.</summary>
[TestFixture]
public sealed class IsolatedEchoDeviceTests : DeviceContract
{
    protected override IDevice OpenDevice() => IsolatedDevices.Open(DeviceCompiler.Echo());
}
