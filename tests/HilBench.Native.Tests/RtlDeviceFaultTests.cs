using HilBench.Devices;
using HilBench.Devices.Contract;

namespace HilBench.Native.Tests;

[TestFixture]
public sealed class RtlDeviceFaultTests : FaultContract
{
    protected override IDevice OpenDevice(string? fault) => RtlLibraries.Open(fault);

    [Test]
    public void The_faulty_library_has_exactly_the_faults_that_a_URI_may_name()
    {
        using var faulty = RtlLibraries.Open("M01");

        Assert.That(faulty.Description.Faults, Is.EqualTo(DeviceFaults.For(DeviceScheme.Rtl)));
    }
}
