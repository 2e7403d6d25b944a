using HilBench.Devices.Contract;

namespace HilBench.Devices.Tests;

/// <summary>A device behind a link is the same device, in the same cycles.</summary>
[TestFixture]
public sealed class LinkDeviceTests : PermissionContract
{
    protected override IDevice OpenDevice() => new LinkedBench().OpenDevice();
}
